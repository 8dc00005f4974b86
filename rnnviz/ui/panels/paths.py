"""How far a gradient reaches: the norm of ds_t/ds_k from one step on, between all steps, and from one to the next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QWidget

from rnnviz.engine.requests import JacobianAt, PathsFrom, PathTable, Request
from rnnviz.ui import pathreading, reading
from rnnviz.ui.controls.look import Look, look, set_type
from rnnviz.ui.controls.pathplots import (
    SYMBOL,
    JacobianPlot,
    PathCurves,
    PathGraph,
    PathTables,
    step_words,
)
from rnnviz.ui.controls.truth import TruthButton
from rnnviz.ui.pathreading import Paths
from rnnviz.ui.plaintext import PlainLabel, plain_tip
from rnnviz.ui.timepanel import TimePanel, missing
from rnnviz.ui.view import AnalysisView, View

_MODES = ("distance", "time", "table", "step")
_ROOMY = 46
"""Width of the panel, as a multiple of the type size, from which all controls have room beside the title."""


class PathsPanel(TimePanel):
    """Paths from one step on, over the distance or over time; between all steps; and the Jacobian of one step."""

    name: ClassVar[str] = "paths"
    title: ClassVar[str] = "Gradient paths"
    order: ClassVar[int] = 14
    stretch: ClassVar[int] = 2
    at_first: ClassVar[bool] = False
    watches: ClassVar[tuple[str, ...]] = (*TimePanel.watches, "analyses", "progress")

    def controls(self) -> tuple[QWidget, ...]:
        """Return the choices of what is drawn, the button of the table and the truth."""
        self.truth = TruthButton()
        self.truth.pressed_for_truth.connect(self.ask)
        self.compute = QPushButton("compute")
        self.compute.clicked.connect(self._on_compute)
        self.pin = self.segmented("Step k", "pin")
        self.pin.chosen.disconnect(self._on_chosen)
        self.pin.chosen.connect(self._on_pin)
        self.mode = self.segmented(
            "Draw paths",
            "mode",
            ("distance", "t − k", "From step k on, against the distance t − k"),
            ("time", "t", "From step k on, against the step t"),
            ("table", "table", "Between all pairs of steps"),
            ("step", "one step", "The Jacobian of the cursor's step, ∂sₜ / ∂sₜ₋₁, as a matrix"),
        )
        return self.truth, self.compute, self.pin, self.mode

    def build(self) -> None:
        """Make the plots, of which one is seen."""
        self.words = PlainLabel()
        self.words.setWordWrap(True)
        self.graph, self.matrix = PathGraph(), JacobianPlot()
        self.curves, self.tables = PathCurves(self.axis), PathTables(self.axis)
        self.curves.key = "paths over time"
        self.graph.key = "paths"
        for plot in (self.curves, self.tables.whole):
            self.adopt(plot)
        self.tables.grid.hovered.connect(self._on_hovered)
        self.one_thing(self.tables.grid.box)
        self.tables.gridClicked.connect(self.session.go_to)
        self.graph.hovered.connect(self._on_graph_hovered)
        self.graph.clicked.connect(self._on_graph_clicked)
        self.matrix.hovered.connect(self._on_matrix_hovered)
        for widget in (self.graph, self.curves, self.tables, self.matrix):
            self.plot_rows.addWidget(widget, 1)
        self.plot_rows.addWidget(self.words)
        self._wanted_table: tuple[object, ...] = ()
        self._answers: dict[str, AnalysisView] = {}
        self._drawn: dict[str, tuple[object, ...]] = {}

    # what is asked for

    def wants(self, view: View) -> tuple[Request, ...]:
        """Return what the mode draws; the table only once the user wants it computed."""
        request = self._request(view)
        if request is None or (isinstance(request, PathTable) and self._wanted_table != _state(view)):
            return ()
        return (request, *self.truth.wanted(view, request))

    def _mode(self, view: View) -> str:
        chosen = self.option(view, "mode", "distance")
        return chosen if chosen in _MODES else "distance"

    def _anchor(self, view: View) -> int:
        pinned = self.option(view, "pin", "")
        steps = view.trace.steps if view.trace is not None else 0
        return int(pinned) if pinned.isdecimal() and int(pinned) < steps else view.step

    def _request(self, view: View) -> PathsFrom | PathTable | JacobianAt | None:
        mode, anchor = self._mode(view), self._anchor(view)
        if mode == "table":
            return PathTable(view.layer, view.direction)
        if mode == "step":
            return JacobianAt(view.step, view.layer, view.direction) if view.step >= 0 else None
        return PathsFrom(anchor, view.layer, view.direction) if anchor >= 0 else None

    def _running(self, view: View) -> bool:
        """Whether the table is being computed."""
        found = view.analyses.get(PathTable(view.layer, view.direction))
        return self._wanted_table == _state(view) and (found is None or not view.current(found))

    def _answer(self, view: View) -> AnalysisView | None:
        """The answer to what is asked or, until it comes, the last one of the same kind."""
        request = self._request(view)
        found = view.analyses.get(request) if request is not None else None
        mode = "paths" if isinstance(request, PathsFrom) else self._mode(view)
        if found is None:
            last = self._answers.get(mode)
            place = (view.layer, view.direction)
            same = last is not None and last.trace is view.trace and _place(last) == place
            return last if same and mode != "table" else None
        self._answers[mode] = found
        return found

    # what is drawn

    def absence(self, view: View) -> str:
        """Return why there is nothing to draw."""
        if (sentence := missing(view)) or view.trace is None:
            return sentence
        mode, anchor = self._mode(view), view.step if self._mode(view) == "step" else self._anchor(view)
        if mode == "table":
            return ""
        if anchor < 0:
            return "The run stands before the first step: step forward."
        rows = view.trace.reached(view.known, view.layer, view.direction)
        if not rows.start <= anchor < rows.stop:
            return f"Step {anchor + 1} of this layer has not been computed yet: step forward, or run all."
        answer = self._answer(view)
        if answer is None:
            return f"How far the gradient of step {anchor + 1} reaches is being computed."
        return answer.fault

    def draw(self, view: View, old: View | None) -> None:
        """Show the choices also where there is nothing to draw."""
        super().draw(view, old)
        self._show_choices(view)
        for plot in self.time_plots:
            plot.set_cursor(view.step if view.step >= 0 else None)
            plot.set_ahead_hidden(reading.cover_after(view))

    def dress(self, now: Look) -> None:
        """Dress what is neither plot over time nor segmented."""
        for plot in (self.graph, self.tables.grid, self.matrix):
            plot.set_theme(now.theme, now.sizes)
        self.truth.set_look(now)
        self.compute.setStyleSheet(
            f"QPushButton {{ font-size: {now.sizes.small}px; color: {now.theme.on_accent}; padding: 2px 10px;"
            f" background: {now.theme.accent}; border: 1px solid {now.theme.accent}; border-radius: 4px; }}"
        )
        set_type(self.words, now.sizes.small, now.theme.muted, more=f"padding: 2px {now.sizes.padding}px;")
        self._drawn.clear()

    def draw_plots(self, view: View, old: View | None) -> None:
        """Show what the mode asks for."""
        assert view.trace is not None
        mode, answer, request = self._mode(view), self._answer(view), self._request(view)
        self.graph.setVisible(mode == "distance")
        self.curves.setVisible(mode == "time")
        self.tables.setVisible(mode == "table")
        self.matrix.setVisible(mode == "step")
        if request is not None:
            self.truth.show_truth(view, request)
        if mode == "table":
            self._draw_table(view, answer)
        elif answer is not None and mode == "step":
            self._draw_step(view, answer)
        elif answer is not None:
            paths = pathreading.paths_of(view, answer)
            if paths is not None:
                self._draw_paths(view, paths, mode)

    def _draw_paths(self, view: View, paths: Paths, mode: str) -> None:
        states = ", ".join(_texts(paths.answer.facts["states"]))
        where = reading.where(view)
        self.header.set_title(
            SYMBOL, ", ".join(part for part in (f"from k = {paths.anchor + 1}", f"s = ({states})", where) if part)
        )
        self._say(pathreading.words(paths))
        pinned = bool(self.option(view, "pin", ""))
        distance = abs(view.step - paths.anchor)
        self.graph.set_marker(float(distance) if pinned and view.step in paths.steps else None)
        now = look(view)
        drawn = (paths.answer, len(paths.steps), now.theme)
        if self._drawn.get(mode) == drawn:
            return
        self._drawn[mode] = drawn
        plot = self.graph if mode == "distance" else self.curves
        plot.show_paths(paths, now.theme)

    def _draw_table(self, view: View, answer: AnalysisView | None) -> None:
        assert view.trace is not None
        self._say("")
        subtitle, notice = pathreading.table_words(view, answer, self._running(view))
        self.header.set_title(SYMBOL, ", ".join(part for part in (subtitle, reading.where(view)) if part))
        self.tables.show_answer(answer, view.step, notice)

    def _draw_step(self, view: View, answer: AnalysisView) -> None:
        theme = look(view).theme
        title, subtitle, warning = step_words(answer)
        self.header.set_title(title, ", ".join(part for part in (subtitle, reading.where(view)) if part))
        self._say(warning)
        if self._drawn.get("step") != (answer, theme):
            self._drawn["step"] = (answer, theme)
            self.matrix.show_answer(answer, theme, view.direction)

    def _say(self, sentence: str) -> None:
        self.words.setText(sentence)
        self.words.setToolTip(plain_tip(sentence))
        self.words.setVisible(bool(sentence) and self.height() >= 16 * look(self.session.view).sizes.small)

    def _show_choices(self, view: View) -> None:
        mode, now = self._mode(view), look(view)
        roomy = self.width() >= _ROOMY * now.sizes.small
        anchor, pinned = self._anchor(view), bool(self.option(view, "pin", ""))
        kept = f"k = {anchor + 1}" if pinned else "pin k"
        self.pin.set_options(
            (("cursor", "cursor", "k is the cursor's step"), ("pinned", kept, "k stays while the cursor moves"))
        )
        self.pin.set_value("pinned" if pinned else "cursor")
        self.pin.setVisible(mode in ("distance", "time") and roomy and view.trace is not None)
        self.mode.set_value(mode)
        self.mode.setVisible(view.trace is not None)
        running = self._running(view)
        self.compute.setText("cancel" if running else "compute")
        found = view.analyses.get(PathTable(view.layer, view.direction))
        done = found is not None and not found.fault and view.current(found)
        self.compute.setVisible(mode == "table" and view.published > 0 and not done)
        self.truth.setVisible(roomy)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what has no room."""
        super().resizeEvent(event)
        self._show_choices(self.session.view)
        self._say(self.words.text())

    def data(self, view: View) -> Mapping[str, NDArray[Any]]:
        """Return log10 of what is drawn, with a row per step: curves [S], or the table [S, columns k]."""
        if view.trace is None:
            return {}
        request = self._request(view)
        answer = view.analyses.get(request) if request is not None else None
        return {"t": np.arange(1, view.trace.steps + 1), **pathreading.numbers(view, answer)}

    # what the user does

    def _on_pin(self, value: str) -> None:
        view = self.session.view
        self.session.set_option("paths.pin", str(max(0, view.step)) if value == "pinned" else "")

    def _on_compute(self) -> None:
        view = self.session.view
        running = self._running(view)
        self._wanted_table = () if running else _state(view)
        if not running:
            self.session.inquiries.again(PathTable(view.layer, view.direction))
        self.ask()
        self.draw(self.session.view, self.session.view)

    def _on_graph_hovered(self, x: float) -> None:
        self.header.set_read_out("" if np.isnan(x) else self.graph.read_out(x))

    def _on_graph_clicked(self, x: float) -> None:
        view = self.session.view
        if self.option(view, "pin", ""):
            way = -1 if view.direction == "backward" else 1
            self.session.go_to(self._anchor(view) + way * int(x))

    def _on_matrix_hovered(self, row: int, column: int) -> None:
        self.header.set_read_out(self.matrix.describe(row, column))


def _state(view: View) -> tuple[object, ...]:
    return view.trace, view.published, view.layer, view.direction


def _place(answer: AnalysisView) -> tuple[object, ...]:
    return getattr(answer.request, "layer", 0), getattr(answer.request, "direction", "forward")


def _texts(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
