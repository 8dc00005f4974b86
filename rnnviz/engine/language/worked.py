r"""Equations worked out: in other symbols, with the numbers of a unit, down to the terms of dot products.

A product is a matrix and what it acts on; those within what another one acts on are not told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rnnviz.engine.language.expressions import (
    Call,
    Expr,
    MatrixProduct,
    Number,
    Parameter,
    SignalAt,
    StateBefore,
    children,
)
from rnnviz.engine.language.model import PRE_SUFFIX, Cell
from rnnviz.engine.language.numbers import value_tex
from rnnviz.engine.language.tex import Level, Piece, Typesetter, symbol_tex

#: What is appended to the name of a signal to name the part of its sum that is a product with the stacked matrix.
STACKED = "#"


def products_of(cell: Cell) -> tuple[tuple[str, MatrixProduct], ...]:
    """Return (signal, product) of every product of the equations, in their order, each once for a signal."""
    found = [(one.signal, product) for one in cell.equations for product in products_in(one.expression)]
    return tuple(dict.fromkeys(found))


def products_in(expression: Expr) -> Iterator[MatrixProduct]:
    """Yield the outermost matrix products of an expression, from left to right."""
    if isinstance(expression, MatrixProduct):
        yield expression
        return
    for child in children(expression):
        yield from products_in(child)


@dataclass(frozen=True, slots=True)
class Noted(Typesetter):
    """Typesets in the symbols of a notation; `names` maps the cell's names to others, where they differ."""

    names: Mapping[str, str] = field(default_factory=dict)

    def symbol(self, name: str, step: str) -> str:
        """Return the symbol of a signal at a step, in its colour."""
        plain, stacked = name.removesuffix(STACKED), name.endswith(STACKED)
        tex = self.noted(plain, step)
        if stacked:
            tex = rf"{tex}^{{\Sigma}}"
        colour = self.colours.get(plain) or self.colours.get(plain.removesuffix(PRE_SUFFIX))
        return rf"\textcolor{{{colour}}}{{{tex}}}" if colour else tex

    def noted(self, name: str, step: str = "") -> str:
        """Return the symbol of a signal or parameter without its colour."""
        plain = name.removesuffix(PRE_SUFFIX)
        return symbol_tex(self.names.get(plain, plain) + name[len(plain) :], step)

    def leaf(self, expr: Expr) -> Piece:
        """Return an expression that has no parts."""
        if isinstance(expr, Parameter):
            return Piece(self.noted(expr.name))
        return Typesetter.leaf(self, expr)

    def matrix(self, name: str, operand: Expr) -> Piece:
        """Return a matrix product, the matrix directly before what it acts on."""
        inner = self.of(operand)
        needed = inner.level < Level.MATRIX or inner.negative
        return Piece(f"{self.noted(name)} {inner.wrapped(needed)}", Level.MATRIX)


@dataclass(frozen=True, slots=True)
class Worked(Noted):
    """Typesets with numbers: `values` of one unit by name, as for `equation_numbers_tex`, and those of `products`."""

    values: Mapping[str, float] = field(default_factory=dict)
    products: Mapping[MatrixProduct, float] = field(default_factory=dict)

    def leaf(self, expr: Expr) -> Piece:
        """Return the value of what has one."""
        match expr:
            case SignalAt(name=key) | Parameter(name=key):
                pass
            case StateBefore(name=name):
                key = f"{name}[t-1]"
            case _:
                key = ""
        return value_tex(self.values[key]) if key in self.values else Noted.leaf(self, expr)

    def times(self, left: Expr, right: Expr) -> str:
        """Return the sign between two numbers."""
        return r"\cdot"

    def matrix(self, name: str, operand: Expr) -> Piece:
        """Return the value of a product."""
        product = MatrixProduct(name, operand)
        if product in self.products:
            return value_tex(self.products[product])
        return Noted(self.colours, self.names).matrix(name, operand)


def worked_tex(cell: Cell, signal: str, expression: Expr, worked: Worked) -> str:
    r"""Return an equation with numbers: ``f_{t} = \sigma\left(0.31 + 0.52\right) = \sigma\left(0.83\right) = 0.696``.

    Parameters
    ----------
    cell : Cell
    signal : str
    expression : Expr
        Its right side, as the cell or the stacked matrix has it.
    worked : Worked
        Where it does not have the value of the signal, the equation ends with what it has.
    """
    steps = [worked.symbol(signal, "t"), worked.of(expression).tex]
    pre = signal + PRE_SUFFIX
    if isinstance(expression, Call) and pre in worked.values and cell.has_pre(signal):
        steps.append(worked.of(Call(expression.function, (SignalAt(pre),))).tex)
    if not isinstance(expression, Number) and signal in worked.values:
        steps.append(value_tex(worked.values[signal]).tex)
    return " = ".join(step for place, step in enumerate(steps) if place < 2 or step != steps[place - 1])


@dataclass(frozen=True)
class Term:
    """One term of a dot product: its factors, and what is written below them."""

    weight: float
    operand: float
    label: str


def product_tex(product: MatrixProduct, unit: int, noted: Noted) -> str:
    r"""Return a product of one unit as a sum: ``\left[W_{f} x_{t}\right]_{3} = \sum_{k} ...``; units from 0."""
    whole, matrix = noted.of(product).tex, noted.noted(product.matrix)
    operand = noted.of(product.operand).tex
    right = rf"\sum_{{k}} \left({matrix}\right)_{{{unit + 1},k}} \left({operand}\right)_{{k}}"
    return rf"\left[{whole}\right]_{{{unit + 1}}} = {right}"


def terms_tex(terms: Sequence[Term], rest: float | None, total: float) -> str:
    """Return a dot product with numbers, from its equals sign on: terms, the others summed (None: none), the sum."""
    parts = [_term(term, place > 0) for place, term in enumerate(terms)]
    if rest is not None:
        value = value_tex(rest)
        parts.append(rf"\underset{{\text{{rest}}}}{{{value.wrapped(value.negative and bool(parts))}}}")
    return f" = {' + '.join(parts) or '0'} = {value_tex(total).tex}"


def _term(term: Term, later: bool) -> str:
    weight, operand = value_tex(term.weight), value_tex(term.operand)
    product = rf"{weight.tex} \cdot {operand.wrapped(operand.negative)}"
    if later and weight.negative:
        product = rf"\left({weight.tex}\right) \cdot {operand.wrapped(operand.negative)}"
    return rf"\underset{{{term.label}}}{{{product}}}"
