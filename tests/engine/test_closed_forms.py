"""Gradients over thousands of steps against what mathematics says of them: nothing vanishes or overflows falsely."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import rnnviz
from rnnviz.engine.network import Network
from rnnviz.engine.spec import Direction
from rnnviz.engine.trace import Trace
from tests.engine.networks import CELLS, build, inputs


def hidden_only(cell: str, **options: Any) -> Network:
    return build(cell, readout=None, output_size=None, **options)


def fill(network: Network, **values: Any) -> Network:
    """Set parameters by name, and all others to zero."""
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            parameter.copy_(torch.as_tensor(values.get(name, 0.0), dtype=torch.float64))
    return network


def probed(network: Network, steps: int, signal: str, x: NDArray[np.generic] | None = None, unit: int = 0) -> Trace:
    """A run whose gradients are those of one unit at the last step."""
    trace = rnnviz.run(network, np.zeros((steps, 3)) if x is None else x)
    trace.probe(signal, unit, steps - 1, layer=0)
    return trace


def expected_line(steps: int, per_step: float) -> NDArray[np.floating[Any]]:
    """log10 of a factor to the power of the steps that are left."""
    return (steps - 1.0 - np.arange(steps)) * per_step


@pytest.mark.parametrize("steps", [1000, 3000])
@pytest.mark.parametrize("forget", [0.1, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_lstm_without_weights_forgets_by_its_forget_gate(steps: int, forget: float, dtype: str) -> None:
    bias = float(np.asarray(np.log(forget / (1 - forget)), dtype))
    trace = probed(fill(hidden_only("lstm", dtype=dtype), b_f_l0=bias), steps, "c")
    per_step = -np.log10(1 + np.exp(-bias))
    np.testing.assert_allclose(trace.gradient_log10_norm("c"), expected_line(steps, per_step), rtol=1e-12, atol=1e-12)
    start = trace.gradients().initial_log10_norms[0, "forward", "c"]
    assert start == pytest.approx(steps * per_step, rel=1e-12)
    assert trace.initial_gradient("c")[0] == pytest.approx((1 / (1 + np.exp(-bias))) ** steps, rel=1e-11, abs=0)


def test_a_tenth_over_a_thousand_steps_is_minus_a_thousand() -> None:
    trace = probed(fill(hidden_only("lstm"), b_f_l0=-np.log(9)), 1001, "c")
    assert trace.gradient_log10_norm("c")[0] == pytest.approx(-1000, abs=1e-9)
    assert trace.gradient("c")[0, 0] == 0.0, "as an ordinary number it is too small"


def test_the_full_state_of_an_lstm_without_weights() -> None:
    """Per step, (c, h) to (c, h) is [[f, 0], [o f, 0]] at c = 0; with o = 1/2 its norm is sqrt(1.25) f."""
    trace = rnnviz.run(fill(hidden_only("lstm"), b_f_l0=1.0), np.zeros((500, 3)))
    forget = 1 / (1 + np.exp(-1.0))
    columns = []
    for signal in ("c", "h"):
        trace.probe(signal, 0, 499, layer=0)
        columns.append((trace.gradient("c")[:, 0], trace.gradient("h")[:, 0]))
    (c_to_c, h_to_c), (c_to_h, h_to_h) = columns
    norms = np.sqrt(c_to_c**2 + c_to_h**2 + h_to_c**2 + h_to_h**2)[:-1]
    left = 499 - np.arange(499)
    np.testing.assert_allclose(norms, np.sqrt(1.25) * forget**left, rtol=1e-12)


@pytest.mark.parametrize("activation", ["tanh", "identity"])
@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("steps", [1000, 3000])
def test_an_orthogonal_matrix_times_s_gives_s_to_the_power_of_the_steps(
    activation: str, scale: float, steps: int
) -> None:
    network = hidden_only("rnn", activation=activation, initialisation="orthogonal", hidden_size=5)
    orthogonal = network.get_parameter("U_l0").detach().clone()
    trace = probed(fill(network, U_l0=scale * orthogonal), steps, "h", unit=2)
    np.testing.assert_allclose(
        trace.gradient_log10_norm("h"), expected_line(steps, np.log10(scale)), rtol=1e-12, atol=1e-10
    )
    last = trace.gradients().initial_log10_norms[0, "forward", "h"]
    assert last == pytest.approx(steps * np.log10(scale), rel=1e-12, abs=1e-10)
    if scale == 2.0 and steps == 3000:
        assert np.isinf(trace.gradient("h")[0]).all()
        assert last == pytest.approx(903.0899869919435)


@pytest.mark.parametrize("both", [False, True])
def test_a_relu_network_with_the_identity_on_positive_states_passes_all_on(both: bool) -> None:
    network = hidden_only("rnn", activation="relu", bidirectional=both)
    ones = {f"{name}{end}": torch.eye(4) for name in ("U",) for end in ("_l0", "_l0_reverse")}
    ones |= {f"b_l0{end}": torch.full((4,), 0.01, dtype=torch.float64) for end in ("", "_reverse")}
    trace = rnnviz.run(fill(network, **ones), np.zeros((1000, 3)))
    last = 0 if both else 999
    way: Direction = "backward" if both else "forward"
    trace.probe("h", 3, last, 0, way)
    expected = np.tile([0.0, 0.0, 0.0, 1.0], (1000, 1))
    np.testing.assert_array_equal(trace.gradient("h", 0, way), expected)
    np.testing.assert_array_equal(trace.initial_gradient("h", 0, way), expected[0])
    assert not trace.gradient_log10_norm("h", 0, way).any()


def test_a_dead_relu_is_a_true_zero() -> None:
    network = hidden_only("rnn", activation="relu", initialisation="identity")
    x = np.ones((1000, 3))
    x[500] = -1e5
    with torch.no_grad():
        network.get_parameter("W_l0").fill_(1.0)
    trace = probed(network, 1000, "h", x)
    logs = trace.gradient_log10_norm("h")
    assert not trace.signal("h")[500].any()
    assert np.isneginf(logs[:500]).all()
    assert np.isneginf(trace.gradients().initial_log10_norms[0, "forward", "h"])
    assert not logs[500:].any()
    assert np.isneginf(trace.gradient_log10_norm("h.pre")[500])


@pytest.mark.skipif(np.finfo(np.longdouble).maxexp < 16000, reason="this machine has no wider numbers")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("gain", [0.2, 1.0, 4.0])
def test_a_network_over_a_thousand_steps_against_wide_arithmetic(dtype: str, gain: float) -> None:
    """Backpropagation through time by hand in numbers whose exponents reach to 4,932."""
    steps = 1000
    network = build("rnn", hidden_size=16, dtype=dtype, output_size=1, activation="tanh" if gain <= 1 else "identity")
    with torch.no_grad():
        network.get_parameter("U_l0").mul_(gain)
        network.get_parameter("b_l0").zero_()
    x = 0.01 * np.asarray(inputs(network, steps), np.float64) * (gain <= 1)
    losses_at = np.zeros(steps, bool)
    losses_at[[399, 999]] = True
    target = np.where(losses_at, 0.7, np.nan)[:, None]
    trace = rnnviz.run(network, x, target)
    wide = np.longdouble
    h, y = trace.signal("h").astype(wide), trace.output.astype(wide)
    weight = network.get_parameter("readout.0.weight").detach().numpy().astype(wide)
    matrix = network.get_parameter("U_l0").detach().numpy().astype(wide)
    carried = np.zeros(16, wide)
    expected = np.zeros(steps, wide)
    for t in reversed(range(steps)):
        if losses_at[t]:
            carried = carried + 2 * (y[t, 0] - wide(0.7)) * weight[0]
        expected[t] = np.sqrt((carried**2).sum())
        slope = 1 - h[t] ** 2 if gain <= 1 else np.ones(16, wide)
        carried = matrix.T @ (slope * carried)
    logs = trace.gradient_log10_norm("h")
    assert np.isfinite(logs).all()
    np.testing.assert_allclose(logs, np.log10(expected).astype(float), rtol=1e-6 if dtype == "float32" else 1e-10)
    assert {0.2: logs[0] < -330, 1.0: -330 < logs[0] < -30, 4.0: logs[0] > 300}[gain]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru", "sLSTM"])
def test_no_default_network_has_a_false_zero_over_a_thousand_steps(dtype: str, cell: str) -> None:
    network = build(CELLS[cell], hidden_size=64, dtype=dtype)
    target = np.full((1000, 2), np.nan)
    target[-1] = 1.0
    trace = rnnviz.run(network, inputs(network, 1000), target)
    for layer, direction, signal in trace.gradients().signals:
        if layer == 0 and signal not in ("m", "l", "l.pre"):
            # Before the first step the states are zero, and so is what the forget gate takes from them.
            reached = slice(1, None) if signal in ("f", "f.pre", "r", "r.pre") else slice(None)
            assert np.isfinite(trace.gradient_log10_norm(signal, layer, direction)[reached]).all(), signal
    if cell == "rnn":
        naive = trace.gradient("h").astype(np.float32)
        assert not naive[:700].any(), "in single precision most of it would be a false zero"


def test_signals_far_smaller_than_others_of_their_step_do_not_vanish() -> None:
    network = hidden_only("a[t] = u * a[t-1] + s * b[t]\nb[t] = W @ x[t]\nh[t] = a[t]", hidden_size=1)
    steps = 300
    trace = probed(fill(network, u_l0=2.0**-13, s_l0=1e-100), steps, "h")
    expected = expected_line(steps, -13 * np.log10(2.0))
    np.testing.assert_allclose(trace.gradient_log10_norm("a"), expected, rtol=1e-12)
    np.testing.assert_allclose(trace.gradient_log10_norm("b"), expected - 100, rtol=1e-12)


def test_losses_of_every_size_add_up_over_a_thousand_steps() -> None:
    """Where every step has a loss, early gradients are the geometric sum of what all later steps put on them."""
    network = fill(hidden_only("rnn", activation="identity", hidden_size=1), U_l0=2.0, b_l0=0.0)
    steps = 1100
    target = np.full((steps, 1), -0.5)
    trace = rnnviz.run(network, np.zeros((steps, 3)), target)
    left = steps - np.arange(steps)
    expected = np.log10(2.0) * left + np.log1p(-(2.0**-left)) / np.log(10)
    np.testing.assert_allclose(trace.gradient_log10_norm("h"), expected, atol=1e-12)
    assert np.isposinf(trace.gradient("h")[:70]).all()
    assert np.isfinite(trace.gradient("h")[80:]).all()
