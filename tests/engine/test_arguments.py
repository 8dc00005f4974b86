"""What users hand to a run: numpy and torch alike, and one sentence for what does not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import rnnviz
from rnnviz.engine.errors import SpecError
from rnnviz.engine.network import Network
from rnnviz.engine.spec import NetworkSpec

STEPS, INPUTS, UNITS, OUTPUTS = 5, 3, 4, 2


def network(**options: Any) -> Network:
    return Network(NetworkSpec(**{"input_size": INPUTS, "hidden_size": UNITS, "output_size": OUTPUTS, **options}))


def numbers(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_lists_arrays_and_tensors_are_the_same(dtype: str) -> None:
    net = network(dtype=dtype)
    x, target = numbers(STEPS, INPUTS), numbers(STEPS, OUTPUTS)
    expected = rnnviz.run(net, x, target)
    wide = np.repeat(x, 2, 1)[:, ::2]
    learned = torch.tensor(x, requires_grad=True)
    for given in (x.tolist(), torch.from_numpy(x), learned, np.asfortranarray(x), wide):
        found = rnnviz.run(net, given, torch.from_numpy(target))
        assert found.output.tobytes() == expected.output.tobytes()
        assert found.loss == expected.loss


def test_whole_numbers_are_numbers_too() -> None:
    net = network()
    whole = np.arange(STEPS * INPUTS).reshape(STEPS, INPUTS)
    assert rnnviz.run(net, whole).output.tobytes() == rnnviz.run(net, whole.astype(float)).output.tobytes()


def test_a_later_change_of_x_does_not_reach_the_trace() -> None:
    x = numbers(STEPS, INPUTS)
    trace = rnnviz.run(network(dtype="float64"), x)
    x[:] = 0
    assert trace.x.abs().min() > 0


NAN = np.where(np.arange(15).reshape(5, 3) == 7, np.nan, 1.0)


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (numbers(STEPS, 4), "x has shape [5, 4], but it must be [T, 3]"),
        (numbers(STEPS), "x has shape [5], but it must be [T, 3]"),
        (numbers(STEPS, 1, INPUTS), "x has shape [5, 1, 3], but it must be [T, 3]"),
        (3.0, "x has shape [], but it must be [T, 3]"),
        (np.zeros((0, INPUTS)), "x has no steps"),
        ([], "x has shape [0]"),
        (NAN, "x is nan at step 3, input 2"),
        (np.where(np.isnan(NAN), -np.inf, NAN), "x is -inf at step 3, input 2"),
        (np.where(np.isnan(NAN), 1e300, NAN), "x is 1e+300 at step 3, input 2, too large for float32"),
        ([[1.0, 2.0, 3.0], [1.0, 2.0]], "x is not an array of numbers"),
        ([["a", "b", "c"]], "x is not an array of real numbers"),
        (numbers(STEPS, INPUTS) + 1j, "x is not an array of real numbers, but of complex128"),
        (torch.zeros(STEPS, INPUTS, dtype=torch.bfloat16), "x is not an array of numbers"),
        (None, "x is not an array of real numbers"),
        (np.zeros((100_001, INPUTS)), "the sequence has 100,001 steps, but at most 100,000"),
    ],
)
def test_an_input_that_does_not_fit_is_refused(x: Any, words: str) -> None:
    with pytest.raises(SpecError) as refused:
        rnnviz.run(network(), x)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        ([0, 3, 1], "x is token 3 at step 2, but the vocabulary has 3 tokens"),
        ([0, -1], "x is token -1 at step 2"),
        ([0.0, 1.0], "x must be whole numbers (tokens) or one-hot rows"),
        (np.zeros(0, int), "x has no steps"),
    ],
)
def test_tokens_that_do_not_fit_are_refused(tokens: Any, words: str) -> None:
    with pytest.raises(SpecError) as refused:
        rnnviz.run(network(embedding_size=2), tokens)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("options", "target", "words"),
    [
        ({}, numbers(STEPS, 3), "the target has shape [5, 3], but each row must have 2 values"),
        ({}, numbers(4, OUTPUTS), "there are 4 targets, but the network has an output at 5 steps"),
        ({}, np.full((STEPS, OUTPUTS), np.inf), "target 1 is infinite"),
        ({}, [["a", "b"]] * STEPS, "target is not an array of real numbers"),
        ({}, [[1.0], [1.0, 2.0]], "target is not an array of numbers"),
        ({}, [0, 1, 2, 0, 0], "target 3 is class 2, but there are 2 outputs (0 to 1)"),
        ({"readout": "softmax"}, numbers(STEPS, OUTPUTS), "a softmax, so the target must be whole numbers"),
        ({"readout": "softmax"}, ["a"] * STEPS, "target is not an array of real numbers"),
        ({"topology": "many-to-one"}, numbers(3, OUTPUTS), "3 targets, but the network has an output at 1 steps"),
    ],
)
def test_a_target_that_does_not_fit_is_refused(options: dict[str, Any], target: Any, words: str) -> None:
    with pytest.raises(SpecError) as refused:
        rnnviz.run(network(**options), numbers(STEPS, INPUTS), target)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("options", "state", "words"),
    [
        ({}, {"s": numbers(1, UNITS)}, "initial_state names 's', but the states are c, h"),
        ({}, {"h": numbers(2, UNITS)}, "initial_state 'h' has shape [2, 4], but it must be [1, 4]"),
        ({}, {"h": "zero"}, "initial_state 'h' is not an array of real numbers"),
        ({"cell": "gru"}, (numbers(1, UNITS), numbers(1, UNITS)), "initial_state has 2 states, but there are h"),
        ({"cell": "feedforward"}, numbers(1, UNITS), "initial_state has 1 states, but there are none"),
        ({"num_layers": 2, "hidden_size": (2, 3)}, {"h": numbers(2, 2)}, "initial_state needs layers of one size"),
        ({"initial_state": "given"}, None, "initial_state is missing"),
    ],
)
def test_an_initial_state_that_does_not_fit_is_refused(options: dict[str, Any], state: Any, words: str) -> None:
    with pytest.raises(SpecError) as refused:
        rnnviz.run(network(**options), numbers(STEPS, INPUTS), initial_state=state)
    assert words in str(refused.value)


def test_states_in_torchs_order_are_states_by_name() -> None:
    net = network(num_layers=2, bidirectional=True)
    h, c = numbers(2, 4, UNITS)
    by_name = rnnviz.run(net, numbers(STEPS, INPUTS), initial_state={"h": h, "c": c})
    for given in ((h, c), [torch.from_numpy(h)[:, None], torch.from_numpy(c)[:, None]]):
        found = rnnviz.run(net, numbers(STEPS, INPUTS), initial_state=given)
        assert found.output.tobytes() == by_name.output.tobytes()
