"""What interventions come to in a view: where signals are held, what a value may be, and new lists of interventions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from weakref import WeakKeyDictionary

import msgspec
import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.interventions import Clamp, Edit, Intervention, clamped_signals, in_force, parameter_shapes
from rnnviz.engine.record import NETWORK, Record, SignalField
from rnnviz.engine.spec import Direction, NetworkSpec
from rnnviz.ui import reading
from rnnviz.ui.plots.time.clamp_marks import Held
from rnnviz.ui.view import TraceView, View

GHOST_OPTION = "interventions.ghost"
_MOST_ROWS = 4096
"""Steps, evenly spread, that are looked at for the range of a signal."""
_RANGES: WeakKeyDictionary[TraceView, dict[SignalField, tuple[float, float]]] = WeakKeyDictionary()
"""The ranges of the signals of every run that is shown; they go with it."""
_SUFFIX = re.compile(r"_l(\d+)(_reverse)?$")


# Where signals are held


def held_steps(view: View, signal: str, layer: int, direction: Direction = "forward") -> tuple[Held, ...]:
    """Return the steps at which a signal is held in the run that is shown; of layer -1 ("x") the inputs."""
    document, trace = view.document, view.trace
    if document is None or trace is None:
        return ()
    found = []
    for entry in in_force(document.interventions):
        if isinstance(entry, Clamp) and _place(entry) == (signal, layer, direction if layer != NETWORK else "forward"):
            rows = entry.rows(0, trace.steps)
            if rows.start < rows.stop:
                found.append(Held(rows.start, rows.stop, entry.units))
    return tuple(found)


def held_units(view: View, units: Sequence[int], signal: str, layer: int, direction: Direction) -> tuple[Held, ...]:
    """Return the steps at which one of some units of a signal is held."""
    held = held_steps(view, signal, layer, direction)
    return tuple(entry for entry in held if any(entry.has(unit) for unit in units))


def held_signals(view: View, units: Sequence[int] | None, step: int | None = None) -> frozenset[str]:
    """Return the signals of the picked layer that are held at a step in one of some units; None: the cursor's, in any.

    Parameters
    ----------
    view : View
    units : sequence of int or None
    step : int or None
    """
    at = view.step if step is None else step
    fields = view.trace.fields(view.layer, view.direction) if view.trace is not None else ()
    held = set()
    for field in fields:
        steps = held_steps(view, field.signal, field.layer, field.direction)
        among = range(field.size) if units is None else units
        if any(one.first <= at < one.stop and any(map(one.has, among)) for one in steps):
            held.add(field.signal)
    return frozenset(held)


def _place(clamp: Clamp) -> tuple[str, int, str]:
    return clamp.signal, clamp.layer, "forward" if clamp.layer == NETWORK else clamp.direction


# What would have been


def ghosts_shown(view: View) -> bool:
    """Whether the run without the interventions is there and is to be drawn below the other."""
    return original(view) is not None and view.options.get(GHOST_OPTION, "on") == "on"


def original(view: View) -> Record | None:
    """Return the record of the run without the interventions; None where none is in force."""
    return view.trace.original if view.trace is not None else None


def ghost(view: View, signal: str, layer: int, direction: Direction = "forward") -> NDArray[np.floating] | None:
    """Return a signal of the run without the interventions, [S, units]; None where it is not to be drawn."""
    record = original(view)
    if record is None or not ghosts_shown(view):
        return None
    return record.signal(signal, layer, direction)


# The values that a signal, or a weight, may be set to


def field_of(view: View, clamp: Clamp) -> SignalField | None:
    """Return the field of the record that a clamp holds; None where the run has none such."""
    if view.trace is None:
        return None
    try:
        return view.trace.record.layout.field(clamp.signal, clamp.layer, _place(clamp)[2])  # type: ignore[arg-type]
    except KeyError:
        return None


def ends_of(view: View, entry: Intervention) -> tuple[float, float]:
    """Return the ends of the scale on which a value is turned: those of the signal, else about what it has had.

    The scale always reaches as far as the value that is set, and as what a weight has been trained to.
    """
    low, high = _clamp_ends(view, entry) if isinstance(entry, Clamp) else (-1.0, 1.0)
    trained = untouched_value(view, entry) if isinstance(entry, Edit) else None
    marked = [entry.value] if trained is None else [entry.value, trained]
    if low <= min(marked) and max(marked) <= high:
        return low, high
    top = reading.rounded_up(max(abs(value) for value in (low, high, *marked)))
    return -top, top


def _clamp_ends(view: View, clamp: Clamp) -> tuple[float, float]:
    field, trace = field_of(view, clamp), view.trace
    if field is None or trace is None:
        return -1.0, 1.0
    if (bounds := reading.bounds_of(trace, field)) is not None:
        return bounds
    known = _RANGES.setdefault(trace, {})
    if field not in known:
        known[field] = _range_of(trace, field)
    return known[field]


def _range_of(trace: TraceView, field: SignalField) -> tuple[float, float]:
    """Return a range about what an unbounded signal has in a run without interventions, as far as it is computed."""
    record = trace.original if trace.original is not None else trace.record
    values = record.signal(field.signal, field.layer, field.direction)
    seen = values[:: max(1, len(values) // _MOST_ROWS)]
    finite = seen[np.isfinite(seen)]
    top = max(1.0, reading.rounded_up(float(np.abs(finite).max()))) if finite.size else 1.0
    return (0.0 if field.signal == "x" and finite.size and float(finite.min()) >= 0 else -top), top


def value_at(view: View, clamp: Clamp, step: int, *, before: bool = False) -> float | None:
    """Return what the first unit of a clamp has at a step, or would have had without interventions; None if unknown."""
    trace, field = view.trace, field_of(view, clamp)
    if trace is None or field is None or not 0 <= step < trace.steps:
        return None
    if clamp.signal != "x" and not reading.is_known(view, clamp.layer, clamp.direction, step):
        return None
    record = trace.original if before and trace.original is not None else trace.record
    unit = min(clamp.units[0], field.size - 1) if clamp.units else None
    row = record.signal(field.signal, field.layer, field.direction)[step]
    value = float(row.mean(dtype=np.float64)) if unit is None else float(row[unit])
    return value if np.isfinite(value) else None


def untouched_value(view: View, edit: Edit) -> float | None:
    """Return what the entries of a parameter have without interventions, in their mean; None if that is not known."""
    value = view.trace.untouched.get(msgspec.structs.replace(edit, value=0.0, on=True)) if view.trace else None
    return value if value is not None and np.isfinite(value) else None


# New lists


def with_added(entries: Sequence[Intervention], *new: Intervention) -> tuple[Intervention, ...]:
    """Return a list with further interventions at its end; one that sets the same at the same place gives way."""
    places = {_same(entry) for entry in new}
    return (*(entry for entry in entries if _same(entry) not in places), *new)


def with_all(entries: Sequence[Intervention], on: bool) -> tuple[Intervention, ...]:
    """Return a list with all of its entries on, or off."""
    return tuple(msgspec.structs.replace(entry, on=on) for entry in entries)


def left_out(before: Sequence[Intervention], kept: Sequence[Intervention]) -> str:
    """Return a sentence about the interventions that another network cannot have; empty where it has them all."""
    count = len(before) - len(kept)
    if not count:
        return ""
    what = "1 intervention is" if count == 1 else f"{count} interventions are"
    return f"{what} left out, for the network has no such place any more: undo brings back what was"


def _same(entry: Intervention) -> Intervention:
    return msgspec.structs.replace(entry, value=0.0, on=True)


# What there is to intervene in


def holdable(view: View) -> tuple[tuple[SignalField, ...], ...]:
    """Return the signals of the picked layer that can be held, by kind: gates, states, candidates, the rest."""
    if view.trace is None or view.document is None:
        return ()
    known = set(clamped_signals(view.document.spec, view.layer, view.direction))
    fields = [field for field in view.trace.fields(view.layer, view.direction) if field.signal in known]
    pre = [field for field in fields if "." in field.signal]
    plain = [field for field in fields if "." not in field.signal]
    kinds = [[field for field in plain if field.kind == kind] for kind in ("gate", "state", "candidate")]
    rest = [field for field in plain if field.kind not in ("gate", "state", "candidate")]
    return tuple(tuple(group) for group in (*kinds, rest, pre) if group)


def parameters_of(spec: NetworkSpec, layer: int, direction: Direction) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the parameters of a layer and of what belongs to no layer, by name."""
    found = {}
    for name, shape in parameter_shapes(spec).items():
        at = layer_of(name)
        if at is None or at == (layer, direction):
            found[name] = shape
    return found


def layer_of(parameter: str) -> tuple[int, Direction] | None:
    """Return layer and direction that a parameter belongs to; None for those of readout and embedding."""
    found = _SUFFIX.search(parameter)
    if found is None:
        return None
    return int(found[1]), "backward" if found[2] else "forward"


def short_name(parameter: str) -> str:
    """Return the name of a parameter without its layer: "U_f" of "U_f_l0"."""
    return _SUFFIX.sub("", parameter)


def entry_of(parameter: str, shape: tuple[int, ...], value: float, row: int, column: int) -> Edit:
    """Return the edit of one entry, which keeps within the shape of the parameter."""
    column_at = min(column, shape[1] - 1) if len(shape) > 1 else None
    return Edit(parameter, value, min(row, shape[0] - 1), column_at)
