"""What of a diagram looks different when another step, or another operation, is shown in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from PySide6.QtCore import QRectF
from PySide6.QtGui import QRegion

from rnnviz.ui.diagram.flow import Flow, Frame, leading_to
from rnnviz.ui.diagram.geometry import Diagram, Point
from rnnviz.ui.diagram.loops import Loop

_AROUND, _BESIDE = 1.3, 1.1
"""Units about a node and about a wire within which something of it may be painted."""


def changed_region(diagram: Diagram, loops: Sequence[Loop], frame: Frame, old: Flow, new: Flow) -> QRegion | None:
    """Return where a diagram is to be painted anew, in pixels; None for everywhere."""
    if (old.phi, old.lit, old.before, old.back) != (new.phi, new.lit, new.before, new.back):
        return None
    keys = [placed.node.key for placed in diagram.placed]
    other = {key for key in keys if _look(old, key) != _look(new, key)}
    wider = {key for key in keys if old.strength(key) != new.strength(key)} | other
    read = {wire.target for wire in diagram.graph.wires if wire.source in other}  # a product shows the gate it reads
    marked = {old.computed, new.computed} if (old.computed, old.led) != (new.computed, new.led) else set()
    region = QRegion()
    for placed in diagram.placed:
        if placed.node.key in other | read | marked:
            region += _around(frame.rect(placed.whole), _AROUND * frame.unit)
    lines = [route.points for route in diagram.routes if route.wire.source in wider]
    lines += [loop.points for loop in loops if loop.state in wider]
    for flow in (old, new):
        if marked and flow.led:
            lines += [diagram.way(route) for route in leading_to(diagram, flow.computed)]
    for rect in _pieces(lines, frame):
        region += rect
    return region


def _look(flow: Flow, key: str) -> tuple[object, ...]:
    arrived = flow.arrived.get(key) if flow.arrived is not None else None
    return flow.values.get(key), flow.texts.get(key), key in flow.quiet, arrived


def _pieces(lines: Iterable[Sequence[Point]], frame: Frame) -> Iterator[QRegion]:
    """Yield the room about every straight piece of some lines."""
    for line in lines:
        for a, b in pairwise(line):
            yield _around(QRectF(frame.at(*a), frame.at(*b)).normalized(), _BESIDE * frame.unit)


def _around(rect: QRectF, by: float) -> QRegion:
    by = max(by, 4.0)  # pens are no thinner however small the diagram is
    return QRegion(rect.adjusted(-by, -by, by, by).toAlignedRect())
