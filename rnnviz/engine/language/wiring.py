"""What flows into what within a cell: the edges of its diagram."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rnnviz.engine.language.expressions import (
    Expr,
    InputAt,
    MatrixProduct,
    OutputBefore,
    SignalAt,
    StateBefore,
    children,
)
from rnnviz.engine.language.model import Cell


@dataclass(frozen=True, slots=True)
class Edge:
    """One dependency of a signal.

    Attributes
    ----------
    source : str
        ``x``, a signal of this step (``f``), a state of the step before (``h[t-1]``) or the output fed back
        (``y[t-1]``).
    target : str
        The signal that reads it.
    through : str or None
        The matrix directly on its way, None where it acts unit by unit.
    """

    source: str
    target: str
    through: str | None


def dependencies(cell: Cell) -> tuple[Edge, ...]:
    """Return every dependency within a step once, signals in evaluation order, sources as they are written."""
    edges = (
        Edge(source, signal, through)
        for signal in cell.order
        for source, through in _sources(cell.expression(signal), None)
    )
    return tuple(dict.fromkeys(edges))


def _sources(expr: Expr, through: str | None) -> Iterator[tuple[str, str | None]]:
    match expr:
        case InputAt():
            yield "x", through
        case OutputBefore():
            yield "y[t-1]", through
        case SignalAt(name=name):
            yield name, through
        case StateBefore(name=name):
            yield f"{name}[t-1]", through
        case MatrixProduct(matrix=matrix, operand=operand):
            yield from _sources(operand, matrix)
        case _:
            for child in children(expr):
                yield from _sources(child, through)
