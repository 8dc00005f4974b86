"""What rows of adjoints come to, each row on its own; see :mod:`rnnviz.engine.reach`."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.linearised import CHUNK, Leaf, Linearisation
from rnnviz.engine.reach import Reach
from rnnviz.engine.scaled import Scaled


class RowReach:
    """Which outputs of a cell the rows on their way back have come to.

    Parameters
    ----------
    linear : Linearisation
    rows : int
        Number of rows B.
    held : tuple of str
        States that nothing is carried on from.
    """

    def __init__(self, linear: Linearisation, rows: int, held: tuple[str, ...]) -> None:
        self._linear = linear
        self._held = held
        self._reach = Reach(linear.at.plan, linear.outputs)
        self._rows = rows
        self._live = {name: self._none() for name in linear.outputs}
        self._earlier = {state: self._none() for state in linear.at.cell.states}
        self._step = 0

    def _none(self) -> NDArray[np.bool_]:
        return np.zeros(self._rows, bool)

    def step(self, step: int, rows: slice, direct: Scaled | None, where: slice) -> None:
        """Go back over a step, into which rows come from above where ``direct`` says so."""
        self._step = step
        live = {name: self._earlier[name] if name in self._earlier else self._none() for name in self._live}
        if direct is not None:
            live[self._linear.at.cell.output][where] |= direct.entered
        earlier = {state: self._none() for state in self._earlier}
        for name in self._reach.outputs:
            if name not in self._held:
                for inner in self._reach.inner[name]:
                    live[inner][rows] |= live[name][rows]
                for state in self._reach.before[name]:
                    earlier[state][rows] |= live[name][rows]
        self._live, self._earlier = live, earlier

    def times(self, adjoint: Tensor, output: str, leaf: Leaf, slope: Tensor, rows: slice) -> Tensor:
        """What goes on from an output to what it reads: nothing of a row that has not come to it."""
        product = adjoint * slope
        if bool(product.isfinite().all()):
            return product
        index, inside = divmod(self._step, CHUNK)
        shut = self._linear.shut(index)[output, leaf][inside]
        nothing = shut | ~torch.from_numpy(self._live[output][rows])[:, None]
        return torch.where(nothing, 0.0, product)

    def leaving(self, kind: str, rows: slice) -> NDArray[np.bool_]:
        """The rows that go on to the "input" of the cell, or to the network's "output" one step before."""
        return self._of(self._reach.leaving[kind], rows)

    def at_slots(self, slots: tuple[str, ...], rows: slice) -> NDArray[np.bool_]:
        """The rows that go on to one of some slots."""
        return self._of((name for name in self._live if not self._reach.fed[name].isdisjoint(slots)), rows)

    def _of(self, outputs: Iterable[str], rows: slice) -> NDArray[np.bool_]:
        found = self._none()[rows]
        for name in outputs:
            if name not in self._held:
                found |= self._live[name][rows]
        return found

    def plant(self, state: str, values: Tensor) -> None:
        """Let rows come into a state one step before, those that are not zero."""
        self._earlier[state] = (values != 0).any(1).numpy()

    def take_over(self, other: RowReach) -> None:
        """Go on from where another pass over the same cell stands."""
        self._earlier = {state: found.copy() for state, found in other._earlier.items()}
