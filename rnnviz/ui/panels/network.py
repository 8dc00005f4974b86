"""The network as a diagram, folded and unfolded in time, with what flows through it at the cursor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QVBoxLayout

from rnnviz.engine.record import NETWORK
from rnnviz.engine.schedule import Schedule
from rnnviz.ui import reading
from rnnviz.ui.controls.look import Look
from rnnviz.ui.headedpanel import HeadedPanel
from rnnviz.ui.networkdiagram.canvas import NetworkCanvas
from rnnviz.ui.networkdiagram.contents import DECADES, activation_norm, gradient_norm, node_name, output_of
from rnnviz.ui.networkdiagram.graph import Node, Unfolded
from rnnviz.ui.plots.ticks import number
from rnnviz.ui.timepanel import missing, unbuilt
from rnnviz.ui.view import TraceView, View

_WAY_BACK = ("backward", "gradients")


class NetworkPanel(HeadedPanel):
    """Inputs, states and outputs with what leads from one to the other; the weights are the same at every step."""

    name: ClassVar[str] = "network"
    title: ClassVar[str] = "Network"
    order: ClassVar[int] = 21
    stretch: ClassVar[int] = 4
    at_first: ClassVar[bool] = False
    watches: ClassVar[tuple[str, ...]] = (*(name for name in HeadedPanel.watches if name != "analyses"), *_WAY_BACK)

    def controls(self) -> tuple[Any, ...]:
        """Return the choice between folded and unfolded."""
        self.form = self.segmented(
            "The network in time",
            "form",
            ("folded", "folded", "One copy of the network; what it hands to the next step is a loop"),
            ("unfolded", "unfolded", "A copy of the network for every step, all with the same weights"),
        )
        return (self.form,)

    def build(self) -> None:
        """Make the diagram."""
        self.canvas = NetworkCanvas()
        rows = QVBoxLayout(self.body)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.canvas)
        self.canvas.hovered.connect(self._on_hovered)
        self.canvas.clicked.connect(self._on_clicked)
        self.canvas.entered.connect(self._on_entered)
        self._network: tuple[TraceView | None, Unfolded | None] = (None, None)

    def dress(self, now: Look) -> None:
        """Dress the diagram."""
        self.canvas.set_theme(now.theme, now.sizes)

    def absence(self, view: View) -> str:
        """Return why there is no diagram."""
        if view.document is None:
            return missing(view)
        return unbuilt(view) if view.trace is None else ""

    def draw_choices(self, view: View) -> None:
        """Show the choice."""
        self.form.set_value(self._form(view))

    def draw_body(self, view: View, old: View | None) -> None:
        """Show the network at the cursor; gradients that arrive are seen on the way back alone."""
        if old is not None and not view.backward and not view.differs(old, *(set(self.watches) - {"gradients"})):
            return
        self.canvas.show_network(self._unfolded(view), view, self._form(view) == "unfolded")
        self.header.set_title(self.title, self._subtitle(view))

    def _form(self, view: View) -> str:
        return "folded" if self.option(view, "form", "unfolded") == "folded" else "unfolded"

    def _unfolded(self, view: View) -> Unfolded:
        trace = view.trace
        assert trace is not None
        if self._network[0] is not trace or self._network[1] is None:
            targets = reading.targets_of(trace)
            given: NDArray[np.bool_] | None = None
            if targets.classes is not None:
                given = targets.classes >= 0
            elif targets.values is not None:
                given = np.logical_not(np.isnan(targets.values).all(axis=1))
            self._network = trace, Unfolded(trace.schedule, given)
        assert self._network[1] is not None
        return self._network[1]

    def _subtitle(self, view: View) -> str:
        when = f"t = {view.step + 1}" if view.step >= 0 else "before the first step"
        if view.backward:
            if view.gradients is None:
                return f"{when}   links: no gradient yet"
            what = reading.objective_name(view.gradients.objective)
            return f"{when}   width of links: ‖dL/dh‖ from which they lead back, of the {what}, {DECADES:g} decades"
        return f"{when}   width of links: Euclidean norm of what flows   colours: h"

    # the mouse

    def _on_hovered(self, node: Node | None) -> None:
        self.header.set_read_out(self._told(node) if node is not None else "")

    def _told(self, node: Node) -> str:
        view = self.session.view
        if view.trace is None:
            return ""
        parts = [node_name(view.trace.schedule.spec, node)]
        face = self.canvas.contents.faces.get(node)
        if face is None or not face.known:
            return f"{parts[0]}: not known yet"
        if face.lines:
            parts.append(" ".join(face.lines))
        norm = activation_norm(view, node)
        if norm is not None:
            parts.append(f"norm {number(norm, 4)}")
        gradient = gradient_norm(view, node, node) if view.backward and node.place.kind == "h" else None
        if gradient is not None:
            parts.append(f"norm of dL/dh {number(gradient, 4)}")
        return "   ".join(parts)

    def _on_clicked(self, node: Node) -> None:
        """Go to the step of a node, and pick its layer and direction."""
        view = self.session.view
        if view.trace is None:
            return
        place = node.place
        if place.kind == "h":
            self.session.pick_layer(place.layer, place.direction)
        self.session.go_to_position(moment(view.trace.schedule, node))

    def _on_entered(self, node: Node) -> None:
        """Go to the node and enter its cell."""
        if node.place.kind == "h":
            self._on_clicked(node)
            self.session.panel_wanted.emit("cell")

    def data(self, view: View) -> Mapping[str, NDArray[Any]]:
        """Return the states that the nodes show, [S, H] each, and the outputs, [S, O]; NaN where not reached."""
        trace = view.trace
        if trace is None:
            return {}
        arrays: dict[str, NDArray[Any]] = {}
        for place in self._unfolded(view).hidden:
            name = output_of(trace, place)
            key = f"{name}.{place.layer + 1}.{place.direction}"
            arrays[key] = trace.values(name, view.published, place.layer, place.direction)
        arrays["output"] = trace.values("output", view.published, NETWORK)
        return arrays


def moment(schedule: Schedule, node: Node) -> int:
    """Return the position at which a run has just computed a node.

    With two directions every layer has its own way through the steps; an input is met by the first of them.
    """
    place, step = node
    if not schedule.spec.bidirectional:
        return step + 1
    if place.kind in ("y", "target"):
        return schedule.position_of(step)
    layer = max(0, place.layer)
    before = (2 * layer + (place.direction == "backward")) * schedule.steps
    return before + 1 + (step if place.direction == "forward" else schedule.steps - 1 - step)
