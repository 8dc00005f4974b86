"""Paths through time: ds_t/ds_k as a product of Jacobians, and its norms, however small or large they become."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from rnnviz.engine.errors import SpecError
from rnnviz.engine.jacobian import JacobianBlocks, ran_order, state_size
from rnnviz.engine.jobs import Job
from rnnviz.engine.linearised import Linearisation
from rnnviz.engine.lognumbers import LogNumbers
from rnnviz.engine.network import CellLayer
from rnnviz.engine.rowsback import Linearisations, returns
from rnnviz.engine.scaled import Scaled
from rnnviz.engine.spec import Direction
from rnnviz.engine.statepaths import paths_to

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

WORK = 1 << 24
"""Cubes of S that are multiplied between two reports of progress: some milliseconds."""

_FEWEST = 4


@dataclass(frozen=True, eq=False)
class PathColumn:
    """Norms of ds_t/ds_k for one k and every t, each [S].

    Before k they are zero; at k the matrix is the identity. What the run has not reached is NaN.

    Parameters
    ----------
    anchor : int
        k, counted from 0.
    largest, smallest : LogNumbers, [S]
        The largest and the smallest singular value.
    frobenius : LogNumbers, [S]
    """

    anchor: int
    largest: LogNumbers
    smallest: LogNumbers
    frobenius: LogNumbers


def path_norms(
    trace: Trace,
    layer: int = 0,
    direction: Direction = "forward",
    anchors: Sequence[int] | None = None,
    steps: Sequence[int] | None = None,
) -> Job[LogNumbers]:
    """The largest singular value of ds_t/ds_k for every k and every later t.

    Parameters
    ----------
    trace : Trace
    layer : int
    direction : {"forward", "backward"}
    anchors : sequence of int, optional
        Which k, counted from 0; None: all.
    steps : sequence of int, optional
        Which t; None: all.

    Returns
    -------
    LogNumbers, [steps, anchors]
        Zero where t lies before k in the order in which the cell ran; NaN what the run has not reached.

    Raises
    ------
    SpecError
        When there is no such layer or step.
    """
    at = trace.network.at(layer, direction)
    chosen = checked(trace, range(trace.steps) if anchors is None else anchors)
    shown = checked(trace, range(trace.steps) if steps is None else steps)
    order = ran_order(trace, at)
    table = LogNumbers(np.full((trace.steps, len(chosen)), np.nan), np.zeros((trace.steps, len(chosen)), np.int64))
    wanted = set(shown)
    size = max(_FEWEST, WORK // state_size(at) ** 3)
    for first in range(0, len(chosen), size):
        block = chosen[first : first + size]
        for done, (step, group, products) in enumerate(_products(trace, at, order, block)):
            if step in wanted:
                places = [first + place for place in group]
                table.mantissas[step, first : first + len(block)] = _before(order, step, block)
                table.mantissas[step, places] = largest_singular(products.values)
                table.exponents[step, places] = products.exponents
            yield first * len(order) + done * len(block), len(chosen) * len(order)
    return LogNumbers(table.mantissas[shown], table.exponents[shown])


def path_column(
    trace: Trace, anchor: int, layer: int = 0, direction: Direction = "forward", reach: int | None = None
) -> Job[PathColumn]:
    """Norm, largest and smallest singular value of ds_t/ds_k for one k and every later t.

    The smallest singular value is the inverse of the largest one of the inverse product, so that it does not drown in
    the rounding of the largest.

    Parameters
    ----------
    trace : Trace
    anchor : int
        k, counted from 0.
    layer : int
    direction : {"forward", "backward"}
    reach : int, optional
        Up to how many steps from k; what lies beyond is NaN. None: all.

    Raises
    ------
    SpecError
        When there is no such layer or step.
    """
    at = trace.network.at(layer, direction)
    block = checked(trace, [anchor])
    order = ran_order(trace, at)
    if reach is not None and anchor in order:
        order = order[: order.index(anchor) + reach + 1]
    tables = [LogNumbers(np.full(trace.steps, np.nan), np.zeros(trace.steps, np.int64)) for _ in range(3)]
    largest, smallest, frobenius = tables
    inverse = _Inverse(state_size(at))
    jacobians = None if returns(trace.network) else JacobianBlocks(Linearisation(trace, at))
    for done, (step, group, products) in enumerate(_products(trace, at, order, block)):
        for table in tables:
            table.mantissas[step] = 0.0
        if group:
            largest.mantissas[step] = largest_singular(products.values)[0]
            frobenius.mantissas[step] = float(torch.linalg.vector_norm(products.values))
            largest.exponents[step] = frobenius.exponents[step] = products.exponents[0]
            if jacobians is None:
                smallest.mantissas[step] = _smallest(products.values[0])
                smallest.exponents[step] = products.exponents[0]
            else:
                if step != anchor:
                    inverse.then(jacobians[order.index(step)])
                smallest.mantissas[step], smallest.exponents[step] = inverse.smallest()
        yield done, len(order)
    return PathColumn(anchor, largest, smallest, frobenius)


def checked(trace: Trace, steps: Sequence[int]) -> list[int]:
    """The steps themselves; SpecError where there is no such step."""
    for step in steps:
        if not 0 <= step < trace.steps:
            raise SpecError(f"step {step + 1} was asked for, but there are {trace.steps}")
    return list(steps)


def _before(order: range, step: int, anchors: Sequence[int]) -> list[float]:
    """Zero for every anchor that the cell reaches after a step; NaN for one that it has not reached at all."""
    return [0.0 if anchor in order else np.nan for anchor in anchors]


def _products(
    trace: Trace, at: CellLayer, order: range, anchors: Sequence[int]
) -> Iterator[tuple[int, list[int], Scaled]]:
    """Per step in the order of the run: which anchors have begun, and ds_t/ds_k of each, [n, S, S], with a scale."""
    if returns(trace.network):
        yield from _returning(trace, at, order, anchors)
        return
    size = state_size(at)
    jacobians = JacobianBlocks(Linearisation(trace, at))
    begun: list[int] = []
    products = Scaled(torch.zeros(0, size, size, dtype=torch.float64), np.zeros(0, np.int64))
    for ran, step in enumerate(order):
        if begun:
            products = normal(torch.matmul(jacobians[ran], products.values), products.exponents)
        new = [place for place, anchor in enumerate(anchors) if anchor == step]
        if new:
            begun = begun + new
            identity = torch.eye(size, dtype=torch.float64).expand(len(new), size, size)
            exponents = np.concatenate([products.exponents, np.zeros(len(new), np.int64)])
            products = Scaled(torch.cat([products.values, identity]), exponents)
        yield step, begun, products


def _returning(
    trace: Trace, at: CellLayer, order: range, anchors: Sequence[int]
) -> Iterator[tuple[int, list[int], Scaled]]:
    """The same where a state also acts through the network's output."""
    linearised, size = Linearisations(trace), state_size(at)
    earliest = min(anchors, default=0)
    for step in order:
        begun: list[int] = []
        found: list[Scaled] = []
        identity = Scaled(torch.eye(size, dtype=torch.float64)[None], np.zeros(1, np.int64))
        matrices = {step: identity}
        for earlier, (values, exponents) in paths_to(linearised, at, step) if step > earliest else ():
            if earlier < earliest:
                break
            matrices[earlier] = _common(values, exponents)
        for place, anchor in enumerate(anchors):
            if anchor <= step:
                begun.append(place)
                found.append(matrices[anchor])
        values = torch.cat([part.values for part in found]) if found else torch.zeros(0, size, size)
        yield step, begun, Scaled(values, np.array([int(part.exponents[0]) for part in found], np.int64))


def _common(values: Tensor, exponents: np.ndarray) -> Scaled:
    """A matrix whose rows have scales of their own, with one scale for all of them, [1, S, S]."""
    rows = Scaled(values, exponents)
    top = int(rows.magnitudes.max())
    top = top if abs(top) < 1 << 30 else 0
    return Scaled(Scaled(values, exponents - top).plainly()[None], np.array([top], np.int64))


def normal(values: Tensor, exponents: np.ndarray) -> Scaled:
    """Matrices with their largest entry brought near one."""
    sizes = values.abs().amax((1, 2)).numpy()
    usual = (sizes > 0) & np.isfinite(sizes)
    shift = np.where(usual, np.frexp(np.where(usual, sizes, 1.0))[1], 0).astype(np.int64)
    if np.abs(shift).max(initial=0) > 64:
        scale = torch.from_numpy(np.ldexp(1.0, -shift.astype(np.int32)))
        return Scaled(values * scale[:, None, None], exponents + shift)
    return Scaled(values, exponents)


def largest_singular(matrices: Tensor) -> np.ndarray:
    """The largest singular value of each matrix, from the largest eigenvalue of M^T M; NaN where it is not finite."""
    found = np.full(len(matrices), np.nan)
    finite = torch.isfinite(matrices).all(-1).all(-1)
    good = matrices[finite]
    if len(good) and matrices.shape[-1]:
        squares = torch.linalg.eigvalsh(good.mT @ good)[:, -1].clamp_min(0)
        found[finite.numpy()] = squares.sqrt().numpy()
    return found


def _smallest(matrix: Tensor) -> float:
    if not bool(torch.isfinite(matrix).all()):
        return float("nan")
    return float(torch.linalg.svdvals(matrix)[-1])


class _Inverse:
    """The transposed inverse of a growing product of Jacobians, with a scale."""

    def __init__(self, size: int) -> None:
        self._product = Scaled(torch.eye(size, dtype=torch.float64)[None], np.zeros(1, np.int64))
        self._singular = False

    def then(self, jacobian: Tensor) -> None:
        """Multiply with one more Jacobian from the left."""
        if self._singular:
            return
        if not bool(torch.isfinite(jacobian).all()):
            self._product = Scaled(torch.full_like(self._product.values, torch.nan), self._product.exponents)
            return
        inverse, info = torch.linalg.inv_ex(jacobian)
        self._singular = bool(info)
        if not self._singular:
            self._product = normal(inverse.mT @ self._product.values, self._product.exponents)

    def smallest(self) -> tuple[float, int]:
        """The smallest singular value of the product: mantissa and power of two."""
        if self._singular:
            return 0.0, 0
        return float(1 / largest_singular(self._product.values)[0]), -int(self._product.exponents[0])
