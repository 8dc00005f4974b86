"""Stepping by time steps, by layers and by single operations: pure functions of a view.

A place is a position of the run and how many of its operations are done, None for all of them. On the way back the
operations of a position are done from the last to the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from rnnviz.engine.record import NETWORK
from rnnviz.engine.spec import Direction
from rnnviz.ui.operations import Operation, operations_at
from rnnviz.ui.view import Grain, TraceView, View


class Place(NamedTuple):
    """Where a cursor can stand."""

    position: int
    operation: int | None = None


def sequence_at(trace: TraceView, position: int, *, backward: bool) -> tuple[Operation, ...]:
    """Return the operations of a position in the order of the pass that is shown."""
    found = operations_at(trace, position)
    return found[::-1] if backward else found


def fitting_operation(trace: TraceView | None, position: int, operation: int | None) -> int | None:
    """Return how many operations of a position are done, None where that is all of them, or none there could be."""
    if trace is None or operation is None:
        return None
    return operation if 0 < operation < len(operations_at(trace, position)) else None


def stops(trace: TraceView, position: int, grain: Grain, *, backward: bool = False) -> tuple[int, ...]:
    """Return after how many operations of a position a cursor stops, before all of them are done."""
    found = sequence_at(trace, position, backward=backward)
    if grain == "operation":
        return tuple(range(1, len(found)))
    if grain == "layer":
        return tuple(k for k in range(1, len(found)) if found[k].group != found[k - 1].group)
    return ()


def moved(trace: TraceView, start: Place, by: int, grain: Grain, *, backward: bool = False) -> Place:
    """Return the place some stops on in the pass that is shown, or back for a negative number.

    From within a position a move by a coarser grain goes to the end of what is under way, or to the end of what was
    before it. Where there is nothing further the cursor stays.
    """
    place = start
    if grain == "step":
        return _moved_steps(trace, start, by, backward)
    for _ in range(abs(by)):
        place = _one(trace, place, grain, on=by > 0, backward=backward)
    return place


def _moved_steps(trace: TraceView, start: Place, by: int, backward: bool) -> Place:
    ahead = -1 if backward else 1
    within = start.operation is not None and by > 0
    wanted = start.position + ahead * (by - 1 if within else by)
    return Place(max(0, min(wanted, trace.schedule.positions)))


def _one(trace: TraceView, place: Place, grain: Grain, *, on: bool, backward: bool) -> Place:
    position, operation = place
    ahead = -1 if backward else 1
    if on and operation is None:
        position, operation = position + ahead, 0
        if not 0 <= position <= trace.schedule.positions:
            return place
    here = stops(trace, position, grain, backward=backward)
    if on:
        return Place(position, next((stop for stop in here if stop > (operation or 0)), None))
    before = [stop for stop in here if operation is None or stop < operation]
    if before:
        return Place(position, before[-1])
    position -= ahead
    return Place(position) if 0 <= position <= trace.schedule.positions else place


def may_move(view: View, by: int, grain: Grain | None = None) -> bool:
    """Whether the cursor can go to the right or, with a negative number, to the left; None: by the chosen grain."""
    if view.trace is None:
        return False
    here, along = Place(view.position, view.operation), -by if view.backward else by
    return moved(view.trace, here, along, grain or view.grain, backward=view.backward) != here


def beginning_of_way_back(trace: TraceView, position: int, grain: Grain) -> Place:
    """Return where the way back begins at the end of a run: when the first of its operations has been gone through."""
    first = stops(trace, position, grain, backward=True)
    return Place(position, first[0] if first else None)


def landing(view: View, place: Place) -> dict[str, Any]:
    """Return the fields of a view whose cursor comes to a place by stepping.

    Within a step, or at a grain finer than one, the layer and direction that have just been computed are picked; while
    readout and loss are computed that is the last layer.
    """
    fields: dict[str, Any] = place._asdict()
    trace = view.trace
    if trace is None or (view.grain == "step" and place.operation is None):
        return fields
    found = sequence_at(trace, place.position, backward=view.backward)
    if not found:
        return fields
    last = found[(place.operation or len(found)) - 1]
    if last.layer != NETWORK:
        return fields | {"layer": last.layer, "direction": last.direction}
    spec = trace.schedule.spec
    return fields if spec.bidirectional else fields | {"layer": spec.num_layers - 1}


def keeps_operation(new: View, old: View) -> bool:
    """Whether the cursor of a view stands within the same step of the same network as that of an older one."""
    if new.operation is None:
        return True
    if (new.position, new.backward) != (old.position, old.backward) or new.trace is None or old.trace is None:
        return False
    same = new.trace is old.trace
    return same or operations_at(new.trace, new.position) == operations_at(old.trace, old.position)


# What is done at a view


@dataclass(frozen=True)
class Standing:
    """Where a view stands among the operations of its position.

    Attributes
    ----------
    operation : Operation
        The one that has just been done.
    number, count : int
        Its number among those of its layer, in the order of the pass, and how many that layer has.
    whole : bool
        Whether the user steps by layers, and all of the layer is done: then no operation stands out.
    """

    operation: Operation
    number: int
    count: int
    whole: bool


def standing(view: View) -> Standing | None:
    """Return the operation that has just been done; None where the user steps by time steps alone, or at the start."""
    trace = view.trace
    if trace is None or (view.operation is None and view.grain == "step"):
        return None
    found = sequence_at(trace, view.position, backward=view.backward)
    if not found:
        return None
    operation = found[(view.operation or len(found)) - 1]
    own = [one for one in found if one.group == operation.group]
    number = own.index(operation) + 1
    return Standing(operation, number, len(own), view.grain == "layer" and number == len(own))


def lit_operation(view: View, layer: int, direction: Direction) -> Operation | None:
    """Return the operation of a layer that has just been done; None where it is one of another layer.

    At the grain of a layer no operation of it stands out.
    """
    found = standing(view)
    if found is None or found.whole:
        return None
    operation = found.operation
    return operation if (operation.layer, operation.direction) == (layer, direction) else None


def done_operations(view: View, layer: int, direction: Direction) -> tuple[Operation, ...] | None:
    """Return which operations of a layer (NETWORK: of readout and loss) are done at the cursor's step.

    In the pass that is shown, in its order. None where the cursor stands within no step, or within one of another
    layer of a bidirectional network: then all that has been reached is done.
    """
    trace = view.trace
    if trace is None or view.operation is None:
        return None
    found = sequence_at(trace, view.position, backward=view.backward)
    own = [k for k, one in enumerate(found) if (one.layer, one.direction) == (layer, direction)]
    if not own:
        return None
    return tuple(found[k] for k in own if k < view.operation)


def known_signals(view: View, layer: int, direction: Direction) -> frozenset[str] | None:
    """Return the signals of a layer that are computed at the cursor's step; None: all that have been reached.

    On the way back all of them are known.
    """
    done = None if view.backward else done_operations(view, layer, direction)
    return None if done is None else frozenset(name for one in done for name in one.gives)


def is_computed(view: View, layer: int, direction: Direction, step: int, signal: str) -> bool:
    """Whether a signal, of a step that has been reached, is computed where the cursor stands."""
    if step != view.step:
        return True
    known = known_signals(view, layer, direction)
    return known is None or signal in known


def told_place(view: View) -> str:
    """Return where a view stands within its step: "layer 1 · 5 / 13"; empty where the user steps by time steps."""
    found = standing(view)
    if found is None:
        return ""
    layer, part = found.operation.layer, found.operation.group[0]
    name = f"layer {layer + 1}" if layer != NETWORK else part
    return name if found.whole else f"{name} · {found.number} / {found.count}"
