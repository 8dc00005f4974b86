"""Adjoints of many numbers at once, one per row, carried back through one cell step by step.

Where :mod:`rnnviz.engine.adjoint` carries one adjoint vector through the stacked matrices, this carries a matrix whose
rows belong to different numbers (the losses of different steps, the units of a state), so that matrix times vector
becomes matrix times matrix. Every row has a power of two of its own, so that none becomes a false zero.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from rnnviz.engine.linearised import CHUNK, Leaf, Linearisation
from rnnviz.engine.rowreach import RowReach
from rnnviz.engine.rowways import MANY, Slopes, Way
from rnnviz.engine.scaled import NOTHING, Scaled, ldexp

_NEAR = 200
"""Scales that differ by less than this power of two can be added as they are."""

_SMALL, _LARGE = 2.0**-64, 2.0**64
"""Rows are scaled anew where their largest value leaves this range."""


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
    exponents : ndarray, [B]
        The powers of two of the rows at that step.
    """

    def __init__(self, linear: Linearisation, rows: int, held: tuple[str, ...] = ()) -> None:
        at = linear.at
        self.linear = linear
        self.at = at
        self._delta = torch.zeros(rows, len(at.plan.slots) * at.units, dtype=torch.float64)
        self.adjoints = {name: self._zeros(rows) for name in linear.outputs}
        self.exponents = np.zeros(rows, np.int64)
        self._states = at.cell.states
        self._blocks = [torch.zeros(rows, len(self._states) * at.units, dtype=torch.float64) for _ in range(2)]
        self._views = [self._cut(block) for block in self._blocks]
        self._earlier = self._views[0]
        self._carried = np.zeros(rows, np.int64)
        self._columns = {
            slot.name: slice(place * at.units, (place + 1) * at.units) for place, slot in enumerate(at.plan.slots)
        }
        self._chunk = -1
        self._slopes: Slopes = {}
        self._made: list[Slopes] = []
        self._filled = True
        self._rows = slice(0, 0)
        self._reach = RowReach(linear, rows, held) if linear.undefined else None
        self._plan_steps(held)

    def _zeros(self, rows: int) -> Tensor:
        return torch.zeros(rows, self.at.units, dtype=torch.float64)

    def _cut(self, block: Tensor) -> dict[str, Tensor]:
        units = self.at.units
        return {state: block[:, place * units : (place + 1) * units] for place, state in enumerate(self._states)}

    def _plan_steps(self, held: tuple[str, ...]) -> None:
        """Say for every diagonal where it leads, and whether it is the first to lead there."""
        written: set[Leaf] = set()
        self._inner: dict[str, list[tuple[Leaf, bool]]] = {}
        self._to_slots: dict[str, list[tuple[Leaf, bool]]] = {}
        for output in self.linear.outputs:
            self._inner[output], self._to_slots[output] = [], []
            for leaf in () if output in held else self.linear.reads[output]:
                first = leaf.kind != "output" and leaf not in written
                (self._to_slots if leaf.kind == "slot" else self._inner)[output].append((leaf, first))
                written.add(leaf)
        self._carried_in = {state: Leaf("before", state) in written for state in self._states}
        self._to_states = {state: self._way("state", state) for state in self._states}
        self._to_computed = {name: self._way("computed", name) for name in self._named("computed")}
        self._leaving = {kind: self._way(kind) for kind in ("input", "output") if self._named(kind)}
        self._straight = not self._to_computed and not held

    def _named(self, kind: str) -> list[str]:
        return [operand.name for operand in self.at.plan.operands if operand.kind == kind]

    def _way(self, kind: str, name: str | None = None) -> Way:
        chosen = [
            index
            for index, operand in enumerate(self.at.plan.operands)
            if operand.kind == kind and name in (None, operand.name)
        ]
        sizes = {"input": self.at.inputs, "output": self.at.outputs}
        return Way(self.linear, chosen, sizes.get(kind, self.at.units))

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
        if self._reach is not None:
            self._reach.step(step, rows, direct, rows if where is None else where)
        if direct is not None:
            self._enter(direct, rows if where is None else where)
        self._slopes, self._rows, self._filled = self._slopes_of(step), rows, False
        self._within(rows)
        self._to_states_before(rows)
        self._carried = self.exponents.copy()
        self._scale_anew(rows)

    def _slopes_of(self, step: int) -> Slopes:
        index, inside = divmod(step, CHUNK)
        if index != self._chunk:
            chunk = self.linear.chunk(index)
            keys = [(output, leaf) for output in self.linear.outputs for leaf in self.linear.reads[output]]
            split = [chunk[key].unbind(0) for key in keys]
            self._made = [dict(zip(keys, row, strict=True)) for row in zip(*split, strict=True)]
            self._chunk = index
        return self._made[inside] if self._made else {}

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

    def _within(self, rows: slice) -> None:
        """Go back through the outputs of a step, from the last to be computed to the first."""
        for output in self.linear.outputs:
            if output in self._to_computed:
                self._to_computed[output].through_slots(self._delta[rows], self.adjoints[output][rows], started=True)
            self._apply(output, self._inner[output], rows)
            if not self._straight:
                self._apply(output, self._to_slots[output], rows)
        self._filled = not self._straight

    def _apply(self, output: str, ways: list[tuple[Leaf, bool]], rows: slice) -> None:
        adjoint = self.adjoints[output][rows]
        for leaf, first in ways:
            target, slope = self._target(leaf)[rows], self._slopes[output, leaf]
            if self._reach is not None:
                part = self._reach.times(adjoint, output, leaf, slope, rows)
                target.copy_(part) if first else target.add_(part)
            elif first:
                torch.mul(adjoint, slope, out=target)
            else:
                target.addcmul_(adjoint, slope)

    @property
    def delta(self) -> Tensor:
        """[B, slots * H], the derivative with respect to the slots of the step just gone back over."""
        if not self._filled:
            for output, ways in self._to_slots.items():
                self._apply(output, ways, self._rows)
            self._filled = True
        return self._delta

    def _target(self, leaf: Leaf) -> Tensor:
        if leaf.kind == "slot":
            return self._delta[:, self._columns[leaf.name]]
        return (self._earlier if leaf.kind == "before" else self.adjoints)[leaf.name]

    def _to_states_before(self, rows: slice) -> None:
        for state, way in self._to_states.items():
            target = self._earlier[state][rows]
            if not self._go(way, rows, target, started=self._carried_in[state]):
                target.zero_()

    def _go(self, way: Way, rows: slice, target: Tensor, *, started: bool) -> bool:
        if not way.leads:
            return started
        if self._straight and self._reach is None and way.shorter and len(target) >= MANY:
            return way.from_outputs(self.adjoints, rows, self._slopes, target, started=started)
        return way.through_slots(self.delta[rows], target, started=started)

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
        if self._reach is not None:
            self._reach.plant(state, values)

    def take_over(self, other: RowPass) -> None:
        """Go on from where another pass over the same cell stands."""
        self._blocks[0][:] = other._blocks[0]
        self._carried = other._carried.copy()
        if self._reach is not None and other._reach is not None:
            self._reach.take_over(other._reach)

    def carried(self, state: str, rows: slice) -> Scaled:
        """What goes on to a state one step before, [n, H]."""
        return Scaled(self._earlier[state][rows], self._carried[rows])

    def slots(self, names: tuple[str, ...], rows: slice) -> Scaled:
        """The derivative with respect to the sum of some slots' summands: the sum of theirs, [n, H]."""
        total = self.delta[rows, self._columns[names[0]]]
        for name in names[1:]:
            total = total + self.delta[rows, self._columns[name]]
        live = None if self._reach is None else self._reach.at_slots(names, rows)
        return Scaled(total, self.exponents[rows], live)

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
                if self._reach is None:
                    part = adjoint[rows] * slope[inside]
                else:
                    part = self._reach.times(adjoint[rows], output, leaf, slope[inside], rows)
                total = part if total is None else total.add_(part)
        if total is None:
            total = self._zeros(len(self.exponents[rows]))
        return Scaled(total, self.exponents[rows])

    def inputs(self, rows: slice) -> Scaled:
        """The derivative with respect to the cell's input at the step just gone back over, [n, I]."""
        return self._left("input", rows, self.at.inputs)

    def outputs(self, rows: slice) -> Scaled:
        """The same with respect to the network's output one step before, [n, O]."""
        return self._left("output", rows, self.at.outputs)

    def _left(self, kind: str, rows: slice, size: int) -> Scaled:
        target = torch.zeros(len(self.exponents[rows]), size, dtype=torch.float64)
        if kind in self._leaving:
            self._go(self._leaving[kind], rows, target, started=False)
        live = None if self._reach is None else self._reach.leaving(kind, rows)
        return Scaled(target, self.exponents[rows], live)
