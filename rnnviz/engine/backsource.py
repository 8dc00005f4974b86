"""What the way back reads of a trace, in the order in which the steps of a cell ran."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.layout import signals_block, slots_block
from rnnviz.engine.network import CellLayer
from rnnviz.engine.scaled import Scaled

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

Rows = NDArray[np.floating]
_ALL = slice(None)


def flip(at: CellLayer, rows: Scaled) -> Scaled:
    """Turn rows between the order of the steps and the order in which a cell ran."""
    return rows.flipped() if at.direction == "backward" else rows


class CellTrace:
    """What a run has recorded of one cell, in the order in which its steps ran.

    Methods that hand out tensors give copies in float64; those that hand out arrays give the record itself where it can
    be had in one piece.

    Parameters
    ----------
    trace : Trace
    at : CellLayer
    """

    def __init__(self, trace: Trace, at: CellLayer) -> None:
        self._trace = trace
        self._at = at
        self._initial = trace.weights.cells[at].initial
        below = trace.network.spec.directions if at.layer else ()
        self._below = [trace.network.at(at.layer - 1, direction) for direction in below]

    @property
    def steps(self) -> int:
        """Number of steps S."""
        return self._trace.steps

    def slots(self, start: int, stop: int) -> Tensor:
        """[n, slots * H]."""
        return _double(self._rows(slots_block(self._at), start, stop))

    def quantity(self, name: str, start: int, stop: int) -> Tensor:
        """[n, H], a computed quantity; for a state, row -1 is the initial one."""
        if start >= 0:
            return _double(self._quantity(name, start, stop))
        out = np.empty((stop - start, self._at.units))
        self.put_before(name, start + 1, stop + 1, out)
        return torch.from_numpy(out)

    def inputs(self, start: int, stop: int) -> Tensor:
        """[n, I]."""
        return _double(self._inputs(start, stop))

    def output(self, start: int, stop: int) -> Tensor:
        """[n, O], the network's output as it is fed back; row -1 is zero."""
        out = np.empty((stop - start, self._at.outputs))
        if start >= 0:
            out[:] = self._rows("y", start, stop)
        else:
            self._put_output_before(start + 1, stop + 1, out)
        return torch.from_numpy(out)

    def put_slot(self, name: str, start: int, stop: int, out: Rows) -> None:
        """Write one slot of some steps to [n, H]."""
        place = self._at.plan.place(name) * self._at.units
        out[:] = self._rows(slots_block(self._at), start, stop, slice(place, place + self._at.units))

    def put_before(self, state: str, start: int, stop: int, out: Rows) -> None:
        """Write a state as the steps before these left it to [n, H]."""
        fresh = 1 if start == 0 else 0
        if fresh:
            out[0] = self._initial[state].numpy()
        if start + fresh < stop:
            out[fresh:] = self._quantity(state, start + fresh - 1, stop - 1)

    def operand(self, index: int, start: int, stop: int, dtype: torch.dtype) -> Tensor:
        """[n, size], what a matrix was multiplied with in some steps."""
        operand, at = self._at.plan.operands[index], self._at
        size = {"input": at.inputs, "output": at.outputs}.get(operand.kind, at.units)
        out = torch.empty(stop - start, size, dtype=dtype)
        if operand.kind == "input":
            out.numpy()[:] = self._inputs(start, stop)
        elif operand.kind == "output":
            self._put_output_before(start, stop, out.numpy())
        elif operand.kind == "state":
            self.put_before(operand.name, start, stop, out.numpy())
        else:
            out.numpy()[:] = self._quantity(operand.name, start, stop)
        return out

    def _put_output_before(self, start: int, stop: int, out: Rows) -> None:
        fresh = 1 if start == 0 else 0
        out[:fresh] = 0
        if start + fresh < stop:
            out[fresh:] = self._rows("y", start + fresh - 1, stop - 1)

    def _quantity(self, name: str, start: int, stop: int) -> Rows:
        column = self._at.plan.columns[name] * self._at.units
        return self._rows(signals_block(self._at), start, stop, slice(column, column + self._at.units))

    def _inputs(self, start: int, stop: int) -> Rows:
        if not self._below:
            return self._rows("x", start, stop)
        parts = []
        for lower in self._below:
            column = lower.plan.columns[lower.cell.output] * lower.units
            parts.append(self._rows(signals_block(lower), start, stop, slice(column, column + lower.units)))
        return parts[0] if len(parts) == 1 else np.concatenate(parts, 1)

    def _rows(self, block: str, start: int, stop: int, columns: slice = _ALL) -> Rows:
        if self._at.direction == "forward":
            return self._trace.record.rows(block, start, stop)[:, columns]
        steps = self._trace.steps
        return self._trace.record.rows(block, steps - stop, steps - start)[::-1, columns]


def cell_trace(trace: Trace, at: CellLayer) -> CellTrace:
    """What a run has recorded of one cell, in the order in which its steps ran."""
    return CellTrace(trace, at)


def features(trace: Trace) -> Tensor:
    """[S, F], the last layer's h, directions joined."""
    spec = trace.network.spec
    parts = []
    for direction in spec.directions:
        at = trace.network.at(spec.num_layers - 1, direction)
        column = at.plan.columns[at.cell.output] * at.units
        parts.append(trace.record.columns(signals_block(at), column, column + at.units))
    return torch.from_numpy(np.concatenate(parts, 1, dtype=np.float64))


def _double(rows: Rows) -> Tensor:
    return torch.from_numpy(np.array(rows, np.float64))
