"""What is drawn in the complex plane: eigenvalues, circles about the origin, and the names of both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from rnnviz.ui.drawing.painting import CENTRE, LEFT, draw_symbol, font_metrics, symbol_path, write
from rnnviz.ui.plots.base.parts import Part, PixelItem, Shows
from rnnviz.ui.theme import MEDIUM, SignalStyle, Theme, ui_font

_LARGEST = 2e5
"""Radius in pixels from which a circle is no longer drawn: nobody zooms that far in."""

_DASHED = 3e3
"""Radius in pixels up to which a circle is dashed: painters count all its dashes, also those that are not seen."""


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


class PointsItem(pg.ScatterPlotItem):
    """The eigenvalues of one matrix; `getData` returns their real and imaginary parts."""

    def __init__(self) -> None:
        super().__init__(pxMode=True, antialias=True)
        self._look: tuple[object, ...] = ()

    def show_points(self, group: PlanePoints) -> None:
        """Take the points."""
        self.setData(x=group.values.real, y=group.values.imag, name=group.name)

    def dress(self, style: SignalStyle, size: float, theme: Theme) -> None:
        """Take symbol, colour and size."""
        look = (style, size, theme)
        if look != self._look:
            self._look = look
            self.setPen(pg.mkPen(theme.surface, width=1))
            self.setBrush(pg.mkBrush(style.colour))
            self.setSymbol(symbol_path(style.symbol, 1.0))
            self.setSize(size)

    def boundingRect(self) -> QRectF:
        """Return what is in view: around infinite or huge numbers there is no rectangle."""
        return QRectF(self.viewRect())

    def paint(self, *args: Any) -> None:
        """Paint the points that are in view."""
        with np.errstate(all="ignore"):
            super().paint(*args)


class CircleItem(PixelItem, pg.GraphicsObject):
    """A circle about the origin; of a large one only what is seen is drawn.

    Parameters
    ----------
    unit : bool
        Whether it is the unit circle, which is drawn firm with a tinted disc.
    """

    def __init__(self, *, unit: bool = False) -> None:
        super().__init__()
        self.is_unit = unit
        self.radius, self.colour = 1.0, ""
        self._centre, self._pixels = QPointF(), 0.0

    def stand(self, centre: QPointF, unit: float) -> None:
        """Stand about a pixel, at so many pixels per unit."""
        self._centre, self._pixels = centre, self.radius * unit
        self.setVisible(0 < self._pixels < _LARGEST)
        self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the circle."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.is_unit:
            disc = QColor(self.theme.accent)
            disc.setAlphaF(0.07)
            painter.setBrush(disc)
            width = min(1.3 * self.sizes.line, max(1.0, self._pixels / 25))
            painter.setPen(QPen(QColor(self.theme.text), width))
            painter.drawEllipse(self._centre, self._pixels, self._pixels)
            return
        pen = QPen(QColor(self.colour), self.sizes.line)
        if self._pixels < _DASHED:
            pen.setDashPattern([5.0, 3.5])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(self._centre, self._pixels, self._pixels)


class CircleNames(Shows[Sequence[PlaneCircle]]):
    """The names of the dashed circles, in the corners of the plane, where no other name stands."""

    nothing = ()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the names where there is room."""
        square, small = self.rect, self.sizes.small
        if square.width() < 14 * small:
            return
        font, row = ui_font(small, MEDIUM), 1.45 * small
        ground = QColor(self.theme.surface)
        ground.setAlphaF(0.85)
        for place, circle in enumerate(self.content):
            if math.isfinite(circle.radius) and circle.radius > 0:
                wide = font_metrics(font).horizontalAdvance(circle.name) + 6
                left = square.left() + 3 if place % 2 == 0 else square.right() - wide - 3
                box = QRectF(left, square.bottom() - row - 2, wide, row)
                painter.fillRect(box, ground)
                write(painter, box, CENTRE, circle.name, font, circle.colour)


class GroupNames(Shows[Sequence[PlanePoints]]):
    """The names of several matrices above the plane, each with its symbol."""

    nothing = ()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the names for which there is room."""
        font, row, sign = ui_font(self.sizes.small, MEDIUM), self.rect, self.sizes.marker
        x = row.left()
        for group in self.content:
            wide = font_metrics(font).horizontalAdvance(group.name)
            if x + sign + 6 + wide > row.right():
                return
            draw_symbol(painter, QPointF(x + 5, row.center().y()), group.style, sign, self.theme.surface)
            x += sign + 6
            box = QRectF(x, row.top(), wide + 2, row.height())
            write(painter, box, LEFT, group.name, font, group.style.colour)
            x += wide + self.sizes.small


class Ring(Part):
    """A ring about the point under the mouse."""

    def __init__(self) -> None:
        super().__init__()
        self.hide()

    def mark(self, at: QPointF | None, radius: float) -> None:
        """Stand about a pixel, or nowhere."""
        self.setVisible(at is not None)
        if at is not None:
            self.place(QRectF(at.x() - radius, at.y() - radius, 2 * radius, 2 * radius))

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the ring."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self.theme.cursor), 2.0))
        painter.drawEllipse(self.rect)
