"""A cell as a map of its states onto themselves, its input held: what a step does, and the derivative of that."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from rnnviz.engine.backsource import cell_trace
from rnnviz.engine.errors import SpecError
from rnnviz.engine.forward import cell_step
from rnnviz.engine.jacobian import ran_order
from rnnviz.engine.spec import Direction

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

_BYTES = 1 << 24
"""How large the gradients may be that are carried back through the equations at once."""

_PASSED = 500
"""States of the run that are looked at to tell where the cell may come to."""

_EDGE = 1e-9


class CellMap:
    """F with s_t = F(s_{t-1}, x*), in float64, from the equations of a cell.

    Parameters
    ----------
    trace : Trace
    layer : int
    direction : {"forward", "backward"}
    step : int or None
        Whose input is held, and of a cell that reads the network's output the output before it; None: zeros. Signals
        that are held at a value at this step are held in the map too.

    Attributes
    ----------
    states : tuple of str
        The states in the order in which they stand one after the other (LSTM: c, then h).
    size : int
        How many numbers S they have together.

    Raises
    ------
    SpecError
        When the cell carries no state, or the run has not reached the step.
    """

    def __init__(self, trace: Trace, layer: int = 0, direction: Direction = "forward", step: int | None = None) -> None:
        self._network, self._at = trace.network, trace.network.at(layer, direction)
        self.states, self.units = self._at.cell.states, self._at.units
        self.size = len(self.states) * self.units
        if not self.states:
            raise SpecError("This cell carries no state from one step to the next, so there is none to return to.")
        self._layout = trace.record.layout
        self._source, self._order = cell_trace(trace, self._at), ran_order(trace, self._at)
        if step is not None and step not in self._order:
            raise SpecError(f"The run has not reached step {step + 1} of this layer: step forward, or run all.")
        weights = trace.weights.cells[self._at].parameters
        self._parameters = {name: value.double() for name, value in weights.items()}
        self._x = torch.zeros(self._at.inputs, dtype=torch.float64)
        self._y = torch.zeros(self._at.outputs, dtype=torch.float64)
        self._puts: dict[str, Tensor] = {}
        if step is not None:
            self._puts = trace.holds.at(layer, direction, step, self.units)
            ran = self._order.index(step)
            self._x = self._source.inputs(ran, ran + 1)[0]
            if self._at.cell.uses_output:
                self._y = self._source.output(ran - 1, ran)[0]

    def __call__(self, states: Tensor) -> Tensor:
        """Return the states one step on, [n, S], of states [n, S]."""
        count = len(states)
        before = dict(zip(self.states, torch.split(states, self.units, 1), strict=True))
        x, y = self._x.expand(count, -1), self._y.expand(count, -1)
        signals = cell_step(self._network, self._at, self._parameters, x, before, y, self._puts)
        return torch.cat([signals[state] for state in self.states], 1)

    def jacobian(self, states: Tensor) -> Tensor:
        """Return ds_t/ds_{t-1} at states [n, S] as [n, S, S], all rows carried back at once."""
        leaf = states.detach().clone().requires_grad_()
        after = self(leaf)
        if not after.requires_grad:
            return torch.zeros(len(states), self.size, self.size, dtype=torch.float64)
        many = max(1, _BYTES // (8 * max(1, states.numel())))
        parts: list[Tensor] = []
        for rows in torch.split(torch.eye(self.size, dtype=torch.float64), many):
            seeds = rows[:, None, :].expand(-1, len(states), -1)
            parts += torch.autograd.grad(
                after, leaf, seeds, retain_graph=True, is_grads_batched=True, allow_unused=True, materialize_grads=True
            )
        return torch.cat(parts).transpose(0, 1)

    def bounds(self) -> tuple[Tensor, Tensor]:
        """Return the least and the largest of every number of the states that the cell may come to, [S] each.

        What the run has passed through counts as well: it may have begun outside what the equations leave open.
        """
        low, high = (torch.tensor(ends, dtype=torch.float64) for ends in zip(*self._ranges(), strict=True))
        passed = self.visited(_PASSED)
        if len(passed):
            low, high = torch.minimum(low, passed.min(0).values), torch.maximum(high, passed.max(0).values)
        return low, high

    def within(self, states: Tensor) -> Tensor:
        """Return which of states [n, S] the cell may come to, [n]."""
        low, high = self.bounds()
        return ((states >= low - _EDGE) & (states <= high + _EDGE)).all(1)

    def _ranges(self) -> Iterator[tuple[float, float]]:
        for name in self.states:
            field = self._layout.field(name, self._at.layer, self._at.direction)
            low = -math.inf if field.low is None else field.low
            high = math.inf if field.high is None else field.high
            yield from [(low, high)] * self.units

    def visited(self, most: int) -> Tensor:
        """Return states that the run has passed through, [n, S], evenly spread and all finite."""
        count = len(self._order)
        places = np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.intp)).tolist()
        rows = [torch.cat([self._source.quantity(name, k, k + 1) for name in self.states], 1) for k in places]
        found = torch.cat(rows) if rows else torch.zeros(0, self.size, dtype=torch.float64)
        return found[found.isfinite().all(1)]


def window(values: Tensor) -> tuple[Tensor, Tensor]:
    """Return the least and the largest of every unit that a portrait of a state shows, [H] each.

    States within [-1, 1], as those of a tanh, are shown in all of it; others with a margin about them.
    """
    if not len(values):
        values = torch.zeros(1, values.shape[1], dtype=torch.float64)
    if bool((values.abs() <= 1).all()):
        edge = torch.full((values.shape[1],), 1.1, dtype=torch.float64)
        return -edge, edge
    low, high = values.min(0).values, values.max(0).values
    margin = 0.25 * (high - low).clamp(min=1e-3)
    return low - margin, high + margin
