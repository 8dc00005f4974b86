"""How often units stand near the ends of a gate, as in Karpathy, Johnson and Fei-Fei (2015), figure 2.

A dot per unit: to the right the share of steps at which it is near the upper end, upwards that near the lower end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from rnnviz.ui.drawing.canvas import Canvas
from rnnviz.ui.drawing.painting import CENTRE, LEFT, RIGHT, draw_symbol, font_metrics, write, write_on
from rnnviz.ui.theme import MEDIUM, SEMIBOLD, SignalStyle, series_style, ui_font

_NEAR = 14.0
"""Pixels within which a dot is pointed at."""
_LEGIBLE = 110.0
"""Side of a square, in pixels, from which its axes are named."""
_SPACIOUS = 170.0
"""Side from which its corners are explained."""


@dataclass(frozen=True, eq=False)
class ShareSquare:
    """One gate: its name, what its ends are called, and the shares of all its units.

    Parameters
    ----------
    name, caption : str
    style : SignalStyle
    across, upwards : str
        What stands along the axes.
    right, left : str
        What a unit is at the far ends: "always open", "always shut".
    above, below : ndarray, [H]
        Shares of steps, 0 to 1.
    """

    name: str
    caption: str
    style: SignalStyle
    across: str
    upwards: str
    right: str
    left: str
    above: NDArray[np.float64]
    below: NDArray[np.float64]


class SharesPlot(Canvas):
    """A square per gate with a dot per unit, the picked units ringed and numbered; a click picks a unit.

    Units in the same place share a dot, which is the larger the more they are.

    Signals
    -------
    hovered(square, unit)
        The mouse is over a unit of a square; -1 for none.
    unitClicked(unit)
    """

    hovered = Signal(int, int)
    unitClicked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.squares: tuple[ShareSquare, ...] = ()
        self._dots: list[list[tuple[float, float, list[int]]]] = []
        self._picked: tuple[int, ...] = ()
        self._over = (-1, -1)

    def show_squares(self, squares: Sequence[ShareSquare]) -> None:
        """Show these gates and no others."""
        self.squares = tuple(squares)
        self._dots = [_gathered(square) for square in self.squares]
        self.setAccessibleName("; ".join(f"{s.name}: {s.across}, {s.upwards}" for s in self.squares))
        self.update()

    def set_picked(self, units: Sequence[int]) -> None:
        """Ring these units, number k in the colour of ``series_style(k)``."""
        if tuple(units) != self._picked:
            self._picked = tuple(units)
            self.update()

    def together(self, square: int, unit: int) -> list[int]:
        """Return all units that stand where a unit does."""
        return next((units for _, _, units in self._dots[square] if unit in units), [unit])

    def sizeHint(self) -> QSize:
        """Return a calm size."""
        return QSize(720, 300)

    # geometry

    @property
    def _named(self) -> bool:
        """Whether there is room for what stands along the axes."""
        return self._side(named=True)[0] >= _LEGIBLE

    def _margins(self, named: bool) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of a square."""
        small, space = self.sizes.small, self.sizes.padding
        title = self.sizes.title * 1.7
        if not named:
            return space / 2, title, space / 2, space / 2
        tick = font_metrics(ui_font(small)).horizontalAdvance("100 %")
        return tick + small * 1.5 + space, title, tick / 2 + space / 2, small * 3.2

    def _side(self, named: bool) -> tuple[float, int]:
        """The side of a square and how many stand in a row, so that they are as large as can be."""
        left, top, right, bottom = self._margins(named)
        count = max(1, len(self.squares))
        best = (0.0, count)
        for columns in range(count, 0, -1):
            rows = math.ceil(count / columns)
            side = min(self.width() / columns - left - right, self.height() / rows - top - bottom)
            best = max(best, (side, columns), key=lambda pair: pair[0])
        return best

    def rect_of(self, index: int) -> QRectF:
        """Return where a square stands."""
        named = self._named
        left, top, right, bottom = self._margins(named)
        side, columns = self._side(named)
        side = max(side, 1.0)
        rows = math.ceil(max(1, len(self.squares)) / columns)
        width, height = side + left + right, side + top + bottom
        gap = min((self.width() - columns * width) / (columns + 1), width / 3)
        start = (self.width() - columns * width - (columns - 1) * gap) / 2
        row, column = divmod(index, columns)
        y = (self.height() - rows * height) / 2 + row * height + top
        return QRectF(start + column * (width + gap) + left, y, side, side)

    def place_of(self, index: int, above: float, below: float) -> QPointF:
        """Return where shares stand in a square."""
        rect = self.rect_of(index)
        return QPointF(rect.left() + above * rect.width(), rect.bottom() - below * rect.height())

    def unit_at(self, place: QPointF) -> tuple[int, int]:
        """Return square and unit at a place; of several units there the one picked, else the first; -1 for none."""
        best, found = _NEAR**2, (-1, -1)
        for index, dots in enumerate(self._dots):
            rect = self.rect_of(index)
            if not rect.adjusted(-_NEAR, -_NEAR, _NEAR, _NEAR).contains(place):
                continue
            for above, below, units in dots:
                away = QPointF(rect.left() + above * rect.width(), rect.bottom() - below * rect.height()) - place
                distance = away.x() ** 2 + away.y() ** 2
                if distance < best:
                    best = distance
                    found = index, next((unit for unit in self._picked if unit in units), units[0])
        return found

    # the mouse

    def clicked_at(self, place: QPointF) -> None:
        """Pick the unit; where several stand together the one after that picked."""
        index, unit = self.unit_at(place)
        if index >= 0:
            units = self.together(index, unit)
            self.unitClicked.emit(units[(units.index(unit) + 1) % len(units)] if unit in self._picked else unit)

    def pointed_at(self, place: QPointF | None) -> None:
        """Tell which unit is under the mouse."""
        over = (-1, -1) if place is None else self.unit_at(place)
        if over != self._over:
            self._over = over
            self.hovered.emit(*over)

    # painting

    def paint(self, painter: QPainter) -> None:
        """Paint all squares."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        named = self._named
        for index, square in enumerate(self.squares):
            rect = self.rect_of(index)
            self._paint_ground(painter, rect, square)
            self._paint_title(painter, rect, square)
            if named:
                self._paint_axes(painter, rect, square)
            self._paint_dots(painter, index, square)

    def _paint_ground(self, painter: QPainter, rect: QRectF, square: ShareSquare) -> None:
        """The triangle in which the shares of all units lie: together they are at most 1."""
        corners = QPolygonF([rect.topLeft(), rect.bottomLeft(), rect.bottomRight()])
        painter.setPen(QPen(QColor(self.theme.border), 1.0))
        painter.setBrush(QColor(self.theme.raised))
        painter.drawPolygon(corners)
        painter.setPen(QPen(QColor(self.theme.grid), 1.0))
        middle = rect.center()
        painter.drawLine(QPointF(middle.x(), middle.y()), QPointF(middle.x(), rect.bottom()))
        painter.drawLine(QPointF(rect.left(), middle.y()), QPointF(middle.x(), middle.y()))
        if rect.width() >= _SPACIOUS:
            line, small = self.sizes.small * 1.5, ui_font(self.sizes.small)
            right = f"{square.right} ↓"
            share = font_metrics(small).horizontalAdvance(right) / rect.width()
            end = QRectF(rect.left(), rect.bottom() - rect.height() * share - 1.2 * line, rect.width(), line)
            write(painter, end, RIGHT, right, small, self.theme.muted)
            top = QRectF(rect.left() + rect.width() * 0.12, rect.top(), rect.width() * 0.88, line)
            write(painter, top, LEFT, f"← {square.left}", small, self.theme.muted)

    def _paint_title(self, painter: QPainter, rect: QRectF, square: ShareSquare) -> None:
        sizes = self.sizes
        row = QRectF(rect.left(), rect.top() - sizes.title * 1.7, rect.width(), sizes.title * 1.5)
        middle = QPointF(row.left() + sizes.marker / 2, row.center().y())
        draw_symbol(painter, middle, square.style, sizes.marker + 2, self.theme.surface)
        row.setLeft(row.left() + sizes.marker + sizes.padding)
        taken = write_on(painter, row, LEFT, square.name, ui_font(sizes.title, SEMIBOLD), self.theme.text)
        row.setLeft(row.left() + taken + sizes.padding)
        if row.width() > 0:
            write(painter, row, LEFT, square.caption, ui_font(sizes.small), self.theme.muted)

    def _paint_axes(self, painter: QPainter, rect: QRectF, square: ShareSquare) -> None:
        small, muted = self.sizes.small, self.theme.muted
        font, line = ui_font(small), small * 1.5
        for share, text in ((0.0, "0"), (0.5, "50 %"), (1.0, "100 %")):
            x, y = rect.left() + share * rect.width(), rect.bottom() - share * rect.height()
            write(painter, QRectF(x - 60, rect.bottom() + 2, 120, line), CENTRE, text, font, muted)
            if share:
                write(painter, QRectF(rect.left() - 126, y - line / 2, 120, line), RIGHT, text, font, muted)
        below = QRectF(rect.left() - small, rect.bottom() + line + 1, rect.width() + 3 * small, line)
        write(painter, below, CENTRE, square.across, font, self.theme.text)
        painter.save()
        left = rect.left() - font_metrics(font).horizontalAdvance("100 %") - small - 6
        painter.translate(left, rect.center().y())
        painter.rotate(-90)
        length = rect.height() + 3 * small
        write(painter, QRectF(-length / 2, -line / 2, length, line), CENTRE, square.upwards, font, self.theme.text)
        painter.restore()

    def _paint_dots(self, painter: QPainter, index: int, square: ShareSquare) -> None:
        radius = self.sizes.marker * 0.48
        fill = QColor(square.style.colour)
        fill.setAlphaF(0.7)
        painter.setPen(QPen(QColor(self.theme.surface), 0.75))
        painter.setBrush(fill)
        for above, below, units in self._dots[index]:
            size = radius * min(4.0, len(units) ** 0.4)
            painter.drawEllipse(self.place_of(index, above, below), size, size)
        if len(square.above):
            self._paint_mean(painter, index, square)
        self._paint_picked(painter, index, square)

    def _paint_mean(self, painter: QPainter, index: int, square: ShareSquare) -> None:
        at = self.place_of(index, float(square.above.mean()), float(square.below.mean()))
        draw_symbol(painter, at, square.style, self.sizes.marker * 1.7, self.theme.text)
        if self._named:
            line = self.sizes.small * 1.5
            place = QRectF(at.x() + self.sizes.marker * 0.8, at.y() - self.sizes.marker - line, 120, line)
            write(painter, place, LEFT, "mean", ui_font(self.sizes.small, MEDIUM), self.theme.text)

    def _paint_picked(self, painter: QPainter, index: int, square: ShareSquare) -> None:
        """Ring the picked units, each a little wider than one in the same place, and write their numbers in a row."""
        radius, font, line = self.sizes.marker * 0.9, ui_font(self.sizes.small, SEMIBOLD), self.sizes.small * 1.5
        painter.setBrush(Qt.BrushStyle.NoBrush)
        ends: dict[tuple[float, float], tuple[float, float]] = {}
        for number, unit in enumerate(self._picked):
            if unit >= len(square.above):
                continue
            shares = float(square.above[unit]), float(square.below[unit])
            at, colour = self.place_of(index, *shares), series_style(number, self.theme).colour
            wide, left = ends.get(shares, (radius, at.x() + radius * 1.6))
            for ink, width in ((self.theme.surface, 2.5), (colour, 0.5)):
                painter.setPen(QPen(QColor(ink), self.sizes.line + width))
                painter.drawEllipse(at, wide, wide)
            taken = font_metrics(font).horizontalAdvance(str(unit + 1))
            place = QRectF(left, at.y() - line * 0.5, taken + 2, line)
            ground = QColor(self.theme.surface)
            ground.setAlphaF(0.75)
            painter.fillRect(place.adjusted(-1, 2, 0, -2), ground)
            write(painter, place, LEFT, str(unit + 1), font, colour)
            ends[shares] = wide + self.sizes.line + 1.5, left + taken + self.sizes.small * 0.6


def _gathered(square: ShareSquare) -> list[tuple[float, float, list[int]]]:
    """Units by place: (above, below, units), the places of most units first, so that they lie lowest."""
    places: dict[tuple[float, float], list[int]] = {}
    for unit, place in enumerate(zip(square.above.tolist(), square.below.tolist(), strict=True)):
        places.setdefault(place, []).append(unit)
    return sorted(((a, b, units) for (a, b), units in places.items()), key=lambda dot: -len(dot[2]))
