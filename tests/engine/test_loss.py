"""Losses and targets: what a step's loss is, which step a target belongs to, and where there is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

import rnnviz
from rnnviz.engine.errors import SpecError
from rnnviz.engine.messages import LossObjective
from tests.engine.networks import build, inputs

STEPS = 7


def run(target: Any, **options: Any) -> rnnviz.Trace:
    network = build("gru", **options)
    return rnnviz.run(network, inputs(network, STEPS), target)


def test_a_softmax_has_the_cross_entropy_in_nats_of_its_distribution() -> None:
    target = np.array([0, 1, 1, 0, 1, 0, 0])
    trace = run(target, readout="softmax")
    np.testing.assert_allclose(trace.step_losses, -np.log(trace.output[np.arange(STEPS), target]), atol=1e-12)
    np.testing.assert_allclose(trace.output.sum(1), 1, atol=1e-12)


@pytest.mark.parametrize("readout", [None, "linear", "tanh", "relu"])
def test_outputs_that_are_no_distribution_are_scores_for_classes(readout: Any) -> None:
    target = np.array([0, 1, 1, 0, 1, 0, 0])
    sizes = {"hidden_size": 2, "output_size": None} if readout is None else {}
    trace = run(target, readout=readout, **sizes)
    scores = torch.from_numpy(trace.output.copy())
    expected = functional.cross_entropy(scores, torch.from_numpy(target), reduction="none")
    np.testing.assert_allclose(trace.step_losses, expected, atol=1e-12)


def test_a_certain_softmax_has_a_loss_and_a_gradient_all_the_same() -> None:
    network = build("rnn", readout="softmax")
    with torch.no_grad():
        network.get_parameter("readout.0.bias").copy_(torch.tensor([2000.0, -2000.0]))
    trace = rnnviz.run(network, inputs(network, 3), [1, 1, 1])
    np.testing.assert_allclose(trace.step_losses, 4000, rtol=1e-2)
    np.testing.assert_allclose(trace.gradient("logits", -1), [[1.0, -1.0]] * 3)
    assert np.isneginf(trace.gradient("output", -1)[:, 1]).all()
    assert np.isfinite(trace.gradient("h")).all()


def test_values_have_the_mean_squared_error_over_the_outputs_that_are_told() -> None:
    target = np.random.default_rng(0).standard_normal((STEPS, 3))
    target[2, 1] = np.nan
    target[4] = np.nan
    trace = run(target, output_size=3)
    squares = (trace.output - target) ** 2
    for step in range(STEPS):
        told = squares[step][~np.isnan(target[step])]
        if len(told):
            assert trace.step_losses[step] == pytest.approx(told.mean(), rel=1e-12)
        else:
            assert np.isnan(trace.step_losses[step])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_loss_is_the_sum_over_the_steps_that_have_one(dtype: Any) -> None:
    target = np.array([0, -1, 1, -1, 1, 0, -1])
    trace = run(target, readout="softmax", dtype=dtype)
    known = trace.step_losses[target >= 0].astype(float)
    assert np.isnan(trace.step_losses[target < 0]).all()
    assert trace.loss == known.sum()
    assert trace.gradients().value == trace.loss


def test_without_a_target_there_is_no_loss() -> None:
    trace = run(None)
    assert np.isnan(trace.loss)
    assert np.isnan(trace.step_losses).all()
    assert np.isnan(run([-1] * STEPS, readout="softmax").loss)


@pytest.mark.parametrize(
    ("options", "shape"),
    [({"topology": "many-to-one"}, (1, 2)), ({"delay": 3}, (STEPS, 2)), ({"topology": "one-to-many"}, (STEPS, 2))],
)
def test_targets_belong_to_the_steps_that_have_an_output(options: dict[str, Any], shape: tuple[int, int]) -> None:
    target = np.random.default_rng(1).standard_normal(shape)
    trace = run(target, **options)
    has = trace.schedule.has_output
    np.testing.assert_allclose(trace.step_losses[has], ((trace.output[has] - target) ** 2).mean(1), rtol=1e-12)
    assert np.isnan(trace.step_losses[~has]).all()
    padded = np.zeros((trace.steps, 2))
    padded[has] = target
    np.testing.assert_array_equal(run(padded, **options).step_losses, trace.step_losses)


@pytest.mark.parametrize(
    ("target", "options"),
    [
        ([0.5] * STEPS, {"output_size": 1}),
        ([[0.5]] * STEPS, {"output_size": 1}),
        ([1, 1, 1, 1, 1, 1, 1], {"output_size": 1}),
        ([0.5, 0.25], {"topology": "many-to-one"}),
        ([1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0], {"readout": "softmax"}),
        ([[1], [0], [1], [0], [1], [1], [0]], {"readout": "softmax"}),
        (1, {"topology": "many-to-one", "readout": "softmax"}),
    ],
)
def test_a_target_may_be_written_in_the_shortest_way(target: Any, options: dict[str, Any]) -> None:
    assert np.isfinite(run(target, **options).loss)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (np.eye(2, dtype=int)[[0] * STEPS], "the target has shape [7, 2], but of a softmax it must be [K]"),
        (np.zeros((STEPS, 1, 1), int), "the target has shape [7, 1, 1]"),
        ([0, 1, 0, -2, 0, 0, 0], "target 4 is class -2, but there are 2 outputs (0 to 1)"),
        ([0.0, np.nan] + [0.0] * 5, "the target must be whole numbers"),
        ([0, 1], "there are 2 targets, but the network has an output at 7 steps"),
        ([], "there are 0 targets"),
    ],
)
def test_classes_that_do_not_fit_are_refused(target: Any, words: str) -> None:
    with pytest.raises(SpecError) as refused:
        run(target, readout="softmax")
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("value", "words"), [(-np.inf, "target 3 is infinite"), (1e39, "target 3 is 1e+39, too large")]
)
def test_values_that_are_no_numbers_of_the_network_are_refused(value: float, words: str) -> None:
    target = np.zeros((STEPS, 2))
    target[2, 1] = value
    with pytest.raises(SpecError) as refused:
        run(target, dtype="float32")
    assert words in str(refused.value)


def test_a_later_change_of_the_target_does_not_reach_the_trace() -> None:
    target = np.zeros((STEPS, 2))
    network = build("rnn")
    trace = rnnviz.run(network, inputs(network, STEPS), target)
    before = trace.gradient("h").copy()
    target[:] = 100
    again = trace.gradients(LossObjective("upto", STEPS - 1))
    assert again.signal("h").tobytes() == before.tobytes()
