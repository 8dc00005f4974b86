"""The answers about saturation: shares counted by hand, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rnnviz.engine.analyses import Memo, analyse
from rnnviz.engine.errors import SpecError
from rnnviz.engine.jobs import finish
from rnnviz.engine.requests import Saturation, Truth
from rnnviz.engine.run import Running, run
from rnnviz.engine.trace import Trace
from tests.engine.networks import build, inputs


def ask(trace: Trace, request: Any) -> Any:
    return finish(analyse(trace, request, Memo()))


def spoil(trace: Trace, signal: str, steps: slice, value: float) -> None:
    """Write another value into a record."""
    field = trace.record.layout.field(signal)
    trace.record.segments[0].blocks[field.block][steps, field.start : field.stop] = value


def share(values: np.ndarray[Any, Any], low: float, high: float) -> tuple[list[float], list[float]]:
    """The shares of each unit, counted one number after the other."""
    columns = values.T.tolist()
    below = [sum(1 for value in column if value < low) / len(column) for column in columns]
    above = [sum(1 for value in column if value > high) / len(column) for column in columns]
    return below, above


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_the_shares_of_every_gate_are_those_counted_by_hand(direction: Any) -> None:
    network = build(cell="lstm", scale=6.0, bidirectional=True, num_layers=2)
    trace = run(network, inputs(network, 40))
    answer = ask(trace, Saturation(1, direction, 0.2, 0.7))
    assert answer.facts["names"] == ("i", "f", "o")
    assert answer.facts["gates"] is True
    assert answer.facts["steps"] == 40
    for place, name in enumerate("ifo"):
        below, above = share(trace.signal(name, 1, direction), 0.2, 0.7)
        np.testing.assert_array_equal(answer.arrays["below"][place], below)
        np.testing.assert_array_equal(answer.arrays["above"][place], above)
        assert answer.arrays["mean_above"][place] == pytest.approx(sum(above) / len(above), abs=1e-12)
        assert answer.arrays["mean_below"][place] == pytest.approx(sum(below) / len(below), abs=1e-12)


def test_only_steps_that_are_reached_count() -> None:
    network = build(cell="gru", scale=6.0)
    x = inputs(network, 20)
    going = Running(network, x)
    for _ in going.advance(7):
        pass
    half, whole = ask(going.trace(), Saturation()), ask(run(network, x[:7]), Saturation())
    assert half.facts["steps"] == 7
    np.testing.assert_array_equal(half.arrays["above"], whole.arrays["above"])


def test_the_thresholds_of_a_tanh_are_shares_of_its_range() -> None:
    network = build(cell="rnn", scale=9.0)
    trace = run(network, inputs(network, 50))
    answer = ask(trace, Saturation(low=0.1, high=0.9))
    assert answer.facts["names"] == ("h",)
    assert answer.facts["gates"] is False
    np.testing.assert_allclose(answer.arrays["thresholds"], [[-0.8, 0.8]], atol=1e-12)
    below, above = share(trace.signal("h"), -0.8, 0.8)
    np.testing.assert_array_equal(answer.arrays["below"][0], below)
    np.testing.assert_array_equal(answer.arrays["above"][0], above)
    assert max(above) > 0


def test_nan_is_near_neither_end() -> None:
    network = build(cell="lstm")
    trace = run(network, inputs(network, 10))
    spoil(trace, "f", slice(4, None), np.nan)
    spoil(trace, "i", slice(4, None), np.nan)
    spoil(trace, "o", slice(4, None), np.nan)
    answer = ask(trace, Saturation(low=0.5, high=0.5))
    np.testing.assert_allclose(answer.arrays["below"] + answer.arrays["above"], 0.4)


def test_what_cannot_saturate_is_said_in_a_sentence() -> None:
    network = build(cell="rnn", activation="relu")
    with pytest.raises(SpecError, match=r"no activation with two ends .*\.$"):
        ask(run(network, inputs(network, 3)), Saturation())


@pytest.mark.parametrize(("low", "high"), [(0.9, 0.1), (-0.1, 0.9), (0.1, 1.1)])
def test_thresholds_out_of_order_are_refused(low: float, high: float) -> None:
    network = build(cell="lstm")
    with pytest.raises(SpecError, match="between 0 and 1, the low one first"):
        ask(run(network, inputs(network, 3)), Saturation(low=low, high=high))


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn", "lstm-peephole"])
def test_torch_counts_the_same(cell: str) -> None:
    network = build(cell=cell, scale=5.0)
    facts = ask(run(network, inputs(network, 30)), Truth(Saturation())).facts
    assert facts["difference"] == 0
    assert facts["largest"] > 0


def test_the_truth_tells_a_wrong_share() -> None:
    network = build(cell="lstm", scale=5.0)
    trace = run(network, inputs(network, 30))
    spoil(trace, "f", slice(None), 0.5)
    assert ask(trace, Truth(Saturation())).facts["difference"] > 0


def test_long_runs_are_counted_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    network = build(cell="lstm", scale=4.0)
    trace = run(network, inputs(network, 50))
    whole = ask(trace, Saturation())
    monkeypatch.setattr("rnnviz.engine.analyses.saturation._AT_ONCE", 12)
    steps = list(analyse(trace, Saturation(), Memo()))
    assert len(steps) == 3 * 17
    np.testing.assert_array_equal(ask(trace, Saturation()).arrays["below"], whole.arrays["below"])
