"""What the inputs do to an output, held against captum, and against runs of the changed sequences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from rnnviz.engine import sessionfile
from rnnviz.engine.attribution import Attribution, attribution
from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.forward import logits
from rnnviz.engine.interventions import Clamp
from rnnviz.engine.jobs import finish
from rnnviz.engine.messages import Advance
from rnnviz.engine.network import Network
from rnnviz.engine.record import NETWORK
from rnnviz.engine.rerun import Rerun
from rnnviz.engine.run import run
from rnnviz.engine.service import Engine
from rnnviz.engine.trace import Trace
from tests.engine.networks import build, inputs
from tests.engine.observatory.losses import OPTIONS, ran

STEPS = 6
CLASSES: dict[str, Any] = {"readout": "softmax", "output_size": 4}
KINDS: dict[str, dict[str, Any]] = {
    "values": {"cell": "lstm", "num_layers": 2},
    "classes": {"cell": "gru", **CLASSES},
    "both ways": {"cell": "gru", "num_layers": 2, "bidirectional": True, **CLASSES},
    "many-to-one": {"cell": "rnn", "topology": "many-to-one", **CLASSES},
    "delay": {"cell": "lstm", "delay": 2, **CLASSES},
    "fed back": {"cell": "rnn", "topology": "one-to-many", "feedback": "output", "output_size": 3},
}
every_kind = pytest.mark.parametrize("options", KINDS.values(), ids=list(KINDS))


def last_output(trace: Trace) -> int:
    return int(trace.schedule.output_steps[-1])


def score(network: Network, x: NDArray[Any], one: int, back: int = 1) -> float:
    """The score of the last output but some, of a run of its own."""
    trace = run(network, x)
    step = int(trace.schedule.output_steps[-back])
    if one < 0:
        return float(trace.output[step].sum())
    shown = torch.from_numpy(np.array(trace.signal("logits", NETWORK), np.float64))[step]
    return float(torch.log_softmax(shown, -1)[one])


def fed(trace: Trace) -> list[int]:
    """The steps that are fed something of the sequence's own."""
    own = np.flatnonzero(trace.schedule.has_input)
    return own.tolist() if trace.network.spec.feedback == "none" else own[:1].tolist()


def one_of(trace: Trace, step: int) -> int:
    right = int(trace.targets.classes[step]) if trace.targets.kind == "class" else -1
    if right >= 0:
        return right
    softmax = trace.network.spec.readout == "softmax"
    return int(trace.signal("logits", NETWORK)[step].argmax()) if softmax else -1


@pytest.mark.parametrize("options", OPTIONS.values(), ids=list(OPTIONS))
def test_a_sequence_that_is_read_again_gives_what_was_recorded(options: dict[str, Any]) -> None:
    _, trace = ran(options)
    x = torch.from_numpy(np.array(trace.record.signal("x", NETWORK), np.float64))[:, None]
    again, there = torch.stack(Rerun(trace).read(x).logits)[:, 0].numpy(), trace.schedule.has_output
    np.testing.assert_allclose(again[there], trace.signal("logits", NETWORK)[there], rtol=1e-9, atol=1e-11)


def test_from_any_step_it_is_read_on_as_the_run_went_on() -> None:
    _, trace = ran(KINDS["classes"])
    x = torch.from_numpy(np.array(trace.record.signal("x", NETWORK), np.float64))[:, None]
    for first in range(1, trace.steps):
        again = torch.stack(Rerun(trace).read(x[first:], first).logits)[:, 0].numpy()
        np.testing.assert_allclose(again, trace.signal("logits", NETWORK)[first:], rtol=1e-9, atol=1e-11)


def test_clamps_are_in_force_when_it_is_read_again() -> None:
    network = build("lstm", scale=1.4, num_layers=2)
    clamps = [
        Clamp("f", 0.0, units=(1,), first=2, last=3),
        Clamp("h", 0.3, layer=1, first=4),
        Clamp("x", 0.5, layer=-1, units=(0,), first=1, last=1),
        Clamp("logits", 1.0, layer=-1, units=(0,), first=5),
    ]
    trace = run(network, inputs(network, STEPS), interventions=clamps)
    x = torch.from_numpy(np.array(trace.record.signal("x", NETWORK), np.float64))[:, None]
    again = torch.stack(Rerun(trace).read(x).logits)[:, 0].numpy()
    np.testing.assert_allclose(again, trace.signal("logits", NETWORK), rtol=1e-9, atol=1e-11)


@every_kind
def test_integrated_gradients_are_those_of_captum_and_complete(options: dict[str, Any]) -> None:
    attr = pytest.importorskip("captum.attr")
    network, trace = ran(options)
    step = last_output(trace)
    found: Attribution = finish(attribution(trace, step))
    one, own = one_of(trace, step), fed(trace)
    x = torch.from_numpy(np.array(trace.signal("x", NETWORK), np.float64))[: trace.schedule.length]
    baseline = x.clone()
    baseline[own] = x[own].mean(0) if len(own) > 1 else 0.0

    def scored(batch: torch.Tensor) -> torch.Tensor:
        scores = logits(network, batch.transpose(0, 1))[step]
        return torch.log_softmax(scores, -1)[:, one] if one >= 0 else scores.sum(-1)

    theirs = (
        attr.IntegratedGradients(scored)
        .attribute(x[None], baseline[None], n_steps=400, internal_batch_size=100, method="gausslegendre")[0]
        .sum(-1)
    )
    np.testing.assert_allclose(found.integrated[own], theirs.detach().numpy()[own], rtol=1e-5, atol=1e-6)
    assert np.isnan(np.delete(found.integrated, own)).all()
    assert found.integrated[own].sum() == pytest.approx(found.score - found.baseline, abs=2e-6)
    assert abs(found.missed) <= 2e-6


@every_kind
def test_the_scores_are_those_of_runs_of_their_own(options: dict[str, Any]) -> None:
    network, trace = ran(options)
    found: Attribution = finish(attribution(trace, last_output(trace)))
    x, own = np.array(trace.signal("x", NETWORK), np.float64)[: trace.schedule.length], fed(trace)
    one = one_of(trace, last_output(trace))
    assert found.score == pytest.approx(score(network, x, one), rel=1e-9)
    baseline = x.copy()
    baseline[own] = x[own].mean(0) if len(own) > 1 else 0.0
    assert found.baseline == pytest.approx(score(network, baseline, one), rel=1e-9)


@every_kind
def test_an_input_is_exchanged_for_those_of_the_other_steps_or_given_up_for_their_mean(options: dict[str, Any]) -> None:
    network, trace = ran(options)
    step = last_output(trace)
    found: Attribution = finish(attribution(trace, step))
    x, own = np.array(trace.signal("x", NETWORK), np.float64)[: trace.schedule.length], fed(trace)
    one = one_of(trace, step)
    assert not found.tokens
    for place in own:
        changed = x.copy()
        changed[place] = x[own].mean(0) if len(own) > 1 else 0.0
        assert found.left_out[place] == pytest.approx(found.score - score(network, changed, one), rel=1e-7, abs=1e-9)
        if len(own) == 1:
            assert np.isnan(found.exchanged[place])
            continue
        others = []
        for other in own:
            changed[place] = x[other]
            others.append(score(network, changed, one))
        assert found.others == len(own)
        assert found.exchanged[place] == pytest.approx(found.score - np.mean(others), rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("embedded", [False, True], ids=["one-hot", "embedded"])
@pytest.mark.parametrize("name", ["classes", "both ways", "many-to-one", "delay"])
def test_a_token_is_taken_out_of_the_text_or_exchanged_for_every_other(name: str, embedded: bool) -> None:
    vocabulary, tokens = 5, np.array([3, 0, 4, 4, 1, 2])
    extra = {"embedding_size": 3} if embedded else {}
    network = build(scale=1.4, **{**KINDS[name], "input_size": vocabulary, **extra})

    def fed_with(some: NDArray[Any]) -> NDArray[Any]:
        return some if embedded else np.eye(vocabulary)[some]

    trace = run(network, fed_with(tokens))
    step = last_output(trace)
    found: Attribution = finish(attribution(trace, step))
    one = one_of(trace, step)
    assert found.tokens
    assert found.others == vocabulary
    for place in range(len(tokens)):
        shorter = fed_with(np.delete(tokens, place))
        assert found.left_out[place] == pytest.approx(found.score - score(network, shorter, one), rel=1e-6, abs=1e-8)
        others = []
        for other in range(vocabulary):
            changed = tokens.copy()
            changed[place] = other
            others.append(score(network, fed_with(changed), one))
        assert found.exchanged[place] == pytest.approx(found.score - np.mean(others), rel=1e-6, abs=1e-8)


def test_a_token_before_an_output_in_the_middle_is_taken_out_too() -> None:
    tokens = np.array([3, 0, 4, 4, 1, 2])
    network = build(scale=1.4, cell="lstm", input_size=5, **CLASSES)
    trace = run(network, np.eye(5)[tokens])
    found: Attribution = finish(attribution(trace, 3))
    one = one_of(trace, 3)
    for place in range(4):
        shorter = np.eye(5)[np.delete(tokens[:4], place)]
        assert found.left_out[place] == pytest.approx(found.score - score(network, shorter, one), rel=1e-6, abs=1e-8)
    assert np.isnan(found.left_out[4:]).all()
    assert np.isnan(found.exchanged[4:]).all()


def test_the_only_token_cannot_be_taken_out() -> None:
    network = build(scale=1.4, cell="lstm", input_size=5, **CLASSES)
    trace = run(network, np.eye(5)[[3, 1]])
    found: Attribution = finish(attribution(trace, 0))
    assert np.isnan(found.left_out).all()
    assert np.isfinite(found.exchanged[0])


def test_a_cell_that_is_fed_the_output_is_read_from_its_beginning() -> None:
    network = build("jordan", scale=1.4, topology="many-to-one", **CLASSES)
    trace = run(network, inputs(network, STEPS))
    found: Attribution = finish(attribution(trace, STEPS - 1, reach=2))
    whole: Attribution = finish(attribution(trace, STEPS - 1))
    np.testing.assert_allclose(found.gradient[3:], whole.gradient[3:], rtol=1e-9)
    assert np.isfinite(found.exchanged[3:]).all()


def test_inputs_farther_away_than_asked_are_left_alone() -> None:
    _, trace = ran(KINDS["classes"], steps=12)
    whole: Attribution = finish(attribution(trace, 11))
    near: Attribution = finish(attribution(trace, 11, reach=3))
    assert np.isnan(near.exchanged[:8]).all()
    np.testing.assert_allclose(near.gradient[8:], whole.gradient[8:], rtol=1e-9)
    assert near.integrated[8:].sum() == pytest.approx(near.score - near.baseline, abs=2e-6)


def test_where_the_score_is_a_step_the_sum_tells_what_it_misses() -> None:
    network = build(
        "h[t] = tanh(1000000 * (1000000 * (1000000 * (1000000 * (W @ x[t])))))",
        input_size=3,
        readout="linear",
        output_size=1,
    )
    trace = run(network, inputs(network, 4))
    found: Attribution = finish(attribution(trace, 3))
    assert found.integrated[:4].sum() == 0
    assert found.score != found.baseline
    assert found.missed == pytest.approx(found.baseline - found.score)


def test_an_output_that_rests_on_nothing_has_no_causes() -> None:
    network = build("h[t] = tanh(b) * 0 + 0.5", input_size=3, readout="linear", output_size=1)
    trace = run(network, inputs(network, 4))
    found: Attribution = finish(attribution(trace, 3))
    for values in (found.integrated, found.gradient, found.left_out, found.exchanged):
        np.testing.assert_allclose(values, 0, atol=1e-12)


@pytest.mark.parametrize(
    ("step", "said"), [(-1, "step 0"), (6, "step 7 was asked for, but there are 6"), (2, "step 3")]
)
def test_a_step_without_output_is_refused(step: int, said: str) -> None:
    _, trace = ran(KINDS["many-to-one"])
    with pytest.raises(RnnvizError, match=said):
        finish(attribution(trace, step))


def test_what_decides_the_end_of_the_message_is_its_cause_and_not_where_the_gradient_is_large(tmp_path: Path) -> None:
    manifest, weights, *_ = sessionfile.read_all("assets/sessions/message-lstm.rnnviz")
    engine = Engine(tmp_path)
    list(engine.handle(sessionfile.opening(manifest, weights)))
    list(engine.handle(Advance(0, 10_000)))
    trace, words = engine._current().running.trace(), list(engine._current().sequence.labels)
    found: Attribution = finish(attribution(trace, words.index("for")))
    cause = words.index("tonight")
    assert found.nodes > 16  # one stretch of the way is not enough here
    assert abs(found.missed) < 1e-4
    for values in (found.integrated, found.left_out, found.exchanged):
        assert np.nanargmax(np.abs(values)) == cause
    nearest = np.argsort(-np.nan_to_num(found.gradient))[:2]
    assert {words[k] for k in nearest} == {"for", "let's"}
    assert found.gradient[cause] < 0.2 * np.nanmax(found.gradient)
