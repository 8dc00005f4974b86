"""Where the rows and columns of a matrix of blocks stand, and what of it is seen in so many pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnviz.ui.plots.time.extrema_pyramid import Values, farthest
from rnnviz.ui.theme import SignalStyle

Span = tuple[int, int]
Indices = NDArray[np.intp]


@dataclass(frozen=True)
class MatrixBlock:
    """A block of a matrix: its name, the names and styles of its row and its column of blocks, and its place."""

    name: str
    row: str
    column: str
    rows: Span
    columns: Span
    row_style: SignalStyle
    column_style: SignalStyle | None = None


class Side:
    """The rows, or the columns, of a matrix in groups, one after the other with gaps between them.

    Parameters
    ----------
    spans : sequence of (int, int)
        Start and stop of every group, in order.
    """

    def __init__(self, spans: Sequence[Span] = ()) -> None:
        self.spans = tuple(spans)
        self.length = 1.0
        self._left = self._right = np.zeros(0)

    def lay(self, length: float, gap: float, least: Sequence[float], lead: float = 0.0) -> None:
        """Give every group its share of a length.

        Parameters
        ----------
        length : float
            In pixels.
        gap : float
            Between two groups.
        least : sequence of float
            What every group takes at least, as far as there is room.
        lead : float
            Room before every group.
        """
        count = len(self.spans)
        self.length = max(1.0, length)
        room = max(1.0, self.length - gap * max(0, count - 1) - lead * count)
        sizes = _shared(room, [stop - start for start, stop in self.spans], least)
        left, right, at = [], [], 0.0
        for (start, stop), size in zip(self.spans, sizes, strict=True):
            at += lead
            edges = at + np.arange(stop - start + 1) * (size / max(1, stop - start))
            left.append(edges[:-1])
            right.append(edges[1:])
            at += size + gap
        self._left = np.concatenate([np.zeros(0), *left])
        self._right = np.concatenate([np.zeros(0), *right])

    def ends(self, start: int, stop: int) -> tuple[float, float]:
        """Return where rows begin and end, in pixels."""
        if stop <= start or stop > len(self._right):
            return 0.0, 0.0
        return float(self._left[start]), float(self._right[stop - 1])

    def at(self, place: float) -> int:
        """Return the row at a place in pixels; -1 for a gap."""
        index = int(np.searchsorted(self._right, place, "right"))
        return index if index < len(self._left) and self._left[index] <= place else -1

    def seen(self, first: float, last: float, count: int) -> tuple[Indices, Indices]:
        """Return which rows `count` pixels between two places stand for.

        Returns
        -------
        start, stop : int array, [count]
            Equal for a pixel in a gap.
        """
        edges = np.linspace(first, last, count + 1)
        start = np.searchsorted(self._right, edges[:-1] + 1e-9, "right")
        stop = np.maximum(start, np.searchsorted(self._left, edges[1:] - 1e-9, "left"))
        return start.astype(np.intp), stop.astype(np.intp)


def _shared(room: float, counts: Sequence[int], least: Sequence[float]) -> list[float]:
    """Divide a room by counts, but so that none gets less than its least, if all can."""
    wanted = [min(one, room / max(1, len(counts))) for one in least]
    small: set[int] = set()
    while True:
        rest = room - sum(wanted[k] for k in small)
        total = sum(count for k, count in enumerate(counts) if k not in small) or 1
        more = {k for k, count in enumerate(counts) if k not in small and rest * count / total < wanted[k] - 1e-9}
        if not more:
            return [wanted[k] if k in small else rest * count / total for k, count in enumerate(counts)]
        small |= more


def reduced(values: Values, rows: tuple[Indices, Indices], columns: tuple[Indices, Indices]) -> Values:
    """Return one value per pixel: of all entries in it the one farthest from zero; NaN in gaps.

    Parameters
    ----------
    values : array, [R, C]
    rows, columns : (start, stop)
        As of `Side.seen`.
    """
    result = np.full((len(rows[0]), len(columns[0])), np.nan, values.dtype)
    down, across = rows[1] > rows[0], columns[1] > columns[0]
    if not (down.any() and across.any()):
        return result
    low, high = int(columns[0][across].min()), int(columns[1].max())
    strip = _merged(values[:, low:high], rows[0][down], rows[1][down], axis=0)
    cells = _merged(strip, columns[0][across] - low, columns[1][across] - low, axis=1)
    result[np.ix_(down, across)] = cells
    return result


def _merged(values: Values, start: Indices, stop: Indices, axis: int) -> Values:
    reach = int((stop - start).max())
    return farthest((values.take(np.minimum(start + k, stop - 1), axis=axis) for k in range(reach)), 0.0)
