"""A matrix of blocks as a heatmap: weights and their gradients, named by gate and by what they are multiplied with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from rnnviz.ui.drawing.canvas import Canvas
from rnnviz.ui.drawing.painting import CENTRE, font_metrics, write
from rnnviz.ui.drawing.ticks import number
from rnnviz.ui.plots.xy import matrix_labels
from rnnviz.ui.plots.xy.legacy import ColourBar
from rnnviz.ui.plots.xy.matrix_blocks import MatrixBlock, Side, Span
from rnnviz.ui.plots.xy.matrix_image import MatrixPicture, View
from rnnviz.ui.theme import DIVERGING, SEMIBOLD, Metrics, Theme, ui_font

_MOST_ZOOM = 64.0


class MatrixPlot(Canvas):
    """Blocks side by side with thin gaps, or apart and each with its own name and scale.

    Where entries are smaller than a pixel, the one farthest from zero stands for those that share it. The wheel zooms
    about the mouse, the middle button moves, a double click shows all.

    Signals
    -------
    hovered(row, column)
        The mouse is over an entry; -1 for none.
    entryClicked(row, column)
    viewChanged(x, y, zoom)
        The user has zoomed or moved; for another plot's `set_view`.
    """

    hovered = Signal(int, int)
    entryClicked = Signal(int, int)
    viewChanged = Signal(float, float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values: NDArray[np.floating] = np.zeros((0, 0))
        self.blocks: tuple[MatrixBlock, ...] = ()
        self.apart = False
        self.tops: dict[str, float] = {}
        self.title, self.notice, self.chosen = "", "", ""
        self.picked: tuple[tuple[int, int], ...] = ()
        self.rows, self.columns = Side(), Side()
        self._picture, self._bar = MatrixPicture(), ColourBar()
        self._view: View = (0.0, 0.0, 1.0)
        self._top = 1.0
        self._over, self._pan, self._panning = (-1, -1), QPointF(), False

    # what panels call

    def show_matrix(
        self, values: NDArray[np.floating], blocks: Sequence[MatrixBlock], tops: dict[str, float], apart: bool
    ) -> None:
        """Show a matrix.

        Parameters
        ----------
        values : array, [R, C]
            NaN where no block stands.
        blocks : sequence of MatrixBlock
        tops : dict of str to float
            The end of the colour scale per block, finite and above zero. Blocks side by side have that of the first
            one, but for columns whose scale is named above them.
        apart : bool
        """
        self.values, self.blocks, self.tops, self.apart = values, tuple(blocks), tops, apart
        self.rows = Side(sorted({block.rows for block in blocks}))
        self.columns = Side(sorted({block.columns for block in blocks}))
        self._top = top = 1.0 if apart or not self.blocks else tops.get(self.blocks[0].name, 1.0)
        self._picture.show(self._scaled(), strange(values, self.blocks), top)
        self._bar.set_scale(DIVERGING, -top, top)
        self.notice = ""
        self._lay_out()

    def set_title(self, title: str) -> None:
        """Say above the matrix what its numbers are."""
        if title != self.title:
            self.title = title
            self.setAccessibleName(title)
            self.update()

    def set_notice(self, sentence: str) -> None:
        """Say why there is nothing to see."""
        if sentence != self.notice:
            self.notice = sentence
            self.update()

    def set_picked(self, rows: Sequence[tuple[int, int]]) -> None:
        """Mark rows, each with the number of its colour in ``series_style``."""
        if tuple(rows) != self.picked:
            self.picked = tuple(rows)
            self.update()

    def set_chosen(self, name: str) -> None:
        """Frame the blocks of this name."""
        if name != self.chosen:
            self.chosen = name
            self.update()

    def set_view(self, x: float, y: float, zoom: float) -> None:
        """Show a part: its left upper corner as a share of the whole, and how much it is magnified."""
        zoom = min(max(zoom, 1.0), _MOST_ZOOM)
        view = min(max(x, 0.0), 1 - 1 / zoom), min(max(y, 0.0), 1 - 1 / zoom), zoom
        if view != self._view:
            self._view = view
            self.update()

    def block_at(self, row: int, column: int) -> MatrixBlock | None:
        """Return the block that an entry belongs to."""
        for block in self.blocks:
            if block.rows[0] <= row < block.rows[1] and block.columns[0] <= column < block.columns[1]:
                return block
        return None

    def set_theme(self, theme: Theme, sizes: Metrics) -> None:
        """Take other colours and sizes."""
        super().set_theme(theme, sizes)
        self._bar.dress(theme, sizes)
        self._lay_out()

    def sizeHint(self) -> QSize:
        """Return a calm size."""
        return QSize(480, 320)

    # geometry

    @property
    def strip(self) -> float:
        """The height above a block that stands apart, where its name is written."""
        return self.sizes.small * 1.5 if self.named else 0.0

    @property
    def named(self) -> bool:
        """Whether every block has its own name: where blocks stand apart and are high enough for that."""
        room = self.height() - self.sizes.title * 1.7
        return self.apart and room >= 3.2 * self.sizes.small * len(self.rows.spans)

    @property
    def area(self) -> QRectF:
        """Where the matrix is drawn, in pixels of the widget."""
        sizes = self.sizes
        names = font_metrics(ui_font(sizes.title, SEMIBOLD))
        widest = max((names.horizontalAdvance(block.row) for block in self.blocks), default=0.0)
        left = sizes.padding if self.named else widest + 2.5 * sizes.padding + sizes.marker
        top = sizes.title * 1.7 + (0.0 if self.named else sizes.small * 1.5)
        right = sizes.padding * 2.5 + sizes.bar + sizes.small * 3.2
        width, height = self.width() - left - right, self.height() - top - sizes.padding * 0.5
        return QRectF(left, top, max(1.0, width), max(1.0, height))

    def heading(self, block: MatrixBlock) -> str:
        """Return what is written above a block, or above the column that it begins."""
        top = self.tops.get(block.name, 1.0)
        if self.named:
            return f"{block.name}  ±{number(top)}"
        return block.column if self.apart or top == self._top else f"{block.column} ±{number(top)}"

    def rect_of(self, rows: Span, columns: Span) -> QRectF:
        """Return where a part of the matrix stands in the widget, as it is zoomed."""
        area, (x, y, zoom) = self.area, self._view
        left, right = self.columns.ends(*columns)
        top, bottom = self.rows.ends(*rows)
        corner = area.topLeft() + QPointF(left - x * area.width(), top - y * area.height()) * zoom
        return QRectF(corner.x(), corner.y(), (right - left) * zoom, (bottom - top) * zoom)

    def entry_at(self, place: QPointF) -> tuple[int, int]:
        """Return row and column at a place; (-1, -1) where no block stands."""
        area, (x, y, zoom) = self.area, self._view
        if not area.contains(place) or self.notice:
            return -1, -1
        corner = QPointF((place.x() - area.left()) / zoom, (place.y() - area.top()) / zoom)
        row = self.rows.at(corner.y() + y * area.height())
        column = self.columns.at(corner.x() + x * area.width())
        return (row, column) if self.block_at(row, column) is not None else (-1, -1)

    def _lay_out(self) -> None:
        area, sizes = self.area, self.sizes
        metrics = font_metrics(ui_font(sizes.small))
        widths: dict[Span, float] = {}
        for block in self.blocks:
            own = metrics.horizontalAdvance(self.heading(block)) + 4
            widths[block.columns] = max(widths.get(block.columns, 0.0), min(own, area.width() / 4))
        gap = sizes.padding if self.apart else 2.0
        self.columns.lay(area.width(), gap, [widths[span] for span in self.columns.spans])
        self.rows.lay(area.height(), min(gap, 3.0), [0.0] * len(self.rows.spans), self.strip)
        self._bar.place(QRectF(area.right() + 2, area.top(), self.width() - area.right() - 2, area.height()))
        self._picture.forget()
        self.update()

    def _scaled(self) -> NDArray[np.floating]:
        """Every block brought from its own scale to that of the picture."""
        if all(top == self._top for top in self.tops.values()):
            return self.values
        found = self.values.astype(np.float64)
        for block in self.blocks:
            place = slice(*block.rows), slice(*block.columns)
            found[place] = self.values[place] * (self._top / self.tops.get(block.name, 1.0))
        return found

    # painting

    def paint(self, painter: QPainter) -> None:
        """Paint the matrix, its names and its scale."""
        matrix_labels.paint_title(painter, self)
        area = self.area
        if self.notice or not self.blocks:
            write(painter, area, CENTRE, self.notice, ui_font(self.sizes.text), self.theme.muted)
            return
        painter.save()
        painter.setClipRect(area.adjusted(-1, -1, 1, 1), Qt.ClipOperation.IntersectClip)
        self._picture.draw(painter, area, self.rows, self.columns, self._view, self.theme)
        matrix_labels.paint_frames(painter, self)
        painter.restore()
        matrix_labels.paint_picked(painter, self)
        if not self.named:
            matrix_labels.paint_sides(painter, self)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        self._bar.paint(painter, self._bar.rect)

    # the mouse

    def clicked_at(self, place: QPointF) -> None:
        """Tell which entry was clicked."""
        entry = self.entry_at(place)
        if entry[0] >= 0:
            self.entryClicked.emit(*entry)

    def pointed_at(self, place: QPointF | None) -> None:
        """Tell which entry is under the mouse."""
        over = (-1, -1) if place is None else self.entry_at(place)
        if over != self._over:
            self._over = over
            self.hovered.emit(*over)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the mouse."""
        area, (x, y, zoom) = self.area, self._view
        after = min(max(zoom * 1.25 ** (event.angleDelta().y() / 120), 1.0), _MOST_ZOOM)
        across = (event.position().x() - area.left()) / area.width()
        down = (event.position().y() - area.top()) / area.height()
        self._go_to(x + across / zoom - across / after, y + down / zoom - down / after, after)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to move the part that is seen, or what may become a click."""
        self._panning = event.button() == Qt.MouseButton.MiddleButton
        self._pan = event.position()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the part that is seen, or point at an entry."""
        if self._panning and event.buttons() & Qt.MouseButton.MiddleButton:
            moved, self._pan = event.position() - self._pan, event.position()
            area, (x, y, zoom) = self.area, self._view
            self._go_to(x - moved.x() / area.width() / zoom, y - moved.y() / area.height() / zoom, zoom)
        super().mouseMoveEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show all."""
        self._go_to(0.0, 0.0, 1.0)

    def _go_to(self, x: float, y: float, zoom: float) -> None:
        self.set_view(x, y, zoom)
        self.viewChanged.emit(*self._view)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fill the new size."""
        super().resizeEvent(event)
        self._lay_out()


def strange(values: NDArray[np.floating], blocks: Sequence[MatrixBlock]) -> NDArray[np.bool_] | None:
    """Return where NaN stands within a block, [R, C]; None where it does nowhere."""
    nan = np.isnan(values)
    inside = np.zeros(values.shape, bool)
    for block in blocks:
        inside[slice(*block.rows), slice(*block.columns)] = True
    nan &= inside
    return nan if nan.any() else None
