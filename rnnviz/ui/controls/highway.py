"""Magnitudes on a logarithmic axis that begin at one step, which is marked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from rnnviz.engine.requests import Memory
from rnnviz.ui.composed import Composed
from rnnviz.ui.drawing.painting import LEFT, RIGHT, write
from rnnviz.ui.plots import Curve, LogCurvesPlot, log_range
from rnnviz.ui.plots.base.parts import Part
from rnnviz.ui.plots.base.polylines import Floats
from rnnviz.ui.theme import MEDIUM, SignalStyle, hue, ui_font
from rnnviz.ui.view import AnalysisView


class AnchorMark(Part):
    """A dashed line at a step, with its name."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.foot = 0.0
        self.room = 0.0

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the line."""
        pen = QPen(QColor(self.theme.accent), max(1.0, self.sizes.line))
        pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        x = round(self.rect.center().x()) + 0.5
        painter.drawLine(QLineF(x, self.rect.top(), x, self.rect.bottom()))
        line = self.sizes.small * 1.6
        place = QRectF(x + 5, self.rect.bottom() - self.foot - line, self.rect.right() - x, line)
        side = LEFT
        if self.room < place.width():
            place.moveRight(x - 5)
            side = RIGHT
        write(painter, place, side, self.text, ui_font(self.sizes.small, MEDIUM), self.theme.accent)


class HighwayPlot(LogCurvesPlot):
    """Curves that are not there before an anchor, in the order in which a direction runs: no crosses mark that."""

    def build(self) -> None:
        """Add the mark."""
        super().build()
        self._anchor, self._backward = 0, False
        self._mark = AnchorMark()
        self.add_over_data(self._mark, 20)

    def show_ways(self, found: Composed | None, request: Memory, paths: AnalysisView | None, rows: slice) -> None:
        """Show the product of the factors since the anchor, and beside it the largest singular value of all ways.

        Parameters
        ----------
        found : Composed or None
            None while it is being computed.
        request : Memory
        paths : AnalysisView or None
            The answer to ``PathsFrom`` of the same anchor; left out where there is none.
        rows : slice
            The steps that are shown.
        """
        backward, theme = request.direction == "backward", self.theme
        curves: dict[object, Curve] = {}
        if found is not None:
            gone = found.kind == "overwritten"
            name = "kept" if gone else f"∏ {found.factor_in_short}"
            name = name if gone or request.unit is not None else f"mean {name}"
            curves["highway"] = Curve(found.series("highway", rows), SignalStyle(hue("blue", theme), "square"), name)
            if request.unit is None and not gone:
                style = SignalStyle(hue("sky", theme), "up", "dash")
                curves["widest"] = Curve(found.series("widest", rows), style, "largest unit")
        if found is not None and paths is not None and "largest" in paths.arrays:
            whole = np.asarray(paths.arrays["largest"], dtype=np.float64)
            steps = np.arange(len(whole))
            after = (steps <= request.anchor) if backward else (steps >= request.anchor)
            values = np.where(after & (steps >= rows.start) & (steps < rows.stop), whole, np.nan)
            curves["jacobian"] = Curve(values, SignalStyle(hue("vermillion", theme), "diamond"), "Jacobian")
        self.set_value_range(*log_range([np.asarray(curve.values) for curve in curves.values()]))
        self._anchor, self._backward = request.anchor, backward
        self.set_curves(curves)
        self.layout_changed()

    def layout_changed(self) -> None:
        """Place the mark."""
        super().layout_changed()
        area, x = self.data_rect, self.x_of(self._anchor)
        self._mark.text, self._mark.foot = f"k = {self._anchor + 1}", self.rail
        self._mark.room = area.right() - x
        wide = self.sizes.small * 6.0
        self._mark.place(QRectF(x - wide, area.top(), 2 * wide, area.height()))
        self._mark.update()

    def strange(self, values: Floats) -> NDArray[np.bool_]:
        """Tell which values get a cross: those from the anchor on that are not a number although others are."""
        steps, known = np.arange(len(values)), np.flatnonzero(~np.isnan(values))
        if not len(known):
            return np.zeros(len(values), np.bool_)
        after = steps <= self._anchor if self._backward else steps >= self._anchor
        return np.isnan(values) & after & (steps >= known[0]) & (steps <= known[-1])
