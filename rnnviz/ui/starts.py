"""The states before the first step, as far as the window knows them without the engine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine import cells
from rnnviz.engine.language.model import Number
from rnnviz.engine.spec import Direction
from rnnviz.ui.view import View


def start_of(view: View, layer: int, direction: Direction, state: str) -> NDArray[np.float64] | None:
    """Return the state that a layer and direction start from, [H]; None where it is learned, or there is no run.

    Those that the document gives replace the cell's own, which replace zero.
    """
    if view.trace is None:
        return None
    spec = view.trace.schedule.spec
    units = spec.units_of(layer, direction)
    given = view.document.given if view.document is not None else None
    if given is not None and state in given:
        return np.asarray(given[state][layer * len(spec.directions) + (direction == "backward")], np.float64)
    own = cells.get(spec.cell_of(layer, direction)).initial.get(state)
    if own is not None:
        return np.full(units, own.value) if isinstance(own, Number) else None
    return np.zeros(units) if spec.initial_state == "zero" else None
