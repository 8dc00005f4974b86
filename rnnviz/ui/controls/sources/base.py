"""What the editors of sources share."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from rnnviz.engine.sequence import SequenceSource
from rnnviz.ui.controls.look import Look
from rnnviz.ui.controls.sources.refusal import Refusal

QUIET = 400
"""Milliseconds without a key after which a changed text is applied."""


class SourceEditor(QWidget):
    """Shows a source of one kind and tells of changed ones.

    Parameters
    ----------
    parent : QWidget or None
    """

    edited = Signal(object)
    """The user changed the source: the new one, which may not be encodable yet."""
    failed = Signal(str)
    """What the user asked for is impossible, in one sentence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(0, 0, 0, 0)
        self.source: Any = None
        self.refusal = Refusal(self)
        self.rows.addWidget(self.refusal)
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(QUIET)
        self._quiet.timeout.connect(self.flush)

    def show_source(self, source: SequenceSource) -> None:
        """Show a source; what the user is typing stays."""
        raise NotImplementedError

    def flush(self) -> None:
        """Apply what was typed now."""
        self._quiet.stop()

    def settle(self) -> None:
        """Apply what is being typed, should there be anything."""
        if self._quiet.isActive():
            self.flush()

    def set_look(self, look: Look) -> None:
        """Dress the editor in a theme and its sizes."""
        self.rows.setSpacing(look.sizes.padding)
        self.refusal.set_look(look)

    def _give(self, source: SequenceSource) -> None:
        if source != self.source:
            self.source = source
            self.edited.emit(source)


def rule() -> QFrame:
    """Return a quiet horizontal line."""
    line = QFrame()
    line.setFrameShape(QFrame.Shape.HLine)
    line.setFrameShadow(QFrame.Shadow.Plain)
    return line
