"""What a prediction rests on, and which predictions rest on an input: as coloured text, as bars over time, as a map.

After Madsen, "Visualizing memorization in RNNs" (Distill 2019).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from rnnviz.engine.requests import Request
from rnnviz.engine.sequence import TextSource
from rnnviz.ui import connections, reading
from rnnviz.ui.connections import Connections
from rnnviz.ui.controls.look import Look, look
from rnnviz.ui.controls.runningtext import RunningText
from rnnviz.ui.controls.strengthbars import StrengthBars
from rnnviz.ui.controls.strengths import Strengths
from rnnviz.ui.controls.truth import TruthButton
from rnnviz.ui.plots import magnitude
from rnnviz.ui.plots.time.connectivity_map import ConnectivityMap
from rnnviz.ui.timepanel import TimePanel, missing
from rnnviz.ui.view import AnalysisView, View

_ROOMY = 50
"""Width of the panel, as a multiple of the type size, from which all controls have room beside the title."""
_COMPUTING = "What the predictions rest on is being computed."


class ConnectivityPanel(TimePanel):
    """Connectivity of the step under the mouse or, when there is none, of the cursor's step."""

    name: ClassVar[str] = "connectivity"
    title: ClassVar[str] = "Connectivity"
    order: ClassVar[int] = 17
    stretch: ClassVar[int] = 2
    at_first: ClassVar[bool] = False
    watches: ClassVar[tuple[str, ...]] = (*TimePanel.watches, "analyses")

    def controls(self) -> tuple[QWidget, ...]:
        """Return the choices of what is drawn, and the truth."""
        self.truth = TruthButton()
        self.truth.pressed_for_truth.connect(self.ask)
        self.way = self.segmented(
            "Connectivity of",
            "way",
            ("prediction", "a prediction", "Point at a step: which inputs its prediction rests on"),
            ("input", "an input", "Point at a step: which predictions rest on its input"),
        )
        self.scale = self.segmented(
            "Scale",
            "scale",
            ("linear", "linear", "From 0 to the largest number"),
            ("log", "log", f"Over {connections.DECADES} powers of ten below the largest number"),
        )
        self.mode = self.segmented("Draw connectivity as", "mode")
        return self.truth, self.scale, self.way, self.mode

    def build(self) -> None:
        """Make text, bars and map, of which one is seen."""
        self.text = RunningText(self.axis)
        self.bars, self.map = StrengthBars(self.axis), ConnectivityMap(self.axis)
        self.bars.key, self.map.key = "bars", "connectivity"
        for plot in (self.bars, self.map):
            self.adopt(plot)
        for widget in (self.text, self.bars, self.map):
            self.plot_rows.addWidget(widget, 1)
        self.text.stepClicked.connect(self.session.go_to)
        self.text.hovered.connect(self._on_pointed)
        self.bars.hovered.connect(self._on_pointed)
        self._pointed = -1
        self._drawn: tuple[Any, ...] = ()
        self._drawn_map: tuple[object, ...] = ()

    def wants(self, view: View) -> tuple[Request, ...]:
        """Return the table, or of a long run the row of the prediction that is looked at."""
        request = self._request(view)
        return () if request is None else (request, *self.truth.wanted(view, request))

    def absence(self, view: View) -> str:
        """Return why there is nothing to draw."""
        if (sentence := missing(view)) or view.trace is None:
            return sentence
        if not connections.known_outputs(view).any():
            if view.trace.schedule.spec.bidirectional:
                return "The outputs come when both directions have run: step forward, or run all."
            first = int(view.trace.schedule.output_steps[0]) + 1
            return f"The first output comes at step {first}: step forward, or run all."
        answer = self._answer(view)
        return answer.fault if answer is not None else ""

    def dress(self, now: Look) -> None:
        """Dress the text and the truth."""
        self.text.set_theme(now.theme, now.sizes)
        self.truth.set_look(now)

    def draw_plots(self, view: View, old: View | None) -> None:
        """Show the connectivity of the step that is looked at, or of all."""
        mapped, written = self._mode(view) == "map", is_text(view)
        self._show_choices(view, mapped, written)
        self.text.setVisible(written and not mapped)
        self.bars.setVisible(not written and not mapped)
        self.map.setVisible(mapped)
        self.text.set_ahead_hidden(reading.cover_after(view))
        self.text.set_joined(written and getattr(_source(view), "level", "") == "character")
        request = self._request(view)
        if request is not None:
            self.truth.show_truth(view, request)
        if mapped:
            self._draw_map(view)
        else:
            self._draw_focus(view)

    def data(self, view: View) -> Mapping[str, NDArray[Any]]:
        """Return the steps' tokens, the norms drawn of one step [S], and the table with a row per input, [S, R].

        NaN where there is no answer, no output, or no way from one to the other.
        """
        trace, answer = view.trace, self._answer(view)
        if trace is None:
            return {}
        arrays: dict[str, NDArray[Any]] = {"token": np.array(trace.labels)}
        if answer is None or answer.fault:
            return arrays
        found = self._connections(view, answer)
        if found is not None:
            arrays[f"connectivity of step {found.focus + 1}"] = np.where(found.asked, 10.0**found.log10, np.nan)
        arrays["connectivity by input and output"] = np.asarray(answer.arrays["plain"]).T
        return arrays

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out controls that have no room."""
        super().resizeEvent(event)
        view = self.session.view
        if self.isVisible() and view.trace is not None:
            self._show_choices(view, self._mode(view) == "map", is_text(view))

    # what is looked at

    def _mode(self, view: View) -> str:
        return "map" if self.option(view, "mode", "text") == "map" else "text"

    def _forward(self, view: View) -> bool:
        return self.option(view, "way", "prediction") == "input"

    def _logarithmic(self, view: View) -> bool:
        return self.option(view, "scale", "linear") == "log"

    def _wanted(self, view: View) -> int:
        hidden = reading.cover_after(view)
        pointed = self._pointed if hidden is None or self._pointed <= hidden else -1
        return pointed if pointed >= 0 else view.step

    def _focus(self, view: View) -> int:
        if view.trace is None:
            return -1
        steps = connections.fed(view.trace) if self._forward(view) else connections.known_outputs(view)
        return connections.focus_of(steps, self._wanted(view))

    def _request(self, view: View) -> Any:
        table = self._forward(view) or self._mode(view) == "map"
        return connections.request_of(view, table=table, focus=self._focus(view))

    def _answer(self, view: View) -> AnalysisView | None:
        request = self._request(view)
        return None if request is None else view.analyses.get(request)

    def _connections(self, view: View, answer: AnalysisView) -> Connections | None:
        one = connections.ahead if self._forward(view) else connections.behind
        return one(view, answer, self._focus(view))

    def _on_pointed(self, step: int, _row: int = -1) -> None:
        self._pointed = step
        view = self.session.view
        if self._request(view) is not None and not self.absence(view):
            self.ask()
            self.draw_plots(view, view)

    # drawing

    def _show_choices(self, view: View, mapped: bool, written: bool) -> None:
        own = "text" if written else "bars"
        hint = "The tokens of the text, coloured" if written else "A bar for every step of the sequence"
        self.mode.set_options((("text", own, hint), ("map", "map", "All predictions (rows) on all inputs (columns)")))
        self.mode.set_value("map" if mapped else "text")
        width = self.width() / look(view).sizes.small
        roomy = width >= _ROOMY
        self.way.setVisible(not mapped and width >= 0.7 * _ROOMY)
        self.scale.setVisible(not mapped and roomy)
        self.scale.set_value("log" if self._logarithmic(view) else "linear")
        self.truth.setVisible(roomy)
        self.way.set_value("input" if self._forward(view) else "prediction")

    def _draw_focus(self, view: View) -> None:
        answer, focus = self._answer(view), self._focus(view)
        found = self._connections(view, answer) if answer is not None else None
        if answer is None or found is None:
            self._wait(view)
            return
        self.bars.set_notice("")
        self._head(view, answer, found)
        choices = (self._forward(view), self._logarithmic(view))
        drawn = (answer, focus, choices, reading.targets_shown(view), view.known, view.ahead_hidden)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        self.text.set_focus(focus, follow=self._pointed < 0)
        self.bars.set_focus(focus)
        self.text.set_strengths(_strengths(found, logarithmic=self._logarithmic(view)))
        if self._logarithmic(view):
            self.bars.set_bars(found.shares(logarithmic=True), found.asked, 1.0, found.power_ticks())
        else:
            self.bars.set_bars(found.values, found.asked, found.largest)

    def _wait(self, view: View) -> None:
        """What is drawn stays until the answer is there; at first there is none."""
        if self._drawn and self._drawn[0].trace is view.trace:
            return
        self._drawn = ()
        self.text.set_focus(self._focus(view))
        self.bars.set_focus(None)
        self.text.set_strengths(None)
        self.bars.set_bars(np.zeros(0), np.zeros(0, np.bool_), 0.0)
        self.bars.set_notice(_COMPUTING)
        self.header.set_title(self.title, _COMPUTING)

    def _head(self, view: View, answer: AnalysisView, found: Connections) -> None:
        forward, wanted = self._forward(view), self._wanted(view)
        title = (connections.title_ahead if forward else connections.title_behind)(view, answer, found.focus)
        said = connections.subtitle(view, answer, found, forward=forward)
        if not forward and (sure := connections.saturated(view, found.focus)):
            said = f"{said}, {sure}"
        if 0 <= wanted != found.focus:
            said = f"step {wanted + 1} has no {'input' if forward else 'output'}; {said}"
        self.header.set_title(title, said)

    def _draw_map(self, view: View) -> None:
        trace, answer = view.trace, self._answer(view)
        assert trace is not None
        if answer is None:
            self._drawn_map = ()
            self.map.clear()
            self.map.set_notice(_COMPUTING)
            self.header.set_title(self.title, _COMPUTING)
            return
        self.map.set_notice("")
        known = connections.known_outputs(view)
        drawn = (answer, known.tobytes(), look(view).theme)
        if drawn != self._drawn_map:
            self._drawn_map = drawn
            self.map.show_table(
                np.asarray(answer.arrays["log10"], np.float64),
                answer.arrays["steps"].astype(np.intp),
                known,
                connections.fed(trace),
            )
            what = "prediction" if answer.facts["classes"] else "output"
            notes = (connections.without_output(trace, known), connections.spread_out(answer))
            said = f"{connections.symbol(answer)}, row t, column k, log colour"
            self.header.set_title(f"What every {what} rests on", ", ".join(filter(None, (said, *notes))))
        self.map.set_row(view.step)


def _strengths(found: Connections, *, logarithmic: bool) -> Strengths:
    strongest = found.largest_name if found.strongest >= 0 else ""
    weakest = f"{magnitude(float(found.log10[found.strongest]) - connections.DECADES)}" if strongest else ""
    return Strengths(
        found.shares(logarithmic=logarithmic), found.asked, f"≤ {weakest}" if logarithmic else "0", strongest
    )


def is_text(view: View) -> bool:
    """Whether the steps of the sequence are tokens of a text."""
    return isinstance(_source(view), TextSource)


def _source(view: View) -> object:
    return view.document.source if view.document is not None else None
