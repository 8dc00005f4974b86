"""What arrives at each operator of a diagram on the way back: the derivative of the loss by what it gives."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np

from rnnviz.engine.language.model import PRE_SUFFIX, Binary, Call, Expr, MatrixProduct, Negate, Number, Power
from rnnviz.ui.diagram.build import factors, is_constant, terms
from rnnviz.ui.diagram.graph import Graph, Node, Wire
from rnnviz.ui.diagram.values import Read, Vector, evaluate

Arrived: TypeAlias = Callable[[str], Vector | None]
"""Gives the derivative of the loss by a signal [units] of this step; None where that is not known."""

_HALF = 0.5
"""What each of two equal arguments of max and min gets, as torch has it."""


def node_adjoints(graph: Graph, read: Read, arrived: Arrived, phi: str) -> dict[str, Vector]:
    """Return the derivative of the loss by what each operator gives, [units].

    That of a signal is what the engine has computed. That of a step in between follows from the operators that read
    it, unit by unit; it is missing where that takes a weight or a number that is not recorded.

    Parameters
    ----------
    graph : Graph
    read : callable
        The record.
    arrived : callable
        The gradients.
    phi : str
        The activation that the network has for ``phi``.
    """
    found: dict[str, Vector] = {}
    for node in reversed(graph.nodes):
        if node.kind in ("box", "operator"):
            own = arrived(node.signal) if node.signal else implied(graph, node, found, read, arrived, phi)
            if own is not None:
                found[node.key] = own
    return found


def implied(
    graph: Graph, node: Node, found: Mapping[str, Vector], read: Read, arrived: Arrived, phi: str
) -> Vector | None:
    """Return what arrives at a node from the operators that read it; None where one of them does not let it be known.

    By the chain rule: the sum over them of what arrives at each, times its derivative by what it reads.
    """
    total: Vector | None = None
    for wire in graph.wires:
        if wire.source != node.key:
            continue
        target = graph.node(wire.target)
        if target.kind == "box":
            part = _through_sum(target, wire, found, arrived)
        else:
            slope, adjoint = _slope(target, wire, read, phi), found.get(target.key)
            part = None if slope is None or adjoint is None else slope * adjoint
        if part is None:
            return None
        total = part if total is None else total + part
    return total


def _through_sum(box: Node, wire: Wire, found: Mapping[str, Vector], arrived: Arrived) -> Vector | None:
    """Return what a weighted sum hands back to a term that has neither matrix nor weight."""
    expr = box.expr
    if isinstance(expr, Call):
        adjoint = arrived(box.signal + PRE_SUFFIX) if box.signal else None
    else:
        adjoint = found.get(box.key)
    if adjoint is None or expr is None or wire.matrices:
        return None
    whole = expr.arguments[0] if isinstance(expr, Call) else expr
    sign, term = [(sign, term) for sign, term in terms(whole) if not is_constant(term)][wire.number]
    constants = [one for one in factors(term) if is_constant(one)]
    if isinstance(term, MatrixProduct) or not all(isinstance(one, Number) for one in constants):
        return None
    weight = math.prod(one.value for one in constants if isinstance(one, Number))
    return sign * weight * adjoint


def _slope(node: Node, wire: Wire, read: Read, phi: str) -> Vector | None:
    """Return the derivative of what acts unit by unit by what one of its wires brings; None where it is not known."""
    expr = node.expr
    with np.errstate(all="ignore"):
        match expr:
            case Binary(op="+" | "-"):
                signs = [sign for sign, term in terms(expr) if not is_constant(term)]
                return np.asarray(float(signs[wire.number]))
            case Binary(op="*"):
                return _product(expr, wire.number, read, phi)
            case Binary(left=left, right=right):
                values = evaluate(left, read, phi), evaluate(right, read, phi)
                return _quotient(values, by=wire.mark == "divisor")
            case Negate():
                return np.asarray(-1.0)
            case Power(base=base, exponent=exponent):
                value = evaluate(base, read, phi)
                return None if value is None else np.asarray(exponent * value ** (exponent - 1))
            case Call(function=function, arguments=arguments):
                found = [evaluate(one, read, phi) for one in arguments]
                known = [value for value in found if value is not None]
                if len(known) < len(found):
                    return None
                place = [k for k, one in enumerate(arguments) if not is_constant(one)][wire.number]
                return _call(phi if function == "phi" else function, known, place)
    return np.asarray(1.0) if expr is not None else None


def _product(expr: Expr, number: int, read: Read, phi: str) -> Vector | None:
    """The product of all factors but one of those that are no constants."""
    parts = list(factors(expr))
    own = [k for k, part in enumerate(parts) if not is_constant(part)][number]
    others = [evaluate(part, read, phi) for k, part in enumerate(parts) if k != own]
    known = [value for value in others if value is not None]
    return math.prod(known, start=np.asarray(1.0)) if len(known) == len(others) else None


def _quotient(values: tuple[Vector | None, Vector | None], *, by: bool) -> Vector | None:
    above, below = values
    if below is None or (by and above is None):
        return None
    return -above / below**2 if by and above is not None else 1 / below


def _call(function: str, values: list[Vector], place: int) -> Vector:
    """The derivative of a function by one of its arguments."""
    if function in ("max", "min"):
        own, other = values[place], values[1 - place]
        ahead = own > other if function == "max" else own < other
        return np.where(own == other, _HALF, ahead.astype(np.float64))
    return np.asarray(_DERIVATIVES[function](values[0]))


def _sigmoid(a: Vector) -> Vector:
    return 1 / (1 + np.exp(-a))


_DERIVATIVES: Mapping[str, Callable[[Vector], Vector]] = {
    "sigmoid": lambda a: _sigmoid(a) * _sigmoid(-a),
    "tanh": lambda a: 1 - np.tanh(a) ** 2,
    "relu": lambda a: (a > 0).astype(np.float64),
    "softplus": _sigmoid,
    "log_sigmoid": lambda a: _sigmoid(-a),
    "exp": np.exp,
    "log": lambda a: 1 / a,
    "sqrt": lambda a: 0.5 / np.sqrt(a),
    "abs": np.sign,
    "identity": np.ones_like,
}
