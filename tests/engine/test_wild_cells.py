"""Cells that nobody would write: every question about them is answered, as autograd answers it, or with a sentence."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import rnnviz
from rnnviz.engine.analyses import analyses
from rnnviz.engine.messages import LossObjective
from rnnviz.engine.requests import Truth
from tests.engine.networks import build, inputs
from tests.engine.wildcells import (
    drawn_objective,
    gradient_faults,
    question_faults,
    questions,
    recorded,
    wild_network,
)

DEPENDS_ON_NOTHING = {
    "a constant output": "h[t] = 1",
    "a constant beside a state": "c[t] = tanh(W @ x[t] + U @ c[t-1])\nh[t] = 0.5",
    "a state that nobody reads": "m[t] = m[t-1] + (W_m @ x[t])\nh[t] = tanh(W @ x[t] + b)",
    "a state that is never changed": "h[t] = h[t-1]\nh[0] = h0",
    "a vector alone": "h[t] = b",
    "nothing but numbers": "c[t] = c[t-1]\nh[t] = exp(0) - sqrt(4)",
    "a copy of what was before": "c[t] = 2\nh[t] = c[t-1]",
    "no input": "h[t] = tanh(U @ h[t-1] + b)",
}

UNDEFINED = {
    "a root of zero": "h[t] = sqrt(relu(W @ x[t]))",
    "a logarithm of zero": "h[t] = log(relu(W @ x[t]))",
    "one over zero": "h[t] = 1 / relu(W @ x[t])",
    "a root of less than zero": "h[t] = sqrt(W @ x[t])",
    "an exponential that overflows": "h[t] = exp(100000 * (W @ x[t]))",
    "a state that overflows": "h[t] = relu(W @ x[t] + ((10 + h[t-1]) ** 8) ** 8)",
    "minus infinity before": "m[t] = max(m[t-1], W @ x[t])\nh[t] = exp(m[t-1]) * (W @ x[t])\nm[0] = -inf",
    "an undefined state that nobody reads": "m[t] = log(m[t-1])\nh[t] = tanh(W @ x[t])",
    "an undefined state read later": "m[t] = sqrt(W_m @ x[t])\nh[t] = W @ x[t] + max(0, m[t-1])",
    "behind a relu": "a[t] = log(W_a @ x[t])\nh[t] = relu(a[t]) + (U @ h[t-1])",
    "zero times infinity": "h[t] = 0 * log(relu(W @ x[t]))",
    "a sign of nothing": "a[t] = log(-1 - abs(W @ x[t]))\nh[t] = max(abs(a[t]), 1)",
}


@pytest.fixture(autouse=True)
def strictly() -> None:
    warnings.simplefilter("error")


@pytest.mark.parametrize("place", range(len(DEPENDS_ON_NOTHING)), ids=list(DEPENDS_ON_NOTHING))
def test_what_depends_on_nothing_has_gradients_of_zero_and_an_answer_to_every_question(place: int) -> None:
    text = list(DEPENDS_ON_NOTHING.values())[place]
    network = build(text, num_layers=1 + place % 2, hidden_size=2, bidirectional=place % 3 == 0)
    assert not gradient_faults(network, LossObjective("whole"))
    for at in network.cell_layers:
        assert not question_faults(recorded(network), questions(recorded(network), at, np.random.default_rng(1)))


def test_a_constant_output_has_gradients_of_zero() -> None:
    trace = recorded(build("c[t] = tanh(W @ x[t])\nh[t] = 0.5"))
    assert not trace.gradient("c").any()
    assert not trace.parameter_gradients()["W_l0"].any()
    assert not trace.itemised("c").any()
    assert not trace.arrival("c").own.any()


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("text", UNDEFINED.values(), ids=list(UNDEFINED))
def test_infinite_and_undefined_gradients_are_those_of_autograd(text: str, layers: int) -> None:
    network, rng = build(text, num_layers=layers, hidden_size=3), np.random.default_rng(3)
    for objective in [LossObjective("whole"), *(drawn_objective(network, rng) for _ in range(6))]:
        assert not gradient_faults(network, objective), objective


def test_an_undefined_state_that_nobody_reads_leaves_the_gradients_alone() -> None:
    trace = recorded(build("m[t] = log(m[t-1])\nh[t] = tanh(W @ x[t])"))
    assert not np.isfinite(trace.signal("m")).any()
    assert np.isfinite(trace.gradient("h")).all()
    assert np.isfinite(trace.parameter_gradients()["W_l0"]).all()
    np.testing.assert_array_equal(trace.gradient("m"), 0)
    np.testing.assert_array_equal(trace.initial_gradient("m"), 0)


def test_outputs_that_are_fed_back_are_gone_back_through_alike() -> None:
    network = build(
        "m[t] = log(m[t-1])\nh[t] = sqrt(relu(W @ x[t])) + (U @ h[t-1])",
        topology="one-to-many",
        feedback="output",
        input_size=2,
        output_size=2,
        hidden_size=3,
    )
    x = inputs(network, 4)
    trace = rnnviz.run(network, x, np.zeros((4, 2)))
    np.testing.assert_array_equal(trace.gradient("m"), 0)
    assert not np.isfinite(trace.signal("m")).any()


@pytest.mark.parametrize("block", range(10))
def test_any_wild_cell_has_the_gradients_of_autograd(block: int) -> None:
    for seed in range(10 * block, 10 * block + 10):
        drawn = wild_network(seed)
        if drawn is not None:
            network, rng = drawn
            assert not gradient_faults(network, drawn_objective(network, rng)), seed


@pytest.mark.parametrize("seed", range(12))
def test_every_question_about_a_wild_cell_is_answered(seed: int) -> None:
    drawn = wild_network(seed)
    if drawn is not None:
        network, rng = drawn
        trace = recorded(network)
        at = network.cell_layers[rng.integers(len(network.cell_layers))]
        assert not question_faults(trace, questions(trace, at, rng))


def test_every_kind_of_question_is_asked() -> None:
    trace = recorded(build("lstm"))
    asked = questions(trace, trace.network.cell_layers[0], np.random.default_rng(0))
    assert {type(request) for request in asked} == set(analyses()) - {Truth}
