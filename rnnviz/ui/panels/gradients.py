"""How strongly each step matters for a loss: the norm of the gradient of every signal, on a logarithmic axis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, get_args

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QWidget

from rnnviz.engine.language.tex import symbol_text
from rnnviz.engine.messages import LossObjective
from rnnviz.engine.record import NETWORK
from rnnviz.engine.spec import Direction
from rnnviz.ui import reading
from rnnviz.ui.controls.look import Look, look
from rnnviz.ui.controls.probepicker import ProbePicker, first_probe
from rnnviz.ui.controls.segmented import Segmented
from rnnviz.ui.plots import Curve, log_range
from rnnviz.ui.plots.time.gradient_plot import GradientPlot
from rnnviz.ui.resolve import loss_steps, objective_of
from rnnviz.ui.theme import SignalStyle, Theme, series_style, signal_style
from rnnviz.ui.timepanel import TimePanel, missing
from rnnviz.ui.view import GradientView, Scope, View
from rnnviz.ui.wayback import arrived, cover

Place = tuple[int, Direction, str]

_SCOPES = (
    ("upto", "L₁..ₜ", "The loss of all steps up to the cursor"),
    ("at", "Lₜ", "The loss of the cursor's step alone"),
    ("whole", "L", "The loss of all steps"),
    ("probe", "probe", "One number of your choice instead of a loss: an output or a unit, at a step"),
)


class GradientsPanel(TimePanel):
    """Norms of dL/ds per step, with the objective named; true zeros and infinities have rails of their own."""

    name: ClassVar[str] = "gradients"
    title: ClassVar[str] = "Gradients"
    order: ClassVar[int] = 4
    stretch: ClassVar[int] = 2
    watches: ClassVar[tuple[str, ...]] = (*TimePanel.watches, "gradients", "scope", "probe")

    def controls(self) -> tuple[QWidget, ...]:
        """Return the choices of objective and of what is drawn."""
        self.scope = Segmented("Differentiate", _SCOPES)
        self.scope.chosen.connect(self._on_scope)
        self.segments.append(self.scope)
        self.signal = self.segmented("Signal", "signal")
        self.mode = self.segmented(
            "Draw gradients of",
            "mode",
            ("signals", "signals", "All signals of the picked layer"),
            ("layers", "layers", "One signal in all layers and directions"),
        )
        return self.signal, self.mode, self.scope

    def build(self) -> None:
        """Make curves and picker."""
        self.picker = ProbePicker()
        self.rows.insertWidget(1, self.picker)
        self.curves = GradientPlot(self.axis)
        self.curves.key = "gradients"
        self.adopt(self.curves)
        self.plot_rows.addWidget(self.curves, 1)
        self.picker.chosen.connect(self.session.set_probe)
        self._drawn_curves: tuple[object, ...] = ()
        self._range: tuple[object, float, float] = (None, 0.0, 0.0)

    def dress(self, now: Look) -> None:
        """Dress the picker."""
        self.picker.set_look(now)

    def absence(self, view: View) -> str:
        """Return why there are no gradients to draw."""
        if (sentence := missing(view)) or view.trace is None:
            return sentence
        return "" if view.gradients is not None else why_none(view)

    def draw(self, view: View, old: View | None) -> None:
        """Show the objective, also where there is no gradient yet, and hide what the way back has not come to."""
        super().draw(view, old)
        self._show_choices(view)
        if not self._both_ways(view):
            cover(self.curves, view, view.layer, view.direction)
        else:
            self.curves.set_hidden_before(None)

    def draw_plots(self, view: View, old: View | None) -> None:
        """Show the newest gradients, under the name of what was differentiated."""
        gradients = view.gradients
        assert gradients is not None
        theme = look(view).theme
        places = self._places(view, gradients)
        self._head(view, gradients)
        at_start = not (view.backward and view.ahead_hidden) or view.position == 0
        drawn = (gradients, tuple(places), view.trace, theme, view.signal, at_start)
        if drawn == self._drawn_curves:
            return
        self._drawn_curves = drawn
        layered = self.option(view, "mode", "signals") == "layers"
        curves: dict[object, Curve] = {}
        marks = []
        starts = {(layer, way, name): value for layer, way, name, value in gradients.initial}
        for index, place in enumerate(places):
            style = series_style(index, theme) if layered else _style(place[2], view.signal, theme)
            label = _place_name(view, place) if layered else symbol_text(place[2])
            curves[place] = Curve(shown_norms(view, gradients, place), style, label)
            if place in starts and at_start:
                marks.append((f"{place[2]}₀", starts[place], style))
        self._fit(view, gradients, [curve.values for curve in curves.values()])
        self.curves.set_curves(curves)
        self.curves.show_marks(marks)

    def data(self, view: View) -> Mapping[str, NDArray[Any]]:
        """Return log10 of the norms, [S] each; -inf is a true zero."""
        gradients, trace = view.gradients, view.trace
        if gradients is None or trace is None:
            return {}
        arrays: dict[str, NDArray[Any]] = {}
        for place in self._places(view, gradients):
            values = np.full(trace.steps, np.nan)
            norms = shown_norms(view, gradients, place)
            values[: len(norms)] = norms
            layered = self.option(view, "mode", "signals") == "layers"
            where = f" {_place_name(view, place)}" if layered else ""
            arrays[f"log10 norm {place[2]}{where}"] = values
        return arrays

    def _places(self, view: View, gradients: GradientView) -> list[Place]:
        if self.option(view, "mode", "signals") == "layers":
            wanted = self._signal(view, gradients)
            places = [place for place in gradients.signals if place[2] == wanted and place[0] != NETWORK]
            return [place for place in places if not self._both_ways(view) or _complete(view, place)]
        here = (view.layer, view.direction)
        own = [place for place in gradients.signals if place[:2] == here and not place[2].endswith(".pre")]
        return own[::-1]  # what a step hands on comes first

    def _both_ways(self, view: View) -> bool:
        """Whether layers are drawn that the way back goes through one after the other, each in its direction."""
        both = view.trace is not None and view.trace.schedule.spec.bidirectional
        return both and self.option(view, "mode", "signals") == "layers"

    def _signal(self, view: View, gradients: GradientView) -> str:
        cell = reading.cell_of(view)
        names = {place[2] for place in gradients.signals}
        wanted = self.option(view, "signal", cell.output if cell is not None else "h")
        return wanted if wanted in names or cell is None else cell.output

    def _show_choices(self, view: View) -> None:
        mode, gradients = self.option(view, "mode", "signals"), view.gradients
        self.mode.setVisible(gradients is not None)
        self.mode.set_value(mode)
        self.signal.setVisible(mode == "layers" and gradients is not None)
        if gradients is not None:
            names = dict.fromkeys(p[2] for p in gradients.signals if p[0] != NETWORK and not p[2].endswith(".pre"))
            self.signal.set_options([(name, name, f"The gradient of {name}") for name in names])
            self.signal.set_value(self._signal(view, gradients))
        trace = view.trace
        has_loss = trace is None or loss_steps(trace).any()
        no_loss = dict.fromkeys(("upto", "at", "whole"), "" if has_loss else "this sequence has no target")
        if view.backward and has_loss:
            self.scope.set_value("whole")
            self.scope.set_disabled(
                dict.fromkeys(("upto", "at", "probe"), "the backward pass is that of the whole loss")
            )
            self.picker.hide()
            return
        self.scope.set_value("probe" if view.probe is not None else view.scope)
        self.scope.set_disabled(no_loss)
        self.picker.setVisible(view.probe is not None and trace is not None)
        if view.probe is not None and trace is not None:
            self.picker.show_probe(trace, view.probe)

    def _head(self, view: View, gradients: GradientView) -> None:
        objective = gradients.objective
        wanted = objective_of(view)
        late = wanted is not None and wanted != objective
        subtitle = reading.objective_name(objective)
        if late and wanted is not None:
            fault = reading.gradient_fault(view)
            subtitle += f" ({fault or f'computing: {reading.objective_name(wanted)}'})"
        place = reading.where(view) if self.option(view, "mode", "signals") == "signals" else ""
        symbol = f"‖∂{reading.objective_symbol(objective)} / ∂sₜ‖"
        self.header.set_title(symbol, ", ".join(filter(None, (subtitle, place))))

    def _fit(self, view: View, gradients: GradientView, series: list[NDArray[np.floating]]) -> None:
        """Fix the scale; while one trace is stepped through it only ever grows."""
        key = (view.trace, view.scope, view.backward, view.probe is not None, self.option(view, "mode", "signals"))
        low, high = log_range([np.asarray(values) for values in series])
        if self._range[0] == key:
            low, high = min(low, self._range[1]), max(high, self._range[2])
        self._range = (key, low, high)
        self.curves.set_value_range(low, high)

    def _on_scope(self, scope: str) -> None:
        for wanted in get_args(Scope):
            if wanted == scope:
                self.session.set_probe(None)
                self.session.set_scope(wanted)
                return
        probe = first_probe(self.session.view)
        if probe is None:
            self.session.show_message("step forward first: there is no output or unit to probe before step 1")
            self._show_choices(self.session.view)
        else:
            self.session.set_probe(probe)


def shown_norms(view: View, gradients: GradientView, place: Place) -> NDArray[np.floating]:
    """Return log10 of the norms of a signal's gradient, [n], as far as the steps can matter.

    With one direction no step after that of the objective does, and those are left out; with two directions all are
    shown, true zeros as such.
    """
    values = gradients.log_norm(place[2], place[0], place[1])
    objective = gradients.objective
    whole = isinstance(objective, LossObjective) and objective.scope == "whole"
    if whole or (view.trace is not None and view.trace.schedule.spec.bidirectional):
        return values
    return values[: objective.step + 1]


def _complete(view: View, place: Place) -> bool:
    """Whether the gradient of a place may be shown at all steps."""
    seen = arrived(view, place[0], place[1])
    return view.trace is not None and seen == slice(0, view.trace.steps)


def why_none(view: View) -> str:
    """Return why there is no gradient, in one sentence."""
    wanted = objective_of(view)
    if wanted is not None and (fault := reading.gradient_fault(view)):
        return fault
    if wanted is not None:
        return f"Computing the gradients of the {reading.objective_name(wanted)}."
    trace = view.trace
    assert trace is not None
    if view.probe is not None:
        return f"Step {view.probe.step + 1}, which is probed, has not been computed yet."
    steps = np.flatnonzero(loss_steps(trace))
    if not len(steps):
        return "This sequence has no target, so there is no loss: choose probe to differentiate an output or a unit."
    if view.scope == "whole":
        return "The whole loss is known only at the end: run all, or choose the loss up to the cursor."
    if view.position == 0:
        return "The run stands before the first step: step forward."
    if view.scope == "at":
        return f"Step {view.step + 1} has no loss of its own: choose another step, or the loss up to the cursor."
    return f"There is no loss before step {steps[0] + 1}: step forward, or choose probe."


def _style(signal: str, lit: str, theme: Theme) -> SignalStyle:
    style = signal_style(signal, theme)
    if lit and lit != signal and lit.removesuffix(".pre") != signal:
        return SignalStyle(theme.faint, style.symbol, style.dash)
    return style


def _place_name(view: View, place: Place) -> str:
    layer, direction, _ = place
    spec = view.trace.schedule.spec if view.trace is not None else None
    way = f", {direction}" if spec is not None and spec.bidirectional else ""
    return f"layer {layer + 1}{way}"
