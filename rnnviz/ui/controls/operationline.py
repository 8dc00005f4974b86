"""A line that tells which operation the way back has come to, and what has arrived there."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from rnnviz.ui.controls.formulaline import BAR
from rnnviz.ui.controls.look import Look
from rnnviz.ui.controls.textline import Run, TextLine, ground
from rnnviz.ui.theme import LIGHT, MEDIUM, NORMAL, SEMIBOLD


class OperationLine(QWidget):
    """One line, marked as the line of a formula is that is being computed; hidden where there is nothing to tell.

    Parameters
    ----------
    parent : QWidget or None
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = Look(LIGHT, NORMAL)
        self._told: tuple[str, str, str] = ("", "", "")
        self._roomy = True
        self.bar, self.line = QWidget(), TextLine()
        self.bar.setFixedWidth(round(BAR))
        self.bar.setAutoFillBackground(True)
        self.line.setAccessibleName("Operation that the backward pass has come to")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.bar)
        row.addSpacing(8)
        row.addWidget(self.line, 1)
        self.setAutoFillBackground(True)
        self.hide()

    def tell(self, where: str, what: str, arrived: str) -> None:
        """Show a place, an operation and what has arrived at it; an empty operation hides the line."""
        self._told = (where, what, arrived)
        self.setVisible(bool(what) and self._roomy)
        self._say()

    def set_roomy(self, roomy: bool) -> None:
        """Show the line only where there is room for it."""
        self._roomy = roomy
        self.setVisible(bool(self._told[1]) and roomy)

    def set_look(self, now: Look) -> None:
        """Dress the line in a theme and its sizes."""
        self._look = now
        ground(self, now.theme.selection)
        ground(self.line, now.theme.selection)
        ground(self.bar, now.theme.accent)
        self.line.reserve(now.sizes.text)
        self._say()

    def _say(self) -> None:
        theme, size = self._look.theme, self._look.sizes.text
        weights = (MEDIUM, SEMIBOLD, SEMIBOLD)
        colours = (theme.muted, theme.text, theme.accent)
        self.line.say([Run(*run) for run in zip(self._told, (size,) * 3, colours, weights, strict=True)])
