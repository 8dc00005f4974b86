"""The bar that offers what a program kept which ended without saving."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from rnnviz.ui.autosave import Leftover
from rnnviz.ui.controls.look import look
from rnnviz.ui.plaintext import PlainLabel
from rnnviz.ui.session import Session
from rnnviz.ui.view import LOOKS, View


class RecoveryBar(QFrame):
    """Offers the sessions that were kept, one after the other, and is never in the way.

    Signals
    -------
    wanted(leftover)
        The user wants to open what was kept.

    Parameters
    ----------
    session : Session
    parent : QWidget or None
    """

    wanted = Signal(object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("recovery")
        self.setAccessibleName("What was not saved")
        self._session = session
        self._left: list[Leftover] = []
        self._text = PlainLabel(parent=self)
        self._text.setWordWrap(True)
        self.open_button = QPushButton("&Open it", self)
        self.later_button = QPushButton("&Later", self)
        self.discard_button = QPushButton("&Discard it", self)
        self.open_button.setToolTip("Open it; nothing is written over until you save")
        self.later_button.setToolTip("Offer it again at the next start")
        self.discard_button.setToolTip("Remove what was kept")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 6, 6)
        row.addWidget(self._text, 1)
        for button in (self.open_button, self.later_button, self.discard_button):
            row.addWidget(button)
        self.open_button.clicked.connect(self._on_open)
        self.later_button.clicked.connect(self._on_later)
        self.discard_button.clicked.connect(self._on_discard)
        self.hide()
        session.changed.connect(self._on_changed)

    @property
    def text(self) -> str:
        """What is offered; empty where nothing is."""
        return self._text.text() if not self.isHidden() else ""

    def offer(self, left: list[Leftover]) -> None:
        """Offer what was kept, the newest first."""
        self._left = left
        self._show()

    def release(self) -> None:
        """Leave what is not decided for another start."""
        for left in self._left:
            left.release()
        self._left = []
        self.hide()

    def _show(self) -> None:
        self.setVisible(bool(self._left))
        if self._left:
            self._text.setText(sentence(self._left[0]))
            self._dress()

    def _next(self) -> Leftover:
        left = self._left.pop(0)
        self._show()
        return left

    def _on_open(self) -> None:
        self.wanted.emit(self._next())

    def _on_later(self) -> None:
        self._next().release()

    def _on_discard(self) -> None:
        self._next().remove()

    def _on_changed(self, view: View, old: View) -> None:
        if view.differs(old, *LOOKS) and self._left:
            self._dress()

    def _dress(self) -> None:
        theme = look(self._session.view).theme
        self.setStyleSheet(
            f"#recovery {{ background: {theme.raised}; border: 1px solid {theme.border};"
            f" border-left: 4px solid {theme.accent}; }}"
        )


def sentence(left: Leftover) -> str:
    """Return what is offered, of which file and of when."""
    of = f" ({left.path.name})" if left.path is not None else ""
    when = f"{left.when.day} {left.when:%B} at {left.when:%H:%M}"
    kept = f"rnnviz ended on {when} without saving ‘{left.about.name}’{of}: it was kept as it was then"
    return f"{kept}{_undo(left.about.undo, left.about.lost)}."


def _undo(steps: int, lost: int) -> str:
    """Return what can still be undone, and why not all that could be then."""
    told = f", and its last {steps} changes can be undone" if steps > 1 else ""
    if steps == 1:
        told = ", and its last change can be undone"
    if lost:
        told += f"; {'older ones' if steps else 'its changes'} cannot be undone: there was no room for them"
    return told
