"""Painting the wires of a diagram: as wide as what flows through them, in the colour of their signal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from rnnviz.ui.diagram import words
from rnnviz.ui.diagram.geometry import Box, Diagram, Point, Route
from rnnviz.ui.diagram.loops import Loop
from rnnviz.ui.plots.typeset import CENTRE, LEFT, font_metrics, write
from rnnviz.ui.theme import MEDIUM, REGULAR, SEMIBOLD, Theme, signal_style, ui_font

LEGIBLE = 8.0
"""Pixels of type below which numbers are left out."""
THIN, WIDE = 0.10, 0.34
"""Width of a wire through which nothing or 1 flows, in units."""
_CORNER, _BRIDGE, _HEAD = 0.55, 0.4, 0.62


@dataclass(frozen=True)
class Flow:
    """What flows at a step: numbers by node, texts that stand for numbers (a token for x), and openings of gates.

    Attributes
    ----------
    values : mapping of str to float
        By key of the node that gives them.
    texts : mapping of str to str
    lit : str
        The signal that is lit; empty for none.
    phi : str
        What ``phi`` stands for.
    computed : str
        The operator that has just been computed; empty for none.
    led : bool
        Whether the wires that lead into it are marked too.
    quiet : frozenset of str
        The nodes that are not computed yet; what they give has no number.
    arrived : mapping of str to float or None
        On the way back what stands beside the nodes instead of their values, and makes the wires as wide as it is
        against the largest of them; None on the way forward.
    """

    values: Mapping[str, float] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    lit: str = ""
    phi: str = "φ"
    computed: str = ""
    led: bool = False
    quiet: frozenset[str] = frozenset()
    arrived: Mapping[str, float] | None = None

    def strength(self, key: str) -> float:
        """Return how wide the wires of a node are, from 0 to 1."""
        found = self.values if self.arrived is None else self.arrived
        value = abs(found.get(key, 0.0))
        if self.arrived is not None:
            largest = max((abs(one) for one in self.arrived.values() if math.isfinite(one)), default=0.0)
            value = value / largest if largest > 0 else 0.0
        return min(1.0, value) if math.isfinite(value) else 0.0


@dataclass(frozen=True)
class Frame:
    """Where the grid stands on the screen: pixels of a unit, and where its origin is."""

    unit: float
    left: float
    top: float

    def at(self, x: float, y: float) -> QPointF:
        """Return the pixel of a point of the grid."""
        return QPointF(self.left + x * self.unit, self.top + y * self.unit)

    def rect(self, box: Box) -> QRectF:
        """Return a rectangle of the grid in pixels."""
        return QRectF(self.at(box.left, box.top), self.at(box.right, box.bottom))

    def back(self, place: QPointF) -> tuple[float, float]:
        """Return the point of the grid at a pixel."""
        return (place.x() - self.left) / self.unit, (place.y() - self.top) / self.unit


def leading_to(diagram: Diagram, key: str) -> Iterator[Route]:
    """Yield the wires that lead into a node, also those of the vectors that are laid side by side before it."""
    graph = diagram.graph
    for route in diagram.routes:
        target = graph.node(route.wire.target)
        joined = target.kind == "join" and any(wire.source == target.key for wire in graph.into(key))
        if target.key == key or joined:
            yield route


def signal_of(diagram: Diagram, key: str) -> str:
    """Return the signal whose colour something has: a step in between has that of the equation it stands in."""
    node = diagram.graph.node(key)
    if node.kind == "input":
        return node.symbol
    return node.signal or node.owner


class WirePainter:
    """Paints wires, and writes.

    Parameters
    ----------
    painter : QPainter
    diagram : Diagram
    frame : Frame
    theme : Theme
    flow : Flow
    """

    def __init__(self, painter: QPainter, diagram: Diagram, frame: Frame, theme: Theme, flow: Flow) -> None:
        self.painter, self.diagram, self.frame, self.theme, self.flow = painter, diagram, frame, theme, flow
        self.unit = frame.unit
        self.knots = {(route.wire.source, route.points[0]) for route in diagram.routes if route.branch}
        self.bridges: dict[int, list[int]] = {}
        for point in diagram.crossings:
            self.bridges.setdefault(point.y, []).append(point.x)

    # colours

    def colour(self, key: str) -> QColor:
        """Return the colour of what a node gives."""
        if key in self.flow.quiet:
            return QColor(self.theme.faint)
        signal = signal_of(self.diagram, key)
        colour = QColor(signal_style(signal, self.theme).colour if signal else self.theme.muted)
        if self.flow.lit and self.flow.lit != signal:
            colour.setAlphaF(0.35)
        return colour

    def is_lit(self, key: str) -> bool:
        """Whether the signal of a node is lit."""
        return bool(self.flow.lit) and signal_of(self.diagram, key) == self.flow.lit

    # wires

    def lead(self, route: Route) -> None:
        """Paint a broad ground for a wire that leads into what has just been computed, from its source on."""
        accent = QColor(self.theme.accent)
        accent.setAlphaF(0.4)
        pen = QPen(accent, self.unit * (THIN + (WIDE - THIN) * self.flow.strength(route.wire.source) + 0.6))
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        self.painter.strokePath(self._course(self.diagram.way(route), route.wire.source), pen)

    def wire(self, route: Route) -> None:
        """Paint a wire with its arrow."""
        source = route.wire.source
        width = self.unit * (THIN + (WIDE - THIN) * self.flow.strength(source))
        width += 0.14 * self.unit if self.is_lit(source) else 0
        colour = self.colour(source)
        pen = QPen(colour, max(1.0, width))
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        self.painter.setPen(pen)
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        self.painter.drawPath(self._course(route.points, route.wire.source))
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(colour)
        if route.branch:
            radius = max(0.3 * self.unit, width * 0.8)
            self.painter.drawEllipse(self.frame.at(*route.points[0]), radius, radius)
        self._head(route, max(_HEAD * self.unit, width * 1.1))

    def _course(self, corners: Sequence[Point], source: str) -> QPainterPath:
        at = self.frame.at
        points = [at(*point) for point in corners]
        points[-1] = _towards(
            points[-1], points[-2], _HEAD * self.unit * 0.8
        )  # the head is as sharp as the wire is wide
        path = QPainterPath(points[0])
        for k in range(1, len(points)):
            a, b = corners[k - 1], corners[k]
            if a.y == b.y:
                self._level(path, a, b)
            if k + 1 < len(points):
                if (source, b) in self.knots:
                    path.lineTo(points[k])
                    continue
                room = min(_length(points[k - 1], points[k]), _length(points[k], points[k + 1])) / 2
                corner = min(_CORNER * self.unit, room)
                path.lineTo(_towards(points[k], points[k - 1], corner))
                path.quadTo(points[k], _towards(points[k], points[k + 1], corner))
            else:
                path.lineTo(points[k])
        return path

    def _level(self, path: QPainterPath, a: Point, b: Point) -> None:
        """Lead a level wire over those that it crosses."""
        sense = 1 if b.x > a.x else -1
        inside = sorted(
            (x for x in self.bridges.get(a.y, ()) if min(a.x, b.x) < x < max(a.x, b.x)), key=lambda x: sense * x
        )
        at, reach = self.frame.at, _BRIDGE * self.unit
        for x in inside:
            middle = at(x, a.y)
            path.lineTo(middle - QPointF(sense * reach, 0))
            box = QRectF(middle.x() - reach, middle.y() - reach, 2 * reach, 2 * reach)
            path.arcTo(box, 180 if sense > 0 else 0, -180 * sense)

    def _head(self, route: Route, size: float) -> None:
        """Paint the arrow at the end of a wire, and the sign of what is subtracted or divided by."""
        end, along = self._arrow(route.points, size)
        across = QPointF(-along.y(), along.x())
        if route.wire.mark:
            sign = "−" if route.wire.mark == "minus" else "÷"
            beside = -across if along.y() == 0 else across  # the number stands at the right
            middle = end - along * 0.75 * self.unit + beside * 0.75 * self.unit
            self.write(_around(middle, self.unit, self.unit), CENTRE, sign, 1.1, self.theme.text, heavy=True)

    def _arrow(self, corners: Sequence[Point], size: float) -> tuple[QPointF, QPointF]:
        """Paint an arrow at the last corner; return its point and its direction."""
        end, before = self.frame.at(*corners[-1]), self.frame.at(*corners[-2])
        along = (end - before) / max(1e-9, _length(end, before))
        across = QPointF(-along.y(), along.x())
        back = end - along * size
        self.painter.drawPolygon(QPolygonF([end, back + across * size * 0.55, back - across * size * 0.55]))
        return end, along

    def loop(self, loop: Loop) -> None:
        """Paint the way of a state to the next step, dashed, with a square that means one step."""
        colour, u = self.colour(loop.state), self.unit
        pen = QPen(colour, max(1.0, u * (0.3 if self.is_lit(loop.state) else 0.14)))
        pen.setDashPattern([4.0, 3.0])
        self.painter.setPen(pen)
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        self.painter.drawPath(self._course(loop.points, ""))
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(colour)
        self._arrow(loop.points, _HEAD * u)
        middle = self.frame.at(*loop.delay)
        self.painter.drawRect(_around(middle, 0.55 * u, 0.55 * u))
        side = QRectF(middle.x() + u, middle.y() + 0.15 * u, 8 * u, 1.5 * u)
        if loop.delay.y < loop.points[0].y:
            side.translate(0, -1.8 * u)
        self.write(side, LEFT, "one step later", 1.0, self.theme.muted)

    # type

    def number(self, key: str, digits: int = 2) -> str:
        """Return the number of a node as it is written; empty where it is not known."""
        if self.flow.arrived is not None:
            arrived = self.flow.arrived.get(key)
            return "" if arrived is None else words.small(arrived, digits)
        value = self.flow.values.get(key)
        return "" if value is None else words.short(value)

    def write(
        self, rect: QRectF, flags: Qt.AlignmentFlag, text: str, size: float, colour: str, heavy: bool = False
    ) -> bool:
        """Write a line, smaller where it does not fit; False, and nothing, where it could not be read then."""
        pixels, weight = size * self.unit, MEDIUM if heavy else REGULAR
        if text and pixels >= LEGIBLE:
            font = ui_font(pixels, weight)
            wide = font_metrics(font).horizontalAdvance(text) + 1
            if wide > rect.width():
                font = ui_font(int(font.pixelSize() * rect.width() / wide), weight)
                if font.pixelSize() < LEGIBLE or font_metrics(font).horizontalAdvance(text) > rect.width():
                    return False
            write(self.painter, rect, flags, text, font, colour)
        return True

    def symbol(self, rect: QRectF, name: str, step: str, size: float, colour: QColor, flags: Qt.AlignmentFlag) -> float:
        """Write a name with its step below the line; return the width that it takes."""
        letter, below = words.symbol(name, step)
        pixels = size * self.unit
        if pixels < LEGIBLE:
            return 0.0
        font, lower = ui_font(pixels, SEMIBOLD), ui_font(pixels * 0.68, MEDIUM)
        first, second = (font_metrics(one).horizontalAdvance(text) for one, text in ((font, letter), (lower, below)))
        first = min(first, max(0.45 * rect.width(), rect.width() - second))  # a long name is cut
        second = min(second, rect.width() - first)
        left = rect.left() if flags == LEFT else rect.center().x() - (first + second) / 2
        ink = colour.name(QColor.NameFormat.HexArgb)
        write(self.painter, QRectF(left, rect.top(), first + 1, rect.height()), LEFT, letter, font, ink)
        place = QRectF(left + first, rect.top() + 0.35 * pixels, second + 1, rect.height())
        write(self.painter, place, LEFT, below, lower, ink)
        return float(first + second)


def _around(middle: QPointF, half: float, high: float) -> QRectF:
    return QRectF(middle.x() - half, middle.y() - high, 2 * half, 2 * high)


def _length(a: QPointF, b: QPointF) -> float:
    return math.hypot(a.x() - b.x(), a.y() - b.y())


def _towards(start: QPointF, end: QPointF, distance: float) -> QPointF:
    return start + (end - start) * (distance / max(1e-9, _length(start, end)))
