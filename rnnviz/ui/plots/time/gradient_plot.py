"""The plot of gradients: logarithmic curves, and a point at t = 0 for the state before the first step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from rnnviz.ui.drawing.painting import draw_symbol
from rnnviz.ui.plaintext import plain_tip
from rnnviz.ui.plots import LogCurvesPlot, magnitude
from rnnviz.ui.plots.base.parts import Shows
from rnnviz.ui.theme import SignalStyle

Mark = tuple[str, float, SignalStyle]


class _Points(Shows[Sequence[tuple[QPointF, SignalStyle]]]):
    """Markers at pixels."""

    nothing = ()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Draw the markers."""
        for at, style in self.content:
            draw_symbol(painter, at, style, self.sizes.marker + 2, self.theme.surface)


class GradientPlot(LogCurvesPlot):
    """Norms over the steps, and those of the states before the first step on the axis at the left edge.

    The points at t = 0 are seen while the first step is in view.
    """

    def build(self) -> None:
        """Add the points."""
        super().build()
        self._marks: tuple[Mark, ...] = ()
        self._points = _Points()
        self.add_beside_data(self._points)

    def show_marks(self, marks: Sequence[Mark]) -> None:
        """Show (name, log10 of the norm, style) for each state."""
        self._marks = tuple(marks)
        told = ", ".join(f"{name}: {magnitude(value)}" for name, value, _ in marks)
        self.setToolTip(plain_tip(f"At the left edge, t = 0, stand the gradients of {told}" if told else ""))
        self._place_points()

    def layout_changed(self) -> None:
        """Place the points too."""
        super().layout_changed()
        self._place_points()

    def _place_points(self) -> None:
        area, size = self.data_rect, self.sizes.marker
        self._points.place(QRectF(area.left() - 2 * size, 0, 4 * size, self.height()))
        if self.axis.view[0] > -0.5:
            self._points.give([])
            return
        values = np.array([value for _, value, _ in self._marks], dtype=np.float64)
        heights = self.heights(values, 0).tolist()
        points = zip(heights, (style for _, _, style in self._marks), strict=True)
        self._points.give([(QPointF(area.left(), y), style) for y, style in points if np.isfinite(y)])
