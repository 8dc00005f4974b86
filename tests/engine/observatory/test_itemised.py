"""The itemised gradient, held to one backward pass of autograd per loss."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from rnnviz.engine import rowpass
from rnnviz.engine.errors import ObjectiveError
from rnnviz.engine.itemised import itemised_norms, itemised_values
from rnnviz.engine.jobs import finish
from rnnviz.engine.network import Network
from rnnviz.engine.run import Running, run
from rnnviz.engine.spec import NetworkSpec
from tests.engine.networks import build, inputs
from tests.engine.observatory.losses import CASES, PerLoss, ran


@pytest.mark.parametrize("options", CASES)
def test_every_loss_gives_every_signal_what_autograd_says(
    options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Both ways through the matrices: that of few rows, and that of many.
    monkeypatch.setattr(rowpass, "MANY", 3)
    network, trace = ran(options)
    theirs = PerLoss(network, trace)
    assert trace.loss_steps().tolist() == list(theirs.losses)
    for layer, direction, name in theirs.unrolled.signals:
        wanted = theirs.signal((layer, direction, name))
        found = trace.itemised(name, layer, direction, norm=False)
        assert found.shape == wanted.shape
        assert np.abs(found - wanted).max() <= 1e-10 * theirs.largest
        if name not in ("h", "c", "x", "output"):
            continue
        norms = trace.itemised(name, layer, direction)
        assert np.abs(norms - np.linalg.norm(wanted, axis=-1)).max() <= 1e-10 * theirs.largest


@pytest.mark.parametrize("options", CASES[::4])
def test_the_items_of_a_step_sum_to_its_gradient(options: dict[str, Any]) -> None:
    _, trace = ran(options)
    gradients = trace.gradients()
    for layer, direction, name in gradients.signals:
        total = trace.itemised(name, layer, direction, norm=False).sum(0)
        np.testing.assert_allclose(total, gradients.signal(name, layer, direction), rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("options", [CASES[0], CASES[1], *CASES[-13:-1]])
def test_an_adjoint_arrives_in_two_parts_of_which_one_is_the_step_s_own_loss(options: dict[str, Any]) -> None:
    network, trace = ran(options)
    for at in network.cell_layers:
        items = trace.itemised("h", at.layer, at.direction, norm=False)
        parts = trace.arrival("h", at.layer, at.direction)
        own = np.zeros_like(parts.own)
        for row, step in enumerate(trace.loss_steps()):
            own[step] = items[row, step]
        np.testing.assert_allclose(parts.own, own, atol=1e-12)
        np.testing.assert_allclose(parts.own + parts.others, trace.gradient("h", at.layer, at.direction), atol=1e-13)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru-cho"])
def test_a_gradient_that_float64_cannot_hold_is_no_false_zero(cell: str) -> None:
    network = Network(NetworkSpec(cell=cell, input_size=2, hidden_size=6, output_size=1, dtype="float64", seed=3))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(0.3)
    x = np.random.default_rng(0).standard_normal((1500, 2))
    trace = run(network, x, np.ones((1500, 1)))
    table = finish(itemised_norms(trace, "h", rows=[0, 600, 1499]))
    last = table.log10[-1]
    assert np.isfinite(last).all()
    assert last[0] < -350
    assert table.plain[-1, 0] == 0
    np.testing.assert_allclose(last, only(trace, 1499), atol=1e-9)
    assert (table.log10[0, 1:] == -np.inf).all()


def only(trace: Any, step: int) -> np.ndarray:
    """log10 |dL_k/dh_t| of one loss, by the gradient of that loss alone."""
    from rnnviz.engine.messages import LossObjective

    found: np.ndarray = trace.gradients(LossObjective("at", step)).log10_norm("h")
    return found


def test_in_layers_whose_gradients_differ_by_hundreds_of_orders_none_is_lost() -> None:
    network = build(cell="rnn", num_layers=2)
    with torch.no_grad():
        network.get_parameter("W_l1").mul_(1e-200)
        network.get_parameter("U_l0").mul_(1e-3)
        network.get_parameter("U_l1").mul_(1e-3)
    trace = run(network, inputs(network, 90), np.ones((90, 2)))
    below = finish(itemised_norms(trace, "h", 0, rows=[89])).log10[0]
    assert np.isfinite(below).all()
    assert below[0] < -400


def test_an_explosion_at_a_late_step_leaves_the_items_of_earlier_losses_alone() -> None:
    network = build(cell="rnn", activation="relu")
    with torch.no_grad():
        network.get_parameter("U_l0").copy_(torch.eye(4, dtype=torch.float64) * 1e155)
        network.get_parameter("b_l0").fill_(1.0)
    trace = run(network, np.ones((8, 3)), np.zeros((8, 2)))
    assert not np.isfinite(trace.signal("h")).all()
    first = int(np.flatnonzero(~np.isfinite(trace.signal("h")).all(1))[0])
    assert first > 1
    with np.errstate(all="ignore"):
        table = trace.itemised_log10("h")
    assert np.isfinite(table[np.tril_indices(first)]).all()
    assert not np.isfinite(table[first:, first:].diagonal()).any()


def test_a_run_that_is_half_way_itemises_what_it_has_reached() -> None:
    network = build(cell="lstm")
    x = inputs(network, 9)
    half = Running(network, x, np.ones((9, 2)))
    for _ in half.advance(5):
        pass
    whole = run(network, x[:5], np.ones((5, 2)))
    found = half.trace().itemised("f", norm=False)
    assert found.shape == (5, 9, 4)
    np.testing.assert_allclose(found[:, :5], whole.itemised("f", norm=False), atol=1e-12)
    assert not found[:, 5:].any()


def test_some_rows_can_be_asked_for_alone() -> None:
    _, trace = ran({"cell": "gru", "num_layers": 2, "bidirectional": True}, 9)
    whole = trace.itemised("n", 0, "backward", norm=False)
    some = finish(itemised_values(trace, "n", 0, "backward", rows=[1, 4, 7]))
    np.testing.assert_allclose(some, whole[[1, 4, 7]], atol=1e-12)


def test_a_job_says_how_far_it_is_and_can_be_left() -> None:
    _, trace = ran({"cell": "lstm"}, 40)
    job = itemised_norms(trace, "h")
    steps = [next(job) for _ in range(10)]
    assert all(0 <= done <= total for done, total in steps)
    job.close()


def test_a_float32_run_is_itemised_in_float64() -> None:
    network = build(cell="lstm", dtype="float32")
    trace = run(network, inputs(network, 6), np.ones((6, 2)))
    assert trace.itemised("h").dtype == np.float64
    np.testing.assert_allclose(trace.itemised("h", norm=False).sum(0), trace.gradient("h"), rtol=1e-12, atol=1e-12)


def test_what_cannot_be_itemised_is_refused_by_name() -> None:
    network, trace = ran({"cell": "lstm"})
    with pytest.raises(ObjectiveError, match="no target"):
        run(network, inputs(network, 4)).itemised("h")
    with pytest.raises(KeyError, match="q"):
        trace.itemised("q")
    with pytest.raises(ObjectiveError, match="loss 9 was asked for, but 5 steps have a loss"):
        finish(itemised_norms(trace, "h", rows=[8]))
