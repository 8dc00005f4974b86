"""Sums of rows of adjoints over the losses up to each, as the rows come block by block and step by step.

The norm of dL_1/ds_t + ... + dL_k/ds_t for every k and t: what an itemised gradient adds up to, from the vectors.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from rnnviz.engine.jobs import Job
from rnnviz.engine.lognumbers import LogNumbers
from rnnviz.engine.scaled import NOTHING, Scaled, ldexp

_RANGE = 900
"""Powers of two that rows summed in one go may lie apart; float64 holds some more."""

_PORTION = 1 << 16
"""Entries filled between two yields."""


class RunningSums:
    """What the rows so far add up to, at every step.

    Parameters
    ----------
    rows, steps : int
        Of the table.
    blocks : bool
        Whether rows come in more than one block, so that sums must be kept for the next one.
    """

    def __init__(self, rows: int, steps: int, *, blocks: bool) -> None:
        self._table = LogNumbers.zeros(rows, steps)
        self._written = np.zeros((rows, steps), bool)
        self._before: dict[int, Scaled] = {}
        self._blocks = blocks

    def add(self, step: int, rows: Scaled) -> Scaled:
        """Take the next rows of a step, [n, m]; return the sums up to each of them."""
        before = self._before.get(step)
        if before is not None:
            values = torch.cat([before.values, rows.values])
            rows = Scaled(values, np.concatenate([before.exponents, rows.exponents]))
        sums = cumulated(rows)
        if self._blocks:
            self._before[step] = Scaled(sums.values[-1:].clone(), sums.exponents[-1:])
        return sums if before is None else sums[1:]

    def put(self, rows: slice, step: int, numbers: tuple[NDArray[np.float64], NDArray[np.int64]]) -> None:
        """Write what the sums of some rows at a step come to."""
        self._table.put(rows, step, numbers)
        self._written[rows, step] = True

    def filled(self) -> Job[LogNumbers]:
        """The whole table, [rows, steps]: a row that adds nothing at a step leaves the sum as it was."""
        rows, steps = self._written.shape
        width = max(1, _PORTION // max(1, rows))
        for start in range(0, steps, width):
            part = slice(start, start + width)
            last = np.where(self._written[:, part], np.arange(rows)[:, None], 0)
            np.maximum.accumulate(last, axis=0, out=last)
            for table in (self._table.mantissas, self._table.exponents):
                table[:, part] = np.take_along_axis(table[:, part], last, axis=0)
            yield start, steps
        return self._table


def cumulated(rows: Scaled) -> Scaled:
    """Sum rows up to each of them.

    Parameters
    ----------
    rows : Scaled, [n, m]

    Returns
    -------
    Scaled, [n, m]
        Row k is the sum of the rows 0 to k, however far their sizes lie apart.
    """
    reach = np.maximum.accumulate(rows.magnitudes)
    values, exponents = torch.zeros_like(rows.values), np.zeros(len(reach), np.int64)
    start = int(np.searchsorted(reach, NOTHING, "right"))
    carried: Scaled | None = None
    while start < len(reach):
        stop = int(np.searchsorted(reach, reach[start] + _RANGE, "right"))
        top = int(reach[stop - 1])
        portion = ldexp(rows.values[start:stop], rows.exponents[start:stop] - top)
        if carried is not None:
            portion = portion.clone()
            portion[0] += ldexp(carried.values, carried.exponents - top)[0]
        # Along rows that lie in one piece a sum is some ten times as fast.
        values[start:stop] = portion.t().contiguous().cumsum(1).t()
        exponents[start:stop] = top
        carried = Scaled(values[stop - 1 : stop], exponents[stop - 1 : stop])
        start = stop
    return Scaled(values, exponents)
