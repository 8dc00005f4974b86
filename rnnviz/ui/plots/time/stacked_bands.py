"""What a stacked plot draws, in numbers: its parts gathered into bands, its steps into columns of pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Values = NDArray[np.floating]
Steps = NDArray[np.intp]

MOST_PARTS = 32
"""Parts that are each a band of their own; of more, neighbours are gathered."""
MOST_BANDS = 16
"""Bands that they are gathered into: colours that can be told apart."""


@dataclass(frozen=True)
class Band:
    """Neighbouring parts that are drawn in one colour.

    Parameters
    ----------
    first, last : int
        The parts, both ends included.
    name : str
        That of its part; of several parts their steps, or the first and the last name.
    place : float
        Where the band stands among all, from 0 (first) to 1 (last): its place on the ramp of colours.
    colour : str
        A colour of its own instead; empty for none.
    """

    first: int
    last: int
    name: str
    place: float
    colour: str = ""

    @property
    def single(self) -> bool:
        """Whether the band is one part."""
        return self.first == self.last


def bands_of(
    names: Sequence[str],
    colours: Sequence[str] = (),
    places: Steps | None = None,
    view: tuple[float, float] = (-np.inf, np.inf),
) -> list[Band]:
    """Gather parts into few bands: each its own up to `MOST_PARTS`, else `MOST_BANDS` of about as many parts each.

    Parameters
    ----------
    names : sequence of str, [K]
    colours : sequence of str, [K] or empty
        A part with a colour of its own is never gathered.
    places : int array [K] or [K, 2], optional
        The steps that parts belong to, rising, or the first and the last step of each: the parts in view are then told
        apart as finely as there are bands for them, and those left and right of it are one band each.
    view : (float, float)
        First and last place in view, in steps.
    """
    own = list(colours) or [""] * len(names)
    if places is not None and places.ndim == 1:
        places = np.stack([places, places], 1)
    plain = np.array([k for k, colour in enumerate(own) if not colour], np.intp)
    starts = {k for k, colour in enumerate(own) if colour or (k and own[k - 1])} | {0}
    if len(plain) <= MOST_PARTS:
        starts |= set(plain.tolist())
    else:
        inside = plain
        if places is not None:
            inside = plain[(places[plain, 1] + 0.5 > view[0]) & (places[plain, 0] - 0.5 < view[1])]
            starts |= {int(inside[-1]) + 1} if len(inside) else set()
        count = min(len(inside), MOST_BANDS if len(inside) > MOST_PARTS else MOST_PARTS)
        starts |= {int(inside[k * len(inside) // count]) for k in range(count)}
    firsts = sorted(start for start in starts if start < len(names))
    pairs = list(zip(firsts, [*(first - 1 for first in firsts[1:]), len(names) - 1], strict=True))
    ramp = [pair for pair in pairs if not own[pair[0]]]
    scale = {pair: k / max(1, len(ramp) - 1) for k, pair in enumerate(ramp)}
    return [Band(a, b, _name(names, places, a, b), scale.get((a, b), 0.0), own[a]) for a, b in pairs]


def _name(names: Sequence[str], places: Steps | None, first: int, last: int) -> str:
    if first == last:
        return names[first]
    if places is None:
        return f"{names[first]} … {names[last]}"
    begin, end = str(places[first, 0] + 1), str(places[last, 1] + 1)
    kept = end
    if len(begin) == len(end) >= 5:  # as page numbers are written: 50014-26
        differing = next((k for k, pair in enumerate(zip(begin, end, strict=True)) if pair[0] != pair[1]), 0)
        kept = end[min(differing, len(end) - 2) :]
    return f"{begin}\N{EN DASH}{kept}"


class Stack:
    """The parts of a stacked plot.

    Parameters
    ----------
    values : array_like, [S, K]
        A row that is NaN throughout is not there; one that holds another NaN or an infinity cannot be stacked.
    first : int
        The step of row 0.

    Attributes
    ----------
    values : float array [S, K]
    first : int
    upper, lower : float arrays [S]
        How far each step's parts reach up and down; NaN where they cannot be stacked.
    strange : bool array [S]
        Steps that are there and cannot be stacked.
    """

    def __init__(self, values: ArrayLike, first: int = 0) -> None:
        self.first = first
        whole = np.asarray(values, dtype=np.float64)
        self.values: Values = whole if whole.ndim == 2 else whole.reshape(len(whole), -1)
        finite = np.isfinite(self.values).all(axis=1)
        self.strange: NDArray[np.bool_] = np.asarray(~finite & ~np.isnan(self.values).all(axis=1))
        with np.errstate(invalid="ignore", over="ignore"):
            upper = np.maximum(self.values, 0.0).sum(1)
            lower = np.minimum(self.values, 0.0).sum(1)
        self.strange |= finite & ~(np.isfinite(upper) & np.isfinite(lower))
        stacked = finite & ~self.strange
        self.upper = np.where(stacked, upper, np.nan)
        self.lower = np.where(stacked, lower, np.nan)
        reach = self.upper / 2 - self.lower / 2
        self._sizes = np.where(self.strange, np.inf, np.nan_to_num(reach, nan=-1.0))
        self._columns: tuple[object, tuple[Values, Steps]] = (None, (np.zeros(1), np.zeros(0, np.intp)))

    def row(self, step: int | None) -> int:
        """Return the row of a step; -1 where there is none."""
        place = -1 if step is None else step - self.first
        return place if 0 <= place < len(self.values) else -1

    def columns(self, view: tuple[float, float], width: float) -> tuple[Values, Steps]:
        """Choose which row each column of pixels shows.

        Where several steps share a pixel, the one whose parts reach farthest stands for them.

        Returns
        -------
        edges : float array [n + 1]
            Places, in steps, between the columns.
        rows : int array [n]
        """
        if self._columns[0] != (view, width):
            self._columns = (view, width), self._choose(view, width)
        return self._columns[1]

    def _choose(self, view: tuple[float, float], width: float) -> tuple[Values, Steps]:
        first = max(0, int(np.floor(view[0] + 0.5)) - self.first)
        stop = max(first, min(len(self.values), int(np.ceil(view[1] + 0.5)) - self.first))
        count = int(min(stop - first, max(1, np.ceil(width))))
        if count == stop - first:
            return self.first + np.arange(first, stop + 1) - 0.5, np.arange(first, stop, dtype=np.intp)
        starts = first + np.arange(count + 1) * (stop - first) // count
        reach = int(np.diff(starts).max())
        each = np.minimum(starts[:-1, None] + np.arange(reach), starts[1:, None] - 1)
        chosen = self._sizes[each].argmax(1)
        return self.first + starts - 0.5, each[np.arange(count), chosen].astype(np.intp)

    def edges(self, rows: Steps, bands: Sequence[Band]) -> tuple[Values, Values]:
        """Return how high the bands reach in some rows.

        Parts above and below zero are stacked apart, so that within a band nothing cancels out.

        Returns
        -------
        upper, lower : float arrays [n, bands + 1]
            Band b lies between b and b + 1; NaN where a row cannot be stacked.
        """
        parts = np.where(np.isnan(self.upper[rows])[:, None], np.nan, self.values[rows])
        firsts = [band.first for band in bands]
        if not firsts:
            return np.zeros((len(rows), 1)), np.zeros((len(rows), 1))
        zero = np.zeros((len(rows), 1))
        up = np.add.reduceat(np.maximum(parts, 0.0), firsts, axis=1)
        down = np.add.reduceat(np.minimum(parts, 0.0), firsts, axis=1)
        return np.hstack([zero, up.cumsum(1)]), np.hstack([zero, down.cumsum(1)])

    def part_at(self, step: int, value: float) -> int:
        """Return the part that covers a value at a step; -1 for none."""
        row = self.row(step)
        if row < 0 or np.isnan(self.upper[row]) or value == 0:
            return -1
        sign = 1.0 if value > 0 else -1.0
        tops = np.maximum(sign * self.values[row], 0.0).cumsum()
        part = int(np.searchsorted(tops, sign * value))
        return part if part < len(tops) else -1

    def share(self, row: int, first: int, last: int) -> tuple[float, float]:
        """Return what some parts of a row sum to, and their share of all that is stacked there, both ways."""
        inner, whole = self.values[row, first : last + 1], self.upper[row] / 2 - self.lower[row] / 2
        size = float(np.abs(inner / 2).sum())
        return float(inner.sum()), (size / whole if whole else 0.0)


def bands_at(upper: Values, lower: Values, heights: Values) -> NDArray[np.intp]:
    """Tell which band covers which heights.

    Parameters
    ----------
    upper, lower : float arrays [n, bands + 1]
        How high the bands of n columns reach.
    heights : float array [h]
        Values on the scale.

    Returns
    -------
    int array [h, n]
        The number of bands where there is none.
    """
    bands = upper.shape[1] - 1
    above = np.asarray(heights)[:, None]
    found = np.where(np.isnan(upper[:, -1]), bands, 0) + np.zeros((len(heights), 1), np.intp)
    for band in range(1, bands + 1):
        found += np.where(above >= 0, upper[:, band] <= above, lower[:, band] >= above)
    return np.minimum(found, bands)
