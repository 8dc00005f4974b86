"""The network as autograd sees it: every equation evaluated by torch over a batch, differentiably.

Training and the tests of the gradients use this way; what is shown on the screen comes from the compiled step
(:mod:`rnnviz.engine.scan`), which records every signal.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

from rnnviz.engine.elementwise import FUNCTIONS, Values, evaluate
from rnnviz.engine.holds import held
from rnnviz.engine.language.model import PRE_SUFFIX, Call, SignalAt
from rnnviz.engine.readout import activate
from rnnviz.engine.schedule import Schedule

if TYPE_CHECKING:
    from rnnviz.engine.network import CellLayer, Network

Signals = dict[str, Tensor]
"""All signals of a cell at one step, by name, each [..., H]."""


def forward(network: Network, x: Tensor, initial_state: Mapping[str, Tensor] | None = None) -> Tensor:
    """Run a network over a batch of sequences of one length.

    Parameters
    ----------
    network : Network
    x : Tensor, [T, ..., I]
        With an embedding also whole numbers [T, ...].
    initial_state : mapping of str to Tensor, optional
        States before the first step by name, each [layers * directions, ..., H] in torch's order.

    Returns
    -------
    Tensor, [K, ..., O]
        The outputs of the steps that have one.
    """
    schedule = Schedule(network.spec, len(x))
    scores = logits(network, x, initial_state)[torch.from_numpy(schedule.has_output)]
    return activate(scores, network.spec.readout)


def logits(network: Network, x: Tensor, initial_state: Mapping[str, Tensor] | None = None) -> Tensor:
    """Run a network as :func:`forward` does, up to the last dense layer's activation, for all steps.

    Returns
    -------
    Tensor, [S, ..., O]
    """
    schedule = Schedule(network.spec, len(x))
    inputs = embed(network, x)
    inputs = inputs * torch.from_numpy(schedule.has_input[: len(x)]).view(-1, *[1] * (inputs.dim() - 1))
    if schedule.steps > len(x):
        inputs = torch.cat([inputs, inputs.new_zeros(schedule.steps - len(x), *inputs.shape[1:])])
    if network.spec.feedback != "none" or any(at.cell.uses_output for at in network.cell_layers):
        return _interleaved(network, inputs, initial_state)
    features = inputs
    for layer in range(network.spec.num_layers):
        ways = [sweep(network, network.at(layer, way), features, initial_state) for way in network.spec.directions]
        cells = [network.at(layer, way).cell for way in network.spec.directions]
        features = torch.cat(
            [torch.stack([step[cell.output] for step in way]) for way, cell in zip(ways, cells, strict=True)], -1
        )
    return dense(network, features)


def embed(network: Network, x: Tensor) -> Tensor:
    """What the first layer sees of x: itself, or the embedding of its tokens."""
    if network.embedding is None:
        return x
    if x.dtype in (torch.int64, torch.int32):
        embedded: Tensor = network.embedding(x)
        return embedded
    return x @ network.embedding.weight


def sweep(
    network: Network, at: CellLayer, inputs: Tensor, initial_state: Mapping[str, Tensor] | None = None
) -> list[Signals]:
    """Run one cell over all steps of its inputs [S, ..., I]; the result is in the order of the steps."""
    parameters = network.cell_parameters(at)
    before = start(network, at, inputs.shape[1:-1], initial_state)
    order = range(len(inputs)) if at.direction == "forward" else reversed(range(len(inputs)))
    steps: list[Signals | None] = [None] * len(inputs)
    for t in order:
        signals = cell_step(network, at, parameters, inputs[t], before)
        steps[t] = signals
        before = {state: signals[state] for state in at.cell.states}
    return [step for step in steps if step is not None]


def start(
    network: Network, at: CellLayer, batch: torch.Size, initial_state: Mapping[str, Tensor] | None
) -> dict[str, Tensor]:
    """The states before the first step, each [..., H]."""
    index = network.cell_layers.index(at)
    states = network.initial_states(at)
    for state in states:
        if initial_state and state in initial_state:
            states[state] = initial_state[state][index]
    return {name: value.expand(*batch, at.units) for name, value in states.items()}


def cell_step(
    network: Network,
    at: CellLayer,
    parameters: Mapping[str, Tensor],
    x: Tensor,
    before: Mapping[str, Tensor],
    y: Tensor | None = None,
    puts: Mapping[str, Tensor] = MappingProxyType({}),
) -> Signals:
    """One step of a cell, straight from its equations: all signals by name.

    ``puts`` are the values at which signals are held, [H] each; NaN where a unit is free.
    """
    signals: Signals = {}
    values = Values(signals, before, parameters, x, y, network.spec.activation)
    shape = torch.Size((*x.shape[:-1], at.units))
    for name in at.cell.order:
        expression, pre = at.cell.expression(name), name + PRE_SUFFIX
        if at.cell.has_pre(name):
            assert isinstance(expression, Call)
            signals[pre] = held(_whole(evaluate(at.cell.expression(pre), values), shape, x), puts.get(pre))
            expression = Call(expression.function, (SignalAt(pre),))
        signals[name] = held(_whole(evaluate(expression, values), shape, x), puts.get(name))
    return signals


def _whole(value: Tensor | float, shape: torch.Size, like: Tensor) -> Tensor:
    return torch.as_tensor(value, dtype=like.dtype, device=like.device).expand(shape)


def dense(network: Network, features: Tensor) -> Tensor:
    """The readout's dense layers without the last activation; the features themselves where there is no readout."""
    layers = network.dense_layers
    for layer in layers[:-1]:
        features = FUNCTIONS[network.spec.readout_activation](layer(features))
    return layers[-1](features) if layers else features


def _interleaved(network: Network, inputs: Tensor, initial_state: Mapping[str, Tensor] | None) -> Tensor:
    """Step through all layers and the readout together, as networks that are fed their output need it."""
    spec = network.spec
    parameters = [network.cell_parameters(at) for at in network.cell_layers]
    states = [start(network, at, inputs.shape[1:-1], initial_state) for at in network.cell_layers]
    y = inputs.new_zeros(*inputs.shape[1:-1], spec.outputs)
    steps = []
    for t, given in enumerate(inputs):
        value = fed_back(network, y) if t and spec.feedback != "none" else given
        for index, at in enumerate(network.cell_layers):
            signals = cell_step(network, at, parameters[index], value, states[index], y)
            states[index] = {state: signals[state] for state in at.cell.states}
            value = signals[at.cell.output]
        steps.append(dense(network, value))
        y = activate(steps[-1], spec.readout)
    return torch.stack(steps)


def fed_back(network: Network, y: Tensor) -> Tensor:
    """What the output of a step gives as the input of the next: itself, or one-hot its largest, embedded."""
    if network.spec.feedback == "output":
        return y
    chosen = functional.one_hot(y.detach().argmax(-1), y.shape[-1]).to(y.dtype)
    return embed(network, chosen)
