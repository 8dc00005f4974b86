"""What the panel of formulas shows: equations with their numbers, and dot products in their terms."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rnnviz.engine.language.expressions import Expr, InputAt, MatrixProduct, OutputBefore, SignalAt, StateBefore
from rnnviz.engine.language.model import PRE_SUFFIX, Cell
from rnnviz.engine.language.numbers import held_tex
from rnnviz.engine.language.stacking import rows_of, stack_numbers_tex, stack_tex, stacked_values
from rnnviz.engine.language.tex import read_backward
from rnnviz.engine.language.worked import Noted, Term, Worked, product_tex, products_of, terms_tex, worked_tex
from rnnviz.ui.controls.formulaline import Line
from rnnviz.ui.grains import done_operations
from rnnviz.ui.operations import Operation
from rnnviz.ui.partly import worked_out
from rnnviz.ui.termsum import APART
from rnnviz.ui.view import AnalysisView, View

_LONGEST = 12


@dataclass(frozen=True)
class Writing:
    """How formulas are written.

    Attributes
    ----------
    names : mapping
        From the cell's names to those of a notation.
    colours : mapping
        From signals to colours of the TeX.
    stacked : bool
        Whether all matrices stand in one.
    inputs : tuple of str
        The names of the inputs of the layer, where they have names.
    held : frozenset of str
        The signals whose values were set by hand, and not by their equations.
    phi : str
        What ``phi`` stands for.
    backward : bool
        Whether the layer reads from the last step to the first, so that its state before is that of t+1.
    """

    names: Mapping[str, str]
    colours: Mapping[str, str]
    stacked: bool = False
    inputs: tuple[str, ...] = ()
    held: frozenset[str] = frozenset()
    phi: str = "tanh"
    backward: bool = False

    @property
    def noted(self) -> Noted:
        """Typesets in these symbols and colours."""
        return Noted(self.colours, self.names)


@dataclass(frozen=True)
class Product:
    """A dot product of the unit: its largest terms as (column, weight, operand), the others summed, and the sum."""

    terms: tuple[tuple[int, float, float], ...]
    rest: float
    others: int
    total: float

    def shortened(self, most: int | None) -> Product:
        """Return the product with no more than some of its terms; the others go to the rest."""
        kept = self.terms[:most]
        left = self.terms[len(kept) :]
        rest = self.rest + sum(weight * operand for _, weight, operand in left)
        return Product(kept, rest, self.others + len(left), self.total)


@dataclass(frozen=True)
class Numbers:
    """The numbers of one unit at one step."""

    values: Mapping[str, float]
    products: tuple[Product, ...]


@dataclass(frozen=True)
class Done:
    """What of a cell is computed where the cursor stands within a step.

    Attributes
    ----------
    signals : frozenset of str
    products : frozenset of (str, MatrixProduct)
        By the signal in whose equation they stand.
    begun : frozenset of str
        The signals of the equations of which an operation is done.
    parts : frozenset of (str, Expr)
        What is computed within the equations, by their signals.
    """

    signals: frozenset[str]
    products: frozenset[tuple[str, MatrixProduct]]
    begun: frozenset[str]
    parts: frozenset[tuple[str, Expr]] = frozenset()


def done_of(operations: Sequence[Operation]) -> Done:
    """Return what is computed after some operations of a cell."""
    return Done(
        frozenset(name for one in operations for name in one.gives),
        frozenset((one.equation, product) for one in operations for product in one.products),
        frozenset(one.equation for one in operations),
        frozenset((one.equation, one.expression) for one in operations if one.expression is not None and not one.gives),
    )


def done_at(view: View) -> Done | None:
    """Return what of the picked layer is computed at the cursor; None where that is all that has been reached."""
    done = None if view.backward else done_operations(view, view.layer, view.direction)
    return None if done is None else done_of(done)


def computed_lines(cell: Cell, operation: Operation | None, stacked: bool) -> frozenset[str]:
    """Return the lines (see `equation_lines`, `product_lines`) in which an operation is computed; none for none."""
    if operation is None:
        return frozenset()
    products = {
        f"{signal}{APART}{place}"
        for place, (signal, product) in enumerate(products_of(cell))
        if signal == operation.equation and product in operation.products
    }
    line = operation.equation
    row = next((row for row in rows_of(cell) if row.signal == line), None) if stacked else None
    if row is not None:
        own = {MatrixProduct(matrix, operand) for operand, matrix in row.matrices}
        if row.name == line or (operation.products and own.issuperset(operation.products)):
            line = APART
    return frozenset({line, *products})


def numbers_of(answer: AnalysisView) -> Numbers:
    """Read the answer to a request for terms."""
    names = answer.facts["names"]
    assert isinstance(names, tuple)
    values = dict(zip(names, np.asarray(answer.arrays["numbers"], np.float64).tolist(), strict=True))
    keys = ("columns", "weights", "operands", "rests", "others", "sums")
    columns, weights, operands, rests, others, sums = (np.asarray(answer.arrays[key]).tolist() for key in keys)
    products = [
        Product(
            tuple((int(k), w, v) for k, w, v in zip(columns[p], weights[p], operands[p], strict=True) if k >= 0),
            rests[p],
            int(others[p]),
            sums[p],
        )
        for p in range(len(sums))
    ]
    return Numbers(values, tuple(products))


def equation_lines(cell: Cell, writing: Writing, numbers: Numbers | None, done: Done | None = None) -> list[Line]:
    """Return the equations of a cell, with their numbers where those are known.

    Within a step only those have numbers of which something is ``done``; what is not computed yet keeps its symbol.
    """
    noted = writing.noted
    rows = {row.signal: row for row in rows_of(cell)} if writing.stacked else {}
    stack, lines = dict[str, float](), []
    if rows:
        told = ""
        if numbers is not None:
            stack = dict(stacked_values(cell, _worked(cell, writing, numbers, done)))
            told = stack_numbers_tex(cell, stack, noted) if stack else ""
        lines.append(Line(APART, stack_tex(cell, noted), told))
    for one in cell.equations:
        row = rows.get(one.signal)
        if row is not None and row.name == one.signal:
            continue  # the stacked product is all there is to it
        expression: Expr = row.equation if row is not None else one.expression
        tex, told = f"{noted.symbol(one.signal, 't')} = {noted.of(expression).tex}", ""
        begun = done is None or one.signal in done.begun
        if numbers is not None and begun and one.signal in writing.held and one.signal in numbers.values:
            told = held_tex(noted.symbol(one.signal, "t"), numbers.values[one.signal])
        elif numbers is not None and begun:
            worked = _worked(cell, writing, numbers, done, one.signal)
            worked = Worked(worked.colours, worked.names, {**worked.values, **stack}, worked.products)
            told = worked_tex(cell, one.signal, expression, worked)
            if done is not None and done.signals.isdisjoint((one.signal, one.signal + PRE_SUFFIX)):
                told = _partly(one.signal, expression, worked, writing, done) or told
        lines.append(Line(one.signal, tex, told))
    return as_read(lines) if writing.backward else lines


def _partly(signal: str, expression: Expr, worked: Worked, writing: Writing, done: Done) -> str:
    """Return an equation with numbers of which some operations are done, in one number each; empty where none is."""
    parts = frozenset(part for owner, part in done.parts if owner == signal)
    put, known = worked_out(expression, parts, worked, writing.phi)
    if put == expression:
        return ""
    return " = ".join([worked.symbol(signal, "t"), worked.of(expression).tex, known.of(put).tex])


def product_lines(
    cell: Cell,
    unit: int,
    writing: Writing,
    numbers: Numbers | None,
    most: int | None = None,
    done: Done | None = None,
) -> list[Line]:
    """Return the dot products of a unit, the ``most`` largest terms first where the numbers are known.

    Within a step those have numbers that are ``done``.
    """
    noted, lines = writing.noted, []
    for place, (signal, product) in enumerate(products_of(cell)):
        told = ""
        if numbers is not None and (done is None or (signal, product) in done.products):
            found = numbers.products[place].shortened(most)
            terms = [Term(w, v, _label(product.operand, k, noted, writing.inputs)) for k, w, v in found.terms]
            told = terms_tex(terms, found.rest if found.others else None, found.total)
        lines.append(Line(f"{signal}{APART}{place}", product_tex(product, unit, noted), told))
    return as_read(lines) if writing.backward else lines


def as_read(lines: Sequence[Line]) -> list[Line]:
    """Return lines as a layer has them that reads from the last step to the first."""
    return [Line(line.signal, read_backward(line.tex), read_backward(line.numbers)) for line in lines]


def _worked(
    cell: Cell, writing: Writing, numbers: Numbers, done: Done | None = None, signal: str | None = None
) -> Worked:
    """Return what has a number; within a step what is done of it, and the products of one signal alone if it is named.

    A product that two equations have is computed in each of them.
    """
    sums: dict[MatrixProduct, float] = {
        product: found.total
        for (owner, product), found in zip(products_of(cell), numbers.products, strict=True)
        if done is None or ((owner, product) in done.products and signal in (None, owner))
    }
    values = numbers.values
    if done is not None:
        later = {info.name for info in cell.signals} - done.signals
        values = {name: value for name, value in values.items() if name not in later}
    return Worked(writing.colours, writing.names, values, sums)


def _label(operand: Expr, column: int, noted: Noted, inputs: Sequence[str]) -> str:
    """Return the TeX that names one number of what a matrix acts on."""
    match operand:
        case InputAt():
            if column >= len(inputs):
                return noted.symbol("x", str(column + 1))
            colour = noted.colours.get("x")
            name = inputs[column]
            shown = name if name.isalnum() or len(name) > 1 or name.isspace() else f"'{name}'"
            text = rf"\text{{{plain(shown)}}}"
            return rf"\textcolor{{{colour}}}{{{text}}}" if colour else text
        case OutputBefore():
            return noted.symbol("y", str(column + 1))
        case SignalAt(name=name) | StateBefore(name=name):
            return noted.symbol(name, str(column + 1))
        case _:
            return f"k={column + 1}"


def plain(text: str) -> str:
    """Return a text that TeX reads as it stands: other signs by their names, what is too long cut."""
    shown = {" ": "space", "\n": "newline", "\t": "tab"}.get(text, text)
    if len(shown) > _LONGEST:
        shown = shown[: _LONGEST - 1] + "…"
    return "".join(one if one.isalnum() or one in " .,;:!?'()+-*/=…" else _spelled(one) for one in shown)


def _spelled(sign: str) -> str:
    return unicodedata.name(sign, "sign").lower()


def as_tex(lines: Sequence[Line], numbers: bool) -> str:
    """Return lines as one aligned block of TeX, with the numbers where they are wanted and known."""
    rows = []
    for line in lines:
        left, _, right = line.tex.partition(" = ")
        rows.append(f"{left} &= {right}")
        if numbers and line.numbers:
            rows.append(f"&= {line.numbers.partition(' = ')[2]}")
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}\n"
