"""A matrix of blocks as a heatmap: weights and their gradients, named by gate and by what they are multiplied with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Signal
from PySide6.QtWidgets import QGraphicsItem

from rnnviz.ui.drawing.painting import font_metrics
from rnnviz.ui.drawing.ticks import number
from rnnviz.ui.plots.base.colour_bar import ColourBar
from rnnviz.ui.plots.base.view import Margins
from rnnviz.ui.plots.time.heatmap_plot import RowPointers
from rnnviz.ui.plots.xy.matrix_blocks import MatrixBlock, Side, Span
from rnnviz.ui.plots.xy.matrix_image import BlockItem, have_items
from rnnviz.ui.plots.xy.matrix_labels import BlockNames, Frames, Heading
from rnnviz.ui.plots.xy.whole_view import WholeView
from rnnviz.ui.theme import DIVERGING, SEMIBOLD, SignalStyle, series_style, ui_font

_LEGIBLE = 5.0
"""Height of a row in pixels from which a picked one is outlined; lower ones are only pointed at."""


class MatrixPlot(WholeView):
    """Blocks side by side with thin gaps, or apart and each with its own name and scale.

    The view spans the whole matrix from 0 to 1 in both directions, row 0 at the top; its left axis has the names of
    the rows of blocks for ticks, that at the top those of the columns. Each block is an image of its entries.

    Signals
    -------
    hovered(row, column)
        The mouse is over an entry; -1 for none.
    entryClicked(row, column)
    """

    hovered = Signal(int, int)
    entryClicked = Signal(int, int)

    calm_size = (480, 320)
    grid_at_ticks = numbered = False  # rows and columns have names, which are written with their symbols
    upright = (1.0, 0.0)

    def build(self) -> None:
        """Begin without a matrix."""
        self.values: NDArray[np.floating] = np.zeros((0, 0))
        self.blocks: tuple[MatrixBlock, ...] = ()
        self.apart = False
        self.tops: dict[str, float] = {}
        self.chosen = ""
        self.picked: tuple[tuple[int, int], ...] = ()
        self.rows, self.columns = Side(), Side()
        self._items: list[BlockItem] = []
        self._rects: list[QRectF] = []
        self._top = 1.0
        self._widest = 0.0
        self._laid: tuple[object, ...] = ()
        self._pointed = (-1, -1)
        self._bar, self._frames, self._names, self._pointers = ColourBar(), Frames(), BlockNames(), RowPointers()
        self.add_over_data(self._frames)
        for part in (self._bar, self._names, self._pointers):
            self.add_beside_data(part)
        self.box.clicked.connect(self._on_clicked)

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
        self._top = 1.0 if apart or not self.blocks else tops.get(self.blocks[0].name, 1.0)
        self._bar.set_scale(DIVERGING, -self._top, self._top)
        have_items(self, self._items, len(self.blocks))
        for item, block in zip(self._items, self.blocks, strict=True):
            item.show_values(values[slice(*block.rows), slice(*block.columns)], tops.get(block.name, 1.0))
        self._laid = ()
        self.theme_changed()
        self.set_notice("")
        self.relayout()

    def set_notice(self, text: str) -> None:
        """Say why there is nothing to see."""
        super().set_notice(text)
        parts: tuple[QGraphicsItem, ...] = (*self._items, self._frames, self._bar, self._names, self._pointers)
        for part in parts:
            part.setVisible(not text)

    def set_picked(self, rows: Sequence[tuple[int, int]]) -> None:
        """Mark rows, each with the number of its colour in ``series_style``."""
        if tuple(rows) != self.picked:
            self.picked = tuple(rows)
            self._place_labels()

    def set_chosen(self, name: str) -> None:
        """Frame the blocks of this name."""
        if name != self.chosen:
            self.chosen = name
            self._place_labels()

    @property
    def title(self) -> str:
        """What the numbers of the matrix are."""
        return self._header.title

    @property
    def notice(self) -> str:
        """Why there is nothing to see; empty where there is something."""
        return self._notice.text

    def block_at(self, row: int, column: int) -> MatrixBlock | None:
        """Return the block that an entry belongs to."""
        for block in self.blocks:
            if block.rows[0] <= row < block.rows[1] and block.columns[0] <= column < block.columns[1]:
                return block
        return None

    # geometry

    @property
    def margins(self) -> Margins:
        """The room for names at the left and above, and for the colour bar."""
        sizes = self.sizes
        left = sizes.padding if self.named else self._widest + 2.5 * sizes.padding + sizes.marker
        top = sizes.title * 1.7 + (0.0 if self.named else sizes.small * 1.5)
        right = sizes.padding * 2.5 + sizes.bar + sizes.small * 3.2
        return Margins(round(left), round(top), round(right), sizes.padding // 2)

    @property
    def named(self) -> bool:
        """Whether every block has its own name: where blocks stand apart and are high enough for that."""
        room = self.height() - self.sizes.title * 1.7
        return self.apart and room >= 3.2 * self.sizes.small * len(self.rows.spans)

    def heading(self, block: MatrixBlock) -> str:
        """Return what is written above a block, or above the column that it begins."""
        top = self.tops.get(block.name, 1.0)
        if self.named:
            return f"{block.name}  ±{number(top)}"
        return block.column if self.apart or top == self._top else f"{block.column} ±{number(top)}"

    def rect_of(self, rows: Span, columns: Span) -> QRectF:
        """Return where a part of the matrix stands in the widget, as it is zoomed."""
        (left, right), (top, bottom) = self.columns.ends(*columns), self.rows.ends(*rows)
        across, down = self.columns.length, self.rows.length
        return QRectF(self.pixel_of(left / across, top / down), self.pixel_of(right / across, bottom / down))

    def entry_at(self, place: QPointF) -> tuple[int, int]:
        """Return row and column at a pixel; (-1, -1) where no block stands."""
        area, (first, last) = self.data_rect, self.box.viewRange()[0]
        if not area.contains(place) or self.notice:
            return -1, -1
        x = first + (place.x() - area.left()) / area.width() * (last - first)
        row = self.rows.at(self.value_at(place.y()) * self.rows.length)
        column = self.columns.at(x * self.columns.length)
        return (row, column) if self.block_at(row, column) is not None else (-1, -1)

    # what the base asks

    def theme_changed(self) -> None:
        """Measure the names of the rows."""
        metrics = font_metrics(ui_font(self.sizes.title, SEMIBOLD))
        self._widest = max((metrics.horizontalAdvance(block.row) for block in self.blocks), default=0.0)

    def layout_changed(self) -> None:
        """Place blocks, names and colour bar."""
        area, sizes = self.data_rect, self.sizes
        laid = (area.width(), area.height(), sizes, self.named)
        if laid != self._laid:
            self._laid = laid
            self._lay_sides(area)
        left = area.left() - sizes.padding
        self._header.place(QRectF(left, 0, self.width() - left, sizes.title * 1.7))
        self._bar.place(QRectF(area.right() + 2, area.top(), self.width() - area.right() - 2, area.height()))
        self._rects = [self.rect_of(block.rows, block.columns) for block in self.blocks]
        for item, rect in zip(self._items, self._rects, strict=True):
            item.stand(rect, area)
        self._place_labels()

    def _lay_sides(self, area: QRectF) -> None:
        """Give every row and column of blocks its share of the area, and the axes the names for ticks."""
        metrics = font_metrics(ui_font(self.sizes.small))
        widths: dict[Span, float] = {}
        for block in self.blocks:
            own = metrics.horizontalAdvance(self.heading(block)) + 4
            widths[block.columns] = max(widths.get(block.columns, 0.0), min(own, area.width() / 4))
        gap = self.sizes.padding if self.apart else 2.0
        self.columns.lay(area.width(), gap, [widths[span] for span in self.columns.spans])
        lead = self.sizes.small * 1.5 if self.named else 0.0
        self.rows.lay(area.height(), min(gap, 3.0), [0.0] * len(self.rows.spans), lead)
        rows = {self.rows.middle(block.rows): block.row for block in self.blocks}
        columns = {self.columns.middle(block.columns): block.column for block in self.blocks}
        self.value_axis.setTicks([list(rows.items())])
        self.plot.getAxis("top").setTicks([list(columns.items())])

    def _place_labels(self) -> None:
        area, sizes = self.data_rect, self.sizes
        rects, headings = self._rects, []
        if self.named:
            for block, rect in zip(self.blocks, rects, strict=True):
                place = QRectF(rect.left(), rect.top() - sizes.small * 1.4, max(1.0, rect.width()), sizes.small * 1.4)
                name, _, scale = self.heading(block).partition("  ")
                headings.append(Heading(place, name, block.row_style.colour, scale))
        outlines, pointers = self._marks(area)
        frames = [(rect, block.name == self.chosen) for block, rect in zip(self.blocks, rects, strict=True)]
        self._frames.place(area)
        self._frames.give((frames, headings, outlines))
        self._names.place(QRectF(0, 0, self.width(), self.height()))
        self._names.give(([], []) if self.named else self._side_names(area))
        self._pointers.place(QRectF(0, area.top(), area.left(), area.height()))
        self._pointers.give(pointers)

    def _side_names(self, area: QRectF) -> tuple[list[tuple[QRectF, str, SignalStyle]], list[Heading]]:
        """Return the names of rows and columns of blocks, in the middle of what is seen of each."""
        sizes, rows, columns = self.sizes, [], []
        for span in self.rows.spans:
            block = next(block for block in self.blocks if block.rows == span)
            rect = self.rect_of(span, block.columns) & QRectF(-1e6, area.top(), 2e6, area.height())
            if rect.height() >= sizes.small * 0.9:
                place = QRectF(sizes.padding, rect.center().y() - sizes.title, area.left(), 2 * sizes.title)
                rows.append((place, block.row, block.row_style))
        for span in self.columns.spans:
            block = next(block for block in self.blocks if block.columns == span)
            rect = self.rect_of(block.rows, span) & QRectF(area.left(), -1e6, area.width(), 2e6)
            if rect.width() > sizes.small:
                place = QRectF(rect.left() - 2, area.top() - sizes.small * 1.5, rect.width() + 4, sizes.small * 1.4)
                colour = block.column_style.colour if block.column_style is not None else self.theme.muted
                columns.append(Heading(place, self.heading(block), colour))
        return rows, columns

    def _marks(self, area: QRectF) -> tuple[list[tuple[QRectF, str]], list[tuple[float, str]]]:
        """Return outlines of picked rows that are high enough, and where to point at rows."""
        outlines, pointers = [], []
        for row, index in self.picked:
            colour = series_style(index, self.theme).colour
            blocks = [block for block in self.blocks if block.rows[0] <= row < block.rows[1]]
            rects = [self.rect_of((row, row + 1), block.columns) for block in blocks]
            outlines += [(rect & area, colour) for rect in rects if (rect & area).height() >= _LEGIBLE]
            if rects and area.top() <= rects[0].center().y() <= area.bottom():
                pointers.append((rects[0].center().y(), colour))
        return outlines, pointers

    # the mouse

    def pointed_at_pixel(self, at: QPointF | None) -> None:
        """Tell which entry is under the mouse."""
        over = (-1, -1) if at is None else self.entry_at(at)
        if over != self._pointed:
            self._pointed = over
            self.hovered.emit(*over)

    def _on_clicked(self, x: float, y: float) -> None:
        """Tell which entry was clicked."""
        entry = self.entry_at(self.pixel_of(x, y))
        if entry[0] >= 0:
            self.entryClicked.emit(*entry)
