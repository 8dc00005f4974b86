"""The Jacobian of the states at one step with respect to those of the step before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from rnnviz.engine.analyses.base import Analysis, Memo
from rnnviz.engine.answer import Answer, Fact
from rnnviz.engine.errors import SpecError
from rnnviz.engine.jacobian import jacobian_at, ran_order, state_names
from rnnviz.engine.jobs import Job
from rnnviz.engine.requests import JacobianAt
from rnnviz.engine.truth import Truth, jacobian_truth

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

_MOST_EIGENVALUES = 512
"""Numbers of states up to which eigenvalues are computed: beyond, they take seconds at a stretch."""


def _answer(trace: Trace, request: JacobianAt, memo: Memo) -> Job[Answer]:
    """Arrays "matrix" [S, S], "singular" [S], the largest first, and "eigenvalues" [S], complex.

    Singular values are NaN, and there are no eigenvalues, where the matrix is not finite.

    Facts: "states", their names in the order of the rows, and "units", how many rows each has.
    """
    at = trace.network.at(request.layer, request.direction)
    if request.step not in ran_order(trace, at):
        raise SpecError(f"The run has not reached step {request.step + 1} of this layer: step forward, or run all.")
    yield 0, 3
    matrix = jacobian_at(trace, request.step, request.layer, request.direction)
    yield 1, 3
    finite = bool(np.isfinite(matrix).all())
    singular = np.full(len(matrix), np.nan)
    eigenvalues = np.zeros(0, np.complex128)
    if finite:
        singular = torch.linalg.svdvals(torch.from_numpy(matrix)).numpy()
        yield 2, 3
        if len(matrix) <= _MOST_EIGENVALUES:
            eigenvalues = torch.linalg.eigvals(torch.from_numpy(matrix)).numpy()
            eigenvalues = eigenvalues[np.argsort(-np.abs(eigenvalues), kind="stable")]
    arrays: dict[str, NDArray[np.generic]] = {"matrix": matrix, "singular": singular, "eigenvalues": eigenvalues}
    facts: dict[str, Fact] = {"states": state_names(at), "units": float(at.units)}
    return Answer(arrays, facts)


def _truth(trace: Trace, request: JacobianAt, memo: Memo) -> Job[Truth]:
    return (yield from jacobian_truth(trace, request.layer, request.direction, [request.step]))


ANALYSIS = Analysis(JacobianAt, _answer, _truth)
