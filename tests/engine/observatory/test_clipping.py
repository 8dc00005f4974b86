"""Clipping, held to torch's own, and its parts to the whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from rnnviz.engine.errors import ObjectiveError
from rnnviz.engine.jobs import finish
from rnnviz.engine.parameterterms import parameter_terms
from rnnviz.engine.run import run
from tests.engine.networks import build, inputs
from tests.engine.observatory.losses import ran

MANY: list[dict[str, Any]] = [
    {"cell": "lstm-peephole", "num_layers": 2, "bidirectional": True, "readout_sizes": (3,)},
    {"cell": "gru", "embedding_size": 3, "initial_state": "learned"},
    {"cell": "jordan", "num_layers": 2},
]


@pytest.mark.parametrize("options", MANY, ids=lambda options: options["cell"])
@pytest.mark.parametrize("kind", ["norm", "value"])
def test_clipping_is_that_of_torch(options: dict[str, Any], kind: Any) -> None:
    _, trace = ran(options)
    gradients = trace.parameter_gradients()
    parameters = [torch.nn.Parameter(torch.zeros(gradient.shape)) for gradient in gradients.values()]
    for parameter, gradient in zip(parameters, gradients.values(), strict=True):
        parameter.grad = torch.from_numpy(gradient.copy()).float()
    clipped = trace.clip(0.05, kind)
    if kind == "norm":
        before = torch.nn.utils.clip_grad_norm_(parameters, 0.05)
        assert clipped.norm_before == pytest.approx(float(before), rel=1e-5)
        assert clipped.norm_after == pytest.approx(0.05, rel=1e-12)
    else:
        torch.nn.utils.clip_grad_value_(parameters, 0.05)
        assert max(np.abs(gradient).max() for gradient in clipped.after.values()) <= 0.05
    for name, parameter in zip(gradients, parameters, strict=True):
        assert parameter.grad is not None
        np.testing.assert_allclose(clipped.after[name], parameter.grad.numpy(), rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("options", MANY, ids=lambda options: options["cell"])
@pytest.mark.parametrize("kind", ["norm", "value"])
def test_the_part_of_a_step_shrinks_as_its_entries_do(options: dict[str, Any], kind: Any) -> None:
    network, trace = ran(options)
    clipped = trace.clip(0.05, kind)
    before, after = np.zeros(trace.steps), np.zeros(trace.steps)
    starts = {network.initial_parameter(at, state) for at in network.cell_layers for state in at.cell.states}
    names = tuple(name for name in clipped.before if name not in starts)
    for name, terms in finish(parameter_terms(trace, names)).items():
        gradient = clipped.before[name]
        ratio = np.divide(clipped.after[name], gradient, out=np.ones_like(gradient), where=gradient != 0)
        for t in range(trace.steps):
            part = terms.between(t, t + 1)
            before[t] += np.square(part).sum()
            after[t] += np.square(ratio * part).sum()
    np.testing.assert_allclose(clipped.step_before, np.sqrt(before), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(clipped.step_after, np.sqrt(after), rtol=1e-9, atol=1e-12)


def test_below_the_threshold_nothing_changes() -> None:
    _, trace = ran({"cell": "rnn"})
    clipped = trace.clip(1e6)
    assert clipped.cut == 0
    assert clipped.norm_after == clipped.norm_before
    np.testing.assert_array_equal(clipped.step_after, clipped.step_before)


def test_the_norm_of_an_enormous_gradient_does_not_overflow() -> None:
    network = build(cell="rnn", activation="identity", readout=None, output_size=None)
    with torch.no_grad():
        network.get_parameter("U_l0").copy_(1e50 * torch.eye(4, dtype=torch.float64))
    trace = run(network, np.ones((4, 3)), np.array([*[[np.nan] * 4] * 3, [0.0] * 4]))
    clipped = trace.clip(1.0)
    assert 1e290 < clipped.norm_before < np.inf
    assert clipped.norm_after == pytest.approx(1.0)


def test_a_gradient_that_is_not_finite_stays_so_in_sight() -> None:
    network = build(cell="rnn")
    x = inputs(network, 4)
    trace = run(network, x, np.ones((4, 2)))
    trace.record.segments[0].blocks["0.forward.slots"][2] = np.nan
    clipped = trace.clip(1.0, "value")
    assert np.isnan(clipped.norm_before)
    assert np.isnan(clipped.after["U_l0"]).any()
    assert np.isfinite(clipped.after["readout.0.bias"]).all()


@pytest.mark.parametrize("threshold", [0.0, -1.0, float("nan"), float("inf")])
def test_a_threshold_must_be_above_zero(threshold: float) -> None:
    _, trace = ran({"cell": "rnn"})
    with pytest.raises(ObjectiveError, match="must be a number above zero"):
        trace.clip(threshold)
