"""The complex plane with the unit circle, and the eigenvalues of matrices upon it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from rnnviz.ui.drawing.canvas import Canvas
from rnnviz.ui.drawing.painting import CENTRE, LEFT, RIGHT, draw_symbol, font_metrics, write, write_tick
from rnnviz.ui.drawing.ticks import MINUS, fixed, round_ticks
from rnnviz.ui.theme import MEDIUM, SignalStyle, ui_font

LIMITS = (1.6, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0)
"""How far the plane may reach: as far as the knob turns, unless there is more to see."""

_MOST_DRAWN = 4000
_RIGHT = "Re λ"
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass(frozen=True, eq=False)
class PlanePoints:
    """The eigenvalues of one matrix.

    Parameters
    ----------
    name : str
    values : ndarray of complex, [n]
        What is not finite is left out.
    style : SignalStyle
    """

    name: str
    values: NDArray[np.complex128]
    style: SignalStyle

    @property
    def finite(self) -> NDArray[np.complex128]:
        """Those that have a place in the plane."""
        found: NDArray[np.complex128] = self.values[np.isfinite(self.values)]
        return found


@dataclass(frozen=True)
class PlaneCircle:
    """A dashed circle about the origin, with its name; one that does not fit into the plane is only named."""

    radius: float
    name: str
    colour: str


class PlanePlot(Canvas):
    """Complex numbers in the plane, real and imaginary part on the same scale.

    Signals
    -------
    hovered(text)
        What is under the mouse: an eigenvalue with modulus and angle; empty for nothing.

    Parameters
    ----------
    parent : QWidget or None
    """

    hovered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.groups: tuple[PlanePoints, ...] = ()
        self.circles: tuple[PlaneCircle, ...] = ()
        self.lit: tuple[int, int] | None = None
        self._text = ""
        self.setAccessibleName("Eigenvalues in the complex plane")

    def show_points(self, groups: Sequence[PlanePoints], circles: Sequence[PlaneCircle] = ()) -> None:
        """Show eigenvalues, the first group on top, and circles beside the unit circle."""
        self.groups, self.circles, self.lit = tuple(groups), tuple(circles), None
        self.update()

    @property
    def limit(self) -> float:
        """How far the plane reaches from the origin, along both axes."""
        sizes = [float(np.abs(group.finite).max(initial=0.0)) for group in self.groups]
        wanted = 1.04 * max(sizes, default=1.0)
        return next((limit for limit in LIMITS if limit >= wanted), max(wanted, 1.0))

    @property
    def square(self) -> QRectF:
        """The part of the widget that the plane takes: a square."""
        small = self.sizes.small
        left, below = 3.0 * small, 1.7 * small
        above = 1.7 * small if self._named else 0.5 * small
        side = max(8.0, min(self.width() - left - 0.8 * small, self.height() - above - below))
        spare = (self.width() - left - 0.8 * small - side) / 2
        lower = max(0.0, (self.height() - above - below - side) / 2)
        return QRectF(left + max(0.0, spare), above + lower, side, side)

    @property
    def _named(self) -> bool:
        return len(self.groups) > 1 and self.height() > 12 * self.sizes.small

    def place_of(self, value: complex) -> QPointF:
        """Return the pixel of a complex number."""
        square, limit = self.square, self.limit
        scale = square.width() / (2 * limit)
        return QPointF(square.center().x() + value.real * scale, square.center().y() - value.imag * scale)

    def describe(self, group: PlanePoints, index: int) -> str:
        """Return what is told of an eigenvalue, the first being the largest."""
        value = complex(group.finite[index])
        sign = MINUS if value.imag < 0 else "+"
        angle = f"{math.degrees(math.atan2(value.imag, value.real)):.0f}°".replace("-", MINUS)
        return (
            f"λ{str(index + 1).translate(_SUBSCRIPTS)} of {group.name} = {fixed(value.real)} {sign} "
            f"{fixed(abs(value.imag))} i   |λ| = {fixed(abs(value))}   angle {angle}"
        )

    def sizeHint(self) -> QSize:
        """Return a calm size."""
        return QSize(280, 280)

    def minimumSizeHint(self) -> QSize:
        """Return the size below which nothing is seen."""
        return QSize(6 * self.sizes.small, 4 * self.sizes.small)

    # the mouse

    def pointed_at(self, place: QPointF | None) -> None:
        """Name the eigenvalue nearest to the mouse, if one is near."""
        lit = None if place is None else self._nearest(place)
        if lit != self.lit:
            self.lit = lit
            self.update()
        text = "" if lit is None else self.describe(self.groups[lit[0]], lit[1])
        if text != self._text:
            self._text = text
            self.hovered.emit(text)

    def _nearest(self, place: QPointF) -> tuple[int, int] | None:
        best, found = 1.5 * self.sizes.marker + 2, None
        for number, group in enumerate(self.groups):
            x, y = self._pixels(group.finite)
            if len(x):
                away = np.hypot(x - place.x(), y - place.y())
                index = int(away.argmin())
                if away[index] < best:
                    best, found = float(away[index]), (number, index)
        return found

    def _pixels(self, values: NDArray[np.complex128]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        square, scale = self.square, self.square.width() / (2 * self.limit)
        return square.center().x() + values.real * scale, square.center().y() - values.imag * scale

    # painting

    def paint(self, painter: QPainter) -> None:
        """Paint the plane, its circles and the eigenvalues."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        square = self.square
        self._paint_axes(painter, square)
        painter.save()
        painter.setClipRect(square)
        self._paint_circles(painter, square)
        painter.restore()
        crowded = sum(len(group.values) for group in self.groups) > 200
        size = max(self.sizes.marker, square.width() / 60) * (0.75 if crowded else 1.0)
        for group in self.groups[::-1]:
            x, y = self._pixels(group.finite[:_MOST_DRAWN])
            for left, top in zip(x.tolist(), y.tolist(), strict=True):
                draw_symbol(painter, QPointF(left, top), group.style, size, self.theme.surface)
        if self.lit is not None and self.lit[0] < len(self.groups):
            group = self.groups[self.lit[0]]
            painter.setPen(QPen(QColor(self.theme.cursor), 2.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(self.place_of(complex(group.finite[self.lit[1]])), size, size)
        if self._named:
            self._paint_names(painter, square)

    def _paint_axes(self, painter: QPainter, square: QRectF) -> None:
        limit, small, theme = self.limit, self.sizes.small, self.theme
        centre = square.center()
        ticks = round_ticks(-limit, limit, 5)
        painter.setPen(QPen(QColor(theme.grid), 1.0))
        for tick in ticks:
            at = self.place_of(complex(tick.value, tick.value))
            painter.drawLine(QLineF(at.x(), square.top(), at.x(), square.bottom()))
            painter.drawLine(QLineF(square.left(), at.y(), square.right(), at.y()))
        painter.setPen(QPen(QColor(theme.faint), 1.0))
        painter.drawLine(QLineF(square.left(), centre.y(), square.right(), centre.y()))
        painter.drawLine(QLineF(centre.x(), square.top(), centre.x(), square.bottom()))
        font = ui_font(small)
        named = square.width() > 12 * small and all(abs(tick.value) < 0.85 * limit for tick in ticks)
        end = square.right() - (font_metrics(font).horizontalAdvance(_RIGHT) + small if named else 0.0)
        for tick in ticks:
            at = self.place_of(complex(tick.value, tick.value))
            if square.height() > 5 * small:
                write_tick(painter, square.left() - 4, at.y(), tick, small, theme.muted)
            if not named or at.x() + font_metrics(font).horizontalAdvance(tick.text) / 2 < end:
                place = QRectF(at.x() - 2 * small, square.bottom() + 1, 4 * small, 1.5 * small)
                write(painter, place, CENTRE, tick.text, font, theme.muted)
        if named:
            above = QRectF(square.left() - 3 * small, square.top() - 2, 3 * small - 4, 1.5 * small)
            below = QRectF(square.right() - 3 * small, square.bottom() + 1, 3 * small, 1.5 * small)
            write(painter, above, RIGHT, "Im λ", font, theme.muted)
            write(painter, below, RIGHT, _RIGHT, font, theme.muted)

    def _paint_circles(self, painter: QPainter, square: QRectF) -> None:
        theme, unit = self.theme, square.width() / (2 * self.limit)
        disc = QColor(theme.accent)
        disc.setAlphaF(0.07)
        painter.setBrush(disc)
        painter.setPen(QPen(QColor(theme.text), 1.3 * self.sizes.line))
        painter.drawEllipse(square.center(), unit, unit)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for place, circle in enumerate(self.circles):
            if not (math.isfinite(circle.radius) and circle.radius > 0):
                continue
            pen = QPen(QColor(circle.colour), self.sizes.line)
            pen.setDashPattern([5.0, 3.5])
            painter.setPen(pen)
            painter.drawEllipse(square.center(), circle.radius * unit, circle.radius * unit)
            self._paint_circle_name(painter, square, circle, place)

    def _paint_circle_name(self, painter: QPainter, square: QRectF, circle: PlaneCircle, place: int) -> None:
        """Name a circle in a corner of the plane, where no other name stands."""
        small = self.sizes.small
        if square.width() < 14 * small:
            return
        font, row = ui_font(small, MEDIUM), 1.45 * small
        wide = font_metrics(font).horizontalAdvance(circle.name) + 6
        left = square.left() + 3 if place % 2 == 0 else square.right() - wide - 3
        box = QRectF(left, square.bottom() - row - 2, wide, row)
        ground = QColor(self.theme.surface)
        ground.setAlphaF(0.85)
        painter.fillRect(box, ground)
        write(painter, box, CENTRE, circle.name, font, circle.colour)

    def _paint_names(self, painter: QPainter, square: QRectF) -> None:
        font, small = ui_font(self.sizes.small, MEDIUM), self.sizes.small
        x = square.left()
        for group in self.groups:
            wide = font_metrics(font).horizontalAdvance(group.name)
            if x + self.sizes.marker + 6 + wide > self.width():
                return
            draw_symbol(
                painter, QPointF(x + 5, square.top() - 0.85 * small), group.style, self.sizes.marker, self.theme.surface
            )
            x += self.sizes.marker + 6
            write(
                painter,
                QRectF(x, square.top() - 1.7 * small, wide + 2, 1.7 * small),
                LEFT,
                group.name,
                font,
                group.style.colour,
            )
            x += wide + small
