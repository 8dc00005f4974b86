"""What the colours of the states and the widths of the links stand for, in one line below the network."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QLinearGradient, QPainter, QPen

from rnnviz.ui.drawing.painting import LEFT, write_on
from rnnviz.ui.drawing.ticks import number
from rnnviz.ui.networkdiagram.contents import DECADES, Contents
from rnnviz.ui.networkdiagram.paint import width_of
from rnnviz.ui.theme import DIVERGING, Metrics, Theme, hue, ui_font
from rnnviz.ui.theme.colormaps import colour_index

HEIGHT, _LEAST = 2.0, 19.0
"""Height of the line, and of the widget below which there is none, as multiples of the size of small type."""
_STOPS = 17


def legend_height(height: float, sizes: Metrics) -> float:
    """Return how much of a height the line takes."""
    return HEIGHT * sizes.small if height >= _LEAST * sizes.small else 0.0


class Legend:
    """Draws the line, from the left as far as there is room.

    Parameters
    ----------
    painter : QPainter
    rect : QRectF
    theme : Theme
    sizes : Metrics
    """

    def __init__(self, painter: QPainter, rect: QRectF, theme: Theme, sizes: Metrics) -> None:
        self.painter, self.theme, self.size = painter, theme, sizes.small
        self._left, self._right, self._middle = rect.left() + sizes.padding, rect.right(), rect.center().y()

    def draw(self, contents: Contents, unit: float, *, backward: bool) -> None:
        """Draw the scale of the colours, and that of the widths of links."""
        tops = sorted({face.top for node, face in contents.faces.items() if node.place.kind == "h" and face.known})
        if tops:
            low, high = (number(-tops[0]), number(tops[0])) if len(tops) == 1 else ("−max", "max of the layer")
            self._write("h")
            self._write(low)
            self._colours()
            self._write(high)
            self._left += 1.5 * self.size
        if contents.largest > 0 and math.isfinite(contents.largest):
            least = contents.largest * 10**-DECADES if backward else 0.0
            self._write("‖dL/dh‖" if backward else "norm")
            for value, share in ((least, 0.0), (contents.largest, 1.0)):
                self._link(width_of(share, unit))
                self._write(("≤ " if backward and not share else "") + number(value))

    def _write(self, text: str) -> None:
        room = QRectF(self._left, self._middle - self.size, max(0.0, self._right - self._left), 2 * self.size)
        self._left += write_on(self.painter, room, LEFT, text, ui_font(self.size), self.theme.muted) + 0.5 * self.size

    def _colours(self) -> None:
        bar = QRectF(self._left, self._middle - 0.4 * self.size, 6 * self.size, 0.8 * self.size)
        stops = np.linspace(0, 1, _STOPS)
        colours = DIVERGING.table(self.theme)[colour_index(stops, 0.0, 1.0)]
        ramp = QLinearGradient(bar.topLeft(), bar.topRight())
        for place, colour in zip(stops.tolist(), colours.tolist(), strict=True):
            ramp.setColorAt(place, QColor(*colour))
        self.painter.fillRect(bar, QBrush(ramp))
        self._left = bar.right() + 0.5 * self.size

    def _link(self, width: float) -> None:
        pen = QPen(QColor(hue("purple", self.theme)), width)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        self.painter.setPen(pen)
        end = self._left + 2 * self.size
        self.painter.drawLine(QPointF(self._left, self._middle), QPointF(end, self._middle))
        self._left = end + 0.5 * self.size
