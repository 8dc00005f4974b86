"""Parts that paint themselves into a widget, for the plots that are not moved to pyqtgraph yet."""

from __future__ import annotations

import logging
from typing import cast

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QWidget

from rnnviz.ui.drawing.painting import LEFT, write
from rnnviz.ui.drawing.ticks import number
from rnnviz.ui.theme import GATES, LIGHT, NORMAL, ColourMap, Metrics, Theme, ui_font
from rnnviz.ui.theme.colormaps import LEVELS

logger = logging.getLogger(__name__)


class Part:
    """A piece of the picture of a widget: a rectangle of it, in the theme it is drawn in.

    Parts are no widgets: a plot paints its parts, one above the other, only where something has changed.
    """

    def __init__(self) -> None:
        self.rect = QRectF()
        self.theme: Theme = LIGHT
        self.sizes: Metrics = NORMAL
        self.visible = True
        self._widget: QWidget | None = None

    def live_in(self, widget: QWidget) -> None:
        """Belong to the widget that paints the part."""
        self._widget = widget
        self.update()

    def update(self, rect: QRectF | None = None) -> None:
        """Ask to be painted anew, all of it or a rectangle."""
        if self._widget is not None and self.visible:
            exposed = self.rect if rect is None else rect & self.rect
            if not exposed.isEmpty():
                self._widget.update(exposed.toAlignedRect())

    def paint(self, painter: QPainter, exposed: QRectF) -> None:
        """Draw the part; a failure is logged, since one that left a paint event would end the program."""
        painter.save()
        try:
            self.draw(painter, exposed)
        except Exception:
            logger.exception("a part of a plot cannot be drawn")
        finally:
            painter.restore()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Draw the part, at least where it is exposed; painting is clipped to that."""
        raise NotImplementedError

    def place(self, rect: QRectF) -> None:
        """Move the part to a rectangle of the widget."""
        if rect != self.rect:
            self.update()
            self.rect = QRectF(rect)
            self.update()

    def show(self, visible: bool) -> None:
        """Show or hide the part."""
        if visible != self.visible:
            self.visible = True
            self.update()
            self.visible = visible

    def dress(self, theme: Theme, sizes: Metrics) -> None:
        """Take other colours and sizes."""
        self.theme, self.sizes = theme, sizes
        self.update()


TALLEST = 120.0
_LOW = 2.0


class ColourBar(Part):
    """A slim bar in the right margin with the numbers at its ends and in its middle."""

    def __init__(self) -> None:
        super().__init__()
        self._map: ColourMap = GATES
        self._low, self._high = 0.0, 1.0

    def set_scale(self, colour_map: ColourMap, low: float, high: float) -> None:
        """Show a colour map and the ends of its scale."""
        if (colour_map, low, high) != (self._map, self._low, self._high):
            self._map, self._low, self._high = colour_map, low, high
            self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint bar and numbers, in the middle of the margin's height."""
        sizes, size = self.sizes, self.sizes.small
        height = min(self.rect.height(), TALLEST * (1.3 if sizes.lecture else 1.0))
        bar = QRectF(0, 0, sizes.bar, height)
        bar.moveTopLeft(self.rect.topLeft())
        bar.translate(sizes.padding * 1.5, (self.rect.height() - height) / 2)
        self._paint_colours(painter, bar)
        painter.setPen(QPen(QColor(self.theme.border), 1.0))
        painter.drawRect(QRectF(round(bar.left()) + 0.5, round(bar.top()) + 0.5, bar.width() - 1, bar.height() - 1))
        for share, text in self.numbers(height):
            middle = bar.bottom() - share * bar.height()
            middle = min(max(middle, bar.top() + size / 2), bar.bottom() - size / 2)
            place = QRectF(bar.right() + sizes.padding * 0.75, middle - size, 1, 2 * size)
            place.setRight(self.rect.right())
            write(painter, place, LEFT, text, ui_font(size), self.theme.muted)

    def numbers(self, height: float) -> list[tuple[float, str]]:
        """Return what is written beside a bar of a height, with its share of it; both ends in one where it is low."""
        if height < _LOW * self.sizes.small:
            return [(0.5, f"{number(self._low, 3)} … {number(self._high, 3)}")]
        shares = (0.0, 0.5, 1.0) if height > 4 * self.sizes.small else (0.0, 1.0)
        return [(share, number(self._low + share * (self._high - self._low), 3)) for share in shares]

    def _paint_colours(self, painter: QPainter, bar: QRectF) -> None:
        table = self._map.table(self.theme)[:LEVELS][::-1]
        pixels = np.ascontiguousarray(table.reshape(LEVELS, 1, 4))
        image = QImage(cast("bytes", pixels.data), 1, LEVELS, 4, QImage.Format.Format_RGBA8888)
        painter.drawImage(bar, image)
