"""Where rows of adjoints enter a network: which numbers are differentiated, each in a row of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.network import CellLayer
from rnnviz.engine.spec import Direction


@dataclass(frozen=True, eq=False)
class Entry:
    """What enters at the readout of one step.

    Parameters
    ----------
    rows : slice
    scores : Tensor, [n, O]
        The derivative of the numbers of these rows with respect to the readout before its activation.
    output : Tensor, [n, O]
        The same with respect to the output; for show only.
    """

    rows: slice
    scores: Tensor
    output: Tensor


@dataclass(frozen=True, eq=False)
class Seeds:
    """Rows of adjoints and where they enter; rows that enter at a later step have a larger number.

    Parameters
    ----------
    count : int
        Number of rows B.
    steps : int
        Number of steps S of the sequence.
    entries : mapping of int to Entry
        Per step.
    planted : (CellLayer, int), optional
        In place of entries: a row for every number in the states of a cell, as they stand at a step.
    """

    count: int
    steps: int
    entries: Mapping[int, Entry]
    planted: tuple[CellLayer, int] | None = None

    @property
    def last(self) -> int:
        """The last step at which a row enters; -1 where none does."""
        return max(self.entries, default=-1) if self.planted is None else self.planted[1]

    def entered(self, step: int, direction: Direction = "forward") -> slice:
        """The rows that have entered when a cell of this direction has been gone back over as far as a step."""
        if self.planted is not None:
            return slice(0, self.count)
        if direction == "forward":
            return slice(int(self._from[step]), self.count)
        return slice(0, int(self._until[step]))

    @cached_property
    def _from(self) -> NDArray[np.int64]:
        """[S], the first row that enters at this step or a later one."""
        first = np.full(self.steps, self.count, np.int64)
        for step, entry in self.entries.items():
            first[step] = entry.rows.start
        return np.minimum.accumulate(first[::-1])[::-1]

    @cached_property
    def _until(self) -> NDArray[np.int64]:
        """[S], one more than the last row that enters at this step or an earlier one."""
        stop = np.zeros(self.steps, np.int64)
        for step, entry in self.entries.items():
            stop[step] = entry.rows.stop
        return np.maximum.accumulate(stop)
