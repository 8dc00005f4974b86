"""A bar for every step, as high and as strong in colour as its number is large."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from rnnviz.ui.drawing.painting import CENTRE, write
from rnnviz.ui.drawing.ticks import Tick
from rnnviz.ui.plots.base.parts import Part
from rnnviz.ui.plots.time.time_plot import TimePlot
from rnnviz.ui.theme import SEMIBOLD, tint, ui_font

_APART = 3.0
"""Pixels per step from which there is a gap between two bars."""


class BarsItem(Part):
    """The bars; where steps are narrower than a pixel, the largest of them stands for all."""

    def __init__(self, plot: StrengthBars) -> None:
        super().__init__()
        self._plot = plot

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the bars that are exposed."""
        plot, values = self._plot, self._plot.values
        scale = plot.axis.scale(plot.width())
        first = max(0, plot.axis.to_step(exposed.left() - 1, plot.width()))
        last = min(len(values), plot.axis.to_step(exposed.right() + 1, plot.width()) + 1)
        if last <= first:
            return
        bottom = plot.y_of(0.0)
        size = max(1, int(1 / scale))
        first -= first % size  # the same steps share a bar whatever is exposed
        for start, stop, value in _grouped(values[first:last], size):
            left, right = plot.x_of(first + start - 0.5), plot.x_of(first + stop - 0.5)
            if scale >= _APART:
                left, right = left + 0.08 * scale, right - 0.08 * scale
            self._paint_bar(painter, QRectF(left, 0, max(1.0, right - left), bottom), value)

    def _paint_bar(self, painter: QPainter, column: QRectF, value: float) -> None:
        plot = self._plot
        if np.isnan(value):
            return
        share = value / plot.largest if plot.largest > 0 and np.isfinite(value) else value
        top = plot.y_of(value) if np.isfinite(value) else plot.data_rect.top()
        bar = QRectF(column.left(), top, column.width(), max(0.0, column.bottom() - top))
        painter.fillRect(bar, QColor(tint(share, self.theme).ground))
        painter.setPen(QPen(QColor(self.theme.muted), 1.0))
        if value > 0:
            painter.drawLine(QLineF(bar.left(), bar.top(), bar.right(), bar.top()))
        if np.isposinf(value) and bar.width() >= self.sizes.small:
            ink, font = tint(value, self.theme).ink, ui_font(self.sizes.small, SEMIBOLD)
            write(painter, QRectF(bar.left(), bar.top(), bar.width(), 2 * self.sizes.small), CENTRE, "∞", font, ink)


class Marked(Part):
    """Arrows from below to the step in focus, and crosses over what is not a number."""

    def __init__(self) -> None:
        super().__init__()
        self._x: float | None = None
        self._crosses: list[float] = []
        self._line = False

    def point(self, x: float | None, crosses: list[float], *, line: bool) -> None:
        """Point at a horizontal pixel, or at none, with or without a line; put crosses at others."""
        if (x, crosses, line) != (self._x, self._crosses, self._line):
            self._x, self._crosses, self._line = x, crosses, line
            self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint arrow, line and crosses."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size, arm = self.sizes.marker, self.sizes.marker / 2
        if self._x is not None:
            painter.setPen(QPen(QColor(self.theme.accent), self.sizes.line))
            if self._line:
                painter.drawLine(QLineF(self._x, self.rect.top(), self._x, self.rect.bottom()))
            painter.setBrush(QColor(self.theme.accent))
            y = self.rect.top() + 1
            tip = [QPointF(self._x, y + size), QPointF(self._x - size * 0.7, y), QPointF(self._x + size * 0.7, y)]
            painter.drawPolygon(QPolygonF(tip))
        painter.setPen(QPen(QColor(self.theme.error), self.sizes.line))
        y = self.rect.bottom() - size
        for x in self._crosses:
            painter.drawLine(QPointF(x - arm, y - arm), QPointF(x + arm, y + arm))
            painter.drawLine(QPointF(x - arm, y + arm), QPointF(x + arm, y - arm))


class StrengthBars(TimePlot):
    """Bars on a linear scale from 0, one of the steps in focus."""

    def build(self) -> None:
        """Add bars and marks."""
        self.values: NDArray[np.float64] = np.zeros(0)
        self.asked: NDArray[np.bool_] = np.zeros(0, np.bool_)
        self.largest = 0.0
        self.focus: int | None = None
        self._bars, self._marked = BarsItem(self), Marked()
        self.add_over_data(self._bars, 10)
        self.add_over_data(self._marked, 30)

    def set_bars(
        self,
        values: NDArray[np.float64],
        asked: NDArray[np.bool_],
        largest: float,
        ticks: Sequence[Tick] | None = None,
    ) -> None:
        """Show values [S] where they are asked for, coloured up to the largest.

        With `ticks` the scale ends at the largest. An infinity is a bar of the whole height, what is not a number a
        cross.
        """
        self.values, self.asked, self.largest = np.where(asked, values, np.nan), asked, largest
        self.set_value_range(0.0, scale_top(largest) if ticks is None else largest, ticks)
        self._bars.update()
        self._place_marks()

    def set_focus(self, step: int | None) -> None:
        """Point at the step that the bars belong to."""
        if step != self.focus:
            self.focus = step
            self._place_marks()

    @property
    def inset(self) -> float:
        """Leave a pixel for the upper edge of the highest bar."""
        return 1.0

    def describe(self, step: int, row: int) -> str:
        """Return nothing: the step under the mouse is the one in focus, which the title of the panel speaks of."""
        return ""

    def layout_changed(self) -> None:
        """Place bars and marks."""
        self._bars.place(self.data_rect)
        self._marked.place(self.data_rect)
        self._bars.update()
        self._place_marks()

    def _place_marks(self) -> None:
        first = max(0, int(self.axis.view[0]))
        shown = slice(first, int(self.axis.view[1]) + 2)
        strange = np.flatnonzero(np.isnan(self.values[shown]) & self.asked[shown])
        crosses = sorted({round(self.x_of(first + k)) for k in strange.tolist()})
        x = None if self.focus is None else self.x_of(self.focus)
        self._marked.point(x, [float(cross) for cross in crosses], line=self.focus != self.cursor_step)

    def cursor_changed(self) -> None:
        """Move the cursor, and draw no line where it stands."""
        super().cursor_changed()
        self._place_marks()


def scale_top(largest: float) -> float:
    """Return a round number that is not below a number, and not far above it; 1 for zero."""
    if not largest > 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(largest))
    return next(
        float(power * factor) for factor in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if power * factor >= largest * 0.9999
    )


def _grouped(values: NDArray[np.float64], size: int) -> list[tuple[int, int, float]]:
    """Return (first, stop, largest) of groups of so many steps; NaN only where all of them are."""
    starts = np.arange(0, len(values), size)
    largest = np.fmax.reduceat(values, starts)
    stops = np.append(starts[1:], len(values))
    return list(zip(starts.tolist(), stops.tolist(), largest.tolist(), strict=True))
