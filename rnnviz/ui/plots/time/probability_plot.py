"""Probabilities by class and step, with bars for the step under the cursor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from rnnviz.ui.drawing.painting import LEFT, write
from rnnviz.ui.drawing.ticks import Tick, fixed
from rnnviz.ui.plots.base.parts import Part
from rnnviz.ui.plots.time.heatmap_plot import HeatmapPlot
from rnnviz.ui.theme import MEDIUM, PROBABILITIES, SEMIBOLD, ui_font

LEAST_RINGED = 4.0
"""A cell at least this wide and high, in pixels, can be ringed as the right one."""


class Bars(Part):
    """A bar and a number for each row, in the right margin, with a line at what it would have been."""

    def __init__(self) -> None:
        super().__init__()
        self._bars: list[tuple[float, float, float, bool]] = []
        self._originals: list[float] = []

    def show_bars(self, bars: list[tuple[float, float, float, bool]], originals: Sequence[float] = ()) -> None:
        """Show bars: (height in pixels of its middle, thickness, share of the full length, strongest of all).

        ``originals`` are the shares without the interventions, one per bar, or none.
        """
        if (bars, list(originals)) != (self._bars, self._originals):
            self._bars, self._originals = bars, list(originals)
            self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the bars."""
        sizes = self.sizes
        room = QRectF(self.rect).adjusted(sizes.padding, 0, -sizes.padding / 2, 0)
        number = sizes.small * 2.6
        full = max(1.0, room.width() - number - sizes.padding / 2)
        for y, thickness, share, strongest in self._bars:
            bar = QRectF(room.left(), y - thickness / 2, max(1.0, full * min(max(share, 0.0), 1.0)), thickness)
            painter.fillRect(QRectF(room.left(), bar.top(), full, thickness), QColor(self.theme.grid))
            painter.fillRect(bar, QColor(self.theme.accent if strongest else self.theme.faint))
            font = ui_font(sizes.small, SEMIBOLD if strongest else MEDIUM)
            place = QRectF(room.left() + full + sizes.padding / 2, y - sizes.small, number, 2 * sizes.small)
            text = f"{share:.2f}" if np.isfinite(share) else fixed(share)
            write(painter, place, LEFT, text, font, self.theme.text if strongest else self.theme.muted)
        for (y, thickness, _, _), original in zip(self._bars, self._originals, strict=False):
            if np.isfinite(original):
                x = room.left() + full * min(max(original, 0.0), 1.0)
                painter.fillRect(QRectF(x - 1, y - thickness / 2 - 2, 2, thickness + 4), QColor(self.theme.text))


class Targets(Part):
    """A ring in the cell that was right at each step."""

    def __init__(self) -> None:
        super().__init__()
        self._cells: list[QRectF] = []

    def ring(self, cells: list[QRectF]) -> None:
        """Ring these cells."""
        if cells != self._cells:
            self._cells = cells
            self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the rings."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for colour, width in ((self.theme.halo, 3.5), (self.theme.cursor, 1.5)):
            painter.setPen(QPen(QColor(colour), width))
            for cell in self._cells:
                painter.drawRoundedRect(cell, 3, 3)


class ProbabilityPlot(HeatmapPlot):
    """Classes by steps: names at the left, a heatmap of 0 to 1, bars for the current step at the right.

    Where rows are lower than a line of type, the likeliest classes of the current step are named.
    """

    def build(self) -> None:
        """Add bars and rings."""
        super().build()
        self._names: tuple[str, ...] = ()
        self._original: NDArray[np.floating] | None = None
        self._targets: NDArray[np.intp] = np.zeros(0, dtype=np.intp)
        self._bars, self._rings = Bars(), Targets()
        self.add_beside_data(self._bars)
        self.add_over_data(self._rings, 25)
        self.set_colour_bar_visible(False)
        self.set_levels(0.0, 1.0, PROBABILITIES)

    def set_probabilities(self, names: Sequence[str], array: ArrayLike) -> None:
        """Show values [S, K] of K named classes."""
        self._names = tuple(names)
        self.set_data(array, (0.0, 1.0), PROBABILITIES)
        self.relayout()

    def set_original(self, array: ArrayLike | None) -> None:
        """Mark on the bars what the values, [S, K], would be without the interventions; None: nothing."""
        self._original = None if array is None else np.asarray(array)
        self._place_bars()

    def set_targets(self, targets: ArrayLike) -> None:
        """Ring the right class of each step, [S] of row numbers; -1 where there is none."""
        self._targets = np.asarray(targets, dtype=np.intp).reshape(-1)
        self._place_rings()

    def append(self, rows: ArrayLike) -> None:
        """Show further steps, [n, K]."""
        super().append(rows)
        self._place_bars()

    def update_rows(self, start: int, rows: ArrayLike) -> None:
        """Replace the steps from `start` on by [n, K]."""
        super().update_rows(start, rows)
        self._place_bars()

    def row_name(self, row: int) -> str:
        """Return the name of a class."""
        return self._names[row] if row < len(self._names) else str(row)

    def automatic_ticks(self, most: int) -> list[Tick]:
        """Return the names of the rows there is room for, the likeliest first."""
        lines = self._lines()
        return [Tick(self.value_at(lines[row]), self.row_name(row)) for row in self._named_rows(lines)]

    def layout_changed(self) -> None:
        """Place bars and rings."""
        super().layout_changed()
        self._bars.place(self.gutter_rect)
        self._rings.place(self.data_rect)
        self._place_bars()
        self._place_rings()

    def cursor_changed(self) -> None:
        """Show the bars of the step."""
        super().cursor_changed()
        self._place_bars()

    def cover_changed(self) -> None:
        """Show no bars of a hidden step."""
        super().cover_changed()
        self._place_bars()

    def _row_height(self) -> float:
        return self.data_rect.height() / max(1, self.values.shape[1])

    def _current(self) -> NDArray[np.floating] | None:
        step = self.cursor_step
        if step is None or step >= len(self.values) or self.is_hidden(step):
            return None
        return self.values[step]

    def _named_rows(self, lines: list[float]) -> list[int]:
        rows, needed = self.values.shape[1], self.sizes.small * 1.3
        if self._row_height() >= needed:
            return list(range(rows))
        current = self._current()
        order = np.arange(rows) if current is None else np.argsort(-np.nan_to_num(current), kind="stable")
        chosen: list[int] = []
        for row in order.tolist():
            if all(abs(lines[row] - lines[other]) >= needed for other in chosen):
                chosen.append(row)
        return sorted(chosen)

    def _lines(self) -> list[float]:
        """Return where the lines of type beside the rows stand: in their middles, unless they would be cut there."""
        area, half, rows = self.data_rect, self.sizes.small * 0.65, self.values.shape[1]
        top, bottom = area.top() + half, max(area.bottom() - half, area.top() + half)
        first, each = self.y_of(0.5), self.y_of(1.5) - self.y_of(0.5)
        return [min(max(first + row * each, top), bottom) for row in range(rows)]

    def _place_bars(self) -> None:
        lines = self._lines()
        named, current = self._named_rows(lines), self._current()
        if len(named) < self.values.shape[1]:
            self._place_ticks()
        if current is None or np.isnan(current).all():
            self._bars.show_bars([])
            return
        thickness = min(max(4.0, self._row_height() * 0.55), self.sizes.small * 1.1)
        best = int(np.nanargmax(current))
        step, before = self.cursor_step or 0, self._original
        known = before is not None and step < len(before) and before.shape[1] == len(current)
        originals = [float(before[step, row]) for row in named] if known and before is not None else []
        self._bars.show_bars([(lines[row], thickness, float(current[row]), row == best) for row in named], originals)

    def _place_rings(self) -> None:
        scale, height = self.axis.scale(self.width()), self._row_height()
        if min(scale, height) < LEAST_RINGED:
            self._rings.ring([])
            return
        inset = min(2.5, (min(scale, height) - 1) / 4)
        first, last = max(0, int(self.axis.view[0])), int(self.axis.view[1]) + 2
        cells = []
        for step in range(first, min(last, len(self._targets))):
            row = int(self._targets[step])
            if 0 <= row < self.values.shape[1]:
                cell = QRectF(self.x_of(step - 0.5), self.y_of(row), scale, height)
                cells.append(cell.adjusted(inset, inset, -inset, -inset))
        self._rings.ring(cells)
