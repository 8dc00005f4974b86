"""What the Help menu shows: all keys at a glance, and what rnnviz is."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QScrollArea, QVBoxLayout, QWidget

from rnnviz._version import __version__
from rnnviz.ui.actions import MENUS, Actions, plain
from rnnviz.ui.mousehelp import GESTURES
from rnnviz.ui.plaintext import MarkupLabel
from rnnviz.ui.theme import Theme

ABOUT = f"""<h2>rnnviz {__version__}</h2>
<p>An oscilloscope for recurrence: every gate, every state and every gradient on the screen is the real one,
computed at that step.</p>
<p>Drawn with Qt and pyqtgraph, computed by torch, typeset by ziamath. Type: Inter (SIL OFL).
Icons: Lucide (ISC).</p>"""


def keys_table(actions: Actions, theme: Theme) -> str:
    """All actions that have keys, by menu, as a table in HTML."""
    rows = []
    for menu in MENUS:
        keyed = [action for action in actions.of_menu(menu) if action is not None and action.shortcuts()]
        if not keyed:
            continue
        rows.append(f'<tr><td colspan="2" style="padding-top:12px; color:{theme.muted}">{menu}</td></tr>')
        for action in keyed:
            keys = " &nbsp;or&nbsp; ".join(
                f"<b>{escape(key.toString(QKeySequence.SequenceFormat.NativeText))}</b>" for key in action.shortcuts()
            )
            rows.append(f'<tr><td style="padding-right:28px">{keys}</td><td>{escape(plain(action))}</td></tr>')
    return f"<table cellspacing='3'>{''.join(rows)}</table>"


def gestures_table(theme: Theme) -> str:
    """What the mouse does where, as a table in HTML."""
    rows = []
    for place, gestures in GESTURES.items():
        rows.append(f'<tr><td colspan="2" style="padding-top:12px; color:{theme.muted}">{place}</td></tr>')
        rows += [
            f'<tr><td style="padding-right:28px"><b>{escape(gesture)}</b></td><td>{escape(does)}</td></tr>'
            for gesture, does in gestures
        ]
    return f"<table cellspacing='3'>{''.join(rows)}</table>"


class HelpDialog(QDialog):
    """A page of text with a button to copy what the report of a fault needs.

    Parameters
    ----------
    title, html : str
    report : str
        What the button copies; empty: no button.
    parent : QWidget
    """

    def __init__(self, title: str, html: str, report: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self._report = report
        text = MarkupLabel(html)
        text.setWordWrap(True)
        text.setMargin(16)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(text)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        if report:
            copy = buttons.addButton("&Copy", QDialogButtonBox.ButtonRole.ActionRole)
            copy.clicked.connect(self._copy)
        rows = QVBoxLayout(self)
        rows.addWidget(area)
        rows.addWidget(buttons)
        self.resize(560, 640)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._report)
