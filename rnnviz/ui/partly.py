"""An equation of which a part is computed: that part is one number, the rest stands as it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from rnnviz.engine.language.model import (
    Binary,
    Call,
    Expr,
    MatrixProduct,
    Negate,
    Number,
    Parameter,
    Power,
    SignalAt,
    StateBefore,
)
from rnnviz.engine.language.worked import Worked
from rnnviz.ui.diagram.values import evaluate

_PART = "part."


def worked_out(expression: Expr, parts: Collection[Expr], worked: Worked, phi: str) -> tuple[Expr, Worked]:
    """Return an expression with one symbol for each of its parts that is computed, and what has the numbers of those.

    Parameters
    ----------
    expression : Expr
    parts : collection of Expr
        What is computed; a part of a part is taken with it.
    worked : Worked
        The numbers of the unit.
    phi : str
        The activation that the network has for ``phi``.
    """
    found: dict[str, float] = {}
    put = _put(expression, parts, worked, phi, found)
    return put, replace(worked, values={**worked.values, **found}) if found else worked


def _put(expr: Expr, parts: Collection[Expr], worked: Worked, phi: str, found: dict[str, float]) -> Expr:
    if expr in parts and (value := _value(expr, worked, phi)) is not None:
        name = f"{_PART}{len(found)}"
        found[name] = value
        return SignalAt(name)
    match expr:
        case Negate(operand=operand):
            return Negate(_put(operand, parts, worked, phi, found))
        case Binary(op=op, left=left, right=right):
            return Binary(op, _put(left, parts, worked, phi, found), _put(right, parts, worked, phi, found))
        case Power(base=base, exponent=exponent):
            return Power(_put(base, parts, worked, phi, found), exponent)
        case Call(function=function, arguments=arguments):
            return Call(function, tuple(_put(one, parts, worked, phi, found) for one in arguments))
        case _:
            return expr


def _value(expr: Expr, worked: Worked, phi: str) -> float | None:
    value = evaluate(_in_numbers(expr, worked.values, worked.products), lambda _name, _before: None, phi)
    return None if value is None else float(value)


def _in_numbers(expr: Expr, values: Mapping[str, float], products: Mapping[MatrixProduct, float]) -> Expr:
    """Return an expression with numbers for all that has one."""
    match expr:
        case SignalAt(name=name) | Parameter(name=name):
            return Number(values[name]) if name in values else expr
        case StateBefore(name=name):
            return Number(values[f"{name}[t-1]"]) if f"{name}[t-1]" in values else expr
        case MatrixProduct():
            return Number(products[expr]) if expr in products else expr
        case Negate(operand=operand):
            return Negate(_in_numbers(operand, values, products))
        case Binary(op=op, left=left, right=right):
            return Binary(op, _in_numbers(left, values, products), _in_numbers(right, values, products))
        case Power(base=base, exponent=exponent):
            return Power(_in_numbers(base, values, products), exponent)
        case Call(function=function, arguments=arguments):
            return Call(function, tuple(_in_numbers(one, values, products) for one in arguments))
        case _:
            return expr
