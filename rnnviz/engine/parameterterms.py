"""The gradient of a parameter, term by term: what each step adds to dL/dW on the way back through time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.arithmetic import all_in_own_modes
from rnnviz.engine.door import all_checked
from rnnviz.engine.errors import SpecError
from rnnviz.engine.itemised import Losses
from rnnviz.engine.jobs import Job
from rnnviz.engine.linearised import Leaf
from rnnviz.engine.network import CellLayer
from rnnviz.engine.parameteruses import Use, uses_of
from rnnviz.engine.readoutrows import ReadoutRows
from rnnviz.engine.rowpass import RowPass
from rnnviz.engine.rowsback import Linearisations, RowsBack, Visitor
from rnnviz.engine.scaled import Scaled

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace


@all_in_own_modes
@all_checked
@dataclass(frozen=True, eq=False)
class Terms:
    """The terms of dL/dW, one per step, kept as factors of outer products.

    Parameters
    ----------
    name : str
    shape : tuple of int
        That of the parameter.
    uses : tuple of Use
    lefts : tuple of Tensor
        The left factor of every use at every step, [S, rows].
    """

    name: str
    shape: tuple[int, ...]
    uses: tuple[Use, ...]
    lefts: tuple[Tensor, ...]

    def between(self, start: int, stop: int) -> NDArray[np.float64]:
        """The sum of the terms of the steps start .. stop - 1, in the shape of the parameter.

        From 0 to S it is dL/dW; from t to S what has been gathered when the way back has come to step t.
        SpecError where there are no such steps.
        """
        self._check_steps(start, stop)
        total = torch.zeros(self.shape, dtype=torch.float64)
        for use, left in zip(self.uses, self.lefts, strict=True):
            part = left[start:stop]
            if use.factor is None:
                total[use.rows] += part.sum(0)
            elif use.where != "inputs":
                total[use.rows] += part.t() @ use.factor[start:stop]
            elif use.factor.dim() == 1:
                fed = use.factor[start:stop] >= 0
                total.index_add_(0, use.factor[start:stop][fed], part[fed])
            else:
                total += use.factor[start:stop].t() @ part
        return total.numpy()

    def weighted_squares(
        self, weight: NDArray[np.float64], start: int = 0, stop: int | None = None
    ) -> NDArray[np.float64]:
        """Per step the sum of squares of its term, each entry weighted: the sum of (weight * term) ** 2.

        Of an outer product d q^T that is (d * d)^T (weight * weight) (q * q); only where a parameter stands in more
        than one place are the terms formed. Of the steps start .. stop - 1.
        """
        if weight.shape != self.shape:
            raise SpecError(f"weight has shape {list(weight.shape)}, but {self.name} has {list(self.shape)}")
        stop = len(self.lefts[0]) if stop is None else stop
        self._check_steps(start, stop)
        steps = range(start, stop)
        if len({use.block for use in self.uses}) < len(self.uses):
            return np.array([float(np.square(weight * self.between(t, t + 1)).sum()) for t in steps])
        total = torch.zeros(len(steps), dtype=torch.float64)
        squares = torch.from_numpy(np.square(weight))
        for use, whole in zip(self.uses, self.lefts, strict=True):
            inside, left = squares[use.rows], whole[start:stop]
            factor = None if use.factor is None else use.factor[start:stop]
            if factor is None:
                total += left.square() @ inside
            elif use.where != "inputs":
                total += ((left.square() @ inside) * factor.square()).sum(1)
            elif factor.dim() == 1:
                rows = inside[factor.clamp_min(0)]
                total += torch.where(factor >= 0, (left.square() * rows).sum(1), 0.0)
            else:
                total += ((factor.square() @ inside) * left.square()).sum(1)
        return total.numpy()

    def _check_steps(self, start: int, stop: int) -> None:
        if not 0 <= start <= stop <= len(self.lefts[0]):
            raise SpecError(f"the steps {start} to {stop} were asked for, but there are {len(self.lefts[0])}")


def parameter_terms(trace: Trace, names: tuple[str, ...]) -> Job[dict[str, Terms]]:
    """The terms of the gradients of some parameters with respect to the whole loss.

    Parameters
    ----------
    trace : Trace
    names : tuple of str
        As the network names them.

    Returns
    -------
    dict of str to Terms

    Raises
    ------
    ObjectiveError
        When there is no target, no such parameter, or one acts before the first step.
    """
    uses = {}
    for name in names:
        uses[name] = uses_of(trace, name)
        yield 0, trace.steps
    every = [use for group in uses.values() for use in group]
    cells = tuple({use.at: None for use in every if use.at is not None})
    asked: dict[CellLayer, tuple[Leaf, ...]] = {
        at: tuple({u.leaf: None for u in every if u.at is at and u.leaf is not None and u.leaf.kind == "vector"})
        for at in cells
    }
    visitor = _Factors(trace, every)
    inputs = any(use.where == "inputs" for use in every)
    seeds = Losses.of(trace).whole(trace.steps)
    if any(use.where == "readout" for use in every):
        yield from _counted(RowsBack(Linearisations(trace, asked), seeds, visitor), trace)
    if cells or inputs:
        yield from _counted(RowsBack(Linearisations(trace, asked), seeds, visitor, cells, inputs=inputs), trace)
    return {
        name: Terms(
            name,
            tuple(trace.weights.state[name].shape),
            tuple(map(visitor.met, group)),
            tuple(visitor.lefts[use] for use in group),
        )
        for name, group in uses.items()
    }


def _counted(back: RowsBack, trace: Trace) -> Job[None]:
    total = trace.steps * len(trace.network.cell_layers)
    for done, _ in enumerate(back.run()):
        yield min(done, total), total


class _Factors(Visitor):
    """Keeps the left factor of every use at every step."""

    def __init__(self, trace: Trace, uses: list[Use]) -> None:
        self._uses = uses
        self.lefts = {use: torch.zeros(trace.steps, _width(trace, use), dtype=torch.float64) for use in uses}
        self._entered = {use: torch.zeros(trace.steps, dtype=torch.bool) for use in uses}

    def met(self, use: Use) -> Use:
        """The use without right factors that no gradient meets: zero times infinity would be undefined there."""
        if use.factor is None or bool(use.factor.isfinite().all()):
            return use
        return replace(use, factor=torch.where(self._entered[use][:, None], use.factor, 0.0))

    def cell(self, step: int, rows: slice, passing: RowPass, ran: int) -> None:
        for use in self._uses:
            if use.at is passing.at and rows.stop > rows.start:
                self._keep(use, step, use.left(passing, ran, rows))

    def readout(self, step: int, rows: slice, passing: ReadoutRows) -> None:
        for use in self._uses:
            if use.where == "readout" and passing.deltas:
                self._keep(use, step, passing.deltas[use.index])

    def inputs(self, step: int, rows: slice, adjoint: Scaled) -> None:
        for use in self._uses:
            if use.where == "inputs" and rows.stop > rows.start:
                self._keep(use, step, use.arriving(step, adjoint))

    def _keep(self, use: Use, step: int, rows: Scaled) -> None:
        self.lefts[use][step] = rows.plainly()[0]
        self._entered[use][step] = bool(rows.entered[0])


def _width(trace: Trace, use: Use) -> int:
    if use.at is not None:
        return use.at.units
    return len(trace.weights.dense[use.index].bias) if use.where == "readout" else trace.network.spec.inputs_of(0)
