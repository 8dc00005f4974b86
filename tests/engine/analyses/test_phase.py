"""Phase portraits of cells with several states, and maps of a single unit, held to steps that are written by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rnnviz.engine.analyses import Memo, analyse
from rnnviz.engine.jobs import finish
from rnnviz.engine.requests import FixedPoints, Phase
from rnnviz.engine.run import run
from rnnviz.engine.trace import Trace
from tests.engine.networks import build, inputs

Vector = NDArray[np.float64]


def lstm(units: int, **options: Any) -> Trace:
    network = build("lstm", hidden_size=units, scale=2.0, **options)
    return run(network, inputs(network, 12))


def answer(trace: Trace, request: Any) -> Any:
    return finish(analyse(trace, request, Memo()))


def stepped(trace: Trace, x: Vector, c: Vector, h: Vector) -> dict[str, Vector]:
    """One step of an LSTM as Hochreiter and Schmidhuber's followers write it, without anything of the engine."""
    weights = trace.weights.cells[trace.network.at(0, "forward")].parameters
    w = {name: value.double().numpy() for name, value in weights.items()}

    def gate(name: str) -> Vector:
        found: Vector = w[f"W_{name}"] @ x + w[f"U_{name}"] @ h + w[f"b_{name}"]
        return found

    i, f, o = (1 / (1 + np.exp(-gate(name))) for name in "ifo")
    after = f * c + i * np.tanh(gate("g"))
    return {"c": after, "h": o * np.tanh(after)}


def state(trace: Trace, name: str, step: int) -> Vector:
    return np.asarray(trace.signal(name)[step], np.float64)


@pytest.mark.parametrize("shown", ["c", "h"])
@pytest.mark.parametrize(("step", "at"), [(None, None), (4, 7)])
def test_the_field_of_one_state_is_a_step_of_it_while_the_other_stays(
    shown: str, step: int | None, at: int | None
) -> None:
    trace = lstm(2)
    found = answer(trace, Phase(shown, step=step, at=at))
    other = "h" if shown == "c" else "c"
    held = np.zeros(2) if at is None else state(trace, other, at)
    x = np.zeros(trace.inputs.shape[1]) if step is None else np.asarray(trace.inputs[step], np.float64)
    assert (found.facts["state"], found.facts["held"]) == (shown, (other,))
    np.testing.assert_array_equal(found.arrays["held"], held[None])
    first, second, field = (found.arrays[name] for name in ("first", "second", "field"))
    for row, column in ((0, 0), (30, 100), (120, 61)):
        here = np.array([first[column], second[row]])
        theirs = stepped(trace, x, **{shown: here, other: held})[shown]
        np.testing.assert_allclose(field[row, column], theirs - here, atol=1e-12)


def test_on_a_nullcline_a_step_leaves_the_unit_as_it_is() -> None:
    trace = lstm(2)
    found = answer(trace, Phase("c", at=5))
    h, x, pieces = state(trace, "h", 5), np.zeros(trace.inputs.shape[1]), 0
    for unit in (0, 1):
        for place in found.arrays[f"nullcline {unit + 1}"].reshape(-1, 2):
            pieces += 1
            assert abs(stepped(trace, x, place, h)["c"][unit] - place[unit]) < 1e-3
    assert pieces > 50


def test_the_run_itself_follows_the_field_at_the_states_it_came_from() -> None:
    trace = lstm(2)
    found = answer(trace, Phase("h", step=6, at=5))
    first, second, field = (found.arrays[name] for name in ("first", "second", "field"))
    before, after = state(trace, "h", 5), state(trace, "h", 6)
    row, column = np.abs(second - before[1]).argmin(), np.abs(first - before[0]).argmin()
    near = np.array([first[column], second[row]])
    np.testing.assert_allclose(field[row, column] + near, after, atol=0.05)


def test_the_nullclines_of_one_state_meet_where_the_cell_is_fixed_when_the_other_is_held_there() -> None:
    """Hold the hidden state of a run that has settled: the fixed point then lies in the plane."""
    network = build("lstm", hidden_size=2)
    trace = run(network, np.zeros((400, network.spec.input_size), np.float32))
    fixed = answer(trace, FixedPoints())
    settled = np.concatenate([state(trace, name, 399) for name in fixed.facts["states"]])
    gaps = np.abs(fixed.arrays["points"] - settled).max(1)
    assert gaps.min() < 1e-5
    found = answer(trace, Phase("c", at=399))
    for unit in (0, 1):
        places = found.arrays[f"nullcline {unit + 1}"].reshape(-1, 2)
        assert np.linalg.norm(places - settled[:2], axis=1).min() < 0.03


@pytest.mark.parametrize("shown", ["c", "h"])
def test_of_a_single_unit_the_map_is_a_step_from_each_state(shown: str) -> None:
    trace = lstm(1)
    found = answer(trace, Phase(shown, step=3, at=8))
    other = "h" if shown == "c" else "c"
    held, x = state(trace, other, 8), np.asarray(trace.inputs[3], np.float64)
    for place in (0, 600, 1200):
        here = found.arrays["first"][place : place + 1]
        theirs = stepped(trace, x, **{shown: here, other: held})[shown]
        np.testing.assert_allclose(found.arrays["map"][place], theirs[0], atol=1e-12)
    assert "field" not in found.arrays


def test_a_cell_of_four_states_holds_the_other_three() -> None:
    network = build("slstm", hidden_size=2)
    trace = run(network, inputs(network, 12))
    found = answer(trace, Phase("h", at=6))
    names = found.facts["held"]
    assert len(names) == len(network.at(0, "forward").cell.states) - 1
    for name, values in zip(names, found.arrays["held"], strict=True):
        np.testing.assert_allclose(values, state(trace, name, 6))
