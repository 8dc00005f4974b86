"""The plot of a signal as units by steps."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from PySide6.QtCore import QPointF, QRectF, Signal
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from rnnviz.ui.drawing.painting import CENTRE, write
from rnnviz.ui.drawing.ticks import Tick, fixed, round_ticks
from rnnviz.ui.plots.base.colour_bar import ColourBar
from rnnviz.ui.plots.base.parts import Shows
from rnnviz.ui.plots.time.clamp_marks import Held, groups
from rnnviz.ui.plots.time.extrema_pyramid import Values
from rnnviz.ui.plots.time.heatmap_item import HeatmapItem, as_values
from rnnviz.ui.plots.time.time_plot import TimePlot
from rnnviz.ui.theme import SEMIBOLD, ColourMap, series_style, ui_font

LEGIBLE = 12.0
"""A cell at least this wide and high, in pixels, holds the sign of an infinity."""
MOST_SIGNS = 400


class RowMarks(Shows[tuple[Sequence[tuple[QRectF, str]], Sequence[tuple[QRectF, str]]]]):
    """Outlines around picked rows in the colours of their curves, and signs in infinite cells."""

    nothing = (), ()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint outlines and signs."""
        rows, signs = self.content
        for rect, sign in signs:
            write(painter, rect, CENTRE, sign, ui_font(self.sizes.small, SEMIBOLD), self.theme.halo)
        for rect, colour in rows:
            if rect.height() >= LEGIBLE:
                painter.setPen(QPen(QColor(self.theme.halo), 3.0))
                painter.drawRect(rect)
            painter.setPen(QPen(QColor(colour), 1.5))
            painter.drawRect(rect)


class RowPointers(Shows[Sequence[tuple[float, str]]]):
    """Small arrows at the left edge that point to the heights of picked rows, in their colours."""

    nothing = ()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the arrows."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge, size = self.rect.right() - 1, self.sizes.marker * 0.6
        for y, colour in self.content:
            tip = [QPointF(edge, y), QPointF(edge - 1.4 * size, y - size), QPointF(edge - 1.4 * size, y + size)]
            painter.setPen(QPen(QColor(self.theme.surface), 1.0))
            painter.setBrush(QColor(colour))
            painter.drawPolygon(QPolygonF(tip))


class HeatmapPlot(TimePlot):
    """Units by steps as a heatmap with a colour bar; clicking picks a unit and a step.

    Unit 0 is at the top. Steps of the axis without data are hatched: not reached.

    Signals
    -------
    mergedChanged()
        What `merged_text` says is something else.
    """

    mergedChanged = Signal()

    grid_at_ticks = False
    row_kind = "units"
    """What rows are called, several of them."""
    lowest_outlined = 0.0
    """Pixels below which a picked row is only pointed at: an outline would cover what is in it."""

    def build(self) -> None:
        """Add image, marks and colour bar."""
        self._item, self._marks = self.make_item(), RowMarks()
        self._bar, self._pointers = self.make_bar(), RowPointers()
        self._picked: tuple[int, ...] = ()
        self._merged = 1
        self.add_data(self._item, -10)
        self.add_over_data(self._marks, 20)
        self.add_beside_data(self._bar)
        self.add_beside_data(self._pointers)

    def make_item(self) -> HeatmapItem:
        """Return the image of this kind of heatmap."""
        return HeatmapItem()

    def make_bar(self) -> ColourBar:
        """Return the colour bar of this kind of heatmap."""
        return ColourBar()

    # what panels call

    def set_data(self, array: ArrayLike, levels: tuple[float, float], colour_map: ColourMap | None = None) -> None:
        """Show values [S, H] between fixed levels; NaN and steps beyond S are not reached.

        Floats are taken without a copy; change them only through `update_rows` or by another `set_data`.
        """
        values = as_values(array)
        self._item.set_scale(colour_map or self._item.colour_map, *levels)
        self._item.set_data(values)
        self._bar.set_scale(self._item.colour_map, *levels)
        self._fit_rows()

    def set_levels(self, low: float, high: float, colour_map: ColourMap | None = None) -> None:
        """Fix the colour scale."""
        self._item.set_scale(colour_map or self._item.colour_map, low, high)
        self._bar.set_scale(self._item.colour_map, low, high)

    def append(self, rows: ArrayLike) -> None:
        """Show further steps, [n, H]."""
        self._item.append(rows)
        self._fit_rows()

    def update_rows(self, start: int, rows: ArrayLike) -> None:
        """Replace the steps from `start` on by [n, H]."""
        self._item.update_rows(start, rows)
        self._fit_rows()

    def clear(self) -> None:
        """Show nothing reached."""
        self._item.set_data(np.empty((0, 0), dtype=np.float32))
        self._fit_rows()

    def set_picked(self, rows: Sequence[int]) -> None:
        """Mark picked units, number k in the colour of ``series_style(k)``."""
        if tuple(rows) != self._picked:
            self._picked = tuple(rows)
            self._place_marks()

    def set_colour_bar_visible(self, visible: bool) -> None:
        """Show or hide the colour bar."""
        self._bar.setVisible(visible)

    @property
    def values(self) -> Values:
        """The data shown, [S, H]."""
        return self._item.values

    @property
    def image(self) -> HeatmapItem:
        """The item of the values, whose `image` is [H, S]."""
        return self._item

    @property
    def levels(self) -> tuple[float, float]:
        """The ends of the colour scale."""
        return self._item.levels

    @property
    def merged_text(self) -> str:
        """What a row of the picture stands for, where there is no room for a row for each unit; else empty."""
        kind = "extremes" if self._item.colour_map.pivot else "maxima"
        return f"rows: {kind} of {self._merged} {self.row_kind}" if self._merged > 1 else ""

    @property
    def row_height(self) -> float:
        """The pixels of a row."""
        return abs(self.y_of(1.0) - self.y_of(0.0))

    @property
    def rows_in_view(self) -> range:
        """The rows whose middles are in view; at least the one in the middle of the view."""
        area, rows = self.data_rect, self.values.shape[1]
        low, high = sorted((self.value_at(area.top()), self.value_at(area.bottom())))
        first, stop = max(0, math.ceil(low - 0.5)), min(rows, math.floor(high - 0.5) + 1)
        middle = min(max(0, math.floor((low + high) / 2)), max(0, rows - 1))
        return range(first, stop) if first < stop else range(middle, min(middle + 1, rows))

    # what the base asks

    def row_at(self, y: float) -> int:
        """Return the row at a height in pixels."""
        row = int(np.floor(self.value_at(y)))
        return row if 0 <= row < self.values.shape[1] else -1

    def describe(self, step: int, row: int) -> str:
        """Return step, unit and value."""
        if row < 0:
            return f"t = {step + 1}"
        return f"t = {step + 1}   {self.row_name(row)}   {self.value_text(step, row)}"

    def row_name(self, row: int) -> str:
        """Return how a row is called."""
        return f"unit {row + 1}"

    def value_text(self, step: int, row: int) -> str:
        """Return the value of a cell as it is read out."""
        if step >= len(self.values) or np.isnan(self.values[step, row]):
            return "not reached"
        return fixed(float(self.values[step, row]))

    def automatic_ticks(self, most: int) -> list[Tick]:
        """Return the numbers of some rows, counted from 1, at their middles."""
        rows = self.values.shape[1]
        first, stop = max(0, int(self._high)), min(rows, math.ceil(self._low))
        if stop - first <= most:
            return [Tick(row + 0.5, str(row + 1)) for row in range(first, stop)]
        found = round_ticks(first, stop, most)
        return [Tick(tick.value - 0.5, tick.text) for tick in found if tick.value == int(tick.value) >= 1]

    def held_rows(self, held: Held) -> list[tuple[float, float]]:
        """Return where the held units stand; all of them are one frame."""
        rows = self.values.shape[1]
        units = range(rows) if held.units is None else [unit for unit in held.units if unit < rows]
        return [(self.y_of(first), self.y_of(stop)) for first, stop in groups(units)]

    def layout_changed(self) -> None:
        """Place image, marks and colour bar."""
        self._item.place(self.data_rect)
        self._item.set_view(*self.axis.view, self.axis.steps)
        self._item.set_rows_seen((self._high, self._low) if self.box.values_zoomed else None)
        self._marks.place(self.data_rect)
        self._bar.place(self.gutter_rect)
        area = self.data_rect
        self._pointers.place(QRectF(0, area.top(), area.left(), area.height()))
        if self._item.merged != self._merged:
            self._merged = self._item.merged
            self.mergedChanged.emit()
        self._place_marks()

    def _fit_rows(self) -> None:
        rows = max(1, self.values.shape[1])
        if self._given != (rows, 0.0):
            self.box.values_zoomed = False  # of other rows there is nothing to stay at
            self.box.setLimits(yMin=0.0, yMax=rows, minYRange=min(1.0, rows), maxYRange=rows)
            self.set_value_range(rows, 0.0)
        else:
            self._place_marks()
            self.held_changed()

    def _place_marks(self) -> None:
        area, rows = self.data_rect, []
        pointers = []
        for number, row in enumerate(self._picked):
            top, bottom = self.y_of(row), self.y_of(row + 1)
            if 0 <= row < self.values.shape[1] and area.top() <= (top + bottom) / 2 <= area.bottom():
                colour = series_style(number, self.theme).colour
                rows.append((QRectF(area.left() + 1, top, area.width() - 2, max(2.0, bottom - top)), colour))
                pointers.append(((top + bottom) / 2, colour))
        high = self.y_of(1.0) - self.y_of(0.0) >= self.lowest_outlined
        self._marks.give((rows if high else [], self._infinite_cells()))
        self._pointers.give(pointers)

    def _infinite_cells(self) -> list[tuple[QRectF, str]]:
        rows = self.values.shape[1]
        if not rows or min(self.axis.scale(self.width()), self.data_rect.height() / rows) < LEGIBLE:
            return []
        first = max(0, int(self.axis.view[0]))
        shown = self.values[first : int(self.axis.view[1]) + 2]
        cells = []
        for step, row in np.argwhere(np.isinf(shown))[:MOST_SIGNS].tolist():
            left, top = self.x_of(first + step - 0.5), self.y_of(row)
            cell = QRectF(left, top, self.x_of(first + step + 0.5) - left, self.y_of(row + 1) - top)
            cells.append((cell, "\N{INFINITY}" if shown[step, row] > 0 else "\N{MINUS SIGN}\N{INFINITY}"))
        return cells
