"""Probabilities by class and step, with bars for the step under the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from rnnviz.ui.drawing.painting import LEFT, write
from rnnviz.ui.drawing.ticks import Tick, fixed
from rnnviz.ui.plots.base.parts import Part
from rnnviz.ui.plots.time.frame import Frame
from rnnviz.ui.plots.time.heatmap_plot import HeatmapPlot
from rnnviz.ui.plots.time.target_marks import LEAST_MARKED, TargetMarks, inks, mark_for
from rnnviz.ui.theme import MEDIUM, PROBABILITIES, SEMIBOLD, ui_font
from rnnviz.ui.theme.colormaps import BLANK, colour_index


class Bar(NamedTuple):
    """The bar of a row: the height of its middle in pixels, and shares of the full length.

    `strongest`: of all rows; `original` is the share without the interventions.
    """

    row: int
    y: float
    share: float
    strongest: bool
    original: float | None = None


class Bars(Part):
    """A bar and a number for each row, in the right margin, with a line at what it would have been."""

    def __init__(self) -> None:
        super().__init__()
        self.bars: tuple[Bar, ...] = ()
        self._thickness = 1.0

    def show_bars(self, bars: Sequence[Bar], thickness: float) -> None:
        """Show bars of a thickness in pixels."""
        if (tuple(bars), thickness) != (self.bars, self._thickness):
            self.bars, self._thickness = tuple(bars), thickness
            self.update()

    def getData(self) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return the rows that have a bar and their values, as the data items of pyqtgraph do."""
        return np.array([bar.row for bar in self.bars], np.intp), np.array([bar.share for bar in self.bars])

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the bars."""
        sizes, thickness = self.sizes, self._thickness
        room = QRectF(self.rect).adjusted(sizes.padding, 0, -sizes.padding / 2, 0)
        number = sizes.small * 2.6
        full = max(1.0, room.width() - number - sizes.padding / 2)
        for _, y, share, strongest, original in self.bars:
            bar = QRectF(room.left(), y - thickness / 2, max(1.0, full * min(max(share, 0.0), 1.0)), thickness)
            painter.fillRect(QRectF(room.left(), bar.top(), full, thickness), QColor(self.theme.grid))
            painter.fillRect(bar, QColor(self.theme.accent if strongest else self.theme.faint))
            font = ui_font(sizes.small, SEMIBOLD if strongest else MEDIUM)
            place = QRectF(room.left() + full + sizes.padding / 2, y - sizes.small, number, 2 * sizes.small)
            text = f"{share:.2f}" if np.isfinite(share) else fixed(share)
            write(painter, place, LEFT, text, font, self.theme.text if strongest else self.theme.muted)
            if original is not None and np.isfinite(original):
                x = room.left() + full * min(max(original, 0.0), 1.0)
                painter.fillRect(QRectF(x - 1, y - thickness / 2 - 2, 2, thickness + 4), QColor(self.theme.text))


class ProbabilityPlot(HeatmapPlot):
    """Classes by steps: names at the left, a heatmap of 0 to 1, bars for the current step at the right.

    Where rows are lower than a line of type, the likeliest classes of the current step are named.
    """

    row_kind = "classes"

    def build(self) -> None:
        """Add bars, and marks of what was right."""
        super().build()
        self._names: tuple[str, ...] = ()
        self._original: NDArray[np.floating] | None = None
        self.targets: NDArray[np.intp] = np.zeros(0, dtype=np.intp)
        self.bars, self._target_marks = Bars(), TargetMarks()
        self.add_beside_data(self.bars)
        self.add_over_data(self._target_marks, 25)
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
        """Mark the right class of each step, [S] of row numbers; -1 where there is none."""
        self.targets = np.asarray(targets, dtype=np.intp).reshape(-1)
        self._place_targets()

    def append(self, rows: ArrayLike) -> None:
        """Show further steps, [n, K]."""
        super().append(rows)
        self._place_bars()
        self._place_targets()

    def update_rows(self, start: int, rows: ArrayLike) -> None:
        """Replace the steps from `start` on by [n, K]."""
        super().update_rows(start, rows)
        self._place_bars()
        self._place_targets()

    def row_name(self, row: int) -> str:
        """Return the name of a class."""
        return self._names[row] if row < len(self._names) else str(row)

    def automatic_ticks(self, most: int) -> list[Tick]:
        """Return the names of the rows there is room for, the likeliest first."""
        return [Tick(self.value_at(y), self.row_name(row)) for row, y in self._named_rows().items()]

    def layout_changed(self) -> None:
        """Place bars and marks."""
        super().layout_changed()
        self.bars.place(self.gutter_rect)
        self._target_marks.place(self.data_rect)
        self._place_bars()
        self._place_targets()

    def cursor_changed(self) -> None:
        """Show the bars of the step."""
        super().cursor_changed()
        self._place_bars()

    def cover_changed(self) -> None:
        """Show no bars of a hidden step."""
        super().cover_changed()
        self._place_bars()

    def _current(self) -> NDArray[np.floating] | None:
        step = self.cursor_step
        if step is None or step >= len(self.values) or self.is_hidden(step):
            return None
        return self.values[step]

    def _named_rows(self) -> dict[int, float]:
        """Return the rows that are named, with the heights of their names and bars: in their middles, if not cut there.

        Of rows lower than a line of type the likeliest are named.
        """
        rows, area = self.rows_in_view, self.data_rect
        half, needed = self.sizes.small * 0.65, self.sizes.small * 1.3
        top, bottom = area.top() + half, max(area.bottom() - half, area.top() + half)
        first, each = self.y_of(0.5), self.row_height
        lines = {row: min(max(first + row * each, top), bottom) for row in rows}
        if each >= needed and not self.box.values_zoomed:
            return lines
        current = self._current()
        order = np.asarray(rows)
        if current is not None:
            order = order[np.argsort(-np.nan_to_num(current[order]), kind="stable")]
        chosen: list[int] = []
        for row in order.tolist():
            if all(abs(lines[row] - lines[other]) >= needed for other in chosen):
                chosen.append(row)
        return {row: lines[row] for row in sorted(chosen)}

    def _place_bars(self) -> None:
        named, current = self._named_rows(), self._current()
        if len(named) < self.values.shape[1]:
            self._place_ticks()
        if current is None or np.isnan(current).all():
            self.bars.show_bars((), 1.0)
            return
        best, step, before = int(np.nanargmax(current)), self.cursor_step or 0, self._original
        known = before is not None and step < len(before) and before.shape[1] == len(current)
        originals = before[step].tolist() if known and before is not None else [None] * len(current)
        self.bars.show_bars(
            [Bar(row, y, float(current[row]), row == best, originals[row]) for row, y in named.items()],
            thickness=min(max(4.0, self.row_height * 0.55), self.sizes.small * 1.1),
        )

    def _place_targets(self) -> None:
        frame, height, seen = Frame.of(self), self.row_height, self.rows_in_view
        first = max(0, int(frame.view[0]))
        rows = self.targets[first : int(frame.view[1]) + 2]
        shown = (rows >= seen.start) & (rows < seen.stop) & (min(frame.per_step, height) >= LEAST_MARKED)
        steps, rows = first + np.flatnonzero(shown), rows[shown]
        left, right = np.round(frame.x(steps - 0.5)), np.round(frame.x(steps + 0.5))
        top, bottom = (np.round(self.y_of(0.0) + edges * height) for edges in (rows, rows + 1))
        cells = np.stack((left, top, right - left, bottom - top), 1).tolist()
        known = steps < len(self.values)
        entries = np.full(len(steps), BLANK)
        entries[known] = colour_index(self.values[steps[known], rows[known]], 0.0, 1.0)
        ink = inks(PROBABILITIES, self.theme)
        marked = [(QRectF(*cell), ink[entry]) for cell, entry in zip(cells, entries.tolist(), strict=True)]
        self._target_marks.give((marked, mark_for(int(frame.per_step), int(height), self.sizes.line)))
