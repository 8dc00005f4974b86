"""What a state is made of: by the steps at which it was written, kept against written, and the way that it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from rnnviz.engine.requests import Memory, PathsFrom, Request
from rnnviz.ui import composed, reading
from rnnviz.ui.composed import Composed
from rnnviz.ui.controls.highway import HighwayPlot
from rnnviz.ui.controls.look import Look, look, set_type
from rnnviz.ui.controls.notice import Notice
from rnnviz.ui.controls.truth import TruthButton
from rnnviz.ui.drawing.painting import font_metrics
from rnnviz.ui.plaintext import plain_tip
from rnnviz.ui.plots.time.stacked_bars import StackPlot
from rnnviz.ui.theme import LIGHT, MEDIUM, NORMAL, REGULAR, SEMIBOLD, hue, ui_font
from rnnviz.ui.timepanel import TimePanel, missing
from rnnviz.ui.view import AnalysisView, View

_QUANTUM = 200
"""Steps by which the window of a long run moves as the view is moved."""
LEAST_LINES = 16
"""Lines of small type below which the sentence about a state that is overwritten takes all the room."""


class MemoryPanel(TimePanel):
    """The composition of one state, of the picked unit or in the mean over the units."""

    name: ClassVar[str] = "memory"
    title: ClassVar[str] = "Memory composition"
    order: ClassVar[int] = 16
    stretch: ClassVar[int] = 2
    at_first: ClassVar[bool] = False
    watches: ClassVar[tuple[str, ...]] = (*TimePanel.watches, "analyses")

    def controls(self) -> tuple[QWidget, ...]:
        """Return the choices of what is drawn, and the truth."""
        self.truth = TruthButton()
        self.truth.pressed_for_truth.connect(self.ask)
        self.state = self.segmented("State", "state")
        self.over = self.segmented(
            "Of",
            "over",
            ("unit", "unit", "The picked unit alone"),
            ("mean", "mean", "The mean over all units of the layer"),
        )
        self.since = self.segmented(
            "Since",
            "since",
            ("pinned", "pinned", "The product of the factors since one step, also when the cursor moves on"),
            ("cursor", "cursor", "The product of the factors since the cursor's step"),
        )
        self.mode = self.segmented(
            "Draw",
            "mode",
            ("bands", "origins", "What the state is made of, by the steps at which it was written"),
            ("flows", "kept", "What a step keeps of the state before, against what it writes"),
            ("highway", "direct path", "The product of what the state is kept with, beside the whole Jacobian"),
        )
        return self.truth, self.state, self.over, self.since, self.mode

    def build(self) -> None:
        """Make the plots and the sentence above them."""
        self._look = Look(LIGHT, NORMAL)
        self.banner = Notice(self)
        self.banner.setMinimumSize(1, 1)
        self.rows.insertWidget(2, self.banner)
        self.stack, self.curves = StackPlot(self.axis), HighwayPlot(self.axis)
        self.stack.key, self.curves.key = "memory", "highway"
        for plot in (self.stack, self.curves):
            self.adopt(plot)
            self.plot_rows.addWidget(plot, 1)
        self._drawn: tuple[object, ...] = ()
        self._sentence = ""
        self._offered: tuple[QWidget, ...] = ()
        self._kept: AnalysisView | None = None
        self.axis.viewChanged.connect(self._on_view_changed)

    def dress(self, now: Look) -> None:
        """Dress sentence and truth."""
        self._look = now
        self.truth.set_look(now)

    # what is asked

    def request(self, view: View) -> Memory | None:
        """Return the question; None where there is nothing to ask."""
        states = composed.states_of(view)
        if missing(view) or not states:
            return None
        chosen, mode = self.option(view, "state", ""), self.option(view, "mode", "bands")
        unit = None if self.option(view, "over", "unit") == "mean" else view.units[0]
        place = (view.layer, view.direction, chosen if chosen in states else "", unit)
        if mode == "highway":
            return Memory(*place, anchor=self._anchor(view), bands=False)
        return Memory(*place, bands=mode != "flows", around=None if mode == "flows" else self._around(view))

    def wants(self, view: View) -> tuple[Request, ...]:
        """Return what is drawn, and the truth about it where that is wanted."""
        request = self.request(view)
        if request is None:
            return ()
        paths = (self._paths(view),) if self.option(view, "mode", "bands") == "highway" else ()
        return (request, *paths, *self.truth.wanted(view, request))

    def _paths(self, view: View) -> PathsFrom:
        return PathsFrom(self._anchor(view), view.layer, view.direction)

    def _anchor(self, view: View) -> int:
        """Return the step since which the product is formed: the cursor's, or one that was pinned."""
        assert view.trace is not None
        last = view.trace.steps - 1
        if self.option(view, "since", "pinned") == "cursor":
            return min(max(view.step, 0), last)
        pinned = self.option(view, "pinned", "")
        return min(int(pinned), last) if pinned.isdecimal() else composed.begins(view, view.trace)

    def _around(self, view: View) -> int | None:
        """Return the middle of the window of a long run that is in view; None where all of the run is drawn."""
        assert view.trace is not None
        (first, last), steps = self.axis.view, view.trace.steps
        middle = (first + last) / 2
        if steps <= Memory.apart:
            return None
        if last - first > Memory.window - 2 * _QUANTUM:
            if steps <= Memory.gathered:
                return None
            middle = view.step
        return min(max(round(middle / _QUANTUM) * _QUANTUM, 0), steps - 1)

    def _answer(self, view: View) -> AnalysisView | None:
        """Return the answer to the question, or until it is there the last one about the same numbers."""
        request = self.request(view)
        found = None if request is None else view.analyses.get(request)
        if found is not None or self._kept is None or request is None or self._kept.trace is not view.trace:
            return found
        old = self._kept.request
        assert isinstance(old, Memory)
        mine = (old.layer, old.direction, old.state, old.unit, old.bands, old.around)
        wanted = (request.layer, request.direction, request.state, request.unit, request.bands, request.around)
        return self._kept if mine == wanted else None

    # what is drawn

    def absence(self, view: View) -> str:
        """Return why there is nothing to draw."""
        if (sentence := missing(view)) or view.trace is None:
            return sentence
        cell = reading.cell_of(view)
        if cell is None or not cell.states:
            title = "" if cell is None else cell.title
            return f"The {title} cell carries no state from step to step, so there is nothing to take apart."
        rows = reading.rows_of(view, view.layer, view.direction)
        if rows.stop <= rows.start:
            return f"The run has not reached {reading.where(view) or 'this layer'} yet: step forward, or run all."
        answer = self._answer(view)
        return answer.fault if answer is not None else ""

    def draw_absence(self, view: View) -> None:
        """Hide the choices that have no effect."""
        super().draw_absence(view)
        self.banner.say("")
        self._offered, self._sentence = (), ""
        for control in (self.truth, self.state, self.over, self.since, self.mode):
            control.hide()

    def draw_plots(self, view: View, old: View | None) -> None:
        """Show the answer, or the state alone until it is there."""
        request, mode = self.request(view), self.option(view, "mode", "bands")
        assert request is not None
        answer = self._answer(view)
        self._kept = answer
        found = None if answer is None else Composed(answer)
        self._show_choices(view, request, found)
        self.stack.setVisible(mode != "highway")
        self.curves.setVisible(mode == "highway")
        gone = found is not None and found.kind == "overwritten"
        self._sentence = composed.overwritten(view, found.state) if found is not None and gone else ""
        self._share_room()
        rows, paths = reading.rows_of(view, view.layer, view.direction), view.analyses.get(self._paths(view))
        drawn = (answer, request, rows, look(view).theme, paths if mode == "highway" else None)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        if mode == "highway":
            self.curves.set_notice("" if found is not None else "The product of the factors is being computed.")
            self.curves.show_ways(found, request, paths, rows)
        else:
            self._draw_stack(view, request, found, rows)

    def _draw_stack(self, view: View, request: Memory, found: Composed | None, rows: slice) -> None:
        self.stack.set_notice("" if found is not None else "What the state is made of is being computed.")
        if found is None:
            state = request.state or composed.states_of(view)[0]
            self.stack.set_stack(np.zeros((0, 0)), (), line=composed.recorded(view, state, request.unit))
            return
        line, theme = found.series("values", rows), look(view).theme
        if not request.bands:
            flows = np.stack([found.series("kept", rows), found.series("written", rows)], 1)
            colours = (hue("blue", theme), hue("orange", theme))
            self.stack.set_stack(flows, ("kept", "written"), line=line, line_name=found.state, colours=colours)
            return
        bands, names, origins = found.bands(rows), found.names(), found.origins
        self.stack.set_stack(
            bands,
            names,
            line=line,
            line_name=found.state,
            colours=[theme.faint, *([""] * len(origins))],
            places=np.vstack([[-1, -1], origins]),
            first=found.first,
            lead="from",
        )

    def _show_choices(self, view: View, request: Memory, found: Composed | None) -> None:
        states, mode = composed.states_of(view), self.option(view, "mode", "bands")
        offered = {self.truth: True, self.over: True, self.mode: True}
        offered |= {self.state: len(states) > 1, self.since: mode == "highway"}
        self._offered = tuple(control for control, wanted in offered.items() if wanted)
        self.mode.set_value(mode)
        self.over.set_value("mean" if request.unit is None else "unit")
        self.state.set_options([(name, name, f"What {name} is made of") for name in states])
        self.state.set_value(request.state or (found.state if found is not None else ""))
        self.since.set_value(self.option(view, "since", "pinned"))
        self.truth.show_truth(view, request)
        self.header.set_title(*composed.heading(view, request, mode, found))
        self.header.setToolTip(plain_tip(found.bound if found is not None else ""))

    def _share_room(self) -> None:
        """Draw what there is room for: where sentence and plot would both be too low, the plot is left out."""
        sizes, theme = self._look.sizes, self._look.theme
        low, short = (self.height() < lines * sizes.small for lines in (LEAST_LINES, LEAST_LINES // 2))
        narrow = self.width() < 60 * sizes.small
        self.plots_area.setVisible(not (self._sentence and low))
        self.banner.say(self._sentence.partition(":")[0] + "." if self._sentence and short else self._sentence)
        self.banner.setToolTip(plain_tip(self._sentence))
        ground = f"background: {theme.surface}; padding: {sizes.padding // 2}px {2 * sizes.padding}px;"
        size, weight = (sizes.small, REGULAR) if low and narrow else (sizes.title * 1.15, MEDIUM)
        set_type(self.banner, size, theme.text, weight, more=ground)
        title = font_metrics(ui_font(sizes.title, SEMIBOLD)).horizontalAdvance(self.header.title) + sizes.padding
        told = font_metrics(ui_font(sizes.small)).horizontalAdvance(self.header.read_out)
        left = self.width() - title
        for control in (self.mode, self.since, self.state, self.truth, self.over):
            left -= control.sizeHint().width() + sizes.padding if control in self._offered else 0
            control.setVisible(control in self._offered and left >= (0 if control is self.mode else told))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw what there is room for."""
        super().resizeEvent(event)
        if not self.notice.isVisible():
            self._share_room()

    def _on_hovered(self, step: int, row: int) -> None:
        """Make room for what is said of the place under the mouse."""
        super()._on_hovered(step, row)
        if not self.notice.isVisible():
            self._share_room()

    def _on_chosen(self, value: str) -> None:
        if self.sender() is self.since and value == "pinned":
            self.session.set_option(f"{self.name}.pinned", str(self._anchor(self.session.view)))
        super()._on_chosen(value)

    def _on_view_changed(self) -> None:
        view = self._last_view
        if view is not None and view.trace is not None and self.isVisible() and view.trace.steps > Memory.apart:
            self.ask()
            if not self.absence(view):
                self.draw_plots(view, view)

    def data(self, view: View) -> Mapping[str, NDArray[Any]]:
        """Return the state [S] and what it is made of: parts [S, K + 1], kept and written, or log10 of the product."""
        request = self.request(view)
        if request is None or view.trace is None:
            return {}
        rows = reading.rows_of(view, view.layer, view.direction)
        answer = view.analyses.get(request)
        if answer is None or answer.fault:
            state = request.state or composed.states_of(view)[0]
            return {state: composed.recorded(view, state, request.unit)}
        found = Composed(answer)
        arrays: dict[str, NDArray[Any]] = {found.state: found.series("values", rows)}
        if request.bands:
            whole = np.full((view.trace.steps, len(found.origins) + 1), np.nan)
            bands = found.bands(rows)
            whole[found.first : found.first + len(bands)] = bands
            arrays[f"{found.state} by origin"] = whole
        elif self.option(view, "mode", "bands") == "flows":
            arrays |= {name: found.series(name, rows) for name in ("kept", "written")}
        else:
            arrays["log10 product of the factors"] = found.series("highway", rows)
            paths = view.analyses.get(self._paths(view))
            if paths is not None and "largest" in paths.arrays:
                arrays["log10 largest singular value of the Jacobian"] = np.asarray(paths.arrays["largest"])
        return arrays
