"""The expressions that stand right of the ``=`` of an equation: frozen trees of plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Dim: TypeAlias = Literal["units", "input", "output"]
Operator: TypeAlias = Literal["+", "-", "*", "/"]

#: The functions with the number of their arguments; ``phi`` is the activation chosen for the network.
FUNCTIONS: Mapping[str, int] = {
    "sigmoid": 1,
    "tanh": 1,
    "relu": 1,
    "softplus": 1,
    "log_sigmoid": 1,
    "exp": 1,
    "log": 1,
    "sqrt": 1,
    "abs": 1,
    "phi": 1,
    "identity": 1,
    "max": 2,
    "min": 2,
}

#: What ``phi`` can stand for.
ACTIVATIONS: tuple[str, ...] = ("tanh", "relu", "sigmoid", "identity")


@dataclass(frozen=True, slots=True)
class Number:
    """A number, the same for every unit; may be infinite."""

    value: float


@dataclass(frozen=True, slots=True)
class InputAt:
    """The input of this step, ``x[t]``; stands only directly right of ``@``."""


@dataclass(frozen=True, slots=True)
class OutputBefore:
    """The output of the whole network one step before, ``y[t-1]``; stands only directly right of ``@``."""


@dataclass(frozen=True, slots=True)
class SignalAt:
    """A signal of this step, ``s[t]``; the name may be that of a pre-activation (``f.pre``)."""

    name: str


@dataclass(frozen=True, slots=True)
class StateBefore:
    """A state as the step before left it, ``s[t-1]``."""

    name: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A vector of units that is learned."""

    name: str


@dataclass(frozen=True, slots=True)
class MatrixProduct:
    """A learned matrix times a vector, ``W @ operand``."""

    matrix: str
    operand: Expr


@dataclass(frozen=True, slots=True)
class Negate:
    """``-operand``."""

    operand: Expr


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands combined unit by unit."""

    op: Operator
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Power:
    """``base ** exponent`` with a whole exponent from 2 to 8, unit by unit."""

    base: Expr
    exponent: int


@dataclass(frozen=True, slots=True)
class Call:
    """One of ``FUNCTIONS`` applied unit by unit."""

    function: str
    arguments: tuple[Expr, ...]


Expr: TypeAlias = (
    Number
    | InputAt
    | OutputBefore
    | SignalAt
    | StateBefore
    | Parameter
    | MatrixProduct
    | Negate
    | Binary
    | Power
    | Call
)


def children(expr: Expr) -> tuple[Expr, ...]:
    """Return the expressions directly inside `expr`, from left to right."""
    match expr:
        case MatrixProduct(operand=operand) | Negate(operand=operand):
            return (operand,)
        case Binary(left=left, right=right):
            return (left, right)
        case Power(base=base):
            return (base,)
        case Call(arguments=arguments):
            return arguments
        case _:
            return ()


def walk(expr: Expr) -> Iterator[Expr]:
    """Yield `expr` and everything inside it, parents first, from left to right."""
    yield expr
    for child in children(expr):
        yield from walk(child)


def contains(expr: Expr, kind: type | tuple[type, ...]) -> bool:
    """Tell whether `expr` is, or has anywhere inside it, a node of `kind`."""
    return any(isinstance(node, kind) for node in walk(expr))


def columns_for(operand: Expr) -> Dim:
    """Return what the columns of a matrix count that is applied to `operand`."""
    match operand:
        case InputAt():
            return "input"
        case OutputBefore():
            return "output"
        case _:
            return "units"


def pre_activation(expression: Expr) -> Expr | None:
    """Return the argument of the outermost function if it holds a matrix product, else None.

    This is the pre-activation of a signal: in ``f[t] = sigmoid(W @ x[t] + b)`` what is in the parentheses.
    """
    match expression:
        case Call(arguments=(argument,)) if contains(argument, MatrixProduct):
            return argument
        case _:
            return None
