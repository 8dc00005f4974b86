"""What stands around the dots of a square of shares: the triangle below them, axes, their mean, and rings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from rnnviz.ui.drawing.painting import CENTRE, LEFT, RIGHT, draw_symbol, font_metrics, write
from rnnviz.ui.drawing.ticks import Tick
from rnnviz.ui.plots.base.axes import QuietAxis
from rnnviz.ui.plots.base.parts import Part
from rnnviz.ui.theme import MEDIUM, SEMIBOLD, SignalStyle, ui_font

_SPACIOUS = 170.0
"""Side of a square, in pixels, from which its corners are explained."""


class PercentAxis(QuietAxis):
    """Shares in percent below a square, and what they are shares of."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self._shown: list[tuple[float, Tick]] = []
        self._name = ""

    def show_ticks(self, ticks: Sequence[tuple[float, Tick]], name: str) -> None:
        """Show ticks, each with its pixel from the left of the axis, and a name below them."""
        if (list(ticks), name) != (self._shown, self._name):
            self._shown, self._name = list(ticks), name
            self.setTicks([[(tick.value, tick.text) for _, tick in ticks]])
            self.update()

    def boundingRect(self) -> QRectF:
        """Return the area of the axis, and what its texts take beside it."""
        return QRectF(self.rect()).adjusted(-60, 0, 60, 0)

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Draw ticks and name."""
        font, line, width = ui_font(self.sizes.small), self.sizes.small * 1.5, self.rect().width()
        for x, tick in self._shown:
            write(painter, QRectF(x - 60, 2, 120, line), CENTRE, tick.text, font, self.theme.muted)
        below = QRectF(-self.sizes.small, line + 1, width + 3 * self.sizes.small, line)
        write(painter, below, CENTRE, self._name, font, self.theme.text)


class Upwards(Part):
    """What the axis at the left counts, written upwards."""

    def __init__(self) -> None:
        super().__init__()
        self._name = ""

    def say(self, name: str) -> None:
        """Write a name."""
        if name != self._name:
            self._name = name
            self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the name."""
        small, font = self.sizes.small, ui_font(self.sizes.small)
        left = self.rect.right() - font_metrics(font).horizontalAdvance("100 %") - small - 6
        painter.translate(left, self.rect.center().y())
        painter.rotate(-90)
        length, line = self.rect.height() + 3 * small, small * 1.5
        write(painter, QRectF(-length / 2, -line / 2, length, line), CENTRE, self._name, font, self.theme.text)


class SquareGround(Part):
    """The triangle in which the shares of all units lie, since together they are at most 1."""

    def __init__(self) -> None:
        super().__init__()
        self._whole = QRectF()
        self._ends = ("", "")

    def name_ends(self, left: str, right: str) -> None:
        """Say what a unit is at the upper and at the right end."""
        self._ends = left, right
        self.update()

    def span(self, whole: QRectF) -> None:
        """Span the whole square, of which only a part may be seen."""
        if whole != self._whole:
            self._whole = QRectF(whole)
            self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the triangle, its halves, and what its corners mean."""
        rect = self._whole
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self.theme.border), 1.0))
        painter.setBrush(QColor(self.theme.raised))
        painter.drawPolygon(QPolygonF([rect.topLeft(), rect.bottomLeft(), rect.bottomRight()]))
        painter.setPen(QPen(QColor(self.theme.grid), 1.0))
        middle = rect.center()
        painter.drawLine(middle, QPointF(middle.x(), rect.bottom()))
        painter.drawLine(QPointF(rect.left(), middle.y()), middle)
        if rect.width() >= _SPACIOUS:
            line, small = self.sizes.small * 1.5, ui_font(self.sizes.small)
            right = f"{self._ends[1]} ↓"
            share = font_metrics(small).horizontalAdvance(right) / rect.width()
            end = QRectF(rect.left(), rect.bottom() - rect.height() * share - 1.2 * line, rect.width(), line)
            write(painter, end, RIGHT, right, small, self.theme.muted)
            top = QRectF(rect.left() + rect.width() * 0.12, rect.top(), rect.width() * 0.88, line)
            write(painter, top, LEFT, f"← {self._ends[0]}", small, self.theme.muted)


class Mark(NamedTuple):
    """A picked unit: where it stands, its number and its colour."""

    at: QPointF
    name: str
    colour: str


class SquareMarks(Part):
    """The mean of all units, and rings around those picked."""

    def __init__(self) -> None:
        super().__init__()
        self._mean: QPointF | None = None
        self._style = SignalStyle("#000000", "circle")
        self._marks: list[Mark] = []
        self._named = False

    def mark(self, mean: QPointF | None, style: SignalStyle, marks: list[Mark], *, named: bool) -> None:
        """Mark the mean by a symbol, which is named where there is room, and ring units."""
        new = (mean, style, marks, named)
        if new != (self._mean, self._style, self._marks, self._named):
            self._mean, self._style, self._marks, self._named = new
            self.update()

    def boundingRect(self) -> QRectF:
        """Return the square, and the room of marks on its edges."""
        room = 8 * self.sizes.marker
        return self.rect.adjusted(-room, -room, room, room)

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint mean, rings and numbers."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._mean is not None:
            self._draw_mean(painter, self._mean)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        self._draw_picked(painter)

    def _draw_mean(self, painter: QPainter, at: QPointF) -> None:
        draw_symbol(painter, at, self._style, self.sizes.marker * 1.7, self.theme.text)
        if self._named:
            line = self.sizes.small * 1.5
            place = QRectF(at.x() + self.sizes.marker * 0.8, at.y() - self.sizes.marker - line, 120, line)
            write(painter, place, LEFT, "mean", ui_font(self.sizes.small, MEDIUM), self.theme.text)

    def _draw_picked(self, painter: QPainter) -> None:
        """Ring the picked units, each a little wider than one in the same place, and write their numbers in a row."""
        radius, font, line = self.sizes.marker * 0.9, ui_font(self.sizes.small, SEMIBOLD), self.sizes.small * 1.5
        ends: dict[tuple[float, float], tuple[float, float]] = {}
        for at, name, colour in self._marks:
            wide, left = ends.get(at.toTuple(), (radius, at.x() + radius * 1.6))
            for ink, width in ((self.theme.surface, 2.5), (colour, 0.5)):
                painter.setPen(QPen(QColor(ink), self.sizes.line + width))
                painter.drawEllipse(at, wide, wide)
            taken = font_metrics(font).horizontalAdvance(name)
            place = QRectF(left, at.y() - line * 0.5, taken + 2, line)
            ground = QColor(self.theme.surface)
            ground.setAlphaF(0.75)
            painter.fillRect(place.adjusted(-1, 2, 0, -2), ground)
            write(painter, place, LEFT, name, font, colour)
            ends[at.toTuple()] = wide + self.sizes.line + 1.5, left + taken + self.sizes.small * 0.6
