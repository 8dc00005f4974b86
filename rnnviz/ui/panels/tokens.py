"""The tokens of the sequence with the large read-out of the step, and the targets below them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QSizePolicy

from rnnviz.engine.record import NETWORK
from rnnviz.ui import reading
from rnnviz.ui.controls.interventions.inputs import add_tokens, network_field
from rnnviz.ui.controls.interventions.menus import Grip, add_holds
from rnnviz.ui.controls.targetrow import TargetRow
from rnnviz.ui.intervening import held_steps
from rnnviz.ui.plots import TokenStrip
from rnnviz.ui.timepanel import TimePanel, unbuilt
from rnnviz.ui.view import TraceView, View


class TokensPanel(TimePanel):
    """Heads the column of plots: where the run stands, and what is read there."""

    name: ClassVar[str] = "tokens"
    title: ClassVar[str] = "Tokens"
    order: ClassVar[int] = 0
    stretch: ClassVar[int] = 0
    given: ClassVar[bool] = True

    def build(self) -> None:
        """Make strip and targets."""
        self.header.hide()
        self._targets_shown = 0
        self.strip, self.targets = TokenStrip(self.axis), TargetRow(self.axis)
        for widget in (self.strip, self.targets):
            self.adopt(widget)
            self.plot_rows.addWidget(widget)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)

    def absence(self, view: View) -> str:
        """Return why there are no tokens."""
        if view.document is None:
            return "Nothing is open yet: open a session, or choose a sample."
        return unbuilt(view) if view.trace is None else ""

    def draw_plots(self, view: View, old: View | None) -> None:
        """Show tokens, targets and the phase of the run."""
        assert view.trace is not None
        shown = reading.targets_shown(view)
        if view.differs(old, "trace") or shown != self._targets_shown:
            self._targets_shown = shown
            labels = target_labels(view.trace)
            self.targets.set_targets(labels[:shown] + ("",) * (len(labels) - shown))
        self.strip.set_note(note(view))
        self.strip.set_held(held_steps(view, "x", NETWORK))

    def offer(self, menu: QMenu, at: QPoint) -> None:
        """Offer to read another token at the step under the mouse, or to hold its inputs."""
        found, view = self.plot_at(at), self.session.view
        if found is None or found[0] is not self.strip:
            return
        step, field = self.strip.place_at(found[1])[0], network_field(view, "x")
        if field is None or step < 0 or self.strip.is_hidden(step):
            return
        add_tokens(menu, self.session, step)
        add_holds(menu, self.session, Grip.of(field, -1, step))

    def data(self, view: View) -> Mapping[str, NDArray[Any]]:
        """Return the tokens, the targets and the inputs."""
        trace = view.trace
        if trace is None:
            return {}
        arrays: dict[str, NDArray[Any]] = {"token": np.array(trace.labels)}
        targets = target_labels(trace)
        if any(targets):
            arrays["target"] = np.array(targets)
        if any(field.signal == "x" for field in trace.fields(NETWORK, "forward")):
            arrays["x"] = trace.values("x", view.published, NETWORK)
        return arrays


def target_labels(trace: TraceView) -> tuple[str, ...]:
    """Return the name of the right class at each step, [S]; empty where there is none."""
    classes, names = reading.targets_of(trace).classes, trace.sequence.target_names
    if classes is None:
        return ("",) * trace.steps
    return tuple(names[k] if 0 <= k < len(names) else "" for k in classes.tolist())


def note(view: View) -> str:
    """Return what the read-out says beside the step: the phase of the run, and the target of the step."""
    trace, at = view.trace, view.at
    if trace is None or at.phase == "start":
        return "before the first step"
    parts = []
    spec = trace.schedule.spec
    if spec.bidirectional:
        layer = f", layer {at.layer + 1}" if spec.num_layers > 1 else ""
        parts.append("outputs" if at.phase == "output" else f"{at.direction}{layer}")
    target = target_labels_at(trace, at.step)
    if target and at.step < reading.targets_shown(view):
        parts.append(f"target: {target}")
    loss = reading.step_loss(view, at.step)
    if loss is not None:
        parts.append(f"loss {loss:.3g}")
    return "   ".join(parts)


def target_labels_at(trace: TraceView, step: int) -> str:
    """Return the name of the right class of one step; empty where there is none."""
    classes, names = reading.targets_of(trace).classes, trace.sequence.target_names
    if classes is None or not 0 <= step < len(classes) or not 0 <= classes[step] < len(names):
        return ""
    return names[int(classes[step])]
