"""What the diagram of a cell is made of: operators, and wires between them, read from the equations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from rnnviz.engine.language.model import PRE_SUFFIX, Cell, Expr
from rnnviz.engine.language.wiring import Edge

Kind: TypeAlias = Literal["input", "output", "box", "operator", "join"]
Mark: TypeAlias = Literal["", "minus", "divisor"]


@dataclass(frozen=True, slots=True)
class Node:
    """One thing that is drawn.

    Attributes
    ----------
    key : str
        An input is named after what it carries (``x``, ``h[t-1]``), what yields a signal after that signal, what stands
        within the equation of a signal ``c.1``, ``c.2`` in the order of its text, an output ``out:h``.
    kind : Kind
        A ``box`` is a layer: a function of a weighted sum. A ``join`` lays its inputs side by side, as one vector.
    symbol : str
        What stands in it.
    signal : str
        The signal that it yields, or that an output hands on; empty for a step in between.
    owner : str
        The signal in whose equation it stands; empty for inputs and joins.
    expr : Expr or None
        What it computes.
    """

    key: str
    kind: Kind
    symbol: str
    signal: str = ""
    owner: str = ""
    expr: Expr | None = None


@dataclass(frozen=True, slots=True)
class Wire:
    """What flows from one node into another.

    Attributes
    ----------
    source, target : str
        Keys of nodes.
    matrices : tuple of (str, str)
        The matrix that each source is multiplied with on entering a box: one pair, or one for each source of a join.
    mark : Mark
        Whether it is subtracted, or divided by.
    number : int
        Its place among those that the target reads: f * f has two wires.
    """

    source: str
    target: str
    matrices: tuple[tuple[str, str], ...] = ()
    mark: Mark = ""
    number: int = 0


@dataclass(frozen=True)
class Graph:
    """The diagram of a cell, without places."""

    cell: Cell
    nodes: tuple[Node, ...]
    wires: tuple[Wire, ...]
    _by_key: dict[str, Node] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_key", {node.key: node for node in self.nodes})

    def node(self, key: str) -> Node:
        """Return the node of a key."""
        return self._by_key[key]

    def into(self, key: str) -> tuple[Wire, ...]:
        """Return the wires that end at a node, in the order in which the equation reads them."""
        return tuple(wire for wire in self.wires if wire.target == key)

    def paths(self) -> tuple[Edge, ...]:
        """Return the dependency that each path of the diagram stands for, once for every path.

        A path leads from an input or a signal to the next signal that it reaches; the matrix is the one nearest to its
        beginning, as in ``wiring.dependencies``.
        """
        return tuple(
            Edge(source, signal, matrix or None)
            for signal in self.cell.order
            for source, matrix in self._back(signal, signal)
        )

    def _back(self, key: str, target: str) -> Iterator[tuple[str, str]]:
        for wire in self.into(key):
            source, through = self.node(wire.source), dict(wire.matrices)
            if source.kind == "join":
                for lead in self.into(source.key):
                    yield lead.source, through[lead.source]
            elif source.kind == "input" or (source.signal and source.signal != target + PRE_SUFFIX):
                yield source.key, through.get(source.key, "")
            else:
                for origin, matrix in self._back(source.key, target):
                    yield origin, matrix or through.get(source.key, "")
