"""The sample sessions that ship: every one opens, fits, and reaches what it says."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from msgspec.structs import replace

import rnnviz
from rnnviz.assets import asset
from rnnviz.engine import samples, sessionfile
from rnnviz.engine.errors import SessionFileError
from rnnviz.engine.interventions import Clamp
from rnnviz.engine.layout import layout_for, layout_of
from rnnviz.engine.messages import LossObjective
from rnnviz.engine.network import Network
from rnnviz.engine.recipebase import Sample
from rnnviz.engine.recipes import RECIPES, RECORDED
from rnnviz.engine.recorder import recorded
from rnnviz.engine.recording import gradient_record, run_record
from rnnviz.engine.schedule import Schedule
from rnnviz.engine.sequence import Sequence, TextSource, encode
from rnnviz.engine.sessionfile import FORMAT, Manifest
from rnnviz.engine.spec import NetworkSpec
from rnnviz.engine.statefile import load_bytes
from rnnviz.engine.tasks import digits, echo, hourly, invitations, messages, recall, waves
from rnnviz.engine.trace import Trace
from rnnviz.engine.training import TrainingError

LARGEST = 300_000
ISSUED = ("one-to-one", "one-to-many", "many-to-one", "many-to-many", "many-to-many-delay")


@cache
def session(name: str) -> tuple[Manifest, Network, Sequence]:
    manifest, weights = sessionfile.read(asset("sessions", f"{name}.rnnviz"))
    network = Network(manifest.spec)
    assert weights is not None
    load_bytes(network, weights)
    return manifest, network, encode(manifest.source)


@cache
def trace(name: str) -> Trace:
    manifest, network, sequence = session(name)
    target = sequence.target
    if target is not None and manifest.spec.topology == "many-to-one":
        target = target[-1:]
    return rnnviz.run(network, sequence.x, target)


def promised(name: str) -> dict[str, float]:
    results: dict[str, dict[str, float]] = json.loads(asset("sessions", "results.json").read_text("utf-8"))
    return results[name]


def test_the_sessions_that_ship_are_those_that_the_command_makes() -> None:
    assert {path.stem for path in asset("sessions").glob("*.rnnviz")} == set(RECIPES)


@pytest.mark.parametrize("name", RECIPES)
def test_a_session_is_small_says_in_a_sentence_what_it_is_and_fits_its_sequence(name: str) -> None:
    manifest, network, sequence = session(name)
    assert asset("sessions", f"{name}.rnnviz").stat().st_size < LARGEST
    assert manifest.name
    assert manifest.description.endswith(".")
    assert (sequence.input_size, sequence.output_size) == (network.spec.input_size, network.spec.outputs)
    assert 0 < manifest.position <= Schedule(manifest.spec, sequence.steps).positions
    assert max(manifest.units) < network.spec.units_of(0)


@pytest.mark.parametrize("name", RECIPES)
def test_a_session_runs_and_has_a_loss(name: str) -> None:
    assert np.isfinite(trace(name).loss)


@pytest.mark.parametrize("name", ISSUED)
def test_there_is_a_session_of_every_topology(name: str) -> None:
    spec = session(name)[0].spec
    assert name == spec.topology + ("-delay" if spec.delay else "")


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_the_endings_of_fresh_messages_are_right(cell: str) -> None:
    reached = messages.judge_endings(session(f"message-{cell}")[1], np.random.default_rng(11), 200)
    assert reached.accuracy > 0.98


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_the_message_on_the_first_screen_ends_as_predicted(cell: str) -> None:
    manifest, _, sequence = session(f"message-{cell}")
    assert manifest.source == session("message-lstm")[0].source
    assert 16 <= sum(label != "," for label in sequence.labels) <= 24
    before = trace(f"message-{cell}").output[-2]
    assert sequence.input_names[before.argmax()] == sequence.labels[-1] == "dinner"
    assert before.max() > 0.9


def test_another_time_of_day_in_the_same_message_gives_another_ending() -> None:
    manifest, network, _ = session("message-lstm")
    assert isinstance(manifest.source, TextSource)
    for time, ending in (("this morning", "breakfast"), ("at noon", "lunch"), ("this afternoon", "coffee")):
        text = manifest.source.text.replace("tonight", time).removesuffix(" dinner")
        sequence = encode(TextSource(text=text, vocabulary=manifest.source.vocabulary))
        output = network(torch.from_numpy(sequence.x).float())[-1]
        assert sequence.input_names[int(output.argmax())] == ending


def test_one_closed_gate_changes_the_ending_of_the_message() -> None:
    manifest, network, sequence = session("closed-gate")
    assert manifest.source == session("message-lstm")[0].source
    pairs = zip(network.parameters(), session("message-lstm")[1].parameters(), strict=True)
    assert all(torch.equal(mine, theirs) for mine, theirs in pairs)
    (clamp,) = manifest.interventions
    assert isinstance(clamp, Clamp)
    assert (clamp.signal, clamp.value, clamp.first, clamp.last) == ("f", 0.0, 10, 10)
    for touched, ending in (((), "dinner"), (manifest.interventions, "breakfast")):
        output = rnnviz.run(network, sequence.x, interventions=touched).output[-2]
        assert sequence.input_names[output.argmax()] == ending
        assert output.max() > 0.9


def test_the_picked_units_of_the_gru_hold_the_time_of_day_from_there_to_the_ending() -> None:
    manifest, _, sequence = session("message-gru")
    h = trace("message-gru").signal("h", layer=0, direction="forward")
    told = sequence.labels.index("tonight")
    for unit in manifest.units[:2]:
        held = h[told:-1, unit]
        assert np.abs(held).min() > 0.5
        assert np.ptp(np.sign(held)) == 0


def test_the_hourly_network_knows_what_a_network_without_memory_cannot() -> None:
    reached = hourly.explained_variance(session("hourly-load")[1])
    alone = hourly.explained_variance(session("one-to-one")[1])
    assert reached > 0.9
    assert alone < 0.6
    assert len(trace("hourly-load").output) == 48


def test_the_hours_of_the_hourly_session_were_held_out() -> None:
    x = session("hourly-load")[2].x
    held = encode(hourly.table(hourly.HELD_OUT[1], hourly.WEEK)).x
    np.testing.assert_array_equal(x, held[: len(x)])


def test_the_signal_is_predicted_better_than_by_repeating_it() -> None:
    reached = waves.judge_forecasts(session("many-to-many")[1], np.random.default_rng(12), 100)
    assert reached.network > 0.95 > 0.9 > reached.persistence


def test_the_echo_comes_back_without_a_fault() -> None:
    _, network, sequence = session("many-to-many-delay")
    assert echo.echoed(network, np.random.default_rng(13), length=40, count=50) > 0.999
    output = trace("many-to-many-delay").output[3:]
    assert [sequence.input_names[number] for number in output.argmax(1)] == list(sequence.labels)


def test_the_digit_and_fresh_ones_are_named_rightly() -> None:
    _, network, _ = session("many-to-one")
    assert digits.recognised(network, digits.DigitsTask.drawn(np.random.default_rng(14), 200)) > 0.97
    assert int(np.nanargmax(trace("many-to-one").output[-1])) == 3


def test_a_word_becomes_the_rest_of_its_message() -> None:
    _, network, sequence = session("one-to-many")
    assert invitations.reproduced(network) == 1.0
    output = trace("one-to-many").output
    assert [sequence.input_names[number] for number in output[:-1].argmax(1)] == list(sequence.labels[1:])


def test_the_networks_of_the_comparison_recall_but_their_gradients_part() -> None:
    manifest, own, rivals, _ = sessionfile.read_all(asset("sessions", "gap-of-100.rnnviz"))
    specs = (manifest.spec, *(rival.spec for rival in manifest.rivals))
    assert [spec.cell for spec in specs] == ["rnn", "lstm", "gru"]
    sequence = encode(manifest.source)
    left = []
    for spec, weights in zip(specs, (own, *rivals), strict=True):
        network = Network(spec)
        assert weights is not None
        load_bytes(network, weights)
        assert recall.recalled(network, np.random.default_rng(15), recall.GAP, 100) == 1.0
        assert sequence.target is not None
        gradients = rnnviz.run(network, sequence.x, sequence.target[-1:]).gradient("h")
        norms = np.linalg.norm(gradients, axis=1)
        left.append(np.log10(norms[0] / norms[-1]))
        promise = promised("gap-of-100")[f"{spec.cell}: log10 of what is left of the gradient"]
        assert left[-1] == pytest.approx(promise, abs=1e-2)
    rnn, lstm, gru = left
    assert rnn < -20 < -4 < lstm < gru < 0


def test_the_laboratory_begins_with_all_eigenvalues_on_the_unit_circle() -> None:
    manifest, network, sequence = session("laboratory")
    eigenvalues = np.linalg.eigvals(network.get_parameter("U_l0").detach().numpy())
    np.testing.assert_allclose(np.abs(eigenvalues), 1, rtol=1e-5)
    assert (manifest.spec.cell, sequence.steps) == ("rnn", 100)


@pytest.mark.parametrize(
    ("name", "what", "measure"),
    [
        ("hourly-load", "explained variance, held-out weeks", hourly.explained_variance),
        ("one-to-one", "explained variance, held-out weeks", hourly.explained_variance),
        ("one-to-many", "messages written without a fault", invitations.reproduced),
    ],
)
def test_the_results_beside_the_sessions_are_those_of_their_networks(
    name: str, what: str, measure: Callable[[Network], float]
) -> None:
    assert measure(session(name)[1]) == pytest.approx(promised(name)[what], abs=1e-3)


def tiny() -> Sample:
    spec = NetworkSpec(cell="rnn", input_size=4, hidden_size=2, output_size=1)
    manifest = Manifest(FORMAT, "a test", "Tiny", spec, hourly.table(0, 3))
    return Sample(manifest, Network(spec), {"one third": 1 / 3})


def failing() -> Sample:
    raise TrainingError("nothing was learned")


def test_the_same_sample_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "RECIPES", {"tiny": tiny})
    for folder in ("first", "second"):
        assert [name for name, _ in samples.make(tmp_path / folder, ["tiny"])] == ["tiny"]
    first, second = (tmp_path / folder / "sessions" / "tiny.rnnviz" for folder in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()
    assert sessionfile.read(first)[0].name == "Tiny"
    assert json.loads(first.with_name("results.json").read_text("utf-8")) == {"tiny": {"one third": 0.3333}}


def test_the_file_of_a_recorded_sample_holds_the_run_that_its_network_has() -> None:
    for name in RECORDED:
        manifest, weights, _, held = sessionfile.read_all(asset("sessions", f"{name}.rnnviz"))
        made = recorded(manifest, weights)
        assert held is not None
        assert held.gradients is not None
        assert made.gradients is not None
        assert replace(held, values=b"", gradients=None) == replace(made, values=b"", gradients=None)
        assert held.gradients.objective == made.gradients.objective == LossObjective("upto", manifest.position - 1)
        own, other = run_record(held, manifest.spec), run_record(made, manifest.spec)
        for field in own.signals:
            place = (field.signal, field.layer, field.direction)
            np.testing.assert_allclose(own.signal(*place), other.signal(*place), rtol=1e-4, atol=1e-5)
        norms, other_norms = (gradient_record(one, own).signal("norms", -1) for one in (held.gradients, made.gradients))
        np.testing.assert_allclose(norms, other_norms, atol=1e-4)


def test_a_sample_is_recorded_when_it_is_made_and_anew_on_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "RECIPES", {"tiny": tiny})
    monkeypatch.setattr(samples, "RECORDED", ("tiny",))
    list(samples.make(tmp_path, ["tiny"]))
    path = tmp_path / "sessions" / "tiny.rnnviz"
    made = path.read_bytes()
    manifest, weights, rivals, held = sessionfile.read_all(path)
    assert held == recorded(manifest, weights)
    with path.open("wb") as file:
        sessionfile.write(file, manifest, weights, rivals)
    assert sessionfile.read_all(path)[3] is None
    assert list(samples.record(tmp_path)) == ["tiny"]
    assert path.read_bytes() == made


def test_a_recording_is_laid_out_as_the_run_of_the_network_is() -> None:
    for name in RECIPES:
        manifest, network, _ = session(name)
        assert layout_for(manifest.spec) == layout_of(network)


def test_a_session_with_interventions_is_not_recorded() -> None:
    manifest, weights, _, held = sessionfile.read_all(asset("sessions", "closed-gate.rnnviz"))
    assert held is None
    with pytest.raises(SessionFileError, match="a session with interventions cannot be recorded"):
        recorded(manifest, weights)


def test_making_one_sample_keeps_the_results_of_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "RECIPES", {"tiny": tiny, "also": tiny})
    for name in ("also", "tiny"):
        list(samples.make(tmp_path, [name]))
    assert list(json.loads((tmp_path / "sessions" / "results.json").read_text("utf-8"))) == ["tiny", "also"]


def test_a_network_that_does_not_reach_its_promise_leaves_the_session_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(samples, "RECIPES", {"failing": failing})
    before = tmp_path / "sessions" / "failing.rnnviz"
    before.parent.mkdir()
    before.write_bytes(b"as it was")
    monkeypatch.setattr("sys.argv", ["samples", str(tmp_path), "--only", "failing"])
    monkeypatch.setattr(torch, "set_num_threads", lambda count: None)
    with pytest.raises(SystemExit, match="rnnviz: nothing was learned"):
        samples.main()
    assert before.read_bytes() == b"as it was"
    assert capsys.readouterr().out == ""
