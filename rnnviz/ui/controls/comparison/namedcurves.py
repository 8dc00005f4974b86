"""Gradients of several networks over one another, each named in large type where its way back ends."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from rnnviz.ui.drawing.painting import LEFT, font_metrics, write
from rnnviz.ui.plots import LogCurvesPlot, magnitude
from rnnviz.ui.plots.base.end_labels import spread
from rnnviz.ui.plots.base.parts import Part
from rnnviz.ui.theme import SEMIBOLD, ui_font

_LEAST = 14
"""The height from which there is room for large names, as a multiple of the size of small type."""

_APART = 1.6
"""The least distance between two names, as a multiple of their size."""
_BESIDE = 8
"""The width of a name, as a multiple of its size."""

Name = tuple[float, str, str]
"""The height of a curve in pixels, its name with its value, and its colour."""


class CurveNames(Part):
    """Names over the data, each beside the beginning of its curve."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[Name] = []

    def say(self, names: list[Name]) -> None:
        """Write names beside heights in pixels."""
        if names != self.names:
            self.names = names
            self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Write the names, a little above their curves."""
        size = self.sizes.title
        line, font = size * 1.5, ui_font(size, SEMIBOLD)
        top, bottom = self.rect.top() + line / 2, self.rect.bottom() - line / 2
        heights = spread([y - 0.9 * size for y, _, _ in self.names], line, top, bottom)
        ground = QColor(self.theme.surface)
        ground.setAlpha(200)
        for (_, text, colour), y in zip(self.names, heights, strict=True):
            width = font_metrics(font).horizontalAdvance(text) + size
            place = QRectF(self.rect.left() + self.sizes.padding, y - line / 2, width, line)
            painter.fillRect(place, ground)
            write(painter, place.adjusted(size / 4, 0, 0, 0), LEFT, text, font, colour)


class NamedCurves(LogCurvesPlot):
    """Curves of log10 of a magnitude, named at their beginning with the magnitude that they have there."""

    def build(self) -> None:
        """Add the names."""
        super().build()
        self.names = CurveNames()
        self.add_over_data(self.names, 30)

    def layout_changed(self) -> None:
        """Place the names too."""
        self.names.place(self.data_rect)
        super().layout_changed()

    def _changed(self, since: int = 0) -> None:
        super()._changed(since)
        self._place_names()

    def cover_changed(self) -> None:
        """Let no name tell what is hidden."""
        super().cover_changed()
        self._place_names()

    def _place_names(self) -> None:
        first = max(0, round(self.axis.view[0] + 0.5))
        hidden = self.hidden_after is not None and first > self.hidden_after
        if hidden or self.data_rect.height() < _LEAST * self.sizes.small:
            self.names.say([])
            return
        names = []
        beside = max(1, int(_BESIDE * self.sizes.title / self.axis.scale(self.width())))
        for place, curve in enumerate(self.curves.values()):
            if first + 1 < len(curve.values):
                heights = self.heights(np.asarray(curve.values[first : first + beside]), place)
                if np.isfinite(heights[0]):
                    y = float(np.nanmin(heights))  # above all that the name would else lie on
                    text = f"{curve.label}  {magnitude(float(curve.values[first]))}"
                    names.append((y, text, curve.style.colour))
        near = any(
            below - above < _APART * self.sizes.title for above, below in pairwise(sorted(y for y, _, _ in names))
        )
        self.names.say([] if near else names)  # the right margin names curves that lie close to each other
