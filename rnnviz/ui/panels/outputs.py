"""What the network says at each step: probabilities by class, or predicted values against their targets."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.record import NETWORK, SignalField
from rnnviz.ui import reading
from rnnviz.ui.controls.look import look
from rnnviz.ui.controls.unitplots import NamedHeatmap, SignalHeatmap
from rnnviz.ui.grains import is_computed
from rnnviz.ui.intervening import ghosts_shown, held_steps, original
from rnnviz.ui.plots import Curve, CurvesPlot, ProbabilityPlot, TimePlot, number
from rnnviz.ui.predictions import class_names, is_classes, likely, outputs, seen
from rnnviz.ui.theme import SignalStyle, series_style
from rnnviz.ui.timepanel import TimePanel, missing
from rnnviz.ui.view import TraceView, View

P = TypeVar("P", bound=TimePlot)

FEW_CLASSES = 8
"""Classes up to which all names may stand there while what lies ahead is hidden."""
MOST_CURVES = 4
"""Outputs up to which values are curves; more are a heatmap."""


class OutputsPanel(TimePanel):
    """Probabilities, or values in the unit of the target; blank where a step has no output."""

    name: ClassVar[str] = "outputs"
    title: ClassVar[str] = "Outputs"
    order: ClassVar[int] = 5
    stretch: ClassVar[int] = 2

    def build(self) -> None:
        """Make no plot yet: one of three kinds is seen, and made when it is."""
        self._drawn: tuple[object, ...] = ()
        self._range: tuple[TraceView | None, float, float] = (None, 0.0, 0.0)

    @cached_property
    def probabilities(self) -> ProbabilityPlot:
        """The probabilities of the classes."""
        return self._placed(ProbabilityPlot(self.axis))

    @cached_property
    def curves(self) -> CurvesPlot:
        """The values of few outputs."""
        return self._placed(CurvesPlot(self.axis))

    @cached_property
    def heatmap(self) -> NamedHeatmap:
        """The values of many outputs."""
        return self._placed(NamedHeatmap(self.axis))

    @cached_property
    def shown(self) -> SignalHeatmap:
        """What fills the heatmap."""
        return SignalHeatmap(self.heatmap)

    def _placed(self, plot: P) -> P:
        plot.key = "outputs"
        self.place(plot)
        return plot

    def absence(self, view: View) -> str:
        """Return why there is no output to draw."""
        if (sentence := missing(view)) or view.trace is None:
            return sentence
        rows = reading.rows_of(view, NETWORK, "forward")
        if view.trace.schedule.has_output[rows].any():
            return ""
        first = int(view.trace.schedule.output_steps[0]) + 1
        if view.trace.schedule.spec.bidirectional:
            return "The outputs come when both directions have run: step forward, or run all."
        return f"The first output comes at step {first}: step forward, or run all."

    def draw_plots(self, view: View, old: View | None) -> None:
        """Show the outputs."""
        trace = view.trace
        assert trace is not None
        field = trace.record.layout.field("output", NETWORK)
        classes = is_classes(trace)
        few = field.size <= MOST_CURVES
        shown: TimePlot = self.probabilities if classes else self.curves if few else self.heatmap
        for plot in self.time_plots:
            plot.setVisible(plot is shown)
        rows = reading.rows_of(view, NETWORK, "forward")
        shown.set_held(held_steps(view, "logits", NETWORK))
        hidden = (reading.targets_shown(view), view.position) if view.ahead_hidden else ()
        drawn = (trace, rows, look(view).theme, hidden, ghosts_shown(view))
        if drawn != self._drawn:
            self._drawn = drawn
            if classes:
                self._draw_classes(view, trace, rows)
            elif few:
                self._draw_curves(view, trace, rows)
            else:
                self._draw_heatmap(trace, field, rows)
        self.header.set_title("Probabilities" if classes else "Outputs y", subtitle(view))

    def least_lines(self, view: View) -> float:
        """Return what the likeliest few classes need."""
        return 4.2

    def data(self, view: View) -> Mapping[str, NDArray[Any]]:
        """Return outputs [S, O], targets and losses, as they are recorded; NaN where there is none."""
        trace = view.trace
        if trace is None:
            return {}
        rows = reading.rows_of(view, NETWORK, "forward")
        arrays: dict[str, NDArray[Any]] = {"output": outputs(trace, rows)}
        targets = reading.targets_of(trace)
        if targets.classes is not None:
            arrays["target"] = targets.classes
        elif targets.values is not None:
            arrays["target"] = targets.values
        losses = reading.losses(view)
        return arrays if np.isnan(losses).all() else {**arrays, "loss": losses}

    def _draw_classes(self, view: View, trace: TraceView, rows: slice) -> None:
        values, names = outputs(trace, rows), class_names(trace)
        classes, shown = reading.targets_of(trace).classes, reading.targets_shown(view)
        chosen = likely(values, classes)
        told = set(chosen.tolist())
        if view.ahead_hidden and len(names) > FEW_CLASSES:
            # A name beside a row that matters later would tell what is to come.
            known = trace.reached(view.known, NETWORK, "forward").stop
            told = seen(values[:known], None if classes is None else classes[:shown])
        labels = [names[k] if k in told else "" for k in chosen.tolist()]
        before = original(view) if ghosts_shown(view) else None
        self.probabilities.set_original(None if before is None else outputs(trace, rows, before)[: rows.stop, chosen])
        self.probabilities.set_probabilities(labels, values[: rows.stop, chosen])
        if classes is None:
            self.probabilities.set_targets([])
            return
        place = {int(k): row for row, k in enumerate(chosen)}
        self.probabilities.set_targets([place.get(k, -1) for k in classes[:shown].tolist()])

    def _draw_curves(self, view: View, trace: TraceView, rows: slice) -> None:
        mean, scale = _scale(view)
        theme = look(view).theme
        predicted = mean + scale * outputs(trace, rows).astype(np.float64)
        before = original(view) if ghosts_shown(view) else None
        faint = None if before is None else mean + scale * outputs(trace, rows, before).astype(np.float64)
        targets = reading.targets_of(trace).values
        names = trace.sequence.target_names
        curves: dict[object, Curve] = {}
        for k in range(predicted.shape[1]):
            name = names[k] if k < len(names) else f"output {k + 1}"
            style = series_style(k, theme)
            if targets is not None and k < targets.shape[1]:
                target = mean + scale * targets[:, k]
                target[reading.targets_shown(view) :] = np.nan
                quiet = SignalStyle(theme.muted, style.symbol, "dot")
                curves["target", k] = Curve(target, quiet, "target" if predicted.shape[1] == 1 else f"{name} target")
            own = None if faint is None else faint[:, k]
            curves["output", k] = Curve(predicted[:, k], SignalStyle(style.colour, style.symbol), name, own)
        ghosts = [] if faint is None else [faint]
        self._fit(trace, [*(curve.values for curve in curves.values()), *ghosts])
        self.curves.set_curves(curves)

    def _draw_heatmap(self, trace: TraceView, field: SignalField, rows: slice) -> None:
        self.heatmap.names = trace.sequence.target_names
        first = int(trace.schedule.output_steps[0])
        self.shown.show(trace, field, slice(first, max(first, rows.stop)) if first else rows)

    def _fit(self, trace: TraceView, series: list[NDArray[np.floating]]) -> None:
        """Fix the scale to targets and outputs; while one trace runs it only ever grows."""
        finite = [values[np.isfinite(values)] for values in series]
        finite = [values for values in finite if values.size]
        low = min((float(values.min()) for values in finite), default=0.0)
        high = max((float(values.max()) for values in finite), default=1.0)
        room = 0.06 * (high - low) or 0.5
        if self._range[0] is not trace or low < self._range[1] or high > self._range[2]:
            self._range = (trace, low - room, high + room)
        self.curves.set_value_range(*self._range[1:])


def subtitle(view: View) -> str:
    """Return what is said of the cursor's step: the likeliest class or the value, the target, the loss."""
    trace, step = view.trace, view.step
    if trace is None or step < 0:
        return ""
    if not trace.schedule.has_output[step]:
        return f"step {step + 1} has no output"
    known = reading.is_known(view, NETWORK, "forward", step)
    if not known or not is_computed(view, NETWORK, "forward", step, "output"):
        return ""
    values = trace.record.signal("output", NETWORK)[step]
    targets = reading.targets_of(trace)
    parts = []
    if is_classes(trace):
        names, best = class_names(trace), int(np.argmax(values))
        likeliest = f"likeliest: {names[best]} {float(values[best]):.2f}"
        if (before := original(view)) is not None:
            old = before.signal("output", NETWORK)[step]
            likeliest += f" (original: {names[int(np.argmax(old))]} {float(old.max()):.2f})"
        parts.append(likeliest)
        if targets.classes is not None and targets.classes[step] >= 0 and step < reading.targets_shown(view):
            right = int(targets.classes[step])
            parts.append(f"right: {names[right]} {float(values[right]):.2f}")
    loss = reading.step_loss(view, step)
    if loss is not None:
        parts.append(f"loss of step {step + 1}: {number(loss)}")
        parts.append(f"so far: {number(reading.loss_so_far(view, step))}")
    return "   ".join(parts)


def _scale(view: View) -> tuple[float, float]:
    return reading.output_scale(view.document.source) if view.document is not None else (0.0, 1.0)
