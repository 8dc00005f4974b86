"""The ways of rows of adjoints through the matrices of one operand of a cell, from the sums it stands in back to it.

There are two. Through the slots: delta, the derivative with respect to every slot, times the stacked matrices. Or
straight from the outputs: what an output says about the operand is, for all rows alike, the sum over the slots of
diagonal times matrix. For an LSTM that halves the work (c and h speak, in place of four gates), and for a GRU it is a
third; it pays where there are many rows, since the sum is formed anew at every step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from rnnviz.engine.linearised import Leaf, Linearisation
from rnnviz.engine.products import stacked_products
from rnnviz.engine.weights import stack

MANY = 24
"""From so many rows on the way straight from the outputs pays."""

Slopes = Mapping[tuple[str, Leaf], Tensor]
"""The diagonals of one step, [H] each."""


@dataclass(frozen=True)
class _Stacked:
    """A stacked matrix and the columns of delta that it belongs to."""

    columns: slice
    matrix: Tensor


class Way:
    """The way back through the matrices of some operands.

    Parameters
    ----------
    linear : Linearisation
    operands : sequence of int
        Operands whose derivatives are wanted as one sum.
    size : int
        Number of columns of their matrices.

    Attributes
    ----------
    leads : bool
        Whether there is any matrix.
    shorter : bool
        Whether the way straight from the outputs is the shorter one.
    """

    def __init__(self, linear: Linearisation, operands: Sequence[int], size: int) -> None:
        at = linear.at
        units = at.units
        self._stacked = [
            _Stacked(slice(product.span.start * units, product.span.stop * units), stack(linear.matrices, product))
            for index in operands
            for product in stacked_products(at.plan, index)
        ]
        fed = [
            (Leaf("slot", slot.name), linear.matrices[matrix])
            for index in operands
            for slot, matrix in at.plan.slots_of(index)
        ]
        self._parts: dict[str, list[tuple[Leaf, Tensor]]] = {}
        for output in linear.outputs:
            parts = [(leaf, matrix) for leaf, matrix in fed if leaf in linear.reads[output]]
            if parts:
                self._parts[output] = parts
        self.leads = bool(fed)
        self.shorter = len(self._parts) < len(fed)
        self._sum = torch.zeros(units, size, dtype=torch.float64)

    def through_slots(self, delta: Tensor, target: Tensor, *, started: bool) -> bool:
        """Add what comes through the slots to the target, [n, size]; or write it, where nothing has begun.

        Returns whether the target has been written.
        """
        for way in self._stacked:
            started = _multiply(delta[:, way.columns], way.matrix, target, started)
        return started

    def from_outputs(
        self, adjoints: Mapping[str, Tensor], rows: slice, slopes: Slopes, target: Tensor, *, started: bool
    ) -> bool:
        """The same straight from the outputs."""
        for output, parts in self._parts.items():
            total = self._sum
            for place, (leaf, matrix) in enumerate(parts):
                slope = slopes[output, leaf][:, None]
                if place:
                    total.addcmul_(matrix, slope)
                else:
                    torch.mul(matrix, slope, out=total)
            started = _multiply(adjoints[output][rows], total, target, started)
        return started


def _multiply(left: Tensor, right: Tensor, target: Tensor, started: bool) -> bool:
    if started:
        target.addmm_(left, right)
    else:
        torch.mm(left, right, out=target)
    return True
