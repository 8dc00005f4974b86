"""The base of plots over any quantity: a PlotItem with numbers along both axes, both of which may be zoomed."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QWidget

from rnnviz.ui.drawing.painting import LEFT, write, write_symbols
from rnnviz.ui.drawing.ticks import Tick, apart
from rnnviz.ui.plots.base.box import PlotBox
from rnnviz.ui.plots.base.parts import Shows, ZeroLines
from rnnviz.ui.plots.base.polylines import Floats
from rnnviz.ui.plots.base.view import FAR, LARGEST, PlotView
from rnnviz.ui.plots.xy.scales import ticks_along
from rnnviz.ui.plots.xy.x_axis import XAxis
from rnnviz.ui.theme import ui_font

Range = tuple[float, float]


class XYPlot(PlotView):
    """A plot whose ranges fit its data until the user, or whoever else, has set others.

    Those then stay while new data arrives, until everything is shown again.

    Parameters
    ----------
    parent : QWidget or None
    """

    box_class: ClassVar[type[PlotBox]] = PlotBox
    marks_below = True
    """Whether the axis below has a line, and a short one at each tick."""

    least_size = (8, 4)
    """The size below which nothing is seen, as a multiple of that of small type."""

    whole_x = False
    """Whether only whole numbers stand along the axis below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        box, self.x_axis = self.box_class(), XAxis(marks=self.marks_below)
        self.x_zoomed = False
        self._x_range = self._given_x = (0.0, 1.0)
        self._fitting = False
        self._set = box.targetRange()
        super().__init__(box, self.x_axis, parent)
        end = 1e4 * LARGEST
        box.setLimits(xMin=-end, xMax=end, yMin=-end, yMax=end)
        self._caption, self._zeros = Caption(), ZeroLines()
        self.add_beside_data(self._caption)
        self.add_over_data(self._zeros, -40.0)
        box.sigRangeChanged.connect(self._on_range)
        self.build()
        self._ready = True
        self.set_theme(self.theme, self.sizes)

    def build(self) -> None:
        """Add what is particular to this kind of plot; called once, before the first layout."""

    # ranges

    @property
    def x_range(self) -> Range:
        """The ends of the axis below, as they are seen."""
        return self._x_range

    @property
    def y_range(self) -> Range:
        """The ends of the axis at the left, as they are seen."""
        return self.value_range

    def fit(self, x_range: Range, y_range: Range) -> None:
        """Show these ranges, now or when everything is shown again; call `relayout` after it."""
        self._given_x, self._given = _bounded(x_range), _bounded(y_range)
        self._show_fitted()

    def view_all(self) -> None:
        """Show the fitted ranges again."""
        self.x_zoomed = self.box.values_zoomed = False
        self._show_fitted()
        self.relayout()

    def _show_fitted(self) -> None:
        if not self.x_zoomed:
            self._x_range = self._given_x
        if not self.box.values_zoomed:
            self._low, self._high = self._given

    # what kinds of plot override

    @property
    def spill(self) -> int:
        """Pixels kept free left and right of the scale, so that a marker at its end is not cut."""
        return 0

    @property
    def tick_room(self) -> float:
        """The pixels that numbers below are apart from each other at least."""
        return 3.2 * self.sizes.small

    def zero_lines(self) -> tuple[bool, bool]:
        """Return whether there is a firm line where x, and where y, is zero."""
        return False, False

    def ticks_below(self) -> list[Tick]:
        """Return the ticks along the axis below."""
        most = max(2, int(self.scale_rect.width() / (4.5 * self.sizes.small)) + 1)
        return ticks_along(*self._x_range, most, whole=self.whole_x)

    # geometry, in pixels of the widget

    @property
    def scale_rect(self) -> QRectF:
        """The part of the data's area that the scales span."""
        spill = min(float(self.spill), self.data_rect.width() / 3)
        return super().scale_rect.adjusted(spill, 0, -spill, 0)

    def x_of(self, x: float) -> float:
        """Return the horizontal pixel of x."""
        return float(self.pixels(np.array([x]))[0])

    def pixels(self, x: Floats) -> Floats:
        """Return the horizontal pixels of finite x, those far outside cut."""
        (low, high), scale = self._x_range, self.scale_rect
        with np.errstate(over="ignore", invalid="ignore"):
            return scale.left() + np.clip((x - low) / ((high - low) or 1.0), -FAR, FAR + 1) * scale.width()

    def uprights(self) -> list[float]:
        """Return where grid lines stand: at the ticks below."""
        return [x + self.data_rect.left() for x, _ in self.x_axis.shown]

    def minimumSizeHint(self) -> QSize:
        """Return the size below which nothing is seen."""
        return QSize(*(each * self.sizes.small for each in self.least_size))

    # what follows a change

    def _lay_out(self, area: QRectF) -> None:
        super()._lay_out(area)
        self.plot.setGeometry(QRectF(self.rect()))  # margins of the size before may have kept it from shrinking

    def _fit_values(self, area: QRectF) -> None:
        self._fitting = True
        super()._fit_values(area)
        (low, high), scale = self._x_range, self.scale_rect
        around = (scale.left() - area.left()) * (high - low) / max(scale.width(), 1.0)
        self.box.setXRange(low - around, high + around, padding=0)
        self._set, self._fitting = self.box.targetRange(), False

    def _place_ticks(self) -> None:
        area, found = self.data_rect, self.ticks_below()
        places = self.pixels(np.array([tick.value for tick in found])).tolist()
        ticks = apart(list(zip(places, found, strict=True)), [], self.tick_room)
        self.x_axis.show_ticks(
            [(x - area.left(), tick) for x, tick in ticks], (area.left(), self.width() - area.right())
        )
        super()._place_ticks()
        upright, level = self.zero_lines()
        self._zeros.place(area)
        self._zeros.give(
            (
                self.x_of(0.0) if upright and _within(0.0, self._x_range) else None,
                self.y_of(0.0) if level and _within(0.0, self.value_range) else None,
            )
        )

    def _on_range(self) -> None:
        """Follow ranges that are not those that were fitted: the user's, a plugin's, or a linked plot's."""
        if self._fitting or not self._ready:
            return
        x, y = self.box.targetRange()
        if x != self._set[0]:
            (low, high), area = self.box.viewRange()[0], self.data_rect
            around = (self.scale_rect.left() - area.left()) * (high - low) / area.width()
            self._x_range, self.x_zoomed = (low + around, high - around), True
        if y != self._set[1]:
            self.box.values_zoomed = True
            super()._on_values_zoomed()
        else:
            self.relayout()

    def _on_values_zoomed(self) -> None:
        """Do nothing: the range was followed when it changed."""


class Caption(Shows[str]):
    """One line of text above the data: what the axis at the left says."""

    nothing = ""
    quiet = False
    alignment, weight = LEFT, QFont.Weight.Normal

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the text."""
        colour = self.theme.muted if self.quiet else self.theme.text
        font = ui_font(self.sizes.small, self.weight)
        if self.alignment == LEFT:
            write_symbols(painter, self.rect, self.content, font, colour)
        else:
            write(painter, self.rect, self.alignment, self.content, font, colour)


def _within(value: float, ends: Range) -> bool:
    return ends[0] < value < ends[1]


def _bounded(ends: Range) -> Range:
    low, high = (min(max(float(end), -LARGEST), LARGEST) for end in ends)
    return low, high
