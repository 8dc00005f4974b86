"""Drawing type and markers with a painter, in logical pixels."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from functools import cache, partial

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPaintEngine, QPainter, QPainterPath, QPen, QPolygonF

from rnnviz.ui.drawing.pixmap_cache import stamp
from rnnviz.ui.drawing.ticks import MINUS, Tick
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


WIDEST = 1.02
"""The width of the widest letter of ASCII, as a multiple of the type size. To measure a text takes time."""

_FLAGS = {flags: int(flags) | int(Qt.TextFlag.TextSingleLine) for flags in (LEFT, RIGHT, CENTRE)}


_INDEX = re.compile(r"(?<=\b[A-Za-z])_(\w+)")


WIDEST_BUNDLE = 3.2
"""Width in device pixels up to which a bundle of thin lines has no gaps."""


def write(painter: QPainter, rect: QRectF, flags: Qt.AlignmentFlag, text: str, font: QFont, colour: str) -> None:
    """Draw one line of text in a rectangle, elided at its right end."""
    plain = text.replace(MINUS, "-").isascii()
    if not plain or len(text) * font.pixelSize() * WIDEST > rect.width():
        text = font_metrics(font).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.setFont(font)
    painter.setPen(QColor(colour))
    painter.drawText(rect, _FLAGS[flags], text)


@cache
def font_metrics(font: QFont) -> QFontMetricsF:
    """Return the metrics of a font of `ui_font`."""
    return QFontMetricsF(font)


def write_on(painter: QPainter, rect: QRectF, flags: Qt.AlignmentFlag, text: str, font: QFont, colour: str) -> float:
    """Draw one line of text as `write` does; return the width it took."""
    if not text:
        return 0.0
    write(painter, rect, flags, text, font, colour)
    return min(font_metrics(font).horizontalAdvance(text), rect.width())


def write_symbols(painter: QPainter, rect: QRectF, text: str, font: QFont, colour: str) -> None:
    """Draw one line of text from the left, in which names such as U_f have their index lowered."""
    lowered = ui_font(font.pixelSize() * 0.76, QFont.Weight(font.weight()))
    left = rect.left()
    for number, piece in enumerate(_INDEX.split(text)):
        place = QRectF(left, rect.top(), rect.right() - left, rect.height())
        if number % 2:
            place.translate(0, 0.22 * font.pixelSize())
        left += write_on(painter, place, LEFT, piece, lowered if number % 2 else font, colour)


def write_tick(painter: QPainter, right: float, centre: float, tick: Tick, size: int, colour: str) -> None:
    """Draw the text of a tick, ending at `right`, its exponent raised and smaller."""
    font = ui_font(size)
    if tick.exponent:
        raised = ui_font(size * 0.78)
        width = font_metrics(raised).horizontalAdvance(tick.exponent)
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


def stroke(painter: QPainter, lines: Iterable[QPolygonF], style: SignalStyle, width: float) -> None:
    """Draw the line of a signal.

    On the screen, Qt draws antialiased lines of one pixel some thirty times as fast as wider ones: a line a little
    wider is drawn as a few thin ones beside each other. Everywhere else it is one line of its true width.
    """
    ratio = abs(painter.deviceTransform().m11()) or 1.0
    wide, screen = width * ratio, painter.paintEngine().type() == QPaintEngine.Type.Raster
    smooth = painter.testRenderHint(QPainter.RenderHint.Antialiasing)
    if not (screen and smooth) or wide > WIDEST_BUNDLE or style.dash != "solid":
        painter.setPen(line_pen(style, width))
        for line in lines:
            painter.drawPolyline(line)
        return
    painter.setPen(line_pen(style, 1 / ratio))
    shifts = _bundle((wide - 1) / 2 / ratio)
    for line in lines:
        for shift in shifts:
            painter.drawPolyline(line.translated(shift))


def stroke_lines(painter: QPainter, lines: Sequence[QLineF], colour: str, width: float) -> None:
    """Draw straight lines, on the screen in bundles of thin ones as `stroke` does."""
    ratio = abs(painter.deviceTransform().m11()) or 1.0
    wide, screen = width * ratio, painter.paintEngine().type() == QPaintEngine.Type.Raster
    if not screen or wide > WIDEST_BUNDLE:
        painter.setPen(QPen(QColor(colour), width))
        painter.drawLines(lines)
        return
    painter.setPen(QPen(QColor(colour), 1 / ratio))
    for shift in _bundle((wide - 1) / 2 / ratio):
        painter.translate(shift)
        painter.drawLines(lines)
        painter.translate(-shift)


@cache
def _bundle(radius: float) -> tuple[QPointF, ...]:
    """Return where thin lines run that look like one wide line together."""
    if radius <= 0:
        return (QPointF(0, 0),)
    ring = [math.tau * k / 8 for k in range(0, 8, 1 if radius > 0.5 else 2)]
    around = tuple(QPointF(radius * math.cos(angle), radius * math.sin(angle)) for angle in ring)
    return (*around, QPointF(0, 0)) if radius > 0.5 else around


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
    half = diameter * 0.75 + 1
    box = QRectF(-half, -half, 2 * half, 2 * half)
    key = ("symbol", style.symbol, style.colour, diameter, ground)
    stamp(painter, at, box, key, partial(_draw_symbol, style, diameter, ground))


def _draw_symbol(style: SignalStyle, diameter: float, ground: str, painter: QPainter) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(ground), 1.0))
    painter.setBrush(QBrush(QColor(style.colour)))
    painter.drawPath(symbol_path(style.symbol, diameter))


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
