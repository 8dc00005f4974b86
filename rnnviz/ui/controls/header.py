"""The line above the plots of a panel: what is drawn, what is under the mouse, and how to draw it otherwise."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from rnnviz.ui.controls.look import Look
from rnnviz.ui.controls.textline import Run, TextLine
from rnnviz.ui.theme import LIGHT, NORMAL, SEMIBOLD


class PanelHeader(QWidget):
    """Title, subtitle and the controls of a panel in one line; what is under the mouse takes the subtitle's place.

    Parameters
    ----------
    controls : QWidget
        From left to right, at the right end.
    parent : QWidget or None
    """

    def __init__(self, *controls: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = ""
        self.subtitle = ""
        self.read_out = ""
        self.note = ""
        self._look = Look(LIGHT, NORMAL)
        self._line = TextLine()
        self._row = QHBoxLayout(self)
        self._row.addWidget(self._line, 1)
        for control in controls:
            self._row.addWidget(control)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def add_lead(self, control: QWidget) -> None:
        """Put a control before the title."""
        self._row.insertWidget(0, control)

    def set_title(self, title: str, subtitle: str = "") -> None:
        """Say what is drawn."""
        self.title, self.subtitle = title, subtitle
        self._say()

    def set_note(self, note: str) -> None:
        """Say something of how it is drawn, behind what is drawn."""
        if note != self.note:
            self.note = note
            self._say()

    def set_read_out(self, text: str) -> None:
        """Say what is under the mouse; nothing is, if empty."""
        self.read_out = text
        self._say()

    @property
    def said(self) -> str:
        """What is said beside the title."""
        return self.read_out or ", ".join(filter(None, (self.subtitle, self.note)))

    def _say(self) -> None:
        theme, sizes = self._look.theme, self._look.sizes
        colour = theme.text if self.read_out else theme.muted
        title = Run(self.title, sizes.title, theme.text, SEMIBOLD)
        self._line.reserve(sizes.title, self.title, SEMIBOLD)
        self._line.say((title, Run(self.said, sizes.small, colour)))

    def set_look(self, look: Look) -> None:
        """Dress the line in a theme and its sizes."""
        self._look, sizes = look, look.sizes
        self._row.setContentsMargins(sizes.padding, 2, sizes.padding, 2)
        self._row.setSpacing(sizes.padding)
        self.setFixedHeight(sizes.header + 4)
        self._say()
