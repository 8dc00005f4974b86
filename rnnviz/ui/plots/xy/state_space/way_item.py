"""The way of the states through their space, coloured step by step."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPaintEngine, QPainter, QPen

from rnnviz.ui.drawing.painting import draw_symbol
from rnnviz.ui.plots.base.parts import PixelItem
from rnnviz.ui.plots.base.polylines import Floats
from rnnviz.ui.plots.xy.state_space.items import Way
from rnnviz.ui.theme import Metrics, Theme

_SYMBOLS = 500
"""Dots up to which each has the symbol of its class."""


class WayItem(PixelItem, pg.PlotCurveItem):
    """A dot per step and lines between steps that follow each other; `getData` returns where they are in the plane.

    On the screen the picture is kept, so that the cursor moves over it at little cost.
    """

    def __init__(self) -> None:
        super().__init__()
        self.way: Way | None = None
        self._places: Floats = np.zeros((0, 2))
        self._layer: QImage | None = None

    def show_way(self, way: Way | None, plane: Floats) -> None:
        """Take the way and where it runs in the plane, [n, 2]; NaN where a step is hidden."""
        self.way = way
        self.xData, self.yData = plane[:, 0], plane[:, 1]
        self.invalidateBounds()
        self.sigPlotChanged.emit(self)

    def stand(self, x: Floats, y: Floats) -> None:
        """Take the pixels of the steps."""
        self._places, self._layer = np.stack([x, y], 1), None
        self.update()

    def set_style(self, theme: Theme, sizes: Metrics) -> None:
        """Take other colours and sizes."""
        self._layer = None
        super().set_style(theme, sizes)

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the way, or copy its picture."""
        ratio, device = painter.device().devicePixelRatio(), painter.deviceTransform()
        screen = painter.paintEngine().type() == QPaintEngine.Type.Raster
        if not screen or (device.m11(), device.m12(), device.m22()) != (ratio, 0.0, ratio):
            self._draw(painter)
            return
        if self._layer is None or self._layer.devicePixelRatio() != ratio:
            self._layer = self._picture(ratio)
        painter.drawImage(self.rect.topLeft(), self._layer)

    def _picture(self, ratio: float) -> QImage:
        image = QImage((self.rect.size() * ratio).toSize(), QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(ratio)
        image.fill(0)
        inner = QPainter(image)
        inner.translate(-self.rect.topLeft())
        self._draw(inner)
        inner.end()
        return image

    def _draw(self, painter: QPainter) -> None:
        if self.way is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        places, colouring, sizes = self._places, self.way.colouring, self.sizes
        known: NDArray[np.bool_] = np.asarray(np.isfinite(places).all(1), np.bool_)
        joined = known[1:] & known[:-1] & (np.diff(self.way.steps) == 1)
        index, count = colouring.index, int(known.sum())
        for number, style in enumerate(colouring.palette):
            rows = np.flatnonzero(joined & (index[1:] == number))
            colour = QColor(style.colour)
            colour.setAlphaF(0.55 if count < 1000 else 0.35)
            painter.setPen(QPen(colour, sizes.line if count < 2000 else 1.0))
            ends = np.concatenate([places[rows], places[rows + 1]], axis=1)
            painter.drawLines([QLineF(*piece) for piece in ends.tolist()])
        diameter = sizes.marker * (1.0 if count <= 150 else 0.7 if count <= 1000 else 0.55)
        symbols = bool(colouring.names) and count <= _SYMBOLS
        for number, style in enumerate(colouring.palette):
            dots = [QPointF(x, y) for x, y in places[known & (index == number)].tolist()]
            if symbols:
                for dot in dots:
                    draw_symbol(painter, dot, style, diameter * 1.15, self.theme.surface)
                continue
            pen = QPen(QColor(style.colour), diameter)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawPoints(dots)
