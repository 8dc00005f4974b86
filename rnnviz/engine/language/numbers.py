"""Typeset an equation with the numbers of one unit at one step put in."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from rnnviz.engine.errors import SpecError
from rnnviz.engine.language.expressions import Call, Expr, Number, Parameter, SignalAt, StateBefore
from rnnviz.engine.language.model import PRE_SUFFIX, Cell
from rnnviz.engine.language.tex import Piece, Typesetter, number_piece


def value_tex(value: float) -> Piece:
    """Return a value in three significant digits, infinities and NaN as such."""
    if math.isnan(value):
        return Piece(r"\mathrm{NaN}")
    if value == 0:
        return Piece("0")
    return number_piece(f"{abs(value):#.3g}".removesuffix("."), value < 0)


@dataclass(frozen=True, slots=True)
class _Numbers(Typesetter):
    """Puts the value where there is one; what has none keeps its symbol."""

    values: Mapping[str, float] = field(default_factory=dict)

    def leaf(self, expr: Expr) -> Piece:
        match expr:
            case SignalAt(name=key) | Parameter(name=key):
                pass
            case StateBefore(name=name):
                key = f"{name}[t-1]"
            case _:
                key = ""
        return value_tex(self.values[key]) if key in self.values else Typesetter.leaf(self, expr)

    def times(self, left: Expr, right: Expr) -> str:
        return r"\cdot"

    def matrix(self, name: str, operand: Expr) -> Piece:
        # One unit's row of a matrix is as long as the layer: it stays a symbol, with vectors beside it.
        return Typesetter(self.colours).matrix(name, operand)


def held_tex(symbol: str, value: float) -> str:
    r"""Return the value of a signal that was set by hand: ``f_{t} = 0 \quad \text{(held)}``.

    Parameters
    ----------
    symbol : str
        As TeX.
    value : float
    """
    return rf"{symbol} = {value_tex(value).tex} \quad \text{{(held)}}"


def equation_numbers_tex(
    cell: Cell, signal: str, values: Mapping[str, float], *, colours: Mapping[str, str] | None = None
) -> str:
    r"""Return the equation of a signal with numbers, such as ``f_{t} = \sigma\left(0.830\right) = 0.696``.

    Parameters
    ----------
    cell : Cell
    signal : str
    values : mapping from str to float
        What one unit has at the step: ``f``, ``c[t-1]``, ``i.pre``, parameters by name. The result itself must be
        there; anything else that is missing keeps its symbol.
    colours : mapping, optional
        As for `equation_tex`.

    Raises
    ------
    SpecError
        When the cell has no such signal or `values` does not hold its value.
    """
    expression = cell.expression(signal)
    if signal not in values:
        raise SpecError(f"There is no value for the signal '{signal}' of the cell '{cell.name}'.")
    pre = signal + PRE_SUFFIX
    if isinstance(expression, Call) and pre in values and cell.has_pre(signal):
        expression = Call(expression.function, (SignalAt(pre),))
    typesetter = _Numbers(colours or {}, values)
    steps = [typesetter.symbol(signal, "t"), typesetter.of(expression).tex]
    if not isinstance(expression, Number | SignalAt):
        steps.append(value_tex(values[signal]).tex)
    return " = ".join(steps)
