"""One step of a cell in plain Python, unit by unit: slow, and independent of all that is fast."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, cast

from rnnviz.engine.language.expressions import (
    Binary,
    Call,
    Expr,
    InputAt,
    MatrixProduct,
    Negate,
    Number,
    OutputBefore,
    Parameter,
    Power,
    SignalAt,
    StateBefore,
)
from rnnviz.engine.language.model import Cell

Vector: TypeAlias = Sequence[float]
Matrix: TypeAlias = Sequence[Sequence[float]]


def evaluate_step(
    cell: Cell,
    x: Vector,
    previous: Mapping[str, Vector],
    parameters: Mapping[str, Vector | Matrix],
    phi: str = "tanh",
) -> dict[str, list[float]]:
    """Return every signal of one step, pre-activations too, in evaluation order.

    Parameters
    ----------
    cell : Cell
    x : sequence of float, [input]
    previous : mapping from str to sequence of float, [units]
        Each state as the step before left it; under ``y`` the output [output], if the cell is fed it.
    parameters : mapping from str
        Matrices as [rows][columns], vectors as [units].
    phi : str
        The activation: tanh, relu, sigmoid or identity.

    Returns
    -------
    dict from str to list of float, [units]
        Infinities and NaN come out as IEEE 754 has them; nothing raises for the sake of a value.
    """
    step = _Step(x, previous, parameters, phi)
    units = _units(cell, previous, parameters)
    for info in cell.signals:
        expression = cell.expression(info.name)
        step.now[info.name] = [step.value(expression, unit) for unit in range(units)]
    return step.now


def _units(cell: Cell, previous: Mapping[str, Vector], parameters: Mapping[str, Vector | Matrix]) -> int:
    """Return the number of units: every state has it for its length, and so has every parameter."""
    for name in cell.states:
        return len(previous[name])
    for info in cell.parameters:
        return len(parameters[info.name])
    return 1


@dataclass(slots=True)
class _Step:
    x: Vector
    previous: Mapping[str, Vector]
    parameters: Mapping[str, Vector | Matrix]
    phi: str
    now: dict[str, list[float]] = field(default_factory=dict)

    def value(self, expr: Expr, unit: int) -> float:
        match expr:
            case Number(value=value):
                return value
            case InputAt():
                return self.x[unit]
            case OutputBefore():
                return self.previous["y"][unit]
            case SignalAt(name=name):
                return self.now[name][unit]
            case StateBefore(name=name):
                return self.previous[name][unit]
            case Parameter(name=name):
                return cast("Vector", self.parameters[name])[unit]
            case MatrixProduct(matrix=matrix, operand=operand):
                row = cast("Matrix", self.parameters[matrix])[unit]
                return sum(weight * self.value(operand, column) for column, weight in enumerate(row))
            case Negate(operand=operand):
                return -self.value(operand, unit)
            case Binary(op=op, left=left, right=right):
                return _OPERATORS[op](self.value(left, unit), self.value(right, unit))
            case Power(base=base, exponent=exponent):
                return math.prod([self.value(base, unit)] * exponent)
            case Call(function=function, arguments=arguments):
                chosen = self.phi if function == "phi" else function
                return _FUNCTIONS[chosen](*(self.value(argument, unit) for argument in arguments))


def _divide(a: float, b: float) -> float:
    if b != 0:
        return a / b
    return math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a) * math.copysign(1.0, b)


def _exp(value: float) -> float:
    return math.exp(value) if value < 709.78 else value if math.isnan(value) else math.inf


def _log(value: float) -> float:
    if value == 0:
        return -math.inf
    return math.nan if value < 0 else math.log(value)


def _softplus(value: float) -> float:
    return max(value, 0.0) + math.log1p(_exp(-abs(value)))


def _larger(a: float, b: float) -> float:
    return math.nan if math.isnan(a) or math.isnan(b) else max(a, b)


_OPERATORS: Mapping[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divide,
}

_FUNCTIONS: Mapping[str, Callable[..., float]] = {
    "sigmoid": lambda value: 1 / (1 + _exp(-value)),
    "tanh": math.tanh,
    "relu": lambda value: _larger(value, 0.0),
    "softplus": _softplus,
    "log_sigmoid": lambda value: -_softplus(-value),
    "exp": _exp,
    "log": _log,
    "sqrt": lambda value: math.nan if value < 0 else math.sqrt(value),
    "abs": abs,
    "identity": lambda value: value,
    "max": _larger,
    "min": lambda a, b: -_larger(-a, -b),
}
