"""Adjoints of many numbers at once, one per row, carried back through one cell step by step.

Where :mod:`rnnviz.engine.adjoint` carries one adjoint vector through the stacked matrices, this carries a matrix whose
rows belong to different numbers (the losses of different steps, the units of a state), so that matrix times vector
becomes matrix times matrix. Every row has a power of two of its own, so that none becomes a false zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rnnviz.engine.linearised import CHUNK, Leaf, Linearisation
from rnnviz.engine.products import Product, stacked_products
from rnnviz.engine.scaled import NOTHING, Scaled, ldexp
from rnnviz.engine.weights import stack

_NEAR = 200
"""Scales that differ by less than this power of two can be added as they are."""

_SMALL, _LARGE = 2.0**-64, 2.0**64
"""Rows are scaled anew where their largest value leaves this range."""


@dataclass(frozen=True)
class _Through:
    """A stacked matrix: the columns of delta that it belongs to, and the matrix in float64."""

    columns: slice
    matrix: Tensor


class RowPass:
    """The way back through one cell for a number of rows.

    Parameters
    ----------
    linear : Linearisation
    rows : int
        Number of rows B.
    held : tuple of str
        States that nothing is carried on from: what comes into them stays there.

    Attributes
    ----------
    adjoints : dict of str to Tensor, [B, H]
        After :meth:`step`: the derivative with respect to every output of that step, through all ways.
    delta : Tensor, [B, slots * H]
        The same with respect to the slots.
    exponents : ndarray, [B]
        The powers of two of the rows at that step.
    """

    def __init__(self, linear: Linearisation, rows: int, held: tuple[str, ...] = ()) -> None:
        at = linear.at
        self.linear = linear
        self.at = at
        self.delta = torch.zeros(rows, len(at.plan.slots) * at.units, dtype=torch.float64)
        self.adjoints = {name: self._zeros(rows) for name in linear.outputs}
        self.exponents = np.zeros(rows, np.int64)
        self._states = at.cell.states
        self._blocks = [
            torch.zeros(rows, len(self._states) * at.units, dtype=torch.float64) for _ in range(2)
        ]
        self._views = [self._cut(block) for block in self._blocks]
        self._earlier = self._views[0]
        self._carried = np.zeros(rows, np.int64)
        self._products = [self._stacked(index) for index in range(len(at.plan.operands))]
        self._columns = {
            slot.name: slice(place * at.units, (place + 1) * at.units)
            for place, slot in enumerate(at.plan.slots)
        }
        self._chunk = -1
        self._plan_steps(held)

    def _zeros(self, rows: int) -> Tensor:
        return torch.zeros(rows, self.at.units, dtype=torch.float64)

    def _cut(self, block: Tensor) -> dict[str, Tensor]:
        units = self.at.units
        return {
            state: block[:, place * units : (place + 1) * units] for place, state in enumerate(self._states)
        }

    def _stacked(self, operand: int) -> list[_Through]:
        return [self._through(product) for product in stacked_products(self.at.plan, operand)]

    def _through(self, product: Product) -> _Through:
        units = self.at.units
        columns = slice(product.span.start * units, product.span.stop * units)
        return _Through(columns, stack(self.linear.matrices, product))

    def _plan_steps(self, held: tuple[str, ...]) -> None:
        """Say for every diagonal where it leads, and whether it is the first to lead there."""
        written: set[Leaf] = set()
        self._ways: dict[str, list[tuple[Leaf, bool]]] = {}
        for output in self.linear.outputs:
            self._ways[output] = []
            for leaf in () if output in held else self.linear.reads[output]:
                first = leaf.kind != "output" and leaf not in written
                self._ways[output].append((leaf, first))
                written.add(leaf)
        self._carried_in = [Leaf("before", state) in written for state in self._states]
        computed: dict[str, list[_Through]] = {}
        for index, operand in enumerate(self.at.plan.operands):
            if operand.kind == "computed":
                computed.setdefault(operand.name, []).extend(self._products[index])
        self._computed = computed

    def step(self, step: int, rows: slice, direct: Scaled | None = None, where: slice | None = None) -> None:
        """Carry the adjoints back over one step.

        Parameters
        ----------
        step : int
            Counted in the order in which the cell ran; steps must come one after the other, the last first.
        rows : slice
            The rows that have begun; all others stay untouched.
        direct : Scaled, optional
            What comes into the cell's output at this step from above.
        where : slice, optional
            The rows that ``direct`` belongs to; None: all of ``rows``.
        """
        self._views.reverse()
        self._blocks.reverse()
        self._earlier, now = self._views
        for name in self.adjoints:
            if name in now:
                self.adjoints[name] = now[name]
            else:
                self.adjoints[name][rows] = 0.0
        self.exponents = self._carried.copy()
        if direct is not None:
            self._enter(direct, rows if where is None else where)
        self._within(self._slopes(step), rows)
        self._to_states_before(rows)
        self._carried = self.exponents.copy()
        self._scale_anew(rows)

    def _slopes(self, step: int) -> tuple[Tensor, ...]:
        index, inside = divmod(step, CHUNK)
        if index != self._chunk:
            chunk = self.linear.chunk(index)
            split = [chunk[output, leaf].unbind(0) for output, ways in self._ways.items() for leaf, _ in ways]
            self._rows = list(zip(*split, strict=True))
            self._chunk = index
        return self._rows[inside] if self._rows else ()

    def _enter(self, direct: Scaled, where: slice) -> None:
        """Add what comes from outside; where two scales are far apart, that of the larger number is kept."""
        target = self.adjoints[self.at.cell.output]
        own = self.exponents[where]
        shift = direct.exponents - own
        if not len(shift) or np.abs(shift).max() < _NEAR:
            target[where] += ldexp(direct.values, shift)
            return
        present = Scaled(torch.cat([self.adjoints[name][where] for name in self.adjoints], 1), own)
        larger = present.magnitudes >= direct.magnitudes
        kept = np.where(larger & (present.magnitudes != NOTHING), own, direct.exponents)
        for adjoint in self.adjoints.values():
            adjoint[where] = ldexp(adjoint[where], own - kept)
        target[where] += ldexp(direct.values, direct.exponents - kept)
        self.exponents[where] = kept

    def _within(self, slopes: tuple[Tensor, ...], rows: slice) -> None:
        """Go back through the outputs of a step, from the last to be computed to the first."""
        following = iter(slopes)
        for output, ways in self._ways.items():
            self._through_products(output, rows)
            adjoint = self.adjoints[output][rows]
            for leaf, first in ways:
                target = self._target(leaf)[rows]
                if first:
                    torch.mul(adjoint, next(following), out=target)
                else:
                    target.addcmul_(adjoint, next(following))

    def _through_products(self, output: str, rows: slice) -> None:
        for through in self._computed.get(output, ()):
            self.adjoints[output][rows].addmm_(self.delta[rows, through.columns], through.matrix)

    def _target(self, leaf: Leaf) -> Tensor:
        if leaf.kind == "slot":
            return self.delta[:, self._columns[leaf.name]]
        return (self._earlier if leaf.kind == "before" else self.adjoints)[leaf.name]

    def _to_states_before(self, rows: slice) -> None:
        for state, begun in zip(self._states, self._carried_in, strict=True):
            target, started = self._earlier[state][rows], begun
            for index, operand in enumerate(self.at.plan.operands):
                if operand.kind != "state" or operand.name != state:
                    continue
                for through in self._products[index]:
                    delta = self.delta[rows, through.columns]
                    if started:
                        target.addmm_(delta, through.matrix)
                    else:
                        torch.mm(delta, through.matrix, out=target)
                    started = True
            if not started:
                target.zero_()

    def _scale_anew(self, rows: slice) -> None:
        """Where a row leaves the safe range, bring it and all that have moved with it near one."""
        if not self._states:
            return
        block = self._blocks[0][rows]
        sizes = block.abs().amax(1).numpy()
        low, high = sizes.min(), sizes.max()
        if low > _SMALL and high < _LARGE:
            return
        usual = (sizes > 0) & np.isfinite(sizes)
        with np.errstate(invalid="ignore"):
            if usual.any() and ((sizes[usual] < _SMALL) | (sizes[usual] > _LARGE)).any():
                shift = np.where(usual, np.frexp(np.where(usual, sizes, 1.0))[1], 0).astype(np.int64)
                block[:] = ldexp(block, -shift)
                self._carried[rows] += shift

    def plant(self, state: str, values: Tensor) -> None:
        """Put a derivative into a state before the next step is gone back over, [B, H]."""
        self._earlier[state][:] = values

    def take_over(self, other: RowPass) -> None:
        """Go on from where another pass over the same cell stands."""
        self._blocks[0][:] = other._blocks[0]
        self._carried = other._carried.copy()

    def carried(self, state: str, rows: slice) -> Scaled:
        """What goes on to a state one step before, [n, H]."""
        return Scaled(self._earlier[state][rows], self._carried[rows])

    def slots(self, names: tuple[str, ...], rows: slice) -> Scaled:
        """The derivative with respect to the sum of some slots' summands: the sum of theirs, [n, H]."""
        total = self.delta[rows, self._columns[names[0]]]
        for name in names[1:]:
            total = total + self.delta[rows, self._columns[name]]
        return Scaled(total, self.exponents[rows])

    def signal(self, step: int, name: str, rows: slice) -> Scaled:
        """The derivative with respect to a signal of the step just gone back over, [n, H]."""
        if name in self.adjoints:
            return Scaled(self.adjoints[name][rows], self.exponents[rows])
        if name in self.at.plan.aliases:
            return self.slots((self.at.plan.aliases[name],), rows)
        return self.elementwise(step, Leaf("signal", name), rows)

    def elementwise(self, step: int, leaf: Leaf, rows: slice) -> Scaled:
        """The derivative with respect to a signal or a vector that the elementwise part reads, [n, H]."""
        index, inside = divmod(step, CHUNK)
        chunk = self.linear.chunk(index)
        total: Tensor | None = None
        for output, adjoint in self.adjoints.items():
            slope = chunk.get((output, leaf))
            if slope is not None:
                part = adjoint[rows] * slope[inside]
                total = part if total is None else total.add_(part)
        if total is None:
            total = torch.zeros_like(self.delta[rows, : self.at.units])
        return Scaled(total, self.exponents[rows])

    def inputs(self, rows: slice) -> Scaled:
        """The derivative with respect to the cell's input at the step just gone back over, [n, I]."""
        return self._leaving("input", rows, self.at.inputs)

    def outputs(self, rows: slice) -> Scaled:
        """The same with respect to the network's output one step before, [n, O]."""
        return self._leaving("output", rows, self.at.outputs)

    def _leaving(self, kind: str, rows: slice, size: int) -> Scaled:
        total: Tensor | None = None
        for index, operand in enumerate(self.at.plan.operands):
            for through in self._products[index] if operand.kind == kind else ():
                part = self.delta[rows, through.columns] @ through.matrix
                total = part if total is None else total.add_(part)
        if total is None:
            total = torch.zeros(len(self.exponents[rows]), size, dtype=torch.float64)
        return Scaled(total, self.exponents[rows])
