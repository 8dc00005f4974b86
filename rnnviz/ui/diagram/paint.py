"""Painting a diagram: wires as wide as what flows through them, gates as valves, numbers beside operators."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPolygonF

from rnnviz.ui.diagram.geometry import Box, Diagram, Placed, Point, Route
from rnnviz.ui.diagram.words import short, symbol
from rnnviz.ui.plots.typeset import CENTRE, LEFT, RIGHT, font_metrics, write
from rnnviz.ui.theme import MEDIUM, REGULAR, SEMIBOLD, Theme, signal_style, ui_font

LEGIBLE = 8.0
"""Pixels of type below which numbers are left out."""
_THIN, _WIDE = 0.10, 0.34
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
    """

    values: Mapping[str, float] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    lit: str = ""
    phi: str = "φ"


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


def signal_of(diagram: Diagram, key: str) -> str:
    """Return the signal whose colour something has: a step in between has that of the equation it stands in."""
    node = diagram.graph.node(key)
    if node.kind == "input":
        return node.symbol
    return node.signal or node.owner


class DiagramPainter:
    """Paints one diagram in a theme.

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

    def paint(self) -> None:
        """Paint wires, then nodes upon their ends."""
        self.painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for route in self.diagram.routes:
            self._wire(route)
        for placed in self.diagram.placed:
            self._node(placed)

    # colours

    def colour(self, key: str) -> QColor:
        """Return the colour of what a node gives."""
        signal = signal_of(self.diagram, key)
        colour = QColor(signal_style(signal, self.theme).colour if signal else self.theme.muted)
        if self.flow.lit and self.flow.lit != signal:
            colour.setAlphaF(0.35)
        return colour

    def _lit(self, key: str) -> bool:
        return bool(self.flow.lit) and signal_of(self.diagram, key) == self.flow.lit

    # wires

    def _wire(self, route: Route) -> None:
        source = route.wire.source
        value = self.flow.values.get(source)
        size = min(1.0, abs(value)) if value is not None and math.isfinite(value) else 0.0
        width = self.unit * (_THIN + (_WIDE - _THIN) * size) + (0.14 * self.unit if self._lit(source) else 0)
        colour = self.colour(source)
        pen = QPen(colour, max(1.0, width))
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        self.painter.setPen(pen)
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        self.painter.drawPath(self._course(route))
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(colour)
        if route.branch:
            radius = max(0.3 * self.unit, width * 0.8)
            self.painter.drawEllipse(self.frame.at(*route.points[0]), radius, radius)
        self._head(route, max(_HEAD * self.unit, width * 1.1))

    def _course(self, route: Route) -> QPainterPath:
        at = self.frame.at
        points = [at(*point) for point in route.points]
        points[-1] = _towards(
            points[-1], points[-2], _HEAD * self.unit * 0.8
        )  # the head is as sharp as the wire is wide
        path = QPainterPath(points[0])
        for k in range(1, len(points)):
            a, b = route.points[k - 1], route.points[k]
            if a.y == b.y:
                self._level(path, a, b)
            if k + 1 < len(points):
                if (route.wire.source, b) in self.knots:
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
        end, before = self.frame.at(*route.points[-1]), self.frame.at(*route.points[-2])
        along = (end - before) / max(1e-9, _length(end, before))
        across = QPointF(-along.y(), along.x())
        back = end - along * size
        self.painter.drawPolygon(QPolygonF([end, back + across * size * 0.55, back - across * size * 0.55]))
        if route.wire.mark:
            sign = "−" if route.wire.mark == "minus" else "÷"
            middle = end - along * 0.75 * self.unit + across * 0.75 * self.unit
            self._write(_around(middle, self.unit, self.unit), CENTRE, sign, 1.1, self.theme.text, heavy=True)

    # nodes

    def _node(self, placed: Placed) -> None:
        kind = placed.node.kind
        if kind == "box":
            self._layer(placed)
        elif kind == "operator":
            self._operator(placed)
        elif kind == "join":
            self.painter.setPen(Qt.PenStyle.NoPen)
            self.painter.setBrush(QColor(self.theme.muted))
            rect, width = self.frame.rect(placed.rect), max(1.0, self.unit * _THIN)
            self.painter.drawRect(QRectF(rect.center().x(), rect.center().y() - width / 2, rect.width() / 2, width))
            self.painter.drawRoundedRect(rect.adjusted(0, 0, -rect.width() * 0.5, 0), 3, 3)
        else:
            self._terminal(placed)

    def _outline(self, key: str, rect: QRectF, radius: float) -> None:
        wide = 0.16 if self._lit(key) else 0.1
        self.painter.setPen(QPen(self.colour(key), max(1.2, wide * self.unit)))
        self.painter.setBrush(QColor(self.theme.raised))
        self.painter.drawRoundedRect(rect, radius, radius)

    def _terminal(self, placed: Placed) -> None:
        node, u = placed.node, self.unit
        rect = self.frame.rect(placed.rect)
        key = node.key if node.kind == "input" else node.signal
        self._outline(key, rect, rect.height() / 2)
        step = "t−1" if node.key.endswith("[t-1]") else "t"
        inner = rect.adjusted(0.55 * u, 0, -0.45 * u, 0)
        text = self.flow.texts.get(node.key) or self._number(key)
        used = self._symbol(inner, node.symbol, step, 1.25, self.colour(key), LEFT if text else CENTRE)
        inner.setLeft(inner.left() + used + 0.15 * u)
        self._write(inner, RIGHT, text, 1.05, self.theme.text)

    def _layer(self, placed: Placed) -> None:
        node, u = placed.node, self.unit
        rect = self.frame.rect(placed.rect)
        self._outline(node.key, rect, 0.5 * u)
        inner = rect.adjusted(0.4 * u, 0.25 * u, -0.4 * u, -0.3 * u)
        upper = QRectF(inner.left(), inner.top(), inner.width(), 1.6 * u)
        used = self._symbol(upper, node.signal, "t", 1.35, self.colour(node.key), LEFT) if node.signal else 0.0
        upper.setLeft(upper.left() + used + 0.1 * u)
        self._write(upper, RIGHT, self._number(node.key), 1.1, self.theme.text)
        sign = self.flow.phi if node.symbol == "φ" else node.symbol
        lower = QRectF(inner.left(), upper.bottom() + 0.1 * u, inner.width(), inner.bottom() - upper.bottom() - 0.1 * u)
        if node.signal and node.key in self.flow.values:
            wide = min(0.55, 0.22 + 0.09 * len(sign)) * lower.width()
            self._write(QRectF(lower.left(), lower.top(), wide, lower.height()), LEFT, sign, 1.2, self.theme.text)
            self._instrument(node.signal, self.flow.values[node.key], lower.adjusted(wide + 0.1 * u, 0.05 * u, 0, 0))
        else:
            self._write(lower, CENTRE, sign, 1.3, self.theme.text)

    def _instrument(self, signal: str, value: float, rect: QRectF) -> None:
        """Paint a gate as a valve, anything else as a bar from zero."""
        if not math.isfinite(value):
            return
        colour = self.colour(signal)
        if self.diagram.graph.cell.signal(signal).kind == "gate":
            self._valve(min(1.0, max(0.0, value)), rect, colour)
            return
        middle, size = rect.center(), min(1.0, abs(value)) * rect.width() / 2
        track = QRectF(rect.left(), middle.y() - 0.3 * self.unit, rect.width(), 0.6 * self.unit)
        self.painter.fillRect(track, QColor(self.theme.grid))
        left = middle.x() if value >= 0 else middle.x() - size
        self.painter.fillRect(QRectF(left, track.top(), size, track.height()), colour)
        self.painter.fillRect(
            QRectF(middle.x() - 0.5, track.top() - 2, 1.0, track.height() + 4), QColor(self.theme.text)
        )

    def _valve(self, opening: float, rect: QRectF, colour: QColor) -> None:
        """Paint two plates that leave a gap as wide as the gate is open, and what flows through it."""
        gap = opening * rect.height()
        plate = QRectF(rect.center().x() - 0.28 * self.unit, rect.top(), 0.56 * self.unit, rect.height())
        stream = QRectF(rect.left(), rect.center().y() - gap / 2, rect.width(), gap)
        ground = QColor(self.theme.grid)
        self.painter.fillRect(rect, ground)
        light = QColor(colour)
        light.setAlphaF(0.55 * colour.alphaF())
        self.painter.fillRect(stream, light)
        dark = QColor(self.theme.text)
        for part in (
            QRectF(plate.topLeft(), QPointF(plate.right(), stream.top())),
            QRectF(QPointF(plate.left(), stream.bottom()), plate.bottomRight()),
        ):
            self.painter.fillRect(part, dark)

    def _operator(self, placed: Placed) -> None:
        node, u = placed.node, self.unit
        rect = self.frame.rect(placed.rect)
        self._outline(node.key, rect, min(rect.width(), rect.height()) / 2)
        self._sign(node.key, node.symbol, rect)
        if placed.tag is None or u < LEGIBLE:
            return
        tag = self.frame.rect(placed.tag)
        if node.signal and not self._handed_on(node.key):
            used = self._symbol(tag, node.signal, "t", 1.1, self.colour(node.key), LEFT)
            tag.setLeft(tag.left() + used + 0.2 * u)
        self._write(tag, LEFT, self._number(node.key), 1.0, self.theme.text)

    def _handed_on(self, key: str) -> bool:
        return f"out:{key}" in self.diagram.by_key

    def _sign(self, key: str, sign: str, rect: QRectF) -> None:
        middle, u = rect.center(), self.unit
        if sign == "+":
            self.painter.setPen(QPen(QColor(self.theme.text), max(1.2, 0.2 * u)))
            for x, y in ((0.5 * u, 0.0), (0.0, 0.5 * u)):
                self.painter.drawLine(QLineF(middle.x() - x, middle.y() - y, middle.x() + x, middle.y() + y))
        elif sign == "⊙":
            self._iris(key, middle)
            self.painter.setBrush(QBrush(QColor(self.theme.text)))
            self.painter.drawEllipse(middle, 0.2 * u, 0.2 * u)
        else:
            self._write(rect.adjusted(0.1 * u, 0, -0.1 * u, 0), CENTRE, sign, 1.1, self.theme.text)

    def _iris(self, key: str, middle: QPointF) -> None:
        """Paint how far the gate of a product is open."""
        self.painter.setPen(Qt.PenStyle.NoPen)
        for wire in self.diagram.graph.into(key):
            source = self.diagram.graph.node(wire.source)
            value = self.flow.values.get(wire.source, math.nan)
            gate = source.signal and self.diagram.graph.cell.signal(source.signal).kind == "gate"
            if gate and math.isfinite(value):
                colour = self.colour(wire.source)
                colour.setAlphaF(0.5 * colour.alphaF())
                self.painter.setBrush(colour)
                radius = min(1.0, max(0.0, value)) * 0.88 * self.unit
                self.painter.drawEllipse(middle, radius, radius)
                return

    # type

    def _number(self, key: str) -> str:
        value = self.flow.values.get(key)
        return "" if value is None else short(value)

    def _write(
        self, rect: QRectF, flags: Qt.AlignmentFlag, text: str, size: float, colour: str, heavy: bool = False
    ) -> None:
        pixels = size * self.unit
        if text and pixels >= LEGIBLE:
            font = ui_font(pixels, MEDIUM if heavy else REGULAR)
            wide = font_metrics(font).horizontalAdvance(text) + 1
            if wide > rect.width():
                pixels *= rect.width() / wide
                if pixels < LEGIBLE:
                    return
                font = ui_font(int(pixels), MEDIUM if heavy else REGULAR)
            write(self.painter, rect, flags, text, font, colour)

    def _symbol(
        self, rect: QRectF, name: str, step: str, size: float, colour: QColor, flags: Qt.AlignmentFlag
    ) -> float:
        """Write a name with its step below the line; return the width that it takes."""
        letter, below = symbol(name, step)
        pixels = size * self.unit
        if pixels < LEGIBLE:
            return 0.0
        font, lower = ui_font(pixels, SEMIBOLD), ui_font(pixels * 0.68, MEDIUM)
        first, second = (font_metrics(one).horizontalAdvance(text) for one, text in ((font, letter), (lower, below)))
        left = rect.left() if flags == LEFT else rect.center().x() - (first + second) / 2
        ink = colour.name(QColor.NameFormat.HexArgb)
        write(self.painter, QRectF(left, rect.top(), first + 2, rect.height()), LEFT, letter, font, ink)
        place = QRectF(left + first, rect.top() + 0.35 * pixels, second + 2, rect.height())
        write(self.painter, place, LEFT, below, lower, ink)
        return float(first + second)


def _around(middle: QPointF, half: float, high: float) -> QRectF:
    return QRectF(middle.x() - half, middle.y() - high, 2 * half, 2 * high)


def _length(a: QPointF, b: QPointF) -> float:
    return math.hypot(a.x() - b.x(), a.y() - b.y())


def _towards(start: QPointF, end: QPointF, distance: float) -> QPointF:
    return start + (end - start) * (distance / max(1e-9, _length(start, end)))
