"""Where the vectors of a cell stand that are neither in a matrix nor the bias of a sum: peepholes and the like."""

from __future__ import annotations

from rnnviz.engine.language.model import Binary, Cell, Expr, Parameter, walk
from rnnviz.engine.network import CellLayer
from rnnviz.engine.weightstack import WeightBlock, text_of

ELEMENTWISE = "elementwise"
"""What such a vector is said to be multiplied with where that is more than one signal."""


def vector_blocks(
    at: CellLayer, blocks: tuple[WeightBlock, ...], shape: tuple[int, int]
) -> tuple[tuple[WeightBlock, ...], tuple[int, int]]:
    """Give every vector that is not yet among the blocks of a stack a place beside or below them.

    Parameters
    ----------
    at : CellLayer
    blocks : tuple of WeightBlock
        Of the stack.
    shape : (int, int)
        Of the stack.

    Returns
    -------
    blocks : tuple of WeightBlock
        Those of the vectors; a column stands for what they are multiplied with, entry by entry.
    shape : (int, int)
        Of the stack with them.
    """
    known = {block.name for block in blocks}
    starts: dict[str, int] = {}
    for block in blocks:
        starts.setdefault(block.row, block.rows[0])
    rows, columns = shape
    places: dict[str, int] = {}
    taken: set[tuple[int, int]] = set()
    found = []
    for info in at.cell.parameters:
        if info.name in known or info.kind != "vector":
            continue
        signal, operand = _use(at.cell, info.name)
        if signal not in starts:
            starts[signal] = rows
            rows += at.units
        while (starts[signal], places.setdefault(operand, columns + len(places))) in taken:
            operand += " "  # a second vector on the same operand has a column of its own
        taken.add((starts[signal], places[operand]))
        place = places[operand]
        own = (starts[signal], starts[signal] + at.units)
        found.append(WeightBlock(info.name, signal, operand.strip(), own, (place, place + 1)))
    return tuple(found), (rows, columns + len(places))


def _use(cell: Cell, name: str) -> tuple[str, str]:
    """The signal that a vector is first used for, and what it is multiplied with there."""
    for equation in cell.equations:
        if Parameter(name) in walk(equation.expression):
            return equation.signal, _partner(equation.expression, name)
    return cell.output, ELEMENTWISE


def _partner(expr: Expr, name: str) -> str:
    for part in walk(expr):
        if isinstance(part, Binary) and part.op == "*" and Parameter(name) in (part.left, part.right):
            text = text_of(part.right if part.left == Parameter(name) else part.left)
            return ELEMENTWISE if "..." in text else f"∘ {text}"
    return ELEMENTWISE
