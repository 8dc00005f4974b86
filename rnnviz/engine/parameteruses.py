"""Where a parameter stands in a network: every gradient of a parameter is a sum of outer products, one or more a step.

For a matrix M with ``M @ q``, what step t adds to dL/dM is delta_t q_t^T, delta_t being the derivative with respect to
the sum that M stands in. A bias adds delta_t itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor

from rnnviz.engine.backsource import cell_trace, features
from rnnviz.engine.errors import ObjectiveError
from rnnviz.engine.linearised import Leaf, vectors
from rnnviz.engine.network import CellLayer
from rnnviz.engine.record import NETWORK
from rnnviz.engine.rowpass import RowPass
from rnnviz.engine.scaled import Scaled

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace


@dataclass(frozen=True, eq=False)
class Use:
    """One place at which a parameter stands.

    Parameters
    ----------
    block : str
        Which part of the parameter: its name in the equations of the cell ("U_f" of torch's "weight_hh_l0").
    rows : slice
        The rows of the parameter that are meant.
    where : {"cell", "readout", "inputs"}
        Whose adjoint is the left factor.
    at : CellLayer or None
    leaf : Leaf or None
        In a cell: the slot or the vector whose derivative is the left factor.
    index : int
        In the readout: which dense layer.
    factor : Tensor or None
        The right factor q of every step of the sequence, [S, n] in float64, or numbers of tokens [S], -1 for none,
        which stand for one-hot rows. None: the left factor alone, as for a bias.
    free : Tensor or None
        Of the embedding: one where an input is free and zero where it is held, [S, I]; None: none is held.
    """

    block: str
    rows: slice
    where: Literal["cell", "readout", "inputs"]
    at: CellLayer | None = None
    leaf: Leaf | None = None
    index: int = 0
    factor: Tensor | None = None
    free: Tensor | None = None

    def arriving(self, step: int, adjoint: Scaled) -> Scaled:
        """What of dL/dx of a step, [n, I], belongs to inputs that come from the parameter: those that are not held."""
        return (
            adjoint if self.free is None else Scaled(adjoint.values * self.free[step], adjoint.exponents, adjoint.live)
        )

    def left(self, passing: RowPass, ran: int, rows: slice) -> Scaled:
        """The left factor in a cell, for the step just gone back over, [n, H]."""
        assert self.leaf is not None
        if self.leaf.kind == "slot":
            return passing.slots((self.leaf.name,), rows)
        return passing.elementwise(ran, self.leaf, rows)


def uses_of(trace: Trace, name: str) -> tuple[Use, ...]:
    """Every place at which a parameter stands.

    Parameters
    ----------
    trace : Trace
    name : str
        As the network names it.

    Raises
    ------
    ObjectiveError
        When there is no such parameter, or it acts before the first step.
    """
    if name not in trace.weights.state:
        listed = ", ".join(trace.weights.state)
        raise ObjectiveError(f"the network has no parameter {name}; it has {listed}")
    if name.startswith("readout."):
        return (_readout(trace, name),)
    if name == "embedding.weight":
        return (_embedding(trace),)
    found = tuple(_in_cells(trace, name))
    if not found:
        raise ObjectiveError(f"{name} is a state before the first step, so no part of its gradient falls on a step")
    return found


def _in_cells(trace: Trace, name: str) -> Iterator[Use]:
    for at in trace.network.cell_layers:
        for block, shares in at.shares.items():
            for share in shares:
                if share.parameter == name and at.cell.parameter(block).kind != "initial":
                    yield from _in_cell(trace, at, block, share.rows)


def _in_cell(trace: Trace, at: CellLayer, block: str, rows: slice) -> Iterator[Use]:
    for slot in at.plan.slots:
        for matrix, operand in slot.products:
            if matrix == block:
                factor = operand_values(trace, at, operand)
                yield Use(block, rows, "cell", at, Leaf("slot", slot.name), factor=factor)
        for bias in slot.biases:
            if bias == block:
                yield Use(block, rows, "cell", at, Leaf("slot", slot.name))
    if block in vectors(at.plan):
        yield Use(block, rows, "cell", at, Leaf("vector", block))


def operand_values(trace: Trace, at: CellLayer, index: int) -> Tensor:
    """What a matrix is multiplied with at every step of the sequence, [S, n] in float64."""
    source, steps, operand = cell_trace(trace, at), trace.steps, at.plan.operands[index]
    if operand.kind == "input":
        found = source.inputs(0, steps)
    elif operand.kind == "output":
        assert source.output is not None
        found = source.output(-1, steps - 1)
    elif operand.kind == "state":
        found = source.quantity(operand.name, -1, steps - 1)
    else:
        found = source.quantity(operand.name, 0, steps)
    return found.flip(0) if at.direction == "backward" else found


def _readout(trace: Trace, name: str) -> Use:
    index, kind = int(name.split(".")[1]), name.split(".")[2]
    if kind == "bias":
        return Use(name, slice(None), "readout", index=index)
    fed = features(trace)
    if index:
        fed = torch.from_numpy(trace.record.signal(f"readout.{index - 1}", NETWORK).copy()).double()
    return Use(name, slice(None), "readout", index=index, factor=fed)


def _embedding(trace: Trace) -> Use:
    steps, tokens = trace.embedded_tokens()
    shape = (trace.steps,) if tokens.dim() == 1 else (trace.steps, tokens.shape[1])
    factor = torch.full(shape, -1) if tokens.dim() == 1 else torch.zeros(shape, dtype=torch.float64)
    factor[steps] = tokens.to(factor.dtype)
    return Use("embedding.weight", slice(None), "inputs", factor=factor, free=_free(trace))


def _free(trace: Trace) -> Tensor | None:
    if "x" not in trace.holds.signals(NETWORK):
        return None
    ones = torch.ones(trace.steps, trace.network.spec.inputs_of(0), dtype=torch.float64)
    return trace.holds.free_inputs(slice(0, trace.steps), ones)
