"""Matrices side by side as heatmaps on one scale: the gates' blocks of a gradient as it is gathered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Signal

from rnnviz.ui.drawing.ticks import number
from rnnviz.ui.plots.base.colour_bar import ColourBar
from rnnviz.ui.plots.base.view import Margins
from rnnviz.ui.plots.time.time_plot import TimePlot
from rnnviz.ui.plots.xy.matrix_image import BlockItem, have_items
from rnnviz.ui.plots.xy.matrix_labels import Frames, Heading
from rnnviz.ui.theme import DIVERGING

Floats = NDArray[np.floating]

_GAP = 10.0
_NARROWEST = 14.0


@dataclass(frozen=True, eq=False)
class NamedMatrix:
    """A matrix [R, C], or a vector [R], its name and the colour that it is written in."""

    name: str
    values: Floats
    colour: str

    @property
    def matrix(self) -> Floats:
        """The values, [R, C]; those of a vector as a column."""
        return self.values if self.values.ndim == 2 else self.values.reshape(-1, 1)


class BlockStrip(TimePlot):
    """Matrices from left to right between the margins of the time axis, with a colour bar at the right.

    All share one scale, even about zero. What is not a number is seen in the colour of warnings.

    Signals
    -------
    told(text)
        What is under the mouse, in words; empty for nothing.
    """

    told = Signal(str)

    calm_size = (720, 110)
    """A height at which gates can be told apart."""
    grid_at_ticks = numbered = values_zoom = False

    def build(self) -> None:
        """Begin without matrices."""
        self.blocks: tuple[NamedMatrix, ...] = ()
        self.top = 1.0
        self.caption = ("", "")
        self._items: list[BlockItem] = []
        self._bar, self._frames = ColourBar(), Frames()
        for part in (self._bar, self._frames):
            self.add_beside_data(part)

    def show_blocks(self, blocks: Sequence[NamedMatrix], top: float, caption: tuple[str, str]) -> None:
        """Show matrices on a scale from -top to top, with a large name and a small one at their left."""
        if tuple(blocks) == self.blocks and (top, caption) == (self.top, self.caption):
            return
        self.blocks, self.top, self.caption = tuple(blocks), top if top > 0 else 1.0, caption
        self._bar.set_scale(DIVERGING, -self.top, self.top)
        self._bar.setVisible(bool(self.blocks))
        have_items(self, self._items, len(self.blocks), warns=True)
        for item, block in zip(self._items, self.blocks, strict=True):
            item.show_values(block.matrix, self.top)
        self.set_side_label(*caption)
        self.setAccessibleName(" ".join((*caption, *(block.name for block in blocks))))
        self.relayout()

    @property
    def margins(self) -> Margins:
        """The margins of the axis, and room for the names."""
        return super().margins._replace(top=round(self.sizes.small * 1.6))

    def rects(self) -> list[QRectF]:
        """Return where each matrix stands: as wide as it has columns, none narrower than can be seen."""
        area = self.data_rect
        columns = np.array([block.matrix.shape[1] for block in self.blocks], np.float64)
        if not len(columns):
            return []
        gap = min(_GAP, area.width() / (4 * len(columns)))
        room = area.width() - gap * (len(columns) - 1)
        least = min(_NARROWEST, room / len(columns))
        widths = least + (room - least * len(columns)) * columns / columns.sum()
        starts = area.left() + np.concatenate([[0.0], np.cumsum(widths + gap)[:-1]])
        places = zip(starts.tolist(), widths.tolist(), strict=True)
        return [QRectF(left, area.top(), width, area.height()) for left, width in places]

    def layout_changed(self) -> None:
        """Place matrices, names and colour bar."""
        area, rects = self.data_rect, self.rects()
        for item, rect in zip(self._items, rects, strict=True):
            item.stand(rect, area)
        above = QRectF(0, 0, 0, area.top())
        headings = [
            Heading(above.translated(rect.left(), 0).adjusted(0, 0, rect.width() + _GAP, 0), block.name, block.colour)
            for block, rect in zip(self.blocks, rects, strict=True)
        ]
        self._frames.place(QRectF(0, 0, self.width(), self.height()))
        self._frames.give(([(rect, False) for rect in rects], headings, []))
        self._bar.place(self.gutter_rect)

    def pointed_at_pixel(self, at: QPointF | None) -> None:
        """Read out the entry under the mouse."""
        text = ""
        for block, rect in zip(self.blocks, self.rects(), strict=True):
            values = block.matrix
            if at is not None and rect.contains(at) and values.size:
                row = min(int((at.y() - rect.top()) / rect.height() * len(values)), len(values) - 1)
                column = min(int((at.x() - rect.left()) / rect.width() * values.shape[1]), values.shape[1] - 1)
                where = f"{row + 1}, {column + 1}" if block.values.ndim == 2 else f"{row + 1}"
                text = f"{block.name}[{where}]: {number(float(values[row, column]))}"
        self.told.emit(text)
