"""The elementwise part of a cell linearised along a run: every derivative within a step is a diagonal.

Slots (sums of matrix products), previous states and vectors of parameters are the leaves. The quantities that carry a
gradient into a step (states, the cell's output, operands of products) cut the elementwise part into pieces; of each
piece its diagonals are taken with respect to what it reads directly, so that a path within a step is walked once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor

from rnnviz.engine.backsource import cell_trace
from rnnviz.engine.elementwise import Values, evaluate
from rnnviz.engine.language.model import Expr, Parameter, SignalAt, StateBefore
from rnnviz.engine.network import CellLayer
from rnnviz.engine.plan import Computed, Plan, is_slot, leaves
from rnnviz.engine.reach import may_be_undefined

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

CHUNK = 64
"""Steps that are linearised at once."""

_KEPT = 1 << 27
"""Bytes of diagonals that are kept rather than computed again."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a piece of the elementwise part reads, or a signal whose derivative is asked for.

    Parameters
    ----------
    kind : {"slot", "before", "output", "vector", "signal"}
        A slot; a state one step before; another piece's result; a vector of parameters; any other signal.
    name : str
    """

    kind: Literal["slot", "before", "output", "vector", "signal"]
    name: str


Diagonals = dict[tuple[str, Leaf], Tensor]
"""(output, what it reads) -> the derivative of one with respect to the other, unit by unit, [n, H]."""


class Linearisation:
    """The diagonals of one cell along a run, chunk by chunk, in float64 and in the order in which its steps ran.

    Parameters
    ----------
    trace : Trace
    at : CellLayer
    asked : tuple of Leaf
        Vectors and signals whose derivatives are wanted besides those that carry the gradient.

    Attributes
    ----------
    outputs : tuple of str
        The quantities that carry a gradient, those that depend on others first.
    reads : dict of str to tuple of Leaf
        Per output what it reads directly, of what carries the gradient on (no vectors, no signals).
    matrices : dict of str to Tensor
        The cell's parameters in float64, by their names in the equations.
    source : CellTrace
        What the run has recorded.
    undefined : bool
        Whether a slope may be infinite or undefined, so that it matters where no gradient comes.
    """

    def __init__(
        self, trace: Trace, at: CellLayer, asked: tuple[Leaf, ...] = (), undefined: bool | None = None
    ) -> None:
        self.at = at
        self.undefined = may_be_undefined(trace) if undefined is None else undefined
        self.source = cell_trace(trace, at)
        self.matrices = {name: value.double() for name, value in trace.weights.cells[at].parameters.items()}
        self.outputs = tuple(sorted(at.plan.outputs, key=lambda name: -at.plan.computation(name).level))
        self.reads = {name: tuple(reads(at.plan, name)) for name in self.outputs}
        self._asked = asked
        self._activation = trace.network.spec.activation
        self._chunks: dict[int, Diagonals] = {}
        self._shut: dict[int, Diagonals] = {}
        entries = sum(map(len, self.reads.values())) + len(asked) * len(self.outputs)
        self._most = max(2, _KEPT // (8 * CHUNK * at.units * max(1, entries)))

    @property
    def steps(self) -> int:
        """Number of steps S."""
        return self.source.steps

    def chunk(self, index: int) -> Diagonals:
        """The diagonals of the steps index * CHUNK and following."""
        if index not in self._chunks:
            if len(self._chunks) >= self._most:
                del self._chunks[next(iter(self._chunks))]
            self._chunks[index] = self._diagonals(index, 1.0)
        return self._chunks[index]

    def shut(self, index: int) -> Diagonals:
        """True where nothing passes, whatever comes, as behind a relu that is not positive; of the same steps.

        Autograd has a true zero there, where an infinite gradient times a slope of zero is undefined.
        """
        if index not in self._shut:
            self._shut = {index: {key: part == 0 for key, part in self._diagonals(index, torch.nan).items()}}
        return self._shut[index]

    def _diagonals(self, index: int, coming: float) -> Diagonals:
        """What goes on to everything that an output reads where the same number comes into all units at all steps."""
        start = index * CHUNK
        values, at_leaf = self._evaluate(start, min(start + CHUNK, self.steps))
        found: Diagonals = {}
        for output in self.outputs:
            wanted = [leaf for leaf in at_leaf if leaf in self.reads[output] or leaf in self._asked]
            if not wanted:
                continue
            value = values[output]
            if not value.requires_grad:
                continue  # it is made of numbers alone
            parts = torch.autograd.grad(
                value,
                [at_leaf[leaf] for leaf in wanted],
                torch.full_like(value, coming),
                retain_graph=True,
                allow_unused=True,
            )
            for leaf, part in zip(wanted, parts, strict=True):
                if part is not None:
                    found[output, leaf] = part.contiguous()
        return found

    def _evaluate(self, start: int, stop: int) -> tuple[dict[str, Tensor], dict[Leaf, Tensor]]:
        """Every output, from leaves of its own, and these leaves."""
        plan, units, count = self.at.plan, self.at.units, stop - start
        slots = self.source.slots(start, stop).view(count, len(plan.slots), units).unbind(1)
        found = {Leaf("slot", s.name): v.contiguous() for s, v in zip(plan.slots, slots, strict=True)}
        found |= {
            Leaf("before", state): self.source.quantity(state, start - 1, stop - 1).clone()
            for state in plan.cell.states
        }
        found |= {Leaf("vector", name): self.matrices[name].expand(count, units).clone() for name in vectors(plan)}
        for leaf in found.values():
            leaf.requires_grad_()
        signals = {s.name: found[Leaf("slot", s.name)] for s in plan.slots}
        signals |= {pre: signals[slot] for pre, slot in plan.aliases.items()}
        values = Values(
            signals,
            {leaf.name: value for leaf, value in found.items() if leaf.kind == "before"},
            {leaf.name: value for leaf, value in found.items() if leaf.kind == "vector"},
            activation=self._activation,
        )
        outputs: dict[str, Tensor] = {}
        for entry in plan.computed:
            value = torch.as_tensor(evaluate(entry.expression, values), dtype=torch.float64).expand(count, units)
            if entry.name in self.outputs:
                outputs[entry.name] = value
                found[Leaf("output", entry.name)] = signals[entry.name] = value.detach().clone().requires_grad_()
            else:
                # A view of its own: a signal that only repeats another has a derivative of its own.
                signals[entry.name] = value.view_as(value) if value.requires_grad else value.clone().requires_grad_()
                found[Leaf("signal", entry.name)] = signals[entry.name]
        return outputs, found


def reads(plan: Plan, output: str) -> Iterator[Leaf]:
    """What an output reads directly: slots, states one step before, and other outputs; each once."""
    yield from dict.fromkeys(_reads(plan, plan.computation(output).expression))


def _reads(plan: Plan, expr: Expr) -> Iterator[Leaf]:
    for leaf in leaves(expr):
        if isinstance(leaf, StateBefore):
            yield Leaf("before", leaf.name)
        elif isinstance(leaf, SignalAt):
            name = plan.aliases.get(leaf.name, leaf.name)
            if name in plan.held.values():
                continue
            if is_slot(name):
                yield Leaf("slot", name)
            elif name in plan.outputs:
                yield Leaf("output", name)
            else:
                yield from _reads(plan, plan.computation(name).expression)


def vectors(plan: Plan) -> tuple[str, ...]:
    """The parameters that stand in the elementwise part."""
    found = {leaf.name for entry in plan.computed for leaf in _leaves(entry) if isinstance(leaf, Parameter)}
    return tuple(sorted(found))


def _leaves(entry: Computed) -> Iterator[Expr]:
    return leaves(entry.expression)
