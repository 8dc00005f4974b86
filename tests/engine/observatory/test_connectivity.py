"""What an output rests on, held to autograd."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from rnnviz.engine.network import Network
from rnnviz.engine.run import Running, run
from rnnviz.engine.trace import Trace
from tests.engine import reference
from tests.engine.networks import build, inputs
from tests.engine.observatory.losses import CASES, ran


@pytest.mark.parametrize("options", CASES)
def test_connectivity_is_that_of_autograd(options: dict[str, Any]) -> None:
    network, trace = ran(options)
    wanted = by_autograd(network, trace)
    found = trace.connectivity()
    assert found.shape == (trace.steps, trace.steps)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(wanted))
    assert np.nanmax(np.abs(found - wanted)) <= 1e-10 * np.nanmax(wanted)


def by_autograd(network: Network, trace: Trace) -> NDArray[np.float64]:
    unrolled = reference.unroll(network, inputs(network, trace.schedule.length))
    wanted = np.full((trace.steps, trace.steps), np.nan)
    fed = trace.schedule.has_input | (network.spec.feedback != "none")
    for t in trace.schedule.output_steps:
        squares = np.zeros(trace.steps)
        for number in spoken(network, trace, unrolled, t):
            parts = torch.autograd.grad(
                number, unrolled.own("x"), retain_graph=True, allow_unused=True, materialize_grads=True
            )
            squares += [float(part.square().sum()) for part in parts]
        wanted[t] = np.where(fed, np.sqrt(squares), 0.0)
    return wanted


def spoken(network: Network, trace: Trace, unrolled: reference.Unrolled, t: int) -> list[torch.Tensor]:
    if network.spec.readout != "softmax":
        return list(unrolled.own("output")[t])
    logits = unrolled.own("logits")[t]
    right = int(trace.targets.classes[t])
    return [logits[right if right >= 0 else int(logits.argmax())]]


def test_classes_told_to_a_linear_readout_take_its_outputs_for_logits() -> None:
    network = build(cell="gru")
    x = inputs(network, 5)
    trace = run(network, x, np.array([0, 1, 1, 0, -1]))
    unrolled = reference.unroll(network, x)
    likeliest = int(unrolled.own("output")[4].argmax())
    for t, right in enumerate([0, 1, 1, 0, likeliest]):
        number = unrolled.own("output")[t][right]
        parts = torch.autograd.grad(number, unrolled.own("x")[: t + 1], retain_graph=True)
        wanted = [float(part.norm()) for part in parts]
        np.testing.assert_allclose(trace.connectivity()[t, : t + 1], wanted, rtol=1e-10)


def test_rows_without_an_output_are_not_numbers_and_columns_without_an_input_are_zero() -> None:
    network = build(cell="lstm", delay=2)
    table = run(network, inputs(network, 5)).connectivity()
    assert np.isnan(table[:2]).all()
    assert not table[2:, 5:].any()
    assert (table[3, :4] > 0).all()
    assert not table[3, 4:].any()


def test_an_output_that_the_run_has_not_reached_is_not_a_number() -> None:
    network = build(cell="rnn")
    going = Running(network, inputs(network, 6))
    for _ in going.advance(4):
        pass
    table = going.trace().connectivity()
    assert np.isfinite(table[:4]).all()
    assert np.isnan(table[4:]).all()
