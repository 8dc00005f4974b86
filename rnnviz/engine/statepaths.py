"""Paths between states in a network that is fed its own output: ds_t/ds_k by rows carried back through all of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.network import CellLayer
from rnnviz.engine.rowpass import RowPass
from rnnviz.engine.rowsback import Linearisations, RowsBack, Visitor
from rnnviz.engine.rowseeds import Seeds
from rnnviz.engine.scaled import Scaled


def paths_to(
    linearised: Linearisations, at: CellLayer, step: int
) -> Iterator[tuple[int, tuple[Tensor, NDArray[np.int64]]]]:
    """ds_t/ds_k of one layer for one t and every earlier k, the nearest first; -1 stands for the initial states.

    Parameters
    ----------
    linearised : Linearisations
    at : CellLayer
        A cell with one direction.
    step : int
        t, counted from 0.

    Yields
    ------
    k : int
    matrix : (Tensor [S, S], ndarray [S])
        Its rows, and a power of two for each.
    """
    size = max(1, len(at.cell.states)) * at.units
    arrivals = _Arrivals(RowPass(linearised[at], size, held=at.cell.states), step)
    seeds = Seeds(size, linearised.trace.steps, {}, planted=(at, step))
    for _ in RowsBack(linearised, seeds, arrivals, (at,)).run():
        yield from arrivals.take()
    yield from arrivals.take()


class _Arrivals(Visitor):
    """Gathers what comes into the states of one cell, from later steps and from above, before it goes on from them."""

    def __init__(self, states: RowPass, last: int) -> None:
        self.states = states
        self.last = last
        self._found: list[tuple[int, tuple[Tensor, NDArray[np.int64]]]] = []

    def take(self) -> list[tuple[int, tuple[Tensor, NDArray[np.int64]]]]:
        found, self._found = self._found, []
        return found

    def arrives(self, step: int, passing: RowPass, direct: Scaled | None) -> None:
        at = self.states.at
        if passing.at is not at or step >= self.last:
            return
        rows = slice(0, len(passing.exponents))
        if step < 0:
            whole = [passing.carried(state, rows) for state in at.cell.states]
        else:
            self.states.take_over(passing)
            self.states.step(step, rows, direct)
            names = at.cell.states or (at.cell.output,)
            whole = [Scaled(self.states.adjoints[name], self.states.exponents) for name in names]
        if whole:
            self._found.append((step, (torch.cat([part.values for part in whole], 1), whole[0].exponents.copy())))
