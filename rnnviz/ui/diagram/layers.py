"""Places in layers (Sugiyama, Tagawa and Toda 1981): ranks, orders with few crossings, and then heights."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from statistics import median_low

from rnnviz.ui.diagram.geometry import Point, Shape
from rnnviz.ui.diagram.graph import Graph

_SWEEPS = 12
_FAR = 1 << 20
_THIN = Shape(0, 0)
"""The room of a wire that passes through a column."""


def places_of(graph: Graph, shapes: Mapping[str, Shape], gap: int) -> dict[str, Point]:
    """Return a place for each node, in columns from left to right.

    Parameters
    ----------
    graph : Graph
    shapes : mapping of str to Shape
    gap : int
        Units between columns, beside one for every second net that passes between them.
    """
    layers = _Layers(graph, shapes)
    layers.order()
    return layers.places(gap)


class _Layers:
    """Columns of nodes, and of thin ones where a net passes through."""

    def __init__(self, graph: Graph, shapes: Mapping[str, Shape]) -> None:
        self.graph, self.shapes = graph, dict(shapes)
        self.ranks = _ranks(graph)
        self.columns: list[list[str]] = [[] for _ in range(max(self.ranks.values()) + 1)]
        for node in graph.nodes:
            self.columns[self.ranks[node.key]].append(node.key)
        self.edges: list[set[tuple[str, str]]] = [set() for _ in self.columns]
        for wire in graph.wires:
            self._thread(wire.source, wire.target)

    def _thread(self, source: str, target: str) -> None:
        """Lead a wire through the columns between its ends; wires of one source share their ways."""
        before = source
        for rank in range(self.ranks[source] + 1, self.ranks[target]):
            passing = f"{source}|{rank}"
            if passing not in self.shapes:
                self.shapes[passing] = _THIN
                self.columns[rank].append(passing)
            self.edges[rank - 1].add((before, passing))
            before = passing
        self.edges[self.ranks[target] - 1].add((before, target))

    def _neighbours(self, rank: int, key: str, left: bool) -> list[str]:
        if left:
            return sorted(a for a, b in self.edges[rank - 1] if b == key) if rank else []
        return sorted(b for a, b in self.edges[rank] if a == key)

    def order(self) -> None:
        """Order each column by the middle of its neighbours, to and fro; keep the order with the fewest crossings."""
        first = self.columns[0]
        rank_of = {name: k for k, name in enumerate(self.graph.cell.states)}
        first.sort(key=lambda key: (key == "x", rank_of.get(key.removesuffix("[t-1]"), len(rank_of))))
        best, least = [list(column) for column in self.columns], self._crossings()
        for sweep in range(_SWEEPS):
            leftwards = sweep % 2 == 1
            ranks = range(len(self.columns) - 2, -1, -1) if leftwards else range(1, len(self.columns))
            for rank in ranks:
                self._sort(rank, not leftwards)
            for rank in range(len(self.columns)):
                self._exchange(rank)
            found = self._crossings()
            if found < least:
                best, least = [list(column) for column in self.columns], found
        self.columns = best

    def _sort(self, rank: int, left: bool) -> None:
        beside = self.columns[rank - 1 if left else rank + 1]
        place = {key: k for k, key in enumerate(beside)}
        own = {key: k for k, key in enumerate(self.columns[rank])}

        def centre(key: str) -> tuple[float, int]:
            found = [place[other] for other in self._neighbours(rank, key, left)]
            return (sum(found) / len(found) if found else own[key], own[key])

        self.columns[rank].sort(key=centre)

    def _exchange(self, rank: int) -> None:
        """Exchange neighbours while that takes crossings away."""
        column = self.columns[rank]
        for k in range(len(column) - 1):
            before = self._crossings(rank)
            column[k], column[k + 1] = column[k + 1], column[k]
            if self._crossings(rank) >= before:
                column[k], column[k + 1] = column[k + 1], column[k]

    def _crossings(self, rank: int | None = None) -> int:
        """Crossings of the edges beside a column, or of all."""
        gaps = range(len(self.columns) - 1) if rank is None else (rank - 1, rank)
        return sum(self._between(gap) for gap in gaps if 0 <= gap < len(self.columns) - 1)

    def _between(self, gap: int) -> int:
        left = {key: k for k, key in enumerate(self.columns[gap])}
        right = {key: k for k, key in enumerate(self.columns[gap + 1])}
        pairs = sorted((left[a], right[b]) for a, b in self.edges[gap])
        return sum(1 for i, (a, b) in enumerate(pairs) for c, d in pairs[i + 1 :] if a < c and b > d)

    def places(self, gap: int) -> dict[str, Point]:
        """Return where the nodes stand."""
        heights = self._heights()
        found: dict[str, Point] = {}
        x = 0
        for rank, column in enumerate(self.columns):
            widest = max(self.shapes[key].across for key in column)
            x += widest
            for key in column:
                if key in self.ranks:
                    found[key] = Point(x, heights[key])
            reach = max(max(shape.across, shape.tag) for shape in (self.shapes[key] for key in column))
            x += reach + gap + min(4, len({a for a, _ in self.edges[rank]}) // 2 + 1)
        return found

    def _heights(self) -> dict[str, int]:
        heights: dict[str, int] = {}
        for column in self.columns:
            y = 0
            for above, key in zip([None, *column], column, strict=False):
                y += self._apart(above, key) if above is not None else 0
                heights[key] = y
        for sweep in range(_SWEEPS):
            left = sweep % 2 == 0
            ranks = range(1, len(self.columns)) if left else range(len(self.columns) - 2, -1, -1)
            for rank in ranks:
                self._settle(rank, left, heights)
        for rank in (*range(1, len(self.columns)), *range(len(self.columns) - 2, 0, -1)):
            self._align(rank, heights)
        return heights

    def _align(self, rank: int, heights: dict[str, int]) -> None:
        """Move what stands a little beside the height of a neighbour to that height, where there is room."""
        column = self.columns[rank]
        for k, key in enumerate(column):
            low = heights[column[k - 1]] + self._apart(column[k - 1], key) if k else -_FAR
            high = heights[column[k + 1]] - self._apart(key, column[k + 1]) if k + 1 < len(column) else _FAR
            beside = [heights[other] for left in (True, False) for other in self._neighbours(rank, key, left)]
            if heights[key] not in beside:
                near = [y for y in beside if low <= y <= high]
                heights[key] = min(near, key=lambda y: abs(y - heights[key]), default=heights[key])

    def _apart(self, above: str, below: str) -> int:
        """How far apart the middles of neighbours in a column are at least."""
        one, other = self.shapes[above], self.shapes[below]
        return one.down + other.down + (2 if one is _THIN and other is _THIN else 3) + (1 if other.tag else 0)

    def _settle(self, rank: int, left: bool, heights: dict[str, int]) -> None:
        """Move a column towards its neighbours, keeping its order and its distances."""
        column = self.columns[rank]
        wanted = []
        for key in column:
            beside = [heights[other] for other in self._neighbours(rank, key, left)]
            wanted.append(median_low(beside) if beside else heights[key])
        offsets = [0]
        for above, key in pairwise(column):
            offsets.append(offsets[-1] + self._apart(above, key))
        groups: list[list[int]] = []
        for height, offset in zip(wanted, offsets, strict=True):
            groups.append([height - offset])
            while len(groups) > 1 and median_low(groups[-2]) > median_low(groups[-1]):
                last = groups.pop()
                groups[-1] += last
        settled = [median_low(group) for group in groups for _ in group]
        for key, base, offset in zip(column, settled, offsets, strict=True):
            heights[key] = base + offset


def _ranks(graph: Graph) -> dict[str, int]:
    """The column of each node: inputs in the first, outputs in the last, operators as late as those they feed allow."""
    ranks = {node.key: 0 for node in graph.nodes}
    for node in sorted(graph.nodes, key=lambda node: node.kind == "output"):
        for wire in graph.into(node.key):
            ranks[node.key] = max(ranks[node.key], ranks[wire.source] + 1)
    changed = True
    while changed:  # subexpressions stand behind the operators that read them
        changed = False
        for wire in graph.wires:
            if ranks[wire.target] <= ranks[wire.source]:
                ranks[wire.target], changed = ranks[wire.source] + 1, True
    last = max(ranks.values())
    for node in graph.nodes:
        if node.kind == "output":
            ranks[node.key] = last
    for key in sorted(ranks, key=lambda key: -ranks[key]):
        readers = [ranks[wire.target] for wire in graph.wires if wire.source == key]
        if graph.node(key).kind == "operator" and readers:
            ranks[key] = min(readers) - 1
    return ranks
