"""Painting the wires of a diagram: as wide as what flows through them, in the colour of their signal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from rnnviz.ui.diagram import words
from rnnviz.ui.diagram.flow import Flow, Frame, signal_of
from rnnviz.ui.diagram.geometry import Diagram, Point, Route
from rnnviz.ui.diagram.loops import Loop
from rnnviz.ui.drawing.painting import CENTRE, LEFT, font_metrics, write
from rnnviz.ui.theme import MEDIUM, REGULAR, SEMIBOLD, Theme, signal_style, ui_font

LEGIBLE = 8.0
"""Pixels of type below which numbers are left out."""
THIN, WIDE = 0.10, 0.34
"""Width of a wire through which nothing or 1 flows, in units."""
_CORNER, _BRIDGE, _HEAD = 0.55, 0.4, 0.62


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
        way = self.diagram.way(route)
        self.painter.strokePath(self._course(way[::-1] if self.flow.back else way, route.wire.source), pen)

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
        corners = route.points[::-1] if self.flow.back else route.points
        self.painter.drawPath(self._course(corners, source))
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(colour)
        knot = max(0.3 * self.unit, width * 0.8) if route.branch else 0.0
        if route.branch:
            self.painter.drawEllipse(self.frame.at(*route.points[0]), knot, knot)
        self._arrow(corners, max(_HEAD * self.unit, width * 1.1), knot if self.flow.back else 0.0)
        if route.wire.mark:
            self._sign_of(route)

    def _course(self, corners: Sequence[Point], source: str) -> QPainterPath:
        at = self.frame.at
        points = [at(*point) for point in corners]
        # the head is as sharp as the wire is wide
        points[-1] = _towards(points[-1], points[-2], _HEAD * self.unit * 0.8)
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

    def _sign_of(self, route: Route) -> None:
        """Write what is done with a wire where it ends: it is subtracted, or divided by."""
        end, before = (self.frame.at(*corner) for corner in (route.points[-1], route.points[-2]))
        along = (end - before) / max(1e-9, _length(end, before))
        across = QPointF(-along.y(), along.x())
        sign = "−" if route.wire.mark == "minus" else "÷"
        beside = -across if along.y() == 0 else across  # the number stands at the right
        middle = end - along * 0.75 * self.unit + beside * 0.75 * self.unit
        self.write(_around(middle, self.unit, self.unit), CENTRE, sign, 1.1, self.theme.text, heavy=True)

    def _arrow(self, corners: Sequence[Point], size: float, before: float = 0.0) -> None:
        """Paint an arrow at the last corner, or some pixels before it."""
        end, last = self.frame.at(*corners[-1]), self.frame.at(*corners[-2])
        along = (end - last) / max(1e-9, _length(end, last))
        across = QPointF(-along.y(), along.x())
        end -= along * before
        back = end - along * size
        self.painter.drawPolygon(QPolygonF([end, back + across * size * 0.55, back - across * size * 0.55]))

    def loop(self, loop: Loop) -> None:
        """Paint the way of a state to the next step, dashed, with a square that means one step."""
        colour, u = self.colour(loop.state), self.unit
        pen = QPen(colour, max(1.0, u * (0.3 if self.is_lit(loop.state) else 0.14)))
        pen.setDashPattern([4.0, 3.0])
        self.painter.setPen(pen)
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        corners = loop.points[::-1] if self.flow.back else loop.points
        self.painter.drawPath(self._course(corners, ""))
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(colour)
        self._arrow(corners, _HEAD * u)
        middle = self.frame.at(*loop.delay)
        self.painter.drawRect(_around(middle, 0.55 * u, 0.55 * u))
        side = QRectF(middle.x() + u, middle.y() + 0.15 * u, 8 * u, 1.5 * u)
        if loop.delay.y < loop.points[0].y:
            side.translate(0, -1.8 * u)
        self.write(side, LEFT, "one step earlier" if self.flow.back else "one step later", 1.0, self.theme.muted)

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
