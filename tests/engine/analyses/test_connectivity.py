"""The answer to what outputs rest on, held to the trace and to autograd."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rnnviz.engine.analyses import Memo, analyse
from rnnviz.engine.errors import SpecError
from rnnviz.engine.jobs import finish
from rnnviz.engine.requests import Connectivity, Truth
from rnnviz.engine.run import Running, run
from rnnviz.engine.trace import Trace
from tests.engine.networks import build, inputs
from tests.engine.observatory.losses import ran

KINDS: list[dict[str, Any]] = [
    {"cell": "lstm", "num_layers": 2},
    {"cell": "gru", "num_layers": 2, "bidirectional": True},
    {"cell": "rnn", "topology": "many-to-one"},
    {"cell": "lstm", "delay": 2},
    {"cell": "rnn", "topology": "one-to-many", "feedback": "output", "output_size": 3},
    {"cell": "gru", "readout": "softmax", "output_size": 4},
]


def answer(trace: Trace, request: Connectivity) -> Any:
    return finish(analyse(trace, request, Memo()))


@pytest.mark.parametrize("options", KINDS, ids=str)
def test_the_rows_are_those_of_the_trace_that_have_an_output(options: dict[str, Any]) -> None:
    _, trace = ran(options)
    found = answer(trace, Connectivity())
    np.testing.assert_array_equal(found.arrays["steps"], trace.schedule.output_steps)
    np.testing.assert_array_equal(found.arrays["plain"], trace.connectivity()[trace.schedule.output_steps])
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(found.arrays["log10"], np.log10(found.arrays["plain"]), rtol=1e-12)
    assert found.facts["outputs"] == len(trace.schedule.output_steps)


@pytest.mark.parametrize("options", KINDS, ids=str)
def test_one_step_alone_is_its_row_as_far_back_as_is_asked(options: dict[str, Any]) -> None:
    network, trace = ran(options)
    whole = trace.connectivity()
    step = int(trace.schedule.output_steps[-1])
    found = answer(trace, Connectivity(step=step, reach=3))
    first = 0 if network.spec.bidirectional else max(0, step - 3)
    assert found.facts["first"] == first
    np.testing.assert_allclose(found.arrays["plain"][0, first:], whole[step, first:], rtol=1e-12)
    assert np.isnan(found.arrays["plain"][0, :first]).all()


@pytest.mark.parametrize("options", KINDS, ids=str)
@pytest.mark.parametrize("request_", [Connectivity(), Connectivity(step=5, reach=2)], ids=["table", "row"])
def test_the_truth_is_that_of_autograd(options: dict[str, Any], request_: Connectivity) -> None:
    _, trace = ran(options)
    facts: Any = finish(analyse(trace, Truth(request_), Memo())).facts
    assert facts["largest"] > 0
    assert facts["relative"] < 1e-12


def test_the_class_of_a_row_is_the_right_one_or_the_likeliest() -> None:
    network = build(cell="rnn", readout="softmax", output_size=4)
    x = inputs(network, 5)
    trace = run(network, x, np.array([2, -1, 0, 3, -1]))
    classes = answer(trace, Connectivity()).arrays["classes"]
    assert classes.tolist()[::2] == [2, 0, int(trace.logits[4].argmax())]
    assert classes[1] == trace.logits[1].argmax()
    assert answer(run(build(cell="rnn"), x), Connectivity()).arrays["classes"].tolist() == [-1] * 5


def test_of_a_long_run_evenly_spread_outputs_are_asked() -> None:
    network = build(cell="rnn")
    trace = run(network, inputs(network, 200))
    found = answer(trace, Connectivity(most=1000))
    assert found.arrays["steps"].tolist() == [0, 50, 100, 149, 199]
    assert found.arrays["plain"].shape == (5, 200)
    assert found.facts["outputs"] == 200
    np.testing.assert_allclose(found.arrays["plain"], trace.connectivity()[found.arrays["steps"]], rtol=1e-12)


def test_a_step_without_output_has_no_row_and_one_that_does_not_exist_is_refused() -> None:
    network = build(cell="rnn", topology="many-to-one")
    trace = run(network, inputs(network, 6))
    assert answer(trace, Connectivity(step=2)).arrays["plain"].shape == (0, 6)
    with pytest.raises(SpecError, match="step 10 was asked for"):
        answer(trace, Connectivity(step=9))


def test_a_run_under_way_tells_what_it_has_reached() -> None:
    network = build(cell="rnn")
    going = Running(network, inputs(network, 6))
    for _ in going.advance(4):
        pass
    assert answer(going.trace(), Connectivity()).arrays["steps"].tolist() == [0, 1, 2, 3]


def test_the_job_yields_at_every_step_and_never_beyond_its_total() -> None:
    _, trace = ran({"cell": "gru", "num_layers": 2, "bidirectional": True}, 40)
    told = list(analyse(trace, Connectivity(), Memo()))
    assert len(told) >= 4 * 40
    assert all(0 <= done <= total for done, total in told)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
