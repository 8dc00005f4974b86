"""The plots of gradient paths as they show what the engine has answered."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.requests import JacobianAt
from rnnviz.engine.spec import Direction
from rnnviz.ui import pathreading, reading
from rnnviz.ui.pathreading import Paths
from rnnviz.ui.plots import Curve, GraphCurve, GraphPlot, number
from rnnviz.ui.plots.matrix import MatrixPlot
from rnnviz.ui.plots.pathplots import PathCurvesPlot, PathMap
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
        self.set_axes("t − k", f"{SYMBOL}, against the distance from step k", True, None, heights)
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
            label = pathreading.label_of(name, paths.answer)
            curves[name] = Curve(over_time(paths, name, self.axis.steps), pathreading.style_of(name, theme), label)
        self.set_curves(curves)
        self.set_notice(_ALONE if len(paths.steps) == 1 else "")


class PathTableMap(PathMap):
    """Paths between all pairs of steps, or of some."""

    def show_answer(self, answer: AnalysisView, direction: Direction) -> None:
        """Show the answer to a request for the table."""
        steps = np.asarray(answer.arrays["steps"], np.intp)
        self.show_table(np.asarray(answer.arrays["log10"]), steps, backward=direction == "backward")


class JacobianPlot(MatrixPlot):
    """The Jacobian of one step, its blocks named by the states."""

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


def over_time(paths: Paths, name: str, steps: int) -> NDArray[np.float64]:
    """Return a curve with a place for every step, [S]; NaN where it is not known."""
    values = np.full(steps, np.nan)
    values[paths.steps] = paths.curves[name]
    return values
