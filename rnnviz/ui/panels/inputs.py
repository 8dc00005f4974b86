"""What the first layer is fed at each step: a few inputs as curves in their own units, many as a heatmap."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu

from rnnviz.engine.record import NETWORK
from rnnviz.ui import reading
from rnnviz.ui.controls.interventions.menus import Grip, add_holds
from rnnviz.ui.controls.look import look
from rnnviz.ui.controls.unitplots import NamedHeatmap
from rnnviz.ui.intervening import ghost, ghosts_shown, held_steps
from rnnviz.ui.plots import Curve, CurvesPlot
from rnnviz.ui.theme import DIVERGING, PROBABILITIES, SignalStyle, series_style
from rnnviz.ui.timepanel import TimePanel, missing
from rnnviz.ui.view import TraceView, View

MOST_CURVES = 4
"""Inputs up to which values are curves; more are a heatmap."""


class InputsPanel(TimePanel):
    """x as the first layer sees it: numbers, one-hot rows, embeddings or rows of pixels; blank where nothing is fed."""

    name: ClassVar[str] = "inputs"
    title: ClassVar[str] = "Inputs"
    order: ClassVar[int] = 1
    stretch: ClassVar[int] = 2
    at_first: ClassVar[bool] = False
    given: ClassVar[bool] = True

    def build(self) -> None:
        """Make the two kinds of plot, of which one is seen."""
        self.curves, self.heatmap = CurvesPlot(self.axis), NamedHeatmap(self.axis)
        self.heatmap.kind = "input"
        self.curves.key = self.heatmap.key = "x"
        for plot in (self.curves, self.heatmap):
            self.adopt(plot)
            self.plot_rows.addWidget(plot, 1)
        self._drawn: tuple[object, ...] = ()

    def absence(self, view: View) -> str:
        """Return why there is no input to draw."""
        if (sentence := missing(view)) or view.trace is None:
            return sentence
        if not has_inputs(view.trace):
            return "This run has kept no record of its inputs."
        return "" if len(fed(view, view.trace)) else "No step that has been computed is fed anything."

    def draw_plots(self, view: View, old: View | None) -> None:
        """Show the inputs."""
        trace = view.trace
        assert trace is not None
        size = trace.record.layout.field("x", NETWORK).size
        few = size <= MOST_CURVES
        self.curves.setVisible(few)
        self.heatmap.setVisible(not few)
        steps, theme = fed(view, trace), look(view).theme
        for plot in (self.curves, self.heatmap):
            plot.set_held(held_steps(view, "x", NETWORK))
        drawn = (trace, len(steps), theme, ghosts_shown(view))
        if drawn != self._drawn:
            self._drawn = drawn
            if few:
                self._draw_curves(view, trace)
            else:
                self._draw_heatmap(view, trace)
        parts = ("" if few else f"{size} inputs", self._at_cursor(view, trace) if few else "")
        self.header.set_title("Inputs x", "   ".join(filter(None, parts)))

    def data(self, view: View) -> Mapping[str, NDArray[Any]]:
        """Return the inputs, [S, I]; NaN at steps without one."""
        trace = view.trace
        return {} if trace is None or not has_inputs(trace) else {"x": inputs(view, trace)}

    def offer(self, menu: QMenu, at: QPoint) -> None:
        """Offer to hold the input at a pixel."""
        found, trace = self.plot_at(at), self.session.view.trace
        if found is None or trace is None or not has_inputs(trace):
            return
        plot, inside = found
        step, row = plot.place_at(inside)
        if isinstance(plot, CurvesPlot):
            key = plot.curve_at(inside)
            row = key if isinstance(key, int) else -1
        add_holds(menu, self.session, Grip.of(trace.record.layout.field("x", NETWORK), row, step))

    def _draw_curves(self, view: View, trace: TraceView) -> None:
        values, theme = in_own_units(view, inputs(view, trace)), look(view).theme
        before = ghost(view, "x", NETWORK)
        faint = None if before is None else in_own_units(view, known_of(view, trace, before))
        curves: dict[object, Curve] = {}
        for k, name in enumerate(input_names(trace)):
            style = series_style(k, theme)
            curves[k] = Curve(
                values[:, k], SignalStyle(style.colour, style.symbol), name, None if faint is None else faint[:, k]
            )
        finite = values[np.isfinite(values)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
        room = 0.06 * (high - low) or 0.5
        self.curves.set_value_range(low - room, high + room)
        self.curves.set_curves(curves)

    def _draw_heatmap(self, view: View, trace: TraceView) -> None:
        values = inputs(view, trace)
        finite = values[np.isfinite(values)]
        top = reading.rounded_up(float(np.abs(finite).max())) if finite.size else 1.0
        signed = bool(finite.size) and float(finite.min()) < 0
        self.heatmap.names = input_names(trace)
        self.heatmap.set_data(values, (-top if signed else 0.0, top), DIVERGING if signed else PROBABILITIES)

    def _at_cursor(self, view: View, trace: TraceView) -> str:
        if view.step < 0 or np.isnan(inputs(view, trace)[view.step]).all():
            return ""
        return f"at step {view.step + 1}: {trace.labels[view.step]}" if trace.labels[view.step] else ""


def has_inputs(trace: TraceView) -> bool:
    """Return whether the inputs are in the record."""
    return any(field.signal == "x" for field in trace.fields(NETWORK, "forward"))


def fed(view: View, trace: TraceView) -> NDArray[np.intp]:
    """Return the steps whose input is known: all that are fed one, or those reached where outputs are fed back."""
    spec = trace.schedule.spec
    if spec.feedback == "none":
        return np.flatnonzero(trace.schedule.has_input)
    rows = reading.rows_of(view, 0, "forward")
    return np.arange(rows.start, rows.stop)


def inputs(view: View, trace: TraceView) -> NDArray[np.floating]:
    """Return the inputs as the network sees them, [S, I]; NaN at steps without one."""
    return known_of(view, trace, trace.record.signal("x", NETWORK))


def known_of(view: View, trace: TraceView, recorded: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return what of recorded inputs, [S, I], is known in a view; NaN elsewhere."""
    known = np.full(recorded.shape, np.nan, recorded.dtype)
    steps = fed(view, trace)
    known[steps] = recorded[steps]
    return known


def in_own_units(view: View, fed: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return inputs, [S, I], in the units of their columns where these are known."""
    values = fed.astype(np.float64)
    assert view.document is not None
    mean, scale = reading.input_scale(view.document.source)
    return mean + scale * values if len(mean) == values.shape[1] else values


def input_names(trace: TraceView) -> tuple[str, ...]:
    """Return the names of the inputs, [I]; of an embedding, whose parts have none, their numbers."""
    size = trace.record.layout.field("x", NETWORK).size
    names = trace.sequence.input_names
    return names if len(names) == size else tuple(f"x{k + 1}" for k in range(size))
