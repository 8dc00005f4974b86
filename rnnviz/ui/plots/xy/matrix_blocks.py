"""Where the rows and columns of a matrix of blocks stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnviz.ui.theme import SignalStyle

Span = tuple[int, int]


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

    def middle(self, span: Span) -> float:
        """Return the middle of rows, as a share of the whole."""
        return sum(self.ends(*span)) / 2 / self.length

    def at(self, place: float) -> int:
        """Return the row at a place in pixels; -1 for a gap."""
        index = int(np.searchsorted(self._right, place, "right"))
        return index if index < len(self._left) and self._left[index] <= place else -1


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
