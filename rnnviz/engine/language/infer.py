"""Find out what nobody had to declare: the parameters with their roles, the signals with their kinds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from rnnviz.engine.language.expressions import (
    Binary,
    Call,
    Expr,
    InputAt,
    MatrixProduct,
    Negate,
    OutputBefore,
    Parameter,
    Power,
    StateBefore,
    children,
    columns_for,
    contains,
    pre_activation,
    walk,
)
from rnnviz.engine.language.model import PRE_SUFFIX, Equation, ParameterInfo, Role, SignalInfo, SignalKind
from rnnviz.engine.language.ranges import Range

_ACTIVATIONS = frozenset(["tanh", "phi", "relu", "softplus", "identity"])


def parameters(equations: Sequence[Equation], initial: Mapping[str, Expr]) -> tuple[ParameterInfo, ...]:
    """Return the parameters in the order in which the equations first name them, initial values last."""
    found: dict[str, ParameterInfo] = {}
    for equation in equations:
        own = _recurrent_vectors(equation)
        for info in _parameters_in(equation.expression):
            used = replace(info, role="recurrent") if info.name in own and info.role == "peephole" else info
            earlier = found.get(info.name)
            found[info.name] = used if earlier is None else _merged(earlier, used)
    learned = (value.name for value in initial.values() if isinstance(value, Parameter))
    starts = (ParameterInfo(name, "initial", "units", None, "initial", False) for name in learned)
    return (*found.values(), *starts)


def _recurrent_vectors(equation: Equation) -> frozenset[str]:
    """Return the vectors that scale a signal one step before within its own equation, as u in an IndRNN."""
    before = StateBefore(equation.signal)
    products = (node for node in walk(equation.expression) if isinstance(node, Binary) and node.op == "*")
    pairs = ((one, other) for node in products for one, other in ((node.left, node.right), (node.right, node.left)))
    return frozenset(one.name for one, other in pairs if isinstance(one, Parameter) and other == before)


def _merged(first: ParameterInfo, second: ParameterInfo) -> ParameterInfo:
    """Combine two uses of one parameter; recurrence and scaling weigh more than the rest."""
    roles = {first.role, second.role}
    role: Role = first.role
    if "recurrent" in roles:
        role = "recurrent"
    elif "peephole" in roles:
        role = "peephole"
    doubled = role == "bias" and (first.doubled or second.doubled)
    return ParameterInfo(first.name, first.kind, first.rows, first.columns, role, doubled)


def _parameters_in(expr: Expr) -> list[ParameterInfo]:
    """Return a ParameterInfo per use; a vector that is a term of a sum is a bias, any other a peephole."""
    terms = _terms(expr)
    roles = {_matrix_role(term.operand) for term in terms if isinstance(term, MatrixProduct)}
    doubled = {"input", "recurrent"} <= roles
    found: list[ParameterInfo] = []
    for term in terms:
        match term:
            case Parameter(name=name):
                found.append(ParameterInfo(name, "vector", "units", None, "bias", doubled))
            case MatrixProduct(matrix=matrix, operand=operand):
                found.append(_matrix(matrix, operand))
                found += _parameters_in(operand)
            case Binary(left=left, right=right):
                found += _scaled(left) + _scaled(right)
            case Power(base=base):
                found += _scaled(base)
            case _:
                for child in children(term):
                    found += _parameters_in(child)
    return found


def _scaled(expr: Expr) -> list[ParameterInfo]:
    match expr:
        case Parameter(name=name):
            return [ParameterInfo(name, "vector", "units", None, "peephole", False)]
        case Negate(operand=operand):
            return _scaled(operand)
        case _:
            return _parameters_in(expr)


def _terms(expr: Expr) -> list[Expr]:
    """Split a sum into its terms, signs left out."""
    match expr:
        case Binary(op="+" | "-", left=left, right=right):
            return _terms(left) + _terms(right)
        case Negate(operand=operand):
            return _terms(operand)
        case _:
            return [expr]


def _matrix(name: str, operand: Expr) -> ParameterInfo:
    return ParameterInfo(name, "matrix", "units", columns_for(operand), _matrix_role(operand), False)


def _matrix_role(operand: Expr) -> Role:
    if isinstance(operand, InputAt):
        return "input"
    return "recurrent" if contains(operand, (StateBefore, OutputBefore)) else "operand"


def signals(
    equations: Sequence[Equation],
    order: Sequence[str],
    states: Sequence[str],
    output: str,
    bounds: Mapping[str, Range],
    arguments: Mapping[str, str],
) -> tuple[SignalInfo, ...]:
    """Return every signal in evaluation order, each pre-activation directly before its own.

    Parameters
    ----------
    bounds : mapping from signal to Range
    arguments : mapping from signal to str
        The source of the argument of its outermost function.
    """
    by_name = {equation.signal: equation for equation in equations}
    found: list[SignalInfo] = []
    for name in order:
        equation = by_name[name]
        if name + PRE_SUFFIX in bounds:
            label = f"{equation.label}, pre-activation" if equation.label else "pre-activation"
            low, high = bounds[name + PRE_SUFFIX].ends
            found.append(SignalInfo(name + PRE_SUFFIX, "pre", label, arguments[name], low, high))
        kind = _kind(equation, bounds[name], name in states, name == output)
        low, high = bounds[name].ends
        found.append(SignalInfo(name, kind, equation.label, equation.text, low, high))
    return tuple(found)


def _kind(equation: Equation, bounds: Range, is_state: bool, is_output: bool) -> SignalKind:
    """Tell the kind of a signal; where the label calls it a gate or a candidate, the label decides.

    A gate may be carried to the next step, where other gates see it (Greff's full gate recurrence): it stays a gate.
    """
    words = re.findall(r"\w+", equation.label.lower())
    if "gate" in words and bounds.low >= 0 and bounds.high <= 1:
        return "gate"
    if is_state:
        return "state"
    if "candidate" in words:
        return "candidate"
    match equation.expression:
        case Call(function="sigmoid") if not is_output:
            return "gate"
        case Call(function=function) as call if (
            function in _ACTIVATIONS and not is_output and pre_activation(call) is not None
        ):
            return "candidate"
        case _:
            return "signal"
