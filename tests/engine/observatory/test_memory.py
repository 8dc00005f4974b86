"""What a state is made of: the bands sum to the state, and the factors are those of the equations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rnnviz.engine.errors import SpecError
from rnnviz.engine.run import run
from tests.engine.networks import CELLS, build, inputs

STEPS = 9
KINDS = {
    ("lstm", "c"): "kept",
    ("lstm", "h"): "overwritten",
    ("lstm-peephole", "c"): "kept",
    ("lstm-goodfellow", "s"): "kept",
    ("gru", "h"): "kept",
    ("gru-cho", "h"): "kept",
    ("minGRU", "h"): "kept",
    ("sLSTM", "n"): "kept",
    ("sLSTM", "m"): "linearised",
    ("IndRNN", "h"): "linearised",
    ("rnn", "h"): "overwritten",
}


def traced(cell: str, **options: Any) -> Any:
    network = build(cell=CELLS[cell], scale=1.5, num_layers=2, bidirectional=True, **options)
    return run(network, inputs(network, STEPS))


@pytest.mark.parametrize("cell", [name for name in CELLS if name not in ("feedforward", "jordan")])
def test_the_bands_sum_to_every_state_of_every_cell(cell: str) -> None:
    trace = traced(cell)
    for at in trace.network.cell_layers:
        for state in at.cell.states:
            memory = trace.memory(at.layer, at.direction, state)
            values = trace.signal(state, at.layer, at.direction)
            for t in range(STEPS):
                np.testing.assert_allclose(memory.composition(t).sum(0), values[t], atol=1e-13)
            np.testing.assert_allclose(memory.bands().sum(1), values.mean(1), atol=1e-13)
            np.testing.assert_allclose(memory.bands(unit=2).sum(1), values[:, 2], atol=1e-13)
            np.testing.assert_allclose(memory.kept + memory.written, values, atol=1e-13)


@pytest.mark.parametrize(("cell", "state"), KINDS)
def test_how_a_state_is_kept_is_read_from_its_equation(cell: str, state: str) -> None:
    assert traced(cell).memory(1, "backward", state).kind == KINDS[cell, state]


@pytest.mark.parametrize("direction", ["forward", "backward"])
@pytest.mark.parametrize("cell", ["lstm", "lstm-peephole"])
def test_an_lstm_keeps_f_c_and_writes_i_g(cell: str, direction: Any) -> None:
    trace = traced(cell)
    memory = trace.memory(0, direction)
    f, i, g, c = (trace.signal(name, 0, direction) for name in "figc")
    assert memory.state == "c"
    np.testing.assert_array_equal(memory.factor, f)
    np.testing.assert_allclose(memory.written, i * g, atol=1e-12)
    order = range(STEPS) if direction == "forward" else range(STEPS)[::-1]
    last = order[-1]
    for place, k in enumerate(order):
        later = [f[j] for j in order[place + 1 :]]
        wanted = np.prod(later, axis=0) * (i * g)[k]
        np.testing.assert_allclose(memory.composition(last)[k], wanted, atol=1e-12)
    np.testing.assert_allclose(memory.kept[order[1]], (f[order[1]] * c[order[0]]), atol=1e-12)


def test_a_gru_keeps_z_h_and_writes_the_rest() -> None:
    trace = traced("gru")
    memory = trace.memory()
    z, n = trace.signal("z"), trace.signal("n")
    np.testing.assert_array_equal(memory.factor, z)
    np.testing.assert_allclose(memory.written, (1 - z) * n, atol=1e-12)


def test_what_is_left_of_the_beginning_stands_last() -> None:
    network = build(cell="lstm", initial_state="given")
    start = np.full((1, 4), 2.0)
    trace = run(network, inputs(network, 5), initial_state={"c": start, "h": start})
    left = trace.memory().composition(4)[-1]
    np.testing.assert_allclose(left, 2.0 * np.prod(trace.signal("f"), axis=0), rtol=1e-12)


def test_the_highway_is_the_product_of_the_factors_unit_by_unit() -> None:
    trace = traced("lstm")
    logs = trace.memory(1, "backward").highway(6)
    f = trace.signal("f", 1, "backward")
    assert np.isnan(logs[7:]).all()
    assert not logs[6].any()
    np.testing.assert_allclose(logs[2], np.log10(np.prod(f[2:6], axis=0)), rtol=1e-10)


def test_the_highway_does_not_underflow() -> None:
    network = build(cell="lstm", forget_bias=-9.0)
    trace = run(network, inputs(network, 300))
    logs = trace.memory().highway(0)
    assert np.isfinite(logs).all()
    assert (logs[-1] < -400).all()


def test_a_factor_that_follows_through_other_signals_is_found() -> None:
    cell = "a[t] = sigmoid(W_a @ x[t])\nk[t] = a[t] * c[t-1] / 2\nc[t] = -(W @ x[t] - k[t])"
    network = build(cell=cell)
    trace = run(network, inputs(network, 5))
    memory = trace.memory()
    assert memory.kind == "kept"
    np.testing.assert_allclose(memory.factor, trace.signal("a") / 2, rtol=1e-12)


def test_a_plain_rnn_says_that_it_overwrites() -> None:
    memory = traced("rnn").memory()
    assert memory.overwritten
    assert not memory.kept.any()


def test_a_cell_or_state_that_is_not_there_is_refused() -> None:
    with pytest.raises(SpecError, match="has no state q; it has c, h"):
        traced("lstm").memory(state="q")
    with pytest.raises(SpecError, match="carries no state"):
        run(build(cell="jordan"), np.ones((3, 3))).memory()
