"""What stands around the dots of a square of shares: the triangle below them, axes, their mean, and rings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from rnnviz.ui.drawing.painting import CENTRE, LEFT, RIGHT, draw_symbol, font_metrics, write
from rnnviz.ui.drawing.ticks import Tick
from rnnviz.ui.plots.base.axes import QuietAxis
from rnnviz.ui.plots.base.parts import Shows
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


class Upwards(Shows[str]):
    """What the axis at the left counts, written upwards."""

    nothing = ""

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the name."""
        small, font = self.sizes.small, ui_font(self.sizes.small)
        left = self.rect.right() - font_metrics(font).horizontalAdvance("100 %") - small - 6
        painter.translate(left, self.rect.center().y())
        painter.rotate(-90)
        length, line = self.rect.height() + 3 * small, small * 1.5
        write(painter, QRectF(-length / 2, -line / 2, length, line), CENTRE, self.content, font, self.theme.text)


class SquareGround(Shows[tuple[QRectF, str, str]]):
    """The triangle in which the shares of all units lie, since together they are at most 1.

    It spans a whole square, of which only a part may be seen, and says what a unit is at the upper and the right end.
    """

    nothing = QRectF(), "", ""

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the triangle, its halves, and what its corners mean."""
        rect, upper, right = self.content
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
            right += " ↓"
            share = font_metrics(small).horizontalAdvance(right) / rect.width()
            end = QRectF(rect.left(), rect.bottom() - rect.height() * share - 1.2 * line, rect.width(), line)
            write(painter, end, RIGHT, right, small, self.theme.muted)
            top = QRectF(rect.left() + rect.width() * 0.12, rect.top(), rect.width() * 0.88, line)
            write(painter, top, LEFT, f"← {upper}", small, self.theme.muted)


class Mark(NamedTuple):
    """A picked unit: where it stands, its number and its colour."""

    at: QPointF
    name: str
    colour: str


class SquareMarks(Shows[tuple[QPointF | None, SignalStyle, Sequence[Mark], bool]]):
    """The mean of all units as a symbol, which is named where there is room, and rings around those picked."""

    nothing = None, SignalStyle("#000000", "circle"), (), False

    def boundingRect(self) -> QRectF:
        """Return the square, and the room of marks on its edges."""
        room = 8 * self.sizes.marker
        return self.rect.adjusted(-room, -room, room, room)

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint mean, rings and numbers."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        mean, style, marks, named = self.content
        if mean is not None:
            self._draw_mean(painter, mean, style, named=named)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        self._draw_picked(painter, marks)

    def _draw_mean(self, painter: QPainter, at: QPointF, style: SignalStyle, *, named: bool) -> None:
        draw_symbol(painter, at, style, self.sizes.marker * 1.7, self.theme.text)
        if named:
            line = self.sizes.small * 1.5
            place = QRectF(at.x() + self.sizes.marker * 0.8, at.y() - self.sizes.marker - line, 120, line)
            write(painter, place, LEFT, "mean", ui_font(self.sizes.small, MEDIUM), self.theme.text)

    def _draw_picked(self, painter: QPainter, marks: Sequence[Mark]) -> None:
        """Ring the picked units, each a little wider than one in the same place, and write their numbers in a row."""
        radius, font, line = self.sizes.marker * 0.9, ui_font(self.sizes.small, SEMIBOLD), self.sizes.small * 1.5
        ends: dict[tuple[float, float], tuple[float, float]] = {}
        numbers: list[tuple[QRectF, str, str]] = []
        for at, name, colour in marks:
            wide, left = ends.get(at.toTuple(), (radius, at.x() + radius * 1.6))
            for ink, width in ((self.theme.surface, 2.5), (colour, 0.5)):
                painter.setPen(QPen(QColor(ink), self.sizes.line + width))
                painter.drawEllipse(at, wide, wide)
            taken = font_metrics(font).horizontalAdvance(name)
            place = QRectF(left, at.y() - line * 0.5, taken + 2, line)
            room = QRectF(self.scene().views()[0].rect())
            numbers.append((_free(place, at, room, [other for other, _, _ in numbers]), name, colour))
            ends[at.toTuple()] = wide + self.sizes.line + 1.5, left + taken + self.sizes.small * 0.6
        for place, name, colour in numbers:  # above all rings, each on a ground of its own
            painter.fillRect(place.adjusted(-1, 2, 0, -2), QColor(self.theme.surface))
            write(painter, place, LEFT, name, font, colour)


def _free(place: QRectF, at: QPointF, room: QRectF, taken: Sequence[QRectF]) -> QRectF:
    """Return where a number stands beside its mark: where it was to be, else left, above or below, if that is free."""
    away = place.left() - at.x()
    tries = [
        place,
        place.translated(-2 * away - place.width(), 0),
        *(place.translated(-away - place.width() / 2, step * (place.height() + away / 2)) for step in (-1, 1, -2, 2)),
    ]
    free = (one for one in tries if room.contains(one) and not any(one.intersects(other) for other in taken))
    return next(free, place)
