"""The task of the echo."""

from __future__ import annotations

import numpy as np
import torch

from rnnviz.engine.network import Network
from rnnviz.engine.spec import NetworkSpec
from rnnviz.engine.tasks.echo import CHARACTERS, EchoTask, echoed

SIZE = len(CHARACTERS)


def shift_register(delay: int) -> Network:
    """A network that echoes by construction: block k of its units holds the character of k steps before."""
    spec = NetworkSpec(
        cell="rnn",
        input_size=SIZE,
        hidden_size=SIZE * (delay + 1),
        output_size=SIZE,
        readout="softmax",
        activation="identity",
        initialisation="zeros",
        delay=delay,
    )
    network = Network(spec)
    with torch.no_grad():
        network.get_parameter("W_l0")[:SIZE] = torch.eye(SIZE)
        network.get_parameter("U_l0")[SIZE:, :-SIZE] = torch.eye(SIZE * delay)
        network.dense_layers[-1].weight.zero_()
        network.dense_layers[-1].weight[:, -SIZE:] = torch.eye(SIZE)
        network.dense_layers[-1].bias.zero_()
    return network


def test_a_target_is_the_character_of_its_own_step() -> None:
    batch = EchoTask().batch(np.random.default_rng(0), 6)
    assert torch.equal(batch.x.argmax(-1), batch.target)


def test_a_shift_register_echoes_without_a_fault() -> None:
    assert echoed(shift_register(3), np.random.default_rng(1), length=20, count=10) == 1.0


def test_a_network_that_knows_nothing_is_right_by_chance() -> None:
    untrained = Network(shift_register(3).spec.replace(initialisation="torch"))
    assert echoed(untrained, np.random.default_rng(2), length=20, count=50) < 0.12
