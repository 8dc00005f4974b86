"""The labels of the steps below a plot that stands alone, as in a figure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF, QPainter

from rnnviz.ui.drawing.painting import CENTRE, RIGHT, write
from rnnviz.ui.drawing.ticks import round_ticks
from rnnviz.ui.plots.base.parts import Part
from rnnviz.ui.plots.time.time_axis import TimeAxis
from rnnviz.ui.theme import ui_font

Marks = Sequence[tuple[float, str]]


class StepLabels(Part):
    """Tokens where all in view fit their steps, else round step numbers, counted from 1."""

    def __init__(self, axis: TimeAxis) -> None:
        super().__init__()
        self._axis = axis
        self.last: int | None = None
        self.letter = "t"
        self.sampled = False  # whether, where there is no room for all labels, some stand rather than step numbers

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Draw the labels in the part's height, and what they count at the left."""
        font, size = ui_font(self.sizes.small), self.sizes.small
        tokens = self._tokens(QFontMetricsF(font))
        marks = self._numbers() if tokens is None else tokens
        scale = self._scale()
        half = scale / 2 if tokens is not None else 4.0 * size
        for place, text in marks:
            x = self.rect.left() + (place - self._axis.view[0]) * scale
            room = QRectF(x - half, self.rect.top(), 2 * half, self.rect.height())
            write(painter, room, CENTRE, text, font, self.theme.muted)
        margin = QRectF(0, self.rect.top(), self.rect.left() - self.sizes.padding, self.rect.height())
        write(painter, margin, RIGHT, self.letter, font, self.theme.muted)

    def _scale(self) -> float:
        first, last = self._axis.view
        return self.rect.width() / (last - first)

    def _steps(self) -> range:
        first, last = self._axis.view
        end = self._axis.steps if self.last is None else min(self._axis.steps, self.last + 1)
        return range(max(0, math.ceil(first)), min(end, math.floor(last) + 1))

    def _tokens(self, metrics: QFontMetricsF) -> Marks | None:
        room = self._scale() - 4
        if room < self.sizes.small * 0.4:
            return None
        marks = [(float(step), self._axis.labels[step]) for step in self._steps()]
        fits = all(metrics.horizontalAdvance(text) <= room for _, text in marks)
        return marks if fits else None

    def _numbers(self) -> Marks:
        steps = self._steps()
        if not steps:
            return []
        most = max(2, int(self.rect.width() / (self.sizes.small * 5)))
        if self.sampled:
            return [(float(step), self._axis.labels[step]) for step in steps[:: max(1, -(-len(steps) // most))]]
        ticks = round_ticks(steps[0] + 1, max(steps[-1] + 1, steps[0] + 2), most)
        return [(tick.value - 1, tick.text) for tick in ticks if tick.value == int(tick.value)]
