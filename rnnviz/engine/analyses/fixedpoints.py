"""Where a cell stays when its input stays, and what becomes of states nearby."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from rnnviz.engine.analyses.base import Analysis, Memo
from rnnviz.engine.answer import Answer, Fact
from rnnviz.engine.cellmap import CellMap
from rnnviz.engine.errors import SpecError
from rnnviz.engine.fixedpoints import Found, fixed_points, kind_of
from rnnviz.engine.jobs import Job
from rnnviz.engine.requests import FixedPoints
from rnnviz.engine.truth import Truth

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

_MOST = 512
"""Numbers of states up to which fixed points are sought: beyond, every step of the search takes seconds."""


def _answer(trace: Trace, request: FixedPoints, memo: Memo) -> Job[Answer]:
    """Arrays "points" [P, S], "q", "residual" and "counts" [P], and "eigenvalues" [P, S], complex, the largest first.

    q is |F(s, x*) - s|^2 / 2 and the residual its largest |entry|; the eigenvalues are those of ds_t/ds_{t-1} there.
    "counts" tells how many starts of the search came to a point.

    Facts: "kinds" [P], each "stable", "saddle", "unstable" or "marginal"; "states" and "units" of a row; "starts", and
    how many of them ended "elsewhere".
    """
    cell = CellMap(trace, request.layer, request.direction, request.step)
    found = yield from _found(cell, request, memo)
    difference = (cell(found.points) - found.points).numpy()
    eigenvalues = np.zeros(found.points.shape, np.complex128)
    for place, point in enumerate(found.points):
        eigenvalues[place] = _eigenvalues(cell.jacobian(point[None])[0].numpy())
        yield place, len(found.points)
    arrays: dict[str, NDArray[np.generic]] = {
        "points": found.points.numpy(),
        "q": 0.5 * np.square(difference).sum(1),
        "residual": np.abs(difference).max(1, initial=0.0),
        "counts": found.counts,
        "eigenvalues": eigenvalues,
    }
    facts: dict[str, Fact] = {
        "kinds": tuple(kind_of(row) for row in eigenvalues),
        "states": cell.states,
        "units": float(cell.units),
        "starts": float(found.starts),
        "elsewhere": float(found.elsewhere),
    }
    return Answer(arrays, facts)


def _found(cell: CellMap, request: FixedPoints, memo: Memo) -> Job[Found]:
    if cell.size > _MOST:
        raise SpecError(f"Fixed points are sought for up to {_MOST} numbers of states; this layer has {cell.size:,}.")
    return (yield from memo.get(("fixed points", request), lambda: fixed_points(cell)))


def _eigenvalues(matrix: NDArray[np.float64]) -> NDArray[np.complex128]:
    """The eigenvalues of a matrix, the largest first; all NaN where an entry is not finite."""
    if not np.isfinite(matrix).all():
        return np.full(len(matrix), np.nan, np.complex128)
    return _ordered(torch.linalg.eigvals(torch.from_numpy(matrix)).numpy())


def _ordered(values: NDArray[np.complex128]) -> NDArray[np.complex128]:
    return values[np.lexsort((-values.imag, -values.real, -np.round(np.abs(values), 12)))]


def _truth(trace: Trace, request: FixedPoints, memo: Memo) -> Job[Truth]:
    """Compare Jacobians with a backward pass of autograd for every number, and eigenvalues with those of numpy."""
    cell = CellMap(trace, request.layer, request.direction, request.step)
    shown = yield from _answer(trace, request, memo)
    points = torch.from_numpy(np.array(shown.arrays["points"], np.float64))
    ours: list[NDArray[np.generic]] = [np.zeros(0)]
    theirs: list[NDArray[np.generic]] = [np.zeros(0)]
    for place, point in enumerate(points):
        leaf = point.clone().requires_grad_()
        numbers = cell(leaf[None])[0]
        matrix = torch.stack([_row(number, leaf) for number in numbers]).numpy()
        ours.append(cell.jacobian(point[None])[0].numpy().ravel())
        theirs.append(matrix.ravel())
        if np.isfinite(matrix).all():
            ours.append(shown.arrays["eigenvalues"][place])
            theirs.append(_paired(shown.arrays["eigenvalues"][place], np.linalg.eigvals(matrix)))
        yield place, len(points)
    pair = [np.concatenate([np.stack([part.real, part.imag]).ravel() for part in parts]) for parts in (ours, theirs)]
    return Truth.of(pair[0].astype(np.float64), pair[1].astype(np.float64))


def _row(number: torch.Tensor, leaf: torch.Tensor) -> torch.Tensor:
    """One row of a Jacobian; zeros where a number depends on nothing."""
    if not number.requires_grad:
        return torch.zeros_like(leaf)
    return torch.autograd.grad(number, leaf, retain_graph=True, allow_unused=True, materialize_grads=True)[0]


def _paired(ours: NDArray[np.generic], theirs: NDArray[np.generic]) -> NDArray[np.generic]:
    """The eigenvalues of numpy, each beside that of ours which is nearest."""
    left = list(theirs)
    return np.array([left.pop(int(np.abs(np.array(left) - value).argmin())) for value in ours])


ANALYSIS = Analysis(FixedPoints, _answer, _truth)
