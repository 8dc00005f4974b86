"""A sentence that stands where there is nothing to draw."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from rnnviz.ui.controls.look import Look, set_type
from rnnviz.ui.plaintext import PlainLabel


class Notice(PlainLabel):
    """Says in one sentence why there is nothing to see.

    Parameters
    ----------
    parent : QWidget or None
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hide()

    def say(self, sentence: str) -> None:
        """Show a sentence; an empty one hides the notice."""
        self.setText(sentence)
        self.setVisible(bool(sentence))

    def set_look(self, look: Look) -> None:
        """Dress the sentence in a theme and its sizes."""
        ground = f"background: {look.theme.surface}; padding: {2 * look.sizes.padding}px;"
        set_type(self, look.sizes.title, look.theme.muted, more=ground)
