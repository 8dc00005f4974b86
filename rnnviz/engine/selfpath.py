"""How a state keeps itself, read from its equation: s[t] = factor * s[t-1] + what is written.

In ``c[t] = f[t] * c[t-1] + i[t] * g[t]`` the factor is f. Signals that follow from a function or a matrix product are
taken as given (in an LSTM with peepholes f depends on c[t-1] too, and is still the factor); signals that are sums and
products of others are followed. Where the state stands inside a function, as in ``h[t] = relu(u * h[t-1] + ...)``, its
derivative is taken for the factor, and the split is the linear one at that point.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor

from rnnviz.engine.backsource import cell_trace
from rnnviz.engine.elementwise import Values, evaluate
from rnnviz.engine.language.model import Binary, Call, Expr, Negate, Number, Parameter, SignalAt, StateBefore
from rnnviz.engine.linearised import CHUNK, Leaf, Linearisation
from rnnviz.engine.network import CellLayer
from rnnviz.engine.plan import is_slot, leaves

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

Kind = Literal["kept", "linearised", "overwritten"]
"""The factor is exact; it is a derivative; or there is none: every step writes the state anew."""


class SelfFactor:
    """The factor with which a state keeps itself, for any stretch of a run.

    Parameters
    ----------
    trace : Trace
    at : CellLayer
    state : str

    Attributes
    ----------
    state : str
    kind : {"kept", "linearised", "overwritten"}
    expression : Expr or None
        The factor as it stands in the equations; None where it does not.
    """

    def __init__(self, trace: Trace, at: CellLayer, state: str) -> None:
        self.state = state
        self.expression = self_factor(at, state)
        self._trace, self._at = trace, at
        self._key = state, Leaf("before", state)
        self._linear = Linearisation(trace, at) if self.expression is None else None
        keeps = self._linear is None or self._key[1] in self._linear.reads[state]
        self.kind: Kind = "kept" if self._linear is None else "linearised" if keeps else "overwritten"

    def rows(self, start: int, stop: int) -> Tensor:
        """[n, H], in the order in which the cell ran; zero where the state is overwritten."""
        if self.expression is not None:
            return _evaluated(self._trace, self._at, self.expression, start, stop)
        if self._linear is None or self.kind == "overwritten":
            return torch.zeros(stop - start, self._at.units, dtype=torch.float64)
        indices = range(start // CHUNK, -(-stop // CHUNK))
        chunks = torch.cat([self._linear.chunk(index)[self._key] for index in indices])
        return chunks[start - indices[0] * CHUNK :][: stop - start]


def self_factor(at: CellLayer, state: str) -> Expr | None:
    """The factor of s[t-1] in the equation of a state, None where it cannot be written as one."""
    return _factor(at, at.plan.computation(state).expression, state, frozenset({state}))


_ONE = Number(1.0)


def _times(factor: Expr, other: Expr) -> Expr:
    return other if factor == _ONE else Binary("*", factor, other)


def _factor(at: CellLayer, expr: Expr, state: str, followed: frozenset[str]) -> Expr | None:
    """The factor of s[t-1] in an expression that is linear in it; None where it does not stand in it so."""
    match expr:
        case StateBefore(name) if name == state:
            return _ONE
        case SignalAt(name) if name not in followed and name in at.plan.columns:
            return _factor(at, at.plan.computation(name).expression, state, followed | {name})
        case Negate(operand):
            inner = _factor(at, operand, state, followed)
            return None if inner is None else Negate(inner)
        case Call("identity", (argument,)):
            return _factor(at, argument, state, followed)
        case Call("held", (inner, put)):  # a state that is held keeps nothing of itself
            one = _factor(at, inner, state, followed)
            return None if one is None else Call("passed", (one, put))
        case Binary("+" | "-", left, right):
            one, two = _factor(at, left, state, followed), _factor(at, right, state, followed)
            if one is None or two is None:
                return one if two is None else (two if expr.op == "+" else Negate(two))
            return Binary(expr.op, one, two)
        case Binary("*", left, right):
            one, two = _factor(at, left, state, followed), _factor(at, right, state, followed)
            if one is not None:
                return _times(one, right) if two is None else None
            return None if two is None else _times(two, left)
        case Binary("/", left, right):
            one = _factor(at, left, state, followed)
            return None if one is None else Binary("/", one, right)
        case _:
            return None


def _evaluated(trace: Trace, at: CellLayer, factor: Expr, start: int, stop: int) -> Tensor:
    """The values of a factor along a stretch of a run, [n, H]."""
    source, units = cell_trace(trace, at), at.units
    signals: dict[str, Tensor | float] = {}
    before: dict[str, Tensor | float] = {}
    parameters: dict[str, Tensor | float] = {}
    for leaf in leaves(factor):
        match leaf:
            case StateBefore(name):
                before[name] = source.quantity(name, start - 1, stop - 1)
            case Parameter(name):
                parameters[name] = trace.weights.cells[at].parameters[name].double()
            case SignalAt(name) if name in at.plan.columns:
                signals[name] = source.quantity(name, start, stop)
            case SignalAt(name):
                place = at.plan.place(name if is_slot(name) else at.plan.aliases[name]) * units
                signals[name] = source.slots(start, stop)[:, place : place + units]
    values = Values(signals, before, parameters, activation=trace.network.spec.activation)
    return torch.as_tensor(evaluate(factor, values), dtype=torch.float64).expand(stop - start, units)
