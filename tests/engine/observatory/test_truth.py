"""The truth beside a view: it agrees where the numbers are right, and tells when they are not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rnnviz.engine.autogradrun import AutogradRun
from rnnviz.engine.errors import ObjectiveError
from rnnviz.engine.jobs import finish
from rnnviz.engine.run import Running, run
from rnnviz.engine.truth import Truth, connectivity_truth, itemised_truth, jacobian_truth, path_truth
from tests.engine.networks import build, inputs, target_of
from tests.engine.observatory.losses import CASES, PerLoss, ran


@pytest.mark.parametrize("options", CASES[::3])
def test_what_a_trace_says_is_what_autograd_says(options: dict[str, Any]) -> None:
    network, trace = ran(options, steps=4)
    at = network.cell_layers[-1]
    assert finish(itemised_truth(trace, at.cell.order[0], at.layer, at.direction)).relative < 1e-10
    assert finish(jacobian_truth(trace, at.layer, at.direction)).relative < 1e-10
    assert finish(connectivity_truth(trace)).relative < 1e-10
    first = 0 if at.direction == "forward" else trace.steps - 1
    assert finish(path_truth(trace, first, at.layer, at.direction)).relative < 1e-10


@pytest.mark.parametrize("options", CASES[1::6])
def test_its_graph_is_that_of_the_network_written_out(options: dict[str, Any]) -> None:
    network, trace = ran(options)
    theirs, own = PerLoss(network, trace), AutogradRun(trace)
    for step, loss in theirs.losses.items():
        assert float(own.loss(step).detach()) == pytest.approx(float(loss.detach()), rel=1e-12)
    for key, values in theirs.unrolled.signals.items():
        for mine, value in zip(own.signals[key], values, strict=True):
            np.testing.assert_allclose(mine.detach().numpy(), value.detach().numpy(), atol=1e-13)


def test_a_chaotic_float32_run_is_differentiated_where_it_has_been() -> None:
    network = build(cell="rnn", hidden_size=24, initialisation="orthogonal", spectral_radius=3.0, dtype="float32")
    x = inputs(network, 60)
    trace = run(network, x, target_of(network, 60))
    truth = finish(itemised_truth(trace, "h", rows=[20, 58]))
    assert truth.count == 2 * 60 * 24
    assert truth.relative < 1e-5


def test_a_wrong_number_is_told() -> None:
    shown = np.array([[1.0, 2.0], [3.0, -4.0]])
    assert Truth.of(shown, shown).difference == 0
    wrong = Truth.of(shown + np.array([[0, 0], [0, 0.5]]), shown)
    assert (wrong.difference, wrong.largest, wrong.relative, wrong.count) == (0.5, 4.0, 0.125, 4)
    spoiled = np.where(shown == 2, np.nan, shown)
    assert np.isnan(Truth.of(shown, spoiled).difference)
    assert Truth.of(spoiled, spoiled).difference == 0


def test_a_run_that_is_half_way_cannot_be_checked() -> None:
    network = build(cell="rnn")
    going = Running(network, inputs(network, 6), np.ones((6, 2)))
    for _ in going.advance(3):
        pass
    with pytest.raises(ObjectiveError, match="has not come to its end"):
        finish(itemised_truth(going.trace(), "h"))
