"""The image of a matrix: as many of its entries as there are pixels, no extreme one and no NaN left out."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPaintEngine, QPainter

from rnnviz.ui.plots.xy.matrix_blocks import Side, reduced
from rnnviz.ui.theme import DIVERGING, Theme
from rnnviz.ui.theme.colormaps import BLANK, colour_index

_FINE = 3.0
"""Pixels of the image per pixel of a device that has none, such as a vector figure."""
_MOST = 4096

View = tuple[float, float, float]
"""Left and upper end of the part that is seen, as shares of the whole, and how much it is magnified."""


class MatrixPicture:
    """Keeps the image of a matrix for the size and the part that were last drawn."""

    def __init__(self) -> None:
        self._values: NDArray[np.floating] = np.zeros((0, 0))
        self._strange: NDArray[np.floating] | None = None
        self._top = 1.0
        self._key: tuple[object, ...] = ()
        self._pixels: NDArray[np.uint32] = np.zeros((0, 0), np.uint32)
        self._image = QImage()

    def show(self, values: NDArray[np.floating], strange: NDArray[np.bool_] | None, top: float) -> None:
        """Take a matrix [R, C] on a scale from -top to top; ``strange`` tells where NaN stands in a block."""
        self._values, self._top = values, top
        self._strange = None if strange is None else strange.astype(np.float32)
        self.forget()

    def forget(self) -> None:
        """Make the image anew when it is next drawn."""
        self._key = ()

    def draw(self, painter: QPainter, area: QRectF, rows: Side, columns: Side, view: View, theme: Theme) -> None:
        """Draw the part that is seen into an area."""
        device = abs(painter.deviceTransform().m11()) or 1.0
        screen = painter.paintEngine().type() == QPaintEngine.Type.Raster
        ratio = device if screen else max(device, _FINE)
        key = (area.width(), area.height(), ratio, view, theme)
        if key != self._key:
            self._make(area, ratio, rows, columns, view, theme)
            self._key = key
        painter.drawImage(area, self._image)

    def _make(self, area: QRectF, ratio: float, rows: Side, columns: Side, view: View, theme: Theme) -> None:
        x, y, zoom = view
        width, height = (min(_MOST, max(1, round(size * ratio))) for size in (area.width(), area.height()))
        across = columns.seen(x * columns.length, (x + 1 / zoom) * columns.length, width)
        down = rows.seen(y * rows.length, (y + 1 / zoom) * rows.length, height)
        index = colour_index(reduced(self._values, down, across), -self._top, self._top)
        table = DIVERGING.table(theme).astype(np.uint32)
        packed = table[:, 3] << 24 | table[:, 0] << 16 | table[:, 1] << 8 | table[:, 2]
        packed[BLANK] = 0
        pixels = packed[index]
        if self._strange is not None:
            pixels[np.nan_to_num(reduced(self._strange, down, across)) > 0] = QColor(theme.text).rgba()
        self._pixels = np.ascontiguousarray(pixels)
        kind = QImage.Format.Format_ARGB32_Premultiplied
        # The image only points to the array, which therefore stays here.
        self._image = QImage(cast("bytes", self._pixels.data), width, height, 4 * width, kind)
