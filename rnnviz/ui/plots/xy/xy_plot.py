"""A graph: curves over any axis, for what is not drawn over the steps of the sequence."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

from rnnviz.ui.drawing.painting import font_metrics
from rnnviz.ui.drawing.ticks import number
from rnnviz.ui.plots.base.end_labels import Label
from rnnviz.ui.plots.base.polylines import Floats, runs
from rnnviz.ui.plots.time.log_curves import log_range, magnitude
from rnnviz.ui.plots.xy.axes_frame import GraphFrame
from rnnviz.ui.plots.xy.scales import fitted, rounded
from rnnviz.ui.plots.xy.xy_items import Dots, GraphBand, GraphCurve, thinned
from rnnviz.ui.theme import LIGHT, MEDIUM, NORMAL, ui_font

__all__ = ["GraphBand", "GraphCurve", "GraphPlot"]

_LARGEST = 1e12
"""Decimal logarithms from which a scale is not fitted to them."""


class GraphPlot(GraphFrame):
    """Curves over any axis, linear or logarithmic upwards, each named at its right end.

    Call `set_axes` and `set_curves`, in any order. On a logarithmic graph the values are decimal logarithms; -inf is a
    true zero and stands on the rail "0" at the bottom, +inf on the rail of infinity at the top, NaN is a gap with a
    cross on the upper rail. A linear graph has rails where there are infinities. Under the mouse, and at the marker,
    every curve tells its value.

    Signals
    -------
    hovered(x)
        The mouse is over the points at x; NaN: over none.
    clicked(x)
        The user clicked the points at x.

    Parameters
    ----------
    parent : QWidget or None
    """

    hovered = Signal(float)
    clicked = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.curves: tuple[GraphCurve, ...] = ()
        self.marker: float | None = None
        self._given: tuple[tuple[float, float] | None, tuple[float, float] | None] = (None, None)
        self._bands: tuple[GraphBand, ...] = ()
        self._places: Floats = np.zeros(0)
        self._hover: float | None = None
        self.set_theme(LIGHT, NORMAL)

    # what panels call

    def set_curves(self, curves: Sequence[GraphCurve]) -> None:
        """Show these curves and no others; the first lies on top, and its name is the last to give way."""
        self.curves = tuple(curves)
        every = [curve.x[np.isfinite(curve.x)] for curve in self.curves]
        self._places = np.unique(np.concatenate(every)) if every else np.zeros(0)
        self._whole_x = bool(len(self._places)) and bool((self._places == np.round(self._places)).all())
        self.relayout()

    def set_axes(
        self,
        x_title: str,
        y_title: str,
        log10: bool = False,
        x_range: tuple[float, float] | None = None,
        y_range: tuple[float, float] | None = None,
    ) -> None:
        """Name the axes and fix their ranges; None fits a range to the curves.

        Parameters
        ----------
        x_title, y_title : str
        log10 : bool
            Whether the values are decimal logarithms; ``y_range`` then is in powers of ten.
        x_range, y_range : (float, float), optional
        """
        new = ((x_title, y_title), bool(log10), (x_range, y_range))
        if new != (self._titles, self.log10, self._given):
            self._titles, self.log10, self._given = new
            self.relayout()

    def set_marker(self, x: float | None) -> None:
        """Stand a vertical line at x, on which the curves are read; None takes it away."""
        if x != self.marker:
            self.marker = x
            self._place_uprights()

    def set_bands(self, bands: Sequence[GraphBand]) -> None:
        """Shade parts of the ground, each with its name in its upper left corner."""
        if tuple(bands) != self._bands:
            self._bands = tuple(bands)
            self.relayout()

    def read_out(self, x: float) -> str:
        """Return x and the values of the curves there, in one line."""
        found = [(curve.name, curve.at(x)) for curve in self.curves if curve.name]
        values = [f"{name} {self.value_text(value)}" for name, value in found if value is not None]
        return "   ".join([f"{self._titles[0]} = {number(x)}" if self._titles[0] else number(x), *values])

    def value_text(self, value: float) -> str:
        """Return a value as it is read out."""
        return magnitude(value) if self.log10 else number(value)

    # what follows a change

    def right_margin(self) -> float:
        """Return the room that the names of the curves take."""
        names = [curve.name for curve in self.curves if curve.name]
        if not names or not self._named:
            return super().right_margin()
        font, value = ui_font(self.sizes.small, MEDIUM), ui_font(self.sizes.small)
        name_width = max(font_metrics(font).horizontalAdvance(name) for name in names)
        value_width = font_metrics(value).horizontalAdvance("8.8e\N{MINUS SIGN}88 ")
        around = 20 + self._labels.sign + self.sizes.padding / 2
        if around + name_width + value_width < 0.3 * self.width():
            return around + name_width + value_width
        return min(around + max(name_width, value_width), 0.36 * self.width())

    @property
    def _named(self) -> bool:
        """Whether there is room for names beside the curves."""
        return self.width() >= 18 * self.sizes.small

    def relayout(self) -> None:
        """Put everything where size, scales and curves ask for it."""
        self._fit()
        super().relayout()
        area = self.data_rect
        self._labels.place(QRectF(area.right() + 4, area.top(), self.width() - area.right() - 4, area.height()))
        self._labels.show(self._named)
        self._place_bands()
        self._place_lines()
        self._place_uprights()

    def _fit(self) -> None:
        x_range, y_range = self._given
        every = [curve.y for curve in self.curves]
        over, under = (any(found(y).any() for y in every) for found in (np.isposinf, np.isneginf))
        self._rails = (self.log10 or over, self.log10 or under)
        self._x_range = x_range if x_range is not None else fitted([self._places])
        known = [np.where(np.abs(y) < _LARGEST, y, np.nan) for y in every]
        heights = log_range(known) if self.log10 else rounded(*fitted(every), 6)
        self._y_range = y_range if y_range is not None else heights

    def _offset(self, place: int) -> float:
        """Where on a rail curve number `place` has its marks, so that several can be told apart."""
        return (place + 1) / (len(self.curves) + 1)

    def _place_bands(self) -> None:
        scale, rects = self.scale_rect, []
        for band in self._bands:
            ends = self._x_range if band.along == "x" else self._y_range
            low, high = (min(max(end, min(ends)), max(ends)) for end in (band.low, band.high))
            if band.along == "x":
                rect = QRectF(self.x_of(low), scale.top(), self.x_of(high) - self.x_of(low), scale.height())
            else:
                rect = QRectF(scale.left(), self.y_of(high), scale.width(), self.y_of(low) - self.y_of(high))
            rects.append((rect, band.colour, band.name))
        self._shades.shade([entry for entry in rects if not entry[0].isEmpty()])

    def _place_lines(self) -> None:
        width, lines, dots = self.data_rect.width(), [], []
        crosses: set[float] = set()
        for place, curve in enumerate(self.curves):
            there = np.isfinite(curve.x)
            x, y = self.pixels(curve.x[there]), np.asarray(curve.y, np.float64)[there]
            heights = self.heights(y, self._offset(place))
            pieces = list(runs(*thinned(x, np.where(np.isfinite(y), heights, np.nan), width)))
            lines.append((pieces, curve.line, curve.width))
            marked = _lonely(y) | np.isinf(y)
            pixels = dict.fromkeys(zip(np.round(x[marked]).tolist(), heights[marked].tolist(), strict=True))
            dots.append(([QPointF(*at) for at in pixels], curve.colour))
            if self.log10:
                crosses.update(np.round(x[np.isnan(y)]).tolist())
        self._lines.show_lines(lines, dots, self.scale_rect)
        area = self.data_rect
        self._crosses.place(QRectF(area.left(), area.top(), area.width(), self._rail))
        self._crosses.cross(sorted(crosses))

    def _place_uprights(self) -> None:
        for part, x in ((self._mark, self.marker), (self._pointer, self._hover)):
            seen = x is not None and self._x_range[0] <= x <= self._x_range[1]
            part.stand(self.x_of(x) if seen and x is not None else None, self._dots(x), self.data_rect)
        self._place_labels()

    def _dots(self, x: float | None) -> list[Dots]:
        """Where the curves stand at x."""
        found: list[Dots] = []
        for place, curve in enumerate(self.curves):
            value = None if x is None else curve.at(x)
            if x is not None and value is not None and not math.isnan(value):
                y = float(self.heights(np.array([value]), self._offset(place))[0])
                # What is finite but off the scale has no place, least of all on a rail.
                room = self.scale_rect.adjusted(0, -1, 0, 1) if math.isfinite(value) else self.data_rect
                if room.top() <= y <= room.bottom():
                    found.append(([QPointF(self.x_of(x), y)], curve.colour))
        return found[::-1]

    def _place_labels(self) -> None:
        read = self.marker if self._hover is None else self._hover
        area, labels = self.data_rect, []
        for place, curve in enumerate(self.curves):
            known = np.flatnonzero(~np.isnan(curve.y) & np.isfinite(curve.x))
            if not curve.name or not len(known):
                continue
            last = known[-1]
            y = float(self.heights(np.asarray(curve.y[last : last + 1], np.float64), self._offset(place))[0])
            joined = self.x_of(float(curve.x[last])) >= area.right() - 1
            value = None if read is None else curve.at(read)
            inside = min(max(y, area.top()), area.bottom())
            text = "" if value is None else self.value_text(value)
            labels.append(Label(curve.name, text, curve.line, inside, joined and inside == y))
        self._labels.show_labels(labels)

    # the mouse

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at the points nearest to the mouse."""
        at = event.position()
        self._point(self._nearest(at.x()) if self.data_rect.contains(at) else None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tell of a click."""
        near = self._nearest(event.position().x())
        inside = self.data_rect.contains(event.position())
        if event.button() == Qt.MouseButton.LeftButton and inside and near is not None:
            self.clicked.emit(near)

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        self._point(None)

    def _nearest(self, pixel: float) -> float | None:
        area, (low, high) = self.data_rect, self._x_range
        seen = self._places[(self._places >= low) & (self._places <= high)]
        if not len(seen):
            return None
        x = low + (pixel - area.left()) / area.width() * (high - low)
        return float(seen[np.argmin(np.abs(seen - x))])

    def _point(self, x: float | None) -> None:
        if x != self._hover:
            self._hover = x
            self._place_uprights()
            self.hovered.emit(math.nan if x is None else x)


def _lonely(values: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Tell which points of a line have no neighbours and so would not be seen."""
    there = np.isfinite(values)
    lonely = there.copy()
    lonely[1:] &= ~there[:-1]
    lonely[:-1] &= ~there[1:]
    return lonely
