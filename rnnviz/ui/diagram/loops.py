"""The way of each state from one step to the next: around the diagram, over it or below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rnnviz.ui.diagram.geometry import Box, Diagram, Placed, Point

_APART, _ROOM = 2, 2
"""Units between two loops, and beyond the last one, for its name."""


@dataclass(frozen=True, slots=True)
class Loop:
    """The course of a state: from where it leaves the cell, around it, to where it enters at the next step."""

    state: str
    points: tuple[Point, ...]

    def segments(self) -> Iterator[tuple[Point, Point]]:
        """Yield its straight pieces."""
        yield from zip(self.points, self.points[1:], strict=False)

    @property
    def delay(self) -> Point:
        """Where the square stands that means one step: in the middle of its long side."""
        a, b = self.points[2], self.points[3]
        return Point((a.x + b.x) // 2, a.y)


def loops_of(diagram: Diagram) -> tuple[Loop, ...]:
    """Return a loop for each state: what leaves in the upper half returns above, the rest below."""
    bounds = diagram.bounds
    middle = (bounds.top + bounds.bottom) / 2
    ends = [(diagram.by_key[f"out:{state}"], state) for state in diagram.graph.cell.states]
    ends.sort(key=lambda pair: pair[0].at.y)
    over = [pair for pair in ends if pair[0].at.y < middle]
    under = [pair for pair in reversed(ends) if pair[0].at.y >= middle]
    found = {
        state: _loop(diagram, end, state, place, side)
        for side, group in ((-1, over), (1, under))
        for place, (end, state) in enumerate(group)
    }
    return tuple(found[state] for state in diagram.graph.cell.states)


def bounds_with(diagram: Diagram, loops: Sequence[Loop]) -> Box:
    """Return the least rectangle around a diagram and loops, with room for their names."""
    whole = diagram.bounds
    for loop in loops:
        for x, y in loop.points:
            whole = whole.united(Box(x, y, x, y))
        high = loop.delay.y
        whole = whole.united(Box(whole.left, high - _ROOM, whole.right, high + _ROOM))
    return whole


def _loop(diagram: Diagram, end: Placed, state: str, place: int, side: int) -> Loop:
    bounds, start = diagram.bounds, diagram.by_key[f"{state}[t-1]"]
    away = _APART * (place + 1)
    right, left = round(bounds.right) + away, round(bounds.left) - away
    level = round(bounds.top) - away if side < 0 else round(bounds.bottom) + away
    corners = (Point(right, end.at.y), Point(right, level), Point(left, level), Point(left, start.at.y))
    first, last = Point(round(end.rect.right), end.at.y), Point(round(start.rect.left), start.at.y)
    return Loop(state, (first, *corners, last))
