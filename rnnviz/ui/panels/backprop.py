"""The way back through time: how the gradient arrives at each step, and how that of the weights is gathered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from rnnviz.engine.language.tex import symbol_text
from rnnviz.engine.requests import Accumulated, Arrival, Request
from rnnviz.ui import reading
from rnnviz.ui.cellsteps import come_to
from rnnviz.ui.controls.choicebox import ChoiceBox
from rnnviz.ui.controls.header import PanelHeader
from rnnviz.ui.controls.look import Look, look
from rnnviz.ui.controls.operationline import OperationLine
from rnnviz.ui.controls.truth import TruthButton
from rnnviz.ui.gathering import Gathered, amount, choices, in_words, span_of, title_of
from rnnviz.ui.plots import Curve, CurvesPlot, LogCurvesPlot, TimePlot, log_range
from rnnviz.ui.plots.xy.block_strip import BlockStrip, NamedMatrix
from rnnviz.ui.resolve import loss_steps
from rnnviz.ui.theme import SignalStyle, Theme, hue, signal_style
from rnnviz.ui.timepanel import TimePanel, missing
from rnnviz.ui.view import AnalysisView, View
from rnnviz.ui.wayback import arrival_title, cover, loss_reach, part_names

_COMPUTING = "The backward pass is being computed."
_PARTS = ("own", "others", "whole")


class BackpropPanel(TimePanel):
    """dL/ds_t in its two parts over time, and below it the gradient of parameters as the way back gathers it."""

    name: ClassVar[str] = "backprop"
    title: ClassVar[str] = "Backpropagation"
    order: ClassVar[int] = 13
    stretch: ClassVar[int] = 6
    at_first: ClassVar[bool] = False
    watches: ClassVar[tuple[str, ...]] = (*TimePanel.watches, "analyses", "operation", "gradients")

    def controls(self) -> tuple[QWidget, ...]:
        """Return the choices of what arrives and how it is drawn."""
        self.signal = ChoiceBox("The signal whose gradient arrives")
        self.signal.chosen.connect(self._on_signal)
        self.mode = self.segmented(
            "Draw the gradient as",
            "mode",
            ("norm", "norms", "The Euclidean norms over all units, on a logarithmic scale"),
            ("unit", "one unit", "The values of the picked unit, with their signs"),
        )
        self.truth = TruthButton()
        self.truth.pressed_for_truth.connect(self.ask)
        return self.signal, self.mode, self.truth

    def build(self) -> None:
        """Make the plots of both halves."""
        self.norms, self.values, self.sums = (
            LogCurvesPlot(self.axis),
            CurvesPlot(self.axis),
            CurvesPlot(self.axis),
        )
        self.norms.key, self.values.key, self.sums.key = "gradient norms", "gradient", "accumulated gradient"
        self.values.set_rest(0.0)
        self.parameter = ChoiceBox("The parameters whose gradient is gathered")
        self.parameter.chosen.connect(self._on_parameter)
        self.sum_truth = TruthButton()
        self.sum_truth.pressed_for_truth.connect(self.ask)
        self.gathered = PanelHeader(self.parameter, self.sum_truth)
        self.strip = BlockStrip(self.axis)
        self.strip.key = "sum so far"
        self.strip.told.connect(self.gathered.set_read_out)
        self.come_to = OperationLine()
        self.plot_rows.addWidget(self.come_to)
        for plot, share in ((self.norms, 3), (self.values, 3), (self.gathered, 0), (self.sums, 3), (self.strip, 3)):
            self.plot_rows.addWidget(plot, share)
            if isinstance(plot, TimePlot) and plot is not self.strip:
                self.adopt(plot)
        self._drawn_parts: tuple[object, ...] = ()
        self._drawn_sums: tuple[object, ...] = ()
        self._shown: AnalysisView | None = None

    # what is asked

    def absence(self, view: View) -> str:
        """Return why there is no way back to draw."""
        if (sentence := missing(view)) or view.trace is None:
            return sentence
        if not loss_steps(view.trace).any():
            return "This sequence has no target, so there is no loss to go back from: choose one with a target."
        return ""

    def wants(self, view: View) -> tuple[Request, ...]:
        """Ask how the gradient arrives, what is gathered at the end of the way, and what at the cursor."""
        if self.absence(view):
            return ()
        wanted: tuple[Request, ...] = (arrival := self._arrival(view), *self.truth.wanted(view, arrival))
        if (chosen := self._chosen(view)) is not None:
            whole, here = self._requests(view, chosen)
            wanted += (whole, here, *self.sum_truth.wanted(view, whole))
        return wanted

    def _arrival(self, view: View) -> Arrival:
        unit = view.units[0] if self._mode(view) == "unit" else None
        return Arrival(self._signal(view), view.layer, view.direction, unit)

    def _requests(self, view: View, chosen: Gathered) -> tuple[Accumulated, Accumulated]:
        return Accumulated(chosen.names, chosen.end(view)), Accumulated(chosen.names, chosen.step(view))

    def _mode(self, view: View) -> str:
        return "unit" if self.option(view, "mode", "norm") == "unit" else "norm"

    def _signals(self, view: View) -> tuple[str, ...]:
        trace = view.trace
        return tuple(field.signal for field in trace.fields(view.layer, view.direction)) if trace is not None else ()

    def _signal(self, view: View) -> str:
        cell = reading.cell_of(view)
        usual = cell.output if cell is not None else "h"
        wanted = self.option(view, "signal", usual)
        return wanted if wanted in self._signals(view) else usual

    def _chosen(self, view: View) -> Gathered | None:
        found, wanted = choices(view), self.option(view, "parameter", "recurrent")
        return found.get(wanted) or next(iter(found.values()), None)

    # what is drawn

    def draw(self, view: View, old: View | None) -> None:
        """Draw, and let the plots hide what the way back has not come to."""
        super().draw(view, old)
        self._show_choices(view)
        here = (view.layer, view.direction)
        for plot in (self.norms, self.values):
            cover(plot, view, *here)
        if (chosen := self._chosen(view)) is not None:
            cover(self.sums, view, chosen.layer, chosen.direction)

    def draw_plots(self, view: View, old: View | None) -> None:
        """Draw both halves, as far as they are answered."""
        arrival = self._arrival(view)
        self.come_to.tell(*come_to(view))
        self._draw_parts(view, view.analyses.get(arrival))
        self.truth.show_truth(view, arrival)
        if (chosen := self._chosen(view)) is not None:
            whole, here = self._requests(view, chosen)
            self._draw_sums(view, chosen, view.analyses.get(whole))
            self._draw_strip(view, chosen, view.analyses.get(here))
            self.sum_truth.show_truth(view, whole)
        self._share_room()

    def dress(self, now: Look) -> None:
        """Dress what the base does not know."""
        for control in (self.signal, self.truth, self.gathered, self.parameter, self.sum_truth, self.come_to):
            control.set_look(now)
        self.strip.set_theme(now.theme, now.sizes)

    def data(self, view: View) -> Mapping[str, NDArray[Any]]:
        """Return both parts and their sum, and the norms of sums and terms, [S] each; NaN where nothing is known."""
        if self.absence(view) or view.trace is None:
            return {}
        blank = np.full(view.trace.steps, np.nan)
        parts = view.analyses.get(self._arrival(view))
        unit = self._mode(view) == "unit"
        names = part_names(view)
        found: dict[str, NDArray[Any]] = {}
        for part in _PARTS:
            label = f"{names[part]}, unit {view.units[0] + 1}" if unit else f"log10 norm {names[part]}"
            found[f"dL/d{self._signal(view)} {label}"] = parts.arrays.get(part, blank) if parts is not None else blank
        if (chosen := self._chosen(view)) is not None:
            sums = view.analyses.get(self._requests(view, chosen)[0])
            for name, label in (("sum norms", "norm of the sum so far"), ("term norms", "norm of the term")):
                found[f"{chosen.title}: {label}"] = sums.arrays.get(name, blank) if sums is not None else blank
        return found

    def _draw_parts(self, view: View, answer: AnalysisView | None) -> None:
        unit, theme = self._mode(view) == "unit", look(view).theme
        self.header.set_title(*arrival_title(view, self._signal(view), unit))
        shown = self.values if unit else self.norms
        self.norms.setVisible(not unit)
        self.values.setVisible(unit)
        shown.set_notice(_COMPUTING if answer is None else answer.fault)
        drawn = (answer, theme, unit)
        if drawn == self._drawn_parts:
            return
        self._drawn_parts = drawn
        if answer is None or answer.fault:
            shown.clear()
            return
        names, styles = part_names(view), _part_styles(theme)
        curves: dict[object, Curve] = {}
        for part in _PARTS:
            values = np.asarray(answer.arrays[part], np.float64)[: loss_reach(view)]
            curves[part] = Curve(values, styles[part], names[part])
        series = [curve.values for curve in curves.values()]
        top = _top(np.concatenate(series)) if unit else 0.0
        shown.set_value_range(*((-top, top) if unit else log_range(series)))
        shown.set_curves(curves)

    def _draw_sums(self, view: View, chosen: Gathered, answer: AnalysisView | None) -> None:
        theme = look(view).theme
        self.sums.set_notice(_COMPUTING if answer is None else answer.fault)
        drawn = (answer, theme)
        if drawn == self._drawn_sums:
            return
        self._drawn_sums = drawn
        if answer is None or answer.fault:
            self.sums.clear()
            return
        sums, terms = (np.asarray(answer.arrays[name], np.float64) for name in ("sum norms", "term norms"))
        whole = amount(answer.facts, "whole")
        self.sums.set_value_range(0.0, _top(np.concatenate([sums, terms, [whole]])))
        self.sums.set_curves(
            {
                "sum": Curve(sums, SignalStyle(hue("green", theme), "circle"), "sum"),
                "term": Curve(terms, SignalStyle(hue("orange", theme), "diamond"), "term"),
                "whole": Curve(np.full(len(sums), whole), SignalStyle(theme.muted, "plus", "dash"), "whole"),
            }
        )

    def _draw_strip(self, view: View, chosen: Gathered, answer: AnalysisView | None) -> None:
        """Show what is gathered at the cursor; the answer before stays until the next is there."""
        last = self._shown
        if answer is None and last is not None and last.trace is view.trace and _names(last) == chosen.names:
            answer = last
        self._shown = answer
        if answer is None or answer.fault:
            self.gathered.set_title(f"Gradient of the {chosen.title}" if answer is None else "")
            self.strip.show_blocks((), 1.0, ("", ""))
            return
        request = answer.request
        assert isinstance(request, Accumulated)
        span = span_of(view, chosen, request.step)
        self.gathered.set_title(title_of(chosen), in_words(answer.facts, span))
        blocks = [
            NamedMatrix(short, np.asarray(answer.arrays[f"sum {name}"]), _colour(short, look(view).theme))
            for name, short in zip(chosen.names, chosen.short, strict=True)
        ]
        self.strip.show_blocks(blocks, amount(answer.facts, "largest"), ("Σ so far", span.removeprefix("t = ")))

    def _show_choices(self, view: View) -> None:
        signals = self._signals(view)
        texts = {name: symbol_text(name) for name in signals}
        plain = [(name, text, f"The gradient of {text}") for name, text in texts.items() if not name.endswith(".pre")]
        inner = [
            (name, text, f"The gradient of the sum inside {text[:-4]}")
            for name, text in texts.items()
            if name.endswith(".pre")
        ]
        self.signal.set_groups(plain, inner)
        self.signal.set_value(self._signal(view))
        self.mode.set_value(self._mode(view))
        found = choices(view)
        together = [(k, k, f"The {c.title}: {', '.join(c.short)}") for k, c in found.items() if not c.alone]
        alone = [(k, k, f"{k} alone") for k, c in found.items() if c.alone]
        self.parameter.set_groups(together, alone)
        chosen = self._chosen(view)
        self.parameter.set_value(next((key for key, value in found.items() if value == chosen), ""))

    def _on_signal(self, name: str) -> None:
        self.session.set_option(f"{self.name}.signal", name)

    def _on_parameter(self, name: str) -> None:
        self.session.set_option(f"{self.name}.parameter", name)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Drop what does not fit: the matrix first, then all that is gathered."""
        super().resizeEvent(event)
        self._share_room()

    def _share_room(self) -> None:
        room = self.height() / self.gathered.height()
        self.come_to.set_roomy(room >= 4)
        for part, least in ((self.gathered, 6), (self.sums, 6), (self.strip, 9.5)):
            part.setVisible(room >= least)


def _part_styles(theme: Theme) -> dict[str, SignalStyle]:
    return {
        "own": SignalStyle(hue("vermillion", theme), "cross"),
        "others": SignalStyle(hue("blue", theme), "left"),
        "whole": SignalStyle(theme.muted, "circle", "dash"),
    }


def _colour(short: str, theme: Theme) -> str:
    """The colour of the gate that a parameter belongs to, as its name says."""
    gate = short.split("_")[1] if "_" in short else ""
    return signal_style(gate, theme).colour if len(gate) == 1 else theme.text


def _top(values: NDArray[np.float64]) -> float:
    """Where a scale ends: a little above the largest finite magnitude."""
    finite = np.abs(values[np.isfinite(values)])
    return 1.08 * float(finite.max(initial=0.0)) or 1.0


def _names(answer: AnalysisView) -> tuple[str, ...]:
    return answer.request.parameters if isinstance(answer.request, Accumulated) else ()
