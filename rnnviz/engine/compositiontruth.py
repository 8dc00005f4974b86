"""The composition of a state held against autograd, which goes back along the state's own path step by step.

Along that path everything but the state itself is taken as it was recorded: the chain is the equations with the state
before as the only live tensor. What autograd says that a step hands on must be the product of the factors; what the
equation gives for a state before of zero must be what was written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.backsource import cell_trace
from rnnviz.engine.composition import Composition, Parts, chosen_state, compose, kept_of
from rnnviz.engine.elementwise import FUNCTIONS, Values, evaluate
from rnnviz.engine.jobs import Job
from rnnviz.engine.language.model import PRE_SUFFIX, Binary, Call, Expr, Negate, Number, Power, SignalAt, StateBefore
from rnnviz.engine.network import CellLayer
from rnnviz.engine.selfpath import Kind
from rnnviz.engine.spec import Direction
from rnnviz.engine.truth import Truth

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

_LONGEST = 1000
"""Steps that autograd goes back at most, or one part more."""
_CHECKED = 24
"""Steps from which it goes back."""


class SelfChain:
    """A stretch of a run in which only one state's own path is differentiable, in the order in which the cell ran.

    Parameters
    ----------
    trace : Trace
    at : CellLayer
    state : str
    kind : {"kept", "linearised", "overwritten"}
        Whether functions are gone through ("linearised").
    start, stop : int
    """

    def __init__(self, trace: Trace, at: CellLayer, state: str, kind: Kind, start: int, stop: int) -> None:
        source = cell_trace(trace, at)
        self._at, self._state, self._kind = at, state, kind
        self._activation = trace.network.spec.activation
        self.before = source.quantity(state, start - 1, stop - 1)
        self.values = source.quantity(state, start, stop)
        self._signals = {name: source.quantity(name, start, stop) for name in at.cell.order}
        held = [name for name in at.plan.held if name.endswith(PRE_SUFFIX)]
        self._signals |= {name: source.quantity(name, start, stop) for name in held}
        slots = source.slots(start, stop).view(stop - start, len(at.plan.slots), at.units)
        self._signals |= {slot: slots[:, at.plan.place(slot)] for slot in at.plan.held.values()}
        self._before = {name: source.quantity(name, start - 1, stop - 1) for name in at.cell.states}
        self._parameters = {name: value.double() for name, value in trace.weights.cells[at].parameters.items()}
        self._x = source.inputs(start, stop)
        reads_output = any(operand.kind == "output" for operand in at.plan.operands)
        self._y = source.output(start - 1, stop - 1) if reads_output else None

    def next(self, before: Tensor, row: int | slice) -> Tensor:
        """The state as its equation gives it for a state before, [H] or [n, H]; its derivative is the factor's."""
        held = Values(
            {name: values[row] for name, values in self._signals.items()},
            {name: values[row] for name, values in self._before.items()},
            self._parameters,
            self._x[row],
            None if self._y is None else self._y[row],
            self._activation,
        )
        found = self._own(self._state, before, held)
        return torch.as_tensor(found, dtype=torch.float64).expand(before.shape)

    def _own(self, name: str, before: Tensor, held: Values) -> Tensor | float:
        """A signal computed anew from its equation, but where it is held."""
        expression, pre = self._at.cell.equation(name).expression, name + PRE_SUFFIX
        if pre in self._at.plan.held and isinstance(expression, Call):
            expression = Call(expression.function, (SignalAt(pre),))
        found = self._live(expression, before, held)
        slot = self._at.plan.held.get(name)
        if slot is None:
            return found
        put = torch.as_tensor(held.signals[slot])
        return torch.where(put.isnan(), torch.as_tensor(found, dtype=torch.float64), put)

    def _live(self, expr: Expr, before: Tensor, held: Values) -> Tensor | float:
        through = self._kind == "linearised"
        match expr:
            case StateBefore(name) if name == self._state:
                return before
            case SignalAt(name) if self._followed(name):
                return self._own(name, before, held)
            case Negate(operand):
                return -self._live(operand, before, held)
            case Call("identity", (argument,)):
                return self._live(argument, before, held)
            case Call(function, arguments) if through:
                chosen = self._activation if function == "phi" else function
                inner = [torch.as_tensor(self._live(part, before, held)).double() for part in arguments]
                return FUNCTIONS[chosen](*inner)
            case Power(base, exponent) if through:
                return torch.as_tensor(self._live(base, before, held)).double() ** exponent
            case Binary(op, left, right):
                pair = {"l": self._live(left, before, held), "r": self._live(right, before, held)}
                return evaluate(Binary(op, SignalAt("l"), SignalAt("r")), Values(pair, {}))
            case Number(value):
                return value
            case _:
                return evaluate(expr, held)

    def _followed(self, name: str) -> bool:
        """Whether a signal is computed anew rather than taken as recorded."""
        cell = self._at.cell
        if name.endswith(PRE_SUFFIX) or name == self._state:
            return False
        if self._kind == "linearised":
            return name not in self._at.plan.outputs
        expression = cell.equation(name).expression
        return not isinstance(expression, Call) or expression.function == "identity"


def composition_truth(
    trace: Trace,
    layer: int,
    direction: Direction,
    state: str = "",
    unit: int | None = None,
    anchor: int = 0,
    parts: Parts | None = None,
) -> Job[Truth]:
    """Compare bands, or what is kept, written and handed on since the anchor; parameters as of :func:`compose`."""
    shown = yield from compose(trace, layer, direction, state, unit, anchor, parts)
    at = trace.network.at(layer, direction)
    state = chosen_state(trace, at, state).state
    reached = trace.schedule.reached(trace.position, layer, direction)
    count = reached.stop - reached.start
    if parts is None:
        begin = min(anchor if direction == "forward" else trace.steps - 1 - anchor, max(count - 1, 0))
        stop = min(count, begin + _LONGEST)
    else:
        stop = min(parts.stop, count)
        begin = parts.start + max(0, stop - _LONGEST - parts.start) // parts.block * parts.block
    if stop <= begin:
        return Truth(0.0, 0.0, 0)
    chain = SelfChain(trace, at, state, shown.kind, begin, stop)
    check = _Check(shown, chain, direction == "backward", trace.steps, begin, unit)
    if parts is None:
        return (yield from check.flows())
    return (yield from check.bands(parts))


class _Check:
    def __init__(
        self, shown: Composition, chain: SelfChain, backward: bool, steps: int, begin: int, unit: int | None
    ) -> None:
        self._shown, self._chain, self._backward, self._steps = shown, chain, backward, steps
        self._begin, self._unit = begin, unit
        self._count = len(chain.values)
        self._rows = np.unique(np.linspace(0, self._count - 1, _CHECKED).round().astype(int))

    def _step(self, row: int | NDArray[np.int64]) -> int | NDArray[np.int64]:
        run = self._begin + row
        return self._steps - 1 - run if self._backward else run

    def _one(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of [.., H] the unit's number, or the mean."""
        if self._unit is not None:
            return values[..., self._unit]
        with np.errstate(invalid="ignore", over="ignore"):
            return np.asarray(values.mean(-1))

    def _written(self) -> NDArray[np.float64]:
        """[n, H], what the equation gives for a state before of zero; where it is linearised, what the line leaves."""
        chain = self._chain
        if self._shown.kind != "linearised":
            return chain.next(torch.zeros_like(chain.before), slice(None)).numpy()
        with np.errstate(invalid="ignore"):
            return chain.values.numpy() - kept_of(self._factors(), chain.before.numpy())

    def _factors(self) -> NDArray[np.float64]:
        """[n, H], the derivative of every state with respect to the one before."""
        before = self._chain.before.clone().requires_grad_()
        following = self._chain.next(before, slice(None))
        if not following.requires_grad:
            return np.zeros(before.shape)
        return torch.autograd.grad(following.sum(), before)[0].numpy()

    def flows(self) -> Job[Truth]:
        """Compare what is kept and written, and how much of the anchor's state is left."""
        steps = self._step(np.arange(self._count))
        theirs = [self._one(kept_of(self._factors(), self._chain.before.numpy())), self._one(self._written())]
        shown = [self._shown.kept[steps], self._shown.written[steps]]
        tensors, leaves = yield from self._graph()
        left = np.zeros(len(self._rows))
        for place, row in enumerate(self._rows):
            coefficient = np.abs(_gradients(tensors[row], leaves[1:2])[0]) if row else np.ones(tensors[0].shape)
            left[place] = self._one(coefficient)
            yield place, len(self._rows)
        with np.errstate(under="ignore", over="ignore"):
            shown.append(np.power(10.0, self._shown.highway[self._step(self._rows)]))
        return Truth.of(np.concatenate(shown), np.concatenate([*theirs, left]))

    def bands(self, parts: Parts) -> Job[Truth]:
        """Compare the parts of some steps, and their sum with the state itself."""
        tensors, leaves = yield from self._graph()
        written = np.concatenate([self._chain.before.numpy()[:1], self._written()])
        whole = self._shown.bands[:, np.r_[0, self._shown.bands.shape[1] - 1 : 0 : -1]] if self._backward else None
        bands = self._shown.bands if whole is None else whole
        first_part = (self._begin - parts.start) // parts.block
        shown, theirs = [], []
        for place, row in enumerate(self._rows):
            mine = bands[self._step(row) - self._shown.first]
            coefficients = _gradients(tensors[row], leaves[: row + 2])
            terms = self._one(kept_of(np.stack(coefficients), written[: row + 2]))
            group = (self._begin + np.arange(row + 1) - parts.start) // parts.block - first_part
            summed = np.bincount(group, terms[1:], minlength=1)
            theirs.append(np.r_[terms[0], summed, self._one(self._chain.values[row].numpy())])
            later = mine[first_part + 1 : first_part + 1 + len(summed)]
            shown.append(np.r_[mine[: first_part + 1].sum(), later, mine.sum()])
            yield place, len(self._rows)
        return Truth.of(np.concatenate(shown), np.concatenate(theirs))

    def _graph(self) -> Job[tuple[list[Tensor], list[Tensor]]]:
        """Every state of the stretch, and leaves: the state before it, then what each step adds."""
        chain = self._chain
        leaves = [chain.before[0].clone().requires_grad_()]
        state, tensors = leaves[0], []
        for row in range(self._count):
            own = torch.zeros_like(leaves[0]).requires_grad_()
            value = chain.next(state, row)
            exact = torch.where(value.isfinite() & chain.values[row].isfinite(), chain.values[row] - value, 0.0)
            state = value + exact.detach() + own
            leaves.append(own)
            tensors.append(state)
            if row % 16 == 0:
                yield 0, len(self._rows)
        return tensors, leaves


def _gradients(state: Tensor, leaves: list[Tensor]) -> list[NDArray[np.float64]]:
    found = torch.autograd.grad(state.sum(), leaves, retain_graph=True, allow_unused=True, materialize_grads=True)
    return [part.numpy() for part in found]
