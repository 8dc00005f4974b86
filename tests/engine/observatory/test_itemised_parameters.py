"""What falls on which step of the gradient of a parameter, held to autograd and to the outer products themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rnnviz.engine.errors import ObjectiveError
from rnnviz.engine.formats.torch_modules import from_torch
from rnnviz.engine.itemised import Losses
from rnnviz.engine.jobs import finish
from rnnviz.engine.parameterterms import parameter_terms
from rnnviz.engine.run import run
from tests.engine.networks import build, inputs, target_of
from tests.engine.observatory.losses import CASES, PerLoss, ran


def on_steps(network: Any) -> list[str]:
    """The parameters that act at steps, not before the first."""
    before = {network.initial_parameter(at, state) for at in network.cell_layers for state in at.cell.states}
    return [name for name, _ in network.named_parameters() if name not in before]


@pytest.mark.parametrize("options", CASES[::2])
def test_the_terms_of_all_steps_sum_to_the_gradient(options: dict[str, Any]) -> None:
    network, trace = ran(options)
    gradients = trace.parameter_gradients()
    for name, terms in finish(parameter_terms(trace, tuple(on_steps(network)))).items():
        np.testing.assert_allclose(terms.between(0, trace.steps), gradients[name], rtol=1e-9, atol=1e-13)
        at = min(3, trace.steps)
        late, early = terms.between(at, trace.steps), terms.between(0, at)
        np.testing.assert_allclose(late + early, gradients[name], rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("options", CASES[1::3])
def test_the_norm_on_a_step_is_that_of_its_outer_product(options: dict[str, Any]) -> None:
    network, trace = ran(options)
    theirs = PerLoss(network, trace)
    row = len(theirs.losses) // 2
    alone = of_one_loss(network, trace, row)
    for name, terms in finish(parameter_terms(alone, tuple(on_steps(network)))).items():
        table = trace.itemised_parameter(name)
        assert table.shape == (len(theirs.losses), trace.steps)
        parts = np.stack([terms.between(t, t + 1) for t in range(trace.steps)])
        wanted = np.sqrt(np.square(parts.reshape(trace.steps, -1)).sum(1))
        assert np.abs(table[row] - wanted).max() <= 1e-10 * theirs.largest
        assert np.abs(parts.sum(0) - theirs.parameter(name, row)).max() <= 1e-10 * theirs.largest


def of_one_loss(network: Any, trace: Any, row: int) -> Any:
    """The same run, with the target of one step alone."""
    steps = trace.schedule.length
    target = target_of(network, steps)
    kept = trace.schedule.output_steps.tolist().index(Losses.of(trace).steps[row])
    gone = np.full_like(target, -1 if target.dtype.kind == "i" else np.nan)
    gone[kept] = target[kept]
    return run(network, inputs(network, steps), gone)


def test_a_matrix_of_all_gates_is_told_apart_by_gate() -> None:
    import torch

    network = from_torch(torch.nn.LSTM(3, 4, dtype=torch.float64), readout=None)
    trace = run(network, inputs(network, 5), np.ones((5, 4)))
    blocks = trace.itemised_parameter_blocks("weight_hh_l0")
    assert list(blocks) == ["U_i", "U_f", "U_g", "U_o"]
    squares = sum(np.square(table) for table in blocks.values())
    np.testing.assert_allclose(np.sqrt(squares), trace.itemised_parameter("weight_hh_l0"), rtol=1e-12)


def test_a_learned_initial_state_falls_on_no_step() -> None:
    _, trace = ran({"cell": "gru", "initial_state": "learned"})
    with pytest.raises(ObjectiveError, match="h0_l0 is a state before the first step"):
        trace.itemised_parameter("h0_l0")
    with pytest.raises(ObjectiveError, match="no parameter Q"):
        trace.itemised_parameter("Q")


def test_one_matrix_used_twice_counts_once() -> None:
    twice = "g[t] = sigmoid(U @ h[t-1] + b_g)\nh[t] = tanh(W @ x[t] + U @ h[t-1] + b) * g[t]"
    network = build(cell=twice)
    trace = run(network, inputs(network, 5), np.ones((5, 2)))
    alone = run(network, inputs(network, 5), np.array([*[[np.nan] * 2] * 4, [1.0, 1.0]]))
    terms = alone.parameter_terms("U_l0")
    wanted = [np.linalg.norm(terms.between(t, t + 1)) for t in range(5)]
    np.testing.assert_allclose(trace.itemised_parameter("U_l0")[-1], wanted, rtol=1e-10, atol=1e-12)
