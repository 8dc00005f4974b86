"""Round numbers for axes, and numbers as they are typeset in plots."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: its place, its text, and an exponent to be raised behind the text."""

    value: float
    text: str
    exponent: str = ""


def number(value: float, digits: int = 3) -> str:
    """Return a number for reading: `digits` significant ones, a true minus sign, no needless zeros."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "\N{INFINITY}" if value > 0 else f"{MINUS}\N{INFINITY}"
    if value != 0 and not 1e-4 <= abs(value) < 1e6:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        return f"{mantissa}e{int(exponent)}".replace("-", MINUS)
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value)))) if value else 0
    text = f"{value:.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if decimals else text
    return text.replace("-", MINUS)


def fixed(value: float, decimals: int = 3) -> str:
    """Return a number with a fixed number of decimals, so that it keeps its width while it changes."""
    if not math.isfinite(value) or (value != 0 and not 10.0**-decimals / 2 <= abs(value) < 1e5):
        return number(value, decimals)
    return f"{value + 0.0:.{decimals}f}".replace("-", MINUS)  # of a zero below zero only the zero is left


def round_ticks(low: float, high: float, most: int) -> list[Tick]:
    """Return at most `most` (at least 2) ticks within [low, high].

    They are multiples of 1, 2 or 5 times 10^k or, where only one such fits, the ends.
    """
    span = high - low
    if not (math.isfinite(span) and span > 0):
        return []
    ticks = _round_ticks(low, high, most)
    return ticks if len(ticks) > 1 else [Tick(low, number(low)), Tick(high, number(high))]


def _round_ticks(low: float, high: float, most: int) -> list[Tick]:
    span = high - low
    power = math.floor(math.log10(span / max(most, 2)))
    for step in (10.0**power * factor for factor in (1, 2, 5, 10, 20, 50, 100)):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= max(most, 2):
            decimals = max(0, -math.floor(math.log10(step) + 1e-9))
            return [
                Tick(k * step, f"{k * step:.{decimals}f}".replace("-", MINUS) if k else "0")
                for k in range(first, last + 1)
            ]
    return []


def power_ticks(low: float, high: float, most: int) -> list[Tick]:
    """Return ticks 10^k for an axis of log10 values: every power, or every 2nd, 5th, ..., at most `most`."""
    first, last = math.ceil(low - 1e-9), math.floor(high + 1e-9)
    strides = (factor * 10**power for power in range(16) for factor in (1, 2, 5))
    stride = next(stride for stride in strides if last // stride + (-first) // stride + 1 <= max(most, 2))
    exponents: Sequence[int] = range(-(-first // stride) * stride, last + 1, stride)
    if len(exponents) < 2 and first < last:
        exponents = (first, last)
    return [Tick(float(k), "10", str(k).replace("-", MINUS)) for k in exponents]


def apart(ticks: list[tuple[float, Tick]], taken: Sequence[float], distance: float) -> list[tuple[float, Tick]]:
    """Leave out ticks, each with its pixel, whose numbers would run into one another or into what is there already.

    The ends stay first: they say how far the scale goes.
    """
    kept: list[tuple[float, Tick]] = []
    for place in (*ticks[:1], *ticks[-1:], *ticks[1:-1]):
        if all(abs(place[0] - other) >= distance for other in (*taken, *(at for at, _ in kept))):
            kept.append(place)
    return sorted(kept, key=ticks.index)
