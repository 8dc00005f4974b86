"""The plots of gradient paths as they show what the engine has answered."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from rnnviz.engine.requests import JacobianAt, PathTable
from rnnviz.engine.spec import Direction
from rnnviz.ui import pathreading, reading
from rnnviz.ui.pathreading import Paths
from rnnviz.ui.plots import Curve, GraphCurve, GraphPlot, TimeAxis, number
from rnnviz.ui.plots.time.path_plots import PathCurvesPlot, PathMap
from rnnviz.ui.plots.xy.matrix_plot import MatrixPlot
from rnnviz.ui.theme import Theme
from rnnviz.ui.view import AnalysisView

SYMBOL = "‖∂sₜ / ∂sₖ‖"
_ALONE = "No step comes after this one: go to an earlier step."


class PathGraph(GraphPlot):
    """Paths from one step on, against the distance."""

    def show_paths(self, paths: Paths, theme: Theme) -> None:
        """Show the norms of ds_t/ds_k against t - k."""
        names, x = pathreading.shown_names(paths), np.arange(float(len(paths.steps)))
        curves = []
        for name in names:
            style, width = pathreading.style_of(name, theme), 1.5 if name == "largest" else 1.0
            label = pathreading.label_of(name, paths.answer)
            curves.append(GraphCurve(label, x, paths.curves[name], style.colour, style.dash, width))
        heights = pathreading.height_range(paths.curves)
        backward = getattr(paths.answer.request, "direction", "forward") == "backward"
        self.set_axes("k − t" if backward else "t − k", "norms of ∂sₜ / ∂sₖ", True, None, heights)
        self.set_curves(curves)
        self.set_notice(_ALONE if len(x) == 1 else "")


class PathCurves(PathCurvesPlot):
    """Paths from one step on, over the steps."""

    def show_paths(self, paths: Paths, theme: Theme) -> None:
        """Show the norms of ds_t/ds_k at t."""
        self.set_value_range(*pathreading.height_range(paths.curves))
        self.set_span(int(paths.steps.min()), int(paths.steps.max()) + 1)
        curves: dict[object, Curve] = {}
        for name in pathreading.shown_names(paths):
            label = pathreading.label_of(name, paths.answer, short=True)
            curves[name] = Curve(
                pathreading.over_time(paths, name, self.axis.steps), pathreading.style_of(name, theme), label
            )
        self.set_curves(curves)
        self.set_notice(_ALONE if len(paths.steps) == 1 else "")


class PathTables(QWidget):
    """Paths between all pairs of steps, over the shared axis, or between some, over an axis of their own.

    Signals
    -------
    gridClicked(step)
        The user clicked a step in the grid.
    """

    gridClicked = Signal(int)

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._axis = TimeAxis(self)
        self.whole, self.grid = PathMap(axis), PathMap(self._axis)
        self.whole.key = self.grid.key = "path table"
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.whole)
        rows.addWidget(self.grid)
        self.grid.set_steps_labelled(True)
        self.grid.stepClicked.connect(self._on_clicked)
        self.grid.hide()
        self._drawn: AnalysisView | None = None

    def show_answer(self, answer: AnalysisView | None, step: int, notice: str) -> None:
        """Show the answer to a request for the table, or none, with the cursor's step and a sentence in the middle."""
        there = answer is not None and "log10" in answer.arrays
        gridded = there and answer is not None and not answer.facts["whole"]
        plot = self.grid if gridded else self.whole
        self.whole.setVisible(not gridded)
        self.grid.setVisible(gridded)
        plot.set_notice(notice)
        plot.set_colour_bar_visible(there)
        if answer is not self._drawn:
            self._drawn = answer
            self._show(plot, answer if there else None)
        plot.set_row(step)
        if gridded:
            self.grid.set_cursor(int(np.abs(self.grid.steps - step).argmin()) if step >= 0 else None)

    def _show(self, plot: PathMap, answer: AnalysisView | None) -> None:
        if answer is None:
            plot.clear()
            return
        assert isinstance(answer.request, PathTable)
        steps = np.asarray(answer.arrays["steps"], np.intp)
        if plot is self.grid:
            self._axis.set_steps([str(step + 1) for step in steps])
        backward = answer.request.direction == "backward"
        plot.show_table(np.asarray(answer.arrays["log10"], np.float64), steps, backward=backward)

    def _on_clicked(self, place: int) -> None:
        if place < len(self.grid.steps):
            self.gridClicked.emit(int(self.grid.steps[place]))


class JacobianPlot(MatrixPlot):
    """The Jacobian of one step, its blocks named by the states."""

    def build(self) -> None:
        """Begin without a matrix."""
        super().build()
        self.key = "jacobian"

    def show_answer(self, answer: AnalysisView, theme: Theme, direction: Direction) -> None:
        """Show the answer to a request for the Jacobian."""
        matrix = np.asarray(answer.arrays["matrix"], np.float64)
        finite = np.abs(matrix[np.isfinite(matrix)])
        blocks = pathreading.blocks_of(answer, theme, direction)
        top = reading.rounded_up(float(finite.max(initial=0.0)))
        self.show_matrix(matrix, blocks, dict.fromkeys((block.name for block in blocks), top), apart=False)
        self.set_title("Rows: states after the step. Columns: states before it.")

    def describe(self, row: int, column: int) -> str:
        """Return what is known of an entry; empty where there is none."""
        block = self.block_at(row, column) if row >= 0 else None
        if block is None:
            return ""
        units = f"unit {row - block.rows[0] + 1} by unit {column - block.columns[0] + 1}"
        return f"{block.name}, {units}: {number(float(self.values[row, column]))}"


def step_words(answer: AnalysisView) -> tuple[str, str, str]:
    """Return title, subtitle and a warning for the Jacobian of a step."""
    request = answer.request
    assert isinstance(request, JacobianAt)
    singular = np.asarray(answer.arrays["singular"], np.float64)
    eigenvalues = np.abs(np.asarray(answer.arrays["eigenvalues"]))
    before = "ₜ₋₁" if request.direction == "forward" else "ₜ₊₁"
    radius = f", spectral radius {number(float(eigenvalues[0]))}" if len(eigenvalues) else ""
    subtitle = f"t = {request.step + 1}, singular values {number(singular[-1])} to {number(singular[0])}{radius}"
    finite = bool(np.isfinite(singular).all())
    warning = "" if finite else "The Jacobian is not finite here, so it has no singular values."
    return f"∂sₜ / ∂s{before}", subtitle, warning
