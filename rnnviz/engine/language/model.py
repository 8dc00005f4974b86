"""What a parsed cell is: equations, parameters, signals and the cell that holds them.

Everything here is frozen and made of plain values, so that window, engine and tests can share one cell. The
expressions of the equations are named here too: one import serves whoever works with cells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from rnnviz.engine.errors import SpecError
from rnnviz.engine.language.expressions import (
    ACTIVATIONS,
    FUNCTIONS,
    Binary,
    Call,
    Dim,
    Expr,
    InputAt,
    MatrixProduct,
    Negate,
    Number,
    Operator,
    OutputBefore,
    Parameter,
    Power,
    SignalAt,
    StateBefore,
    children,
    columns_for,
    contains,
    pre_activation,
    walk,
)

__all__ = [
    "ACTIVATIONS",
    "FUNCTIONS",
    "PRE_SUFFIX",
    "Binary",
    "Call",
    "Cell",
    "Dim",
    "Equation",
    "Expr",
    "InputAt",
    "MatrixProduct",
    "Negate",
    "Number",
    "Operator",
    "OutputBefore",
    "Parameter",
    "ParameterInfo",
    "ParameterKind",
    "Power",
    "Role",
    "SignalAt",
    "SignalInfo",
    "SignalKind",
    "StateBefore",
    "children",
    "columns_for",
    "contains",
    "pre_activation",
    "walk",
]

ParameterKind: TypeAlias = Literal["matrix", "vector", "initial"]
Role: TypeAlias = Literal["input", "recurrent", "operand", "bias", "peephole", "initial"]
SignalKind: TypeAlias = Literal["gate", "candidate", "state", "pre", "signal"]

#: What is appended to the name of a signal to name its pre-activation: ``f`` and ``f.pre``.
PRE_SUFFIX = ".pre"


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
        ``input`` is a matrix on x[t], ``recurrent`` one on what came from the step before (h[t-1], y[t-1],
        r[t] * h[t-1]), ``operand`` any other; ``bias`` is a vector that is added, ``recurrent`` one that scales the
        signal of its own equation one step before (u * h[t-1] in an IndRNN: a diagonal matrix), ``peephole`` one
        that scales anything else.
    doubled : bool
        True for a bias that shares its sum with an input and a recurrent product: torch keeps two there.
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
        The values of a ``gate`` lie between 0 and 1; a ``state`` is read at [t-1] and is not called a gate by its
        label; ``pre`` is the argument of the outermost function of another signal and named after it (``f.pre``).
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
        Values before the first step: a Number, or a Parameter that is learned; other states start at zero.
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
        return not name.endswith(PRE_SUFFIX) and pre_activation(self.equation(name).expression) is not None

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
