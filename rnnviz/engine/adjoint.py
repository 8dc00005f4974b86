"""Backpropagation through time for one cell: from dL/dh of every step to dL/ds of every signal.

In float64 whatever the dtype of the run, with a power of two per row (:mod:`rnnviz.engine.scaled`). The way: evaluate
the elementwise part once more for many steps at once, from the recorded slots and states, and with it the diagonals
that :mod:`rnnviz.engine.pullback` derived from the equations; carry the adjoints back step by step; and compute from
them the derivative with respect to every other signal, and to the parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.backsource import CellTrace
from rnnviz.engine.network import CellLayer
from rnnviz.engine.outer import OuterProducts
from rnnviz.engine.reach import Live, Reach
from rnnviz.engine.reverse import CompiledReverse, compile_reverse, ordered
from rnnviz.engine.scaled import NOTHING, Scaled, ldexp
from rnnviz.engine.scan import CompiledStep
from rnnviz.engine.weights import CellWeights, stack
from rnnviz.engine.workspace import Chunk, Workspace

_CHUNK = 128
"""At most so many steps have their elementwise part evaluated again at once,"""

_CHUNK_SIZE = 1 << 15
"""and fewer where they have more units than this together, so that they stay in the cache."""

_STRETCH = 64
_TOO_MUCH = 500
"""Adjoints of a stretch stay within two to the power of this, so that signals far smaller than they have room."""

_JUMP = 400
_NEAR = 200

Sink = Callable[[str, int, int, Scaled], None]
"""Takes dL/ds of a signal for the steps start .. stop - 1."""


@dataclass(frozen=True)
class _Stretch:
    """Steps first .. stop - 1 that share a power of two; gradients from outside count from step lowest."""

    first: int
    stop: int
    lowest: int
    exponent: int


@dataclass
class CellAdjoint:
    """The way back through one cell over all its steps.

    Parameters
    ----------
    at : CellLayer
    trace : CellTrace
    weights : CellWeights
    activation : str
        What phi stands for.
    sink : callable
        Takes dL/d(signal) as it becomes known.
    probed : mapping of str to Scaled, [S, H]
        Gradients that come from outside into signals other than the cell's output.
    undefined : bool
        Whether slopes may be infinite, so that steps must be told apart by what a gradient comes to in them.

    Attributes
    ----------
    carry : dict of str to Scaled, [1, H]
        What goes on to earlier steps; at the end the gradient of the initial states.
    """

    at: CellLayer
    trace: CellTrace
    weights: CellWeights
    activation: str
    sink: Sink
    probed: Mapping[str, Scaled] = field(default_factory=dict)
    undefined: bool = False
    carry: dict[str, Scaled] = field(default_factory=dict)

    def __post_init__(self) -> None:
        stacked = dict(zip(self.at.step.products, self.weights.products, strict=True))
        self._stacked = {product: matrix.double().t() for product, matrix in stacked.items()}
        self._outputs = ordered(self.at.plan, tuple(self.probed))
        self._reach = Reach(self.at.plan, self._outputs)
        self._coming: Live = frozenset()
        self._vectors = {name: self.weights.parameters[name].double().numpy() for name in self.at.step.vectors}
        self._vector_sums: dict[str, Tensor] = {}
        self._outer = OuterProducts(self.at, self.trace, self.weights.bias.dtype)
        zero = torch.zeros(1, self.at.units, dtype=torch.float64)
        self.carry = {state: Scaled.plain(zero) for state in self.at.cell.states}
        self._spaces: dict[Live | None, Workspace] = {}

    def run(self, direct: Scaled) -> Iterator[Scaled]:
        """Go back over all steps that a gradient reaches: those after the last one at which it enters have none.

        Parameters
        ----------
        direct : Scaled, [S, H]
            What comes into the cell's output from above.

        Yields
        ------
        Scaled, [n, I]
            The gradient of the inputs, for one chunk of steps after the other, the last steps first.
        """
        most = max(1, min(_CHUNK, _CHUNK_SIZE // self.at.units))
        for first, last, live in self._stretches(direct):
            if live is not None and not live:
                self._outer.flush()
                nothing = torch.zeros(last - first, self.at.inputs, dtype=torch.float64)
                yield Scaled(nothing, np.zeros(last - first, np.int64), np.zeros(last - first, bool))
                continue
            for stop in range(last, first, -most):
                start = max(first, stop - most)
                chunk = self.prepare(start, stop, live)
                self.back(chunk, start, stop, direct[start:stop])
                self.finish(chunk)
                yield Scaled(self._to_inputs(stop - start), chunk.exponents, self._leaving("input", chunk))

    def _stretches(self, direct: Scaled) -> Iterator[tuple[int, int, Live | None]]:
        """Steps that are gone back over alike, the last first, with the outputs that a gradient comes into."""
        if self.undefined:
            yield from self._reach.stretches(self._entered(direct), self.trace.steps)
            return
        reached = max(rows.reach for rows in (direct, *self.probed.values()))
        if reached < self.trace.steps:
            yield reached, self.trace.steps, frozenset()
        if reached:
            yield 0, reached, None

    def _entered(self, direct: Scaled) -> dict[str, NDArray[np.bool_]]:
        found = {name: rows.magnitudes != NOTHING for name, rows in self.probed.items()}
        found[self.at.cell.output] = found.get(self.at.cell.output, False) | direct.entered
        return found

    def _leaving(self, kind: str, chunk: Chunk) -> NDArray[np.bool_] | None:
        """[n], whether a gradient goes on to the cell's "input", or to the network's "output" one step before."""
        if chunk.live is None:
            return None
        return np.full(chunk.stop - chunk.start, self._reach.leaves_by(kind, chunk.live))

    def prepare(self, start: int, stop: int, live: Live | None = None) -> Chunk:
        """Evaluate the elementwise part of some steps and all its diagonals: of outputs a gradient comes into."""
        count = stop - start
        space = self._spaces.get(live)
        if space is None or len(space.rows) < count:
            dead = None if live is None else frozenset(self._outputs) - live
            loop = _way_back(self.at.step, tuple(self.probed), self.activation, dead)
            space = self._spaces[live] = Workspace(loop, self._vectors, len(self.at.plan.slots), count, self.at.units)
        for kind, name, memory in space.memory.load(count):
            put = self.trace.put_slot if kind == "slot" else self.trace.put_before
            put(name, start, stop, memory)
        space.memory.prepare(count)
        return Chunk(start, stop, space, np.zeros(count, np.int64), live)

    def prepare_step(self, step: int, direct: Scaled) -> Chunk:
        """Make one step ready on its own, the steps after it having been gone back over."""
        entered = {name for name, rows in self.probed.items() if rows[step : step + 1].magnitudes[0] != NOTHING}
        if direct.entered[0]:
            entered.add(self.at.cell.output)
        live = self._reach.within(self._coming | entered)
        self._coming = self._reach.earlier(live)
        return self.prepare(step, step + 1, live)

    def back(self, chunk: Chunk, start: int, stop: int, direct: Scaled) -> None:
        """Carry the adjoints from step stop - 1 back to step start, both inside a chunk.

        The adjoints of a stretch of steps share a power of two: none while they are of ordinary size, else one that
        brings them near one. Where they leave the safe range, or a larger gradient comes in from outside, the stretch
        is cut shorter and scaled anew.
        """
        outside = {self.at.cell.output: direct}
        for name, probe in self.probed.items():
            outside[name] = outside[name] + probe[start:stop] if name in outside else probe[start:stop]
        sizes = np.max([rows.magnitudes for rows in outside.values()], axis=0)
        length = _STRETCH
        lowest = start
        while stop > lowest:
            first = max(lowest, stop - length)
            exponent, skipped = self._scale(sizes[first - lowest : stop - lowest])
            first += skipped
            stretch = _Stretch(first, stop, lowest, exponent)
            rows = self._carried_back(chunk, stretch, outside)
            if _within_range(rows) or stop - first == 1:
                self._keep(rows, exponent)
                stop, length = first, _STRETCH
            else:
                length = (stop - first) // 2

    def _scale(self, sizes: NDArray[np.int64]) -> tuple[int, int]:
        """The power of two for a stretch into which numbers of these magnitudes come from outside.

        Also how many of its first steps must be left for another stretch, so that nothing in it overflows.
        """
        coming = max((int(state.magnitudes[0]) for state in self.carry.values()), default=NOTHING)
        top = max(coming, int(sizes[-1]))
        if -_NEAR < top < _NEAR:
            top = 0
        others = np.flatnonzero(sizes != NOTHING) if top == NOTHING else np.flatnonzero(sizes > top + _JUMP)
        skipped = int(others[-1]) + 1 if len(others) else 0
        return 0 if top == NOTHING else top, skipped

    def _carried_back(self, chunk: Chunk, at: _Stretch, outside: Mapping[str, Scaled]) -> dict[str, Tensor]:
        """Run the loop over a stretch of steps; the result has a row more than the stretch, for the steps before."""
        inside = slice(at.first - chunk.start, at.stop - chunk.start)
        adjoints = {}
        for name, whole in chunk.space.adjoints.items():
            rows = adjoints[name] = whole[inside.start : inside.stop + 1]
            rows.zero_()
            if name in outside:
                given = outside[name][at.first - at.lowest : at.stop - at.lowest]
                rows[1:] = ldexp(given.values, given.exponents - at.exponent)
            if name in self.carry:
                carried = self.carry[name]
                rows[-1] += ldexp(carried.values[0], int(carried.exponents[0]) - at.exponent)
        with np.errstate(all="ignore"):
            loop = chunk.space.loop
            loop.loop(chunk.space.rows[inside], [self._stacked[p] for p in loop.products], chunk.space.spare)
        chunk.exponents[inside] = at.exponent
        return adjoints

    def _keep(self, rows: dict[str, Tensor], exponent: int) -> None:
        exponents = np.array([exponent], np.int64)
        self.carry = {state: Scaled(rows[state][:1].clone(), exponents) for state in self.at.cell.states}

    def finish(self, chunk: Chunk) -> None:
        """Hand out dL/d(signal) for the steps of a chunk, and take in their shares of the parameters' gradients."""
        plan, units = self.at.plan, self.at.units
        for pre, slot in plan.aliases.items():
            place = plan.place(slot) * units
            self._emit(pre, chunk, chunk.delta[:, place : place + units])
        self._signals(chunk)
        slots = None if chunk.live is None else self._slots(chunk.live)
        self._outer.add(chunk.start, chunk.delta, chunk.exponents, slots)

    def _signals(self, chunk: Chunk) -> None:
        recorded = [entry.name for entry in self.at.plan.computed if entry.name in self._recorded]
        loop = chunk.space.loop
        adjoints = {name: chunk.adjoint(name) for name in loop.outputs}
        for name in recorded:
            if name in adjoints:
                self._emit(name, chunk, adjoints[name])
            elif name not in loop.signals:
                self._emit(name, chunk, torch.zeros_like(chunk.adjoint(self.at.cell.output)))
        given = {name: rows.numpy() for name, rows in adjoints.items()}
        found = chunk.space.memory.finish(chunk.stop - chunk.start, given)
        for name, rows in zip(loop.signals, found, strict=False):
            if name in self._recorded:
                self._emit(name, chunk, torch.from_numpy(rows))
        for name, rows in zip(loop.vectors, found, strict=True):
            share, before = ldexp(torch.from_numpy(rows), chunk.exponents).sum(0), self._vector_sums.get(name)
            self._vector_sums[name] = share if before is None else before + share

    @cached_property
    def _recorded(self) -> frozenset[str]:
        return frozenset(info.name for info in self.at.cell.signals)

    def _emit(self, name: str, chunk: Chunk, values: Tensor) -> None:
        self.sink(name, chunk.start, chunk.stop, Scaled(values, chunk.exponents))

    def parameters(self) -> dict[str, Tensor]:
        """The gradient of every parameter of the cell that a step reads, by its name in the equations."""
        found = self._outer.gradients()
        for name, total in self._vector_sums.items():
            # A vector may be the bias of one sum, and scale another.
            found[name] = found[name] + total if name in found else total
        return found

    def _to_inputs(self, count: int) -> Tensor:
        """dL/dx[t] of the steps that were finished last, in the precision of the network; scaled as delta is."""
        if not self.weights.inputs:
            return torch.zeros(count, self.at.inputs, dtype=torch.float64)
        delta, exponents = self._outer.latest(count)
        first, *others = (delta[:, columns] @ matrix.t() for columns, matrix in self.weights.inputs)
        return ldexp(sum(others, start=first).double(), exponents)

    def _slots(self, live: Live) -> frozenset[int]:
        """The places of the slots that a gradient comes to."""
        return frozenset(map(self.at.plan.place, self._reach.slots(live)))

    def to_inputs(self, chunk: Chunk, step: int) -> Scaled:
        """dL/dx[t] of a step of a chunk that has been gone back over, [1, I]."""
        return self._through("input", chunk, step, self.at.inputs)

    def to_output(self, chunk: Chunk, step: int) -> Scaled:
        """dL/dy[t-1] of the network's output that is fed to this cell at such a step, [1, O]."""
        return self._through("output", chunk, step, self.at.outputs)

    def _through(self, kind: str, chunk: Chunk, step: int, size: int) -> Scaled:
        rows = slice(step - chunk.start, step - chunk.start + 1)
        total = torch.zeros(1, size, dtype=torch.float64)
        for columns, matrix in self._fed[kind]:
            total += chunk.delta[rows, columns] @ matrix
        leaving = self._leaving(kind, chunk)
        return Scaled(total, chunk.exponents[rows], None if leaving is None else leaving[rows])

    @cached_property
    def _fed(self) -> dict[str, list[tuple[slice, Tensor]]]:
        """Where x[t] and y[t-1] go: columns of the slots with the matrices, by the kind of the operand."""
        found: dict[str, list[tuple[slice, Tensor]]] = {"input": [], "output": []}
        for product in (*self.at.step.inputs, *self.at.step.products):
            kind = self.at.plan.operands[product.operand].kind
            if kind in found:
                columns = slice(product.span.start * self.at.units, product.span.stop * self.at.units)
                found[kind].append((columns, stack(self.weights.parameters, product).double()))
        return found


@lru_cache(maxsize=64)
def _way_back(step: CompiledStep, probed: tuple[str, ...], activation: str, dead: Live | None) -> CompiledReverse:
    """The way back through a cell, compiled once for all runs of a network."""
    return compile_reverse(step.plan, probed, activation, dead)


def _within_range(adjoints: Mapping[str, Tensor]) -> bool:
    """Whether a stretch that began with finite numbers other than zero stayed well inside the range of float64."""
    sizes = np.max([rows.abs().amax(1).numpy() for rows in adjoints.values()], axis=0)
    if sizes[-1] == 0 or not np.isfinite(sizes[-1]):
        return True
    return bool(sizes.min() > 2.0**-_TOO_MUCH and sizes.max() < 2.0**_TOO_MUCH)
