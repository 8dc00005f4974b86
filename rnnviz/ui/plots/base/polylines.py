"""From values per step to the points of a line: gaps at NaN, extremes where many steps share a pixel."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QPolygonF
from shiboken6 import VoidPtr

DENSE = 2.0
"""Steps per pixel from which a column of pixels shows its least and greatest value only."""

Floats = NDArray[np.floating]


def columns(values: Floats, first: int, count: int) -> tuple[Floats, Floats, Floats]:
    """Reduce values to columns of pixels.

    Parameters
    ----------
    values : float array [n]
    first : int
        The step of ``values[0]``.
    count : int
        Number of columns, at most n.

    Returns
    -------
    places, least, greatest : float arrays [count]
        The middle of each column in steps, and its extremes; NaN where a column holds nothing else.
    """
    edges = np.arange(count + 1) * len(values) // count
    least = np.fmin.reduceat(values, edges[:-1])
    greatest = np.fmax.reduceat(values, edges[:-1])
    return first + (edges[:-1] + edges[1:] - 1) / 2, least, greatest


def outline(values: Floats, view: tuple[float, float], width: float) -> tuple[Floats, Floats]:
    """Return the points of a line over what is in view, some two per pixel at most.

    Parameters
    ----------
    values : float array [S]
    view : (float, float)
        First and last place in view, in steps.
    width : float
        Width of the view in pixels.

    Returns
    -------
    places, values : float arrays [n]
        Places in steps; NaN values stand for gaps.
    """
    first = max(0, int(np.floor(view[0])))
    stop = max(first, min(len(values), int(np.ceil(view[1])) + 1))
    shown = np.asarray(values[first:stop], dtype=np.float64)
    if len(shown) <= DENSE * width:
        return np.arange(first, stop, dtype=np.float64), shown
    places, least, greatest = columns(shown, first, max(1, int(width)))
    heights = np.empty(2 * len(places))
    upwards = np.arange(len(places)) % 2 == 0
    heights[0::2] = np.where(upwards, least, greatest)
    heights[1::2] = np.where(upwards, greatest, least)
    return np.repeat(places, 2), heights


def pieces(y: Floats) -> list[NDArray[np.intp]]:
    """Return the numbers of the points of each unbroken piece of a line."""
    return neighbours(np.flatnonzero(np.isfinite(y)))


def neighbours(numbers: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Divide rising numbers where one is left out."""
    return np.split(numbers, np.flatnonzero(np.diff(numbers) > 1) + 1) if len(numbers) else []


def lonely(values: Floats) -> NDArray[np.bool_]:
    """Tell which points of a line have no neighbours and so would not be seen."""
    there = np.isfinite(values)
    alone = there.copy()
    alone[1:] &= ~there[:-1]
    alone[:-1] &= ~there[1:]
    return alone


def runs(x: Floats, y: Floats) -> Iterator[QPolygonF]:
    """Yield the unbroken pieces of a line as polygons."""
    for piece in pieces(y):
        yield polygon(x[piece], y[piece])


def dashes(x: Floats, y: Floats, dash: float, gap: float) -> Floats:
    """Return the dashes along a line as straight pieces, [n, 4]: both ends of each, from left to right.

    Qt counts dashes from where it begins to paint, so that they would jump where a line is painted in parts.

    Parameters
    ----------
    x, y : float arrays [S]
        In pixels; NaN for gaps of the line.
    dash, gap : float
        Lengths in pixels.
    """
    found = [np.zeros((0, 4))]
    for piece in pieces(y):
        along = np.concatenate(([0.0], np.hypot(np.diff(x[piece]), np.diff(y[piece])).cumsum()))
        starts = np.arange(0.0, along[-1], dash + gap)
        cuts = np.unique(np.concatenate((along, starts, np.minimum(starts + dash, along[-1]))))
        across, down = np.interp(cuts, along, x[piece]), np.interp(cuts, along, y[piece])
        inked = ((cuts[1:] + cuts[:-1]) / 2) % (dash + gap) < dash
        found.append(np.stack((across[:-1], down[:-1], across[1:], down[1:]), axis=1)[inked])
    return np.concatenate(found)


def polygon(x: Floats, y: Floats) -> QPolygonF:
    """Return points as Qt takes them; a thousand QPointF made one by one take a millisecond."""
    line = QPolygonF()
    line.resize(len(x))
    if len(x):
        memory = VoidPtr(line.data(), 16 * len(x), True)  # type: ignore[arg-type, call-arg]
        points = np.frombuffer(memory, dtype=np.float64).reshape(-1, 2)  # type: ignore[call-overload]
        points[:, 0], points[:, 1] = x, y
    return line
