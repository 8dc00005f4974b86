"""The equations of a cell with all their matrices in one: gates below one another, what they act on side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from rnnviz.engine.language.expressions import Binary, Call, Expr, MatrixProduct, Negate, Parameter, SignalAt
from rnnviz.engine.language.model import PRE_SUFFIX, Cell
from rnnviz.engine.language.numbers import value_tex
from rnnviz.engine.language.worked import STACKED, Noted, Worked


@dataclass(frozen=True)
class Row:
    """The row of one signal in the stacked matrix.

    Attributes
    ----------
    name : str
        The product of the row: ``f.pre`` or ``f`` where that is all there is to it, else ``f#``.
    matrices : tuple of (Expr, str)
        What is acted on, and the matrix.
    biases : tuple of str
    equation : Expr
        The right side of the signal's equation, with `name` for the product of the row.
    """

    signal: str
    name: str
    matrices: tuple[tuple[Expr, str], ...]
    biases: tuple[str, ...]
    equation: Expr


@lru_cache(maxsize=32)
def rows_of(cell: Cell) -> tuple[Row, ...]:
    """Return the rows of the stacked matrix: one for every equation that adds a matrix product."""
    found = (_row(cell, one.signal, one.expression) for one in cell.equations)
    return tuple(row for row in found if row is not None)


def _row(cell: Cell, signal: str, expression: Expr) -> Row | None:
    inner = expression.arguments[0] if isinstance(expression, Call) and cell.has_pre(signal) else expression
    addends = _addends(inner)
    products = [one for one in addends if isinstance(one, MatrixProduct)]
    if not products:
        return None
    biases = [one.name for one in addends if isinstance(one, Parameter)]
    rest = [one for one in addends if not isinstance(one, MatrixProduct | Parameter)]
    whole = signal + PRE_SUFFIX if inner is not expression else signal
    name = signal + STACKED if rest else whole
    left: Expr = SignalAt(name)
    for one in rest:
        left = Binary("-", left, one.operand) if isinstance(one, Negate) else Binary("+", left, one)
    equation = Call(expression.function, (left,)) if isinstance(expression, Call) and inner is not expression else left
    return Row(signal, name, tuple((one.operand, one.matrix) for one in products), tuple(biases), equation)


def _addends(expression: Expr) -> list[Expr]:
    match expression:
        case Binary(op="+", left=left, right=right):
            return [*_addends(left), *_addends(right)]
        case Binary(op="-", left=left, right=right):
            return [*_addends(left), Negate(right)]
        case _:
            return [expression]


def stack_tex(cell: Cell, noted: Noted) -> str:
    r"""Return the stacked product, ``(i; f; ...) = (W_i U_i b_i; ...) (x_t; h_{t-1}; 1)``; empty without a matrix."""
    rows = rows_of(cell)
    if not rows:
        return ""
    operands = list(dict.fromkeys(operand for row in rows for operand, _ in row.matrices))
    biased = any(row.biases for row in rows)
    table = [[_block(row, operand, noted) for operand in operands] for row in rows]
    if biased:
        for entries, row in zip(table, rows, strict=True):
            entries.append(" + ".join(noted.noted(name) for name in row.biases) or "0")
    acted = [noted.of(operand).tex for operand in operands] + (["1"] if biased else [])
    left = _matrix([noted.symbol(row.name, "t") for row in rows])
    matrix = _matrix([" & ".join(entries) for entries in table])
    return f"{left} = {matrix} {_matrix(acted)}"


def _block(row: Row, operand: Expr, noted: Noted) -> str:
    return " + ".join(noted.noted(matrix) for acted, matrix in row.matrices if acted == operand) or "0"


def _matrix(rows: list[str]) -> str:
    return r"\begin{bmatrix} " + r" \\ ".join(rows) + r" \end{bmatrix}"


def stacked_values(cell: Cell, worked: Worked) -> Mapping[str, float]:
    """Return the product of every row of the stacked matrix of which `worked` has all numbers."""
    found = {}
    for row in rows_of(cell):
        products = [MatrixProduct(matrix, operand) for operand, matrix in row.matrices]
        if all(product in worked.products for product in products):
            biases = sum(worked.values[name] for name in row.biases)
            found[row.name] = sum(worked.products[product] for product in products) + biases
    return found


def stack_numbers_tex(cell: Cell, values: Mapping[str, float], noted: Noted) -> str:
    """Return the numbers of the stacked product, as they follow its equals sign, written across.

    A row whose number is not known keeps its symbol.
    """
    known = {row.name: value_tex(values[row.name]).tex for row in rows_of(cell) if row.name in values}
    numbers = r",\ ".join(known.get(row.name) or noted.symbol(row.name, "t") for row in rows_of(cell))
    return rf" = \left({numbers}\right)^{{\top}}"
