"""The task of the digits."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rnnviz.engine.network import Network
from rnnviz.engine.spec import NetworkSpec
from rnnviz.engine.tasks.digits import SIZE, DigitsTask, draw, recognised


@pytest.mark.parametrize("digit", range(10))
def test_a_digit_is_ink_within_the_image_and_never_twice_the_same(digit: int) -> None:
    rng = np.random.default_rng(digit)
    first, second = draw(rng, digit), draw(rng, digit)
    assert first.shape == (SIZE, SIZE)
    assert first.min() == 0.0
    assert first.max() == 1.0
    assert 0.03 < first.mean() < 0.35
    border = np.concatenate([first[[0, -1]].ravel(), first[:, [0, -1]].ravel()])
    assert border.mean() < 0.05
    assert not np.array_equal(first, second)


def test_the_drawings_of_a_digit_are_more_alike_than_those_of_different_ones() -> None:
    task = DigitsTask.drawn(np.random.default_rng(0), 200)
    means = torch.stack([task.images[task.digits == digit].mean(0) for digit in range(10)]).flatten(1)
    fresh = DigitsTask.drawn(np.random.default_rng(1), 100)
    nearest = torch.cdist(fresh.images.flatten(1), means).argmin(1)
    assert (nearest == fresh.digits).float().mean() > 0.75


def test_a_batch_is_read_row_by_row_and_has_one_target() -> None:
    task = DigitsTask.drawn(np.random.default_rng(2), 10)
    batch = task.batch(np.random.default_rng(3), 4)
    assert batch.target.shape == (1, 4)
    for column in range(4):
        shown = batch.x[:, column]
        assert torch.equal(shown, task.images[int(batch.target[0, column])])


def test_a_network_that_always_says_seven_is_right_in_a_tenth() -> None:
    spec = NetworkSpec(cell="rnn", input_size=SIZE, hidden_size=2, output_size=10, readout="softmax")
    stubborn = Network(spec.replace(topology="many-to-one"))
    with torch.no_grad():
        stubborn.dense_layers[-1].bias[7] = 100.0
    assert recognised(stubborn, DigitsTask.drawn(np.random.default_rng(4), 40)) == pytest.approx(0.1)
