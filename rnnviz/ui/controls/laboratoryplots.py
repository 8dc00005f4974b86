"""The three pictures of the vanishing laboratory: spectra in the plane, paths of the gradient, dL/dW over the knob."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtWidgets import QWidget

from rnnviz.engine.requests import Measure
from rnnviz.engine.spec import Direction
from rnnviz.ui.laboratory import (
    WORDS,
    Floats,
    distances,
    followed,
    highway,
    largest,
    matrices,
    matrix_style,
    number,
)
from rnnviz.ui.plots import GraphCurve, GraphPlot
from rnnviz.ui.plots.xy.complex_plane import PlaneCircle, PlanePlot, PlanePoints
from rnnviz.ui.theme import Theme
from rnnviz.ui.theme.signals import hue
from rnnviz.ui.view import AnalysisView

SCALAR_STEPS = 100
"""Steps over which the scalar w^n is drawn."""

LOWEST, HIGHEST = -12.0, 6.0
"""Powers of ten between which paths are drawn, unless one grows beyond: fixed, so that nothing jumps as it turns."""

_NORMAL = 5e-3
"""Up to which difference spectral radius and largest singular value share one circle."""


class SpectrumPlane(PlanePlot):
    """The eigenvalues of all recurrent matrices of a layer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key = "eigenvalues"
        self._drawn: tuple[object, ...] = ()

    def show_spectra(self, spectra: AnalysisView, theme: Theme) -> None:
        """Show the newest spectra."""
        if self._drawn == (spectra, theme):
            return
        self._drawn = (spectra, theme)
        groups = [
            PlanePoints(name, np.asarray(spectra.arrays[f"eigenvalues {name}"], np.complex128), style)
            for name, style in ((name, matrix_style(name, k, theme)) for k, name in enumerate(matrices(spectra)))
        ]
        radius, sigma = largest(spectra, "radius"), largest(spectra, "singular")
        if abs(sigma - radius) <= _NORMAL:
            circles = [PlaneCircle(radius, f"ρ = σ = {radius:.2f}", hue("blue", theme))]
        else:
            circles = [PlaneCircle(radius, f"ρ = {radius:.2f}", hue("blue", theme))]
            circles.append(PlaneCircle(sigma, f"σ = {sigma:.2f}", hue("vermillion", theme)))
        self.show_points(groups, [circle for circle in circles if math.isfinite(circle.radius)])


@dataclass(frozen=True)
class PathsShown:
    """What the paths are drawn from.

    Parameters
    ----------
    spectra : AnalysisView
    paths : AnalysisView or None
    anchor : int
        k, the step that the cell runs first.
    value : float
        Where the knob stands: w.
    """

    spectra: AnalysisView
    paths: AnalysisView | None
    anchor: int
    value: float


class PathsGraph(GraphPlot):
    """|ds_t/ds_k| over the distance, beside the scalar w^n and, where it applies, Pascanu's bound."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key = "paths"
        self._drawn: tuple[object, ...] = ()

    def show_paths(self, shown: PathsShown, theme: Theme) -> None:
        """Show the newest paths."""
        if self._drawn == (shown, theme):
            return
        self._drawn = (shown, theme)
        paths = shown.paths
        self.set_notice("The paths of the gradient are being computed." if paths is None else paths.fault)
        curves = _path_curves(paths, shown.anchor, theme) if paths is not None and not paths.fault else []
        far = max([float(SCALAR_STEPS), *(float(curve.x.max(initial=0)) for curve in curves)])
        top = max((float(c.y[np.isfinite(c.y)].max(initial=0)) for c in curves[:1]), default=0.0)
        if shown.spectra.facts.get("applies"):
            limit = number(shown.spectra, "gamma") * number(shown.spectra, "singular")
            curves.append(_power("Pascanu's bound", limit, far, hue("vermillion", theme), "dash"))
        curves.append(_power(f"scalar {shown.value:.2f}ⁿ", shown.value, SCALAR_STEPS, hue("blue", theme), "dot"))
        self.set_title("How far the gradient reaches")
        self.set_axes(
            "distance n = |t − k|",
            "‖∂sₜ/∂sₖ‖, k the first step",
            log10=True,
            x_range=(0.0, far),
            y_range=(LOWEST, max(HIGHEST, math.ceil(top))),
        )
        self.set_curves(curves)


def _path_curves(paths: AnalysisView, anchor: int, theme: Theme) -> list[GraphCurve]:
    away = distances(paths, anchor)
    order = np.flatnonzero((away >= 0) & (away <= followed(paths)))
    order = order[np.argsort(away[order], kind="stable")]
    x = away[order].astype(np.float64)
    found: list[GraphCurve] = []

    def add(name: str, values: Floats, colour: str, width: float) -> None:
        if not np.isnan(values[order]).all():
            found.append(GraphCurve(name, x, values[order], colour, "solid", width))

    add("‖∂sₜ/∂sₖ‖", np.asarray(paths.arrays["largest"], np.float64), theme.text, 2.2)
    add(f"direct path of {paths.facts.get('state') or 's'}", highway(paths), hue("green", theme), 1.6)
    if "smallest" in paths.arrays:
        add("smallest σ", np.asarray(paths.arrays["smallest"], np.float64), theme.muted, 1.0)
    return found


def _power(name: str, base: float, far: float, colour: str, style: str) -> GraphCurve:
    """log10 of the powers of a number."""
    steps = np.arange(int(far) + 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.where(steps == 0, 0.0, steps * np.log10(np.float64(base)))
    return GraphCurve(name, steps, values, colour, "dash" if style == "dash" else "dot", 1.5)


class SweepGraph(GraphPlot):
    """dL/dW of every recurrent matrix of a layer over the knob; without a target how far the gradient reaches."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key = "sweep"
        self._drawn: tuple[object, ...] = ()

    def show_sweep(self, sweep: AnalysisView | None, by: Measure, layer: int, way: Direction, theme: Theme) -> None:
        """Show the newest sweep."""
        if self._drawn == (sweep, by, layer, way, theme):
            return
        self._drawn = (sweep, by, layer, way, theme)
        self.set_notice("The network is being run at every scale." if sweep is None else sweep.fault)
        self.set_title("The gradient over the scale")
        if sweep is None or sweep.fault:
            self.set_axes(WORDS[by], "", log10=True, x_range=(0.5, 1.5), y_range=(-6.0, 6.0))
            self.set_curves(())
            return
        x = np.asarray(sweep.arrays["values"], np.float64)
        if sweep.facts["target"]:
            title, curves = "‖∂L/∂W‖ of the whole loss", _weight_curves(sweep, x, layer, way, theme)
        else:
            title = "‖∂s at the end/∂s at the first step‖"
            curves = [GraphCurve("reach", x, np.asarray(sweep.arrays["reach"], np.float64), theme.text, "solid", 2.2)]
        self.set_axes(WORDS[by], title, log10=True, x_range=(float(x[0]), float(x[-1])))
        self.set_curves(curves)

    def mark(self, value: float) -> None:
        """Stand at a value of the knob."""
        values = self.curves[0].x if self.curves else np.zeros(0)
        near = np.flatnonzero(np.abs(values - value) < 1e-6)
        self.set_marker(float(values[near[0]]) if len(near) else value)


def _weight_curves(sweep: AnalysisView, x: Floats, layer: int, way: Direction, theme: Theme) -> list[GraphCurve]:
    names, prefix = sweep.facts["matrices"], f"{layer}:{way}:"
    gradients = np.asarray(sweep.arrays["gradients"], np.float64)
    places = [place for place, name in enumerate(names if isinstance(names, tuple) else ()) if name.startswith(prefix)]
    curves = []
    for order, place in enumerate(places):
        name = str(names[place] if isinstance(names, tuple) else "").removeprefix(prefix)
        colour = matrix_style(name, order, theme).colour
        curves.append(GraphCurve(f"∂L/∂{name}", x, gradients[:, place], colour, "solid", 2.0))
    total = np.asarray(sweep.arrays["total"], np.float64)
    return [*curves, GraphCurve("all weights", x, total, theme.muted, "dash", 1.0)]
