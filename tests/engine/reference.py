"""Networks written out again, slowly and plainly: what the engine's numbers are held against.

Every equation is evaluated on its own, step by step, with a tensor for every signal of every step, so that autograd
gives the derivative with respect to each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from rnnviz.engine.elementwise import FUNCTIONS, Values, evaluate
from rnnviz.engine.gradients import Gradients
from rnnviz.engine.language.model import Call, SignalAt
from rnnviz.engine.messages import Objective, ProbeObjective
from rnnviz.engine.network import CellLayer, Network
from rnnviz.engine.record import NETWORK
from rnnviz.engine.spec import Direction
from rnnviz.engine.trace import Trace

Key = tuple[int, Direction, str]
"""(layer, direction, signal); the layer of the network's own signals is -1."""

Touch = Callable[[Key, int, Tensor], Tensor]
"""What a hand makes of a signal at a step, counted from 0."""


@dataclass
class Unrolled:
    """A run with a tensor for every signal of every step."""

    signals: dict[Key, list[Tensor]] = field(default_factory=dict)
    initial: dict[Key, Tensor] = field(default_factory=dict)

    def put(self, key: Key, value: Tensor) -> Tensor:
        self.signals.setdefault(key, []).append(value)
        return value

    def own(self, name: str) -> list[Tensor]:
        """One of the network's own signals."""
        return self.signals[NETWORK, "forward", name]


def untouched(key: Key, step: int, value: Tensor) -> Tensor:
    """Leave everything as it is."""
    return value


def unroll(network: Network, x: Any, initial: Mapping[str, Any] | None = None, touch: Touch = untouched) -> Unrolled:
    """Run a network over a sequence, one equation after the other, differentiably."""
    return _Unrolling(network, torch.as_tensor(x), initial or {}, touch).run()


class _Unrolling:
    def __init__(self, network: Network, x: Tensor, initial: Mapping[str, Any], touch: Touch) -> None:
        self.touch = touch
        self.network, self.spec = network, network.spec
        self.x = x if network.spec.embedding_size is not None and x.dim() == 1 else x.to(self._dtype())
        self.steps = len(x) + network.spec.delay
        self.given = initial
        self.result = Unrolled()
        self.parameters = {at: network.cell_parameters(at) for at in network.cell_layers}

    def _dtype(self) -> torch.dtype:
        return next(self.network.parameters()).dtype

    def run(self) -> Unrolled:
        if self.spec.bidirectional:
            self._layer_by_layer()
        else:
            self._step_by_step()
        return self.result

    def _step_by_step(self) -> None:
        states = {at: self._start(at) for at in self.network.cell_layers}
        y = torch.zeros(self.spec.outputs, dtype=self._dtype())
        for t in range(self.steps):
            value = self._input(t, y)
            for at in self.network.cell_layers:
                states[at] = self._cell(at, t, value, states[at], y)
                value = states[at][at.cell.output]
            y = self._readout(t, value)

    def _layer_by_layer(self) -> None:
        below = [self._input(t, None) for t in range(self.steps)]
        for layer in range(self.spec.num_layers):
            ways = []
            for direction in self.spec.directions:
                at = self.network.at(layer, direction)
                states, out = self._start(at), []
                order = list(enumerate(below))
                for t, value in order if direction == "forward" else order[::-1]:
                    states = self._cell(at, t, value, states, None)
                    out.append(states[at.cell.output])
                ways.append(out if direction == "forward" else out[::-1])
                if direction == "backward":
                    for info in at.cell.signals:
                        self.result.signals[layer, direction, info.name].reverse()
            below = [torch.cat(pair) for pair in zip(*ways, strict=True)]
        for t, value in enumerate(below):
            self._readout(t, value)

    def _start(self, at: CellLayer) -> dict[str, Tensor]:
        states = self.network.initial_states(at)
        for name in states:
            if name in self.given:
                row = self.given[name][self.network.cell_layers.index(at)]
                states[name] = torch.as_tensor(row).to(self._dtype())
            # A tensor of its own, so that its derivative can be asked for.
            states[name] = states[name].clone().requires_grad_()
            self.result.initial[at.layer, at.direction, name] = states[name]
        return states

    def _input(self, t: int, y: Tensor | None) -> Tensor:
        size = self.spec.inputs_of(0)
        if t and self.spec.feedback == "output":
            assert y is not None
            value = y
        elif t and self.spec.feedback == "choice":
            assert y is not None
            value = self._embedded(functional.one_hot(y.detach().argmax(), self.spec.outputs).to(y.dtype))
        elif t >= (1 if self.spec.topology == "one-to-many" else len(self.x)):
            value = torch.zeros(size, dtype=self._dtype())
        else:
            value = self._embedded(self.x[t])
        key: Key = (NETWORK, "forward", "x")
        return self.result.put(key, self.touch(key, t, value).clone().requires_grad_())

    def _embedded(self, given: Tensor) -> Tensor:
        if self.network.embedding is None:
            return given
        weight = self.network.embedding.weight
        return weight[given] if given.dim() == 0 else given.to(weight.dtype) @ weight

    def _cell(
        self, at: CellLayer, t: int, x: Tensor, before: Mapping[str, Tensor], y: Tensor | None
    ) -> dict[str, Tensor]:
        now: dict[str, Tensor] = {}
        values = Values(now, before, self.parameters[at], x, y, self.spec.activation)
        for name in at.cell.order:
            expression = at.cell.expression(name)
            if at.cell.has_pre(name):
                assert isinstance(expression, Call)
                now[name + ".pre"] = self._own(evaluate(expression.arguments[0], values), at, t, name + ".pre")
                expression = Call(expression.function, (SignalAt(name + ".pre"),))
            now[name] = self._own(evaluate(expression, values), at, t, name)
        for name, value in now.items():
            self.result.put((at.layer, at.direction, name), value)
        return now

    def _own(self, value: Tensor | float, at: CellLayer, t: int, name: str) -> Tensor:
        computed = torch.as_tensor(value, dtype=self._dtype()).expand(at.units)
        whole = self.touch((at.layer, at.direction, name), t, computed).clone()
        return whole if whole.requires_grad else whole.requires_grad_()

    def _readout(self, t: int, value: Tensor) -> Tensor:
        layers = self.network.dense_layers
        for index, layer in enumerate(layers[:-1]):
            key: Key = (NETWORK, "forward", f"readout.{index}")
            value = self.touch(key, t, FUNCTIONS[self.spec.readout_activation](layer(value))).clone()
            self.result.put(key, value if value.requires_grad else value.requires_grad_())
        scores = self.touch((NETWORK, "forward", "logits"), t, layers[-1](value) if layers else value).clone()
        scores = scores if scores.requires_grad else scores.requires_grad_()
        output = scores.clone()
        if self.spec.readout == "softmax":
            output = scores.softmax(-1)
        elif self.spec.readout in ("tanh", "relu"):
            output = FUNCTIONS[self.spec.readout](scores)
        self.result.put((NETWORK, "forward", "logits"), scores)
        return self.result.put((NETWORK, "forward", "output"), output)


def losses(unrolled: Unrolled, target: Any, steps: Sequence[int], readout: str | None = None) -> dict[int, Tensor]:
    """The loss of each step that has an output and a target.

    Classes ([K], -1 for none): cross-entropy of the softmax readout, or with the outputs as scores. Values ([K, O], NaN
    for none): the mean of the squared errors.
    """
    found: dict[int, Tensor] = {}
    for t, wanted in zip(steps, torch.as_tensor(target), strict=True):
        output = unrolled.own("output")[t]
        if wanted.dim() == 0:
            if wanted >= 0:
                found[t] = -output[wanted].log() if readout == "softmax" else functional.cross_entropy(output, wanted)
        elif not wanted.isnan().all():
            given = ~wanted.isnan()
            found[t] = ((output[given] - wanted[given].to(output.dtype)) ** 2).mean()
    return found


@dataclass
class Derivatives:
    """What autograd says about one number."""

    signals: dict[Key, NDArray[np.float64]]
    initial: dict[Key, NDArray[np.float64]]
    parameters: dict[str, NDArray[np.float64]]

    @property
    def largest(self) -> float:
        """The largest of all derivatives."""
        return max(
            float(np.abs(values).max())
            for group in (self.signals, self.initial, self.parameters)
            for values in group.values()
        )


def derivatives(network: Network, unrolled: Unrolled, number: Tensor) -> Derivatives:
    """Differentiate a number with respect to every signal of every step, initial state and parameter."""
    signals = {(key, t): value for key, values in unrolled.signals.items() for t, value in enumerate(values)}
    parameters = dict(network.named_parameters())
    everything = [*signals.values(), *unrolled.initial.values(), *parameters.values()]
    asked = [tensor for tensor in everything if tensor.requires_grad]
    found = dict(
        zip(map(id, asked), torch.autograd.grad(number, asked, retain_graph=True, allow_unused=True), strict=True)
    )

    def of(tensor: Tensor) -> NDArray[np.float64]:
        gradient = found.get(id(tensor))
        return np.zeros(tensor.shape) if gradient is None else gradient.double().numpy()

    return Derivatives(
        {key: np.stack([of(value) for value in values]) for key, values in unrolled.signals.items()},
        {key: of(value) for key, value in unrolled.initial.items()},
        {name: of(value) for name, value in parameters.items()},
    )


def signal_difference(trace: Trace, unrolled: Unrolled) -> float:
    """The largest difference of any signal of a run from the same written out; steps without output are left out."""
    largest = 0.0
    for (layer, direction, name), values in unrolled.signals.items():
        ours = trace.record.signal(name, layer, direction)
        theirs = np.stack([value.detach().numpy() for value in values])
        if name in ("logits", "output") and layer == NETWORK:
            ours, theirs = ours[trace.schedule.has_output], theirs[trace.schedule.has_output]
        assert ours.shape == theirs.shape
        largest = max(largest, float(np.abs(ours - theirs).max()))
    return largest


def number_of(trace: Trace, unrolled: Unrolled, target: Any, objective: Objective) -> torch.Tensor:
    """What an objective stands for, written out."""
    if isinstance(objective, ProbeObjective):
        key = (objective.layer, objective.direction, objective.signal)
        return unrolled.signals[key][objective.step][objective.unit]
    found = losses(unrolled, target, trace.schedule.output_steps.tolist(), trace.network.spec.readout)
    step = objective.step
    chosen = {"whole": range(trace.steps), "at": range(step, step + 1), "upto": range(step + 1)}[objective.scope]
    return torch.stack([loss for t, loss in found.items() if t in chosen]).sum()


def compare(ours: Gradients, theirs: Derivatives, tolerance: float) -> None:
    """Compare everything that has a gradient, relative to the largest of them all."""
    allowed = tolerance * theirs.largest
    assert allowed > 0
    assert set(ours.signals) == set(theirs.signals)
    for (layer, direction, name), expected in theirs.signals.items():
        found = ours.signal(name, layer, direction)
        np.testing.assert_allclose(found, expected, atol=allowed, rtol=0, err_msg=f"{name} of layer {layer}")
        norms = np.linalg.norm(expected, axis=1)
        clear = norms > 1e-6 * theirs.largest
        logs = ours.log10_norm(name, layer, direction)
        np.testing.assert_allclose(logs[clear], np.log10(norms[clear]), atol=max(1e-3, tolerance * 1e6))
    assert set(ours.initial) == set(theirs.initial)
    for key, expected in theirs.initial.items():
        np.testing.assert_allclose(ours.initial[key], expected, atol=allowed, rtol=0)
    assert list(ours.parameters) == list(theirs.parameters)
    for name, expected in theirs.parameters.items():
        np.testing.assert_allclose(ours.parameters[name], expected, atol=allowed, rtol=0, err_msg=name)
