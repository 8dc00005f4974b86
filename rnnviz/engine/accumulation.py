"""The gradient of parameters as the way back gathers it: what the steps so far add up to, step by step."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.errors import ObjectiveError
from rnnviz.engine.jobs import Job
from rnnviz.engine.parameterterms import Terms, parameter_terms
from rnnviz.engine.parameteruses import Use

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

Matrices = dict[str, NDArray[np.float64]]

_MOST_STOPS = 2048
_LEAST_STOPS = 64
_MOST_ENTRIES = 300_000_000
"""Entries of sums whose norms are taken in all: of large parameters the sum is formed at fewer steps."""

_KEPT_BYTES = 1 << 25
"""Bytes of sums that are kept, so that the sum at any step is near one of them."""

_AT_ONCE = 8192
"""Steps that are summed in one product."""

_ORDINARY = (1e-140, 1e140)


@dataclass(frozen=True, eq=False)
class Accumulation:
    """The way back over a run, as it gathers the gradient of some parameters.

    Parameters
    ----------
    terms : dict of str to Terms
    falling : bool
        Whether the way goes from the last step to the first; that of a backward direction goes up.
    every : int
        The sum was formed at every so many steps of the way; between them ``sum_norms`` stays at the last one.
    sum_norms : ndarray, [S]
        The norm of what has been gathered when the way has come to a step, over all the parameters together.
    term_norms : ndarray, [S]
        The norm of what a step adds.
    whole : dict of str to ndarray
        dL/dW, as one product over all steps, or a few over very many.
    largest : float
        The largest absolute entry that the sum has at any step at which it was formed, and that of ``whole``.
    kept : dict of int to Matrices
        By how many steps of the way have been gone: the sum.
    """

    terms: dict[str, Terms]
    falling: bool
    every: int
    sum_norms: NDArray[np.float64]
    term_norms: NDArray[np.float64]
    whole: Matrices
    largest: float
    kept: dict[int, Matrices]

    @cached_property
    def whole_norm(self) -> float:
        """The norm of dL/dW."""
        return norm_of(self.whole)

    @property
    def steps(self) -> int:
        """Number of steps S."""
        return len(self.term_norms)

    def gone(self, step: int) -> int:
        """How many steps of the way have been gone when it has come to a step; 0 one step before its first.

        Raises
        ------
        ObjectiveError
            When there is no such step.
        """
        gone = self.steps - step if self.falling else step + 1
        if not 0 <= gone <= self.steps:
            raise ObjectiveError(f"there is no step {step + 1} in the backward pass: the run has {self.steps} steps")
        return gone

    def gathered(self, step: int) -> Matrices:
        """The sum of the terms of all steps that the way has gone over when it has come to a step."""
        gone = self.gone(step)
        near = max(count for count in self.kept if count <= gone)
        kept = self.kept[near]
        return {name: kept[name] + part for name, part in self.between(near, gone).items()}

    def term(self, step: int) -> Matrices:
        """What a step adds; zero one step before the first of the way."""
        gone = self.gone(step)
        return self.between(max(0, gone - 1), gone)

    def between(self, start: int, stop: int) -> Matrices:
        """The sum of the terms from one place on the way to another."""
        return _between(self.terms, self.falling, start, stop)


def accumulation(trace: Trace, names: tuple[str, ...]) -> Job[Accumulation]:
    """Go back over a run and gather the gradient of some parameters with respect to the whole loss.

    Parameters
    ----------
    trace : Trace
    names : tuple of str
        As the network names them; of one layer and direction.

    Returns
    -------
    Accumulation

    Raises
    ------
    ObjectiveError
        When there is no target, no such parameter, or one acts before the first step.
    """
    terms = yield from parameter_terms(trace, names)
    falling = not any(u.at is not None and u.at.direction == "backward" for t in terms.values() for u in t.uses)
    steps = trace.steps
    entries = max(1, sum(int(np.prod(found.shape)) for found in terms.values()))
    stops = min(_MOST_STOPS, max(_LEAST_STOPS, _MOST_ENTRIES // entries))
    every = max(1, math.ceil(steps / stops))
    keep_every = math.ceil(steps / every / max(1, _KEPT_BYTES // (8 * entries)))
    total = {name: np.zeros(found.shape) for name, found in terms.items()}
    kept, sums, largest = {0: _copy(total)}, np.zeros(steps), 0.0
    for place, (start, stop) in enumerate(_stretches(steps, every)):
        yield start, steps
        with np.errstate(invalid="ignore", over="ignore"):
            for name, part in _between(terms, falling, start, stop).items():
                total[name] += part
        sums[_rows(steps, falling, start, stop)] = norm_of(total)
        largest = max(largest, _largest(total))
        if (place + 1) % keep_every == 0:
            kept[stop] = _copy(total)
    whole = yield from _whole(terms, steps)
    term_norms = yield from _term_norms(terms, steps)
    return Accumulation(terms, falling, every, sums, term_norms, whole, max(largest, _largest(whole)), kept)


def norm_of(matrices: Matrices) -> float:
    """The Frobenius norm of some matrices together, also where squares would leave the range of float64."""
    top = _largest(matrices, finite=False)
    if not np.isfinite(top) or top == 0 or _ORDINARY[0] < top < _ORDINARY[1]:
        with np.errstate(over="ignore", invalid="ignore"):
            return float(np.sqrt(sum(float(np.square(matrix).sum()) for matrix in matrices.values())))
    return top * float(np.sqrt(sum(float(np.square(matrix / top).sum()) for matrix in matrices.values())))


def _stretches(steps: int, every: int) -> Iterator[tuple[int, int]]:
    for start in range(0, steps, every):
        yield start, min(start + every, steps)


def _whole(terms: dict[str, Terms], steps: int) -> Job[Matrices]:
    whole = {name: np.zeros(found.shape) for name, found in terms.items()}
    for name, found in terms.items():
        for start in range(0, steps, _AT_ONCE):
            yield start, steps
            whole[name] += found.between(start, min(start + _AT_ONCE, steps))
    return whole


def _rows(steps: int, falling: bool, start: int, stop: int) -> slice:
    """The steps of a part of the way."""
    return slice(steps - stop, steps - start) if falling else slice(start, stop)


def _between(terms: dict[str, Terms], falling: bool, start: int, stop: int) -> Matrices:
    found: Matrices = {}
    for name, of_name in terms.items():
        rows = _rows(len(of_name.lefts[0]), falling, start, stop)
        found[name] = of_name.between(rows.start, rows.stop)
    return found


def _copy(matrices: Matrices) -> Matrices:
    return {name: matrix.copy() for name, matrix in matrices.items()}


def _largest(matrices: Matrices, *, finite: bool = True) -> float:
    tops = [float(np.abs(matrix).max(initial=0.0)) for matrix in matrices.values()]
    if finite and not np.isfinite(tops).all():
        tops = [float(np.abs(matrix[np.isfinite(matrix)]).max(initial=0.0)) for matrix in matrices.values()]
    return float(np.max(tops, initial=0.0))


def _term_norms(terms: dict[str, Terms], steps: int) -> Job[NDArray[np.float64]]:
    """[S], the norm of every step's terms together: that of an outer product is the product of the norms."""
    total = np.zeros(steps)
    for name, found in terms.items():
        yield 0, steps
        if len({use.block for use in found.uses}) == len(found.uses):
            for use, left in zip(found.uses, found.lefts, strict=True):
                with np.errstate(over="ignore", invalid="ignore"):
                    total = np.hypot(total, _lengths(left) * _factor_lengths(use, steps))
            continue
        for step in range(steps):  # it stands in more than one place: the terms themselves have to be formed
            yield step, steps
            total[step] = np.hypot(total[step], norm_of({name: found.between(step, step + 1)}))
    return total


def _factor_lengths(use: Use, steps: int) -> NDArray[np.float64]:
    """[S], the norms of the right factors: 1 for a bias and for a token, 0 where there is no token."""
    if use.factor is None:
        return np.ones(steps)
    if use.factor.dim() == 1:
        return (use.factor.numpy() >= 0).astype(np.float64)
    return _lengths(use.factor)


def _lengths(rows: Tensor) -> NDArray[np.float64]:
    """[n], Euclidean norms, also where squares would leave the range of float64."""
    values = rows.double().numpy()
    top = np.abs(values).max(1, initial=0.0)
    usual = np.isfinite(top) & (top > 0)
    scale = np.where(usual, top, 1.0)
    with np.errstate(over="ignore", invalid="ignore"):
        lengths: NDArray[np.float64] = scale * np.sqrt(np.square(values / scale[:, None]).sum(1))
    return lengths
