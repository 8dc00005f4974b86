"""What a state is made of, against recurrences written out by hand, the API, and autograd."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rnnviz.engine.analyses import Memo, analyse
from rnnviz.engine.analyses import memory as analysis
from rnnviz.engine.errors import SpecError
from rnnviz.engine.jobs import finish
from rnnviz.engine.requests import Memory, Truth
from rnnviz.engine.run import Running, run
from rnnviz.engine.selfpath import SelfFactor
from rnnviz.engine.trace import Trace
from tests.engine.networks import CELLS, build, inputs

STEPS = 12
RECURRENT = [name for name in CELLS if name not in ("feedforward", "jordan")]
KINDS: list[dict[str, Any]] = [
    {"cell": "lstm", "initial_state": "given"},
    {"cell": "gru", "initial_state": "learned"},
    {"cell": "lstm", "num_layers": 2, "bidirectional": True},
    {"cell": "gru", "num_layers": 2, "bidirectional": True},
    {"cell": "lstm", "delay": 3},
    {"cell": "gru", "topology": "many-to-one"},
]


def traced(steps: int = STEPS, **options: Any) -> Trace:
    network = build(scale=1.5, **options)
    if options.get("initial_state") == "given":
        start = np.linspace(-1.0, 2.0, 4).reshape(1, 4)
        return run(network, inputs(network, steps), initial_state={"c": start, "h": start})
    return run(network, inputs(network, steps))


def answer(trace: Trace, request: Memory) -> Any:
    return finish(analyse(trace, request, Memo()))


def by_hand(trace: Trace, layer: int, direction: Any, unit: int) -> tuple[Any, Any, Any, Any]:
    """(bands [S, 1 + S], kept, written, values) of one unit, as the textbook has it, from the recorded gates alone."""

    def signal(name: str) -> Any:
        return trace.signal(name, layer, direction)[:, unit]

    if trace.network.at(layer, direction).cell.output == "h" and "c" in trace.network.at(layer, direction).cell.states:
        f, w, s = signal("f"), signal("i") * signal("g"), signal("c")
    else:
        f, w, s = signal("z"), (1 - signal("z")) * signal("n"), signal("h")
    order = list(range(trace.steps))[:: 1 if direction == "forward" else -1]
    first = order[0]
    start = (s[first] - w[first]) / f[first]
    bands = np.zeros((trace.steps, trace.steps + 1))
    for place, t in enumerate(order):
        for k in order[: place + 1]:
            later = [f[j] for j in order[order.index(k) + 1 : place + 1]]
            bands[t, 1 + k] = np.prod(later) * w[k]
        bands[t, 0] = np.prod([f[j] for j in order[: place + 1]]) * start
    return bands, s - w, w, s


@pytest.mark.parametrize("options", KINDS, ids=str)
def test_the_bands_of_a_unit_are_those_of_the_recurrence_written_by_hand(options: dict[str, Any]) -> None:
    trace = traced(**options)
    for at in trace.network.cell_layers:
        for unit in (0, 3):
            found = answer(trace, Memory(at.layer, at.direction, unit=unit))
            bands, kept, written, values = by_hand(trace, at.layer, at.direction, unit)
            np.testing.assert_allclose(found.arrays["bands"], bands, atol=1e-12)
            np.testing.assert_allclose(found.arrays["kept"], kept, atol=1e-13)
            np.testing.assert_allclose(found.arrays["written"], written, atol=1e-13)
            np.testing.assert_array_equal(found.arrays["values"], values)
            np.testing.assert_allclose(found.arrays["bands"].sum(1), values, atol=1e-13)
    assert found.facts["kind"] == "kept"
    assert found.facts["factor"] == ("f" if options["cell"] == "lstm" else "z")
    assert trace.network.spec.delay + STEPS == trace.steps


def test_what_was_given_before_the_first_step_is_a_part_of_its_own() -> None:
    trace = traced(cell="lstm", initial_state="given")
    left = answer(trace, Memory(unit=3)).arrays["bands"][:, 0]
    np.testing.assert_allclose(left, 2.0 * np.cumprod(trace.signal("f")[:, 3]), rtol=1e-12)


@pytest.mark.parametrize("cell", RECURRENT)
def test_the_mean_is_that_of_the_api_for_every_state_of_every_cell(cell: str) -> None:
    trace = traced(cell=CELLS[cell], num_layers=2, bidirectional=True)
    for at in trace.network.cell_layers:
        for state in at.cell.states:
            found = answer(trace, Memory(at.layer, at.direction, state))
            memory = trace.memory(at.layer, at.direction, state)
            np.testing.assert_allclose(found.arrays["bands"][:, 1:], memory.bands()[:, :-1], atol=1e-12)
            np.testing.assert_allclose(found.arrays["bands"][:, 0], memory.bands()[:, -1], atol=1e-12)
            np.testing.assert_allclose(found.arrays["kept"], memory.kept.mean(1), atol=1e-12)
            np.testing.assert_allclose(found.arrays["written"], memory.written.mean(1), atol=1e-12)
            assert found.facts["kind"] == memory.kind
            assert found.facts["states"] == at.cell.states


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_the_highway_is_the_product_of_the_factors_since_the_anchor(direction: Any) -> None:
    trace = traced(cell="lstm", bidirectional=True)
    logs = trace.memory(0, direction).highway(5)
    one = answer(trace, Memory(0, direction, unit=2, anchor=5, bands=False)).arrays
    np.testing.assert_allclose(one["highway"], logs[:, 2], atol=1e-12)
    np.testing.assert_allclose(one["widest"], logs[:, 2], atol=1e-12)
    mean = answer(trace, Memory(0, direction, anchor=5, bands=False)).arrays
    np.testing.assert_allclose(mean["highway"], np.log10((10.0**logs).mean(1)), atol=1e-12)
    np.testing.assert_allclose(mean["widest"], logs.max(1), atol=1e-12)
    assert "bands" not in mean


def test_the_highway_neither_underflows_nor_hides_a_true_zero() -> None:
    network = build(cell="lstm", forget_bias=-9.0)
    found = answer(run(network, inputs(network, 300)), Memory(bands=False)).arrays
    assert np.isfinite(found["highway"]).all()
    assert found["highway"][-1] < -400
    rnn = answer(traced(cell="rnn"), Memory(bands=False)).arrays["highway"]
    assert rnn[0] == 0
    assert np.isneginf(rnn[1:]).all()


@pytest.mark.parametrize("cell", RECURRENT)
@pytest.mark.parametrize("bands", [True, False], ids=["bands", "flows"])
def test_the_truth_is_that_of_autograd(cell: str, bands: bool) -> None:
    trace = traced(cell=CELLS[cell], num_layers=2, bidirectional=True)
    for at in trace.network.cell_layers[2:]:
        for state in at.cell.states:
            request = Memory(at.layer, at.direction, state, anchor=4, bands=bands)
            facts = answer(trace, Truth(request)).facts  # type: ignore[arg-type]
            assert facts["count"] > STEPS
            assert facts["difference"] <= 1e-12
            assert facts["largest"] > 0.01


@pytest.mark.parametrize("bands", [True, False], ids=["bands", "flows"])
def test_the_truth_tells_of_numbers_that_are_wrong(bands: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = traced(cell="lstm")
    rows = SelfFactor.rows
    monkeypatch.setattr(SelfFactor, "rows", lambda *given: rows(*given) * 1.001)
    facts = answer(trace, Truth(Memory(bands=bands))).facts  # type: ignore[arg-type]
    assert facts["difference"] > 1e-6


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_a_long_run_is_gathered_in_blocks_of_origins(direction: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = traced(50, cell="gru", bidirectional=True)
    whole = answer(trace, Memory(0, direction)).arrays["bands"]
    monkeypatch.setattr(Memory, "apart", 40)
    monkeypatch.setattr(analysis, "_MOST", 1000)
    request = Memory(0, direction)
    found = answer(trace, request)
    bands, origins = found.arrays["bands"], found.arrays["origins"].astype(int)
    assert found.facts["bound"] == "in a run of 50 steps, origins are gathered in blocks of 3 steps"
    assert bands.size <= 1000
    assert sorted(k for first, last in origins for k in range(first, last + 1)) == list(range(50))
    for part, (first, last) in enumerate(origins):
        np.testing.assert_allclose(bands[:, 1 + part], whole[:, 1 + first : 2 + last].sum(1), atol=1e-12)
    np.testing.assert_allclose(bands[:, 0], whole[:, 0], atol=1e-12)
    assert answer(trace, Truth(request)).facts["difference"] < 1e-13  # type: ignore[arg-type]


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_of_a_long_run_a_window_is_taken_apart(direction: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = traced(50, cell="lstm", bidirectional=True)
    whole = answer(trace, Memory(0, direction, unit=1)).arrays["bands"]
    monkeypatch.setattr(Memory, "apart", 40)
    monkeypatch.setattr(Memory, "window", 10)
    request = Memory(0, direction, unit=1, around=20)
    found = answer(trace, request)
    bands, origins, first = found.arrays["bands"], found.arrays["origins"].astype(int), int(found.facts["first"])
    assert bands.shape == (10, 11)
    assert first <= 20 < first + 10
    assert origins.tolist() == [[k, k] for k in range(first, first + 10)]
    assert f"steps {first + 1} to {first + 10} of 50" in found.facts["bound"]
    np.testing.assert_allclose(bands[:, 1:], whole[first : first + 10, 1 + first : 11 + first], atol=1e-12)
    np.testing.assert_allclose(bands.sum(1), found.arrays["values"][first : first + 10], atol=1e-12)
    assert answer(trace, Truth(request)).facts["difference"] < 1e-13  # type: ignore[arg-type]
    monkeypatch.setattr(Memory, "gathered", 49)
    assert answer(trace, Memory(0, direction)).arrays["bands"].shape == (10, 11)


def test_what_the_run_has_not_reached_is_not_a_number() -> None:
    network = build(cell="lstm", bidirectional=True)
    running = Running(network, inputs(network, STEPS))
    assert list(running.advance(STEPS + 5))
    trace = running.trace()
    found = answer(trace, Memory(0, "backward", anchor=9)).arrays
    assert np.isnan(found["values"][: STEPS - 5]).all()
    assert np.isnan(found["bands"][: STEPS - 5]).all()
    np.testing.assert_allclose(found["bands"][-5:].sum(1), found["values"][-5:], atol=1e-12)
    assert answer(trace, Truth(Memory(0, "backward"))).facts["difference"] < 1e-12  # type: ignore[arg-type]


def test_numbers_that_are_not_finite_stay_where_they_are() -> None:
    network = build(cell="c[t] = 2 * c[t-1] + W @ x[t]\nh[t] = tanh(c[t])")
    trace = run(network, inputs(network, 1100))
    found = answer(trace, Memory(unit=0)).arrays
    assert np.isfinite(found["bands"][:900].sum(1)).all()
    assert not np.isfinite(found["values"][-1])
    assert not np.isfinite(found["bands"][-1]).all()


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("a[t] = sigmoid(W @ x[t])\nh[t] = (1 - a[t]) * h[t-1] + a[t]", "1 - a"),
        ("a[t] = sigmoid(W @ x[t])\nh[t] = -(a[t] / 2) * (h[t-1] - W_b @ x[t])", "-(a / 2)"),
        ("h[t] = u * h[t-1] + W @ x[t]", "u"),
    ],
)
def test_the_factor_is_told_as_it_stands_in_the_equations(cell: str, written: str) -> None:
    found = answer(traced(cell=cell), Memory())
    assert found.facts["factor"].replace("(a / 2)", "a / 2") == written.replace("(a / 2)", "a / 2")


@pytest.mark.parametrize(
    ("options", "request_", "words"),
    [
        ({"cell": "lstm"}, Memory(state="q"), "has no state q; it has c, h"),
        ({"cell": "lstm"}, Memory(unit=9), "unit 10 was asked for, but there are 4"),
        ({"cell": "lstm"}, Memory(anchor=12), "step 13 was asked for, but there are 12"),
        ({"cell": "jordan"}, Memory(), "carries no state from step to step"),
        ({"cell": "feedforward"}, Memory(), "carries no state from step to step"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_cannot_be_answered_is_said_in_a_sentence(options: Any, request_: Memory, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        answer(traced(**options), request_)
