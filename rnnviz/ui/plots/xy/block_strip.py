"""Matrices side by side as heatmaps on one scale: the gates' blocks of a gradient as it is gathered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QWidget

from rnnviz.ui.drawing.canvas import Canvas
from rnnviz.ui.drawing.painting import LEFT, write
from rnnviz.ui.drawing.ticks import number
from rnnviz.ui.plots.time.time_axis import TimeAxis
from rnnviz.ui.plots.xy.legacy import ColourBar
from rnnviz.ui.theme import DIVERGING, SEMIBOLD, ui_font
from rnnviz.ui.theme.colormaps import BLANK, colour_index

Floats = NDArray[np.floating]

_GAP = 10.0
_NARROWEST = 14.0


@dataclass(frozen=True, eq=False)
class NamedMatrix:
    """A matrix [R, C], or a vector [R], its name and the colour that it is written in."""

    name: str
    values: Floats
    colour: str


class BlockStrip(Canvas):
    """Matrices from left to right between the margins of the time axis, with a colour bar at the right.

    All share one scale, even about zero. Where entries are smaller than a pixel, the one farthest from zero stands for
    those that share it; what is not a number is seen in the colour of warnings.

    Signals
    -------
    hovered(text)
        What is under the mouse, in words; empty for nothing.

    Parameters
    ----------
    axis : TimeAxis
    parent : QWidget or None
    """

    hovered = Signal(str)

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._axis = axis
        self.blocks: tuple[NamedMatrix, ...] = ()
        self.top = 1.0
        self.caption = ("", "")
        self._bar = ColourBar()
        self._images: dict[int, tuple[object, QImage, NDArray[np.uint32]]] = {}

    def show_blocks(self, blocks: Sequence[NamedMatrix], top: float, caption: tuple[str, str]) -> None:
        """Show matrices on a scale from -top to top, with a large name and a small one at their left."""
        if tuple(blocks) == self.blocks and (top, caption) == (self.top, self.caption):
            return
        self.blocks, self.top, self.caption = tuple(blocks), top if top > 0 else 1.0, caption
        self._bar.set_scale(DIVERGING, -self.top, self.top)
        self._images.clear()
        self.setAccessibleName(" ".join((*caption, *(block.name for block in blocks))))
        self.update()

    def sizeHint(self) -> QSize:
        """Return a height at which gates can be told apart."""
        return QSize(720, 110)

    def rects(self) -> list[QRectF]:
        """Return where each matrix stands: as wide as it has columns, none narrower than can be seen."""
        left, width = self._axis.area(self.width())
        top = self.sizes.small * 1.6
        height = max(1.0, self.height() - top - self.sizes.padding / 2)
        columns = np.array([_matrix(block.values).shape[1] for block in self.blocks], np.float64)
        if not len(columns):
            return []
        gap = min(_GAP, width / (4 * len(columns)))
        room = width - gap * (len(columns) - 1)
        least = min(_NARROWEST, room / len(columns))
        widths = least + (room - least * len(columns)) * columns / columns.sum()
        starts = left + np.concatenate([[0.0], np.cumsum(widths + gap)[:-1]])
        return [QRectF(x, top, w, height) for x, w in zip(starts.tolist(), widths.tolist(), strict=True)]

    def paint(self, painter: QPainter) -> None:
        """Paint matrices, names and colour bar."""
        theme, sizes = self.theme, self.sizes
        rects = self.rects()
        for place, (block, rect) in enumerate(zip(self.blocks, rects, strict=True)):
            heading = QRectF(rect.left(), 0, rect.width() + _GAP, rect.top())
            write(painter, heading, LEFT, block.name, ui_font(sizes.small, SEMIBOLD), block.colour)
            painter.drawImage(rect, self._image(place, block, rect, painter))
            painter.setPen(QPen(QColor(theme.border), 1.0))
            painter.drawRect(rect.adjusted(-0.5, -0.5, 0.5, 0.5))
        left, _ = self._axis.area(self.width())
        self._paint_caption(painter, QRectF(sizes.padding, 0, left - 2 * sizes.padding, self.height()))
        if rects:
            self._bar.dress(theme, sizes)
            right = rects[-1].right() + 4
            self._bar.rect = QRectF(right, rects[0].top(), self.width() - right, rects[0].height())
            self._bar.paint(painter, self._bar.rect)

    def pointed_at(self, place: QPointF | None) -> None:
        """Read out the entry under the mouse."""
        text = ""
        for block, rect in zip(self.blocks, self.rects(), strict=True):
            values = _matrix(block.values)
            if place is not None and rect.contains(place) and values.size:
                row = min(int((place.y() - rect.top()) / rect.height() * len(values)), len(values) - 1)
                column = min(int((place.x() - rect.left()) / rect.width() * values.shape[1]), values.shape[1] - 1)
                where = f"{row + 1}, {column + 1}" if block.values.ndim == 2 else f"{row + 1}"
                text = f"{block.name}[{where}]: {number(float(values[row, column]))}"
        self.hovered.emit(text)

    def _paint_caption(self, painter: QPainter, rect: QRectF) -> None:
        title, small = self.sizes.title * 1.7, self.sizes.small * 1.7
        name, below = self.caption
        if rect.height() < title + small:
            write(painter, rect, LEFT, name, ui_font(self.sizes.title, SEMIBOLD), self.theme.text)
            return
        top = (rect.height() - title - small) / 2
        upper = QRectF(rect.left(), top, rect.width(), title)
        write(painter, upper, LEFT, name, ui_font(self.sizes.title * 1.25, SEMIBOLD), self.theme.text)
        lower = QRectF(rect.left(), top + title, rect.width(), small)
        write(painter, lower, LEFT, below, ui_font(self.sizes.small), self.theme.muted)

    def _image(self, place: int, block: NamedMatrix, rect: QRectF, painter: QPainter) -> QImage:
        ratio = max(1.0, abs(painter.deviceTransform().m11()))
        key = (rect.width(), rect.height(), ratio, self.theme)
        known = self._images.get(place)
        if known is not None and known[0] == key:
            return known[1]
        pixels = self._pixels(_matrix(block.values), round(rect.width() * ratio), round(rect.height() * ratio))
        rows, columns = pixels.shape
        kind = QImage.Format.Format_ARGB32_Premultiplied
        image = QImage(cast("bytes", pixels.data), columns, rows, 4 * columns, kind)
        self._images[place] = (key, image, pixels)  # the image only points to the pixels
        return image

    def _pixels(self, values: Floats, width: int, height: int) -> NDArray[np.uint32]:
        shown = _fitted(_fitted(values, max(1, height)).T, max(1, width)).T
        index = colour_index(shown, -self.top, self.top)
        table = DIVERGING.table(self.theme).astype(np.uint32)
        packed = table[:, 3] << 24 | table[:, 0] << 16 | table[:, 1] << 8 | table[:, 2]
        packed[BLANK] = QColor(self.theme.warning).rgba()
        return np.ascontiguousarray(packed[index])


def _matrix(values: Floats) -> Floats:
    return values if values.ndim == 2 else values.reshape(-1, 1)


def _fitted(values: Floats, count: int) -> Floats:
    """Repeat rows up to a number of pixels, or merge them: the entry farthest from zero stands for all, NaN first."""
    rows = len(values)
    if rows <= count:
        return values[((np.arange(count) + 0.5) * rows / count).astype(np.intp)] if rows else np.zeros((count, 0))
    starts = np.arange(count) * rows // count
    least, greatest = np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
    return np.where(greatest >= -least, greatest, least)
