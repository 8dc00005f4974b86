"""A run once more over other inputs, many at a time: what it would have said if it had read something else.

The weights are those of the run and its clamps are in force at their steps; nothing is recorded. It is evaluated by
torch from the equations, in float64, and is differentiable with respect to the inputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from rnnviz.engine.elementwise import FUNCTIONS, Values, evaluate
from rnnviz.engine.holds import held
from rnnviz.engine.language.model import PRE_SUFFIX, Call, SignalAt
from rnnviz.engine.network import CellLayer
from rnnviz.engine.readout import activate
from rnnviz.engine.record import NETWORK
from rnnviz.engine.spec import Direction

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

Signals = dict[str, Tensor]


@dataclass(frozen=True)
class Before:
    """What a step begins with: the states of every cell by name, [B, H] each, and the output of the step before it."""

    states: Mapping[CellLayer, Signals]
    y: Tensor


@dataclass(frozen=True)
class Reading:
    """What the network made of some sequences.

    Parameters
    ----------
    logits : list of Tensor, [B, O]
        What enters the readout's last activation, for each step.
    before : list of Before
        What each step began with; empty where there are two directions.
    """

    logits: list[Tensor]
    before: list[Before]


class Rerun:
    """The network of a run, ready to read other sequences.

    Parameters
    ----------
    trace : Trace
    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._spec = trace.network.spec
        self._dense = [(layer.weight.double(), layer.bias.double()) for layer in trace.weights.dense]
        embedding = trace.weights.embedding
        self.embedding = None if embedding is None else embedding.double()
        self._parameters = {
            at: {name: value.double() for name, value in weights.parameters.items()}
            for at, weights in trace.weights.cells.items()
        }

    def read(self, x: Tensor, first: int = 0, before: Before | None = None) -> Reading:
        """Read B sequences of n steps.

        Parameters
        ----------
        x : Tensor, [n, B, I]
            What the first layer sees, embedded where there is an embedding. Where the network is fed its own output
            that takes the place of all rows but that of step 0.
        first : int
            The step of the first row: clamps stand at steps. With two directions 0.
        before : Before, optional
            What the first row begins with, of one sequence or of all; None: what the run recorded.
        """
        if self._spec.bidirectional:
            return Reading(self._layer_by_layer(x), [])
        before = self.recorded_before(first) if before is None else before
        logits, begun = [], []
        for step, given in enumerate(x, start=first):
            begun.append(before)
            value, states = self._input(step, given, before.y), {}
            for at in self._trace.network.cell_layers:
                states[at] = self._cell(at, step, value, before.states[at], before.y)
                value = states[at][at.cell.output]
            logits.append(self._read_out(step, value))
            before = Before(states, activate(logits[-1], self._spec.readout))
        return Reading(logits, begun)

    def recorded_before(self, step: int) -> Before:
        """What a step of the run began with, [1, H] and [1, O]."""
        states = {at: self._states_before(at, step) for at in self._trace.network.cell_layers}
        if step == 0:
            return Before(states, torch.zeros(1, self._spec.outputs, dtype=torch.float64))
        return Before(states, self._recorded("output", NETWORK, "forward", step - 1))

    def _states_before(self, at: CellLayer, step: int) -> Signals:
        if step == 0:
            initial = self._trace.weights.cells[at].initial
            return {name: value.double().expand(1, at.units) for name, value in initial.items()}
        return {name: self._recorded(name, at.layer, at.direction, step - 1) for name in at.cell.states}

    def _recorded(self, signal: str, layer: int, direction: Direction, step: int) -> Tensor:
        return torch.from_numpy(
            np.array(self._trace.record.signal(signal, layer, direction)[step : step + 1], np.float64)
        )

    def _input(self, step: int, given: Tensor, y: Tensor) -> Tensor:
        return self._held_input(step, self._fed_back(y) if step and self._spec.feedback != "none" else given)

    def _layer_by_layer(self, x: Tensor) -> list[Tensor]:
        below = [self._held_input(step, given) for step, given in enumerate(x)]
        for layer in range(self._spec.num_layers):
            ways = [self._way(self._trace.network.at(layer, direction), below) for direction in self._spec.directions]
            below = [torch.cat(pair, -1) for pair in zip(*ways, strict=True)]
        return [self._read_out(step, value) for step, value in enumerate(below)]

    def _way(self, at: CellLayer, below: list[Tensor]) -> list[Tensor]:
        states, found = self._states_before(at, 0), list(below)
        steps = range(len(below))
        for step in steps if at.direction == "forward" else reversed(steps):
            states = self._cell(at, step, below[step], states, None)
            found[step] = states[at.cell.output]
        return found

    def _held_input(self, step: int, given: Tensor) -> Tensor:
        return held(given, self._trace.holds.at(NETWORK, "forward", step, given.shape[-1]).get("x"))

    def _fed_back(self, y: Tensor) -> Tensor:
        if self._spec.feedback == "output":
            return y
        chosen = functional.one_hot(y.detach().argmax(-1), y.shape[-1]).double()
        return chosen if self.embedding is None else chosen @ self.embedding

    def _cell(self, at: CellLayer, step: int, x: Tensor, before: Signals, y: Tensor | None) -> Signals:
        now: Signals = {}
        puts = self._trace.holds.at(at.layer, at.direction, step, at.units)
        values = Values(now, before, self._parameters[at], x, y, self._spec.activation)
        shape = (x.shape[0], at.units)
        for name in at.cell.order:
            expression = at.cell.expression(name)
            if at.cell.has_pre(name):
                assert isinstance(expression, Call)
                pre = name + PRE_SUFFIX
                now[pre] = held(_whole(evaluate(expression.arguments[0], values), shape), puts.get(pre))
                expression = Call(expression.function, (SignalAt(pre),))
            now[name] = held(_whole(evaluate(expression, values), shape), puts.get(name))
        return now

    def _read_out(self, step: int, value: Tensor) -> Tensor:
        puts = {name: rows[0] for name, rows in self._trace.holds.of_readout(slice(step, step + 1), self._spec).items()}
        for index, (weight, bias) in enumerate(self._dense[:-1]):
            inner = FUNCTIONS[self._spec.readout_activation](value @ weight.T + bias)
            value = held(inner, puts.get(f"readout.{index}"))
        last = value @ self._dense[-1][0].T + self._dense[-1][1] if self._dense else value
        return held(last, puts.get("logits"))


def _whole(value: Tensor | float, shape: tuple[int, int]) -> Tensor:
    return torch.as_tensor(value, dtype=torch.float64).expand(shape)
