"""Text as it is shown: letter by letter, whatever it is.

Qt guesses in many places whether a text is markup, and reads the pictures that markup names: a name, token or label
from a session would be able to have files read, or to wait for a pipe. What shows text that is not written in the
program itself goes through here.
"""

from __future__ import annotations

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtGui import Qt as TextQt
from PySide6.QtWidgets import QLabel, QMenu, QMessageBox, QWidget

_LONGEST_HINT, _LONGEST_ENTRY = 2000, 200

# What has no shape of its own, or turns the order of what follows: a name must not look like another.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class PlainLabel(QLabel):
    """A label whose text is never markup.

    Parameters
    ----------
    text : str
    parent : QWidget or None
    """

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)


class MarkupLabel(QLabel):
    """A label with markup that the program writes; what comes from elsewhere stands in it escaped.

    Parameters
    ----------
    markup : str
    parent : QWidget or None
    """

    def __init__(self, markup: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setText(markup)


class PlainBox(QMessageBox):
    """A question whose text is never markup.

    Parameters
    ----------
    title, text : str
    parent : QWidget or None
    """

    def __init__(self, title: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setIcon(QMessageBox.Icon.Warning)
        self.setWindowTitle(title)
        self.setText(text)


def plain_tip(text: str) -> str:
    """Return a text for a tooltip, of a length that can be looked at; escaped where Qt would take it for markup."""
    text = text if len(text) <= _LONGEST_HINT else f"{text[: _LONGEST_HINT - 1]}…"
    return TextQt.convertFromPlainText(text) if TextQt.mightBeRichText(text) else text


def menu_text(text: str) -> str:
    """Return a text for an entry of a menu or a button: no letter is a mnemonic, and none begins a shortcut."""
    return on_a_line(text).replace("&", "&&")


def title_text(text: str) -> str:
    """Return a text for the title of a window, in which Qt looks for the place of its mark of changes."""
    return on_a_line(text).replace("[*]", "[*][*]")


def on_a_line(text: str) -> str:
    """Return a text on one line, with a mark where it has signs that cannot be seen or turn the order of others."""
    line = _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text)
    return line if len(line) <= _LONGEST_ENTRY else f"{line[: _LONGEST_ENTRY - 1]}…"


def add_menu(menu: QMenu, text: str) -> QMenu:
    """Add a menu to a menu, with a text that is not written in the program."""
    added = menu.addMenu(menu_text(text))
    added.menuAction().setToolTip(plain_tip(text))
    return added


def add_entry(menu: QMenu, text: str, told: str = "") -> QAction:
    """Add an action to a menu, with a text that is not written in the program."""
    action = menu.addAction(menu_text(text))
    action.setToolTip(plain_tip(told or text))
    return action
