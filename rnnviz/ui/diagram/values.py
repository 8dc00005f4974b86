"""What flows through a diagram at one step: numbers of the record, and what follows from them unit by unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.language.model import (
    Binary,
    Call,
    Cell,
    Expr,
    MatrixProduct,
    Negate,
    Number,
    Power,
    SignalAt,
    StateBefore,
    children,
)
from rnnviz.ui.diagram.build import terms
from rnnviz.ui.diagram.graph import Graph

Vector: TypeAlias = NDArray[np.float64]
Read: TypeAlias = Callable[[str, bool], Vector | None]
"""Gives a signal [units] of this step or, with True, of the step before; None where that is not known."""

_FUNCTIONS: Mapping[str, Callable[..., Vector]] = {
    "sigmoid": lambda a: 1 / (1 + np.exp(-a)),
    "tanh": np.tanh,
    "relu": lambda a: np.maximum(a, 0.0),
    "softplus": lambda a: np.logaddexp(a, 0.0),
    "log_sigmoid": lambda a: -np.logaddexp(-a, 0.0),
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "identity": lambda a: a,
    "max": np.maximum,
    "min": np.minimum,
}
_OPERATORS: Mapping[str, Callable[[Vector, Vector], Vector]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
}


def node_values(graph: Graph, read: Read, phi: str) -> dict[str, Vector]:
    """Return what each node gives at a step, [units]; what takes weights to know and is not recorded is missing.

    Parameters
    ----------
    graph : Graph
    read : callable
        The record.
    phi : str
        The activation that the network has for ``phi``.
    """
    found: dict[str, Vector] = {}
    for node in graph.nodes:
        recorded = read(node.signal, False) if node.signal else None
        if recorded is None and node.expr is not None and node.kind in ("input", "operator"):
            recorded = evaluate(node.expr, read, phi)
        if recorded is not None:
            found[node.key] = recorded
    return found


def evaluate(expr: Expr, read: Read, phi: str) -> Vector | None:
    """Return an expression [units] of recorded signals; None where it holds what is not known, such as a weight."""
    match expr:
        case Number(value=value):
            return np.asarray(value, np.float64)
        case SignalAt(name=name):
            return read(name, False)
        case StateBefore(name=name):
            return read(name, True)
        case Negate() | Binary() | Power() | Call():
            parts = [evaluate(part, read, phi) for part in children(expr)]
            known = [part for part in parts if part is not None]
            with np.errstate(all="ignore"):
                return _combine(expr, known, phi) if len(known) == len(parts) else None
    return None


def _combine(expr: Negate | Binary | Power | Call, parts: list[Vector], phi: str) -> Vector:
    match expr:
        case Negate():
            return -parts[0]
        case Binary(op=op):
            return _OPERATORS[op](*parts)
        case Power(exponent=exponent):
            return np.asarray(parts[0] ** exponent)
        case Call(function=function):
            return _FUNCTIONS[phi if function == "phi" else function](*parts)


def kept_state(cell: Cell) -> str:
    """Return the state whose old value is a term of its new one, unit by unit; empty where there is none."""
    return next((state for state in cell.states if any(_keeps(t, state) for _, t in _terms(cell, state))), "")


def flows(cell: Cell, state: str, read: Read, phi: str) -> tuple[Vector, Vector] | None:
    """Return what a unit keeps of a state and what is written to it at a step, [units] each; None where unknown.

    Both add up to the state. Kept is what the terms of its equation lose when the state of the step before, where it
    stands beside matrices and functions, is taken for zero.
    """
    now = read(state, False)
    if now is None:
        return None
    kept = np.zeros_like(now)
    with np.errstate(all="ignore"):
        for sign, term in _terms(cell, state):
            if _keeps(term, state):
                whole, rest = (evaluate(part, read, phi) for part in (term, _without(term, state)))
                if whole is None or rest is None:
                    return None
                kept = kept + sign * (whole - rest)
        return kept, now - kept


def _terms(cell: Cell, state: str) -> list[tuple[int, Expr]]:
    return list(terms(cell.equation(state).expression))


def _keeps(expr: Expr, state: str) -> bool:
    """Whether an expression holds the state before, beside a matrix and not within a function."""
    if isinstance(expr, StateBefore):
        return expr.name == state
    if isinstance(expr, MatrixProduct | Call):
        return False
    return any(_keeps(part, state) for part in children(expr))


def _without(expr: Expr, state: str) -> Expr:
    """Return an expression with zero for the state before."""
    match expr:
        case StateBefore(name=name) if name == state:
            return Number(0.0)
        case Negate(operand=operand):
            return Negate(_without(operand, state))
        case Binary(op=op, left=left, right=right):
            return Binary(op, _without(left, state), _without(right, state))
        case Power(base=base, exponent=exponent):
            return Power(_without(base, state), exponent)
        case _:
            return expr
