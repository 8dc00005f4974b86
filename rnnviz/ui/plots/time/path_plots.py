"""How far a gradient reaches, over the steps: curves from one step on, and the map of all pairs of steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rnnviz.ui.drawing.ticks import Tick, round_ticks
from rnnviz.ui.plots.base.polylines import Floats
from rnnviz.ui.plots.time.log_curves import LogCurvesPlot
from rnnviz.ui.plots.time.log_heatmap import LogHeatmapPlot

_LOWEST_PICKED = 6.0
"""Pixels of a row from which it can be marked."""


class PathCurvesPlot(LogCurvesPlot):
    """Curves that begin or end at a step of their own: only between the two is what is not a number marked."""

    _span: tuple[int, int] = (0, 0)

    def set_span(self, first: int, stop: int) -> None:
        """Say between which steps the curves are known; call it before `set_curves`."""
        self._span = (first, stop)

    def heights(self, values: Floats, place: int) -> Floats:
        """Return heights; a curve that leaves the scale is not drawn along its edge."""
        with np.errstate(invalid="ignore"):
            outside = np.isfinite(values) & ((values < self._low) | (values > self._high))
        return np.where(outside, np.nan, super().heights(values, place))

    def strange(self, values: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Tell which values get a cross."""
        found = super().strange(values)
        found[: self._span[0]] = False
        found[self._span[1] :] = False
        return found


class PathMap(LogHeatmapPlot):
    """log10 of the norm of ds_t/ds_k: column k along the axis, row t downwards."""

    row_kind = "steps"

    def build(self) -> None:
        """Begin without steps."""
        super().build()
        self.steps: NDArray[np.intp] = np.zeros(0, np.intp)
        self._backward = False
        self.step_axis.letter, self.step_axis.sampled = "k", True

    def show_table(self, log10: NDArray[np.float64], steps: NDArray[np.intp], *, backward: bool) -> None:
        """Show a table [t, k] of the steps named; `backward`: of a cell that runs from the last step to the first."""
        self.steps, self._backward = steps, backward
        self.set_logarithms(log10.T)

    def set_row(self, step: int) -> None:
        """Mark the row of a step, if it has one."""
        found = np.flatnonzero(self.steps == step).tolist()
        high = bool(found) and self.row_height >= _LOWEST_PICKED
        self.set_picked(found if high else [])

    def row_name(self, row: int) -> str:
        """Return the step of a row."""
        return f"t = {int(self.steps[row]) + 1}" if 0 <= row < len(self.steps) else ""

    def describe(self, step: int, row: int) -> str:
        """Return both steps and the norm between them."""
        if not 0 <= step < len(self.steps):
            return ""
        at = f"k = {int(self.steps[step]) + 1}"
        if not 0 <= row < len(self.steps):
            return at
        if (row > step) if self._backward else (row < step):
            return f"{at}   {self.row_name(row)}   0: step k comes after step t"
        return f"{at}   {self.row_name(row)}   ‖∂sₜ/∂sₖ‖ = {self.value_text(step, row)}"

    def automatic_ticks(self, most: int) -> list[Tick]:
        """Return the steps of some rows, counted from 1."""
        return step_ticks(self.steps, self.rows_in_view, most)


def step_ticks(steps: NDArray[np.intp], rows: range, most: int) -> list[Tick]:
    """Return ticks with the steps of some rows, counted from 1: of all, or those at round numbers.

    Parameters
    ----------
    steps : int array
        The step of every row, ascending.
    rows : range
        Those in view.
    most : int
    """
    shown = range(rows.start, min(rows.stop, len(steps)))
    if len(shown) > most:
        wanted = round_ticks(int(steps[shown[0]]) + 1 if shown[0] else 1, int(steps[shown[-1]]) + 1, most)
        places = np.searchsorted(steps, [round(tick.value) - 1 for tick in wanted])
        return [Tick(row + 0.5, str(int(steps[row]) + 1)) for row in dict.fromkeys(places.tolist()) if row in shown]
    return [Tick(row + 0.5, str(int(steps[row]) + 1)) for row in shown]
