"""Jacobians of the states of one layer: ds_t/ds_{t-1}, with the states in the order of the equations.

Taken forward through the linearised cell: the derivative of a slot with respect to the previous states is its matrix,
that of everything elementwise a sum of diagonals times what it reads. Where the network is fed its own output, a state
also acts through the layers above and the readout; then rows are carried back over one step instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.jobs import Job
from rnnviz.engine.linearised import CHUNK, Diagonals, Leaf, Linearisation
from rnnviz.engine.lognumbers import LogNumbers
from rnnviz.engine.network import CellLayer
from rnnviz.engine.rowpass import RowPass
from rnnviz.engine.rowsback import Linearisations, returns
from rnnviz.engine.spec import Direction
from rnnviz.engine.statepaths import paths_to

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

_BYTES = 1 << 21


def state_names(at: CellLayer) -> tuple[str, ...]:
    """The states of a cell in the order of its equations; of a cell that carries none its output in their place."""
    return at.cell.states or (at.cell.output,)


def state_size(at: CellLayer) -> int:
    """Number S of numbers in all states of a cell together."""
    return len(state_names(at)) * at.units


def ran_order(trace: Trace, at: CellLayer) -> range:
    """The steps that a run has reached, in the order in which the cell ran."""
    reached = trace.schedule.reached(trace.position, at.layer, at.direction)
    steps = range(reached.start, reached.stop)
    return steps if at.direction == "forward" else steps[::-1]


def jacobians(trace: Trace, layer: int = 0, direction: Direction = "forward") -> Job[NDArray[np.float64]]:
    """ds_t/ds_{t-1} of the states of one layer at every step, through all ways that lead from one to the other.

    Parameters
    ----------
    trace : Trace
    layer : int
    direction : {"forward", "backward"}

    Returns
    -------
    ndarray, [T, S, S]
        Entry [t, i, j] is the derivative of number i of the states at step t with respect to number j at the step
        that the cell ran before it (of the backward direction that is t + 1); at the first step that ran, with respect
        to the initial states. States stand one after the other in the order in which the equations first assign them
        (LSTM: c, then h). A cell without states (feedforward, Jordan) is described by its output h. Steps that the run
        has not reached are NaN.

    Raises
    ------
    SpecError
        When there is no such layer.
    """
    at = trace.network.at(layer, direction)
    size = state_size(at)
    found = np.full((trace.steps, size, size), np.nan)
    if returns(trace.network):
        linearised = Linearisations(trace)
        for step in ran_order(trace, at):
            found[step] = 0.0
            for earlier, matrix in paths_to(linearised, at, step):
                if earlier == step - 1:
                    found[step] = _plain(matrix)
                    break
            yield step, trace.steps
        return found
    blocks = JacobianBlocks(Linearisation(trace, at))
    for ran, step in enumerate(ran_order(trace, at)):
        found[step] = blocks[ran].numpy()
        yield ran, trace.steps
    return found


def jacobian_at(trace: Trace, step: int, layer: int = 0, direction: Direction = "forward") -> NDArray[np.float64]:
    """The Jacobian of one step alone, [S, S]: an entry of :func:`jacobians`. The run must have reached the step."""
    at = trace.network.at(layer, direction)
    if not returns(trace.network):
        return JacobianBlocks(Linearisation(trace, at))[ran_order(trace, at).index(step)].numpy().copy()
    for earlier, matrix in paths_to(Linearisations(trace), at, step):
        if earlier == step - 1:
            return _plain(matrix)
    return np.zeros((state_size(at), state_size(at)))


def _plain(matrix: tuple[Tensor, NDArray[np.int64]]) -> NDArray[np.float64]:
    values, exponents = matrix
    return LogNumbers(values.numpy(), np.broadcast_to(exponents[:, None], values.shape)).plain


class JacobianBlocks:
    """The Jacobians of one cell by the number of the step in the order in which it ran, computed some at a time.

    Parameters
    ----------
    linear : Linearisation
        Of a cell that is not fed the network's output.
    """

    def __init__(self, linear: Linearisation) -> None:
        self.linear = linear
        at = linear.at
        self.size = state_size(at)
        self._columns = {state: place * at.units for place, state in enumerate(at.cell.states)}
        self._count = max(1, min(CHUNK, _BYTES // (8 * self.size * at.units)))
        self._start = 0
        self._made: Tensor | None = None

    def __getitem__(self, ran: int) -> Tensor:
        """The Jacobian of one step, [S, S]."""
        if self._made is None or not self._start <= ran < self._start + len(self._made):
            self._start = ran // CHUNK * CHUNK + ran % CHUNK // self._count * self._count
            self._made = self._make(self._start)
        return self._made[ran - self._start]

    def _make(self, start: int) -> Tensor:
        index, inside = divmod(start, CHUNK)
        count = min(self._count, CHUNK - inside, self.linear.steps - start)
        if not self._columns:
            return torch.zeros(count, self.size, self.size, dtype=torch.float64)
        whole = self.linear.chunk(index)
        slopes = {key: slope[inside : inside + count] for key, slope in whole.items()}
        if self.linear.undefined and not all(bool(slope.isfinite().all()) for slope in slopes.values()):
            return torch.stack([self._row_by_row(start + place) for place in range(count)])
        tangents: dict[Leaf, Tensor | None] = {}
        for output in reversed(self.linear.outputs):
            tangents[Leaf("output", output)] = self._tangent(output, slopes, tangents, count)
        zero = torch.zeros(count, self.linear.at.units, self.size, dtype=torch.float64)
        parts = [tangents[Leaf("output", state)] for state in self._columns]
        return torch.cat([zero if part is None else part for part in parts], 1)

    def _row_by_row(self, ran: int) -> Tensor:
        """The same of one step as autograd has it, with a row for every number: zero times infinity is undefined."""
        passing, rows = RowPass(self.linear, self.size), slice(0, self.size)
        identity = torch.eye(self.size, dtype=torch.float64)
        for state, column in self._columns.items():
            passing.plant(state, identity[:, column : column + self.linear.at.units])
        passing.step(ran, rows)
        return torch.cat([passing.carried(state, rows).plainly() for state in self._columns], 1)

    def _tangent(
        self, output: str, slopes: Diagonals, tangents: dict[Leaf, Tensor | None], count: int
    ) -> Tensor | None:
        """The derivative of an output with respect to the previous states, [n, H, S]; None where it is zero."""
        units = self.linear.at.units
        total: Tensor | None = None
        for leaf in self.linear.reads[output]:
            slope = slopes[output, leaf]
            if leaf.kind == "before":
                total = _or_zeros(total, count, units, self.size)
                column = self._columns[leaf.name]
                total[:, :, column : column + units].diagonal(dim1=1, dim2=2).add_(slope)
                continue
            if leaf not in tangents:
                tangents[leaf] = self._slot(leaf.name, tangents)
            tangent = tangents[leaf]
            if tangent is not None:
                total = _or_zeros(total, count, units, self.size).addcmul_(slope[:, :, None], tangent)
        return total

    def _slot(self, name: str, tangents: dict[Leaf, Tensor | None]) -> Tensor | None:
        """The derivative of a slot with respect to the previous states, [1 or n, H, S]."""
        plan, units = self.linear.at.plan, self.linear.at.units
        total: Tensor | None = None
        for matrix, index in plan.slots[plan.place(name)].products:
            operand, values = plan.operands[index], self.linear.matrices[matrix]
            part: Tensor | None = None
            if operand.kind == "state":
                part = torch.zeros(1, units, self.size, dtype=torch.float64)
                column = self._columns[operand.name]
                part[0, :, column : column + units] = values
            elif operand.kind == "computed":
                inner = tangents[Leaf("output", operand.name)]
                part = None if inner is None else values @ inner
            if part is not None:
                total = part if total is None else total + part
        return total


def _or_zeros(total: Tensor | None, *shape: int) -> Tensor:
    return torch.zeros(*shape, dtype=torch.float64) if total is None else total
