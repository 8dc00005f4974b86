"""A graph: curves over any axis, for what is not drawn over the steps of the sequence."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Signal

from rnnviz.ui.drawing.painting import font_metrics
from rnnviz.ui.drawing.ticks import MINUS, Tick, number
from rnnviz.ui.plots.base.end_labels import Label
from rnnviz.ui.plots.base.parts import Crosses, NamedRails
from rnnviz.ui.plots.base.polylines import Floats, lonely
from rnnviz.ui.plots.base.view import Margins
from rnnviz.ui.plots.time.log_curves import log_range, magnitude
from rnnviz.ui.plots.xy.scales import fitted, rounded, ticks_upward
from rnnviz.ui.plots.xy.xy_items import GraphCurve, LineItem, LineLabels, Upright, thinned
from rnnviz.ui.plots.xy.xy_view import XYPlot
from rnnviz.ui.theme import MEDIUM, ui_font

__all__ = ["GraphCurve", "GraphPlot"]

_LARGEST = 1e12
"""Decimal logarithms from which a scale is not fitted to them."""


class GraphPlot(XYPlot):
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
    """

    hovered = Signal(float)
    clicked = Signal(float)

    def build(self) -> None:
        """Begin without curves."""
        self.curves: tuple[GraphCurve, ...] = ()
        self.marker: float | None = None
        self.log10 = False
        self._titles = ("", "")
        self._wanted: tuple[tuple[float, float] | None, tuple[float, float] | None] = (None, None)
        self._places: Floats = np.zeros(0)
        self._hover: float | None = None
        self._stale = False
        self._items: list[LineItem] = []
        self._crosses, self._labels, self._rail_names = Crosses(), LineLabels(), NamedRails()
        self._mark, self._pointer = Upright(strong=True), Upright()
        self.add_over_data(self._mark, 5.0)
        self.add_over_data(self._crosses, 12.0)
        self.add_over_data(self._pointer, 14.0)
        self.add_beside_data(self._labels)
        self.add_beside_data(self._rail_names)
        self.box.clicked.connect(self._on_clicked)
        self._refit()

    # what panels call

    def set_curves(self, curves: Sequence[GraphCurve]) -> None:
        """Show these curves and no others; the first lies on top, and its name is the last to give way."""
        self.curves = tuple(curves)
        every = [curve.x[np.isfinite(curve.x)] for curve in self.curves]
        self._places = np.unique(np.concatenate(every)) if every else np.zeros(0)
        self.whole_x = bool(len(self._places)) and bool((self._places == np.round(self._places)).all())
        while len(self._items) > len(self.curves):
            self.remove_data(self._items.pop())
        while len(self._items) < len(self.curves):
            self._items.append(LineItem())
            self.add_data(self._items[-1], 10.0 - len(self._items) / 1000)
        for item, curve in zip(self._items, self.curves, strict=True):
            item.set_values(curve.x, curve.y, curve.line, curve.width, curve.name)
        self._refit()

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
        if new == (self._titles, self.log10, self._wanted):
            return
        if (x_title, bool(log10)) != (self._titles[0], self.log10):  # a range of other quantities would say nothing
            self.x_zoomed = self.box.values_zoomed = False
        self._titles, self.log10, self._wanted = new
        self._refit()

    def set_marker(self, x: float | None) -> None:
        """Stand a vertical line at x, on which the curves are read; None takes it away."""
        if x != self.marker:
            self.marker = x
            self._place_uprights()

    def item(self, name: str) -> LineItem:
        """Return the item of a curve, whose `getData` returns its points."""
        return next(item for item in self._items if item.name() == name)

    def read_out(self, x: float) -> str:
        """Return x and the values of the curves there, in one line."""
        found = [(curve.name, curve.at(x)) for curve in self.curves if curve.name]
        values = [f"{name} {self.value_text(value)}" for name, value in found if value is not None]
        return "   ".join([f"{self._titles[0]} = {number(x)}" if self._titles[0] else number(x), *values])

    def value_text(self, value: float) -> str:
        """Return a value as it is read out."""
        return magnitude(value) if self.log10 else number(value)

    # what the base asks

    @property
    def spill(self) -> int:
        """Leave room for half a marker."""
        return math.ceil(self.sizes.marker / 2)

    @property
    def inset(self) -> float:
        """Leave room for the width of a line."""
        return 2.0

    @property
    def margins(self) -> Margins:
        """The room for title, caption, numbers and names."""
        sizes, small = self.sizes, self.sizes.small
        top = sizes.header if self.has_header else sizes.padding // 2
        left = sizes.tick + sizes.padding + 3.4 * small - self.spill
        right = self._room_of_names() - self.spill
        return Margins(round(left), round(top + 1.6 * small * self._captioned), round(right), self.below_height)

    @property
    def below_height(self) -> int:
        """The height of ticks and title below."""
        return round(self.sizes.tick + 1.5 * self.sizes.small * (2 if self._roomy and self._titles[0] else 1))

    @property
    def _roomy(self) -> bool:
        return self.height() >= 11 * self.sizes.small

    @property
    def _captioned(self) -> bool:
        return bool(self._titles[1]) and self._roomy

    @property
    def _named(self) -> bool:
        """Whether there is room for names beside the curves."""
        return self.width() >= 18 * self.sizes.small

    def _room_of_names(self) -> float:
        names = [curve.name for curve in self.curves if curve.name]
        if not names or not self._named:
            return float(self.sizes.padding * 2)
        font, value = ui_font(self.sizes.small, MEDIUM), ui_font(self.sizes.small)
        name_width = max(font_metrics(font).horizontalAdvance(name) for name in names)
        value_width = font_metrics(value).horizontalAdvance("8.8e\N{MINUS SIGN}88 ")
        around = 20 + self._labels.sign + self.sizes.padding / 2
        if around + name_width + value_width < 0.3 * self.width():
            return around + name_width + value_width
        return min(around + max(name_width, value_width), 0.36 * self.width())

    def automatic_ticks(self, most: int) -> list[Tick]:
        """Return round values or powers of ten; a low graph has room for one in the middle if for none at the ends."""
        taken, found = self.named_heights(), list[Tick]()
        for more in range(3):
            found = ticks_upward(*self.y_range, most + more, self.log10)
            heights = [self.y_of(tick.value) for tick in found]
            if any(all(abs(y - other) >= 1.1 * self.sizes.small for other in taken) for y in heights):
                break
        return found

    def named_heights(self) -> list[float]:
        """Return where the rails are named."""
        return [y for y, _ in self._names_of_rails()]

    def _names_of_rails(self) -> list[tuple[float, str]]:
        area, half = self.data_rect, self.rail / 2
        upper = [(area.top() + half, "\N{INFINITY}")] if self._rails[0] else []
        lower = [(area.bottom() - half, "0" if self.log10 else f"{MINUS}\N{INFINITY}")] if self._rails[1] else []
        return upper + lower

    def zero_lines(self) -> tuple[bool, bool]:
        """Return that a linear graph has a line at y = 0."""
        return False, not self.log10

    def heights(self, values: Floats, offset: float = 0.5) -> Floats:
        """Return vertical pixels of values; infinities stand on the rails, at this share of them, NaN for NaN."""
        area, heights = self.data_rect, self.heights_of(values)
        heights = np.where(np.isneginf(values), area.bottom() - self.rail * (1 - offset), heights)
        return np.where(np.isposinf(values), area.top() + self.rail * offset, heights)

    # what follows a change

    def _refit(self) -> None:
        """Fit the ranges to the curves."""
        every = [curve.y for curve in self.curves]
        over, under = (any(found(y).any() for y in every) for found in (np.isposinf, np.isneginf))
        self._rails = (self.log10 or over, self.log10 or under)
        x_range, y_range = self._wanted
        known = [np.where(np.abs(y) < _LARGEST, y, np.nan) for y in every]
        heights = log_range(known) if self.log10 else rounded(*fitted(every), 6)
        self.fit(x_range or fitted([self._places]), y_range or heights)
        self.relayout()

    def layout_changed(self) -> None:
        """Place what stands around and over the curves; where they run is computed when they are painted next."""
        area, small, padding = self.data_rect, self.sizes.small, self.sizes.padding
        self.x_axis.call(self._titles[0] if self._roomy else "")
        self._caption.give(self._titles[1] if self._captioned else "")
        self._caption.place(QRectF(padding, area.top() - 1.6 * small, self.width() - padding, 1.5 * small))
        self._rail_names.place(QRectF(0, area.top(), area.left(), area.height()))
        self._rail_names.give(self._names_of_rails())
        self._crosses.place(QRectF(area.left(), area.top(), area.width(), self.rail))
        self._labels.place(self.gutter_rect.adjusted(1 - self.spill, 0, 0, 0))
        self._labels.setVisible(self._named)
        self._place_crosses()
        for item in self._items:
            item.place(area)
            item.update()
        self._stale = True
        self._place_uprights()

    def prepare(self) -> None:
        """Compute where the curves run."""
        if not self._stale:
            return
        self._stale = False
        scale = self.scale_rect
        for place, (item, curve) in enumerate(zip(self._items, self.curves, strict=True)):
            there = np.isfinite(curve.x)
            x, y = self.pixels(curve.x[there]), np.asarray(curve.y, np.float64)[there]
            heights = self.heights(y, self._offset(place))
            line = thinned(x, np.where(np.isfinite(y), heights, np.nan), scale.width())
            marked = lonely(y) | np.isinf(y)
            dots = dict.fromkeys(zip(np.round(x[marked]).tolist(), heights[marked].tolist(), strict=True))
            item.set_points(*line, scale.adjusted(-1, -2, 1, 2), list(dots))

    def _offset(self, place: int) -> float:
        """Where on a rail curve number `place` has its marks, so that several can be told apart."""
        return (place + 1) / (len(self.curves) + 1)

    def _place_crosses(self) -> None:
        crosses: set[float] = set()
        for curve in self.curves if self.log10 else ():
            strange = curve.x[np.isnan(curve.y) & np.isfinite(curve.x)]
            crosses.update(np.round(self.pixels(strange)).tolist())
        self._crosses.give(sorted(crosses))

    def _place_uprights(self) -> None:
        for part, x in ((self._mark, self.marker), (self._pointer, self._hover)):
            seen = x is not None and self.x_range[0] <= x <= self.x_range[1]
            part.stand(self.x_of(x) if seen and x is not None else None, self._dots(x), self.data_rect)
        self._place_labels()

    def _dots(self, x: float | None) -> list[tuple[float, float, str]]:
        """Where the curves stand at x."""
        found = []
        for place, curve in enumerate(self.curves):
            value = None if x is None else curve.at(x)
            if x is not None and value is not None and not math.isnan(value):
                y = float(self.heights(np.array([value]), self._offset(place))[0])
                # What is finite but off the scale has no place, least of all on a rail.
                room = self.scale_rect.adjusted(0, -1, 0, 1) if math.isfinite(value) else self.data_rect
                if room.top() <= y <= room.bottom():
                    found.append((self.x_of(x), y, curve.colour))
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
            joined = self.x_of(float(curve.x[last])) >= self.scale_rect.right() - 1
            value = None if read is None else curve.at(read)
            inside = min(max(y, area.top()), area.bottom())
            text = "" if value is None else self.value_text(value)
            labels.append(Label(curve.name, text, curve.line, inside, joined and inside == y))
        self._labels.show_labels(labels)

    # the mouse

    def pointed_at_pixel(self, at: QPointF | None) -> None:
        """Point at the points nearest to the mouse."""
        x = self._nearest(at.x()) if at is not None and self.data_rect.contains(at) else None
        if x != self._hover:
            self._hover = x
            self._place_uprights()
            self.hovered.emit(math.nan if x is None else x)

    def _on_clicked(self, x: float, _y: float) -> None:
        near = self._nearest(self.x_of(x))
        if near is not None:
            self.clicked.emit(near)

    def _nearest(self, pixel: float) -> float | None:
        """Return the x of the points nearest to a pixel, of those in view."""
        low, high = self.x_range
        seen = self._places[(self._places >= low) & (self._places <= high)]
        return float(seen[np.argmin(np.abs(self.pixels(seen) - pixel))]) if len(seen) else None
