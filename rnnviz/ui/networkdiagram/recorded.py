"""What the record holds of the nodes of the network, and whether it may be shown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine import cells
from rnnviz.engine.record import NETWORK
from rnnviz.ui import reading
from rnnviz.ui.networkdiagram.graph import Node, Place
from rnnviz.ui.networkdiagram.within import is_computed
from rnnviz.ui.starts import start_of
from rnnviz.ui.view import TraceView, View


def output_of(trace: TraceView, place: Place) -> str:
    """Return the name of the signal that a layer hands on."""
    return cells.get(trace.schedule.spec.cell_of(place.layer, place.direction)).output


def address(trace: TraceView, place: Place) -> tuple[str, int]:
    """Return the signal that a node shows, and the layer under which it is recorded."""
    if place.kind == "h":
        return output_of(trace, place), place.layer
    return {"x": "x", "dense": f"readout.{place.layer}"}.get(place.kind, "output"), NETWORK


def signal_of(trace: TraceView, place: Place) -> NDArray[np.floating]:
    """Return what a node shows, at all steps: [S, columns]."""
    return trace.record.signal(*address(trace, place), place.direction)


def start_name(trace: TraceView, place: Place) -> str:
    """Return the state that stands for those a layer starts from: what it hands on, if that is a state."""
    states = cells.get(trace.schedule.spec.cell_of(place.layer, place.direction)).states
    output = output_of(trace, place)
    return output if output in states else states[0]


def start_values(view: View, trace: TraceView, place: Place) -> NDArray[np.float64] | None:
    """Return the state that `start_name` names before the first step, [H]; None where it is not known."""
    return start_of(view, place.layer, place.direction, start_name(trace, place))


def recorded(trace: TraceView, node: Node) -> NDArray[np.floating]:
    """Return what a node shows, [columns]."""
    return signal_of(trace, node.place)[node.step]


def is_shown(view: View, node: Node) -> bool:
    """Return whether a node's value may be shown at the cursor."""
    trace, (place, step) = view.trace, node
    if trace is None:
        return False
    if place.kind == "x":
        after = reading.cover_after(view)
        return after is None or step <= after
    if place.kind == "target":
        return step < reading.targets_shown(view)
    if not is_computed(view, node):
        return False
    if place.kind in ("dense", "y"):
        return reading.is_known(view, NETWORK, "forward", step)
    if not 0 <= step < trace.steps:
        return True
    return reading.is_known(view, place.layer, place.direction, step)
