"""The transport: where the cursor stands, and everything that moves it."""

from __future__ import annotations

from typing import get_args

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from rnnviz.ui.actions import Actions
from rnnviz.ui.controls.choicebox import ChoiceBox
from rnnviz.ui.controls.interventions.chip import InterventionsChip
from rnnviz.ui.controls.look import Look, look, set_type
from rnnviz.ui.controls.textline import Run, TextLine, ground
from rnnviz.ui.controls.wheel import ComboBox, Slider
from rnnviz.ui.grains import told_place
from rnnviz.ui.operations import operations_at
from rnnviz.ui.plaintext import PlainLabel
from rnnviz.ui.session import Session
from rnnviz.ui.theme import MEDIUM, SEMIBOLD
from rnnviz.ui.view import LOOKS, Grain, TraceView, View

BACKWARD = "← backward pass"
"""What is written large while the transport is turned round."""

SPEEDS = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
"""Steps per second that the transport offers."""

GRAINS = (
    ("step", "step", "One time step: all layers"),
    ("layer", "layer", "One layer of a step, then the readout"),
    ("operation", "operation", "One operation within the cell: a sum, a function, a product"),
)
"""What the transport can move by: value, name and help."""

_SHOWN = ("position", "operation", "published", "trace", *LOOKS, "backward", "options")
_LEFT = ("first", "back", "play", "forward", "last", "backward")
_RIGHT = ("hide_ahead", "run_all", "restart")


def where(view: View) -> str:
    """Where the cursor stands, as it is written large: "t = 7 / 24"."""
    if view.trace is None:
        return ""
    return f"t = {step_of(view)} / {view.trace.steps}"


def step_of(view: View) -> int:
    """The step of the cursor as it is told, from 1; 0 before the first."""
    return max(view.step, -1) + 1


def phase(view: View) -> str:
    """What has just been computed at the cursor: "· layer 1 · 5 / 13"; empty where whole steps are.

    A bidirectional run has a layer and a direction at every position, and the step of its own.
    """
    if view.trace is None:
        return ""
    within = told_place(view)
    if not view.trace.schedule.spec.bidirectional:
        return f"· {within}" if within else ""
    at, number = view.at, within.partition(" · ")[2]
    if at.phase == "start":
        return "before the first step"
    name = "output" if at.phase == "output" else f"layer {at.layer + 1}, {at.direction}"
    return f"{name} · {number}" if number else f"{name}, t = {at.step + 1}"


def _widest_phase(view: View, *, within: bool) -> str:
    """The widest that the phase becomes; with ``within``, when it counts operations too."""
    if view.trace is None:
        return ""
    count = "8" * len(str(_most_operations(view.trace)))
    number = f" · {count} / {count}" if within else ""
    if view.trace.schedule.spec.bidirectional:
        step = f", t = {'8' * len(str(view.trace.steps))}"
        return f"layer 8, backward{max(step, number, key=len)}"
    return f"· readout{number}" if within else ""


def _most_operations(trace: TraceView) -> int:
    """The number of operations of the position that has most; those of one sweep over the steps have the same."""
    schedule = trace.schedule
    ends = (*range(1, schedule.positions + 1, schedule.steps), schedule.positions)
    return max(len(operations_at(trace, position)) for position in ends)


def next_speed(speed: float, by: int) -> float:
    """The speed that many places up or down in SPEEDS."""
    nearest = min(range(len(SPEEDS)), key=lambda index: abs(SPEEDS[index] - speed))
    return SPEEDS[max(0, min(nearest + by, len(SPEEDS) - 1))]


class TransportBar(QFrame):
    """Buttons, scrub slider, speed and the large read-out of the step.

    Parameters
    ----------
    session : Session
    actions : Actions
    parent : QWidget or None
    """

    def __init__(self, session: Session, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._actions = actions
        self.turned = TextLine()
        self.readout = TextLine()
        self.phase = TextLine()
        self.chip = InterventionsChip(session, self)
        self._look = look(session.view)
        self._backward = False
        self.grain = ChoiceBox("What a step is")
        self._roomy = False
        self.slider = Slider(Qt.Orientation.Horizontal)
        self.speed = ComboBox()
        self._speed_label = PlainLabel("S&peed")
        self._buttons = [self._button(name) for name in (*_LEFT, *_RIGHT)]
        self._fill()
        self._arrange()
        self._on_changed(session.view, None)
        session.changed.connect(self._on_changed)

    def _fill(self) -> None:
        self.grain.set_groups(GRAINS)
        self.grain.setToolTip("What a step is, for buttons, keys and playing (G; one operation: . and ,)")
        self.grain.setMinimumContentsLength(max(len(label) for _, label, _ in GRAINS) - 1)
        self.grain.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.grain.chosen.connect(self._on_grain)
        self.phase.setAccessibleName("Place within the step")
        self.readout.setAccessibleName("Step of the cursor")
        self.turned.setAccessibleName("Which pass is shown")
        self.slider.setAccessibleName("Position of the cursor")
        self.slider.setToolTip("Drag to move through time; what lies ahead of the run is computed on the way")
        self.slider.setRange(0, 0)
        self.slider.valueChanged.connect(self._on_scrub)
        self.speed.setAccessibleName("Steps per second")
        self.speed.setToolTip("How fast to play (+ and −)")
        self.speed.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for value in SPEEDS:
            self.speed.addItem(f"{value:g} / s", value)
        self.speed.activated.connect(self._on_speed)
        self._speed_label.setBuddy(self.speed)

    def _arrange(self) -> None:
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 12, 6)
        for button in self._buttons[: len(_LEFT)]:
            row.addWidget(button)
        row.addSpacing(4)
        row.addWidget(self.grain)
        row.addWidget(self.turned)
        row.addSpacing(8)
        row.addWidget(self.readout)
        row.addWidget(self.phase)
        row.addWidget(self.chip)
        row.addSpacing(8)
        row.addWidget(self.slider, 1)
        row.addSpacing(8)
        row.addWidget(self._speed_label)
        row.addWidget(self.speed)
        row.addSpacing(8)
        for button in self._buttons[len(_LEFT) :]:
            row.addWidget(button)

    def _button(self, name: str) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(self._actions[name])
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(self._actions[name].text().replace("&", ""))
        return button

    def _on_changed(self, view: View, old: View | None) -> None:
        if view.differs(old, *LOOKS, "backward"):
            self._backward = view.backward
            self.dress(look(view))
        if view.differs(old, "options"):
            self.grain.set_value(view.grain)
            self._roomy = self._roomy and (old is None or view.grain == old.grain)
        if view.differs(old, *_SHOWN):
            self._show_position(view)
        if view.differs(old, "speed"):
            nearest = SPEEDS.index(next_speed(view.speed, 0))
            self.speed.setCurrentIndex(nearest)

    def _show_position(self, view: View) -> None:
        theme, sizes = self._look.theme, self._look.sizes
        self.turned.say([Run(BACKWARD, sizes.title + 4, theme.accent, SEMIBOLD)])
        self.turned.reserve(sizes.title + 4, BACKWARD, SEMIBOLD)
        self.turned.setVisible(view.backward)
        self.readout.say([Run(where(view), sizes.title + 4, theme.text, SEMIBOLD)])
        self.phase.say([Run(phase(view), sizes.text, theme.text, MEDIUM)])
        digits = "8" * (len(str(view.trace.steps)) if view.trace is not None else 1)
        self.readout.reserve(sizes.title + 4, f"t = {digits} / {digits}", SEMIBOLD)
        self._roomy = self._roomy or view.grain != "step" or view.operation is not None
        self.phase.reserve(sizes.text, _widest_phase(view, within=self._roomy), MEDIUM)
        self.phase.setVisible(bool(self.phase.text()) or self._roomy)
        positions = view.trace.schedule.positions if view.trace is not None else 0
        self.slider.blockSignals(True)  # the slider follows the session; only the user's hand asks for a move
        if self.slider.maximum() != positions:
            self.slider.setRange(0, positions)
            self.slider.setPageStep(max(1, positions // 10))
        if not self.slider.isSliderDown():
            self.slider.setValue(view.position)
        self.slider.blockSignals(False)

    def dress(self, now: Look) -> None:
        """Take a theme and its sizes."""
        theme, sizes = now.theme, now.sizes
        self._look = now
        self._row.setSpacing(sizes.padding // 2)
        set_type(self._speed_label, sizes.text, theme.text)
        self.grain.set_look(now)
        for button in self._buttons:
            button.setIconSize(QSize(sizes.icon + 2, sizes.icon + 2))
        edge = f"3px solid {theme.accent}" if self._backward else f"1px solid {theme.border}"
        gone = "add-page" if self._backward else "sub-page"  # the way back leaves its track at the right
        self.setStyleSheet(
            f"TransportBar {{ background: {theme.raised}; border-top: {edge}; }}"
            f"QSlider::groove:horizontal {{ height: 6px; border-radius: 3px; background: {theme.border}; }}"
            f"QSlider::{gone}:horizontal {{ border-radius: 3px; background: {theme.accent}; }}"
            f"QSlider::handle:horizontal {{ width: 16px; margin: -5px 0; border-radius: 8px;"
            f" background: {theme.accent}; border: 2px solid {theme.raised}; }}"
            f"QSlider::handle:horizontal:focus {{ border-color: {theme.text}; }}"
        )
        for line in (self.turned, self.readout, self.phase):
            ground(line, theme.raised)

    def _on_scrub(self, value: int) -> None:
        self._session.go_to_position(value)

    def _on_grain(self, grain: str) -> None:
        self._session.set_grain(next(value for value in get_args(Grain) if value == grain))

    def _on_speed(self, index: int) -> None:
        self._session.set_speed(SPEEDS[index])
