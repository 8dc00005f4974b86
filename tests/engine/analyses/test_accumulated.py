"""The gradient of parameters as the way back gathers it, held to its terms and to autograd."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rnnviz.engine import accumulation
from rnnviz.engine.analyses import Memo, analyse
from rnnviz.engine.errors import ObjectiveError
from rnnviz.engine.jobs import finish
from rnnviz.engine.network import Network
from rnnviz.engine.requests import Accumulated, Truth
from rnnviz.engine.run import run
from rnnviz.engine.trace import Trace
from tests.engine.networks import build, inputs, target_of
from tests.engine.observatory.losses import ran

KINDS: list[dict[str, Any]] = [
    {"cell": "lstm", "num_layers": 2},
    {"cell": "gru", "num_layers": 2, "bidirectional": True, "biases": "two"},
    {"cell": "lstm-peephole", "topology": "many-to-one"},
    {"cell": "rnn", "topology": "one-to-many", "feedback": "output", "output_size": 3},
    {"cell": "gru", "embedding_size": 2, "readout": "softmax", "output_size": 3, "readout_sizes": (3,)},
]
kinds = pytest.mark.parametrize("options", KINDS, ids=lambda options: "-".join(map(str, options.values())))


def answer(trace: Trace, request: Accumulated, memo: Memo | None = None) -> Any:
    return finish(analyse(trace, request, memo or Memo()))


def groups(network: Network) -> list[tuple[str, ...]]:
    """Parameters that are asked for together: those of a cell, of the readout, the embedding."""
    names = [name for name, _ in network.named_parameters()]
    ends = {f"_l{layer}{way}" for layer in range(2) for way in ("", "_reverse")}
    cells = [tuple(name for name in names if name.endswith(end)) for end in sorted(ends)]
    rest = [tuple(name for name in names if name.startswith(part)) for part in ("readout", "embedding")]
    return [group for group in (*cells, *rest) if group]


@kinds
def test_at_the_end_of_the_way_the_sum_is_the_gradient(options: dict[str, Any]) -> None:
    network, trace = ran(options)
    gradients = trace.gradients().parameters
    for names in groups(network):
        last = trace.steps - 1 if names[0].endswith("_reverse") else 0
        found = answer(trace, Accumulated(names, last))
        for name in names:
            np.testing.assert_allclose(found.arrays[f"sum {name}"], gradients[name], atol=1e-12)
            np.testing.assert_allclose(found.arrays[f"whole {name}"], gradients[name], atol=1e-12)
        norm = np.sqrt(sum(np.square(gradients[name]).sum() for name in names))
        assert found.arrays["sum norms"][last] == pytest.approx(norm)
        assert found.facts["whole"] == pytest.approx(norm)
        assert (found.facts["share"], found.facts["cosine"]) == pytest.approx((1.0, 1.0))


@kinds
def test_autograd_says_the_same_for_every_parameter(options: dict[str, Any]) -> None:
    network, trace = ran(options)
    for names in groups(network):
        facts: Any = finish(analyse(trace, Truth(Accumulated(names, 2)), Memo())).facts
        assert facts["largest"] > 0
        assert facts["difference"] <= 1e-10 * facts["largest"]
        assert facts["count"] == sum(trace.weights.state[name].numel() for name in names)


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_every_step_of_the_way_adds_its_term(direction: str) -> None:
    _, trace = ran({"cell": "lstm", "num_layers": 2, "bidirectional": True})
    names = ("U_f_l0", "U_i_l0") if direction == "forward" else ("U_f_l0_reverse", "U_i_l0_reverse")
    terms = [trace.parameter_terms(name) for name in names]
    memo, total = Memo(), [np.zeros((4, 4)), np.zeros((4, 4))]
    way = range(trace.steps) if direction == "backward" else reversed(range(trace.steps))
    for step in way:
        found = answer(trace, Accumulated(names, step), memo)
        for place, name in enumerate(names):
            term = terms[place].between(step, step + 1)
            total[place] = total[place] + term
            np.testing.assert_allclose(found.arrays[f"term {name}"], term, atol=1e-12)
            np.testing.assert_allclose(found.arrays[f"sum {name}"], total[place], atol=1e-12)
        assert found.arrays["sum norms"][step] == pytest.approx(np.linalg.norm(np.stack(total)))
        term_norm = np.linalg.norm([found.arrays[f"term {name}"] for name in names])
        assert found.arrays["term norms"][step] == pytest.approx(term_norm)


def test_before_the_way_begins_nothing_is_gathered() -> None:
    _, trace = ran({"cell": "lstm", "bidirectional": True})
    for name, before in (("U_f_l0", trace.steps), ("U_f_l0_reverse", -1)):
        found = answer(trace, Accumulated((name,), before))
        assert not found.arrays[f"sum {name}"].any()
        assert not found.arrays[f"term {name}"].any()
        assert found.facts["share"] == 0
        assert np.isnan(found.facts["cosine"])


def test_a_long_run_is_summed_at_fewer_steps_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accumulation, "_MOST_STOPS", 10)
    monkeypatch.setattr(accumulation, "_LEAST_STOPS", 10)
    monkeypatch.setattr(accumulation, "_KEPT_BYTES", 3 * 8 * 16)
    monkeypatch.setattr(accumulation, "_AT_ONCE", 20)
    network = build("lstm")
    trace = run(network, inputs(network, 47), target_of(network, 47))
    memo, terms = Memo(), trace.parameter_terms("U_f_l0")
    for step in (46, 45, 30, 12, 1, 0):
        found = answer(trace, Accumulated(("U_f_l0",), step), memo)
        np.testing.assert_allclose(found.arrays["sum U_f_l0"], terms.between(step, 47), atol=1e-12)
    assert found.facts["every"] == 5
    norms = found.arrays["sum norms"]
    for stop in range(0, 47, 5):  # the way is gone in stretches of five steps, from the end
        stretch = norms[max(0, 47 - stop - 5) : 47 - stop]
        np.testing.assert_allclose(stretch, np.linalg.norm(terms.between(max(0, 47 - stop - 5), 47)))


def test_what_cannot_be_gathered_is_refused_in_a_sentence() -> None:
    _, trace = ran({"cell": "lstm"})
    with pytest.raises(ObjectiveError, match="no parameter U_q"):
        answer(trace, Accumulated(("U_q",), 0))
    with pytest.raises(ObjectiveError, match="no step 9"):
        answer(trace, Accumulated(("U_f_l0",), 8))
    network = build("lstm")
    with pytest.raises(ObjectiveError, match="no target"):
        answer(run(network, inputs(network, 3)), Accumulated(("U_f_l0",), 0))


def test_a_sum_that_is_not_finite_stays_so() -> None:
    network = build("rnn", activation="relu", scale=40.0)
    trace = run(network, inputs(network, 400), target_of(network, 400))
    found = answer(trace, Accumulated(("U_l0",), 0))
    assert not np.isfinite(found.arrays["sum norms"][0])
    assert np.isnan(found.facts["cosine"])
    assert np.isfinite(found.facts["largest"])


@pytest.mark.parametrize("size", [1e-200, 1.0, 1e200])
def test_norms_hold_where_squares_would_not(size: float) -> None:
    assert accumulation.norm_of({"a": np.array([3.0 * size]), "b": np.array([4.0 * size])}) == pytest.approx(5 * size)
