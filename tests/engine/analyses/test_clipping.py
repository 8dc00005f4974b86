"""The answer to what clipping does, held to the trace, to torch, and to the clock."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pytest

from rnnviz.engine.analyses import Memo, analyse
from rnnviz.engine.autogradparameters import parameter_gradients
from rnnviz.engine.errors import ObjectiveError
from rnnviz.engine.jobs import finish
from rnnviz.engine.requests import Clipping, Truth
from rnnviz.engine.run import run
from rnnviz.engine.trace import Trace
from tests.engine.networks import build, inputs, target_of
from tests.engine.observatory.losses import CASES, PerLoss, ran

KINDS: list[Literal["norm", "value"]] = ["norm", "value"]
MANY: list[dict[str, Any]] = [
    {"cell": "lstm-peephole", "num_layers": 2, "bidirectional": True, "readout_sizes": (3,)},
    {"cell": "gru", "embedding_size": 3, "initial_state": "learned"},
    {"cell": "jordan", "num_layers": 2},
    {"cell": "lstm", "topology": "many-to-one"},
]


def answer(trace: Trace, request: Clipping, memo: Memo | None = None) -> Any:
    return finish(analyse(trace, request, memo or Memo()))


@pytest.mark.parametrize("options", MANY, ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_the_numbers_are_those_of_the_trace(options: dict[str, Any], kind: Any) -> None:
    _, trace = ran(options)
    wanted, found = trace.clip(0.05, kind), answer(trace, Clipping(0.05, kind))
    np.testing.assert_allclose(found.arrays["step before"], wanted.step_before, rtol=1e-12)
    np.testing.assert_allclose(found.arrays["step after"], wanted.step_after, rtol=1e-12)
    assert found.facts["names"] == tuple(wanted.before)
    for name, gradients in (("before", wanted.before), ("after", wanted.after)):
        norms = [float(np.linalg.norm(gradient)) for gradient in gradients.values()]
        np.testing.assert_allclose(found.arrays[f"norms {name}"], norms, rtol=1e-12)
        assert found.facts[f"norm {name}"] == pytest.approx(np.linalg.norm(norms), rel=1e-12)
    one, two = (np.concatenate([g.ravel() for g in of.values()]) for of in (wanted.before, wanted.after))
    cosine = float(one @ two / np.linalg.norm(one) / np.linalg.norm(two))
    assert found.facts["cosine"] == pytest.approx(cosine, abs=1e-12)
    assert found.facts["cut"] == pytest.approx(float((one != two).mean()), abs=1e-12)
    assert found.facts["largest"] == np.abs(one).max()


def test_by_norm_the_direction_is_kept_and_by_value_it_is_not() -> None:
    _, trace = ran({"cell": "lstm"})
    assert answer(trace, Clipping(0.01, "norm")).facts["cosine"] == 1
    assert answer(trace, Clipping(0.01, "value")).facts["cosine"] < 0.999


@pytest.mark.parametrize("options", CASES)
def test_the_parameter_gradients_of_the_truth_are_those_of_an_independent_unrolling(options: dict[str, Any]) -> None:
    network, trace = ran(options)
    whole = PerLoss(network, trace)
    for name, found in finish(parameter_gradients(trace)).items():
        wanted = sum(whole.parameter(name, k) for k in range(len(whole.losses)))
        assert np.abs(found - wanted).max(initial=0.0) <= 1e-10 * whole.largest, name


@pytest.mark.parametrize("options", MANY, ids=str)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("threshold", [1e-7, 0.05, 1e3])
def test_the_truth_is_that_of_torch(options: dict[str, Any], kind: Any, threshold: float) -> None:
    _, trace = ran(options)
    facts: Any = finish(analyse(trace, Truth(Clipping(threshold, kind)), Memo())).facts
    assert facts["largest"] > 0
    assert facts["relative"] < 1e-12
    assert facts["count"] == 2 * sum(gradient.size for gradient in trace.parameter_gradients().values())


def test_another_threshold_does_not_begin_anew() -> None:
    network = build(cell="lstm", hidden_size=8, input_size=5)
    trace = run(network, inputs(network, 200), target_of(network, 200))
    memo = Memo()
    first = sum(1 for _ in analyse(trace, Clipping(1.0), memo))
    for kind in ("norm", "value"):
        assert sum(1 for _ in analyse(trace, Clipping(0.3, kind), memo)) < first / 10


def test_a_gradient_that_is_not_finite_becomes_nan_by_norm_and_is_said_to() -> None:
    network = build(cell="rnn")
    trace = run(network, inputs(network, 4), np.ones((4, 2)))
    trace.record.segments[0].blocks["0.forward.slots"][2] = np.nan
    found = answer(trace, Clipping(1.0, "norm"))
    assert found.facts["finite"] is False
    assert np.isnan(found.facts["norm after"])
    assert np.isnan(found.arrays["norms after"]).all()
    assert np.isnan(found.facts["cosine"])
    kept = answer(trace, Clipping(1.0, "value"))
    assert np.isfinite(kept.arrays["norms after"]).any()


def test_without_a_target_there_is_nothing_to_clip() -> None:
    network = build(cell="rnn")
    with pytest.raises(ObjectiveError, match="no target"):
        answer(run(network, inputs(network, 4)), Clipping(1.0))
    _, trace = ran({"cell": "rnn"})
    with pytest.raises(ObjectiveError, match="must be a number above zero"):
        answer(trace, Clipping(0.0))


def test_the_job_yields_all_along() -> None:
    _, trace = ran({"cell": "gru", "num_layers": 2}, 300)
    assert sum(1 for _ in analyse(trace, Clipping(1.0), Memo())) > 300
