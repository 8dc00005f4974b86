"""Slopes: the derivative of the function that a signal is computed with; where it is zero no gradient passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from rnnviz.engine.analyses.base import Analysis, Memo
from rnnviz.engine.answer import Answer
from rnnviz.engine.aside import aside
from rnnviz.engine.autogradrun import AutogradRun
from rnnviz.engine.elementwise import FUNCTIONS
from rnnviz.engine.errors import EngineError
from rnnviz.engine.jobs import Job
from rnnviz.engine.language.model import PRE_SUFFIX
from rnnviz.engine.requests import Slopes
from rnnviz.engine.saturation import activation_of, check_activated
from rnnviz.engine.spectrum import GAMMAS
from rnnviz.engine.truth import Truth

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

MOST_EXACT = 1 << 22
"""Slopes up to which they are told in float64."""
MOST = 1 << 24
"""Slopes that are told at most; of a longer run those of evenly spread units."""
_AT_ONCE = 1 << 16

_MOST_STEPS = 20_000


def _answer(trace: Trace, request: Slopes, memo: Memo) -> Job[Answer]:
    """Arrays "slopes", [S, U], of the units "units", [U]; "mean" and "least", [S], over all units.

    Zero where an intervention holds the signal, NaN at steps that are not reached. Facts: "function", and "largest",
    the derivative where it is largest (1 for tanh, 0.25 for the sigmoid), NaN where it has no bound.
    """
    at = trace.network.at(request.layer, request.direction)
    check_activated(at, request.signal)
    function = activation_of(trace, at, request.signal)
    pre = trace.signal(request.signal + PRE_SUFFIX, request.layer, request.direction)
    units = _units(trace.steps, at.units)
    kind = np.float64 if trace.steps * len(units) <= MOST_EXACT else np.float32
    slopes: NDArray[np.floating] = np.full((trace.steps, len(units)), np.nan, kind)
    mean, least = np.full(trace.steps, np.nan), np.full(trace.steps, np.nan)
    rows = trace.schedule.reached(trace.position, request.layer, request.direction)
    for start, stop in _portions(rows, at.units):
        own = torch.from_numpy(_slopes(function, pre[start:stop]))
        steps = slice(start, stop)
        part = trace.holds.free(request.layer, request.direction, request.signal, steps, own).numpy()
        slopes[start:stop] = part[:, units]
        mean[start:stop], least[start:stop] = part.mean(1), part.min(1)
        yield stop - rows.start, rows.stop - rows.start
    arrays = {"slopes": slopes, "mean": mean, "least": least, "units": units}
    return Answer(arrays, {"function": function, "largest": GAMMAS.get(function, float("nan"))})


def _slopes(function: str, pre: NDArray[np.floating]) -> NDArray[np.float64]:
    values = torch.tensor(pre, dtype=torch.float64, requires_grad=True)
    result = FUNCTIONS[function](values)
    (slope,) = torch.autograd.grad(result, values, torch.ones_like(result))
    found: NDArray[np.float64] = slope.numpy()
    return found


def _truth(trace: Trace, request: Slopes, memo: Memo) -> Job[Truth]:
    """Compare with the graph of the run: the derivative of every value by its own pre-activation."""
    if trace.steps > _MOST_STEPS:
        raise EngineError(f"runs of more than {_MOST_STEPS:,} steps are too long to be compared with autograd")
    shown = yield from _answer(trace, request, memo)
    run = yield from aside(lambda: AutogradRun(trace))
    place = (request.layer, request.direction)
    values, pre = (run.signals[*place, name] for name in (request.signal, request.signal + PRE_SUFFIX))
    units = shown.arrays["units"]
    theirs = np.zeros((trace.steps, len(units)))
    for step in range(trace.steps):
        (slope,) = torch.autograd.grad(values[step].sum(), pre[step], retain_graph=True)
        theirs[step] = slope.numpy()[units]
        if step % 16 == 0:
            yield step, trace.steps
    return Truth.of(shown.arrays["slopes"].astype(np.float64), theirs)


def _units(steps: int, units: int) -> NDArray[np.int64]:
    """Which units are told: all of them, or some evenly spread."""
    most = max(1, min(units, MOST // max(1, steps)))
    return np.unique(np.linspace(0, units - 1, most).round().astype(np.int64))


def _portions(rows: slice, units: int) -> list[tuple[int, int]]:
    length = max(1, _AT_ONCE // max(1, units))
    return [(start, min(start + length, rows.stop)) for start in range(rows.start, rows.stop, length)]


ANALYSIS = Analysis(Slopes, _answer, _truth)
