"""How far the gradient reaches from every step to every other: the norms of all paths, or of a grid of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.analyses.base import Analysis, Memo
from rnnviz.engine.answer import Answer
from rnnviz.engine.jacobian import ran_order
from rnnviz.engine.jobs import Job
from rnnviz.engine.pathgrid import path_grid
from rnnviz.engine.requests import PathTable
from rnnviz.engine.truth import Truth, path_truth

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

_GRID = 64
_CHECKED = 4
"""Columns, and steps in each of them, that are held against autograd."""


def _answer(trace: Trace, request: PathTable, memo: Memo) -> Job[Answer]:
    """Arrays "log10" [n, n], row t and column k, and the "steps" [n] that rows and columns stand for.

    Where t lies before k there is -inf, and NaN where the run has not been.

    Facts: "whole", whether these are all steps; else they are evenly spread, the first and the last among them.
    """
    steps = _steps(trace, request)
    found = yield from path_grid(trace, steps.tolist(), request.layer, request.direction)
    return Answer({"log10": found.log10, "steps": steps}, {"whole": len(steps) == trace.steps})


def _truth(trace: Trace, request: PathTable, memo: Memo) -> Job[Truth]:
    order = ran_order(trace, trace.network.at(request.layer, request.direction))
    steps = sorted((step for step in _steps(trace, request).tolist() if step in order), key=order.index)
    worst = Truth(0.0, 0.0, 0)
    for place in range(0, len(steps) - 1, max(1, len(steps) // _CHECKED)):
        later = steps[place + 1 :: max(1, (len(steps) - place) // _CHECKED)]
        one = yield from path_truth(trace, steps[place], request.layer, request.direction, later)
        difference = one.difference if np.isnan(one.difference) else max(worst.difference, one.difference)
        worst = Truth(difference, max(worst.largest, one.largest), worst.count + one.count)
        if np.isnan(difference):
            break
    return worst


def _steps(trace: Trace, request: PathTable) -> NDArray[np.int64]:
    if trace.steps <= request.most:
        return np.arange(trace.steps)
    return np.linspace(0, trace.steps - 1, min(_GRID, request.most)).round().astype(np.int64)


ANALYSIS = Analysis(PathTable, _answer, _truth)
