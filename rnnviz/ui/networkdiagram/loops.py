"""The recurrences of the network, and outputs that are fed back: ways that lead from one step to the next."""

from __future__ import annotations

from rnnviz.ui.networkdiagram.geometry import Frame, Spot, Trail
from rnnviz.ui.networkdiagram.graph import Link

REACH = 2.2
"""How far a loop stands out from its node, in units."""
NAME = 3.0
"""Width of the name of weights, in units."""


def loop(link: Link, box: Frame, u: float, *, compact: bool) -> Trail:
    """A recurrence of the folded network: out at one side and in again there."""
    way = -1 if link.rule.shift > 0 else 1
    side = box.right if way > 0 else box.left
    high = box.top + 0.25 * (box.bottom - box.top)
    low = box.top + 0.75 * (box.bottom - box.top)
    far, reach = side + way * REACH * u, 0.35 * (box.bottom - box.top)
    start, end = Spot(side, high), Spot(side, low)
    curve = (Spot(far, high - reach), Spot(far, low + reach), end)
    edge = side + way * (REACH * 0.75 + 0.25) * u
    other = edge + way * NAME * u
    name = Frame(min(edge, other), box.middle.y - 0.7 * u, max(edge, other), box.middle.y + 0.7 * u)
    named = name if link.rule.weight is not None and not compact else None
    return Trail(link.rule, link.source, link.target, start, (curve,), named)


def round_about(link: Link, source: Frame, target: Frame, u: float, level: int, *, compact: bool) -> Trail:
    """The output fed back, in the folded network: down to the right of the loops."""
    lane, bend = source.right + (REACH + NAME + 0.6) * u, 0.7 * u
    start = Spot(source.right, source.middle.y)
    into = Spot(target.right, target.bottom - 0.1 * (target.bottom - target.top))
    pieces = (
        (Spot(lane - bend, start.y),),
        (Spot(lane, start.y), Spot(lane, start.y), Spot(lane, start.y + bend)),
        (Spot(lane, into.y - bend),),
        (Spot(lane, into.y), Spot(lane, into.y), Spot(lane - bend, into.y)),
        (into,),
    )
    name = None
    if not compact and link.rule.weight is not None:
        height = into.y if level else start.y
        left = lane - (NAME + 0.8) * u if level else start.x + 0.3 * u
        name = Frame(left, height - 1.8 * u, left + NAME * u, height - 0.4 * u)
    return Trail(link.rule, link.source, link.target, start, pieces, name)


def fed_back(link: Link, source: Frame, target: Frame, u: float, *, compact: bool) -> Trail:
    """The output fed back, in the unfolded network: down beside the column of the target, and into it from the left."""
    lane, bend = target.left - 1.25 * u, 0.6 * u
    start = Spot(source.right, source.middle.y)
    into = Spot(target.left, target.top + 0.22 * (target.bottom - target.top))
    pieces = (
        (Spot(lane - bend, start.y),),
        (Spot(lane, start.y), Spot(lane, start.y), Spot(lane, start.y + bend)),
        (Spot(lane, into.y - bend),),
        (Spot(lane, into.y), Spot(lane, into.y), into),
    )
    name = None
    if not compact and link.rule.weight is not None:
        height = into.y if link.target.place.layer else start.y
        left = lane - 2.65 * u if link.target.place.layer else start.x + 0.1 * u
        name = Frame(left, height - 1.8 * u, lane - 0.3 * u, height - 0.4 * u)
    return Trail(link.rule, link.source, link.target, start, pieces, name)
