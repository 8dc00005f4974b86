"""Places for the nodes of a diagram: from left to right by rank, or where the file of the cell has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from rnnviz.engine import cells
from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.language.model import Cell
from rnnviz.ui.diagram.build import graph_of
from rnnviz.ui.diagram.geometry import Diagram, Placed, Point, Route, Shape
from rnnviz.ui.diagram.graph import Graph, Node, Wire
from rnnviz.ui.diagram.layers import places_of
from rnnviz.ui.diagram.routing import Router, RoutingError

MOST_NODES = 72
"""A diagram of more nodes than this is not legible on any screen."""
_TRIES = 4


class DiagramError(RnnvizError):
    """A cell has no diagram that could be read."""


@lru_cache(maxsize=32)
def diagram_of(cell: Cell) -> Diagram:
    """Return the diagram of a cell, laid out.

    Raises
    ------
    DiagramError
        When the cell has too many operators for a picture.
    """
    graph = graph_of(cell)
    if len(graph.nodes) > MOST_NODES:
        raise DiagramError(
            f"The diagram of this cell would have {len(graph.nodes)} parts; "
            f"one of more than {MOST_NODES} cannot be read. Its formulas tell the same."
        )
    hints = cells.layout(cell.name)
    if hints and set(hints) == {node.key for node in graph.nodes}:
        try:
            return route(graph, {key: Point(*place) for key, place in hints.items()})
        except RoutingError:
            pass  # the equations have changed under the hints
    for attempt in range(_TRIES):
        try:
            return route(graph, places_of(graph, shapes(graph), 2 + 2 * attempt))
        except RoutingError:
            continue
    raise DiagramError("The wires of this cell cross too often for a diagram.")


def route(graph: Graph, places: Mapping[str, Point]) -> Diagram:
    """Return the diagram with its nodes in these places, its wires laid; RoutingError where one finds no way."""
    room = shapes(graph)
    placed = tuple(Placed(node, places[node.key], room[node.key]) for node in graph.nodes)
    at = {one.node.key: one.at for one in placed}
    order = sorted({wire.source for wire in graph.wires}, key=lambda key: _flatness(key, graph.wires, at))
    last: RoutingError | None = None
    for _ in range(_TRIES):
        try:
            laid: dict[Wire, Route] = Router(placed).lay(graph.wires, order)
        except RoutingError as error:
            last = error
            order.remove(str(error))
            order.insert(0, str(error))
        else:
            return Diagram(graph, placed, tuple(laid[wire] for wire in graph.wires))
    assert last is not None
    raise last


def _flatness(key: str, wires: Sequence[Wire], at: Mapping[str, Point]) -> tuple[int, int, str]:
    """Nets that run straight come first, then short ones."""
    ends = [at[wire.target] for wire in wires if wire.source == key]
    high = min(abs(end.y - at[key].y) for end in ends)
    return int(high > 0), sum(abs(end.x - at[key].x) + abs(end.y - at[key].y) for end in ends), key


def shapes(graph: Graph) -> dict[str, Shape]:
    """Return the room that each node takes."""
    return {node.key: _shape(node, graph) for node in graph.nodes}


def _shape(node: Node, graph: Graph) -> Shape:
    entering = len(graph.into(node.key))
    if node.kind == "box":
        return Shape(3, max(2, entering - 4))
    if node.kind in ("input", "output"):
        return Shape(4 + min(5, max(0, len(node.symbol) - 3) // 2), 1)
    down = 1 if entering <= 3 else entering - 1
    if node.kind == "join":
        return Shape(1, down)
    across = 1 if len(node.symbol) <= 2 else min(8, (len(node.symbol) + 1) // 2)
    return Shape(across, down, max(across + 1, 3 if not node.signal else 4 + min(6, len(node.signal) // 2)))
