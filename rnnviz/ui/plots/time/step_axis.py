"""The axis of the steps below a plot that stands alone, as in a figure: tokens, or step numbers counted from 1."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from rnnviz.ui.drawing.painting import CENTRE, RIGHT, font_metrics, write
from rnnviz.ui.drawing.ticks import round_ticks
from rnnviz.ui.plots.base.axes import QuietAxis
from rnnviz.ui.plots.time.time_axis import TimeAxis
from rnnviz.ui.theme import ui_font

Marks = Sequence[tuple[float, str]]


class StepAxis(QuietAxis):
    """Tokens where all in view fit their steps, else round step numbers, counted from 1.

    Parameters
    ----------
    axis : TimeAxis
    """

    def __init__(self, axis: TimeAxis) -> None:
        self._axis = axis
        self.last: int | None = None
        self.letter = "t"
        self.sampled = False  # whether, where there is no room for all labels, some stand rather than step numbers
        super().__init__("bottom")

    def hide_after(self, last: int | None) -> None:
        """Write no label after a step; None: all."""
        if last != self.last:
            self.last = last
            self.update()

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        """Return the steps that are labelled."""
        marks = self.marks()
        gap = marks[1][0] - marks[0][0] if len(marks) > 1 else 1.0
        return [(gap, [place for place, _ in marks])]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Return the labels of steps."""
        texts = dict(self.marks())
        return [texts.get(value, "") for value in values]

    def boundingRect(self) -> QRectF:
        """Return the area of the axis, and the margin before it, which tells what is counted."""
        left, right = self._axis.margins
        return QRectF(self.rect()).adjusted(-left, 0, right, 0)

    def marks(self) -> Marks:
        """Return the labels that are seen, each with its place in steps."""
        tokens = self.tokens()
        return self.numbers() if tokens is None else tokens

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Draw the labels in the height of the axis, and what they count at the left."""
        font, size, rect = ui_font(self.sizes.small), self.sizes.small, self.rect()
        tokens = self.tokens()
        marks = self.numbers() if tokens is None else tokens
        scale = self._scale()
        half = scale / 2 if tokens is not None else 4.0 * size
        for place, text in marks:
            x = (place - self._axis.view[0]) * scale
            write(painter, QRectF(x - half, 2, 2 * half, rect.height() - 2), CENTRE, text, font, self.theme.muted)
        left = self._axis.margins[0]
        margin = QRectF(-left, 2, left - self.sizes.padding, rect.height() - 2)
        write(painter, margin, RIGHT, self.letter, font, self.theme.muted)

    def tokens(self) -> Marks | None:
        """Return the tokens of the steps in view; None where they do not fit."""
        room = self._scale() - 4
        if room < self.sizes.small * 0.4:
            return None
        metrics = font_metrics(ui_font(self.sizes.small))
        marks = [(float(step), self._axis.labels[step]) for step in self._steps()]
        fits = all(metrics.horizontalAdvance(text) <= room for _, text in marks)
        return marks if fits else None

    def numbers(self) -> Marks:
        """Return round step numbers, or some of the labels where these are sampled."""
        steps = self._steps()
        if not steps:
            return []
        most = max(2, int(self.rect().width() / (self.sizes.small * 5)))
        if self.sampled:
            return [(float(step), self._axis.labels[step]) for step in steps[:: max(1, -(-len(steps) // most))]]
        ticks = round_ticks(steps[0] + 1, max(steps[-1] + 1, steps[0] + 2), most)
        return [(tick.value - 1, tick.text) for tick in ticks if tick.value == int(tick.value)]

    def _scale(self) -> float:
        first, last = self._axis.view
        return self.rect().width() / (last - first)

    def _steps(self) -> range:
        first, last = self._axis.view
        end = self._axis.steps if self.last is None else min(self._axis.steps, self.last + 1)
        return range(max(0, math.ceil(first)), min(end, math.floor(last) + 1))
