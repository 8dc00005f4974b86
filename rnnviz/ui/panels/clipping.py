"""Clipping of the gradient by norm or by value: before and after, per step, per parameter and in total."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from rnnviz.engine.requests import ClipKind, Clipping, Request
from rnnviz.ui.clippingwords import Totals, loss_name, rows_of, without_loss
from rnnviz.ui.controls.look import Look, look
from rnnviz.ui.controls.textline import Run, TextLine, ground
from rnnviz.ui.controls.threshold import Threshold, rounded, written
from rnnviz.ui.controls.truth import TruthButton
from rnnviz.ui.plots import Curve, log_range, number
from rnnviz.ui.plots.time.clip_plot import ClipPlot, Level
from rnnviz.ui.plots.xy.parameter_bars import ParameterBars
from rnnviz.ui.theme import SEMIBOLD, SignalStyle, series_style
from rnnviz.ui.timepanel import TimePanel, missing
from rnnviz.ui.view import AnalysisView, TraceView, View

_COMPUTING = "The gradient before and after clipping is being computed."
_AFTER = "After clipping, each of its entries is shrunk as that entry of the whole gradient is."
_THRESHOLDS: dict[ClipKind, float] = {"norm": 1.0, "value": 0.1}
"""What is chosen at first."""
_TALL, _LOW = 190, 130
"""Heights of the panel from which the sentence, and from which the large numbers, have room."""
_ROOMY = 52
"""Width of the panel, as a multiple of the type size, from which all controls have room beside the title."""
_DECADES = 3.0
"""Powers of ten that the scale reaches below the smaller of what is drawn and the norm, for a threshold to go to."""


class ClippingPanel(TimePanel):
    """The norm of every step's part of the gradient, the threshold among them, and what clipping does to the whole."""

    name: ClassVar[str] = "clipping"
    title: ClassVar[str] = "Gradient clipping"
    order: ClassVar[int] = 18
    stretch: ClassVar[int] = 2
    at_first: ClassVar[bool] = False
    watches: ClassVar[tuple[str, ...]] = (*TimePanel.watches, "analyses")

    def controls(self) -> tuple[QWidget, ...]:
        """Return threshold and choices, and the truth."""
        self.truth = TruthButton()
        self.truth.pressed_for_truth.connect(self.ask)
        self.threshold = Threshold("Threshold of clipping")
        self.threshold.moved.connect(self._on_dragged)
        self.threshold.chosen.connect(self._on_chosen_threshold)
        self.threshold.refused.connect(self.session.show_message)
        self.kind = self.segmented(
            "Clip by",
            "kind",
            ("norm", "by norm", "Shorten the whole gradient to the threshold; its direction stays"),
            ("value", "by value", "Clip every entry to the threshold; the direction changes"),
        )
        self.mode = self.segmented(
            "Show clipping of",
            "mode",
            ("steps", "steps", f"The part of the gradient that falls on every step. {_AFTER}"),
            ("parameters", "parameters", "The gradient of every parameter"),
        )
        return self.truth, self.threshold, self.kind, self.mode

    def build(self) -> None:
        """Make the large numbers, the curves and the bars."""
        self.numbers, self.sentence, self.summary = TextLine(), TextLine(), QWidget()
        self.plot, self.bars = ClipPlot(self.axis), ParameterBars()
        self.plot.key, self.bars.key = "clipping", "parameters"
        self.adopt(self.plot)
        self._lines = QVBoxLayout(self.summary)
        self._lines.setSpacing(0)
        for line in (self.numbers, self.sentence):
            self._lines.addWidget(line)
        self.summary.setAutoFillBackground(True)
        self.plot_rows.addWidget(self.summary)
        for widget in (self.plot, self.bars):
            self.plot_rows.addWidget(widget, 1)
        self.plot.dragged.connect(self._on_line_dragged)
        self.plot.dropped.connect(self._on_dropped)
        self._under_way: float | None = None
        self._shown: AnalysisView | None = None
        self._drawn: tuple[object, ...] = ()
        self._range: tuple[TraceView | None, float, float] = (None, -3.0, 1.0)

    def wants(self, view: View) -> tuple[Request, ...]:
        """Return the question for the present threshold, also while it is dragged."""
        if missing(view) or without_loss(view):
            return ()
        request = self._request(view)
        return (request, *self.truth.wanted(view, request))

    def absence(self, view: View) -> str:
        """Return why there is no gradient to clip."""
        if sentence := missing(view) or without_loss(view):
            return sentence
        answer = view.analyses.get(self._request(view))
        return answer.fault if answer is not None else ""

    def dress(self, now: Look) -> None:
        """Dress what is no plot."""
        self.truth.set_look(now)
        self.threshold.set_look(now)
        self.bars.set_theme(now.theme, now.sizes)
        self.numbers.reserve(now.sizes.readout)
        self.sentence.reserve(now.sizes.text)
        self._lines.setContentsMargins(2 * now.sizes.padding, 0, now.sizes.padding, now.sizes.padding // 2)
        for widget in (self.summary, self.numbers, self.sentence):
            ground(widget, now.theme.surface)

    def draw_plots(self, view: View, old: View | None) -> None:
        """Show the answer to the present threshold, or the last one until it is there."""
        self._show_choices(view)
        request = self._request(view)
        self.truth.show_truth(view, request)
        answer = view.analyses.get(request)
        if answer is None and self._shown is not None and self._shown.trace is view.trace:
            self._place_threshold(view)
            return
        self._shown = answer
        if answer is None:
            self._wait(view)
            return
        drawn = (answer, look(view), view.published, self.bars.isHidden())
        if drawn != self._drawn:
            self._drawn = drawn
            self._draw(view, answer, Totals.of(answer, request.kind, request.threshold))
        self._place_threshold(view)

    def data(self, view: View) -> Mapping[str, NDArray[Any]]:
        """Return the norms of the steps' parts, [S] each; NaN where they are not known."""
        if view.trace is None:
            return {}
        answer = view.analyses.get(self._request(view))
        if answer is None or answer.fault:
            unknown = np.full(view.trace.steps, np.nan)
            return {"norm before": unknown, "norm after": unknown}
        return {f"norm {name}": np.asarray(answer.arrays[f"step {name}"]) for name in ("before", "after")}

    # what is chosen

    def _kind(self, view: View) -> ClipKind:
        return "value" if self.option(view, "kind", "norm") == "value" else "norm"

    def _threshold(self, view: View) -> float:
        if self._under_way is not None:
            return self._under_way
        kind = self._kind(view)
        try:
            value = float(self.option(view, kind, written(_THRESHOLDS[kind])))
        except ValueError:
            return _THRESHOLDS[kind]
        return value if math.isfinite(value) and value > 0 else _THRESHOLDS[kind]

    def _request(self, view: View) -> Clipping:
        return Clipping(self._threshold(view), self._kind(view))

    def _on_dragged(self, value: float) -> None:
        self._under_way = value
        view = self.session.view
        self.ask()
        if not self.absence(view):
            self.draw_plots(view, view)

    def _on_line_dragged(self, log10: float) -> None:
        self._on_dragged(rounded(log10))

    def _on_dropped(self) -> None:
        if self._under_way is not None:
            self._on_chosen_threshold(self._under_way)

    def _on_chosen_threshold(self, value: float) -> None:
        self._under_way = None
        self.session.set_option(f"{self.name}.{self._kind(self.session.view)}", written(value))

    # drawing

    def _show_choices(self, view: View) -> None:
        parameters = self.option(view, "mode", "steps") == "parameters"
        self.mode.set_value("parameters" if parameters else "steps")
        self.kind.set_value(self._kind(view))
        self.threshold.set_value(self._threshold(view))
        self.plot.setVisible(not parameters)
        self.bars.setVisible(parameters)
        self._make_room(look(view))

    def _make_room(self, now: Look) -> None:
        scale = now.sizes.small / 12
        self.summary.setVisible(self.height() >= _LOW * scale)
        self.sentence.setVisible(self.height() >= _TALL * scale)
        width = self.width() / now.sizes.small
        self.truth.setVisible(width >= _ROOMY)
        self.threshold.slider.setVisible(width >= _ROOMY)
        self.mode.setVisible(width >= 0.7 * _ROOMY)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what has no room."""
        super().resizeEvent(event)
        self._make_room(look(self.session.view))

    def _wait(self, view: View) -> None:
        self.header.set_title(self.title, _COMPUTING)
        if self._drawn == (view.trace,):
            return
        self._drawn = (view.trace,)
        self.plot.set_curves({})
        self.plot.set_levels((), None)
        self.plot.set_notice(_COMPUTING)
        self.bars.set_rows(())
        self.numbers.say(())
        self.sentence.say(())

    def _draw(self, view: View, answer: AnalysisView, totals: Totals) -> None:
        now = look(view)
        self._say(totals, now)
        by_step = bool(answer.facts["by step"])
        lost = "The parts of single steps would take too much memory: only the totals are shown."
        self.plot.set_notice("" if by_step else lost)
        with np.errstate(divide="ignore"):
            before, after = (np.log10(np.asarray(answer.arrays[f"step {name}"])) for name in ("before", "after"))
        self._fit(view, [before, after], totals)
        quiet = SignalStyle(now.theme.muted, "square", "dash")
        curves: dict[Hashable, Curve] = {
            "after": Curve(after, series_style(0, now.theme), "after"),
            "before": Curve(before, quiet, "before"),
        }
        self.plot.set_curves(curves if by_step else {})
        self.bars.set_rows(rows_of(answer))
        self.header.set_title(f"Clipping by {totals.kind}", f"{loss_name(view)}; {self._drawn_below(view)}")

    def _drawn_below(self, view: View) -> str:
        if self.option(view, "mode", "steps") != "parameters":
            return "per step the norm of its part over all parameters"
        low, high = self.bars.ends
        return f"norm per parameter, grey before, blue after, on a log scale from {low} to {high}"

    def _say(self, totals: Totals, now: Look) -> None:
        theme, sizes = now.theme, now.sizes
        runs = [Run("", sizes.small, theme.muted)]
        for name, value in totals.numbers():
            runs.append(Run(name, sizes.text, theme.muted))
            runs.append(Run(value, 0.8 * sizes.readout, theme.text if totals.finite else theme.error, SEMIBOLD))
        self.numbers.say(runs)
        self.sentence.say((Run(totals.sentence(), sizes.text, theme.muted if totals.finite else theme.error),))

    def _fit(self, view: View, series: list[NDArray[np.float64]], totals: Totals) -> None:
        """Keep the scale while a threshold is dragged, whose line would run away from the mouse; then fit it."""
        known, low, high = self._range
        norms = [math.log10(size) for size in (totals.before, totals.largest) if size > 0 and math.isfinite(size)]
        wanted = log_range([*series, np.array([*norms, math.log10(totals.threshold)])])
        if known is not view.trace:
            least = min([wanted[0], *(math.floor(norm) - _DECADES for norm in norms)])
            self._range = (view.trace, least, wanted[1])
        elif self._under_way is None:
            self._range = (known, min(low, wanted[0]), max(high, wanted[1]))
        self.plot.set_value_range(*self._range[1:])

    def _place_threshold(self, view: View) -> None:
        answer, kind, threshold = self._shown, self._kind(view), self._threshold(view)
        if answer is None:
            return
        totals = Totals.of(answer, kind, threshold)
        levels = [Level(_log(totals.before), f"|g| before {number(totals.before)}")]
        if kind == "value":
            levels.append(Level(_log(totals.largest), f"largest entry {number(totals.largest)}"))
        name = f"threshold {'for |g|' if kind == 'norm' else 'for entries'} {number(threshold)}"
        self.plot.set_levels(tuple(levels), Level(math.log10(threshold), name))


def _log(value: float) -> float:
    return math.log10(value) if value > 0 and math.isfinite(value) else math.nan
