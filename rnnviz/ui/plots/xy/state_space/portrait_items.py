"""The items of a portrait: the field of where a step takes a state, and the fixed points."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from rnnviz.ui.plots.base.parts import PixelItem
from rnnviz.ui.plots.base.polylines import Floats
from rnnviz.ui.plots.xy.state_space.items import FixedDots, Portrait
from rnnviz.ui.theme import Theme, hue

_ARROWS = 15
"""Arrows of a field along each axis."""


class FieldItem(PixelItem, pg.GraphicsObject):
    """Arrows of a length that grows with the root of how far a step leads; `portrait` holds the field itself."""

    def __init__(self) -> None:
        super().__init__()
        self.portrait: Portrait | None = None
        self._lines: list[QLineF] = []

    def tails(self) -> Floats:
        """Return where arrows begin, [n, 2]: some of the places of the field."""
        assert self.portrait is not None
        rows, columns = self._chosen()
        across, up = np.meshgrid(self.portrait.x[columns], self.portrait.y[rows])
        return np.stack([across.ravel(), up.ravel()], 1)

    def stand(self, x: Floats, y: Floats, unit: float) -> None:
        """Take the pixels at which the arrows begin, and the pixels per unit."""
        assert self.portrait is not None
        field = self.portrait.field[np.ix_(*self._chosen())].reshape(-1, 2)
        lengths = np.hypot(field[:, 0], field[:, 1])
        good = np.isfinite(lengths) & (lengths > 0)
        longest = abs(float(self.portrait.x[-1] - self.portrait.x[0])) * unit / (_ARROWS + 1) * 0.8
        shares = np.sqrt(lengths[good] / lengths[good].max(initial=1e-300)) * longest
        angles = np.arctan2(-field[good, 1], field[good, 0])
        self._lines = []
        for tail, length, angle in zip(zip(x[good], y[good], strict=True), shares.tolist(), angles, strict=True):
            self._lines += _arrow(QPointF(*tail), length, float(angle))
        self.update()

    def _chosen(self) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.intp]], ...]:
        assert self.portrait is not None
        sizes = len(self.portrait.y), len(self.portrait.x)
        return tuple(np.linspace(0, size - 1, _ARROWS + 2).round().astype(np.intp)[1:-1] for size in sizes)

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the arrows."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self.theme.faint), 1.0))
        painter.drawLines(self._lines)


def _arrow(tail: QPointF, length: float, angle: float) -> list[QLineF]:
    tip, head = tail + QPointF(math.cos(angle), math.sin(angle)) * length, min(4.0, 0.45 * length)
    sides = [QPointF(math.cos(angle + side), math.sin(angle + side)) for side in (2.6, -2.6)]
    return [QLineF(tail, tip), *(QLineF(tip, tip + side * head) for side in sides)]


class FixedItem(PixelItem, pg.ScatterPlotItem):
    """Fixed points, each drawn as its kind asks for; `getData` returns where they are in the plane."""

    def __init__(self) -> None:
        super().__init__()
        self.dots: FixedDots | None = None
        self._at: list[QPointF] = []

    def show_dots(self, dots: FixedDots, plane: Floats) -> None:
        """Take fixed points and where they are in the plane, [n, 2]."""
        self.dots = dots
        self.setData(x=plane[:, 0], y=plane[:, 1])

    def stand(self, x: Floats, y: Floats) -> None:
        """Take their pixels."""
        self._at = [QPointF(*at) for at in zip(x.tolist(), y.tolist(), strict=True)]
        self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint them, pale where they are off the plane."""
        if self.dots is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inside = self.dots.inside or (True,) * len(self.dots.kinds)
        for at, kind, within in zip(self._at, self.dots.kinds, inside, strict=True):
            if math.isfinite(at.x()) and math.isfinite(at.y()):
                painter.setOpacity(1.0 if within else 0.4)
                draw_fixed(painter, at, kind, 1.5 * self.sizes.marker, self.theme)


def draw_fixed(painter: QPainter, at: QPointF, kind: str, diameter: float, theme: Theme) -> None:
    """Draw a fixed point: filled where it is stable, open where not, half filled where it is a saddle."""
    ink, ground = QColor(hue("vermillion", theme)), QColor(theme.surface)
    radius = diameter / 2
    painter.setPen(QPen(ground, 4.5))
    painter.setBrush(ground)
    painter.drawEllipse(at, radius, radius)
    painter.setPen(QPen(ink, max(1.6, diameter / 6)))
    painter.setBrush(ink if kind == "stable" else ground)
    painter.drawEllipse(at, radius, radius)
    if kind == "saddle":
        half = QPainterPath()
        half.moveTo(at)
        half.arcTo(QRectF(at.x() - radius, at.y() - radius, diameter, diameter), 90, 180)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        painter.drawPath(half)
    elif kind == "marginal":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        painter.drawEllipse(at, radius * 0.4, radius * 0.4)
