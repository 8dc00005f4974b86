"""The gradients of a cell's matrices and biases: sums over steps of dL/d(slots) times what the matrix is applied to.

The products have the precision of the network, as those of torch have; powers of two per step keep every step's share
in range, and what up to 1,024 steps give at once is added up in float64.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.backsource import CellTrace
from rnnviz.engine.network import CellLayer
from rnnviz.engine.products import Product
from rnnviz.engine.scaled import NOTHING, ldexp, magnitudes

GROUP = 1024
"""Steps whose products are taken at once."""

_MOST = 1000
"""Powers of two up to this are ordinary numbers."""

_NUMPY = {torch.float32: np.float32, torch.float64: np.float64}


class OuterProducts:
    """Gathers dL/d(slots), the last steps first, and turns it into gradients of matrices and biases.

    Parameters
    ----------
    at : CellLayer
    trace : CellTrace
    dtype : torch.dtype
        The precision of the network.
    """

    def __init__(self, at: CellLayer, trace: CellTrace, dtype: torch.dtype) -> None:
        self._at = at
        self._trace = trace
        self._products = (*at.step.inputs, *at.step.products)
        width = len(at.plan.slots) * at.units
        capacity = min(GROUP, trace.steps)
        self._rows = torch.from_numpy(np.empty((capacity, width), _NUMPY[dtype]))
        self._exponents = np.zeros(capacity, np.int64)
        self._told = False
        self._live = np.ones((capacity, len(at.plan.slots)), bool)
        self._own = np.zeros(0, np.int64)
        self._first = capacity
        self._stop = 0
        self._matrices: list[Tensor | None] = [None for _ in self._products]
        self._biases = torch.zeros(width, dtype=torch.float64)

    def _shape(self, product: Product) -> tuple[int, int]:
        kind = self._at.plan.operands[product.operand].kind
        size = {"input": self._at.inputs, "output": self._at.outputs}.get(kind, self._at.units)
        return (product.span.stop - product.span.start) * self._at.units, size

    def add(self, start: int, delta: Tensor, exponents: NDArray[np.int64], slots: frozenset[int] | None = None) -> None:
        """Take in the steps that stand right before those taken in last.

        Parameters
        ----------
        start : int
        delta : Tensor, [n, slots * H]
            dL/d(slots) but for powers of two.
        exponents : ndarray, [n]
            The powers of two of the rows.
        slots : frozenset of int, optional
            The places of the slots that a gradient comes to in these steps; None: all.
        """
        if not self._biases.numel():
            return
        self._biases += ldexp(delta, exponents).sum(0)
        stop = len(delta)
        while stop > 0:
            first = max(0, stop - len(self._rows))
            self._take(start + first, delta[first:stop], exponents[first:stop], slots)
            stop = first

    def latest(self, count: int) -> tuple[Tensor, NDArray[np.int64]]:
        """The rows taken in last in the precision of the network, and the powers of two that they were divided by."""
        rows = slice(self._first, self._first + count)
        return self._rows[rows], self._own[:count]

    def _take(self, start: int, delta: Tensor, exponents: NDArray[np.int64], slots: frozenset[int] | None) -> None:
        count = len(delta)
        if count > self._first:
            self.flush()
        if self._first == len(self._rows):
            self._stop = start + count
        rows = slice(self._first - count, self._first)
        sizes = magnitudes(delta)
        given = sizes != NOTHING
        self._own = np.where(given, np.clip(sizes, -_MOST, _MOST), 0)
        factors = np.ldexp(1.0, -self._own.astype(np.int32))[:, None]
        with np.errstate(all="ignore"):
            np.multiply(delta.numpy(), factors, self._rows[rows].numpy(), casting="same_kind")
        self._exponents[rows] = np.where(given, self._own + exponents, NOTHING)
        self._told |= slots is not None
        self._live[rows] = slots is None
        self._live[rows, list(slots or ())] = True
        self._first = rows.start

    def flush(self) -> None:
        """Multiply what has been gathered with what the matrices were applied to, and make room."""
        if self._first == len(self._rows):
            return
        rows, exponents = self._rows[self._first :], self._exponents[self._first :]
        largest = int(exponents.max(initial=NOTHING))
        if self._told and largest == NOTHING:
            largest = 0  # zeros that have come meet infinite operands, too
        if largest != NOTHING:
            shifts = np.clip(exponents - largest, -2 * _MOST, 0).astype(np.int32)
            if shifts.any():
                shifted = rows * torch.from_numpy(np.ldexp(1.0, shifts)).to(rows.dtype)[:, None]
                rows.copy_(torch.where(rows.isinf(), rows, shifted) if self._told else shifted)
            for place, product in enumerate(self._products):
                operand = self._trace.operand(product.operand, self._stop - len(rows), self._stop, rows.dtype)
                part, before = _widened(self._times(rows, operand, product), largest), self._matrices[place]
                self._matrices[place] = part if before is None else before.add_(part)
        self._first = len(self._rows)

    def _times(self, rows: Tensor, operand: Tensor, product: Product) -> Tensor:
        """The sum of outer products over steps, without those of slots and steps that no gradient comes to."""
        units, places = self._at.units, range(product.span.start, product.span.stop)
        live = self._live[self._first :, product.span.start : product.span.stop]
        if live.all() or bool(operand.isfinite().all()):
            return rows[:, places.start * units : places.stop * units].t() @ operand
        return torch.cat(
            [
                rows[here, place * units : (place + 1) * units].t() @ operand[here]
                for place, here in zip(places, torch.from_numpy(live).unbind(1), strict=True)
            ]
        )

    def gradients(self) -> dict[str, Tensor]:
        """dL/d(matrix) and dL/d(bias) by their names in the equations, in float64, of all that was taken in."""
        self.flush()
        units = self._at.units
        found: dict[str, Tensor] = {}
        for product, summed in zip(self._products, self._matrices, strict=True):
            total = torch.zeros(self._shape(product), dtype=torch.float64) if summed is None else summed
            parts = total.view(-1, units, total.shape[1])
            for matrix, part in zip(product.matrices, parts, strict=True):
                found[matrix] = found[matrix] + part if matrix in found else part
        for slot, part in zip(self._at.plan.slots, self._biases.view(-1, units), strict=True):
            for bias in slot.biases:
                found[bias] = found[bias] + part if bias in found else part
        return found


def _widened(part: Tensor, exponent: int) -> Tensor:
    """Multiply by a power of two, in float64."""
    if abs(exponent) >= _MOST:
        return ldexp(part.double(), exponent)
    return torch.from_numpy(np.multiply(part.numpy(), 2.0**exponent, dtype=np.float64))
