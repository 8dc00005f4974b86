"""Running: equal to the equations written out, and the same bit for bit whatever the portions."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import rnnviz
from rnnviz.engine.errors import SpecError
from rnnviz.engine.language.evaluate import evaluate_step
from rnnviz.engine.record import Record, SegmentInfo
from rnnviz.engine.run import Running
from tests.engine.networks import (
    CELLS,
    NETWORKS,
    build,
    difference,
    inputs,
    name_of,
    odd,
    one_by_one,
    portions,
    target_of,
)
from tests.engine.reference import signal_difference, unroll

TIGHT = 1e-12
LENGTHS = (1, 63, 64, 65, 200)
OPEN = ("feedforward", "jordan", "rnn")
"""The cells that leave their activation open."""


@pytest.mark.parametrize(
    ("cell", "activation"),
    [*((cell, "tanh") for cell in CELLS), *itertools.product(OPEN, ("relu", "sigmoid", "identity"))],
)
def test_every_signal_of_every_cell_is_what_its_equation_says(cell: str, activation: str) -> None:
    network = build(CELLS[cell], scale=2.0, activation=activation)
    (at,) = network.cell_layers
    trace = rnnviz.run(network, x := inputs(network, 6))
    parameters = {name: value.tolist() for name, value in network.cell_parameters(at).items()}
    before = {name: value.tolist() for name, value in network.initial_states(at).items()} | {"y": [0.0, 0.0]}
    for t in range(6):
        now = evaluate_step(at.cell, x[t].tolist(), before, parameters, activation)
        assert list(now) == [info.name for info in at.cell.signals]
        for signal, values in now.items():
            np.testing.assert_allclose(trace.signal(signal)[t], values, atol=TIGHT, rtol=0)
        before = {**{state: now[state] for state in at.cell.states}, "y": trace.output[t].tolist()}


@pytest.mark.parametrize("options", NETWORKS, ids=name_of)
def test_every_kind_of_network_computes_what_its_parts_say(options: dict[str, Any]) -> None:
    network = build(**options, scale=2.0)
    x = inputs(network, 7)
    trace = rnnviz.run(network, x)
    assert signal_difference(trace, unroll(network, x)) < TIGHT
    without = ~trace.schedule.has_output
    assert np.isnan(trace.output[without]).all()
    assert np.isnan(trace.logits[without]).all()
    assert np.isfinite(trace.output[~without]).all()


@pytest.mark.parametrize("both", [False, True])
def test_given_states_are_where_a_run_starts_and_the_others_stay(both: bool) -> None:
    network = build("lstm", num_layers=2, bidirectional=both, initial_state="learned")
    given = {"c": np.random.default_rng(0).standard_normal((len(network.cell_layers), 4))}
    x = inputs(network, 5)
    trace = rnnviz.run(network, x, initial_state=given)
    assert signal_difference(trace, unroll(network, x, given)) < TIGHT
    assert signal_difference(trace, unroll(network, x)) > 1e-3


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"h": [[0.0, 0.0, float("nan"), 0.0]]}, "initial_state 'h' is nan in row 1, unit 3"),
        (3, "initial_state is 3, but it must be states by name or in order"),
    ],
)
def test_a_start_that_is_none_is_refused(given: Any, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        rnnviz.run(build("gru"), np.zeros((2, 3)), initial_state=given)


def test_an_slstm_starts_from_its_stabiliser_at_minus_infinity() -> None:
    trace = rnnviz.run(network := build(CELLS["sLSTM"]), inputs(network, 3))
    assert not trace.signal("f")[0].any()
    assert (trace.signal("i")[0] == 1).all()
    assert np.isfinite(trace.output).all()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("h[t] = tanh(0) + 2 ** 3 - 1 / 4", 7.75),
        ("h[t] = (1 - 3) * (2 + 1) * h[t-1]\nh[0] = 1", -6.0),
        ("h[t] = max(1, 2) + min(h[t-1], 3 / 0)", 2.0),
        ("h[t] = softplus(log(1)) / softplus(-(-0)) + relu(-2) + sigmoid(0) * abs(-1)", 1.5),
        ("h[t] = (1000000 ** 8) ** 8", np.inf),
        ("h[t] = h[t-1] * 0 + (inf - inf)", np.nan),
        ("f[t] = 1\nh[t] = f[t]", 1.0),
        ("h[t] = b_a", 0.25),
        ("h[t] = -(-b_a)", 0.25),
        ("y[t] = 3 * y[t-1]\ny[0] = 2", 6.0),
    ],
)
def test_parts_that_are_numbers_alone_and_odd_names_are_as_good_as_any(text: str, expected: float) -> None:
    network = build(text, hidden_size=2, readout=None, output_size=None)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(0.25)
    np.testing.assert_array_equal(rnnviz.run(network, np.zeros((1, 3))).output, [[expected, expected]])


@pytest.mark.parametrize("steps", LENGTHS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("sizes", [one_by_one, odd])
def test_a_run_in_portions_is_a_run_in_one_piece_bit_for_bit(steps: int, dtype: str, sizes: Any) -> None:
    for place, units in enumerate((3, 8, 17, 64)):
        for options in NETWORKS[place::4]:
            given = {"hidden_size": units, **options}
            network = build(**given, dtype=dtype, scale=2.0)
            x, target = inputs(network, steps), target_of(network, steps)
            whole = rnnviz.run(network, x, target)
            assert difference(portions(Running(network, x, target), sizes()), whole) == "", options


@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_steps_as_it_runs(cell: str) -> None:
    network = build(CELLS[cell], num_layers=2, hidden_size=5, dtype="float32", scale=2.0)
    x = inputs(network, 70)
    whole = rnnviz.run(network, x)
    assert difference(portions(Running(network, x), one_by_one()), whole) == ""
    forever = build(CELLS[cell], num_layers=2, hidden_size=5, dtype="float64", scale=2.0)
    x = inputs(forever, 70)
    assert difference(portions(Running(forever, x), odd()), rnnviz.run(forever, x)) == ""


def test_chaos_does_not_tell_stepping_from_running() -> None:
    network = build("rnn", hidden_size=64, spectral_radius=2.0, initialisation="orthogonal", dtype="float32")
    x = inputs(network, 1000)
    assert difference(portions(Running(network, x), odd()), rnnviz.run(network, x)) == ""


def files(folder: Path) -> Any:
    """Segments in files, numbered."""

    def make(first: int, rows: int) -> SegmentInfo:
        return SegmentInfo(str(folder / f"{first}"), first, rows)

    return make


@pytest.mark.parametrize("options", NETWORKS, ids=name_of)
def test_a_record_in_files_is_that_in_memory_bit_for_bit(options: dict[str, Any], tmp_path: Path) -> None:
    network = build(**options, dtype="float32", scale=2.0)
    x, target = inputs(network, 150), target_of(network, 150)
    running = Running(network, x[:70], target_of(network, 70), make_segment=files(tmp_path))
    list(running.advance(40))
    running.append(x, target)
    trace = portions(running, odd())
    assert difference(trace, rnnviz.run(network, x, target)) == ""
    infos = tuple(segment.info for segment in trace.record.segments)
    read = Record.attach(trace.record.layout, infos, trace.steps)
    for field in read.signals:
        place = (field.signal, field.layer, field.direction)
        assert read.signal(*place).tobytes() == trace.record.signal(*place).tobytes()


def test_what_is_not_reached_is_not_written() -> None:
    network = build("gru", num_layers=2)
    running = Running(network, inputs(network, 20))
    list(running.advance(9))
    assert running.trace().signal("h", 1)[8].all()
    assert not running.trace().signal("h", 1)[9:].any()
    assert list(running.advance(4)) == []
    assert running.position == 9


def test_a_run_keeps_the_parameters_that_it_began_with() -> None:
    network = build("lstm")
    x = inputs(network, 100)
    expected = rnnviz.run(network, x)
    running = Running(network, x)
    list(running.advance(50))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
    assert difference(portions(running, odd()), expected) == ""


def test_a_long_run_pauses_often() -> None:
    network = build("lstm", hidden_size=64, num_layers=2, dtype="float32")
    x = inputs(network, 2000)
    assert len(list(Running(network, x).advance(2000))) >= 2000 / 64
    both = build("gru", hidden_size=8, bidirectional=True)
    running = Running(both, x)
    assert len(list(running.advance(running.schedule.positions))) >= 3 * 2000 / 64
