"""States before the first step, as they are typed: "h: 0.5; c: 0 0.1 -0.2"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from rnnviz.engine.spec import NetworkSpec
from rnnviz.ui.controls.parameters import EntryError, real
from rnnviz.ui.situation import Situation

Typed: TypeAlias = Mapping[str, tuple[float, ...]]
"""For each state one number for all units, or one per unit."""
Given: TypeAlias = dict[str, list[list[float]]]
"""For each state a row of units per layer and direction, as a document holds it."""

_LARGEST = 1e6


def read_states(text: str) -> Typed:
    """Read states; a number without a name is meant for every state and stands under an empty name."""
    found: dict[str, tuple[float, ...]] = {}
    for part in filter(str.strip, text.split(";")):
        name, colon, numbers = part.rpartition(":")
        values = tuple(real(word, -_LARGEST, _LARGEST) for word in numbers.replace(",", " ").split())
        if not values:
            raise EntryError(f"'{part.strip()}' names no number: write one for all units, or one per unit")
        if name.strip() in found:
            raise EntryError(f"the state '{name.strip()}' is given twice" if colon else "only one part can go unnamed")
        found[name.strip()] = values
    return found


def show_states(typed: Typed) -> str:
    """Write what `read_states` reads."""
    parts = (f"{name}: {' '.join(f'{v:g}' for v in values)}" for name, values in typed.items())
    return "; ".join(part.removeprefix(": ") for part in parts)


def expand(spec: NetworkSpec, typed: Typed) -> Given:
    """Give every layer and direction its rows; a state that is not named starts at zero.

    Raises
    ------
    EntryError
        When a state does not exist, the numbers do not fit the units, or the layers differ in size.
    """
    situation = Situation(spec, False, 0)
    states = tuple(dict.fromkeys(state for cell in situation.cells for state in cell.states))
    sizes = {spec.units_of(layer, way) for layer in range(spec.num_layers) for way in spec.directions}
    if len(sizes) != 1:
        raise EntryError("states can be given only where all layers have as many units")
    unknown = [name for name in typed if name and name not in states]
    if unknown:
        raise EntryError(f"there is no state '{unknown[0]}': the states are {', '.join(states) or 'none'}")
    units, rows = sizes.pop(), spec.num_layers * len(spec.directions)
    given: Given = {}
    for state in states:
        values = typed.get(state, typed.get("", (0.0,)))
        if len(values) not in (1, units):
            raise EntryError(f"'{state}' has {len(values)} numbers, but a layer has {units} units: give 1 or {units}")
        row = list(values) if len(values) == units else [values[0]] * units
        given[state] = [list(row) for _ in range(rows)]
    return given


def condense(given: Given | None) -> Typed:
    """Return what a user would type for given states; of layers that differ, what the first has."""
    typed = {}
    for state, rows in (given or {}).items():
        first = rows[0]
        typed[state] = (first[0],) if all(value == first[0] for value in first) else tuple(first)
    return typed


def refit(spec: NetworkSpec, given: Given | None) -> Given:
    """Return given states for a network whose size or cell has changed: kept where they fit, else zero."""
    typed = condense(given)
    try:
        return expand(spec, typed)
    except EntryError:
        return expand(spec, {})
