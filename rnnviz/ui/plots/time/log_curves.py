"""Magnitudes on a logarithmic axis, with places of their own for zero, infinity and what is not a number."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QRectF

from rnnviz.ui.drawing.ticks import MINUS, Tick, apart, power_ticks
from rnnviz.ui.plots.base.parts import Crosses, NamedRails
from rnnviz.ui.plots.base.polylines import Floats
from rnnviz.ui.plots.time.curves_plot import CurvesPlot


def magnitude(log10: float) -> str:
    """Return 10^`log10` for reading, also where a float could not hold it."""
    if math.isnan(log10):
        return "NaN"
    if math.isinf(log10):
        return "\N{INFINITY}" if log10 > 0 else "0"
    exponent = math.floor(log10)
    mantissa = 10 ** (log10 - exponent)
    if mantissa >= 9.95:
        mantissa, exponent = 1.0, exponent + 1
    if -1 <= exponent < 3:
        return f"{mantissa * 10.0**exponent:.{max(0, 2 - exponent)}f}"
    return f"{mantissa:.1f}e{exponent}".replace("-", MINUS)


def log_range(series: Iterable[Floats], least_span: float = 2.0) -> tuple[float, float]:
    """Return whole powers of ten around all finite values of log10 series, at least `least_span` apart."""
    finite = [values[np.isfinite(values)] for values in series]
    finite = [values for values in finite if len(values)]
    if not finite:
        return -3.0, 0.0
    low = math.floor(min(float(values.min()) for values in finite))
    high = math.ceil(max(float(values.max()) for values in finite))
    return min(float(low), high - least_span), float(high)


class LogCurvesPlot(CurvesPlot):
    """Curves of log10 of a magnitude.

    -inf is a true zero and stands on the rail "0" at the bottom, +inf on the rail of infinity at the top, NaN
    is a gap with a cross on the upper rail. Fix the scale with `set_value_range`, in powers of ten;
    `log_range` finds one.
    """

    def build(self) -> None:
        """Add the rails."""
        super().build()
        self._rails = (True, True)
        self._rail_names, self._crosses = NamedRails(), Crosses()
        self.add_beside_data(self._rail_names)
        self.add_over_data(self._crosses, 12)

    def automatic_ticks(self, most: int) -> list[Tick]:
        """Return powers of ten: the middle one, where all others would run into the names of the rails."""
        ticks = power_ticks(self._low, self._high, most)
        places = [(self.y_of(tick.value), tick) for tick in ticks]
        if apart(places, self.named_heights(), self.sizes.small * 1.1):
            return ticks
        middle = round((self._low + self._high) / 2)
        return power_ticks(middle, middle, most)

    def named_heights(self) -> list[float]:
        """Return where the rails are named."""
        area = self.data_rect
        return [area.top() + self.rail / 2, area.bottom() - self.rail / 2]

    def read_out(self, value: float) -> str:
        """Return the magnitude itself."""
        return magnitude(value)

    def heights(self, values: Floats, place: int) -> Floats:
        """Return heights on the scale, those of zeros and infinities on the rails, one below the other."""
        rect, area = self.scale_rect, self.data_rect
        heights = np.clip(self.heights_of(values), rect.top(), rect.bottom())
        offset = self.rail * ((place + 1) / (len(self.curves) + 1) if self.curves else 0.5)
        heights = np.where(np.isneginf(values), area.bottom() - self.rail + offset, heights)
        return np.where(np.isposinf(values), area.top() + offset, heights)

    def line(self, heights: Floats) -> Floats:
        """Break the line where it would run onto a rail."""
        rect = self.scale_rect
        return np.where((heights >= rect.top()) & (heights <= rect.bottom()), heights, np.nan)

    def strange(self, values: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Tell which values get a cross: those that are not a number."""
        return np.isnan(values)

    def apart(self, x: Floats, heights: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Mark zeros and infinities always, at most one for every few pixels, and points without neighbours."""
        rect = self.scale_rect
        railed = np.isfinite(heights) & ((heights < rect.top()) | (heights > rect.bottom()))
        slot = np.floor(x / self.sizes.marker)
        first = np.ones(len(x), dtype=bool)
        first[1:] = (slot[1:] != slot[:-1]) | ~railed[:-1]
        return (railed & first) | super().apart(x, self.line(heights))

    def layout_changed(self) -> None:
        """Place rails and crosses."""
        area, rail = self.data_rect, self.rail
        upper, lower = area.top() + rail / 2, area.bottom() - rail / 2
        self._rail_names.place(QRectF(0, area.top(), area.left(), area.height()))
        self._rail_names.give([(upper, "\N{INFINITY}"), (lower, "0")])
        self._crosses.place(QRectF(area.left(), area.top(), area.width(), self.rail))
        super().layout_changed()

    def _changed(self, since: int = 0) -> None:
        super()._changed(since)
        first, last = max(0, int(self.axis.view[0])), int(self.axis.view[1]) + 2
        at: set[int] = set()
        for curve in self.curves.values():
            strange = np.flatnonzero(self.strange(curve.values)[first:last])
            at.update(round(self.x_of(first + k)) for k in strange.tolist())
        self._crosses.give([float(x) for x in sorted(at)])
