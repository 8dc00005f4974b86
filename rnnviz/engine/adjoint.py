"""Backpropagation through time for one cell: from dL/dh of every step to dL/ds of every signal.

In float64 whatever the dtype of the run, with a power of two per row (:mod:`rnnviz.engine.scaled`). The way: evaluate
the elementwise part once more for many steps at once, with slots and previous states as leaves; take one
vector-Jacobian product with ones per output, which gives its diagonals; carry the adjoints back step by step; and with
them take one more vector-Jacobian product, which gives the derivative with respect to every signal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.elementwise import Values, evaluate
from rnnviz.engine.language.model import Call, Expr, Parameter, children
from rnnviz.engine.network import CellLayer
from rnnviz.engine.plan import leaves
from rnnviz.engine.reverse import CompiledReverse, compile_reverse
from rnnviz.engine.scaled import NOT_FINITE, NOTHING, Scaled, ldexp, magnitude
from rnnviz.engine.weights import CellWeights, stack

CHUNK = 128
"""Steps whose elementwise part is evaluated again at once."""

_STRETCH = 64
_TOO_MUCH = 500
"""Adjoints of a stretch stay within two to the power of this, so that signals far smaller than they have room."""

_JUMP = 400
_NEAR = 200

Sink = Callable[[str, int, int, Scaled], None]
"""Takes dL/ds of a signal for the steps start .. stop - 1."""


@dataclass(frozen=True)
class CellTrace:
    """What a run has recorded of one cell, in the order in which its steps ran, in float64.

    Parameters
    ----------
    slots : callable (start, stop) -> Tensor [n, slots * H]
    quantity : callable (name, start, stop) -> Tensor [n, H]
        A computed quantity; for a state, row -1 is the initial one.
    inputs : callable (start, stop) -> Tensor [n, I]
    output : callable (start, stop) -> Tensor [n, O], or None
        The network's output as it is fed back; row -1 is zero.
    steps : int
    """

    slots: Callable[[int, int], Tensor]
    quantity: Callable[[str, int, int], Tensor]
    inputs: Callable[[int, int], Tensor]
    output: Callable[[int, int], Tensor] | None
    steps: int


class Workspace:
    """Fixed memory for the way back over a number of steps, cut into the rows of the loop once.

    Attributes
    ----------
    diagonals : list of Tensor, [n, leaves of the span, H]
    adjoints : dict of str to Tensor, [n + 1, H]
        For each output; row t + 1 belongs to step t of the chunk.
    delta : Tensor, [n, leaves * H]
    rows : list of Row
    """

    def __init__(self, loop: CompiledReverse, steps: int, units: int) -> None:
        def zeros(*shape: int) -> Tensor:
            return torch.zeros(*shape, dtype=torch.float64)

        self.diagonals = [zeros(steps, d.span.stop - d.span.start, units) for d in loop.diagonals]
        self.adjoints = {name: zeros(steps + 1, units) for name in loop.outputs}
        self.delta = zeros(steps, len(loop.leaves) * units)
        blocks = self.delta.view(steps, len(loop.leaves), units)
        self.rows = loop.views(self.diagonals, list(self.adjoints.values()), self.delta, blocks, units)


@dataclass
class Chunk:
    """Some steps made ready for the way back: their elementwise graph, and the memory with its diagonals."""

    start: int
    stop: int
    leaves: dict[str, Tensor]
    vectors: dict[str, Tensor]
    tensors: dict[str, Tensor]
    space: Workspace
    exponents: NDArray[np.int64]

    @property
    def delta(self) -> Tensor:
        """[n, leaves * H], the derivative with respect to every leaf."""
        return self.space.delta[: self.stop - self.start]

    def adjoint(self, output: str) -> Tensor:
        """[n, H], what comes into an output from outside its step."""
        return self.space.adjoints[output][1 : self.stop - self.start + 1]


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

    Attributes
    ----------
    parameters : dict of str to Tensor
        The gradient of every parameter of the cell, by its name in the equations.
    carry : dict of str to Scaled, [1, H]
        What goes on to earlier steps; at the end the gradient of the initial states.
    """

    at: CellLayer
    trace: CellTrace
    weights: CellWeights
    activation: str
    sink: Sink
    probed: Mapping[str, Scaled] = field(default_factory=dict)
    parameters: dict[str, Tensor] = field(default_factory=dict)
    carry: dict[str, Scaled] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.loop: CompiledReverse = compile_reverse(self.at.plan, tuple(self.probed))
        self._weights = {name: value.double() for name, value in self.weights.parameters.items()}
        self._transposed = [stack(self._weights, product).t() for product in self.loop.products]
        self.parameters = {name: torch.zeros_like(value) for name, value in self._weights.items()}
        zero = torch.zeros(1, self.at.units, dtype=torch.float64)
        self.carry = {state: Scaled.plain(zero) for state in self.at.cell.states}
        self._space: Workspace | None = None

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
        live = max(rows.reach for rows in (direct, *self.probed.values()))
        if live < self.trace.steps:
            yield Scaled.plain(torch.zeros(self.trace.steps - live, self.at.inputs, dtype=torch.float64))
        for stop in range(live, 0, -CHUNK):
            start = max(0, stop - CHUNK)
            chunk = self.prepare(start, stop)
            self.back(chunk, start, stop, direct[start:stop])
            yield self.finish(chunk)

    def prepare(self, start: int, stop: int) -> Chunk:
        """Evaluate the elementwise part of some steps and all its diagonals."""
        units, plan = self.at.units, self.at.plan
        count = stop - start
        slots = self.trace.slots(start, stop).view(count, -1, units).unbind(1)
        cut = {slot.name: value.contiguous() for slot, value in zip(plan.slots, slots, strict=True)}
        cut |= {state: self.trace.quantity(state, start - 1, stop - 1) for state in plan.cell.states}
        used = {name for entry in plan.computed for name in _vectors(entry.expression)}
        vectors = {name: self._weights[name].expand(count, units).clone() for name in sorted(used)}
        for leaf in (*cut.values(), *vectors.values()):
            leaf.requires_grad_()
        tensors = self._evaluate(cut, vectors, count)
        if self._space is None or len(self._space.rows) < count:
            self._space = Workspace(self.loop, count, units)
        self._diagonals(cut, tensors, self._space)
        return Chunk(start, stop, cut, vectors, tensors, self._space, np.zeros(count, np.int64))

    def _evaluate(self, cut: dict[str, Tensor], vectors: dict[str, Tensor], count: int) -> dict[str, Tensor]:
        plan = self.at.plan
        states = {name: cut[name] for name in plan.cell.states}
        signals: dict[str, Tensor] = {slot.name: cut[slot.name] for slot in plan.slots}
        signals |= {pre: cut[slot] for pre, slot in plan.aliases.items()}
        values = Values(signals, states, vectors, activation=self.activation)
        for entry in plan.computed:
            value = torch.as_tensor(evaluate(entry.expression, values), dtype=torch.float64)
            if not value.requires_grad:
                signals[entry.name] = value.expand(count, self.at.units).clone().requires_grad_()
            else:
                # A signal that only repeats another is a quantity of its own, with a gradient of its own.
                signals[entry.name] = value.view_as(value) if _repeats(entry.expression) else value
        return signals

    def _diagonals(self, cut: dict[str, Tensor], tensors: dict[str, Tensor], space: Workspace) -> None:
        """One vector-Jacobian product with ones per output; it depends on each leaf unit by unit."""
        found: dict[str, tuple[Tensor | None, ...]] = {}
        for output in {diagonal.output for diagonal in self.loop.diagonals}:
            value = tensors[output]
            ones = torch.ones_like(value)
            found[output] = torch.autograd.grad(value, list(cut.values()), ones, retain_graph=True, allow_unused=True)
        for diagonal, memory in zip(self.loop.diagonals, space.diagonals, strict=True):
            parts = found[diagonal.output][diagonal.span.start : diagonal.span.stop]
            for place, part in enumerate(parts):
                memory[: tensors[diagonal.output].shape[0], place] = 0.0 if part is None else part

    def back(self, chunk: Chunk, start: int, stop: int, direct: Scaled) -> None:
        """Carry the adjoints from step stop - 1 back to step start, both inside a chunk.

        The adjoints of a stretch of steps share a power of two: none while they are of ordinary size, else one that
        brings them near one. Where they leave the safe range, or a larger gradient comes in from outside, the stretch
        is cut shorter and scaled anew.
        """
        outside = {self.at.cell.output: direct}
        for name, probe in self.probed.items():
            outside[name] = outside[name] + probe[start:stop] if name in outside else probe[start:stop]
        length = _STRETCH
        lowest = start
        while stop > lowest:
            exponent, first = self._scale(outside, max(lowest, stop - length) - lowest, stop - lowest)
            first += lowest
            stretch = _Stretch(first, stop, lowest, exponent)
            rows = self._carried_back(chunk, stretch, outside)
            if _within_range(rows) or stop - first == 1:
                self._keep(rows, exponent)
                stop, length = first, _STRETCH
            else:
                length = (stop - first) // 2

    def _scale(self, outside: Mapping[str, Scaled], first: int, stop: int) -> tuple[int, int]:
        """The power of two for a stretch, and where it must start so that nothing in it overflows."""
        sizes = np.max([rows.magnitudes[first:stop] for rows in outside.values()], axis=0)
        coming = max((int(state.magnitudes[0]) for state in self.carry.values()), default=NOTHING)
        top = max(coming, int(sizes[-1]))
        if -_NEAR < top < _NEAR:
            top = 0
        if top == NOTHING:
            given = np.flatnonzero(sizes != NOTHING)
            return 0, first + int(given[-1]) + 1 if len(given) else first
        jumps = np.flatnonzero(sizes > top + _JUMP)
        return top, first + int(jumps[-1]) + 1 if len(jumps) else first

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
        chunk.delta[inside].zero_()
        self.loop.loop(chunk.space.rows[inside], self._transposed)
        chunk.exponents[inside] = at.exponent
        return adjoints

    def _keep(self, rows: dict[str, Tensor], exponent: int) -> None:
        exponents = np.array([exponent], np.int64)
        self.carry = {state: Scaled(rows[state][:1].clone(), exponents) for state in self.at.cell.states}

    def finish(self, chunk: Chunk) -> Scaled:
        """Hand out dL/d(signal) for the steps of a chunk, add up the parameters, and return dL/dx of these steps."""
        plan, units = self.at.plan, self.at.units
        for pre, slot in plan.aliases.items():
            place = plan.place(slot) * units
            self._emit(pre, chunk, chunk.delta[:, place : place + units])
        self._signals(chunk)
        true = ldexp(chunk.delta, chunk.exponents)
        self._products(chunk)
        for place, entry in enumerate(plan.slots):
            for bias in entry.biases:
                self.parameters[bias] += true[:, place * units : (place + 1) * units].sum(0)
        return Scaled(self.to_inputs(chunk.delta), chunk.exponents)

    def _signals(self, chunk: Chunk) -> None:
        outputs = self.loop.outputs
        names = [entry.name for entry in self.at.plan.computed]
        wanted = [*(chunk.tensors[name] for name in names), *chunk.vectors.values()]
        found = torch.autograd.grad(
            [chunk.tensors[name] for name in outputs],
            wanted,
            [chunk.adjoint(name) for name in outputs],
            allow_unused=True,
        )
        zero = torch.zeros(chunk.stop - chunk.start, self.at.units, dtype=torch.float64)
        recorded = {info.name for info in self.at.cell.signals}
        for name, gradient in zip(names, found, strict=False):
            if name in recorded:
                self._emit(name, chunk, _or(gradient, zero))
        for name, gradient in zip(chunk.vectors, found[len(names) :], strict=True):
            self.parameters[name] += ldexp(_or(gradient, zero), chunk.exponents).sum(0)

    def _emit(self, name: str, chunk: Chunk, values: Tensor) -> None:
        self.sink(name, chunk.start, chunk.stop, Scaled(values, chunk.exponents))

    def _products(self, chunk: Chunk) -> None:
        """Add dL/dM = sum over steps of delta_t q_t^T for every matrix M with operand q.

        The products have the precision of the network; the sum over the chunks is taken in float64.
        """
        units, products = self.at.units, (*self.at.step.inputs, *self.at.step.products)
        if not products:
            return
        sizes = Scaled(chunk.delta, chunk.exponents).magnitudes
        largest = int(sizes.max()) if sizes.max() != NOTHING else 0
        delta = ldexp(chunk.delta, chunk.exponents - largest).to(self.weights.bias.dtype)
        for product in products:
            operand = self._operand(product.operand, chunk).to(delta.dtype)
            columns = delta[:, product.span.start * units : product.span.stop * units]
            whole = ldexp((columns.t() @ operand).double(), largest)
            for matrix, part in zip(product.matrices, whole.view(-1, units, whole.shape[1]), strict=True):
                self.parameters[matrix] += part

    def _operand(self, index: int, chunk: Chunk) -> Tensor:
        operand = self.at.plan.operands[index]
        if operand.kind == "input":
            return self.trace.inputs(chunk.start, chunk.stop)
        if operand.kind == "output":
            assert self.trace.output is not None
            return self.trace.output(chunk.start - 1, chunk.stop - 1)
        if operand.kind == "state":
            return chunk.leaves[operand.name].detach()
        return chunk.tensors[operand.name].detach()

    def to_inputs(self, delta: Tensor) -> Tensor:
        """dL/dx[t] from dL/d(slots) at t; scaled as those are."""
        return self._through("input", delta, self.at.inputs)

    def to_output(self, delta: Tensor) -> Tensor:
        """dL/dy[t-1] of the network's output that is fed to this cell, from dL/d(slots) at t; scaled as those are."""
        return self._through("output", delta, self.at.outputs)

    def _through(self, kind: str, delta: Tensor, size: int) -> Tensor:
        units = self.at.units
        total = torch.zeros(len(delta), size, dtype=torch.float64)
        for product in (*self.at.step.inputs, *self.at.step.products):
            if self.at.plan.operands[product.operand].kind == kind:
                columns = delta[:, product.span.start * units : product.span.stop * units]
                total += columns @ stack(self._weights, product)
        return total


def _within_range(adjoints: Mapping[str, Tensor]) -> bool:
    """Whether a stretch that began with finite numbers other than zero stayed well inside the range of float64."""
    begins = max(magnitude(rows[-1]) for rows in adjoints.values())
    if begins in (NOTHING, NOT_FINITE):
        return True
    sizes = torch.stack([rows.abs().amax(1) for rows in adjoints.values()]).amax(0)
    return bool(((sizes > 2.0**-_TOO_MUCH) & (sizes < 2.0**_TOO_MUCH)).all())


def _repeats(expr: Expr) -> bool:
    """Whether an expression may be the very tensor of another quantity: a name, or the identity of one."""
    if isinstance(expr, Call) and expr.function in ("identity", "phi"):
        return _repeats(expr.arguments[0])
    return not children(expr)


def _or(value: Tensor | None, zero: Tensor) -> Tensor:
    return zero if value is None else value


def _vectors(expr: Expr) -> Iterator[str]:
    yield from (leaf.name for leaf in leaves(expr) if isinstance(leaf, Parameter))
