"""Figures and widgets that the tests export."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget


class Sketch:
    """A figure of one cosmetic line, a word and a given set of arrays."""

    name = "sketch"
    title = "A sketch"

    def __init__(self, arrays: Mapping[str, NDArray[Any]] | None = None, size: QSizeF | None = None) -> None:
        self.size = size or QSizeF(1280, 720)
        self._arrays = arrays or {}

    def paint(self, painter: QPainter, rect: QRectF) -> None:
        pen = QPen(Qt.GlobalColor.black, 2)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawLine(QPointF(rect.left(), 100), QPointF(rect.right(), 100))
        font = QFont("Inter")
        font.setPixelSize(40)
        painter.setFont(font)
        painter.drawText(QPointF(50, 300), "hidden state")

    def data(self) -> Mapping[str, NDArray[Any]]:
        return self._arrays


def lecture_widget() -> QWidget:
    """Return a widget as the panels are: a label above a plot of curves, symbols and a heatmap."""
    widget = QWidget()
    widget.setStyleSheet("background: white; color: black")
    widget.resize(640, 400)
    layout = QVBoxLayout(widget)
    layout.addWidget(QLabel("t = 7 / 24"))
    plot = pg.PlotWidget(background="w")
    for side in ("left", "bottom"):
        plot.getAxis(side).setPen("k")
        plot.getAxis(side).setTextPen("k")
    plot.setLabel("left", "gate f", color="k")
    t = np.arange(40)
    heatmap = pg.ImageItem(np.linspace(-1, 1, 8 * 40).reshape(40, 8), levels=(-1, 1))
    heatmap.setLookupTable(pg.colormap.get("CET-D1").getLookupTable())
    heatmap.setRect(QRectF(0, -1, 40, 0.5))
    plot.addItem(heatmap)
    plot.plot(t, 2 * np.sin(t / 4), pen=pg.mkPen("#0072b2", width=2))
    plot.plot(t, np.cos(t / 4), pen=None, symbol="o", symbolSize=9, symbolBrush="#d55e00")
    plot.setXRange(5, 30, padding=0)
    plot.setYRange(-1, 1, padding=0)
    layout.addWidget(plot)
    return widget


class Bar(pg.GraphicsObject):
    """A bar in the coordinates of the data, of which the screen keeps a picture."""

    def __init__(self, rect: QRectF, colour: str) -> None:
        super().__init__()
        self._rect = rect
        self._colour = QColor(colour)
        self.setCacheMode(self.CacheMode.DeviceCoordinateCache)

    def boundingRect(self) -> QRectF:
        return self._rect

    def paint(self, painter: QPainter, *_: object) -> None:
        painter.fillRect(self._rect, self._colour)


class ExportingBar(Bar):
    """A bar that sees to its cache itself while a figure is written."""

    def setExportMode(self, export: bool, opts: Mapping[str, Any] | None = None) -> None:
        super().setExportMode(export, opts)
        self.setCacheMode(self.CacheMode.NoCache if export else self.CacheMode.DeviceCoordinateCache)


def plot_view() -> pg.GraphicsView:
    """Return a view of one PlotItem with all that the plots of the program are made of, filling it to its edges."""
    view = pg.GraphicsView(background="w")
    view.resize(400, 300)
    plot = pg.PlotItem(axisItems={side: pg.AxisItem(side, pen="k", textPen="k") for side in ("left", "bottom")})
    view.setCentralItem(plot)
    plot.hideButtons()
    plot.setContentsMargins(12, 12, 12, 12)
    plot.setRange(xRange=(0, 10), yRange=(-1, 1), padding=0)
    t = np.linspace(0, 10, 2000)
    plot.addItem(pg.PlotCurveItem(t, 3 * np.sin(3 * t), pen=pg.mkPen("#ff0000", width=2)))
    heat = pg.ImageItem(np.array([[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]), levels=(0, 1))
    heat.setLookupTable(np.array([[0, 0, 255], [255, 255, 0]], np.uint8))
    heat.setRect(QRectF(2, -0.9, 6, 0.5))
    plot.addItem(heat)
    plot.addItem(Bar(QRectF(0, 0.5, 1, 0.4), "#ff00ff"))
    plot.addItem(ExportingBar(QRectF(9, 0.5, 1, 0.4), "#00ffff"))
    spots = pg.ScatterPlotItem(np.arange(1, 10), np.zeros(9), size=9, pen=None, brush="#008000")
    plot.addItem(spots)
    return view
