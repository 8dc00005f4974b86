"""Where the steps of one cell are computed: fixed memory for a block of 64 steps, cut into rows once.

The result of a product can depend, in its last bit, on where its operands lie. On a bench a step always finds its
operands at the same place, whether it is computed alone or with its neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from rnnviz.engine.network import CellLayer
from rnnviz.engine.scan import temporaries
from rnnviz.engine.weights import CellWeights

BLOCK = 64
"""Steps whose products with x are taken at once."""


class Bench:
    """The memory of one cell.

    Parameters
    ----------
    at : CellLayer
    weights : CellWeights

    Attributes
    ----------
    slots : Tensor, [64, slots * H]
    signals : Tensor, [64, quantities * H]
        Row k belongs to step k of the block, in both directions.
    """

    def __init__(self, at: CellLayer, weights: CellWeights) -> None:
        self.at = at
        self.weights = weights
        dtype = weights.bias.dtype
        self.slots = torch.zeros(BLOCK, len(at.plan.slots) * at.units, dtype=dtype)
        self.signals = torch.zeros(BLOCK, len(at.plan.columns) * at.units, dtype=dtype)
        self._rows = at.step.views(self.slots, self.signals, at.units)
        self._constants, self._spare = temporaries(at.step, at.units, dtype)
        self._vectors = [weights.parameters[name] for name in at.step.vectors]
        self._before = {
            # What is carried and no state of the cell is the network's output; a state may be called y as well.
            name: torch.zeros(at.units if name in at.cell.states else at.outputs, dtype=dtype)
            for name in at.step.carried
        }

    def feed(self, inputs: Tensor) -> None:
        """Put the biases and the products with x of a whole block, [64, I], into the slots."""
        self.slots[:] = self.weights.bias
        for columns, matrix in self.weights.inputs:
            torch.addmm(self.weights.bias[columns], inputs, matrix, out=self.slots[:, columns])

    def put(self, slot: str, values: Tensor) -> None:
        """Say at which values a signal is held in a whole block, [64, H]; NaN where it is free."""
        place = self.at.plan.place(slot) * self.at.units
        self.slots[:, place : place + self.at.units] = values

    def run(self, start: int, stop: int, before: Mapping[str, Tensor]) -> None:
        """Compute the steps start .. stop - 1 of the block, in the cell's direction.

        Parameters
        ----------
        start, stop : int
        before : mapping of str to Tensor
            What the first of these steps carries over from the step before it.
        """
        backward = self.at.direction == "backward"
        earlier = stop if backward else start - 1
        carried = [self._place(name, earlier, before[name]) for name in self.at.step.carried]
        rows = self._rows[start:stop]
        # Infinities and NaN are results like any other here: they are recorded, and shown as what they are.
        with np.errstate(all="ignore"):
            self.at.step.scan(
                rows[::-1] if backward else rows,
                self.weights.products,
                self._vectors,
                self._constants,
                self._spare,
                carried,
            )

    def _place(self, name: str, row: int, value: Tensor) -> Tensor:
        """Put what is carried over where the loop would find it if it came from the row before."""
        place = self._before[name]
        if 0 <= row < BLOCK and name in self.at.cell.states:
            column = self.at.plan.columns[name] * self.at.units
            place = self.signals[row, column : column + self.at.units]
        return place.copy_(value)
