"""The itemised gradient of a parameter: how much of dL_k/dW falls on step t.

dL_k/dW is a sum over the steps t of outer products delta_t q_t^T (:mod:`rnnviz.engine.parameteruses`). The Frobenius
norm of one of them is |delta_t| |q_t|, so no outer product is ever formed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.itemised import chosen_losses, in_blocks
from rnnviz.engine.jobs import Job
from rnnviz.engine.lognumbers import LogNumbers, norms
from rnnviz.engine.parameteruses import Use, uses_of
from rnnviz.engine.readoutrows import ReadoutRows
from rnnviz.engine.rowpass import RowPass
from rnnviz.engine.rowsback import Linearisations, Visitor
from rnnviz.engine.runningsums import RunningSums
from rnnviz.engine.scaled import Scaled

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace


def itemised_parameter(
    trace: Trace,
    name: str,
    rows: Sequence[int] | None = None,
    sums: Callable[[], RunningSums] | None = None,
) -> Job[dict[str, LogNumbers]]:
    """The Frobenius norm of what step t contributes to dL_k/dW, for every k that has a loss and every step t.

    Parameters
    ----------
    trace : Trace
    name : str
        A parameter, as the network names it.
    rows : sequence of int, optional
        Which of the K losses, counted from 0; None: all.
    sums : callable, optional
        Makes what keeps the sums over the losses; called once per block, in order.

    Returns
    -------
    dict of str to LogNumbers, [K, S]
        Per block: the gates' parts of a matrix that holds several, by their names in the equations.

    Raises
    ------
    ObjectiveError
        When there is no target, no such parameter, or it acts before the first step.
    """
    uses = uses_of(trace, name)
    losses, chosen = chosen_losses(trace, rows)
    tables = {use.block: LogNumbers.zeros(len(chosen), trace.steps) for use in uses}
    kept = {block: sums() for block in tables} if sums is not None else {}
    cells = tuple({use.at: None for use in uses if use.at is not None})
    vector = tuple({use.leaf: None for use in uses if use.leaf is not None and use.leaf.kind == "vector"})
    linearised = Linearisations(trace, dict.fromkeys(cells, vector))
    yield from in_blocks(
        linearised,
        losses,
        chosen,
        lambda first: _Norms(uses, tables, kept, first),
        cells,
        inputs=any(use.where == "inputs" for use in uses),
    )
    return tables


def joined(blocks: dict[str, LogNumbers]) -> LogNumbers:
    """The norm over all blocks together: the root of the sum of their squares."""
    tables = list(blocks.values())
    if len(tables) == 1:
        return tables[0]
    exponents = np.max([np.where(table.mantissas != 0, table.exponents, -(1 << 40)) for table in tables], axis=0)
    exponents = np.where(exponents == -(1 << 40), 0, exponents)
    aligned = [LogNumbers(table.mantissas, table.exponents - exponents).plain for table in tables]
    return LogNumbers(np.sqrt(np.sum(np.square(aligned), axis=0)), exponents)


class _Norms(Visitor):
    """Writes the norms of what passes into the tables of the blocks."""

    def __init__(
        self, uses: tuple[Use, ...], tables: dict[str, LogNumbers], sums: dict[str, RunningSums], first: int
    ) -> None:
        self.tables = tables
        self.sums = sums
        self.first = first
        self.blocks: dict[str, list[Use]] = {}
        for use in uses:
            self.blocks.setdefault(use.block, []).append(use)

    def cell(self, step: int, rows: slice, passing: RowPass, ran: int) -> None:
        for block, uses in self.blocks.items():
            here = [use for use in uses if use.where == "cell" and use.at is passing.at]
            if here:
                lefts = [use.left(passing, ran, rows) for use in here]
                self._write(block, step, rows, lefts, [_right(use, step) for use in here])

    def readout(self, step: int, rows: slice, passing: ReadoutRows) -> None:
        for block, uses in self.blocks.items():
            if uses[0].where == "readout" and passing.deltas:
                self._write(block, step, rows, [passing.deltas[uses[0].index]], [_right(uses[0], step)])

    def inputs(self, step: int, rows: slice, adjoint: Scaled) -> None:
        for block, uses in self.blocks.items():
            self._write(block, step, rows, [uses[0].arriving(step, adjoint)], [_right(uses[0], step)])

    def _write(self, block: str, step: int, rows: slice, lefts: list[Scaled], rights: list[Tensor]) -> None:
        place = slice(self.first + rows.start, self.first + rows.stop)
        self.tables[block].put(place, step, _size(lefts, rights))
        if self.sums:
            sums = self.sums[block]
            sums.put(place, step, _size(_summed(sums, step, lefts), rights))


def _summed(sums: RunningSums, step: int, lefts: list[Scaled]) -> list[Scaled]:
    """The left factors summed over the losses up to each row, all to the same powers of two."""
    live = [None if left.live is None else np.full(len(left.live), left.live.any()) for left in lefts]
    if len(lefts) == 1:
        return [replace(sums.add(step, lefts[0]), live=live[0])]
    widths = [left.values.shape[1] for left in lefts]
    together = sums.add(step, Scaled(torch.cat([left.values for left in lefts], 1), lefts[0].exponents))
    parts = torch.split(together.values, widths, 1)
    return [Scaled(part, together.exponents, given) for part, given in zip(parts, live, strict=True)]


def _right(use: Use, step: int) -> Tensor:
    """The right factor at a step: [n]; one number where it is only how often the left factor counts."""
    if use.factor is None:
        return torch.ones(1, dtype=torch.float64)
    if use.factor.dim() == 1:
        return (use.factor[step : step + 1] >= 0).double()
    return use.factor[step]


def _size(lefts: list[Scaled], rights: list[Tensor]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The Frobenius norm of the sum of outer products of left and right factors, row by row."""
    if len(lefts) == 1:
        found, exponents = norms(lefts[0])
        with np.errstate(invalid="ignore"):
            found = found * float(torch.linalg.vector_norm(rights[0]))
        return np.where(lefts[0].entered, found, 0.0), exponents
    total = torch.zeros(len(lefts[0].values), dtype=torch.float64)
    for one, q in zip(lefts, rights, strict=True):
        for two, p in zip(lefts, rights, strict=True):
            both = torch.from_numpy(one.entered & two.entered)
            total += torch.where(both, (one.values * two.values).sum(1) * torch.dot(q, p), 0.0)
    return total.clamp_min(0).sqrt().numpy(), lefts[0].exponents
