"""Drawing type and markers with a painter, in logical pixels."""

from __future__ import annotations

import math
from functools import cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from rnnviz.ui.plots.ticks import Tick
from rnnviz.ui.theme import SignalStyle, ui_font
from rnnviz.ui.theme.signals import Dash, Symbol

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTRE = Qt.AlignmentFlag.AlignCenter

_DASHES: dict[Dash, list[float]] = {"dash": [5.0, 3.0], "dot": [1.5, 2.5], "dashdot": [6.0, 2.5, 1.5, 2.5]}
_CORNERS: dict[Symbol, tuple[int, float]] = {
    "up": (3, -90),
    "down": (3, 90),
    "left": (3, 180),
    "right": (3, 0),
    "square": (4, 45),
    "diamond": (4, 0),
    "pentagon": (5, -90),
    "hexagon": (6, 0),
}


def write(painter: QPainter, rect: QRectF, flags: Qt.AlignmentFlag, text: str, font: QFont, colour: str) -> float:
    """Draw one line of text in a rectangle, elided at its right end; return the width it took."""
    metrics = QFontMetricsF(font)
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.setFont(font)
    painter.setPen(QColor(colour))
    painter.drawText(rect, int(flags) | int(Qt.TextFlag.TextSingleLine), shown)
    return metrics.horizontalAdvance(shown)


def write_tick(painter: QPainter, right: float, centre: float, tick: Tick, size: int, colour: str) -> None:
    """Draw the text of a tick, ending at `right`, its exponent raised and smaller."""
    font = ui_font(size)
    if tick.exponent:
        raised = ui_font(size * 0.78)
        width = QFontMetricsF(raised).horizontalAdvance(tick.exponent)
        place = QRectF(right - width, centre - size * 1.15, width + 1, size * 1.5)
        write(painter, place, LEFT, tick.exponent, raised, colour)
        right -= width + 1
    write(painter, QRectF(0, centre - size, right, 2 * size), RIGHT, tick.text, font, colour)


def line_pen(style: SignalStyle, width: float) -> QPen:
    """Return the pen of a signal's line."""
    pen = QPen(QColor(style.colour), width)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    if style.dash != "solid":
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pen.setDashPattern(_DASHES[style.dash])
    return pen


@cache
def symbol_path(symbol: Symbol, diameter: float) -> QPainterPath:
    """Return a marker around the origin, all symbols of about the same visual weight; not to be changed."""
    path = QPainterPath()
    radius = diameter / 2
    if symbol == "circle":
        path.addEllipse(QPointF(0, 0), radius, radius)
    elif symbol in ("plus", "cross"):
        arm = radius * 0.38
        path.addRect(QRectF(-radius * 1.1, -arm, radius * 2.2, 2 * arm))
        other = QPainterPath()
        other.addRect(QRectF(-arm, -radius * 1.1, 2 * arm, radius * 2.2))
        path = path.united(other)
        if symbol == "cross":
            path = _turned(path, 45)
    elif symbol == "star":
        corners = [_corner(k, 10, -90, radius * (1.3 if k % 2 == 0 else 0.55)) for k in range(10)]
        path.addPolygon(QPolygonF(corners))
    else:
        count, start = _CORNERS[symbol]
        reach = radius * {3: 1.3, 4: 1.25}.get(count, 1.1)
        path.addPolygon(QPolygonF([_corner(k, count, start, reach) for k in range(count)]))
    path.closeSubpath()
    return path


def draw_symbol(painter: QPainter, at: QPointF, style: SignalStyle, diameter: float, ground: str) -> None:
    """Draw a signal's marker, parted from its line by a thin outline in the colour of the ground."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(at)
    painter.setPen(QPen(QColor(ground), 1.0))
    painter.setBrush(QBrush(QColor(style.colour)))
    painter.drawPath(symbol_path(style.symbol, diameter))
    painter.restore()


def _corner(index: int, count: int, start: float, radius: float) -> QPointF:
    angle = math.radians(start + 360 * index / count)
    return QPointF(radius * math.cos(angle), radius * math.sin(angle))


def _turned(path: QPainterPath, degrees: float) -> QPainterPath:
    turn = math.radians(degrees)
    result = QPainterPath()
    for polygon in path.toFillPolygons():
        points = [
            QPointF(p.x() * math.cos(turn) - p.y() * math.sin(turn), p.x() * math.sin(turn) + p.y() * math.cos(turn))
            for p in polygon.toList()
        ]
        result.addPolygon(QPolygonF(points))
    return result
