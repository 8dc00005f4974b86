"""Marks where a signal is held by hand, so that nobody takes what was set for what was computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from rnnviz.ui.plots.base.parts import Shows
from rnnviz.ui.plots.base.polylines import neighbours

if TYPE_CHECKING:
    from rnnviz.ui.plots.time.time_widget import TimeWidget

BAR = 3.0
"""The height of the bar along the top of held steps, in pixels."""
_BEYOND = 4.0
"""Pixels that marks go beyond the edge of the data where more is held than is in view."""
_LOWEST_FRAMED = 7.0
"""Pixels below which held rows have marks at both ends only: a frame would cover what is in them."""
_MOST_FRAMES = 256
"""Groups of rows that are framed; more could not be told apart."""


@dataclass(frozen=True)
class Held:
    """Steps at which a signal is held: from ``first`` until before ``stop``; ``units`` None: all."""

    first: int
    stop: int
    units: tuple[int, ...] | None = None

    def has(self, unit: int) -> bool:
        """Whether a unit is among those that are held."""
        return self.units is None or unit in self.units


def groups(rows: Sequence[int] | NDArray[np.intp]) -> list[tuple[int, int]]:
    """Return rows as runs of neighbours, each from its first row to the one after its last."""
    return [(int(run[0]), int(run[-1]) + 1) for run in neighbours(np.unique(np.asarray(rows, np.intp)))]


def in_view(plot: TimeWidget, held: Held) -> bool:
    """Return whether any of the held steps is in view."""
    first, last = plot.axis.view
    return held.stop - 0.5 > first and held.first - 0.5 < last


def held_spans(plot: TimeWidget) -> list[tuple[float, float]]:
    """Return left and right pixel of what is held and in view."""
    area = plot.data_rect
    return [
        (max(plot.x_of(one.first - 0.5), area.left() - _BEYOND), min(plot.x_of(one.stop - 0.5), area.right() + _BEYOND))
        for one in plot.held
        if in_view(plot, one)
    ]


class HeldMarks(Shows[tuple[Sequence[tuple[float, float]], Sequence[QRectF]]]):
    """A bar along the top edge of held steps, and frames around held rows."""

    nothing = (), ()

    def follow(self, plot: TimeWidget) -> None:
        """Mark what is held in a plot, as far as it is in view."""
        self.place(plot.data_rect)
        bars = held_spans(plot)
        seen = [held for held in plot.held if in_view(plot, held)]
        frames = [
            QRectF(left, top, right - left, below - top)
            for held, (left, right) in zip(seen, bars, strict=True)
            for top, below in plot.held_rows(held)
        ]
        self.give((bars, frames[:_MOST_FRAMES]))

    @property
    def shown(self) -> bool:
        """Whether anything is marked."""
        return bool(self.content[0])

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint bars and frames, with a thin contrasting edge."""
        accent, (bars, frames) = QColor(self.theme.accent), self.content
        for frame in frames:
            if frame.height() < _LOWEST_FRAMED:
                for left in (frame.left(), frame.right() - BAR):
                    painter.fillRect(QRectF(left, frame.top(), BAR, max(2.0, frame.height())), accent)
                continue
            painter.setPen(QPen(QColor(self.theme.halo), 3.0))
            painter.drawRect(frame)
            painter.setPen(QPen(accent, 1.5))
            painter.drawRect(frame)
        for left, right in bars:
            bar = QRectF(left, self.rect.top(), max(2.0, right - left), BAR)
            painter.fillRect(bar.adjusted(0, 0, 0, 1), QColor(self.theme.halo))
            painter.fillRect(bar, accent)
