"""The gradient of every parameter before and after, as bars on one logarithmic scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QWidget

from rnnviz.ui.drawing.painting import LEFT, RIGHT, font_metrics, write, write_symbols
from rnnviz.ui.drawing.ticks import number
from rnnviz.ui.plots.base.axes import QuietAxis
from rnnviz.ui.plots.base.box import PlotBox
from rnnviz.ui.plots.base.parts import Shows
from rnnviz.ui.plots.base.view import Margins, PlotView
from rnnviz.ui.plots.time.log_curves import log_range, magnitude
from rnnviz.ui.plots.xy.bars_item import BarsItem
from rnnviz.ui.theme import LIGHT, MEDIUM, NORMAL, REGULAR, ui_font

_ROW = 1.75
"""Height of a row, as a multiple of the type size."""
_TALLEST = 2.6
_TOLD = 11.5
"""Room for both numbers, as a multiple of the type size."""


@dataclass(frozen=True)
class ParameterRow:
    """A parameter and the norms of its gradient."""

    name: str
    before: float
    after: float


class NormBars(BarsItem):
    """A bar per parameter; `getData` returns the rows and log10 of the norms: -inf for a true zero, inf, NaN.

    Parameters
    ----------
    name : str
    """

    def __init__(self, name: str) -> None:
        nothing = np.zeros(0)
        super().__init__(x0=nothing, x1=nothing, y=nothing, height=0.5, name=name)

    def set_norms(self, log10: NDArray[np.float64], low: float) -> None:
        """Take log10 of the norms, [n], and where the scale begins."""
        self.setOpts(x0=np.full(len(log10), low), x1=log10, y=np.arange(len(log10)) + 0.5)

    def getData(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the rows' places and log10 of the norms, [n] each."""
        return self.opts["y"], self.opts["x1"]


class Word(NamedTuple):
    """A text in a rectangle, in a weight and a colour."""

    rect: QRectF
    flags: Qt.AlignmentFlag
    text: str
    weight: QFont.Weight
    colour: str


class RowWords(Shows[Sequence[Word]]):
    """Names and numbers beside the bars."""

    nothing = ()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the words."""
        size = self.sizes.small
        for rect, flags, text, weight, colour in self.content:
            font = ui_font(size, weight)
            if flags == LEFT:
                write_symbols(painter, rect, text, font, colour)
            else:
                write(painter, rect, flags, text, font, colour)


class ParameterBars(PlotView):
    """A row per parameter: its name, a bar before in quiet colour, one after over it, and both numbers.

    Rows that do not fit stand in further columns, on the same scale; where these do not fit either, the number of those
    left out is named. The wheel zooms the scale, which is log10 of the norm along x.
    """

    calm_size = (720, 160)
    grid_at_ticks = numbered = False  # rows are named in full

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(PlotBox(values_zoom=False), QuietAxis("bottom"), parent)
        self.rows: tuple[ParameterRow, ...] = ()
        self._range = (-4.0, 0.0)
        self._before, self._after, self._words = NormBars("before"), NormBars("after"), RowWords()
        for item in (self._before, self._after):
            self.add_data(item)
        self.add_beside_data(self._words)
        self.box.sigXRangeChanged.connect(self.relayout)
        self._ready = True
        self.set_theme(LIGHT, NORMAL)
        self.setAccessibleName("Gradients of the parameters before and after clipping")

    def set_rows(self, rows: Sequence[ParameterRow]) -> None:
        """Show these parameters."""
        if tuple(rows) == self.rows:
            return
        self.rows = tuple(rows)
        with np.errstate(divide="ignore", invalid="ignore"):
            before, after = np.log10(np.array([(row.before, row.after) for row in rows]).reshape(-1, 2).T)
        low, high = log_range([before, after])
        if (low - 1, high) != self._range:
            self._range = (low - 1, high)
            self.box.setLimits(xMin=low - 1, xMax=high, minXRange=0.1, maxXRange=high - low + 1)
            self.view_all()
        self._before.set_norms(before, low - 1)
        self._after.set_norms(after, low - 1)
        self.value_axis.setTicks([[(k + 0.5, row.name) for k, row in enumerate(self.rows)]])
        self.relayout()

    def view_all(self) -> None:
        """Show the whole scale."""
        self.box.setXRange(*self._range, padding=0)

    def minimumSizeHint(self) -> QSize:
        """Return the room for two rows."""
        return QSize(160, round(2 * _ROW * self.sizes.small))

    def layout_of(self, count: int) -> tuple[int, int]:
        """Return (rows, columns) for so many parameters."""
        fit = max(1, int((self.height() - self.sizes.padding) / (_ROW * self.sizes.small)))
        columns = min(-(-count // fit), max(1, int(self.width() / (34 * self.sizes.small))))
        return min(fit, -(-count // columns)) if columns else fit, max(1, columns)

    def share(self, value: float) -> float:
        """Return how long the bar of a norm is: 0 for a true zero, 1 at the end of the scale and beyond."""
        if not value > 0 or not math.isfinite(value):
            return 0.0
        low, high = self.box.viewRange()[0]
        return min(max((math.log10(value) - low) / (high - low), 0.005), 1.0)

    @property
    def ends(self) -> tuple[str, str]:
        """The norms at which a bar has no length, and its whole length."""
        return magnitude(self._range[0]), magnitude(self._range[1])

    # geometry

    @property
    def margins(self) -> Margins:
        """The room for names and numbers, and below the last row."""
        gap, space = 2 * self.sizes.padding, self.sizes.padding // 2
        rows, columns = self.layout_of(len(self.rows))
        below = self.height() - space - round(rows * self._row_height(rows))
        beside = round(_TOLD * self.sizes.small) + self.sizes.padding
        return Margins(gap + round(self._name_width(columns)), space, gap + beside, below)

    def layout_changed(self) -> None:
        """Place names, bars and numbers."""
        rows, columns = self.layout_of(len(self.rows))
        self.set_value_range(rows, 0.0)
        shown, tracks = self._shown(), self.rail_rects()
        words = [word for k, row in enumerate(shown) for word in self._words_of(self._place(k), row, columns)]
        if len(shown) < len(self.rows):
            left_out = f"and {len(self.rows) - len(shown)} more"
            words.append(Word(self._place(len(shown)), LEFT, left_out, REGULAR, self.theme.muted))
        self._words.place(QRectF(0, 0, self.width(), self.height()))
        self._words.give(words)
        for item, name, colour in (
            (self._before, "before", self.theme.faint),
            (self._after, "after", self.theme.accent),
        ):
            item.place(self.data_rect)
            pairs = zip(tracks, shown, strict=False)
            item.fill([self._bar(track, getattr(row, name), colour) for track, row in pairs])

    def rail_rects(self) -> list[QRectF]:
        """Return where the bars of the rows may stand; none where there is no room for them."""
        _, columns = self.layout_of(len(self.rows))
        beside = _TOLD * self.sizes.small + self.sizes.padding
        tracks = []
        for place in map(self._place, range(len(self._shown()))):
            quarter = 0.25 * place.height()
            tracks.append(place.adjusted(self._name_width(columns), quarter, -beside, -quarter))
        return [track for track in tracks if track.width() > 0]

    def _shown(self) -> tuple[ParameterRow, ...]:
        """Return the rows that have room; where some have none, the last place tells their number."""
        rows, columns = self.layout_of(len(self.rows))
        return self.rows if len(self.rows) <= rows * columns else self.rows[: rows * columns - 1]

    def _row_height(self, rows: int) -> float:
        return min(_TALLEST * self.sizes.small, (self.height() - self.sizes.padding) / rows)

    def _column_width(self, columns: int) -> float:
        gap = 2 * self.sizes.padding
        return (self.width() - gap * (columns + 1)) / columns

    def _name_width(self, columns: int) -> float:
        metrics = font_metrics(ui_font(self.sizes.small, MEDIUM))
        widest = max((metrics.horizontalAdvance(row.name) for row in self.rows), default=0.0)
        return max(0.0, min(widest + self.sizes.padding, 0.4 * self._column_width(columns)))

    def _place(self, index: int) -> QRectF:
        """Return where a row stands, with its name and its numbers."""
        rows, columns = self.layout_of(len(self.rows))
        (column, line), gap = divmod(index, rows), 2 * self.sizes.padding
        width, height = self._column_width(columns), self._row_height(rows)
        return QRectF(gap + column * (width + gap), self.sizes.padding / 2 + line * height, width, height)

    def _words_of(self, place: QRectF, row: ParameterRow, columns: int) -> tuple[Word, Word]:
        theme = self.theme
        name = QRectF(place.left(), place.top(), self._name_width(columns), place.height())
        told = f"{number(row.before)} → {number(row.after)}" if row.after != row.before else number(row.before)
        beside = place.adjusted(place.width() - _TOLD * self.sizes.small, 0, 0, 0)
        colour = theme.muted if math.isfinite(row.before) else theme.error
        return Word(name, LEFT, row.name, MEDIUM, theme.text), Word(beside, RIGHT, told, REGULAR, colour)

    def _bar(self, track: QRectF, value: float, colour: str) -> tuple[QRectF, str]:
        """Return the bar of a norm: all of the track for infinity, nothing of it for a true zero and for NaN."""
        if math.isinf(value):
            return track, self.theme.plus_infinity
        return QRectF(track.left(), track.top(), self.share(value) * track.width(), track.height()), colour
