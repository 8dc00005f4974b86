"""The colour bar: what the colours of a heatmap stand for."""

from __future__ import annotations

from typing import cast

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from rnnviz.ui.drawing.painting import LEFT, write
from rnnviz.ui.drawing.ticks import number
from rnnviz.ui.plots.base.parts import Part
from rnnviz.ui.theme import GATES, ColourMap, ui_font
from rnnviz.ui.theme.colormaps import LEVELS

TALLEST = 120.0
_LOW = 2.0
"""Height below which two numbers would lie on each other, as a multiple of the size of small type."""


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
