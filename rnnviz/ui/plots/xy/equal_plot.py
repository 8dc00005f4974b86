"""The base of plots with one scale for both axes: the complex plane, a space of states."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt

from rnnviz.ui.plots.base.box import PlotBox
from rnnviz.ui.plots.xy.xy_view import XYPlot


class EqualBox(PlotBox):
    """A view of which the wheel zooms both axes about the mouse, and dragging moves both."""

    def __init__(self) -> None:
        super().__init__()
        self.setAspectLocked()

    def wheelEvent(self, ev: Any, axis: int | None = None) -> None:
        """Zoom about the mouse; with Shift or sideways move along x."""
        if ev.modifiers() & Qt.KeyboardModifier.ShiftModifier or ev.orientation() == Qt.Orientation.Horizontal:
            super().wheelEvent(ev)
        else:
            pg.ViewBox.wheelEvent(self, ev)

    def mouseDragEvent(self, ev: Any, axis: int | None = None) -> None:
        """Move what is seen."""
        pg.ViewBox.mouseDragEvent(self, ev, axis)


class EqualPlot(XYPlot):
    """A plot with one scale for both axes, whose ranges are wider than the fitted ones as its shape asks for."""

    box_class = EqualBox
    grid_at_ticks = marks_below = False

    def build(self) -> None:
        """Show the grid, and a quiet caption."""
        self.value_axis.has_grid = True
        self._caption.quiet = True

    @property
    def zoomed(self) -> bool:
        """Whether the ranges are those of the user."""
        return self.x_zoomed

    @property
    def unit(self) -> float:
        """Pixels per unit, along both axes."""
        low, high = self.x_range
        return self.data_rect.width() / (high - low)

    @property
    def tick_room(self) -> float:
        """Numbers are short here."""
        return 2.0 * self.sizes.small

    def zero_lines(self) -> tuple[bool, bool]:
        """Return that both axes are drawn."""
        return True, True

    def _fit_values(self, area: QRectF) -> None:
        self._fitting = True
        if not self.zoomed:
            self.box.setRange(xRange=self._given_x, yRange=self._given, padding=0)
        self._set, self._fitting = self.box.targetRange(), False
        x, y = self.box.viewRange()
        self._x_range, (self._low, self._high) = (x[0], x[1]), y

    def _on_range(self) -> None:
        """Follow ranges that are not those that were fitted; those of another shape of the plot are."""
        if not self._fitting and self._ready and self.box.targetRange() != self._set:
            self.x_zoomed = True
            self.relayout()
