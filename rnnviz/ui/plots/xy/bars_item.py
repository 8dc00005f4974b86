"""Bars that a plot places in pixels."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from rnnviz.ui.plots.base.parts import PixelItem


class BarsItem(PixelItem, pg.BarGraphItem):
    """Bars in rectangles of the widget; ``opts`` holds the numbers that they stand for.

    Parameters
    ----------
    smooth : bool
        Whether bars begin and end between pixels too.
    **numbers
        Those of ``pyqtgraph.BarGraphItem``.
    """

    def __init__(self, *, smooth: bool = False, **numbers: Any) -> None:
        super().__init__(**numbers)
        self._smooth = smooth
        self._bars: list[tuple[QRectF, str]] = []

    def fill(self, bars: list[tuple[QRectF, str]]) -> None:
        """Fill rectangles of the widget with colours."""
        self._bars = bars
        self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the bars."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, self._smooth)
        for rect, colour in self._bars:
            painter.fillRect(rect, QColor(colour))
