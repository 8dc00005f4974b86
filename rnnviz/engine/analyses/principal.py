"""The trajectory of a state in its principal components: those directions in which it moves most."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.analyses.base import Analysis, Memo
from rnnviz.engine.answer import Answer
from rnnviz.engine.aside import aside
from rnnviz.engine.errors import SpecError
from rnnviz.engine.jacobian import ran_order
from rnnviz.engine.jobs import Job
from rnnviz.engine.requests import Principal

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

_CHUNK = 1 << 16
"""Numbers of a state that are read at once."""

_SHOWN = 3
"""Components that are told."""

Numbers = NDArray[np.float64]


def _answer(trace: Trace, request: Principal, memo: Memo) -> Job[Answer]:
    """Arrays "trajectory" [n, 3], "steps" [n], "components" [3, H], "centre" [H] and "explained" [k].

    A row of the trajectory is (s_t - centre) on the components, NaN where the state is not finite; there are as many
    components as units, at most 3. "explained" are the shares of the variance of all of them, the largest first. The
    sign of a component is that which makes its largest entry positive.

    Facts: "count", the steps reached and finite.
    """
    at = trace.network.at(request.layer, request.direction)
    if request.state not in (*at.cell.states, at.cell.output):
        raise SpecError(f"This cell has no state {request.state}: choose one of {', '.join(at.cell.states)}.")
    order = ran_order(trace, at)
    first, last = min(order, default=0), max(order, default=-1)
    values = trace.record.signal(request.state, request.layer, request.direction)[first : last + 1]
    count, centre = yield from _mean(values)
    if not count:
        raise SpecError("No step of this layer has a finite state, so there is no trajectory to show.")
    scatter = yield from _scatter(values, centre)
    components, explained = yield from aside(lambda: principal_axes(scatter))
    if request.plain:
        components, centre = np.eye(len(centre))[:_SHOWN], np.zeros(len(centre))
        explained = np.diag(scatter) / max(float(np.trace(scatter)), 1e-300)
    places = np.unique(np.linspace(0, len(values) - 1, min(len(values), request.most)).round().astype(np.int64))
    rows = np.asarray(values[places], np.float64)
    rows = np.where(np.isfinite(rows).all(1, keepdims=True), rows, np.nan)
    arrays: dict[str, NDArray[np.generic]] = {
        "trajectory": (rows - centre) @ components.T,
        "steps": places + first,
        "components": components,
        "centre": centre,
        "explained": explained,
    }
    return Answer(arrays, {"count": float(count)})


def _portions(values: NDArray[np.floating]) -> Iterator[tuple[int, Numbers]]:
    """The finite rows in float64, some at a time, and where they begin."""
    many = max(1, _CHUNK // max(1, values.shape[1]))
    for start in range(0, len(values), many):
        part = np.asarray(values[start : start + many], np.float64)
        yield start, part[np.isfinite(part).all(1)]


def _mean(values: NDArray[np.floating]) -> Job[tuple[int, Numbers]]:
    total, count = np.zeros(values.shape[1]), 0
    for start, part in _portions(values):
        total += part.sum(0)
        count += len(part)
        yield start, 2 * len(values)
    return count, total / max(count, 1)


def _scatter(values: NDArray[np.floating], centre: Numbers) -> Job[Numbers]:
    """The sum of the outer products of what a state differs from its mean, [H, H]."""
    found = np.zeros((len(centre), len(centre)))
    for start, part in _portions(values):
        found += (part - centre).T @ (part - centre)
        yield len(values) + start, 2 * len(values)
    return found


def principal_axes(scatter: Numbers) -> tuple[Numbers, Numbers]:
    """Return the first components of a scatter matrix and the shares of the variance of all.

    Parameters
    ----------
    scatter : ndarray, [H, H]

    Returns
    -------
    components : ndarray, [min(3, H), H]
        Of length 1, orthogonal; the largest entry of each is positive.
    explained : ndarray, [H]
        Zeros where nothing moves.
    """
    variances, vectors = np.linalg.eigh(scatter)
    variances, components = np.clip(variances[::-1], 0.0, None), vectors.T[::-1][:_SHOWN].copy()
    largest = np.abs(components).argmax(1)
    components *= np.where(components[np.arange(len(components)), largest] < 0, -1.0, 1.0)[:, None]
    whole = float(variances.sum())
    return components, variances / whole if whole else np.zeros(len(variances))


ANALYSIS = Analysis(Principal, _answer)
