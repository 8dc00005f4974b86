"""A pyramid of extremes: from 100,000 steps to one value per pixel in which no spike is lost."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

BASE = 16
"""Steps that one value of the first coarse level stands for."""
FACTOR = 4
"""How many values of one level one value of the next stands for."""

Values = NDArray[np.floating]


def farthest(layers: Iterable[Values], pivot: float) -> Values:
    """Return, place by place, the value farthest from `pivot` among arrays of one shape.

    Of two values equally far from it the greater is taken; NaN only where there is nothing else.
    """
    arrays = iter(layers)
    highest = next(arrays).copy()
    lowest = highest.copy()
    for layer in arrays:
        np.fmax(highest, layer, out=highest)
        np.fmin(lowest, layer, out=lowest)
    np.copyto(lowest, highest, where=highest - pivot >= pivot - lowest)
    return lowest


def fold(values: Values, group: int, pivot: float) -> Values:
    """Return the farthest value of every `group` rows of [n, H]; the last group may be short."""
    whole = len(values) // group * group
    folded = farthest((values[k:whole:group] for k in range(group)), pivot)
    if whole == len(values):
        return folded
    rest = farthest((row[np.newaxis] for row in values[whole:]), pivot)
    return np.concatenate([folded, rest])


class Rows:
    """An array [n, H] that can grow at its end without being copied each time."""

    def __init__(self, values: Values) -> None:
        self._store, self._size = values, len(values)
        self._owned = False

    @property
    def values(self) -> Values:
        """The rows there are, [n, H]."""
        return self._store[: self._size]

    def put(self, start: int, rows: Values) -> None:
        """Replace the rows from `start` on; rows between the end and `start` become NaN."""
        stop = start + len(rows)
        if not self._owned or stop > len(self._store):
            store = np.empty((max(stop, self._size) * 3 // 2 + 64, rows.shape[1]), dtype=self._store.dtype)
            store[: self._size] = self.values
            self._store, self._owned = store, True
        self._store[self._size : start] = np.nan
        self._store[start:stop] = rows
        self._size = max(self._size, stop)


class Pyramid:
    """Values [S, H] of H rows at S steps, with coarser copies that keep the values farthest from a pivot.

    Level 0 is the data itself, level k = 1, 2, ... holds one value for every 16 * 4^(k-1) steps. Together the
    copies take about a twelfth of the data's memory.
    """

    def __init__(self, values: Values, pivot: float = 0.0) -> None:
        self.pivot = pivot
        self._data = Rows(values)
        self._coarse: list[Rows] = []
        self._fold(0, len(values))

    @property
    def values(self) -> Values:
        """The data, [S, H]; the array given itself until something is added to it."""
        return self._data.values

    def append(self, rows: Values) -> None:
        """Take further steps, [n, H]."""
        self.update(len(self.values), rows)

    def update(self, start: int, rows: Values) -> None:
        """Replace the steps from `start` on by `rows` [n, H]; steps between the end and `start` become NaN."""
        changed = min(start, len(self.values))
        self._data.put(start, rows)
        self._fold(changed, start + len(rows))

    def _fold(self, start: int, stop: int) -> None:
        """Bring the coarse levels up to date for the steps from `start` to `stop`."""
        fine, level, group = self.values, 0, BASE
        while len(fine) > group:
            if level == len(self._coarse):
                start, stop = 0, len(fine)
                self._coarse.append(Rows(fine[:0]))
            start, stop = start // group, -(-stop // group)
            part = fine[start * group : stop * group]
            self._coarse[level].put(start, fold(part, group, self.pivot))
            fine, level, group = self._coarse[level].values, level + 1, FACTOR

    def columns(self, edges: NDArray[np.float64]) -> Values:
        """Return one row of values per column of pixels.

        Parameters
        ----------
        edges : float array [n + 1]
            Where the columns begin and end, in steps from 0 to S, increasing, a column at least one step
            wide.

        Returns
        -------
        array [n, H]
            For each column the values farthest from the pivot among all steps that touch it, and among a few
            of their neighbours, less than one column away.
        """
        width = (edges[-1] - edges[0]) / (len(edges) - 1)
        source, group = self.values, 1
        for rows in self._coarse:
            coarser = BASE if group == 1 else group * FACTOR
            if coarser > width:
                break
            source, group = rows.values, coarser
        starts = np.floor(edges[:-1] / group + 1e-9).astype(np.intp)
        last = np.ceil(edges[1:] / group - 1e-9).astype(np.intp) - 1
        np.minimum(last, len(source) - 1, out=last)
        reach = int((last - starts).max()) + 1
        layers = (source.take(np.minimum(starts + k, last), axis=0) for k in range(reach))
        return farthest(layers, self.pivot)
