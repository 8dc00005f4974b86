"""What the way back reads of a trace, in float64 and in the order in which the steps of a cell ran."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from rnnviz.engine.adjoint import CellTrace
from rnnviz.engine.layout import signals_block, slots_block
from rnnviz.engine.network import CellLayer
from rnnviz.engine.scaled import Scaled

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace


_ALL = slice(None)


def flip(at: CellLayer, rows: Scaled) -> Scaled:
    """Turn rows between the order of the steps and the order in which a cell ran."""
    return rows.flipped() if at.direction == "backward" else rows


def cell_trace(trace: Trace, at: CellLayer) -> CellTrace:
    """What a run has recorded of one cell, in the order in which its steps ran."""
    initial = {name: value.double()[None] for name, value in trace.weights.cells[at].initial.items()}

    def quantity(name: str, start: int, stop: int) -> Tensor:
        if start < 0:
            return torch.cat([initial[name], quantity(name, 0, stop)]) if stop > 0 else initial[name]
        column = at.plan.columns[name] * at.units
        return _ran(trace, at, signals_block(at), start, stop, slice(column, column + at.units))

    def output(start: int, stop: int) -> Tensor:
        nothing = torch.zeros(1, at.outputs, dtype=torch.float64)
        if start < 0:
            return torch.cat([nothing, output(0, stop)]) if stop > 0 else nothing
        return _ran(trace, at, "y", start, stop)

    def slots(start: int, stop: int) -> Tensor:
        return _ran(trace, at, slots_block(at), start, stop)

    return CellTrace(slots, quantity, _inputs(trace, at), output if at.cell.uses_output else None, trace.steps)


def features(trace: Trace) -> Tensor:
    """[S, F], the last layer's h, directions joined."""
    spec = trace.network.spec
    ways = [trace.network.at(spec.num_layers - 1, direction) for direction in spec.directions]
    return torch.cat([_of_layer(trace, at, 0, trace.steps) for at in ways], 1)


def _inputs(trace: Trace, at: CellLayer) -> Callable[[int, int], Tensor]:
    spec = trace.network.spec
    below = [trace.network.at(at.layer - 1, direction) for direction in spec.directions] if at.layer else []

    def inputs(start: int, stop: int) -> Tensor:
        if at.direction == "backward":
            start, stop = trace.steps - stop, trace.steps - start
        parts = [_of_layer(trace, lower, start, stop) for lower in below] or [_double(trace, "x", start, stop)]
        joined = torch.cat(parts, 1)
        return joined.flip(0) if at.direction == "backward" else joined

    return inputs


def _of_layer(trace: Trace, at: CellLayer, start: int, stop: int) -> Tensor:
    column = at.plan.columns[at.cell.output] * at.units
    return _double(trace, signals_block(at), start, stop, slice(column, column + at.units))


def _ran(trace: Trace, at: CellLayer, block: str, start: int, stop: int, columns: slice = _ALL) -> Tensor:
    if at.direction == "forward":
        return _double(trace, block, start, stop, columns)
    return _double(trace, block, trace.steps - stop, trace.steps - start, columns).flip(0)


def _double(trace: Trace, block: str, start: int, stop: int, columns: slice = _ALL) -> Tensor:
    return torch.from_numpy(np.array(trace.record.rows(block, start, stop)[:, columns], np.float64))
