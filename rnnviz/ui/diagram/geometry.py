"""Where everything of a diagram stands, in units of its grid: y grows downwards, places are whole numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from rnnviz.ui.diagram.graph import Graph, Node, Wire


class Point(NamedTuple):
    """A point of the grid."""

    x: int
    y: int


class Box(NamedTuple):
    """A rectangle: left, top, right, bottom."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether two rectangles share more than an edge."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def united(self, other: Box) -> Box:
        """Return the least rectangle around both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


TAG_LEFT, TAG_TOP, TAG_BOTTOM = 0.5, -1.3, -0.15
"""Where the number of an operator stands, right of its middle and above its upper edge."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The room that a node takes: its half width and height, and the width of the number above it (0: none)."""

    across: int
    down: int
    tag: int = 0


@dataclass(frozen=True, slots=True)
class Placed:
    """A node in its place."""

    node: Node
    at: Point
    shape: Shape

    @property
    def rect(self) -> Box:
        """What the node itself covers."""
        (x, y), shape = self.at, self.shape
        return Box(x - shape.across, y - shape.down, x + shape.across, y + shape.down)

    @property
    def tag(self) -> Box | None:
        """Where its number is written, if it stands beside it."""
        if not self.shape.tag:
            return None
        top, left = self.at.y - self.shape.down, self.at.x + TAG_LEFT
        return Box(left, top + TAG_TOP, left + self.shape.tag, top + TAG_BOTTOM)

    @property
    def whole(self) -> Box:
        """What the node covers with its number."""
        return self.rect if self.tag is None else self.rect.united(self.tag)


@dataclass(frozen=True, slots=True)
class Route:
    """The course of a wire.

    Attributes
    ----------
    wire : Wire
    points : tuple of Point
        Its corners, from where it leaves its node, or a wire that is there already, to the edge of the node it ends at.
    branch : bool
        Whether it begins at a wire of the same source.
    """

    wire: Wire
    points: tuple[Point, ...]
    branch: bool

    def segments(self) -> Iterator[tuple[Point, Point]]:
        """Yield its straight pieces."""
        yield from zip(self.points, self.points[1:], strict=False)


@dataclass(frozen=True)
class Diagram:
    """A diagram laid out.

    Attributes
    ----------
    graph : Graph
    placed : tuple of Placed
        In the order of the nodes.
    routes : tuple of Route
        One for each wire.
    """

    graph: Graph
    placed: tuple[Placed, ...]
    routes: tuple[Route, ...]

    @cached_property
    def by_key(self) -> dict[str, Placed]:
        """The placed nodes by their keys."""
        return {placed.node.key: placed for placed in self.placed}

    @cached_property
    def bounds(self) -> Box:
        """The least rectangle around everything."""
        whole = self.placed[0].whole
        for placed in self.placed[1:]:
            whole = whole.united(placed.whole)
        for route in self.routes:
            for x, y in route.points:
                whole = whole.united(Box(x, y, x, y))
        return whole

    @cached_property
    def crossings(self) -> tuple[Point, ...]:
        """Where wires of different sources cross."""
        found = []
        pieces = [(route.wire.source, *ends) for route in self.routes for ends in route.segments()]
        level = [(s, a, b) for s, a, b in pieces if a.y == b.y]
        upright = [(s, a, b) for s, a, b in pieces if a.x == b.x]
        for source, a, b in level:
            for other, c, d in upright:
                inside = min(a.x, b.x) <= c.x <= max(a.x, b.x) and min(c.y, d.y) <= a.y <= max(c.y, d.y)
                if inside and source != other:
                    found.append(Point(c.x, a.y))
        return tuple(dict.fromkeys(found))

    def way(self, route: Route) -> tuple[Point, ...]:
        """Return the corners of a wire from its source on, along the wires of the same source that it begins at."""
        points, start = route.points, route.points[0]
        if not route.branch:
            return points
        for other in self.routes:
            if other is route or other.wire.source != route.wire.source:
                continue
            for k, (a, b) in enumerate(other.segments()):
                level, upright = a.y == b.y == start.y, a.x == b.x == start.x
                inside = min(a.x, b.x) <= start.x <= max(a.x, b.x) and min(a.y, b.y) <= start.y <= max(a.y, b.y)
                if (level or upright) and inside and (k > 0 or start != a):
                    before = Diagram.way(self, other)
                    kept = before[: len(before) - len(other.points) + k + 1]
                    return (*(point for point in kept if point != start), *points)
        return points
