"""One backward pass of autograd per loss: what the itemised gradient is held against."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from rnnviz.engine.network import Network
from rnnviz.engine.run import run
from rnnviz.engine.trace import Trace
from tests.engine import reference
from tests.engine.networks import CELLS, NETWORKS, build, inputs, name_of, representatives, target_of

WAYS: dict[str, dict[str, Any]] = {
    "two-layers": {"num_layers": 2},
    "both-ways": {"num_layers": 2, "bidirectional": True},
    "fed-back": {"num_layers": 2, "topology": "one-to-many", "feedback": "output", "output_size": 3},
}
OPTIONS: dict[str, dict[str, Any]] = {
    **{
        f"{name}-{place}": {"cell": text, **ways}
        for name, text in CELLS.items()
        for place, ways in WAYS.items()
        if place == "two-layers" or (name in representatives() and not (name == "jordan" and place == "both-ways"))
    },
    **{name_of(options): options for options in NETWORKS},
    "one-to-one": {"cell": "lstm", "topology": "one-to-one"},
}
"""Every cell in two layers; those with every feature of a cell in both directions and fed their own output; every
topology."""

CASES = [pytest.param(options, id=name) for name, options in OPTIONS.items()]


def ran(options: dict[str, Any], steps: int = 6) -> tuple[Network, Trace]:
    """A network, and its run on a sequence with a target."""
    network = build(scale=1.4, **options)
    steps = 1 if network.spec.topology == "one-to-one" else steps
    return network, run(network, inputs(network, steps), target_of(network, steps))


class PerLoss:
    """dL_k/ds_t for every k, by one call of autograd for each."""

    def __init__(self, network: Network, trace: Trace) -> None:
        self.unrolled = reference.unroll(network, inputs(network, trace.schedule.length))
        outputs = trace.schedule.output_steps.tolist()
        target = target_of(network, trace.schedule.length)
        self.losses = reference.losses(self.unrolled, target, outputs, network.spec.readout)
        self.parameters = dict(network.named_parameters())
        tensors = [value for values in self.unrolled.signals.values() for value in values]
        asked = [tensor for tensor in (*tensors, *self.parameters.values()) if tensor.requires_grad]
        self._found = [
            dict(
                zip(
                    map(id, asked),
                    _gradients(loss, asked),
                    strict=True,
                )
            )
            for loss in self.losses.values()
        ]

    @property
    def largest(self) -> float:
        sizes = [float(g.abs().max()) for found in self._found for g in found.values() if g is not None]
        return max(sizes)

    def signal(self, key: reference.Key) -> NDArray[np.float64]:
        """[K, S, H]."""
        values = self.unrolled.signals[key]
        return np.stack(
            [np.stack([_of(found.get(id(value)), tuple(value.shape)) for value in values]) for found in self._found]
        )

    def parameter(self, name: str, k: int) -> NDArray[np.float64]:
        parameter = self.parameters[name]
        return _of(self._found[k].get(id(parameter)), tuple(parameter.shape))


def _gradients(loss: torch.Tensor, asked: list[torch.Tensor]) -> tuple[torch.Tensor | None, ...]:
    # Torch's annotation does not say so, but what a loss does not depend on has None here.
    return torch.autograd.grad(loss, asked, retain_graph=True, allow_unused=True)


def _of(gradient: torch.Tensor | None, shape: tuple[int, ...]) -> NDArray[np.float64]:
    return np.zeros(shape) if gradient is None else gradient.numpy()
