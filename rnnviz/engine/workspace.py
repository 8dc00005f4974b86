"""The memory in which the way back through a cell works, one chunk of steps after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.program import Array, Memory
from rnnviz.engine.reverse import CompiledReverse


class Workspace:
    """Fixed memory for the way back over a number of steps, cut into the rows of the loop once.

    Attributes
    ----------
    memory : Memory
        For the elementwise part.
    adjoints : dict of str to Tensor, [n + 1, H]
        For each output; row t + 1 belongs to step t of the chunk.
    delta : Tensor, [n, slots * H]
        The derivative with respect to every slot.
    loop : CompiledReverse
    rows : list of Row
    spare : ndarray, [H]
    """

    def __init__(self, loop: CompiledReverse, vectors: Mapping[str, Array], slots: int, steps: int, units: int) -> None:
        self.loop = loop
        self.memory = Memory(loop.program, vectors, steps, units)
        self.adjoints = {name: torch.zeros(steps + 1, units, dtype=torch.float64) for name in loop.outputs}
        self.delta = torch.zeros(steps, slots * units, dtype=torch.float64)
        self.rows = loop.views(self.memory.kept(), list(self.adjoints.values()), self.delta, units)
        self.spare = np.empty(units)


@dataclass
class Chunk:
    """Some steps made ready for the way back, in a workspace that holds their diagonals.

    ``live`` names the outputs that a gradient comes into in these steps; None: any.
    """

    start: int
    stop: int
    space: Workspace
    exponents: NDArray[np.int64]
    live: frozenset[str] | None = None

    @property
    def delta(self) -> Tensor:
        """[n, slots * H], the derivative with respect to every slot."""
        return self.space.delta[: self.stop - self.start]

    def adjoint(self, output: str) -> Tensor:
        """[n, H], what comes into an output from outside its step."""
        return self.space.adjoints[output][1 : self.stop - self.start + 1]
