"""Where the parts of a plot over time stand, in pixels of the widget."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QWidget

from rnnviz.ui.plots.time.time_axis import TimeAxis
from rnnviz.ui.plots.time.time_widget import TimeWidget

AWAY = 4
"""Pixels between the data and parts in the right margin."""


class TimePlotGeometry(TimeWidget):
    """Areas of a plot, and the vertical scale between its rails; arguments as for `TimeWidget`."""

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(axis, parent)
        self._low, self._high = 0.0, 1.0
        self._rails = (False, False)
        self._labelled = False

    @property
    def has_header(self) -> bool:
        """Whether there is a title line."""
        return False

    @property
    def data_rect(self) -> QRectF:
        """The area of the data, rails included."""
        left, width = self.axis.area(self.width())
        space = self.sizes.padding // 2
        top = self.sizes.header if self.has_header else space
        below = space + (round(self.sizes.small * 1.7) if self._labelled else 0)
        return QRectF(left, top, width, max(1, self.height() - top - below))

    @property
    def scale_rect(self) -> QRectF:
        """The part of the data's area that the vertical scale spans."""
        upper, lower = (self.rail * there + self.inset for there in self._rails)
        return self.data_rect.adjusted(0, upper, 0, -lower)

    @property
    def inset(self) -> float:
        """Pixels kept free above and below the scale, so that a marker at its end is not cut."""
        return 0.0

    @property
    def gutter_rect(self) -> QRectF:
        """The right margin, beside the data."""
        area = self.data_rect
        left = area.right() + AWAY
        return QRectF(left, area.top(), self.width() - left, area.height())

    def y_of(self, value: float) -> float:
        """Return the vertical pixel of a value on the scale."""
        rect = self.scale_rect
        share = (value - self._low) / ((self._high - self._low) or 1.0)
        return rect.bottom() - share * rect.height()

    def value_at(self, y: float) -> float:
        """Return the value at a vertical pixel."""
        rect = self.scale_rect
        return self._low + (rect.bottom() - y) / max(rect.height(), 1.0) * (self._high - self._low)

    @property
    def rail(self) -> float:
        """The height of the rails for zeros and infinities: less where there is little room for the scale."""
        return min(float(self.sizes.rail), self.data_rect.height() / 5)

    def _rail_rects(self) -> list[QRectF]:
        area, rail = self.data_rect, self.rail
        upper = QRectF(area.left(), area.top(), area.width(), rail)
        lower = QRectF(area.left(), area.bottom() - rail, area.width(), rail)
        return [rail for rail, there in zip((upper, lower), self._rails, strict=True) if there]
