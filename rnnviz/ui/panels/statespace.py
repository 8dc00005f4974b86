"""The hidden state space: the way of the states in their principal components, fixed points, and phase portraits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from rnnviz.engine.language.tex import symbol_text
from rnnviz.engine.requests import FixedPoints, Phase, Principal, Request
from rnnviz.ui import reading, spacechoices, spaceportrait, spacereading
from rnnviz.ui.controls.look import Look, look
from rnnviz.ui.controls.truth import TruthButton
from rnnviz.ui.headedpanel import HeadedPanel
from rnnviz.ui.plots.xy.complex_plane import PlanePlot, PlanePoints
from rnnviz.ui.plots.xy.state_space.items import Way
from rnnviz.ui.plots.xy.state_space.plot import StateSpacePlot
from rnnviz.ui.theme import SignalStyle, hue
from rnnviz.ui.timepanel import missing
from rnnviz.ui.view import AnalysisView, View

_ROOMY = 620
"""Width of the panel from which eigenvalues stand beside the space."""

_NARROW = 520
"""Width of the panel below which only the choices stand that matter most."""


class StateSpacePanel(HeadedPanel):
    """The states of a layer as a way through space, with the points at which the network would stay."""

    name: ClassVar[str] = "statespace"
    title: ClassVar[str] = "Hidden state space"
    order: ClassVar[int] = 24
    stretch: ClassVar[int] = 4
    at_first: ClassVar[bool] = False

    def controls(self) -> tuple[QWidget, ...]:
        """Return the choices of state, colours, sight, fixed points and their input, and the truth."""
        self.state = self.segmented("State", "state")
        self.colour = self.segmented(
            "Colour",
            "colour",
            ("step", "step", "Colour the states by their step"),
            ("token", "token", "Colour the states by the token that was read"),
            ("loss", "loss", "Colour the states by the loss of their step"),
        )
        self.sight = self.segmented(
            "Axes",
            "sight",
            ("2D", "2D", "The first two principal components"),
            ("3D", "3D", "Three principal components: drag to turn them"),
        )
        self.held = self.segmented(
            "Fixed points",
            "fixed",
            ("no", "no points", "Search no fixed points"),
            ("zero", "x = 0", "States that a step leaves as they are while the input is zero"),
            ("step", "x of step", "States that a step leaves as they are while the input stays that of the cursor"),
        )
        self.truth = TruthButton()
        self.truth.pressed_for_truth.connect(self.ask)
        return self.state, self.colour, self.sight, self.held, self.truth

    def build(self) -> None:
        """Make space and plane."""
        self.space = StateSpacePlot()
        self.plane = PlanePlot()
        self.space.pointed.connect(self._on_pointed)
        self.one_thing(self.space.box)
        self.space.stepClicked.connect(self.session.go_to)
        self.space.fixedClicked.connect(self._on_fixed)
        self.space.turned.connect(self._on_turned)
        self.space.key, self.plane.key = "states", "eigenvalues"
        self.plane.hovered.connect(self.header.set_read_out)
        row = QHBoxLayout(self.body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.space, 3)
        row.addWidget(self.plane, 1)
        self._drawn: tuple[object, ...] = ()
        self._chosen: tuple[AnalysisView, int] | None = None
        self.plane.hide()

    def dress(self, now: Look) -> None:
        """Dress plots and button."""
        self.space.set_theme(now.theme, now.sizes)
        self.plane.set_theme(now.theme, now.sizes)
        self.truth.set_look(now)

    # what is asked

    def wants(self, view: View) -> tuple[Request, ...]:
        """Return the trajectory, the portrait of two units and the fixed points."""
        way = spacechoices.way_of(view)
        if way is None:
            return ()
        fixed, phase = spacechoices.fixed_of(view), spacechoices.phase_of(view)
        truth = self.truth.wanted(view, fixed) if fixed is not None else ()
        return (way, *filter(None, (phase, fixed)), *truth)

    # what is drawn

    def absence(self, view: View) -> str:
        """Return why there is nothing to draw."""
        request = spacechoices.way_of(view)
        if request is None:
            return missing(view) or "Nothing has been computed yet: step forward, or run all."
        answer = self.answer(view, request)
        if answer is None:
            return "The principal components of the states are being computed."
        return answer.fault

    def draw_choices(self, view: View) -> None:
        """Show what can be chosen."""
        names = spacechoices.offered(view)
        self.state.set_options([(name, symbol_text(name), f"Show the state {name}") for name in names])
        self.state.set_value(spacechoices.state_of(view))
        self.colour.set_value(spacechoices.colour_of(view))
        self.held.set_value(spacechoices.held_of(view))
        self.sight.set_value(self.option(view, "sight", "2D"))
        self._fit(view)
        fixed = spacechoices.fixed_of(view)
        if fixed is not None:
            self.truth.show_truth(view, fixed)

    def draw_body(self, view: View, old: View | None) -> None:
        """Show the space anew where it has changed, and move the cursor."""
        request = spacechoices.way_of(view)
        assert request is not None
        answer = self.answer(view, request)
        assert answer is not None
        fixed, phase = self._points(view), self._portrait(view)
        shown = self._shown(view, answer)
        drawn = (answer, fixed, phase, shown, spacechoices.colour_of(view), look(view))
        if drawn != self._drawn:
            self._drawn = drawn
            self._show(view, answer, fixed, phase)
        self.space.set_turned(self.option(view, "sight", "2D") == "3D")
        self.space.set_cursor(*self._cursor(view, answer))
        self._show_plane(view, fixed)
        self._head(view, answer, fixed)

    def _shown(self, view: View, answer: AnalysisView) -> tuple[int, int]:
        """The steps that may be seen, from and up to (excluded)."""
        assert view.trace is not None
        seen = view.trace.reached(view.known, view.layer, view.direction)
        return seen.start, seen.stop

    def _points(self, view: View) -> AnalysisView | None:
        request = spacechoices.fixed_of(view)
        return self.answer(view, request) if request is not None else None

    def _portrait(self, view: View) -> AnalysisView | None:
        request = spacechoices.phase_of(view)
        found = None if request is None else self.answer(view, request)
        if found is None or found.fault or not isinstance(found.request, Phase):
            return None
        return found if found.request.state == spacechoices.state_of(view) else None

    def _mapped(self, view: View) -> bool:
        """Whether there is but one unit, whose states are shown over those before them."""
        return spacechoices.units_of(view) == 1 and spacechoices.phase_of(view) is not None

    def _show(self, view: View, answer: AnalysisView, fixed: AnalysisView | None, phase: AnalysisView | None) -> None:
        request, mapped = answer.request, self._mapped(view)
        assert isinstance(request, Principal)
        steps = np.asarray(answer.arrays["steps"], np.int64)
        first, stop = self._shown(view, answer)
        shown = (steps >= first) & (steps < stop)
        colouring = spacereading.colouring_of(view, steps, spacechoices.colour_of(view), look(view).theme)
        points = np.asarray(answer.arrays["trajectory"], np.float64)
        axes = spacereading.axes_of(answer, request.state, plain=request.plain)
        if mapped:
            points, axes = spaceportrait.pairs(view, request, steps), spaceportrait.axes_of(view, request.state)
        dots = None
        if fixed is not None and not fixed.fault:
            dots = spaceportrait.fixed_of(answer, fixed, phase, request.state, mapped=mapped)
        portrait = spaceportrait.portrait_of(phase) if phase is not None else None
        self.space.show_space(axes, Way(points, steps, shown, colouring), dots, portrait)

    def _cursor(self, view: View, answer: AnalysisView) -> tuple[NDArray[np.float64] | None, str]:
        request, step = answer.request, view.step
        assert isinstance(request, Principal)
        if view.trace is None or not reading.is_known(view, view.layer, view.direction, step):
            return None, ""
        if self._mapped(view):
            return spaceportrait.pairs(view, request, np.array([step]))[0], self._named(view, step)
        row = view.trace.record.signal(request.state, request.layer, request.direction)[step]
        return spacereading.projected(answer, row[None])[0], self._named(view, step)

    def _named(self, view: View, step: int) -> str:
        assert view.trace is not None
        label = view.trace.labels[step] if 0 <= step < len(view.trace.labels) else ""
        return f"t = {step + 1}" + (f"  {label}" if label.strip() and label != str(step + 1) else "")

    def _head(self, view: View, answer: AnalysisView, fixed: AnalysisView | None) -> None:
        said = [reading.where(view), symbol_text(spacechoices.state_of(view))]
        said += map(spaceportrait.told, filter(None, (self._portrait(view),)))
        count, whole = len(answer.arrays["steps"]), int(float(str(answer.facts["count"])))
        if count < whole:
            said.append(f"{count:,} of {whole:,} steps")
        if fixed is not None and self._chosen is not None:
            said.append(spacereading.described(fixed, self._chosen[1]))
        elif fixed is not None and fixed.fault:
            said.append(fixed.fault)
        elif fixed is not None:
            assert isinstance(fixed.request, FixedPoints)
            held = "0" if fixed.request.step is None else f"x of step {fixed.request.step + 1}"
            said.append(f"fixed at {'x = ' if held == '0' else ''}{held}: {spacereading.told(fixed)}")
        elif spacechoices.fixed_of(view) is not None:
            said.append("fixed points are being sought")
        self.header.set_title(self.title, ", ".join(filter(None, said)))

    def _show_plane(self, view: View, fixed: AnalysisView | None) -> None:
        """Show the eigenvalues of the fixed point that is chosen."""
        if self._chosen is not None and self._chosen[0] is not fixed:
            self._chosen = None
        place = self._chosen[1] if self._chosen is not None else None
        self.space.set_lit(place)
        self.plane.setVisible(place is not None and self.width() >= _ROOMY)
        if place is not None and fixed is not None:
            name = f"fixed point {place + 1}"
            values = np.asarray(fixed.arrays["eigenvalues"][place], np.complex128)
            style = SignalStyle(hue("vermillion", look(view).theme), "circle")
            self.plane.show_points([PlanePoints(name, values, style)])

    def data(self, view: View) -> Mapping[str, NDArray[Any]]:
        """Return the trajectory and its steps, and what was found of fixed points, filled up with NaN to one length."""
        request = spacechoices.way_of(view)
        answer = None if request is None else self.answer(view, request)
        if answer is None or answer.fault:
            return {}
        arrays: dict[str, NDArray[Any]] = {"step": np.asarray(answer.arrays["steps"]) + 1.0}
        arrays["trajectory"] = answer.arrays["trajectory"]
        fixed = self._points(view)
        if fixed is not None and not fixed.fault:
            values = np.asarray(fixed.arrays["eigenvalues"], np.complex128)
            arrays |= {"fixed points": fixed.arrays["points"], "q": fixed.arrays["q"]}
            arrays |= {"eigenvalues real": values.real, "eigenvalues imaginary": values.imag}
        longest = max(len(array) for array in arrays.values())
        return {name: _filled(array, longest) for name, array in arrays.items()}

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out choices for which there is no room."""
        super().resizeEvent(event)
        self._fit(self.session.view)
        self.plane.setVisible(self._chosen is not None and self.width() >= _ROOMY)

    def _fit(self, view: View) -> None:
        roomy = self.width() >= _NARROW
        there = view.trace is not None
        self.state.setVisible(there and len(spacechoices.offered(view)) > 1)
        self.colour.setVisible(there and roomy)
        self.sight.setVisible(there and roomy and spacechoices.units_of(view) > 2)
        self.held.setVisible(there and roomy and bool(spacechoices.carried(view)))
        self.truth.setVisible(there and roomy and spacechoices.fixed_of(view) is not None)

    # the user

    def _on_pointed(self, kind: str, place: int) -> None:
        view, way = self.session.view, self.space.way
        if kind == "step" and way is not None and view.trace is not None:
            step = int(way.steps[place])
            values = ", ".join(f"{value:.3g}" for value in way.points[place].tolist()).replace("-", "−")
            loss = reading.losses(view)[step]
            more = f", loss {loss:.3g}" if np.isfinite(loss) else ""
            self.header.set_read_out(f"{self._named(view, step)}: ({values}){more}")
        elif (
            kind == "fixed" and (fixed := self._points(view)) is not None and place < len(spacereading.kinds_of(fixed))
        ):
            self.header.set_read_out(spacereading.described(fixed, place))
        else:
            self.header.set_read_out("")

    def _on_fixed(self, place: int) -> None:
        view = self.session.view
        fixed = self._points(view)
        self._chosen = (fixed, place) if place >= 0 and fixed is not None and not fixed.fault else None
        self._show_plane(view, fixed)
        request = spacechoices.way_of(view)
        answer = None if request is None else self.answer(view, request)
        if answer is not None and not answer.fault:
            self._head(view, answer, fixed)

    def _on_turned(self, on: bool) -> None:
        self.session.set_option("statespace.sight", "3D" if on else "2D")


def _filled(array: NDArray[Any], length: int) -> NDArray[Any]:
    if len(array) == length:
        return array
    whole = np.full((length, *array.shape[1:]), np.nan)
    whole[: len(array)] = array
    return whole
