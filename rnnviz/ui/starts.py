"""The states before the first step: zero, given, those of the cell, or learned, for which the engine is asked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine import cells
from rnnviz.engine.language.model import Number
from rnnviz.engine.requests import Request, Starts
from rnnviz.engine.spec import Direction
from rnnviz.ui.view import TraceView, View


def start_of(view: View, layer: int, direction: Direction, state: str) -> NDArray[np.float64] | None:
    """Return the state that a layer and direction start from, [H]; None where it is not known.

    Those that the document gives replace the cell's own, which replace zero. What is learned is known when the engine
    has answered `wanted`.
    """
    if view.trace is None:
        return None
    known = _own(view, view.trace, layer, direction, state)
    answer = view.analyses.get(Starts()) if known is None else None
    if answer is None or answer.trace is not view.trace:
        return known
    learned = answer.arrays.get(f"{layer}.{direction}.{state}")
    return None if learned is None else np.asarray(learned, np.float64)


def wanted(view: View) -> tuple[Request, ...]:
    """Return what the engine is to be asked for the states of all layers; nothing where the window knows them."""
    trace = view.trace
    if trace is None:
        return ()
    spec = trace.schedule.spec
    places = ((layer, way) for layer in range(spec.num_layers) for way in spec.directions)
    unknown = (_own(view, trace, *at, state) is None for at in places for state in cells.get(spec.cell_of(*at)).states)
    return (Starts(),) if any(unknown) else ()


def has_come(view: View, old: View | None) -> bool:
    """Return whether the answer to what is `wanted` is another than in an older view."""
    return old is None or view.analyses.get(Starts()) is not old.analyses.get(Starts())


def _own(view: View, trace: TraceView, layer: int, direction: Direction, state: str) -> NDArray[np.float64] | None:
    spec = trace.schedule.spec
    units = spec.units_of(layer, direction)
    given = view.document.given if view.document is not None else None
    if given is not None and state in given:
        return np.asarray(given[state][layer * len(spec.directions) + (direction == "backward")], np.float64)
    own = cells.get(spec.cell_of(layer, direction)).initial.get(state)
    if own is not None:
        return np.full(units, own.value) if isinstance(own, Number) else None
    return np.zeros(units) if spec.initial_state == "zero" else None
