"""The scales of a graph: ranges that fit its curves, and round ticks on them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from rnnviz.ui.drawing.ticks import MINUS, Tick, power_ticks, round_ticks
from rnnviz.ui.plots.base.polylines import Floats

_LARGEST = 1e300


def fitted(series: Sequence[Floats]) -> tuple[float, float]:
    """Return the ends of the finite values of some arrays, apart from each other; (0, 1) where there are none."""
    finite = [values[np.isfinite(values)] for values in series]
    finite = [values for values in finite if len(values)]
    if not finite:
        return 0.0, 1.0
    low = max(-_LARGEST, min(float(values.min()) for values in finite))
    high = min(_LARGEST, max(float(values.max()) for values in finite))
    if high > low:
        return low, high
    return (low, low + 1.0) if low == round(low) and abs(low) < 1e15 else _around(low)


def _around(value: float) -> tuple[float, float]:
    return value - max(0.5, abs(value) / 2), value + max(0.5, abs(value) / 2)


def rounded(low: float, high: float, most: int) -> tuple[float, float]:
    """Return a range widened to the next round ticks."""
    ticks = round_ticks(low, high, most)
    if len(ticks) < 2:
        return low, high
    step = ticks[1].value - ticks[0].value
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return first * step, last * step


def ticks_along(low: float, high: float, most: int, *, whole: bool) -> list[Tick]:
    """Return round ticks along an axis; where only whole numbers stand on it, only such."""
    ticks = round_ticks(low, high, most)
    if not whole:
        return ticks
    return [
        Tick(tick.value, f"{tick.value:.0f}".replace("-", MINUS))
        for tick in ticks
        if abs(tick.value - round(tick.value)) < 1e-9
    ]


def ticks_upward(low: float, high: float, most: int, log10: bool) -> list[Tick]:
    """Return ticks at round values, or at powers of ten."""
    return power_ticks(low, high, most) if log10 else round_ticks(low, high, most)
