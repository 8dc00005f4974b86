"""The map of connectivity: a row per prediction, a column per input, coloured by the logarithm of the norm."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from rnnviz.ui.drawing.painting import CENTRE, write
from rnnviz.ui.drawing.ticks import Tick
from rnnviz.ui.plots.base.parts import Shows
from rnnviz.ui.plots.time.clamp_marks import groups
from rnnviz.ui.plots.time.heatmap_item import hatching
from rnnviz.ui.plots.time.log_heatmap import LogHeatmapPlot
from rnnviz.ui.plots.time.path_plots import step_ticks
from rnnviz.ui.theme import ui_font

SQUARE = 512
"""Steps up to which every step has a row, with or without output; of longer runs those that have one."""


class Empty(Shows[Sequence[QRectF]]):
    """Rows of steps without output: hatched, and named where there is room."""

    nothing = ()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the rows."""
        size = self.sizes.small
        for row in self.content:
            painter.fillRect(row, QColor(self.theme.surface))
            painter.setPen(QPen(QColor(self.theme.hatch), 1.0))
            painter.drawLines(hatching(row & exposed))
            if row.height() >= 1.5 * size:
                write(painter, row, CENTRE, "no output", ui_font(size), self.theme.muted)


class ConnectivityMap(LogHeatmapPlot):
    """log10 of |dy_t/dx_k|: row t, column k on the shared axis. Rows of steps without output are empty."""

    lowest_outlined, row_kind = 7.0, "outputs"

    def build(self) -> None:
        """Begin without rows."""
        super().build()
        self._empty = Empty()
        self.add_over_data(self._empty, 15)
        self._rows: NDArray[np.intp] = np.zeros(0, np.intp)
        self._outputs: NDArray[np.bool_] = np.zeros(0, np.bool_)
        self._fed: NDArray[np.bool_] = np.zeros(0, np.bool_)

    # what panels call

    def show_table(
        self,
        log10: NDArray[np.float64],
        steps: NDArray[np.intp],
        known: NDArray[np.bool_],
        fed: NDArray[np.bool_],
    ) -> None:
        """Show a table.

        Parameters
        ----------
        log10 : ndarray, [R, S]
            A row per output.
        steps : ndarray, [R]
            The steps of these outputs, ascending.
        known : ndarray of bool, [S]
            The steps whose outputs may be shown.
        fed : ndarray of bool, [S]
            The steps that have an input.
        """
        count = log10.shape[1]
        self._rows = np.arange(count) if count <= SQUARE else steps
        self._outputs, self._fed = known, fed
        cells = np.full((count, len(self._rows)), -np.inf)
        cells[:, np.searchsorted(self._rows, steps)] = log10.T
        cells[:, ~known[self._rows]] = -np.inf
        self.set_logarithms(cells)
        self._place_empty()

    def set_row(self, step: int) -> None:
        """Mark the row of a step, if it has one."""
        found = np.flatnonzero(self._rows == step)
        self.set_picked(found.tolist())

    # what the base asks

    def row_name(self, row: int) -> str:
        """Return the step of a row."""
        return self._named("t", int(self._rows[row])) if row < len(self._rows) else ""

    def describe(self, step: int, row: int) -> str:
        """Return prediction, input and number, or why there is none."""
        if not 0 <= row < len(self._rows):
            return f"k = {step + 1}"
        return f"{self.row_name(row)} on {self._named('k', step)}: {self.value_text(step, row)}"

    def value_text(self, step: int, row: int) -> str:
        """Return the norm of a cell, or why it has none."""
        output = int(self._rows[row])
        if output < len(self._outputs) and not self._outputs[output]:
            return "no output"
        if step < len(self._fed) and not self._fed[step]:
            return "no input"
        return super().value_text(step, row)

    def layout_changed(self) -> None:
        """Cover the rows without output."""
        super().layout_changed()
        self._place_empty()

    def _place_empty(self) -> None:
        area = self.data_rect
        self._empty.place(area)
        silent = groups([row for row, step in enumerate(self._rows.tolist()) if not self._outputs[step]])
        tops = [(self.y_of(first), self.y_of(stop)) for first, stop in silent]
        self._empty.give([QRectF(area.left(), top, area.width(), bottom - top) for top, bottom in tops])

    def automatic_ticks(self, most: int) -> list[Tick]:
        """Return the steps of some rows, counted from 1; of all, with their tokens, where these have room."""
        if self.row_height >= 1.25 * self.sizes.small:
            return [Tick(row + 0.5, self._tick(int(self._rows[row]))) for row in self.rows_in_view]
        return step_ticks(self._rows, self.rows_in_view, most)

    def _tick(self, step: int) -> str:
        label = self.axis.labels[step] if step < self.axis.steps else ""
        return str(step + 1) if label in ("", str(step + 1)) else f"{label[:8]} {step + 1}"

    def _named(self, letter: str, step: int) -> str:
        label = self.axis.labels[step] if step < self.axis.steps else ""
        return f"{letter} = {step + 1}" + ("" if label in ("", str(step + 1)) else f" ‘{label}’")
