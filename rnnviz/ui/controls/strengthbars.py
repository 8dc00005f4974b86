"""A bar for every step, as high and as strong in colour as its number is large."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from rnnviz.ui.drawing.painting import CENTRE, write
from rnnviz.ui.drawing.ticks import Tick
from rnnviz.ui.plots.base.parts import Part, PixelItem
from rnnviz.ui.plots.time.frame import Frame
from rnnviz.ui.plots.time.time_plot import TimePlot
from rnnviz.ui.theme import SEMIBOLD, tint, ui_font

_APART = 3.0
"""Pixels per step from which there is a gap between two bars."""
_WIDTH = 0.84
"""The width of a bar, in steps, where there is one."""


class StrengthItem(PixelItem, pg.BarGraphItem):
    """The bars; where steps are narrower than a pixel, the largest of them stands for all.

    `getData` returns the steps and their numbers, all of them and as they are; NaN where there is no bar.
    """

    def __init__(self) -> None:
        super().__init__(x=np.zeros(0), height=np.zeros(0), width=_WIDTH)
        self._values: NDArray[np.float64] = np.zeros(0)
        self._largest = 0.0
        self._frame: Frame | None = None

    def show_bars(self, values: NDArray[np.float64], largest: float) -> None:
        """Take the numbers, [S], and the largest, which has the strongest colour."""
        self._values, self._largest = values, largest
        self.setOpts(x=np.arange(len(values)), height=values)

    def stand(self, frame: Frame) -> None:
        """Stand where a plot has its steps and its scale."""
        self._frame = frame
        self.place(frame.area)
        self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the bars that are exposed."""
        frame = self._frame
        if frame is None or not len(self._values):
            return
        size = max(1, int(1 / frame.per_step))
        ends = frame.view[0] + 0.5 + (np.array([exposed.left(), exposed.right()]) - frame.area.left()) / frame.per_step
        first = max(0, int(ends[0]) - 1) // size * size  # the same steps share a bar whatever is exposed
        starts, stops, values = _grouped(self._values[first : int(ends[1]) + 2], size)
        margin = (1 - _WIDTH) / 2 * frame.per_step if frame.per_step >= _APART else 0.0
        left, right = frame.x(first + starts - 0.5) + margin, frame.x(first + stops - 0.5) - margin
        bottom, top = float(frame.y(np.zeros(()))), np.where(np.isinf(values), frame.area.top(), frame.y(values))
        tops = []
        for k in np.flatnonzero(~np.isnan(values)).tolist():
            bar = QRectF(left[k], top[k], max(1.0, right[k] - left[k]), max(0.0, bottom - top[k]))
            self._paint_bar(painter, bar, float(values[k]))
            if values[k] > 0:
                tops.append(QLineF(bar.topLeft(), bar.topRight()))
        painter.setPen(QPen(QColor(self.theme.muted), 1.0))
        painter.drawLines(tops)

    def _paint_bar(self, painter: QPainter, bar: QRectF, value: float) -> None:
        share = value / self._largest if self._largest > 0 and np.isfinite(value) else value
        colours = tint(share, self.theme)
        painter.fillRect(bar, QColor(colours.ground))
        if np.isposinf(value) and bar.width() >= self.sizes.small:
            place = QRectF(bar.left(), bar.top(), bar.width(), 2 * self.sizes.small)
            write(painter, place, CENTRE, "∞", ui_font(self.sizes.small, SEMIBOLD), colours.ink)


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
        self.focus: int | None = None
        self.bars_item, self._marked = StrengthItem(), Marked()
        self.add_data(self.bars_item)
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
        self.values, self.asked = np.where(asked, values, np.nan), asked
        self.bars_item.show_bars(self.values, largest)
        self.set_value_range(0.0, scale_top(largest) if ticks is None else largest, ticks)
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
        self.bars_item.stand(Frame.of(self))
        self._marked.place(self.data_rect)
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
    tops = (float(power * factor) for factor in (1, 1.5, 2, 3, 4, 5, 6, 8, 10))
    return next((top for top in tops if top >= largest * 0.9999), largest)


def _grouped(values: NDArray[np.float64], size: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Return first, stop and largest of groups of so many steps; NaN only where all of them are."""
    starts = np.arange(0, len(values), size)
    return starts, np.append(starts[1:], len(values)), np.fmax.reduceat(values, starts) if len(values) else values
