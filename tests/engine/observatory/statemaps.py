"""Derivatives of states with respect to earlier states, written out: one leaf put in their place, then autograd."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.forward import cell_step, dense, fed_back
from rnnviz.engine.network import CellLayer, Network
from rnnviz.engine.readout import activate
from rnnviz.engine.schedule import Schedule


def state_paths(
    network: Network, x: Any, at: CellLayer, earlier: int, later: list[int]
) -> dict[int, NDArray[np.float64]]:
    """ds_t/ds_k of one layer for one k and some t, [S, S] each.

    k may be -1 (or S, of the backward direction) for the initial states.
    """
    walk = _Walk(network, torch.as_tensor(x), at, earlier)
    states = walk.run()
    found = {}
    for t in later:
        outcome = torch.cat([states[t][name] for name in names(at)])
        found[t] = np.stack([_row(number, walk.leaves, at) for number in outcome])
    return found


def _row(number: Tensor, leaves: list[Tensor], at: CellLayer) -> NDArray[np.float64]:
    if not number.requires_grad:
        return np.zeros(len(leaves) * at.units)
    found = torch.autograd.grad(number, leaves, retain_graph=True, allow_unused=True, materialize_grads=True)
    return torch.cat(found).numpy()


def names(at: CellLayer) -> tuple[str, ...]:
    return at.cell.states or (at.cell.output,)


class _Walk:
    """A run in which the states of one cell at one step are leaves."""

    def __init__(self, network: Network, x: Tensor, at: CellLayer, cut: int) -> None:
        self.network, self.at, self.cut = network, at, cut
        self.steps = Schedule(network.spec, len(x)).steps
        self.x = x
        self.leaves: list[Tensor] = []
        self.seen: dict[int, dict[str, Tensor]] = {}

    def run(self) -> dict[int, dict[str, Tensor]]:
        if self.network.spec.bidirectional:
            self._layers()
        else:
            self._steps()
        return self.seen

    def _input(self, t: int, y: Tensor | None) -> Tensor:
        spec = self.network.spec
        if t and spec.feedback != "none":
            assert y is not None
            return fed_back(self.network, y)
        if t >= (1 if spec.topology == "one-to-many" else len(self.x)):
            return torch.zeros(spec.inputs_of(0), dtype=torch.float64)
        return self.x[t] if self.network.embedding is None else self.network.embedding(self.x[t])

    def _start(self, at: CellLayer, before: int) -> dict[str, Tensor]:
        states = {name: value.detach() for name, value in self.network.initial_states(at).items()}
        return self._cut(states, at, before)

    def _cut(self, signals: dict[str, Tensor], at: CellLayer, t: int) -> dict[str, Tensor]:
        if at is not self.at or t != self.cut:
            return signals
        kept = {name: signals[name].detach().clone().requires_grad_() for name in names(at) if name in signals}
        self.leaves = list(kept.values())
        return {**signals, **kept}

    def _cell(
        self, at: CellLayer, t: int, value: Tensor, before: dict[str, Tensor], y: Tensor | None
    ) -> dict[str, Tensor]:
        now = cell_step(self.network, at, self.network.cell_parameters(at), value, before, y)
        if at is self.at:
            self.seen[t] = now
        return self._cut(now, at, t)

    def _steps(self) -> None:
        spec = self.network.spec
        states = {at: self._start(at, -1) for at in self.network.cell_layers}
        y = torch.zeros(spec.outputs, dtype=torch.float64)
        for t in range(self.steps):
            value = self._input(t, y)
            for at in self.network.cell_layers:
                states[at] = self._cell(at, t, value, states[at], y)
                value = states[at][at.cell.output]
            y = activate(dense(self.network, value), spec.readout)

    def _layers(self) -> None:
        below = [self._input(t, None) for t in range(self.steps)]
        for layer in range(self.network.spec.num_layers):
            ways = []
            for direction in self.network.spec.directions:
                at = self.network.at(layer, direction)
                order = range(self.steps) if direction == "forward" else range(self.steps)[::-1]
                before = self._start(at, order[0] - order.step)
                out = {}
                for t in order:
                    before = self._cell(at, t, below[t], before, None)
                    out[t] = before[at.cell.output]
                ways.append([out[t] for t in range(self.steps)])
            below = [torch.cat(pair) for pair in zip(*ways, strict=True)]
