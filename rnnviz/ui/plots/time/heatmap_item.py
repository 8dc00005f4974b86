"""The heatmap: rows (units, classes) by steps, painted as one image."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from numpy.typing import ArrayLike, NDArray
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QColor, QImage, QPaintEngine, QPainter, QPen

from rnnviz.ui.plots.base.images import image_of, packed
from rnnviz.ui.plots.base.parts import PixelItem
from rnnviz.ui.plots.time.extrema_pyramid import Pyramid, Values, farthest
from rnnviz.ui.theme import GATES, ColourMap
from rnnviz.ui.theme.colormaps import BLANK, colour_index

MOST_COLUMNS = 8192
LEAST_ROW = 2.0
"""Pixels of a row at least; where there is less room, one row stands for several of the data."""


def hatching(rect: QRectF, distance: float = 7.0) -> list[QLineF]:
    """Return rising diagonals over a rectangle, cut at its edges.

    They run through the same pixels whatever the rectangle, so that pieces painted one by one fit together.
    """
    if rect.isEmpty():
        return []
    lines = []
    base = (rect.left() + rect.top()) // distance * distance
    total = rect.left() + rect.top()
    while base < rect.right() + rect.bottom():
        if base > total:
            x0, x1 = max(rect.left(), base - rect.bottom()), min(rect.right(), base - rect.top())
            lines.append(QLineF(x0, base - x0, x1, base - x1))
        base += distance
    return lines


def as_values(array: ArrayLike) -> Values:
    """Return an array [S, H] of float32 or float64, the array itself where it is one."""
    values = np.asarray(array)
    if values.dtype not in (np.float32, np.float64):
        values = values.astype(np.float32)
    return values if values.ndim == 2 else values.reshape(len(values), math.prod(values.shape[1:]))


class HeatmapItem(PixelItem, pg.GraphicsObject):
    """Values [S, H] as H rows of S cells, row 0 at the top.

    The item paints into the rectangle it is placed in, for the steps and rows it is told are in view. Where cells are
    wider than a pixel, each is drawn; where several steps share one pixel, or several rows a row of `LEAST_ROW`, the
    value farthest from the colour map's pivot stands for them. NaN, and steps that the data does not reach yet, are
    hatched. The image is made once per view; painting under a moving cursor only copies a strip of it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._data = Pyramid(np.empty((0, 0), dtype=np.float32))
        self._map = GATES
        self._low, self._high = 0.0, 1.0
        self._view = (-0.5, 0.5)
        self._rows_seen: tuple[float, float] | None = None
        self._steps = 0
        self._key: tuple[object, ...] = ()
        self._pixels: NDArray[np.uint32] = np.zeros((0, 0), dtype=np.uint32)
        self._image = QImage()
        self._span = (0.0, 0.0)
        self._gaps = True

    @property
    def values(self) -> Values:
        """The data, [S, H]."""
        return self._data.values

    @property
    def image(self) -> Values:
        """The data as rows of an image, [H, S], as pyqtgraph's ImageItem has it."""
        return self._data.values.T

    @property
    def levels(self) -> tuple[float, float]:
        """The ends of the colour scale."""
        return self._low, self._high

    @property
    def blank(self) -> int:
        """The pixel of what is not a number: 0 where that is hatched."""
        return 0

    @property
    def colour_map(self) -> ColourMap:
        """The colours of the scale."""
        return self._map

    def set_scale(self, colour_map: ColourMap, low: float, high: float) -> None:
        """Fix colours and the ends of their scale, ``low < high``, both finite."""
        changed = colour_map != self._map or (low, high) != (self._low, self._high)
        self._map, self._low, self._high = colour_map, float(low), float(high)
        if changed and self._pivot() != self._data.pivot:
            self._data = Pyramid(self._data.values, self._pivot())
        self._changed()

    def set_data(self, array: ArrayLike) -> None:
        """Show an array [S, H]; floats are taken as they are, without a copy."""
        self._data = Pyramid(as_values(array), self._pivot())
        self._changed()

    def append(self, rows: ArrayLike) -> None:
        """Show further steps, [n, H]."""
        self._put(len(self.values), as_values(rows))

    def update_rows(self, start: int, rows: ArrayLike) -> None:
        """Replace the steps from `start` on by [n, H]."""
        self._put(start, as_values(rows))

    def _put(self, start: int, rows: Values) -> None:
        if self.values.shape[1] != rows.shape[1]:
            self._data = Pyramid(np.empty((0, rows.shape[1]), dtype=rows.dtype), self._pivot())
        begin = min(start, len(self.values))
        self._data.update(start, rows)
        self._key = ()
        left, right = self._x_of(begin - 1.5), self._x_of(start + len(rows) + 0.5)
        self.update(QRectF(left, self.rect.top(), right - left, self.rect.height()).adjusted(-2, 0, 2, 0))

    def set_view(self, first: float, last: float, steps: int) -> None:
        """Say which places the left and right edge of the item stand for, and how many steps there will be."""
        if (first, last, steps) != (*self._view, self._steps):
            self._view, self._steps = (first, last), steps
            self.update()

    def set_rows_seen(self, seen: tuple[float, float] | None) -> None:
        """Say which places, in rows, the upper and lower edge of the item stand for; None: all rows."""
        if seen != self._rows_seen:
            self._rows_seen = seen
            self.update()

    def _pivot(self) -> float:
        return self._low + self._map.pivot * (self._high - self._low)

    def _changed(self) -> None:
        self._key = ()
        self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the exposed part of the image, and hatching where it has gaps."""
        if self.rect.isEmpty():
            return
        transform = painter.deviceTransform()
        ratio = (abs(transform.m11()) or 1.0, abs(transform.m22()) or 1.0)
        screen = painter.paintEngine().type() == QPaintEngine.Type.Raster and ratio[0] == ratio[1]
        key = (self._view, self._rows_seen, self.rect.width(), self.rect.height(), ratio, screen, self.theme)
        if key != self._key:
            self._draw(*ratio, screen)
            self._key = key
        left, right = self._x_of(self._span[0]), self._x_of(self._span[1])
        bare = self._part(self._x_of(-0.5) if self._gaps else right, self._x_of(self._steps - 0.5))
        painter.setPen(QPen(QColor(self.theme.hatch), 1.0))
        painter.drawLines(hatching(bare & exposed))
        if screen:
            painter.drawImage(self.rect.topLeft(), self._image)
        else:
            painter.drawImage(self._part(left, right), self._image)

    def _x_of(self, place: float) -> float:
        first, last = self._view
        return self.rect.left() + (place - first) / (last - first) * self.rect.width()

    def _part(self, left: float, right: float) -> QRectF:
        return QRectF(left, self.rect.top(), max(0.0, right - left), self.rect.height())

    def _draw(self, across: float, down: float, screen: bool) -> None:
        """Make the image for a device with so many pixels per pixel: for the screen one of the item's whole size."""
        first, last = self._view
        steps, rows = self.values.shape
        per_step = self.rect.width() * across / (last - first)
        begin, end = max(0.0, first + 0.5), min(float(steps), last + 0.5)
        if begin >= end:
            shown = self.values[:0]
        elif per_step >= 1:
            begin, end = np.floor(begin), np.ceil(end)
            shown = self.values[int(begin) : int(end)]
        else:
            count = min(max(1, round((end - begin) * per_step)), MOST_COLUMNS)
            shown = self._data.columns(np.linspace(begin, end, count + 1))
        self._span = (float(begin) - 0.5, float(end) - 0.5)
        height = max(1, round(self.rect.height() * down))
        top, bottom = (0.0, float(rows)) if self._rows_seen is None else self._rows_seen
        if self._rows_seen is not None:
            upper = min(max(0, int(np.floor(top))), max(0, rows - 1))
            shown = shown[:, upper : max(upper + 1, int(np.ceil(bottom)))]
            top, bottom = top - upper, bottom - upper
        each = self.merged
        if each > 1:
            shown, top, bottom = self._merge_rows(shown, each), top / each, bottom / each
        self._pixels = self._colours(shown)
        if screen:
            width = max(1, round(self.rect.width() * across))
            self._pixels = self._enlarged(self._pixels, width, height, (top, bottom))
        elif self._rows_seen is not None or each > 1:
            self._pixels = self._enlarged_rows(self._pixels, height, (top, bottom))
        self._image = image_of(self._pixels, across if screen else 1.0)

    @property
    def merged(self) -> int:
        """How many rows of the data one row of the image stands for."""
        top, bottom = self._rows_seen or (0.0, float(self.values.shape[1]))
        return max(1, math.ceil((bottom - top) * LEAST_ROW / max(1.0, self.rect.height()) - 1e-9))

    def _merge_rows(self, shown: Values, each: int) -> Values:
        starts = np.arange(0, shown.shape[1], each)
        layers = (shown.take(starts + k, axis=1, mode="clip") for k in range(each))
        return farthest(layers, self._data.pivot)

    @staticmethod
    def _enlarged_rows(pixels: NDArray[np.uint32], height: int, seen: tuple[float, float]) -> NDArray[np.uint32]:
        """Repeat rows up to the pixels of a device; `seen`: the places in rows at its upper and lower edge."""
        down = seen[0] + (np.arange(height) + 0.5) * ((seen[1] - seen[0]) / height)
        row = np.clip(np.floor(down).astype(np.intp), 0, max(0, len(pixels) - 1))
        return np.ascontiguousarray(pixels[row]) if len(pixels) else pixels

    def _enlarged(
        self, pixels: NDArray[np.uint32], width: int, height: int, seen: tuple[float, float]
    ) -> NDArray[np.uint32]:
        """Repeat cells up to the pixels of the screen.

        Qt would do so while painting, but puts the edges of cells elsewhere when it paints a part of the image.
        """
        columns = pixels.shape[1]
        result = np.zeros((height, width), dtype=np.uint32)
        if not pixels.size:
            return result
        (first, last), (begin, end) = self._view, self._span
        places = first + (np.arange(width) + 0.5) * ((last - first) / width)
        column = np.floor((places - begin) * (columns / (end - begin))).astype(np.intp)
        start, stop = np.searchsorted(column, (0, columns))
        result[:, start:stop] = self._enlarged_rows(pixels[:, column[start:stop]], height, seen)
        return result

    def _colours(self, shown: Values) -> NDArray[np.uint32]:
        index = colour_index(shown.T, self._low, self._high)
        blank = self.blank
        self._gaps = not blank and bool((index == BLANK).any())
        return np.ascontiguousarray(packed(self._map, self.theme, blank)[index])
