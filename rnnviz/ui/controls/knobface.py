"""What a knob looks like: a dial where there is room for one, else a straight rail."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from rnnviz.ui.drawing.painting import CENTRE, font_metrics, write
from rnnviz.ui.drawing.ticks import number
from rnnviz.ui.theme import MEDIUM, SEMIBOLD, Metrics, Theme, ui_font
from rnnviz.ui.theme.signals import hue

_TENTHS = 10


@dataclass(frozen=True)
class Mark:
    """A place on the scale: its value and the colour of what it belongs to."""

    value: float
    colour: str


@dataclass(frozen=True)
class Face:
    """All that is seen of a knob.

    Parameters
    ----------
    low, high, middle : float
    value : float
    text, caption : str
        The value as it is written large, and what stands below it.
    marks : tuple of Mark
    own : bool
        Whether the value is set by the knob; else the pointer is hollow.
    """

    SPAN: ClassVar[float] = 270.0
    """Degrees between the ends of a dial."""

    low: float
    high: float
    middle: float
    value: float
    text: str
    caption: str = ""
    marks: tuple[Mark, ...] = ()
    own: bool = True

    def share(self, value: float) -> float:
        """Return how far along the scale a value stands, 0 to 1; one beyond the ends stands at the end."""
        if math.isnan(value):
            return 0.0
        return (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)

    def ticks(self) -> list[float]:
        """Return the tenths of the scale."""
        first, last = round(self.low * _TENTHS), round(self.high * _TENTHS)
        return [tenth / _TENTHS for tenth in range(first, last + 1)]


def tint(face: Face, theme: Theme) -> str:
    """Return the colour of the value: of what fades below the middle, of what grows above it."""
    if abs(face.value - face.middle) < 1e-9:
        return theme.text
    return hue("vermillion" if face.value > face.middle else "blue", theme)


def paint_dial(painter: QPainter, rect: QRectF, face: Face, theme: Theme, sizes: Metrics, focused: bool) -> None:
    """Paint a dial with its value in the middle."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    small = sizes.small
    radius = max(10.0, min(rect.width() / 2 - 2.2 * small, rect.height() / 2 - 1.3 * small))
    centre = QPointF(rect.center().x(), rect.center().y() + 0.1 * radius)
    track = max(5.0, radius * 0.11)
    _arc(painter, centre, radius, face, (face.low, face.high), theme.border, track)
    colour = tint(face, theme)
    if face.own:
        _arc(painter, centre, radius, face, (face.middle, face.value), colour, track)
    for tick in face.ticks():
        main = tick in (face.low, face.middle, face.high)
        inner, outer = radius - track / 2 - (6 if main else 4), radius - track / 2 - 1
        painter.setPen(QPen(QColor(theme.text if main else theme.muted), 2.0 if main else 1.0))
        painter.drawLine(QLineF(_on(centre, inner, face.share(tick)), _on(centre, outer, face.share(tick))))
        if main:
            at = _on(centre, radius + track / 2 + (0.95 if tick == face.middle else 1.5) * small, face.share(tick))
            place = QRectF(at.x() - 1.6 * small, at.y() - 0.7 * small, 3.2 * small, 1.4 * small)
            write(painter, place, CENTRE, number(tick), ui_font(small, MEDIUM), theme.muted)
    for mark in face.marks:
        share = face.share(mark.value)
        painter.setPen(QPen(QColor(mark.colour), 3.0))
        painter.drawLine(QLineF(_on(centre, radius - track / 2, share), _on(centre, radius + track / 2 + 3, share)))
    _pointer(painter, _on(centre, radius, face.share(face.value)), track, face, colour, theme, focused)
    _middle(painter, centre, radius - track, face, colour, theme, sizes)


def _middle(
    painter: QPainter, centre: QPointF, radius: float, face: Face, colour: str, theme: Theme, sizes: Metrics
) -> None:
    """Write the value as large as fits, and the caption below it."""
    size = min(1.35 * sizes.readout, 0.62 * radius)
    box = QRectF(centre.x() - radius, centre.y() - 0.72 * size, 2 * radius, 1.3 * size)
    write(painter, box, CENTRE, face.text, ui_font(size, SEMIBOLD), colour if face.own else theme.muted)
    font, row = ui_font(sizes.small), 1.35 * sizes.small
    for place, line in enumerate(face.caption.split("\n")):
        top = box.bottom() + place * row
        half = math.sqrt(max(0.0, radius**2 - (top + row / 2 - centre.y()) ** 2)) * 0.95
        wide = max(half, 0.8 * radius)
        if font_metrics(font).horizontalAdvance(line) <= 2 * wide and top + row < centre.y() + 1.25 * radius:
            write(painter, QRectF(centre.x() - wide, top, 2 * wide, row), CENTRE, line, font, theme.muted)


def paint_rail(painter: QPainter, rect: QRectF, face: Face, theme: Theme, sizes: Metrics, focused: bool) -> None:
    """Paint a straight scale with its value above it."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    small, colour = sizes.small, tint(face, theme)
    left, right = rect.left() + small, rect.right() - small
    low = rect.height() < 4.2 * small
    y = rect.bottom() - (small if low else 1.9 * small)

    def x_of(value: float) -> float:
        return left + face.share(value) * (right - left)

    for begin, end, ink in ((face.low, face.high, theme.border), (face.middle, face.value, colour)):
        if ink == theme.border or face.own:
            painter.setPen(QPen(QColor(ink), 5.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawLine(QLineF(x_of(begin), y, x_of(end), y))
    for tick in face.ticks():
        main = tick in (face.low, face.middle, face.high)
        painter.setPen(QPen(QColor(theme.text if main else theme.muted), 2.0 if main else 1.0))
        painter.drawLine(QLineF(x_of(tick), y + 4, x_of(tick), y + (9 if main else 7)))
        if main and not low:
            place = QRectF(x_of(tick) - 1.5 * small, y + 8, 3 * small, 1.3 * small)
            write(painter, place, CENTRE, number(tick), ui_font(small), theme.muted)
    for mark in face.marks:
        painter.setPen(QPen(QColor(mark.colour), 3.0))
        painter.drawLine(QLineF(x_of(mark.value), y - 7, x_of(mark.value), y + 3))
    _pointer(painter, QPointF(x_of(face.value), y), 8.0, face, colour, theme, focused)
    room = y - 8 - rect.top()
    size = min(float(sizes.readout), 0.8 * room)
    if size >= 0.7 * small:
        box = QRectF(rect.left(), rect.top(), rect.width(), room)
        write(painter, box, CENTRE, face.text, ui_font(size, SEMIBOLD), colour if face.own else theme.muted)


def _on(centre: QPointF, radius: float, share: float) -> QPointF:
    angle = math.radians(90 + Face.SPAN / 2 - share * Face.SPAN)
    return QPointF(centre.x() + radius * math.cos(angle), centre.y() - radius * math.sin(angle))


def _arc(
    painter: QPainter, centre: QPointF, radius: float, face: Face, ends: tuple[float, float], ink: str, width: float
) -> None:
    begin, end = (90 + Face.SPAN / 2 - face.share(value) * Face.SPAN for value in ends)
    painter.setPen(QPen(QColor(ink), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    box = QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius)
    painter.drawArc(box, round(begin * 16), round((end - begin) * 16))


def _pointer(
    painter: QPainter, at: QPointF, width: float, face: Face, colour: str, theme: Theme, focused: bool
) -> None:
    painter.setPen(QPen(QColor(theme.accent if focused else theme.halo), 3.0 if focused else 2.0))
    painter.setBrush(QColor(colour if face.own else theme.surface))
    painter.drawEllipse(at, width * 1.05, width * 1.05)
    if not face.own:
        painter.setPen(QPen(QColor(theme.muted), 2.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(at, width * 0.9, width * 0.9)
