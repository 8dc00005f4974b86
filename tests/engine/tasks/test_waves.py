"""The task of the waves."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rnnviz.engine.network import Network
from rnnviz.engine.spec import NetworkSpec
from rnnviz.engine.tasks.waves import LENGTH, SETTLED, WavesTask, judge_forecasts, signals


def repeating() -> Network:
    """A network whose output is its input."""
    spec = NetworkSpec(cell="feedforward", input_size=1, hidden_size=1, output_size=1, activation="identity")
    network = Network(spec.replace(dtype="float64"))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(1.0 if parameter.dim() == 2 else 0.0)
    return network


def test_every_target_is_the_value_that_comes_next() -> None:
    batch = WavesTask().batch(np.random.default_rng(0), 4)
    assert batch.x.shape == batch.target.shape == (LENGTH, 4, 1)
    assert torch.equal(batch.x[1:], batch.target[:-1])


def test_signals_are_of_every_size_and_not_all_have_a_jump() -> None:
    values = signals(np.random.default_rng(1), 200, 300)
    assert values.shape == (200, 300)
    assert np.abs(values).max() < 3.2
    drift = np.abs(values[-72:].mean(axis=0) - values[:72].mean(axis=0))
    assert 0.1 < (drift > 0.4).mean() < 0.3


def test_a_network_that_repeats_its_input_is_as_good_as_persistence() -> None:
    reached = judge_forecasts(repeating(), np.random.default_rng(2), 50)
    assert reached.network == pytest.approx(reached.persistence, rel=1e-12)
    values = signals(np.random.default_rng(2), LENGTH + 1, 50)
    now, then = values[SETTLED:-1], values[SETTLED + 1 :]
    assert reached.persistence == pytest.approx(1 - np.mean((now - then) ** 2) / np.var(then), rel=1e-12)
