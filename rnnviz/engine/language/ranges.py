"""Bounds of signals that hold whatever the parameters are, by interval arithmetic."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from rnnviz.engine.language.expressions import (
    Binary,
    Call,
    Expr,
    Negate,
    Number,
    Power,
    SignalAt,
    StateBefore,
    pre_activation,
)
from rnnviz.engine.language.model import PRE_SUFFIX, Cell, Equation


@dataclass(frozen=True, slots=True)
class Range:
    """All numbers from `low` to `high`."""

    low: float
    high: float

    @property
    def ends(self) -> tuple[float | None, float | None]:
        """The bounds, None where there is none."""
        low = self.low if math.isfinite(self.low) else None
        return low, self.high if math.isfinite(self.high) else None


ANY = Range(-math.inf, math.inf)
ZERO = Range(0.0, 0.0)

# A range that still grows after so many steps grows without end; after the limit the search is given up.
_ROUNDS = 4
_LIMIT = 12


def bounds(cell: Cell, activation: str) -> dict[str, tuple[float | None, float | None]]:
    """Return the bounds of every signal of a network whose phi is `activation`, None where there is none.

    They can be narrower than those in the cell's signals, which hold for every phi.
    """
    equations = {equation.signal: equation for equation in cell.equations}
    found = ranges(equations, cell.order, cell.states, cell.initial, activation)
    return {name: found[name].ends for name in found}


def ranges(
    equations: Mapping[str, Equation],
    order: Sequence[str],
    states: Sequence[str],
    initial: Mapping[str, Expr],
    activation: str = "phi",
) -> dict[str, Range]:
    """Return the range of every signal, pre-activations too.

    A state starts from its initial value and is widened by what a step makes of it until nothing changes;
    what still grows after a few rounds has no bound.
    """
    before = {name: _start(initial.get(name)) for name in states}
    for round_number in range(_LIMIT):
        now = _Step(equations, before, activation).run(order)
        wider = {name: _hull(before[name], now[name]) for name in states}
        if wider == before:
            return now
        give_up = round_number >= _ROUNDS
        before = {name: _widened(before[name], wider[name]) if give_up else wider[name] for name in states}
    return _Step(equations, dict.fromkeys(states, ANY), activation).run(order)


def _start(value: Expr | None) -> Range:
    match value:
        case None:
            return ZERO
        case Number(value=number):
            return Range(number, number)
        case _:
            return ANY


def _widened(old: Range, new: Range) -> Range:
    return Range(old.low if new.low >= old.low else -math.inf, old.high if new.high <= old.high else math.inf)


@dataclass(slots=True)
class _Step:
    """One step in ranges instead of numbers."""

    equations: Mapping[str, Equation]
    before: Mapping[str, Range]
    activation: str
    now: dict[str, Range] = field(default_factory=dict)

    def run(self, order: Sequence[str]) -> dict[str, Range]:
        for name in order:
            expression = self.equations[name].expression
            argument = pre_activation(expression)
            if argument is not None:
                self.now[name + PRE_SUFFIX] = self.of(argument)
            self.now[name] = self.of(expression)
        return self.now

    def of(self, expr: Expr) -> Range:
        match expr:
            case Number(value=value):
                return Range(value, value)
            case SignalAt(name=name):
                return self.now[name]
            case StateBefore(name=name):
                return self.before[name]
            case Negate(operand=operand):
                inner = self.of(operand)
                return Range(-inner.high, -inner.low)
            case Binary(op=op, left=left, right=right):
                special = self.mean(expr) or self.below(expr) or self.share(expr)
                return special or _combined(op, self.of(left), self.of(right))
            case Power(base=base, exponent=exponent):
                return _power(self.of(base), exponent)
            case Call(function=function, arguments=arguments):
                chosen = self.activation if function == "phi" else function
                return _called(chosen, [self.of(argument) for argument in arguments])
            case _:
                return ANY

    def mean(self, expr: Binary) -> Range | None:
        """Return the range of ``(1 - z) * a + z * b`` with z from 0 to 1: between a and b, as in a GRU."""
        if expr.op != "+":
            return None
        for one, other in ((expr.left, expr.right), (expr.right, expr.left)):
            for weight, first in _factors(one):
                for rest, second in _factors(other):
                    if rest == Binary("-", Number(1.0), weight) and _is_share(self.of(weight)):
                        return _hull(self.of(first), self.of(second))
        return None

    def below(self, expr: Binary) -> Range | None:
        """Return the range of ``a - m[t]`` with ``m[t] = max(a, b)``: never above zero, as in an sLSTM."""
        if expr.op != "-" or not isinstance(expr.right, SignalAt):
            return None
        match self.equations[expr.right.name].expression:
            case Call(function="max", arguments=arguments) if expr.left in arguments:
                return Range(self.of(expr.left).low - self.of(expr.right).high, 0.0)
            case _:
                return None

    def share(self, expr: Binary) -> Range | None:
        """Return the range of ``a / (a + b)`` with neither below zero: from 0 to 1, as in a minLSTM."""
        total = expr.right
        if expr.op != "/" or not isinstance(total, Binary) or total.op != "+":
            return None
        parts = (total.left, total.right)
        positive = all(self.of(part).low >= 0 for part in parts)
        return Range(0.0, 1.0) if expr.left in parts and positive else None


def _factors(expr: Expr) -> tuple[tuple[Expr, Expr], ...]:
    if isinstance(expr, Binary) and expr.op == "*":
        return (expr.left, expr.right), (expr.right, expr.left)
    return ()


def _is_share(bounds: Range) -> bool:
    return bounds.low >= 0 and bounds.high <= 1


def _hull(*parts: Range) -> Range:
    return Range(min(part.low for part in parts), max(part.high for part in parts))


def _combined(op: str, left: Range, right: Range) -> Range:
    match op:
        case "+":
            return _safe(left.low + right.low, left.high + right.high)
        case "-":
            return _safe(left.low - right.high, left.high - right.low)
        case "/" if right.low <= 0 <= right.high:
            return ANY
        case "/":
            return _combined("*", left, Range(1 / right.high, 1 / right.low))
        case _:
            corners = [_product(a, b) for a in (left.low, left.high) for b in (right.low, right.high)]
            return Range(min(corners), max(corners))


def _safe(low: float, high: float) -> Range:
    return Range(-math.inf if math.isnan(low) else low, math.inf if math.isnan(high) else high)


def _product(a: float, b: float) -> float:
    """Multiply two bounds; an infinite bound is never reached, so zero times it is zero."""
    return 0.0 if a == 0 or b == 0 else a * b


def _power(base: Range, exponent: int) -> Range:
    result = base
    for _ in range(exponent - 1):
        result = _combined("*", result, base)
    return Range(max(result.low, 0.0), result.high) if exponent % 2 == 0 else result


def _called(function: str, arguments: list[Range]) -> Range:
    first = arguments[0]
    match function:
        case "max" | "min":
            choose = max if function == "max" else min
            other = arguments[1]
            return Range(choose(first.low, other.low), choose(first.high, other.high))
        case "abs":
            ends = (abs(first.low), abs(first.high))
            return Range(0.0 if first.low <= 0 <= first.high else min(ends), max(ends))
        case _ if function in _MONOTONE:
            rising = _MONOTONE[function]
            return Range(rising(first.low), rising(first.high))
        case _:
            return ANY


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value > -700 else 0.0


def _softplus(value: float) -> float:
    return max(value, 0.0) + math.log1p(math.exp(-abs(value)))


def _exp(value: float) -> float:
    return math.exp(value) if value < 700 else math.inf


def _sqrt(value: float) -> float:
    return math.sqrt(max(value, 0.0))


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf


_MONOTONE: Mapping[str, Callable[[float], float]] = {
    "sigmoid": _sigmoid,
    "tanh": math.tanh,
    "relu": lambda value: max(value, 0.0),
    "softplus": _softplus,
    "log_sigmoid": lambda value: -_softplus(-value),
    "exp": _exp,
    "sqrt": _sqrt,
    "log": _log,
    "identity": lambda value: value,
}
