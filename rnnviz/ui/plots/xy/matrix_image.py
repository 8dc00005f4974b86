"""A block of a matrix as an image that loses no extreme entry and no NaN, however small its entries are drawn."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPaintEngine, QPainter

from rnnviz.ui.plots.base.images import image_of, packed
from rnnviz.ui.plots.base.parts import PixelItem
from rnnviz.ui.plots.base.view import PlotView
from rnnviz.ui.theme import DIVERGING, Metrics, Theme
from rnnviz.ui.theme.colormaps import colour_index

Floats = NDArray[np.floating]

_FINE = 3.0
"""Pixels of the image per pixel of a device that has none, such as a vector figure."""


class Along(NamedTuple):
    """Which entries are drawn along one side of a block.

    Parameters
    ----------
    starts, stop : int array [n], int
        The first entry of each group of entries that share a pixel, and the end of the last group.
    groups : int array [p]
        The group that each pixel shows.
    begin, end : float
        Where the pixels begin and end, in those of the widget.
    """

    starts: NDArray[np.intp]
    stop: int
    groups: NDArray[np.intp]
    begin: float
    end: float


def along(count: int, whole: tuple[float, float], seen: tuple[float, float], ratio: float) -> Along:
    """Divide the entries along a side among the pixels that are seen, `ratio` of them in one pixel of the widget."""
    left, right = (round(end * ratio) for end in whole)
    right = max(right, left + 1)
    first, last = max(left, round(seen[0] * ratio)), min(right, round(seen[1] * ratio))
    pixels = np.arange(first, max(first, last)) - left
    if not len(pixels):
        return Along(pixels, 0, pixels, first / ratio, first / ratio)
    if count <= right - left:
        entries = (2 * pixels + 1) * count // (2 * (right - left))
        starts, groups = np.arange(entries[0], entries[-1] + 1), entries - entries[0]
        stop = int(entries[-1]) + 1
    else:
        starts, groups = pixels * count // (right - left), np.arange(len(pixels))
        stop = int(pixels[-1] + 1) * count // (right - left)
    return Along(starts, stop, groups, first / ratio, last / ratio)


def farthest(values: Floats, rows: Along, columns: Along) -> Floats:
    """Return one value per group of rows and columns, [n, m]: NaN if there is one, else the farthest from zero."""
    if not (len(rows.starts) and len(columns.starts)):
        return np.zeros((len(rows.starts), len(columns.starts)))
    shown = values[rows.starts[0] : rows.stop, columns.starts[0] : columns.stop]
    return _merged(_merged(shown, rows, axis=0), columns, axis=1)


def _merged(values: Floats, side: Along, axis: int) -> Floats:
    if len(side.starts) == values.shape[axis]:
        return values
    starts = side.starts - side.starts[0]
    least, greatest = (f.reduceat(values, starts, axis=axis) for f in (np.minimum, np.maximum))
    return np.where(greatest >= -least, greatest, least)


class BlockItem(PixelItem, pg.ImageItem):
    """A matrix [R, C] in diverging colours, on a scale even about zero; `image` holds its entries as they are.

    pyqtgraph's own picture would leave out entries that are smaller than a pixel, and draw NaN as nothing.

    Parameters
    ----------
    warns : bool
        Whether NaN is seen in the colour of warnings, and not in that of text.
    """

    def __init__(self, *, warns: bool = False) -> None:
        super().__init__()
        self._warns = warns
        self._whole = QRectF()
        self._key: tuple[object, ...] = ()
        self._pixels: NDArray[np.uint32] = np.zeros((0, 0), np.uint32)
        self._picture, self._place = QImage(), QRectF()

    def show_values(self, values: Floats, top: float) -> None:
        """Take entries [R, C], on a scale from -top to top; they are not copied."""
        self._key = ()
        self.setImage(values, autoLevels=False, levels=(-top, top))

    def stand(self, whole: QRectF, area: QRectF) -> None:
        """Fill a rectangle of the widget, as far as it lies in an area."""
        if whole != self._whole:
            self._whole, self._key = QRectF(whole), ()
            self.update()
        self.place(whole & area)

    def set_style(self, theme: Theme, sizes: Metrics) -> None:
        """Take other colours."""
        if theme != self.theme:
            self._key = ()
        super().set_style(theme, sizes)

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint what is seen; the image is made anew where something has changed."""
        if self.image is None or self.rect.isEmpty() or not self.image.size:
            return
        device = abs(painter.deviceTransform().m11()) or 1.0
        screen = painter.paintEngine().type() == QPaintEngine.Type.Raster
        ratio = device if screen else max(device, _FINE)
        key = (ratio, self.rect.getRect())
        if key != self._key:
            self._make(ratio)
            self._key = key
        if screen:
            painter.drawImage(self._place.topLeft(), self._picture)
        else:
            painter.drawImage(self._place, self._picture)

    def _make(self, ratio: float) -> None:
        whole, seen = self._whole, self.rect
        rows, columns = self.image.shape
        down = along(rows, (whole.top(), whole.bottom()), (seen.top(), seen.bottom()), ratio)
        across = along(columns, (whole.left(), whole.right()), (seen.left(), seen.right()), ratio)
        index = colour_index(farthest(self.image, down, across), *self.levels)
        colours = packed(DIVERGING, self.theme, QColor(self.theme.warning if self._warns else self.theme.text).rgba())
        self._pixels = (
            colours[index].take(across.groups, axis=1).take(down.groups, axis=0).astype(np.uint32, copy=False)
        )
        self._picture = image_of(self._pixels, ratio)
        self._place = QRectF(across.begin, down.begin, across.end - across.begin, down.end - down.begin)


def have_items(plot: PlotView, items: list[BlockItem], count: int, *, warns: bool = False) -> None:
    """Have an image in a plot for each of so many blocks."""
    while len(items) > count:
        plot.remove_data(items.pop())
    while len(items) < count:
        items.append(BlockItem(warns=warns))
        plot.add_data(items[-1], -10.0)
