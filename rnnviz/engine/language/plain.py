"""Expressions as plain text on one line, for places that have no room for a formula."""

from __future__ import annotations

from enum import IntEnum

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
from rnnviz.engine.language.tex import symbol_text

_MINUS, _TIMES = "−", " ⊙ "
_FUNCTIONS = {"sigmoid": "σ", "log_sigmoid": "log σ", "relu": "ReLU", "sqrt": "√", "identity": "id"}
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class _Level(IntEnum):
    """How tightly a text holds together; what holds less tightly needs parentheses."""

    SUM = 1
    PRODUCT = 2
    POWER = 3
    ATOM = 4


def plain_text(expr: Expr, phi: str = "φ") -> str:
    """Return an expression as text: ``f ⊙ c[t−1] + i ⊙ g``, what is of this step without its step.

    Parameters
    ----------
    expr : Expr
    phi : str
        What is written for ``phi``.
    """
    return _text(expr, phi)[0]


def _text(expr: Expr, phi: str) -> tuple[str, _Level]:
    match expr:
        case Binary():
            return _binary(expr, phi)
        case MatrixProduct(matrix=matrix, operand=operand):
            return f"{symbol_text(matrix)} {_held(operand, _Level.ATOM, phi)}", _Level.PRODUCT
        case Negate(operand=operand):
            return _MINUS + _held(operand, _Level.PRODUCT, phi), _Level.SUM
        case Power(base=base, exponent=exponent):
            return _held(base, _Level.ATOM, phi) + str(exponent).translate(_RAISED), _Level.POWER
        case Call(function=function, arguments=arguments):
            name = phi if function == "phi" else _FUNCTIONS.get(function, function)
            return f"{name}({', '.join(_text(one, phi)[0] for one in arguments)})", _Level.ATOM
        case _:
            return _leaf(expr), _Level.ATOM


def _binary(expr: Binary, phi: str) -> tuple[str, _Level]:
    if expr.op in "+-":
        right = _Level.PRODUCT if expr.op == "-" or isinstance(expr.right, Negate) else _Level.SUM
        sign = f" {_MINUS} " if expr.op == "-" else " + "
        return _held(expr.left, _Level.SUM, phi) + sign + _held(expr.right, right, phi), _Level.SUM
    if expr.op == "*":
        return _held(expr.left, _Level.PRODUCT, phi) + _TIMES + _held(expr.right, _Level.PRODUCT, phi), _Level.PRODUCT
    return f"{_held(expr.left, _Level.PRODUCT, phi)} / {_held(expr.right, _Level.POWER, phi)}", _Level.PRODUCT


def _held(expr: Expr, least: _Level, phi: str) -> str:
    text, level = _text(expr, phi)
    return f"({text})" if level < least else text


def _leaf(expr: Expr) -> str:
    match expr:
        case Number(value=value):
            return f"{value:g}".replace("-", _MINUS)
        case InputAt():
            return "x"
        case OutputBefore():
            return f"y[t{_MINUS}1]"
        case StateBefore(name=name):
            return f"{symbol_text(name)}[t{_MINUS}1]"
        case SignalAt(name=name) | Parameter(name=name):
            return symbol_text(name)
        case _:
            raise TypeError(f"{expr!r} has parts")
