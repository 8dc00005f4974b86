"""What a user turns by hand in a network: signals held at a value, and single weights set to another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import islice, pairwise
from math import isfinite
from typing import Annotated

import msgspec

from rnnviz.engine import cells
from rnnviz.engine.errors import SpecError
from rnnviz.engine.plain import retyped
from rnnviz.engine.record import NETWORK
from rnnviz.engine.spec import Direction, NetworkSpec

MOST = 64
"""Interventions that a document can have."""

LARGEST = 1e6
"""The largest magnitude of a value that is set by hand."""

_Step = Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]
_Index = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


class Clamp(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="clamp"):
    """A signal held at a value, whatever it would have been; what is computed from it follows.

    Parameters
    ----------
    signal : str
        A signal of the cell ("f", "f.pre", "c", "h"); with the layer -1 "x", what the network is fed, a dense layer of
        the readout ("readout.0"), or "logits", the last of them before its activation.
    value : float
    layer : int
        Counted from 0.
    direction : {"forward", "backward"}
    units : tuple of int or None
        Which units, counted from 0; None: all.
    first : int
        The first step at which it is held, counted from 0.
    last : int or None
        The last of them; None: the last step that there is.
    on : bool
        Whether it is in force.
    """

    signal: str
    value: float
    layer: int = 0
    direction: Direction = "forward"
    units: tuple[_Index, ...] | None = None
    first: _Step = 0
    last: _Step | None = None
    on: bool = True

    def rows(self, start: int, stop: int) -> slice:
        """Return which rows it holds of those of the steps start .. stop - 1, in the order of the sequence."""
        last = stop if self.last is None else min(self.last + 1, stop)
        return slice(max(self.first - start, 0), max(last - start, 0))

    @property
    def columns(self) -> slice | list[int]:
        """The units that it holds, as an index."""
        return slice(None) if self.units is None else list(self.units)


class Edit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="edit"):
    """Entries of a parameter set to a value.

    Parameters
    ----------
    parameter : str
        As the network names it: "U_f_l0", "b_f_l0", "readout.0.weight".
    value : float
    row, column : int or None
        Counted from 0; None: all of them.
    on : bool
        Whether it is in force.
    """

    parameter: str
    value: float
    row: _Index | None = None
    column: _Index | None = None
    on: bool = True


Intervention = Clamp | Edit


def taken(given: object) -> tuple[Intervention, ...]:
    """Return interventions as users hand them over: of any iterable, with numbers of Python or of numpy.

    Raises
    ------
    SpecError
        When one is none, or a field of it has another type than it must have; the message names it.
    """
    if isinstance(given, Clamp | Edit | str | bytes | Mapping | Set) or not isinstance(given, Iterable):
        raise SpecError(f"interventions are a list of rnnviz.Clamp and rnnviz.Edit, not {type(given).__name__}")
    entries = tuple(islice(given, MOST + 1))  # a generator may have no end
    if len(entries) > MOST:
        raise SpecError(f"there are more than {MOST} interventions, which is as many as a network can have")
    return tuple(_taken(number, entry) for number, entry in enumerate(entries, start=1))


def _taken(number: int, entry: object) -> Intervention:
    if not isinstance(entry, Clamp | Edit):
        raise SpecError(f"intervention {number} is a {type(entry).__name__}, but it must be a Clamp or an Edit")
    return retyped(entry, f"intervention {number}, {type(entry).__name__}")


def in_force(interventions: Sequence[Intervention]) -> tuple[Intervention, ...]:
    """Return those that are on, in their order; of two that set the same, the later one holds."""
    return tuple(entry for entry in interventions if entry.on)


def parameter_shapes(spec: NetworkSpec) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the parameters of a network by the names that it gives them."""
    found: dict[str, tuple[int, ...]] = {}
    for layer in range(spec.num_layers):
        for way in spec.directions:
            found |= _cell_shapes(spec, layer, way)
    if spec.embedding_size is not None:
        found["embedding.weight"] = (spec.input_size, spec.embedding_size)
    sizes = [spec.features_of(spec.num_layers - 1), *spec.readout_sizes, *([spec.outputs] if spec.readout else [])]
    for index, (before, after) in enumerate(pairwise(sizes)):
        found |= {f"readout.{index}.weight": (after, before), f"readout.{index}.bias": (after,)}
    return found


def _cell_shapes(spec: NetworkSpec, layer: int, way: Direction) -> dict[str, tuple[int, ...]]:
    cell = cells.get(spec.cell_of(layer, way))
    sizes = {"units": spec.units_of(layer, way), "input": spec.inputs_of(layer), "output": spec.outputs}
    suffix = f"_l{layer}" + ("_reverse" if way == "backward" else "")
    found: dict[str, tuple[int, ...]] = {}
    for info in cell.parameters:
        shape = (sizes[info.rows],) if info.columns is None else (sizes[info.rows], sizes[info.columns])
        doubled = spec.biases == "two" and info.doubled
        found |= {f"{info.name}{part}{suffix}": shape for part in (("_ih", "_hh") if doubled else ("",))}
    if spec.initial_state == "learned":
        units = (sizes["units"],)
        found |= {f"{state}0{suffix}": units for state in cell.states if state not in cell.initial}
    return found


def intervention_fault(intervention: Intervention, spec: NetworkSpec) -> str:
    """Say why a network cannot be intervened in so, in one sentence; empty where it can."""
    if not (isfinite(intervention.value) and abs(intervention.value) <= LARGEST):
        return f"a value is to be set to {intervention.value:g}, but it must be a number of at most {LARGEST:,.0f}"
    if isinstance(intervention, Edit):
        return _edit_fault(intervention, spec)
    return _clamp_fault(intervention, spec)


def interventions_fault(interventions: Sequence[Intervention], spec: NetworkSpec) -> str:
    """Say what is wrong with a list of interventions, in one sentence; empty where nothing is."""
    if len(interventions) > MOST:
        return f"there are {len(interventions)} interventions, but a session can have {MOST}"
    return next((fault for entry in interventions if (fault := intervention_fault(entry, spec))), "")


def fitting_interventions(interventions: Sequence[Intervention], spec: NetworkSpec) -> tuple[Intervention, ...]:
    """Return those of some interventions that another network can have."""
    return tuple(entry for entry in interventions if not intervention_fault(entry, spec))


def clamped_signals(spec: NetworkSpec, layer: int, direction: Direction = "forward") -> tuple[str, ...]:
    """Return the signals of a layer that can be held, in the order of their computation; of layer -1 the network's."""
    if layer == NETWORK:
        return ("x", *(f"readout.{index}" for index in range(len(spec.readout_sizes))), "logits")
    return tuple(info.name for info in cells.get(spec.cell_of(layer, direction)).signals)


def units_of(spec: NetworkSpec, signal: str, layer: int, direction: Direction = "forward") -> int:
    """Return how many units a signal that can be held has."""
    if layer != NETWORK:
        return spec.units_of(layer, direction)
    if signal == "x":
        return spec.inputs_of(0)
    return spec.outputs if signal == "logits" else spec.readout_sizes[int(signal.partition(".")[2])]


def _clamp_fault(clamp: Clamp, spec: NetworkSpec) -> str:
    ways = ("forward",) if clamp.layer == NETWORK else spec.directions
    if not (NETWORK <= clamp.layer < spec.num_layers and clamp.direction in ways):
        there = f"layer {clamp.layer + 1}, {clamp.direction}"
        return f"{clamp.signal[:40]} is to be clamped in {there}, but the network has none such"
    known = clamped_signals(spec, clamp.layer, clamp.direction)
    place = "the network" if clamp.layer == NETWORK else f"layer {clamp.layer + 1}"
    if clamp.signal not in known:
        return f"the signal {clamp.signal[:40]!r} of {place} is to be clamped, but there are {', '.join(known)}"
    size = units_of(spec, clamp.signal, clamp.layer, clamp.direction)
    if clamp.units is not None:
        if not clamp.units:
            return f"{clamp.signal} of {place} is to be clamped in no unit: name one, or none for all"
        if max(clamp.units) >= size:
            return f"unit {max(clamp.units) + 1} of {clamp.signal} is to be clamped, but there are {size}"
    if clamp.last is not None and clamp.last < clamp.first:
        return (
            f"{clamp.signal} is to be clamped from step {clamp.first + 1} to step {clamp.last + 1}, which is before it"
        )
    return ""


def _edit_fault(edit: Edit, spec: NetworkSpec) -> str:
    shape = parameter_shapes(spec).get(edit.parameter)
    if shape is None:
        return f"the parameter {edit.parameter[:60]!r} is to be set, but the network has none such"
    if edit.column is not None and len(shape) == 1:
        return f"column {edit.column + 1} of {edit.parameter} is to be set, but it is a vector"
    for word, index, size in (("row", edit.row, shape[0]), ("column", edit.column, shape[-1])):
        if index is not None and index >= size:
            return f"{word} {index + 1} of {edit.parameter} is to be set, but it has {size}"
    return ""
