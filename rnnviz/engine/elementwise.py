"""Expressions of the cell language evaluated by torch, differentiably, over any batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional

from rnnviz.engine.language.model import (
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
    children,
)


def _softplus(x: Tensor) -> Tensor:
    return torch.logaddexp(x, x.new_zeros(()))


FUNCTIONS: Mapping[str, Callable[..., Tensor]] = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "softplus": _softplus,
    "log_sigmoid": lambda x: -_softplus(-x),
    "exp": torch.exp,
    "log": torch.log,
    "sqrt": torch.sqrt,
    "abs": torch.abs,
    "identity": lambda x: x,
    "max": torch.maximum,
    "min": torch.minimum,
    "held": lambda value, put: torch.where(put.isnan(), value, put),
    "passed": lambda factor, put: torch.where(put.isnan(), factor, 0.0),
}
"""What the functions of the language mean, and two that no text can name: see Plan and selfpath."""


@dataclass
class Values:
    """What the names in an expression stand for; each a tensor [..., units] or a number.

    Parameters
    ----------
    signals, before, parameters : mapping
        Signals at this step, states one step before, and the parameters of the cell.
    x, y : Tensor or None
        The input of this step and the network's output one step before.
    activation : str
        What phi stands for.
    """

    signals: Mapping[str, Tensor | float]
    before: Mapping[str, Tensor | float]
    parameters: Mapping[str, Tensor | float] = field(default_factory=dict)
    x: Tensor | None = None
    y: Tensor | None = None
    activation: str = "tanh"


def evaluate(expr: Expr, values: Values) -> Tensor | float:
    """Evaluate an expression.

    Parameters
    ----------
    expr : Expr
    values : Values

    Returns
    -------
    Tensor or float
        [..., units]; a float where the expression is a number.
    """
    match expr:
        case Number(value):
            return value
        case SignalAt(name):
            return values.signals[name]
        case StateBefore(name):
            return values.before[name]
        case Parameter(name):
            return values.parameters[name]
        case InputAt():
            return _given(values.x, "x")
        case OutputBefore():
            return _given(values.y, "y")
        case MatrixProduct(matrix, operand):
            return functional.linear(_tensor(evaluate(operand, values)), _tensor(values.parameters[matrix]))
        case Negate(operand):
            return -evaluate(operand, values)
        case Power(base, exponent):
            return _tensor(evaluate(base, values)) ** exponent
        case Binary(op, left, right):
            return _combine(op, evaluate(left, values), evaluate(right, values))
        case Call(function, arguments):
            chosen = values.activation if function == "phi" else function
            return FUNCTIONS[chosen](*(_tensor(evaluate(argument, values)) for argument in arguments))


def folded(expr: Expr, activation: str) -> Expr:
    """The same expression, with every part of it that is made of numbers alone replaced by the number it stands for.

    Parameters
    ----------
    expr : Expr
    activation : str
        What phi stands for.
    """
    match expr:
        case Negate(operand):
            expr = Negate(folded(operand, activation))
        case Binary(op, left, right):
            expr = Binary(op, folded(left, activation), folded(right, activation))
        case Power(base, exponent):
            expr = Power(folded(base, activation), exponent)
        case Call(function, arguments):
            expr = Call(function, tuple(folded(argument, activation) for argument in arguments))
    inner = children(expr)
    if not inner or not all(isinstance(part, Number) for part in inner):
        return expr
    return Number(float(evaluate(expr, Values({}, {}, activation=activation))))


def _combine(op: str, left: Tensor | float, right: Tensor | float) -> Tensor | float:
    if op == "+":
        return left + right
    if op == "-":
        return left - right
    if op == "*":
        return left * right
    return left / right if isinstance(left, Tensor) else _tensor(left) / right


def _tensor(value: Tensor | float) -> Tensor:
    return value if isinstance(value, Tensor) else torch.tensor(value, dtype=torch.float64, device="cpu")


def _given(value: Tensor | None, name: str) -> Tensor:
    if value is None:
        raise KeyError(f"the expression needs {name}, which was not given")
    return value
