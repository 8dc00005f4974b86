"""Training: what an update is, what it refuses, and that chance comes from the seed alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import Tensor

from rnnviz.engine.network import Network
from rnnviz.engine.spec import NetworkSpec
from rnnviz.engine.training import Batch, TrainingError, assess, rate_factor, train


@dataclass(frozen=True)
class SignOfTheFirst:
    """Tell at the end whether the first of five numbers was positive."""

    def batch(self, rng: np.random.Generator, size: int) -> Batch:
        x = torch.from_numpy(rng.standard_normal((5, size, 1)))
        return Batch(x, (x[0, :, 0] > 0).long()[None])


@dataclass(frozen=True)
class Fixed:
    """The same batch every time."""

    given: Batch

    def batch(self, rng: np.random.Generator, size: int) -> Batch:
        return self.given


def network(**options: object) -> Network:
    fields = {"cell": "gru", "input_size": 1, "hidden_size": 6, "output_size": 2, "readout": "softmax", **options}
    return Network(NetworkSpec(**fields))  # type: ignore[arg-type]


def classifier() -> Network:
    return network(topology="many-to-one")


def weights(of: Network) -> Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in of.parameters()])


def trained(seed: int, threads: int = 1) -> Tensor:
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        tiny = classifier()
        for _ in train(tiny, SignOfTheFirst(), steps=20, batch=8, seed=seed):
            pass
        return weights(tiny)
    finally:
        torch.set_num_threads(before)


def test_the_same_seed_gives_the_same_weights_bit_for_bit() -> None:
    torch.testing.assert_close(trained(seed=4), trained(seed=4), rtol=0, atol=0)


def test_another_seed_gives_other_weights() -> None:
    assert not torch.equal(trained(seed=4), trained(seed=5))


def test_the_generator_of_torch_is_left_alone() -> None:
    before = torch.get_rng_state()
    trained(seed=4)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_network_learns() -> None:
    results = list(train(classifier(), SignOfTheFirst(), steps=250, batch=64, learning_rate=2e-2))
    assert results[0].loss == pytest.approx(np.log(2), abs=0.15)
    assert results[-1].loss < 0.1
    accuracy = results[-1].accuracy
    assert accuracy is not None
    assert accuracy > 0.95


def test_nothing_is_done_before_it_is_asked_for() -> None:
    tiny = classifier()
    before = weights(tiny)
    going = train(tiny, SignOfTheFirst(), steps=3, batch=8)
    assert torch.equal(weights(tiny), before)
    first = next(going)
    assert (first.step, first.steps) == (1, 3)
    after = weights(tiny)
    assert not torch.equal(after, before)
    assert [progress.step for progress in going] == [2, 3]
    assert not torch.equal(weights(tiny), after)


def test_the_norm_that_is_told_is_that_before_clipping() -> None:
    given = SignOfTheFirst().batch(np.random.default_rng(0), 8)
    tiny = classifier()
    gradients = torch.autograd.grad(assess(tiny, given)[0], list(tiny.parameters()))
    norm = float(torch.cat([gradient.flatten() for gradient in gradients]).norm())
    told = next(train(tiny, Fixed(given), steps=1, clip=norm / 10))
    assert told.gradient_norm == pytest.approx(norm, rel=1e-5)


def test_a_gradient_clipped_to_nothing_moves_nothing() -> None:
    tiny = classifier()
    before = weights(tiny)
    for _ in train(tiny, SignOfTheFirst(), steps=2, batch=8, clip=0.0):
        pass
    assert torch.equal(weights(tiny), before)


def test_a_loss_that_is_not_finite_stops_the_training_and_names_the_update() -> None:
    given = Batch(torch.full((5, 2, 1), torch.nan), torch.zeros(1, 2, dtype=torch.int64))
    tiny = classifier()
    before = weights(tiny)
    with pytest.raises(TrainingError, match="stops at update 1: the loss is nan"):
        next(train(tiny, Fixed(given), steps=5))
    assert torch.equal(weights(tiny), before)


def test_the_loss_is_the_weighted_mean_of_the_cross_entropies_that_have_a_target() -> None:
    rng = np.random.default_rng(3)
    target = np.array([[0, -1, 1], [1, 1, -1]])
    weight = np.array([[2.0, 50.0, 1.0], [0.5, 0.0, 9.0]])
    tiny = network(dtype="float64")
    x = torch.from_numpy(rng.standard_normal((2, 3, 1)))
    loss, _ = assess(tiny, Batch(x, torch.from_numpy(target), torch.from_numpy(weight)))
    y = tiny(x).detach().numpy()
    places = [(k, b) for k in range(2) for b in range(3) if target[k, b] >= 0]
    losses = sum(weight[k, b] * -np.log(y[k, b, target[k, b]]) for k, b in places)
    expected = losses / sum(weight[k, b] for k, b in places)
    assert loss.item() == pytest.approx(expected, rel=1e-12)


def test_the_accuracy_counts_the_judged_outputs_alone() -> None:
    tiny = network()
    x = torch.randn(2, 3, 1, generator=torch.Generator().manual_seed(0))
    right = tiny(x).argmax(-1)
    target = torch.where(torch.tensor([[True, True, False], [True, False, False]]), right, 1 - right)
    judged = torch.tensor([[True, True, True], [False, True, False]])
    assert assess(tiny, Batch(x, target))[1] == pytest.approx(3 / 6)
    assert assess(tiny, Batch(x, target, judged=judged))[1] == pytest.approx(2 / 4)
    assert assess(tiny, Batch(x, target, judged=torch.zeros_like(judged)))[1] is None


def test_the_loss_of_values_is_the_mean_squared_error_over_those_that_are_given() -> None:
    tiny = network(readout="linear", output_size=2, dtype="float64")
    x = torch.randn(2, 1, 1, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    target = torch.tensor([[[1.0, torch.nan]], [[0.5, -2.0]]], dtype=torch.float64)
    loss, accuracy = assess(tiny, Batch(x, target))
    y = tiny(x).detach().numpy()[:, 0]
    expected = ((y[0, 0] - 1) ** 2 + ((y[1, 0] - 0.5) ** 2 + (y[1, 1] + 2) ** 2) / 2) / 2
    assert loss.item() == pytest.approx(expected, rel=1e-12)
    assert accuracy is None


def test_outputs_with_a_delay_are_compared_with_the_targets_of_their_order() -> None:
    tiny = network(delay=2)
    x = torch.randn(4, 3, 1, generator=torch.Generator().manual_seed(2))
    assert tiny(x).shape == (4, 3, 2)
    assert assess(tiny, Batch(x, tiny(x).argmax(-1)))[1] == 1.0


def test_the_learning_rate_rises_and_then_falls_to_nothing() -> None:
    factors = [rate_factor(step, 200) for step in range(1, 201)]
    assert factors[0] == pytest.approx(0.1)
    assert max(factors) == pytest.approx(1.0, abs=0.01)
    assert np.all(np.diff(factors[:10]) > 0)
    assert np.all(np.diff(factors[10:]) < 0)
    assert factors[-1] < 1e-3
    assert [rate_factor(step, 1) for step in (1,)] == [1.0]
