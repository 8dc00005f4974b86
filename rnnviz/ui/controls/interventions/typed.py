"""A field to type into with a list of what is typed often: which units, which steps, which row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QSizePolicy, QToolButton, QWidget

from rnnviz.ui.controls.emptying import empty
from rnnviz.ui.controls.look import Look, set_type
from rnnviz.ui.plaintext import PlainLabel, plain_tip
from rnnviz.ui.theme import icon

Offers = Sequence[tuple[str, str]]
"""(text that is entered, what the menu calls it)."""


def _nothing() -> Offers:
    return ()


class TypedField(QWidget):
    """A name, a line of text, and a menu of frequent entries at its end.

    Signals
    -------
    entered(text)
        The user typed an entry and left the field, or chose one.

    Parameters
    ----------
    name : str
    hint : str
    parent : QWidget or None
    """

    entered = Signal(str)

    def __init__(self, name: str, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.offers: Callable[[], Offers] = _nothing
        """Returns what the menu offers when it opens."""
        self._label, self.line, self.more = PlainLabel(name), QLineEdit(), QToolButton()
        self._text = ""
        self.line.setAccessibleName(name)
        self.line.setToolTip(plain_tip(hint))
        self.line.setMinimumWidth(24)
        self.line.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.line.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.line.editingFinished.connect(self._on_finished)
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self.fill)
        self.more.setMenu(self._menu)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.more.setAccessibleName(f"{name}: frequent entries")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self._label)
        row.addWidget(self.line, 1)
        row.addWidget(self.more)

    def show_text(self, text: str) -> None:
        """Show an entry, unless the user is typing one."""
        self._text = text
        if not (self.line.hasFocus() and self.line.isModified()):
            self.line.setText(text)

    def name(self, name: str) -> None:
        """Call the field otherwise."""
        if name != self._label.text():
            self._label.setText(name)
            self.line.setAccessibleName(name)

    def take_back(self) -> None:
        """Show the last entry that was good."""
        self.line.setText(self._text)

    def fill(self) -> QMenu:
        """Fill the menu with what is offered now."""
        empty(self._menu)
        for text, title in self.offers():
            self._menu.addAction(title).triggered.connect(partial(self._on_offer, text))
        return self._menu

    def set_look(self, look: Look) -> None:
        """Dress the field in a theme and its sizes."""
        theme, sizes = look.theme, look.sizes
        set_type(self._label, sizes.small, theme.muted)
        set_type(self.line, sizes.small, theme.text)
        self.more.setIcon(icon("chevron-down", theme))
        self.more.setIconSize(QSize(sizes.small, sizes.small))
        self.more.setStyleSheet(
            "QToolButton { border: 0; padding: 1px; background: transparent; }"
            f"QToolButton:hover, QToolButton:focus {{ background: {theme.selection}; border-radius: 3px; }}"
            "QToolButton::menu-indicator { image: none; }"
        )

    def _on_offer(self, text: str) -> None:
        self.line.setText(text)
        self.entered.emit(text)

    def _on_finished(self) -> None:
        text = self.line.text()
        self.line.setModified(False)
        if text.strip() != self._text:
            self.entered.emit(text)
