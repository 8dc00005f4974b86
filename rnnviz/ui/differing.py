"""How far a run is from the run without its interventions, step by step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.record import SignalField
from rnnviz.ui import reading
from rnnviz.ui.view import TraceView

_BLOCK = 16_384
"""Steps that are subtracted at once."""


@dataclass(frozen=True, eq=False)
class Difference:
    """s - s_original, [S, units], zero outside the steps asked for; ``top``: a scale that its magnitudes fit."""

    values: NDArray[np.float32]
    top: float


def norms_of(trace: TraceView, field: SignalField, rows: slice) -> NDArray[np.float64]:
    """Return the Euclidean norm of s - s_original at each step, [S]; NaN at steps outside `rows`.

    Where both are the same infinity, or not a number, they do not differ.
    """
    found = np.full(trace.steps, np.nan)
    place = (field.signal, field.layer, field.direction)
    mine = trace.record.signal(*place)
    other = mine if trace.original is None else trace.original.signal(*place)
    for start in range(rows.start, rows.stop, _BLOCK):
        part = slice(start, min(start + _BLOCK, rows.stop))
        apart = _apart(mine[part], other[part])
        with np.errstate(over="ignore", invalid="ignore"):
            found[part] = np.sqrt(np.square(apart).sum(axis=1))
    return found


def difference_of(trace: TraceView, field: SignalField, rows: slice) -> Difference:
    """Return s - s_original at the steps `rows`."""
    place = (field.signal, field.layer, field.direction)
    mine = trace.record.signal(*place)
    other = mine if trace.original is None else trace.original.signal(*place)
    values, top = np.zeros(mine.shape, np.float32), 0.0
    for start in range(rows.start, rows.stop, _BLOCK):
        part = slice(start, min(start + _BLOCK, rows.stop))
        with np.errstate(over="ignore", invalid="ignore"):
            values[part] = _apart(mine[part], other[part])
        finite = np.abs(values[part][np.isfinite(values[part])])
        top = max(top, float(finite.max(initial=0.0)))
    return Difference(values, reading.rounded_up(top))


def _apart(mine: NDArray[np.floating], other: NDArray[np.floating]) -> NDArray[np.float64]:
    first, second = mine.astype(np.float64), other.astype(np.float64)
    same = (first == second) | (np.isnan(first) & np.isnan(second))
    with np.errstate(invalid="ignore", over="ignore"):
        return np.where(same, 0.0, first - second)
