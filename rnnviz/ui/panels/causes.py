"""What the output of a step is caused by: the gradient beside what happens when an input is left out or exchanged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from rnnviz.engine.requests import Causes, Request
from rnnviz.ui import causes, connections
from rnnviz.ui.controls.look import Look, look
from rnnviz.ui.controls.truth import TruthButton
from rnnviz.ui.plots.time.effect_bars import EffectBars
from rnnviz.ui.timepanel import TimePanel, missing
from rnnviz.ui.view import AnalysisView, View

_ROOMY = 50
"""Width of the panel, as a multiple of the type size, from which the check has room beside the title."""
_LEAST = 5.0
"""Height of a plot, as a multiple of the type size, below which one is seen alone."""
_COMPUTING = "What the output is caused by is being computed."


class CausesPanel(TimePanel):
    """Four rows of bars, one per way to ask for the cause, of the output nearest to the cursor."""

    name: ClassVar[str] = "causes"
    title: ClassVar[str] = "Causes"
    order: ClassVar[int] = 18
    stretch: ClassVar[int] = 4
    at_first: ClassVar[bool] = False
    watches: ClassVar[tuple[str, ...]] = (*TimePanel.watches, "analyses")

    def controls(self) -> tuple[QWidget, ...]:
        """Return the check, and the choice of the ways."""
        self.truth = TruthButton()
        self.truth.pressed_for_truth.connect(self.ask)
        ways = ((way, caption, explained) for way, (_, caption, explained) in causes.WAYS.items())
        self.way = self.segmented("Show", "way", ("all", "all", "All of them, below one another"), *ways)
        return self.truth, self.way

    def build(self) -> None:
        """Make a plot for every way."""
        self.bars: dict[str, EffectBars] = {}
        for way, (sign, caption, _) in causes.WAYS.items():
            plot = self.bars[way] = EffectBars(self.axis)
            plot.key = way
            plot.set_side_label(sign, caption)
            self.place(plot)
        self._drawn: tuple[object, ...] = ()

    def wants(self, view: View) -> tuple[Request, ...]:
        """Return the question for the output nearest to the cursor."""
        request = self._request(view)
        return () if request is None else (request, *self.truth.wanted(view, request))

    def absence(self, view: View) -> str:
        """Return why there is nothing to draw."""
        if (sentence := missing(view)) or view.trace is None:
            return sentence
        if self._request(view) is None:
            if view.trace.schedule.spec.bidirectional:
                return "The outputs come when both directions have run: step forward, or run all."
            first = int(view.trace.schedule.output_steps[0]) + 1
            return f"The first output comes at step {first}: step forward, or run all."
        answer = self._answer(view)
        return answer.fault if answer is not None else ""

    def dress(self, now: Look) -> None:
        """Dress the check."""
        self.truth.set_look(now)

    def draw_plots(self, view: View, old: View | None) -> None:
        """Show the answer, or that it is being computed."""
        self._share_room(view)
        request, answer = self._request(view), self._answer(view)
        if request is not None:
            self.truth.show_truth(view, request)
        if answer is None or request is None:
            self._wait(view)
            return
        drawn = (answer, look(view), view.known, view.ahead_hidden)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        unit = "nats" if causes.fact(answer, "class") >= 0 else ""
        for way, plot in self.bars.items():
            plot.set_notice("")
            note = causes.completeness(answer) if way == "integrated" else ""
            plot.set_effects(causes.effects(answer, way), "" if way == "gradient" else unit, note)
        self.header.set_title(causes.title(view, answer, request.step), causes.subtitle(view, answer))

    def data(self, view: View) -> Mapping[str, NDArray[Any]]:
        """Return what is drawn, [S] each; NaN where an input was not asked about or there is no answer."""
        answer = self._answer(view)
        if view.trace is None:
            return {}
        if answer is None or answer.fault:
            return {way: np.full(view.trace.steps, np.nan) for way in causes.WAYS}
        return {way: causes.effects(answer, way) for way in causes.WAYS}

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many ways as there is room for."""
        super().resizeEvent(event)
        self._share_room(self.session.view)

    def _request(self, view: View) -> Causes | None:
        step = connections.focus_of(connections.known_outputs(view), view.step)
        return Causes(step) if step >= 0 else None

    def _answer(self, view: View) -> AnalysisView | None:
        request = self._request(view)
        return None if request is None else view.analyses.get(request)

    def _share_room(self, view: View) -> None:
        """Where all ways would be too low to be read, show the one in which an input is exchanged."""
        chosen = self.option(view, "way", "all")
        low = self.height() - self.header.height() < len(self.bars) * _LEAST * look(view).sizes.small
        alone = "exchanged" if chosen == "all" and low else chosen
        self.way.set_value(alone)
        for way, plot in self.bars.items():
            plot.setVisible(alone in ("all", way))
        self.truth.setVisible(self.width() >= _ROOMY * look(view).sizes.small)

    def _wait(self, view: View) -> None:
        """What is drawn stays until the answer is there; at first there is none."""
        if self._drawn and getattr(self._drawn[0], "trace", None) is view.trace:
            return
        self._drawn = ()
        for plot in self.bars.values():
            plot.set_effects(np.zeros(0))
            plot.set_notice(_COMPUTING if plot.isVisible() else "")
        self.header.set_title(self.title, _COMPUTING)
