"""Which nodes of the network the cursor has come to, which is being computed, and when a run computes one."""

from __future__ import annotations

from rnnviz.engine import cells
from rnnviz.engine.record import NETWORK
from rnnviz.engine.schedule import Schedule
from rnnviz.engine.spec import Direction
from rnnviz.ui import grains
from rnnviz.ui.networkdiagram.graph import Node
from rnnviz.ui.view import TraceView, View


def is_computed(view: View, node: Node) -> bool:
    """Whether a node of a step that has been reached is computed where the cursor stands."""
    trace, (place, step) = view.trace, node
    if trace is None or step != view.step or place.kind in ("x", "target"):
        return True
    if place.kind == "dense":
        return grains.is_computed(view, NETWORK, "forward", step, f"readout.{place.layer}")
    spec = trace.schedule.spec
    if place.kind == "y" and spec.readout is not None:
        return grains.is_computed(view, NETWORK, "forward", step, "output")
    layers = [(place.layer, place.direction)]
    if place.kind == "y":
        layers = [(spec.num_layers - 1, way) for way in spec.directions]
    return all(grains.is_computed(view, *at, step, _output(trace, *at)) for at in layers)


def _output(trace: TraceView, layer: int, direction: Direction) -> str:
    return cells.get(trace.schedule.spec.cell_of(layer, direction)).output


def is_lit(view: View, node: Node) -> bool:
    """Whether a node belongs to what has just been computed at the cursor, on the way back to what it has come to."""
    at, (place, step) = view.at, node
    if step != at.step:
        return False
    found = grains.standing(view)
    if found is not None:
        return _is_within(found, node)
    if at.phase == "output":
        return place.kind in ("dense", "y", "target")
    return at.layer < 0 or (place.layer, place.direction) == (at.layer, at.direction)


def _is_within(found: grains.Standing, node: Node) -> bool:
    """Whether a node stands for an operation, or for all those of its layer."""
    operation, place = found.operation, node.place
    if operation.part == "cell":
        return place.kind == "h" and (place.layer, place.direction) == (operation.layer, operation.direction)
    if found.whole:
        return place.kind in ("dense", "y", "target")
    if operation.part == "loss":
        return place.kind == "target"
    if place.kind == "dense":
        return f"readout.{place.layer}" in operation.gives
    return place.kind == "y" and not {"logits", "output"}.isdisjoint(operation.gives)


def moment(schedule: Schedule, node: Node) -> int:
    """Return the position at which a run has just computed a node.

    With two directions every layer has its own way through the steps; an input is met by the first of them.
    """
    place, step = node
    if not schedule.spec.bidirectional:
        return step + 1
    if place.kind in ("dense", "y", "target"):
        return schedule.position_of(step)
    layer = max(0, place.layer)
    before = (2 * layer + (place.direction == "backward")) * schedule.steps
    return before + 1 + (step if place.direction == "forward" else schedule.steps - 1 - step)
