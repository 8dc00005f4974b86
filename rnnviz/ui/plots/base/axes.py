"""The axis at the left of a plot: ticks with numbers or names, and one large name for the whole plot."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF, Signal
from PySide6.QtGui import QColor, QPainter, QPen

from rnnviz.ui.drawing.painting import LEFT, draw_symbol, write, write_tick
from rnnviz.ui.drawing.ticks import Tick
from rnnviz.ui.plots.base.parts import Safe
from rnnviz.ui.theme import LIGHT, NORMAL, SEMIBOLD, Metrics, SignalStyle, Theme, ui_font

_RAISED = str.maketrans("0123456789\N{MINUS SIGN}", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


class QuietAxis(Safe, pg.AxisItem):
    """An axis that draws nothing by itself, makes no SI prefixes, and whose grid is drawn by the plot.

    A grid of pyqtgraph's AxisItem would have the axis reach over all data, and be painted at each move of the cursor.

    Signals
    -------
    gridChanged()
        The grid of this axis was switched on or off.
    """

    gridChanged = Signal()

    def __init__(self, orientation: str) -> None:
        self.theme: Theme = LIGHT
        self.sizes: Metrics = NORMAL
        self.has_grid = False
        super().__init__(orientation)
        self.enableAutoSIPrefix(False)  # it would set the HTML of an empty label at every change of the range

    def _updateLabel(self) -> None:
        """Typeset the label of the axis where there is one: an empty one is set seven times while an axis is made."""
        if getattr(self, "labelText", ""):
            super()._updateLabel()

    def setGrid(self, grid: int | float | bool) -> None:
        """Remember whether the plot draws a grid at the ticks of this axis."""
        self.grid = False
        if bool(grid) != self.has_grid:
            self.has_grid = bool(grid)
            self.gridChanged.emit()

    def set_style(self, theme: Theme, sizes: Metrics) -> None:
        """Take other colours and sizes."""
        self.theme, self.sizes = theme, sizes
        self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Draw nothing: an axis that is not seen."""


class ValueAxis(QuietAxis):
    """Ticks that the plot chooses for the height at hand: numbers, powers of ten, or names of rows."""

    def __init__(self) -> None:
        super().__init__("left")
        self.shown: tuple[tuple[float, Tick], ...] = ()
        self.marks = True
        self.name = ""
        self.caption = ""
        self.swatch: SignalStyle | None = None

    def show_ticks(self, ticks: Sequence[tuple[float, Tick]], *, marks: bool) -> None:
        """Show ticks, each with its pixel from the top of the axis; `marks` draws a short line at each."""
        if (tuple(ticks), marks) != (self.shown, self.marks):
            self.shown, self.marks = tuple(ticks), marks
            self.setTicks([[(tick.value, tick.text + tick.exponent.translate(_RAISED)) for _, tick in ticks]])

    def call(self, name: str, caption: str, swatch: SignalStyle | None) -> None:
        """Name the plot in large type, with a caption below and a signal's symbol before it."""
        if (name, caption, swatch) != (self.name, self.caption, self.swatch):
            self.name, self.caption, self.swatch = name, caption, swatch
            self.update()

    def boundingRect(self) -> QRectF:
        """Return the area of the axis, and half a line of type above and below for the ticks at its ends."""
        return QRectF(self.rect()).adjusted(0, -self.sizes.small, 0, self.sizes.small)

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Draw ticks and name."""
        edge = self.rect().right()
        gap = self.sizes.tick + 3 if self.marks else self.sizes.padding
        painter.setPen(QPen(QColor(self.theme.border), 1.0))
        if self.marks:
            lines = [(edge - self.sizes.tick, round(y) + 0.5, edge - 1) for y, _ in self.shown]
            painter.drawLines([QLineF(left, y, right, y) for left, y, right in lines])
        for y, tick in self.shown:
            write_tick(painter, edge - gap, y, tick, self.sizes.small, self.theme.muted)
        if self.name:
            self._draw_name(painter)

    def _draw_name(self, painter: QPainter) -> None:
        sizes, rect = self.sizes, self.rect()
        left, middle = rect.left() + sizes.padding, rect.center().y()
        large = ui_font(sizes.title * 1.25, SEMIBOLD)
        tall = self.caption and rect.height() + sizes.padding > sizes.title * 3
        top = middle - (sizes.title * 1.5 if tall else sizes.title)
        row = QRectF(left, top, rect.width() - sizes.padding, sizes.title * 2)
        if self.swatch is not None:
            at = QPointF(left + sizes.marker / 2 + 1, row.center().y())
            draw_symbol(painter, at, self.swatch, sizes.marker + 2, self.theme.surface)
            row.setLeft(left + sizes.marker + sizes.padding * 0.75)
        write(painter, row, LEFT, self.name, large, self.theme.text)
        if tall:
            below = QRectF(left, row.bottom() - 2, rect.width() - sizes.padding, sizes.small * 1.6)
            write(painter, below, LEFT, self.caption, ui_font(sizes.small), self.theme.muted)
