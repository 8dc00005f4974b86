"""Wires around operators: each net of wires from one source is a tree on the grid, the cheapest that is still free.

Two nets share no piece of the grid and meet only where one crosses the other straight; a wire enters no node but those
it joins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import pairwise

from rnnviz.ui.diagram.geometry import Placed, Point, Route
from rnnviz.ui.diagram.graph import Wire

BEND, CROSSING, AWKWARD = 4, 14, 5
"""What a corner, a crossing and a port at an unusual side cost, in steps of the grid."""
_EAST, _SOUTH, _WEST, _NORTH = range(4)
_STEPS = ((1, 0), (0, 1), (-1, 0), (0, -1))
_MARGIN = 4


class RoutingError(Exception):
    """A wire finds no way."""


@dataclass(frozen=True, slots=True)
class Port:
    """A place at the edge of a node where a wire may begin or end, the side it looks to, and what it costs."""

    at: Point
    side: int
    cost: int = 0


def ports_in(placed: Placed) -> list[Port]:
    """Return where wires may end at a node."""
    (x, y), shape, kind = placed.at, placed.shape, placed.node.kind
    a, d = shape.across, shape.down
    levels = range(-d + 1, d) if d > 1 else (0,)
    left = [Port(Point(x - a, y + k), _WEST, abs(k)) for k in levels]
    if kind == "output":
        return [Port(Point(x - a, y), _WEST)]
    columns = range(-a + 1, a) if kind == "box" else (0,)
    below = [Port(Point(x + k, y + d), _SOUTH, 1 + abs(k) // 2) for k in columns]
    above = [Port(Point(x + k, y - d), _NORTH, 1 + (AWKWARD if kind == "box" else 0)) for k in columns]
    return left + below + above


def ports_out(placed: Placed) -> list[Port]:
    """Return where wires may begin at a node."""
    (x, y), shape, kind = placed.at, placed.shape, placed.node.kind
    right = Port(Point(x + shape.across, y), _EAST)
    above, below = Port(Point(x, y - shape.down), _NORTH, 1), Port(Point(x, y + shape.down), _SOUTH, 1)
    if kind == "join":
        return [right]
    if kind == "input":
        return [right, *(Port(one.at, one.side, AWKWARD) for one in (above, below))]
    return [right, above] if kind == "box" else [right, above, below]


@dataclass
class _Net:
    number: int
    wires: list[Wire]
    tree: set[int] = field(default_factory=set)
    courses: dict[Wire, tuple[list[int], bool]] = field(default_factory=dict)


class Router:
    """A grid on which wires are laid one after the other.

    Parameters
    ----------
    placed : sequence of Placed
    """

    def __init__(self, placed: Sequence[Placed]) -> None:
        self.placed = {one.node.key: one for one in placed}
        boxes = [one.whole for one in placed]
        self.left = int(min(box.left for box in boxes))  # beyond inputs and outputs run the loops of states
        self.top = int(min(box.top for box in boxes)) - _MARGIN
        self.width = int(max(box.right for box in boxes)) - self.left + 1
        self.height = int(max(box.bottom for box in boxes)) + _MARGIN - self.top + 1
        size = self.width * self.height
        self.blocked = bytearray(size)
        self.slots = ([0] * size, [0] * size)  # the net that runs level, upright through a point
        self.taken: dict[int, int] = {}
        for one in placed:
            self._block(one)
        self.moves = tuple(dx + dy * self.width for dx, dy in _STEPS)

    def lay(self, wires: Sequence[Wire], order: Sequence[str]) -> dict[Wire, Route]:
        """Lay all wires, those of the sources in `order` one after the other; RoutingError where one finds no way."""
        by_source: dict[str, list[Wire]] = {source: [] for source in order}
        for wire in wires:
            by_source[wire.source].append(wire)
        nets = [_Net(k + 1, self._nearest_first(group)) for k, group in enumerate(by_source.values()) if group]
        for net in nets:
            self._lay_net(net)
        for net in nets:
            self._lift(net)
            self._lay_net(net)
        return {wire: self._route(wire, *net.courses[wire]) for net in nets for wire in net.wires}

    # the grid

    def _at(self, point: Point) -> int:
        return point.x - self.left + (point.y - self.top) * self.width

    def _point(self, index: int) -> Point:
        return Point(index % self.width + self.left, index // self.width + self.top)

    def _block(self, one: Placed) -> None:
        (x, y), shape = one.at, one.shape
        for row in range(y - shape.down, y + shape.down + 1):
            for column in range(x - shape.across, x + shape.across + 1):
                self.blocked[self._at(Point(column, row))] = 1
        if one.tag is not None:
            for column in range(x + 1, x + shape.tag + 1):
                self.blocked[self._at(Point(column, y - shape.down - 1))] = 1

    def _nearest_first(self, wires: list[Wire]) -> list[Wire]:
        start = self.placed[wires[0].source].at

        def away(wire: Wire) -> int:
            end = self.placed[wire.target].at
            return abs(end.x - start.x) + 2 * abs(end.y - start.y)

        return sorted(wires, key=away)

    # nets

    def _lay_net(self, net: _Net) -> None:
        for wire in net.wires:
            path = self._search(net, wire)
            branch = path[0] in net.tree
            net.courses[wire] = (path, branch)
            self._occupy(net, path)

    def _lift(self, net: _Net) -> None:
        for index in net.tree:
            for slots in self.slots:
                if slots[index] == net.number:
                    slots[index] = 0
        self.taken = {index: number for index, number in self.taken.items() if number != net.number}
        net.tree, net.courses = set(), {}

    def _occupy(self, net: _Net, path: list[int]) -> None:
        for before, after in pairwise(path):
            slots = self.slots[0 if abs(after - before) == 1 else 1]
            slots[before] = slots[after] = net.number
        net.tree.update(path)
        for end in (path[0], path[-1]):
            if self.blocked[end]:
                self.taken[end] = net.number

    def _free(self, index: int, axis: int, number: int) -> bool:
        return self.slots[axis][index] in (0, number)

    def _starts(self, net: _Net, wire: Wire) -> Iterable[tuple[int, int, int, int]]:
        """Yield (cost, point, direction, origin) of each way to set out: from a port, or a wire that is there."""
        if not net.tree:
            for port in ports_out(self.placed[wire.source]):
                index = self._at(port.at)
                first = index + self.moves[port.side]
                if index not in self.taken and not self.blocked[first]:
                    yield port.cost, first, port.side, index
            return
        for index in sorted(net.tree):
            if self.blocked[index] or not (self._free(index, 0, net.number) and self._free(index, 1, net.number)):
                continue
            for way, move in enumerate(self.moves):
                after = index + move
                if after not in net.tree and not self.blocked[after]:
                    yield BEND, after, way, index

    def _search(self, net: _Net, wire: Wire) -> list[int]:
        """Return the points of the cheapest way from the source, or its tree, to a port of the target (A*)."""
        target = self.placed[wire.target]
        goals: dict[int, list[tuple[int, int, int]]] = {}
        for port in ports_in(target):
            index = self._at(port.at)
            if index not in self.taken:
                goals.setdefault(index + self.moves[port.side], []).append((index, (port.side + 2) % 4, port.cost))
        (cx, cy), a, d = target.at, target.shape.across + 1, target.shape.down + 1
        cx, cy = cx - self.left, cy - self.top

        def ahead(index: int) -> int:
            y, x = divmod(index, self.width)
            return max(0, abs(x - cx) - a) + max(0, abs(y - cy) - d)

        heap: list[tuple[int, int, int, int]] = []
        best: dict[int, int] = {}
        came: dict[int, int] = {}
        for cost, index, way, origin in self._starts(net, wire):
            state = index * 4 + way
            if cost < best.get(state, 1 << 30):
                best[state], came[state] = cost, -1 - origin
                heappush(heap, (cost + ahead(index), cost, state, -1))
        while heap:
            _, cost, state, end = heappop(heap)
            if end >= 0:
                return self._traced(came, state, end)
            if cost > best[state]:
                continue
            index, way = divmod(state, 4)
            for end, into, extra in goals.get(index, ()):
                turn = self._turn(index, way, into, net.number)
                if turn is not None:
                    heappush(heap, (cost + turn + extra, cost + turn + extra, state, end))
            for onward, move in enumerate(self.moves):
                after = index + move
                if onward == (way + 2) % 4 or not self._inside(after) or self.blocked[after]:
                    continue
                turn = self._turn(index, way, onward, net.number)
                if turn is None:
                    continue
                reached, key = cost + turn + 1, after * 4 + onward
                if reached < best.get(key, 1 << 30):
                    best[key], came[key] = reached, state
                    heappush(heap, (reached + ahead(after), reached, key, -1))
        raise RoutingError(wire.source)

    def _inside(self, index: int) -> bool:
        y, x = divmod(index, self.width)
        return 0 < x < self.width - 1 and 0 < y < self.height - 1

    def _turn(self, index: int, way: int, onward: int, number: int) -> int | None:
        """What it costs to pass a point; None where it is not free. Straight on, another net may be crossed."""
        if onward == (way + 2) % 4 or not self._free(index, way % 2, number):
            return None
        other = self._free(index, 1 - way % 2, number)
        if onward == way:
            return 0 if other else CROSSING
        return BEND if other else None

    def _traced(self, came: Mapping[int, int], state: int, end: int) -> list[int]:
        path = [end]
        while True:
            path.append(state // 4)
            before = came[state]
            if before < 0:
                path.append(-1 - before)
                return path[::-1]
            state = before

    def _route(self, wire: Wire, path: list[int], branch: bool) -> Route:
        points = [self._point(index) for index in path]
        corners = [
            here
            for before, here, after in zip(points, points[1:], points[2:], strict=False)
            if (after.x - here.x, after.y - here.y) != (here.x - before.x, here.y - before.y)
        ]
        return Route(wire, (points[0], *corners, points[-1]), branch)
