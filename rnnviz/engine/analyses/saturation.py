"""Saturation: how often every unit of a gate stands near one of its ends, and the mean over its units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from rnnviz.engine.analyses.base import Analysis, Memo
from rnnviz.engine.answer import Answer
from rnnviz.engine.elementwise import FUNCTIONS
from rnnviz.engine.errors import SpecError
from rnnviz.engine.holds import held
from rnnviz.engine.jobs import Job
from rnnviz.engine.language.model import PRE_SUFFIX
from rnnviz.engine.network import CellLayer
from rnnviz.engine.requests import Saturation
from rnnviz.engine.saturation import activated, activation_of
from rnnviz.engine.truth import Truth

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

_AT_ONCE = 1 << 17
"""Values that are counted in one portion."""
_ENDS = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0)}
"""The ends of the activations that have two."""


@dataclass(frozen=True)
class _Measured:
    """A signal, the ends of its range, and the values that count as near them."""

    name: str
    ends: tuple[float, float]
    bottom: float
    top: float


def _measured(trace: Trace, request: Saturation) -> tuple[CellLayer, list[_Measured]]:
    """The gates of a cell; of a cell without gates the activations that have two ends, such as a tanh."""
    at = trace.network.at(request.layer, request.direction)
    low, high = request.low, request.high
    if not 0 <= low <= high <= 1:
        raise SpecError(f"the thresholds are {low} and {high}, but they must lie between 0 and 1, the low one first")
    ends = {info.name: (0.0, 1.0) for info in at.cell.signals if info.kind == "gate"}
    if not ends:
        functions = {name: activation_of(trace, at, name) for name in activated(trace, at.layer, at.direction)}
        ends = {name: _ENDS[function] for name, function in functions.items() if function in _ENDS}
    if not ends:
        raise SpecError(
            "This cell has no gate, and no activation with two ends at which a unit could saturate: "
            "choose the slope instead."
        )
    found = [_Measured(name, (a, b), a + low * (b - a), a + high * (b - a)) for name, (a, b) in ends.items()]
    return at, found


def _answer(trace: Trace, request: Saturation, memo: Memo) -> Job[Answer]:
    """Arrays "below" and "above", [G, H]: the share of the steps reached at which a unit is near an end.

    "mean_below" and "mean_above", [G], are their means over the units; "ends", [G, 2], and "thresholds", [G, 2], are in
    the unit of the signal. The thresholds of a signal with other ends than 0 and 1 are shares of its range. NaN counts
    as neither. Facts: "names" [G], "steps", and "gates", whether the signals are gates.
    """
    at, signals = _measured(trace, request)
    rows = trace.schedule.reached(trace.position, at.layer, at.direction)
    below, above = (np.zeros((len(signals), at.units)) for _ in range(2))
    for place, signal in enumerate(signals):
        values = trace.signal(signal.name, at.layer, at.direction)
        for start, stop in _portions(rows, at.units):
            part = values[start:stop].astype(np.float64)
            below[place] += (part < signal.bottom).sum(0)
            above[place] += (part > signal.top).sum(0)
            yield stop - rows.start, rows.stop - rows.start
    count = max(1, rows.stop - rows.start)
    below /= count
    above /= count
    arrays = {
        "below": below,
        "above": above,
        "mean_below": below.mean(1),
        "mean_above": above.mean(1),
        "ends": np.array([signal.ends for signal in signals]),
        "thresholds": np.array([(signal.bottom, signal.top) for signal in signals]),
    }
    gates = any(info.kind == "gate" for info in at.cell.signals)
    names = tuple(signal.name for signal in signals)
    return Answer(arrays, {"names": names, "steps": float(rows.stop - rows.start), "gates": gates})


def _truth(trace: Trace, request: Saturation, memo: Memo) -> Job[Truth]:
    """Count once more with torch, on activations that torch computes anew from the sums that were recorded."""
    shown = yield from _answer(trace, request, memo)
    at, signals = _measured(trace, request)
    rows = trace.schedule.reached(trace.position, at.layer, at.direction)
    theirs: list[NDArray[np.float64]] = []
    for signal in signals:
        counts = torch.zeros(2, at.units, dtype=torch.float64)
        for start, stop in _portions(rows, at.units):
            values = _recomputed(trace, at, signal.name, slice(start, stop)).double()
            counts[0] += torch.lt(values, signal.bottom).sum(0)
            counts[1] += torch.gt(values, signal.top).sum(0)
            yield stop - rows.start, rows.stop - rows.start
        theirs.append((counts / max(1, rows.stop - rows.start)).numpy())
    ours = np.stack([shown.arrays["below"], shown.arrays["above"]], 1).astype(np.float64)
    return Truth.of(ours, np.stack(theirs))


def _recomputed(trace: Trace, at: CellLayer, name: str, steps: slice) -> torch.Tensor:
    if not at.cell.has_pre(name):
        return torch.tensor(trace.signal(name, at.layer, at.direction)[steps])
    pre = torch.tensor(trace.signal(name + PRE_SUFFIX, at.layer, at.direction)[steps])
    value = FUNCTIONS[activation_of(trace, at, name)](pre)
    return held(value, trace.holds.rows(at.layer, at.direction, name, steps, at.units))


def _portions(rows: slice, units: int) -> list[tuple[int, int]]:
    length = max(1, _AT_ONCE // max(1, units))
    return [(start, min(start + length, rows.stop)) for start in range(rows.start, rows.stop, length)]


ANALYSIS = Analysis(Saturation, _answer, _truth)
