"""What a parsed cell is: expressions, equations, parameters, signals and the cell that holds them.

Everything here is frozen and made of plain values, so that the window, the engine and the tests can share one cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from rnnviz.engine.errors import SpecError

Dim: TypeAlias = Literal["units", "input", "output"]
Operator: TypeAlias = Literal["+", "-", "*", "/"]
ParameterKind: TypeAlias = Literal["matrix", "vector", "initial"]
Role: TypeAlias = Literal["input", "recurrent", "operand", "bias", "peephole", "initial"]
SignalKind: TypeAlias = Literal["gate", "candidate", "state", "pre", "signal"]

#: The functions of the language with the number of their arguments; ``phi`` is the activation chosen for the network.
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

#: What is appended to the name of a signal to name its pre-activation: ``f`` and ``f.pre``.
PRE_SUFFIX = ".pre"


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


@dataclass(frozen=True, slots=True)
class Equation:
    """One line ``signal[t] = expression  # label`` with its place in the text, counted from 1."""

    signal: str
    expression: Expr
    label: str
    line: int
    column: int
    text: str


@dataclass(frozen=True, slots=True)
class ParameterInfo:
    """A learned parameter: its shape in words and the part it plays.

    Attributes
    ----------
    rows, columns : Dim or None
        Shape [rows, columns] of a matrix; a vector or an initial state has shape [rows] and ``columns`` None.
    role : Role
        ``input`` and ``recurrent`` name matrices on x[t] and on what came from the step before (also r[t] * h[t-1]),
        ``operand`` any other matrix; ``bias`` a vector that is added, ``peephole`` a vector that scales.
    doubled : bool
        True for a bias that shares its sum with a product of x[t] and a recurrent product: torch keeps two there.
    """

    name: str
    kind: ParameterKind
    rows: Dim
    columns: Dim | None
    role: Role
    doubled: bool


@dataclass(frozen=True, slots=True)
class SignalInfo:
    """A recorded signal [units].

    Attributes
    ----------
    kind : SignalKind
        The values of a ``gate`` lie between 0 and 1; a ``state`` is read at [t-1]; ``pre`` is the argument of the
        outermost function of another signal and named after it (``f.pre``).
    equation : str
        The equation as written; of a pre-activation the part of it that is meant.
    low, high : float or None
        Bounds that hold whatever the parameters are; None where there is none. Those of a state hold from the
        initial value that the cell gives it.
    """

    name: str
    kind: SignalKind
    label: str
    equation: str
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Cell:
    """A recurrent cell, read from its equations.

    Attributes
    ----------
    equations : tuple of Equation
        As written.
    order : tuple of str
        The signals (without pre-activations) in an order in which they can be evaluated within a step.
    signals : tuple of SignalInfo
        In evaluation order, each pre-activation directly before its signal.
    states : tuple of str
        What is carried to the next step, in the order of the equations: ("c", "h") for an LSTM.
    output : str
        The signal handed to the next layer.
    initial : Mapping of str to Expr
        Values before the first step: a Number, or a Parameter that is learned; a state not named here starts at zero.
    """

    name: str
    title: str
    text: str
    description: str
    equations: tuple[Equation, ...]
    order: tuple[str, ...]
    signals: tuple[SignalInfo, ...]
    states: tuple[str, ...]
    output: str
    parameters: tuple[ParameterInfo, ...]
    initial: Mapping[str, Expr] = field(hash=False)
    uses_activation: bool
    uses_output: bool
    recurrent: bool

    def signal(self, name: str) -> SignalInfo:
        """Return the signal called `name`, such as ``f`` or ``f.pre``; SpecError when there is none."""
        for info in self.signals:
            if info.name == name:
                return info
        raise SpecError(self._missing("signal", name, tuple(info.name for info in self.signals)))

    def parameter(self, name: str) -> ParameterInfo:
        """Return the parameter called `name`; SpecError when there is none."""
        for info in self.parameters:
            if info.name == name:
                return info
        raise SpecError(self._missing("parameter", name, tuple(info.name for info in self.parameters)))

    def equation(self, name: str) -> Equation:
        """Return the equation that assigns `name`; ``f.pre`` is assigned within that of ``f``."""
        signal = name.removesuffix(PRE_SUFFIX)
        for equation in self.equations:
            if equation.signal == signal:
                return equation
        raise SpecError(self._missing("equation", name, self.order))

    def has_pre(self, name: str) -> bool:
        """Tell whether the signal called `name` has a pre-activation of its own."""
        return pre_activation(self.equation(name).expression) is not None

    def expression(self, name: str) -> Expr:
        """Return the right side that gives `name`: of ``f.pre`` the argument, of ``f`` the whole."""
        whole = self.equation(name).expression
        if not name.endswith(PRE_SUFFIX):
            return whole
        argument = pre_activation(whole)
        if argument is None:
            raise SpecError(self._missing("signal", name, tuple(info.name for info in self.signals)))
        return argument

    def _missing(self, what: str, name: str, present: tuple[str, ...]) -> str:
        listed = ", ".join(present) or "none"
        return f"The cell '{self.name}' has no {what} '{name}'; it has: {listed}."


def pre_activation(expression: Expr) -> Expr | None:
    """Return the argument of the outermost function if it holds a matrix product, else None.

    This is the pre-activation of a signal: in ``f[t] = sigmoid(W @ x[t] + b)`` what stands in the parentheses.
    """
    match expression:
        case Call(arguments=(argument,)) if contains(argument, MatrixProduct):
            return argument
        case _:
            return None
