"""The engine as the window sees it: commands in, events out, and numbers that are those of the public API."""

from __future__ import annotations

from errno import ENOSPC
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest

import rnnviz
from rnnviz.engine import record
from rnnviz.engine.errors import EngineError, FormatError, ObjectiveError, RnnvizError, SequenceError, SpecError
from rnnviz.engine.messages import (
    Advance,
    Advanced,
    AnyCommand,
    Append,
    Cancel,
    Differentiate,
    Differentiated,
    Event,
    GetWeights,
    LossObjective,
    Open,
    Opened,
    ProbeObjective,
    Progress,
    WeightsReady,
)
from rnnviz.engine.network import Network
from rnnviz.engine.record import NETWORK, Record
from rnnviz.engine.sequence import SignalSource, TableSource, TextSource, Wave, encode
from rnnviz.engine.service import Engine
from rnnviz.engine.spec import NetworkSpec
from rnnviz.engine.statefile import to_bytes
from rnnviz.engine.trace import Trace

TEXT = TextSource("let us meet for lunch", level="character")
SIZE = encode(TEXT).input_size
SIGNAL = SignalSource((Wave("sine"),), steps=40)


def spec_of(**options: Any) -> NetworkSpec:
    sizes = {"input_size": SIZE, "hidden_size": 6, "output_size": SIZE, "readout": "softmax"}
    return NetworkSpec(**{**sizes, **options})


def events(engine: Engine, command: AnyCommand) -> list[Event]:
    return [event for event in engine.handle(command) if event is not None]


def opened(engine: Engine, command: AnyCommand) -> Opened:
    (event,) = events(engine, command)
    assert isinstance(event, Opened)
    return event


def finished(engine: Engine, ticket: int, position: int) -> Advanced:
    *before, last = events(engine, Advance(ticket, position))
    assert isinstance(last, Advanced)
    assert last.done
    ended = [event for event in before if not isinstance(event, Progress) and getattr(event, "done", True)]
    assert ended == []
    return last


def attached(event: Opened | Differentiated) -> Record:
    return Record.attach(event.layout, event.segments, event.steps)


def same_signals(found: Record, trace: Trace) -> None:
    assert [field.signal for field in found.signals] == [field.signal for field in trace.record.signals]
    for field in found.signals:
        place = (field.signal, field.layer, field.direction)
        assert found.signal(*place).tobytes() == trace.record.signal(*place).tobytes(), place


def test_a_document_is_opened_run_and_differentiated(tmp_path: Path) -> None:
    engine, spec = Engine(tmp_path), spec_of(num_layers=2)
    opening = opened(engine, Open(3, spec, TEXT))
    sequence = encode(TEXT)
    trace = rnnviz.run(Network(spec), sequence.x, sequence.target)
    assert (opening.ticket, opening.spec, opening.source, opening.position) == (3, spec, TEXT, 0)
    assert (opening.steps, opening.notice) == (21, "")
    assert sum(part.count for part in opening.parts) == sum(p.numel() for p in Network(spec).parameters())
    advanced = finished(engine, 3, 10**6)
    assert advanced.position == 21
    assert advanced.loss == pytest.approx(trace.loss, rel=1e-6)
    same_signals(attached(opening), trace)
    (found,) = events(engine, Differentiate(3, LossObjective("whole")))
    assert isinstance(found, Differentiated)
    theirs = trace.gradients()
    assert found.value == theirs.value
    assert found.signals == theirs.signals
    gradients = attached(found)
    for layer, direction, signal in found.signals:
        ours = gradients.signal(signal, layer, direction)
        np.testing.assert_array_equal(ours, theirs.signal(signal, layer, direction))
    norms = gradients.signal("norms", NETWORK)
    place = found.signals.index((1, "forward", "c"))
    np.testing.assert_array_equal(norms[:, place], theirs.log10_norm("c", 1))
    assert {key[:3]: key[3] for key in found.initial} == theirs.initial_log10_norms
    expected = {name: np.linalg.norm(gradient) for name, gradient in theirs.parameters.items()}
    assert dict(found.parameters) == pytest.approx(expected)


def test_the_sequence_is_told_as_it_is_fed() -> None:
    engine = Engine()
    told = opened(engine, Open(1, spec_of(), TEXT)).sequence
    assert told.length == 21
    assert told.labels == encode(TEXT).labels
    assert told.target_kind == "class"
    assert told.target_classes is not None
    assert [told.target_names[number] for number in told.target_classes[:3]] == list(told.labels[1:4])
    assert told.target_classes[-1] == -1
    late = opened(engine, Open(1, spec_of(delay=2), TEXT)).sequence
    assert late.target_classes == (-1, -1, *told.target_classes)
    without = TextSource(TEXT.text, "character", targets="none")
    assert opened(engine, Open(1, spec_of(), without)).sequence.target_kind is None


def test_one_to_one_takes_the_first_step_and_says_so() -> None:
    opening = opened(Engine(), Open(1, spec_of(topology="one-to-one"), TEXT))
    assert opening.notice == "One-to-one has one step: only the first of 21 is fed."
    assert (opening.steps, opening.sequence.labels) == (1, ("l",))
    assert opened(Engine(), Open(1, spec_of(topology="one-to-one", input_size=1, output_size=1), single())).notice == ""


def single() -> TextSource:
    return TextSource("a", "character")


@pytest.mark.parametrize(("steps", "expected"), [(None, 21), (1, 1), (50, 50)])
@pytest.mark.parametrize("embedding", [None, 3])
def test_one_to_many_runs_for_as_many_steps_as_asked_for(
    steps: int | None, expected: int, embedding: int | None
) -> None:
    engine = Engine()
    spec = spec_of(topology="one-to-many", feedback="choice", embedding_size=embedding)
    opening = opened(engine, Open(1, spec, TEXT, steps=steps))
    assert (opening.steps, opening.sequence.length) == (expected, expected)
    finished(engine, 1, expected)
    longer = opened(engine, Append(1, "e"))
    assert (longer.steps, longer.position) == (expected + 1, expected)
    assert finished(engine, 1, expected + 1).position == expected + 1


def test_a_run_goes_no_further_than_asked_and_never_back() -> None:
    engine = Engine()
    opened(engine, Open(1, spec_of(), TEXT))
    assert finished(engine, 1, 5).position == 5
    assert finished(engine, 1, 3).position == 5
    assert finished(engine, 1, 6).position == 6


def test_the_loss_is_that_of_the_steps_reached() -> None:
    engine, sequence = Engine(), encode(TEXT)
    trace = rnnviz.run(Network(spec_of()), sequence.x, sequence.target)
    opened(engine, Open(1, spec_of(), TEXT))
    assert finished(engine, 1, 5).loss == pytest.approx(trace.step_losses[:5].sum(), rel=1e-6)
    without = TextSource(TEXT.text, "character", targets="none")
    opened(engine, Open(2, spec_of(), without))
    assert finished(engine, 2, 5).loss is None


@pytest.mark.parametrize("both", [False, True])
def test_a_text_that_is_typed_on_is_the_longer_text(both: bool, tmp_path: Path) -> None:
    engine, spec = Engine(tmp_path), spec_of(bidirectional=both)
    opened(engine, Open(1, spec, TEXT))
    finished(engine, 1, 10**6)
    longer = opened(engine, Append(1, " for lunch" * 8))
    assert bool(longer.notice) == both
    assert longer.position == (0 if both else 21)
    finished(engine, 1, 10**6)
    sequence = encode(longer.source)
    assert longer.steps == len(sequence.x) == 101
    same_signals(attached(longer), rnnviz.run(Network(spec), sequence.x, sequence.target))


def test_a_table_is_extended_by_rows() -> None:
    table = TableSource("t.csv", "a,b\n1,2\n2,5\n3,1\n", target="b")
    engine = Engine()
    spec = NetworkSpec(input_size=1, output_size=1, hidden_size=3, topology="many-to-one")
    opening = opened(engine, Open(1, spec, table))
    assert opening.sequence.target_kind == "value"
    finished(engine, 1, 3)
    longer = opened(engine, Append(1, "4,7\n"))
    assert (longer.steps, longer.position) == (4, 3)
    assert longer.sequence.target_values is not None
    assert np.isnan(longer.sequence.target_values[2][0])
    assert np.isfinite(longer.sequence.target_values[3][0])


def test_weights_come_out_as_they_went_in() -> None:
    engine, weights = Engine(), to_bytes(Network(spec_of(seed=9)))
    opened(engine, Open(1, spec_of(), TEXT, weights=weights))
    (event,) = events(engine, GetWeights(1))
    assert isinstance(event, WeightsReady)
    assert event.weights == weights


def test_given_states_are_where_the_run_starts() -> None:
    engine = Engine()
    given = {"h": [[0.5] * 6], "c": [[-0.5] * 6]}
    opened(engine, Open(1, spec_of(initial_state="given"), TEXT, given=given))
    finished(engine, 1, 1)
    with pytest.raises(SpecError, match="initial_state 'h' is not an array of numbers"):
        events(engine, Open(2, spec_of(), TEXT, given={"h": [[1.0], [1.0, 2.0]]}))


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (Open(2, spec_of(), TextSource("")), SequenceError),
        (Open(2, spec_of(input_size=3), TEXT), SpecError),
        (Open(2, spec_of(output_size=3), TEXT), SpecError),
        (Open(2, spec_of(), TEXT, weights=b"none"), FormatError),
        (Open(2, spec_of(), TEXT, given={"q": [[0.0]]}), SpecError),
        (Open(2, spec_of(topology="one-to-many"), TEXT, steps=0), SpecError),
        (Open(2, spec_of(topology="one-to-many"), TEXT, steps=-3), SpecError),
        (Open(2, spec_of(topology="one-to-many"), TEXT, steps=10**12), SpecError),
        (Open(2, spec_of(forget_bias=1.0, cell="rnn"), TEXT), SpecError),
        (Append(1, "Q"), SequenceError),
        (Append(1, ""), SequenceError),
        (Differentiate(1, ProbeObjective("q", 0, 0, 0)), ObjectiveError),
    ],
)
def test_a_command_that_fails_leaves_what_was_open_as_it_was(command: AnyCommand, error: type[RnnvizError]) -> None:
    engine = Engine()
    opening = opened(engine, Open(1, spec_of(), TEXT))
    finished(engine, 1, 7)
    with pytest.raises(error):
        events(engine, command)
    advanced = finished(engine, 1, 21)
    assert advanced.position == 21
    sequence = encode(TEXT)
    trace = rnnviz.run(Network(spec_of()), sequence.x, sequence.target)
    assert advanced.loss == pytest.approx(trace.loss, rel=1e-6)
    assert opened(engine, Append(1, "e")).steps == opening.steps + 1


def test_nothing_can_be_done_before_something_is_open() -> None:
    for command in (Advance(1, 5), Append(1, "a"), GetWeights(1), Differentiate(1, LossObjective("whole"))):
        with pytest.raises(EngineError, match="no network is open"):
            events(Engine(), command)
    assert events(Engine(), Cancel(1)) == []


def test_files_go_with_their_document(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    opened(engine, Open(1, spec_of(), TEXT))
    finished(engine, 1, 21)
    held = []
    for step in range(8):
        (found,) = events(engine, Differentiate(1, LossObjective("upto", step)))
        assert isinstance(found, Differentiated)
        held.append(found)
        assert len(list(tmp_path.iterdir())) <= 5
        attached(held[max(0, step - 2)])
    opened(engine, Open(2, spec_of(), TEXT))
    assert len(list(tmp_path.iterdir())) == 1


def test_a_disk_that_is_full_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(tmp_path)
    opened(engine, Open(1, spec_of(), TEXT))
    finished(engine, 1, 21)

    def full(file: BinaryIO, size: int) -> None:
        file.write(bytes(10))
        raise OSError(ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(record, "_fill", full)
        for command in (Open(2, spec_of(), TEXT), Append(1, "e" * 90), Differentiate(1, LossObjective("whole"))):
            with pytest.raises(OSError, match="No space"):
                events(engine, command)
    assert len(list(tmp_path.iterdir())) == 1
    assert finished(engine, 1, 30).position == 21
    assert opened(engine, Append(1, "e")).steps == 22


@pytest.mark.parametrize("options", [{}, {"bidirectional": True}, {"cell": "jordan"}])
def test_long_work_pauses_often(options: dict[str, Any]) -> None:
    spec = NetworkSpec(**{"input_size": 1, "hidden_size": 64, "output_size": 1, **options})
    engine = Engine()
    steps = 2000
    opened(engine, Open(1, spec, SignalSource((Wave("sine"),), steps=steps)))
    pauses = sum(1 for _ in engine.handle(Advance(1, 10**6)))
    assert pauses >= steps / 64
    pauses = sum(1 for _ in engine.handle(Differentiate(1, LossObjective("whole"))))
    assert pauses >= steps / 200


def test_a_long_run_tells_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine()
    spec = NetworkSpec(input_size=1, hidden_size=64, output_size=1)
    opened(engine, Open(1, spec, SignalSource((Wave("sine"),), steps=1000)))
    monkeypatch.setattr("rnnviz.engine.service._REPORT_EVERY", 0.0)
    told = events(engine, Advance(1, 1000))
    reached = [event.position for event in told if isinstance(event, Advanced)]
    assert reached == sorted(set(reached))
    assert reached[-1] == 1000
    reports = [event for event in told if isinstance(event, Progress)]
    assert [report.done for report in reports] == reached[:-1]
    assert {report.total for report in reports} == {1000}
    assert [event.done for event in told if isinstance(event, Advanced)] == [*[False] * len(reports), True]
