"""A run once more as torch's autograd sees it: every signal of every step a tensor with its graph, in float64.

It shares nothing with the compiled loops but the equations. Sums of products and states are held at the values that
were recorded (only the values, not the derivatives), so that a network that amplifies the last bit of float32 is
differentiated where it has been.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from rnnviz.engine.elementwise import FUNCTIONS, Values, evaluate
from rnnviz.engine.errors import ObjectiveError
from rnnviz.engine.holds import held
from rnnviz.engine.language.model import PRE_SUFFIX, Call, SignalAt
from rnnviz.engine.network import CellLayer
from rnnviz.engine.readout import activate
from rnnviz.engine.record import NETWORK
from rnnviz.engine.spec import Direction

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

Key = tuple[int, Direction, str]
"""(layer, direction, signal); the layer of the network's own signals is -1."""


class AutogradRun:
    """The graph of a run.

    Parameters
    ----------
    trace : Trace
    cut : (CellLayer, int), optional
        The states of this cell after this step become leaves: what they were computed from is not gone back to.

    Attributes
    ----------
    signals : dict of Key to list of Tensor
        Per step of the sequence.
    leaves : list of Tensor
        The states at the cut, in the order of the equations.
    parameters : dict of CellLayer to dict of str to Tensor
        Those of every cell by their names in its equations, two biases as their sum; leaves of the graph.
    dense : list of (Tensor, Tensor)
        Weight and bias of every dense layer of the readout; leaves of the graph.

    Raises
    ------
    ObjectiveError
        When the run has not come to its end.
    """

    def __init__(self, trace: Trace, cut: tuple[CellLayer, int] | None = None) -> None:
        if trace.position < trace.schedule.positions:
            raise ObjectiveError("the run has not come to its end, so it cannot be compared with autograd yet")
        self.trace = trace
        self.network = trace.network
        self.signals: dict[Key, list[Tensor]] = {}
        self.leaves: list[Tensor] = []
        self._cut = cut
        self.parameters = {
            at: {name: _leaf(value) for name, value in weights.parameters.items()}
            for at, weights in trace.weights.cells.items()
        }
        self.dense = [(_leaf(layer.weight), _leaf(layer.bias)) for layer in trace.weights.dense]
        self._recorded: dict[Key, Tensor] = {}
        if self.network.spec.bidirectional:
            self._layer_by_layer()
        else:
            self._step_by_step()

    def _put(self, key: Key, step: int, value: Tensor) -> Tensor:
        own = value.clone() if value.requires_grad else value.clone().requires_grad_()
        self.signals.setdefault(key, [own] * self.trace.steps)[step] = own
        return own

    def _value(self, key: Key, step: int) -> Tensor:
        if key not in self._recorded:
            layer, direction, name = key
            whole = np.array(self.trace.record.signal(name, layer, direction), np.float64)
            self._recorded[key] = torch.from_numpy(whole)
        return self._recorded[key][step]

    def _input(self, step: int, y: Tensor | None) -> Tensor:
        given = self._value((NETWORK, "forward", "x"), step)
        if y is not None and step and self.network.spec.feedback == "output":
            given = held(_at(y, given), self._holds(NETWORK, "forward", step, len(given)).get("x"))
        return self._put((NETWORK, "forward", "x"), step, given)

    def _start(self, at: CellLayer) -> dict[str, Tensor]:
        states = {name: value.double() for name, value in self.trace.weights.cells[at].initial.items()}
        first = -1 if at.direction == "forward" else self.trace.steps
        return self._leaves_at(at, first, states)

    def _leaves_at(self, at: CellLayer, step: int, signals: dict[str, Tensor]) -> dict[str, Tensor]:
        if self._cut != (at, step):
            return signals
        names = [name for name in at.cell.states or (at.cell.output,) if name in signals]
        self.leaves = [signals[name].detach().clone().requires_grad_() for name in names]
        return {**signals, **dict(zip(names, self.leaves, strict=True))}

    def _step_by_step(self) -> None:
        states = {at: self._start(at) for at in self.network.cell_layers}
        y = torch.zeros(self.network.spec.outputs, dtype=torch.float64)
        for step in range(self.trace.steps):
            value = self._input(step, y)
            for at in self.network.cell_layers:
                states[at] = self._cell(at, step, value, states[at], y)
                value = states[at][at.cell.output]
            y = self._readout(step, value)

    def _layer_by_layer(self) -> None:
        below = [self._input(step, None) for step in range(self.trace.steps)]
        for layer in range(self.network.spec.num_layers):
            ways = []
            for direction in self.network.spec.directions:
                at = self.network.at(layer, direction)
                states, out = self._start(at), list(below)
                steps = range(self.trace.steps)
                for step in steps if direction == "forward" else reversed(steps):
                    states = self._cell(at, step, below[step], states, None)
                    out[step] = states[at.cell.output]
                ways.append(out)
            below = [torch.cat(pair) for pair in zip(*ways, strict=True)]
        for step, value in enumerate(below):
            self._readout(step, value)

    def _holds(self, layer: int, direction: Direction, step: int, units: int) -> dict[str, Tensor]:
        return self.trace.holds.at(layer, direction, step, units)

    def _cell(
        self, at: CellLayer, step: int, x: Tensor, before: Mapping[str, Tensor], y: Tensor | None
    ) -> dict[str, Tensor]:
        now: dict[str, Tensor] = {}
        puts = self._holds(at.layer, at.direction, step, at.units)
        values = Values(now, before, self.parameters[at], x, y, self.network.spec.activation)
        for name in at.cell.order:
            expression = at.cell.expression(name)
            if at.cell.has_pre(name):
                assert isinstance(expression, Call)
                pre = name + PRE_SUFFIX
                now[pre] = self._kept(at, step, pre, evaluate(expression.arguments[0], values), puts, exact=True)
                expression = Call(expression.function, (SignalAt(pre),))
            exact = name in at.cell.states or name == at.cell.output
            now[name] = self._kept(at, step, name, evaluate(expression, values), puts, exact=exact)
        return self._leaves_at(at, step, now)

    def _kept(
        self, at: CellLayer, step: int, name: str, value: Tensor | float, puts: Mapping[str, Tensor], *, exact: bool
    ) -> Tensor:
        key = (at.layer, at.direction, name)
        whole = torch.as_tensor(value, dtype=torch.float64).expand(at.units)
        own = _at(whole, self._value(key, step)) if exact else whole
        return self._put(key, step, held(own, puts.get(name)))

    def _puts_of_readout(self, step: int) -> dict[str, Tensor]:
        found = self.trace.holds.of_readout(slice(step, step + 1), self.network.spec)
        return {name: rows[0] for name, rows in found.items()}

    def _readout(self, step: int, value: Tensor) -> Tensor:
        spec, dense = self.network.spec, self.dense
        puts = self._puts_of_readout(step)
        for index, (weight, bias) in enumerate(dense[:-1]):
            inner = FUNCTIONS[spec.readout_activation](weight @ value + bias)
            own = held(inner, puts.get(f"readout.{index}"))
            value = self._put((NETWORK, "forward", f"readout.{index}"), step, own)
        last = dense[-1][0] @ value + dense[-1][1] if dense else value
        logits = self._put((NETWORK, "forward", "logits"), step, held(last, puts.get("logits")))
        return self._put((NETWORK, "forward", "output"), step, activate(logits, spec.readout))

    def loss(self, step: int) -> Tensor:
        """The loss of one step that has one."""
        targets = self.trace.targets
        output = self.signals[NETWORK, "forward", "output"][step]
        if targets.kind == "class":
            softmax = self.network.spec.readout == "softmax"
            scores = self.signals[NETWORK, "forward", "logits"][step] if softmax else output
            return functional.cross_entropy(scores, targets.classes[step])
        wanted = targets.values[step]
        given = ~wanted.isnan()
        return (output[given] - wanted[given]).square().mean()


def _leaf(value: Tensor) -> Tensor:
    return value.double().clone().requires_grad_()


def _at(value: Tensor, recorded: Tensor) -> Tensor:
    """A value as it was recorded, with the derivatives of what it was computed from; not where that is not finite."""
    return value + torch.where(recorded.isfinite() & value.isfinite(), recorded - value, 0.0).detach()
