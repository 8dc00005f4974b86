"""Paths through time in closed form: what is known without autograd."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from rnnviz.engine.errors import SpecError
from rnnviz.engine.jobs import finish
from rnnviz.engine.network import Network
from rnnviz.engine.paths import path_norms
from rnnviz.engine.run import Running, run
from rnnviz.engine.spec import NetworkSpec
from tests.engine.networks import build, inputs


def plain_rnn(scale: float, activation: str, units: int = 6) -> Network:
    """h = phi(s Q h), Q orthogonal, no bias, no input."""
    network = Network(
        NetworkSpec(
            cell="rnn",
            input_size=1,
            hidden_size=units,
            output_size=1,
            activation=activation,  # type: ignore[arg-type]
            initialisation="orthogonal",
            dtype="float64",
        )
    )
    with torch.no_grad():
        network.get_parameter("W_l0").zero_()
        network.get_parameter("U_l0").mul_(scale)
    return network


@pytest.mark.parametrize("scale", [0.9, 1.0, 1.1])
def test_an_orthogonal_matrix_scales_paths_by_its_factor_to_the_power_of_their_length(scale: float) -> None:
    trace = run(plain_rnn(scale, "tanh"), np.zeros((60, 1)))
    t, k = np.indices((60, 60))
    wanted = np.where(t >= k, scale ** (t - k).astype(float), 0.0)
    np.testing.assert_allclose(trace.path_norms(), wanted, rtol=1e-12)
    column = trace.paths_from(10)
    np.testing.assert_allclose(column.largest.plain, wanted[:, 10], rtol=1e-12)
    np.testing.assert_allclose(column.smallest.plain, wanted[:, 10], rtol=1e-12)
    np.testing.assert_allclose(column.frobenius.plain, wanted[:, 10] * np.sqrt(6), rtol=1e-12)


@pytest.mark.parametrize("scale", [0.3, 3.0])
def test_paths_far_beyond_the_range_of_float64_keep_their_logarithm(scale: float) -> None:
    steps = 1200
    trace = run(plain_rnn(scale, "tanh"), np.zeros((steps, 1)))
    logs = trace.path_log10_norms(anchors=[0, 600])
    distance = np.arange(steps)
    np.testing.assert_allclose(logs[:, 0], distance * np.log10(scale), atol=1e-8)
    np.testing.assert_allclose(logs[600:, 1], distance[:600] * np.log10(scale), atol=1e-8)
    assert (logs[:600, 1] == -np.inf).all()
    assert not np.isnan(trace.path_norms(anchors=[0])).any()
    np.testing.assert_allclose(trace.paths_from(0).smallest.log10, logs[:, 0], atol=1e-8)


def test_relu_with_the_identity_carries_gradients_unchanged_while_states_are_positive() -> None:
    network = build(cell="rnn", activation="relu")
    with torch.no_grad():
        network.get_parameter("U_l0").copy_(torch.eye(4, dtype=torch.float64))
        network.get_parameter("W_l0").fill_(0.5)
        network.get_parameter("b_l0").fill_(0.1)
    trace = run(network, np.ones((20, 3)))
    assert (trace.jacobian() == np.eye(4)).all()
    assert (trace.path_norms()[np.tril_indices(20)] == 1).all()


def test_an_lstm_without_weights_keeps_its_cell_state_by_the_forget_bias() -> None:
    network = Network(
        NetworkSpec(
            cell="lstm",
            hidden_size=5,
            output_size=1,
            initialisation="zeros",
            forget_bias=1.0,
            dtype="float64",
        )
    )
    trace = run(network, np.zeros((30, 1)))
    forget = 1 / (1 + np.exp(-1.0))
    np.testing.assert_allclose(trace.jacobian()[:, :5, :5], np.broadcast_to(forget * np.eye(5), (30, 5, 5)))
    t, k = np.indices((30, 30))
    wanted = np.where(t > k, np.sqrt(1.25) * forget ** np.maximum(t - k, 0).astype(float), t == k)
    np.testing.assert_allclose(trace.path_norms(), wanted, rtol=1e-12)
    np.testing.assert_allclose(trace.memory().highway(3)[3:, 0], np.arange(27) * np.log10(forget), atol=1e-12)


def test_the_smallest_singular_value_does_not_drown_in_the_largest() -> None:
    network = plain_rnn(1.0, "identity", 2)
    with torch.no_grad():
        network.get_parameter("U_l0").copy_(torch.diag(torch.tensor([2.0, 0.5], dtype=torch.float64)))
    column = run(network, np.zeros((200, 1))).paths_from(0)
    np.testing.assert_allclose(column.largest.log10, np.arange(200) * np.log10(2), atol=1e-10)
    np.testing.assert_allclose(column.smallest.log10, -np.arange(200) * np.log10(2), atol=1e-10)


def test_a_path_through_a_dead_unit_has_a_smallest_singular_value_of_zero() -> None:
    network = plain_rnn(1.0, "relu", 3)
    with torch.no_grad():
        network.get_parameter("U_l0").copy_(torch.eye(3))
        network.get_parameter("b_l0").copy_(torch.tensor([1.0, 1.0, -1.0]))
    column = run(network, np.zeros((5, 1))).paths_from(1)
    assert column.smallest.plain.tolist() == [0, 1, 0, 0, 0]
    assert column.largest.plain.tolist() == [0, 1, 1, 1, 1]


def test_a_column_agrees_with_the_table_for_every_cell_in_both_directions() -> None:
    layers: dict[str, Any] = {"cell": ("lstm", "gru"), "num_layers": 2}
    network = build(**layers, bidirectional=True, scale=1.5)
    trace = run(network, inputs(network, 7))
    for at in network.cell_layers:
        table = trace.path_norms(at.layer, at.direction)
        column = trace.paths_from(4, at.layer, at.direction)
        np.testing.assert_allclose(column.largest.plain, table[:, 4], rtol=1e-12)
        some = finish(path_norms(trace, at.layer, at.direction, anchors=[4, 1], steps=[0, 6]))
        np.testing.assert_allclose(some.plain, table[[0, 6]][:, [4, 1]], rtol=1e-12)


def test_where_the_output_is_fed_back_a_column_agrees_with_the_table_too() -> None:
    network = build(cell="lstm", topology="one-to-many", feedback="output", output_size=3)
    trace = run(network, inputs(network, 6))
    column, table = trace.paths_from(2), trace.path_norms()
    np.testing.assert_allclose(column.largest.plain, table[:, 2], rtol=1e-10)
    assert (column.smallest.plain <= column.largest.plain).all()


def test_a_cell_without_states_carries_nothing() -> None:
    trace = run(build(cell="feedforward"), np.ones((5, 3)))
    assert trace.jacobian().shape == (5, 4, 4)
    assert not trace.jacobian().any()
    assert (trace.path_norms() == np.eye(5)).all()


def test_what_a_run_has_not_reached_is_not_a_number() -> None:
    network = build(cell="gru")
    going = Running(network, inputs(network, 8))
    for _ in going.advance(5):
        pass
    trace = going.trace()
    assert np.isfinite(trace.jacobian()[:5]).all()
    assert np.isnan(trace.jacobian()[5:]).all()
    table = trace.path_norms()
    assert np.isfinite(table[:5, :5]).all()
    assert np.isnan(table[5:]).all()


def test_an_explosion_does_not_hide_the_paths_before_it() -> None:
    network = build(cell="rnn", activation="identity")
    with torch.no_grad():
        network.get_parameter("U_l0").copy_(torch.eye(4, dtype=torch.float64) * 1e60)
    trace = run(network, np.ones((12, 3)))
    assert not np.isfinite(trace.signal("h")[-1]).any()
    np.testing.assert_allclose(trace.path_log10_norms()[:, 0], np.arange(12) * 60, atol=1e-9)
    lstm = build(cell="lstm")
    x = np.ones((9, 3))
    x[5] = np.finfo(np.float64).max
    with torch.no_grad():
        lstm.get_parameter("W_g_l0").mul_(1e10)
    spoiled = run(lstm, x)
    spoiled.record.segments[0].blocks["0.forward.slots"][6] = np.nan
    table = spoiled.path_norms()
    assert np.isfinite(table[:6]).all()
    assert np.isnan(table[6:, :6]).all()
    assert np.isfinite(table[6:, 6:]).all()


def test_steps_that_are_not_there_are_refused() -> None:
    trace = run(build(cell="rnn"), np.ones((5, 3)))
    with pytest.raises(SpecError, match="step 6 was asked for, but there are 5"):
        trace.path_norms(anchors=[5])
    with pytest.raises(SpecError, match="no layer 1"):
        trace.jacobian(1)
