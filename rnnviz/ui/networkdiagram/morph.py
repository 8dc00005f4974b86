"""The way from the folded network to the unfolded one: every step comes out of the one node that it was folded into."""

from __future__ import annotations

from dataclasses import replace

from rnnviz.ui.networkdiagram.geometry import Frame, Picture, Spot, Trail
from rnnviz.ui.networkdiagram.graph import Node


def between(folded: Picture, unfolded: Picture, share: float) -> Picture:
    """Return the unfolded network on its way.

    Parameters
    ----------
    folded, unfolded : Picture
    share : float
        0 where all steps lie upon each other in the folded network, 1 where they stand in their places.
    """
    homes = {node.place: frame for node, frame in folded.nodes.items()}
    nodes = {node: _mixed(homes[node.place], frame, share) for node, frame in unfolded.nodes.items()}
    trails = tuple(_moved(trail, unfolded.nodes, nodes) for trail in unfolded.trails)
    unit = folded.unit + (unfolded.unit - folded.unit) * share
    return replace(unfolded, unit=unit, nodes=nodes, trails=trails, dots=(), columns={}, gaps=())


def _mixed(start: Frame, end: Frame, share: float) -> Frame:
    return Frame(*(a + (b - a) * share for a, b in zip(start, end, strict=True)))


def _moved(trail: Trail, before: dict[Node, Frame], after: dict[Node, Frame]) -> Trail:
    """A link that follows its ends."""

    def away(node: Node, other: Node) -> tuple[float, float]:
        known = node if node in after else other
        (ax, ay), (bx, by) = after[known].middle, before[known].middle
        return ax - bx, ay - by

    at_source, at_target = away(trail.source, trail.target), away(trail.target, trail.source)
    start = Spot(trail.start.x + at_source[0], trail.start.y + at_source[1])
    pieces = tuple(tuple(Spot(x + at_target[0], y + at_target[1]) for x, y in piece) for piece in trail.pieces)
    return replace(trail, start=start, pieces=pieces, name=None)
