"""The gradient of every parameter before and after, as bars on one logarithmic scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnviz.ui.drawing.painting import LEFT, RIGHT, font_metrics, write
from rnnviz.ui.drawing.ticks import number
from rnnviz.ui.plots.time.log_curves import log_range, magnitude
from rnnviz.ui.theme import LIGHT, MEDIUM, NORMAL, Metrics, Theme, ui_font

_ROW = 1.75
"""Height of a row, as a multiple of the type size."""
_TALLEST = 2.6


@dataclass(frozen=True)
class ParameterRow:
    """A parameter and the norms of its gradient."""

    name: str
    before: float
    after: float


class ParameterBars(QWidget):
    """A row per parameter: its name, a bar before in quiet colour, one after over it, and both numbers.

    Rows that do not fit stand in further columns; where these do not fit either, the number of those left out is named.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme: Theme = LIGHT
        self.sizes: Metrics = NORMAL
        self.rows: tuple[ParameterRow, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Gradients of the parameters before and after clipping")

    def set_rows(self, rows: Sequence[ParameterRow]) -> None:
        """Show these parameters."""
        if tuple(rows) != self.rows:
            self.rows = tuple(rows)
            self.update()

    def set_theme(self, theme: Theme, sizes: Metrics) -> None:
        """Take other colours and sizes."""
        self.theme, self.sizes = theme, sizes
        self.update()

    def sizeHint(self) -> QSize:
        """Return a calm size among plots."""
        return QSize(720, 160)

    def minimumSizeHint(self) -> QSize:
        """Return the room for two rows."""
        return QSize(160, round(2 * _ROW * self.sizes.small))

    def layout_of(self, count: int) -> tuple[int, int]:
        """Return (rows, columns) for so many parameters."""
        fit = max(1, int((self.height() - self.sizes.padding) / (_ROW * self.sizes.small)))
        columns = min(-(-count // fit), max(1, int(self.width() / (34 * self.sizes.small))))
        return min(fit, -(-count // columns)) if columns else fit, max(1, columns)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.surface))
        if self.rows:
            self._paint_rows(painter)
        painter.end()

    def _paint_rows(self, painter: QPainter) -> None:
        size, gap = self.sizes.small, 2 * self.sizes.padding
        rows, columns = self.layout_of(len(self.rows))
        shown = self.rows[: rows * columns]
        left_out = len(self.rows) - len(shown)
        if left_out:
            shown, left_out = shown[:-1], left_out + 1
        width = (self.width() - gap * (columns + 1)) / columns
        height = min(_TALLEST * size, (self.height() - self.sizes.padding) / rows)
        for index, row in enumerate(shown):
            column, line = divmod(index, rows)
            place = QRectF(gap + column * (width + gap), self.sizes.padding / 2 + line * height, width, height)
            self._paint_row(painter, place, row)
        if left_out:
            column, line = divmod(len(shown), rows)
            place = QRectF(gap + column * (width + gap), self.sizes.padding / 2 + line * height, width, height)
            write(painter, place, LEFT, f"and {left_out} more", ui_font(size), self.theme.muted)

    def _paint_row(self, painter: QPainter, place: QRectF, row: ParameterRow) -> None:
        size, theme = self.sizes.small, self.theme
        names, numbers = ui_font(size, MEDIUM), ui_font(size)
        widest = max(font_metrics(names).horizontalAdvance(other.name) for other in self.rows)
        room = min(widest + self.sizes.padding, 0.4 * place.width())
        text = f"{number(row.before)} → {number(row.after)}" if row.after != row.before else number(row.before)
        told = 11.5 * size
        write(painter, QRectF(place.left(), place.top(), room, place.height()), LEFT, row.name, names, theme.text)
        beside = QRectF(place.right() - told, place.top(), told, place.height())
        write(painter, beside, RIGHT, text, numbers, theme.muted if math.isfinite(row.before) else theme.error)
        track = QRectF(place.left() + room, place.top() + 0.25 * place.height(), 0, 0.5 * place.height())
        track.setRight(beside.left() - self.sizes.padding)
        if track.width() > 0:
            self._paint_bars(painter, track, row)

    def _paint_bars(self, painter: QPainter, track: QRectF, row: ParameterRow) -> None:
        painter.fillRect(track, QColor(self.theme.raised))
        for value, colour in ((row.before, self.theme.faint), (row.after, self.theme.accent)):
            share = self.share(value)
            if math.isfinite(value):
                painter.fillRect(
                    QRectF(track.left(), track.top(), share * track.width(), track.height()), QColor(colour)
                )
            elif math.isinf(value):
                painter.fillRect(track, QColor(self.theme.plus_infinity))

    def share(self, value: float) -> float:
        """Return how long the bar of a norm is: 0 for a true zero, 1 for the largest power of ten."""
        if not value > 0 or not math.isfinite(value):
            return 0.0
        low, high = self._range
        return min(max((math.log10(value) - low) / (high - low), 0.005), 1.0)

    @property
    def ends(self) -> tuple[str, str]:
        """The norms at which a bar has no length, and its whole length."""
        low, high = self._range
        return magnitude(low), magnitude(high)

    @property
    def _range(self) -> tuple[float, float]:
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log10(np.array([[row.before, row.after] for row in self.rows], np.float64))
        low, high = log_range([logs])
        return low - 1, high
