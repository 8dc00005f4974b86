"""The task of the table by the hour."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rnnviz.engine.network import Network
from rnnviz.engine.sequence import encode
from rnnviz.engine.spec import NetworkSpec
from rnnviz.engine.tasks.hourly import HELD_OUT, WEEK, WINDOW, HourlyTask, explained_variance, table


def loads() -> np.ndarray:
    target = encode(table()).target
    assert target is not None
    return np.asarray(target)[:, 0]


def held_out() -> np.ndarray:
    return np.concatenate([loads()[first : first + WEEK] for first in HELD_OUT])


def constant(value: float, **options: object) -> Network:
    fields = {"cell": "lstm", "input_size": 4, "hidden_size": 2, "output_size": 1, **options}
    network = Network(NetworkSpec(**fields))  # type: ignore[arg-type]
    with torch.no_grad():
        network.dense_layers[-1].weight.zero_()
        network.dense_layers[-1].bias.fill_(value)
    return network


@pytest.mark.parametrize("length", [1, WINDOW])
def test_no_sequence_of_the_training_reaches_into_a_week_that_is_held_out(length: int) -> None:
    task = HourlyTask.of(length)
    for first in HELD_OUT:
        touching = (task.starts + length > first) & (task.starts < first + WEEK)
        assert not touching.any()
    assert len(task.starts) == len(task.x) - length + 1 - len(HELD_OUT) * (WEEK + length - 1)


def test_a_batch_holds_hours_in_a_row_and_their_loads() -> None:
    task = HourlyTask.of()
    batch = task.batch(np.random.default_rng(0), 3)
    assert batch.x.shape == (WINDOW, 3, 4)
    assert batch.target.shape == (WINDOW, 3, 1)
    first = int((task.x == batch.x[0, 1]).all(-1).nonzero()[0])
    torch.testing.assert_close(batch.x[:, 1], task.x[first : first + WINDOW], rtol=0, atol=0)
    torch.testing.assert_close(batch.target[:, 1], task.load[first : first + WINDOW], rtol=0, atol=0)


def test_the_hours_of_the_training_alone_are_normalised_to_mean_nought_and_deviation_one() -> None:
    x = encode(table()).x
    seen = np.ones(len(x), dtype=bool)
    for first in HELD_OUT:
        seen[first : first + WEEK] = False
    np.testing.assert_allclose(x[seen].mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(x[seen].std(axis=0), 1.0, rtol=1e-12)


def test_hours_in_the_middle_are_normalised_as_the_whole_table_is() -> None:
    np.testing.assert_array_equal(encode(table(100, 5)).x, encode(table()).x[100:105])


@pytest.mark.parametrize("options", [{}, {"cell": "feedforward", "topology": "one-to-one"}])
def test_the_mean_of_the_held_out_weeks_explains_nothing(options: dict[str, object]) -> None:
    assert explained_variance(constant(float(held_out().mean()), **options)) == pytest.approx(0.0, abs=1e-6)


def test_a_constant_beside_the_mean_explains_less_than_nothing() -> None:
    load = held_out()
    expected = 1 - np.mean((load - 0.7) ** 2) / np.var(load)
    assert explained_variance(constant(0.7)) == pytest.approx(expected, rel=1e-5)
