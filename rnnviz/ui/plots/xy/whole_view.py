"""A plot of something whole, such as a matrix or a square: zoomed in both directions together, and never left."""

from __future__ import annotations

from typing import Any, ClassVar

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QWidget

from rnnviz.ui.plots.base.axes import QuietAxis
from rnnviz.ui.plots.base.view import PlotView
from rnnviz.ui.plots.time.time_axis import LinkedBox
from rnnviz.ui.theme import LIGHT, NORMAL

MOST_ZOOM = 64.0
_ONE_WAY = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier


class WholeBox(LinkedBox):
    """A view of the square from 0 to 1: the wheel zooms both directions about the mouse, dragging moves both."""

    def __init__(self) -> None:
        super().__init__()
        self.values_zoomed = True  # so that dragging is not bound to one direction
        ends = {f"{axis}{end}": value for axis in "xy" for end, value in (("Min", 0.0), ("Max", 1.0))}
        spans = {f"{end}{axis}Range": span for axis in "XY" for end, span in (("min", 1 / MOST_ZOOM), ("max", 1.0))}
        self.setLimits(**ends, **spans)

    @property
    def shows_all(self) -> bool:
        """Whether everything is in view."""
        return all(last - first > 1 - 1e-9 for first, last in self.viewRange())

    def wheelEvent(self, ev: Any, axis: int | None = None) -> None:
        """Zoom both directions about the mouse; with Ctrl, or over an axis, one of them."""
        if axis is None and not ev.modifiers() & _ONE_WAY and ev.orientation() == Qt.Orientation.Vertical:
            pg.ViewBox.wheelEvent(self, ev)
        else:
            super().wheelEvent(ev, axis)

    def _tell(self, changed: list[bool]) -> None:
        """Leave it to the signals of the range: the plot follows these whoever has changed it."""


class WholeView(PlotView):
    """A plot whose data fills the square from 0 to 1; two of them can be linked with ``setXLink`` and ``setYLink``.

    Parameters
    ----------
    parent : QWidget or None
    below : QuietAxis or None
        The axis below.
    """

    upright: ClassVar[tuple[float, float]] = (0.0, 1.0)
    """What stands at the bottom and at the top."""

    def __init__(self, parent: QWidget | None = None, below: QuietAxis | None = None) -> None:
        super().__init__(WholeBox(), below or QuietAxis("bottom"), parent)
        self._low, self._high = self._given = self.upright
        self.box.setRange(xRange=(0.0, 1.0), yRange=(0.0, 1.0), padding=0)
        self.build()
        self.box.sigRangeChanged.connect(self._on_range)
        self._ready = True
        self.set_theme(LIGHT, NORMAL)

    def build(self) -> None:
        """Add what is particular to this kind of plot; called once, before the first layout."""

    def view_all(self) -> None:
        """Show everything."""
        self.box.setRange(xRange=(0.0, 1.0), yRange=(0.0, 1.0), padding=0)

    def pixel_of(self, x: float, y: float) -> QPointF:
        """Return the pixel of a place in the square."""
        (first, last), area = self.box.viewRange()[0], self.data_rect
        across, up = (x - first) / (last - first), (y - self._low) / (self._high - self._low)
        return QPointF(area.left() + across * area.width(), area.bottom() - up * area.height())

    def _on_range(self) -> None:
        low, high = self.box.viewRange()[1]
        self._low, self._high = (high, low) if self.upright[0] > self.upright[1] else (low, high)
        self.relayout()
