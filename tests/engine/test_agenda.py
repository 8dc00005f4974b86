"""Which command the engine works on next."""

from __future__ import annotations

import errno
from collections.abc import Iterator

import pytest

from rnnviz.engine.agenda import Agenda, Tickets, explain
from rnnviz.engine.messages import (
    Advance,
    Advanced,
    Analyse,
    Analysed,
    AnyCommand,
    Append,
    Cancel,
    Differentiate,
    Differentiated,
    Event,
    Failed,
    GetWeights,
    LossObjective,
    Opened,
    WeightsReady,
    Withdraw,
)
from rnnviz.engine.requests import Arrival, PathTable
from tests.engine.fake_engine import ENDLESS, IMPOSSIBLE_SEED, REFUSED, FakeEngine, open_command


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine(None)


@pytest.fixture
def agenda(engine: FakeEngine) -> Agenda:
    return Agenda(engine)


def run_out(agenda: Agenda) -> list[Event]:
    """Everything that the commands bring."""
    events = []
    while not agenda.idle:
        event = agenda.step()
        if event is not None:
            events.append(event)
    return events


def gradient(ticket: int, step: int) -> Differentiate:
    return Differentiate(ticket, LossObjective("upto", step))


def test_commands_are_carried_out_in_their_order(agenda: Agenda) -> None:
    for command in (open_command(1), Advance(1, 2), GetWeights(1)):
        agenda.put(command)
    assert [type(event) for event in run_out(agenda)] == [Opened, Advanced, WeightsReady]


def test_a_newer_gradient_replaces_the_one_under_way_and_those_that_wait(agenda: Agenda, engine: FakeEngine) -> None:
    agenda.put(gradient(0, 1))
    agenda.step()
    agenda.put(gradient(0, 2))
    agenda.put(gradient(0, 3))
    (event,) = run_out(agenda)
    assert isinstance(event, Differentiated)
    assert event.objective == LossObjective("upto", 3)
    assert engine.closed == [gradient(0, 1)]


def test_a_newer_run_replaces_the_one_under_way(agenda: Agenda, engine: FakeEngine) -> None:
    agenda.put(Advance(0, ENDLESS))
    agenda.step()
    agenda.put(Advance(0, 0))
    (event,) = run_out(agenda)
    assert event == Advanced(0, 0, None, True)
    assert engine.closed == [Advance(0, ENDLESS)]


def test_a_run_does_not_replace_a_gradient(agenda: Agenda) -> None:
    agenda.put(gradient(0, 1))
    agenda.step()
    agenda.put(Advance(0, 0))
    assert [type(event) for event in run_out(agenda)] == [Differentiated, Advanced]


def test_a_newer_document_ends_all_work_on_the_older_one(agenda: Agenda, engine: FakeEngine) -> None:
    agenda.put(open_command(1))
    run_out(agenda)
    agenda.put(Advance(1, ENDLESS))
    agenda.step()
    agenda.put(GetWeights(1))
    agenda.put(open_command(2))
    agenda.put(Advance(1, 1))
    (event,) = run_out(agenda)
    assert isinstance(event, Opened)
    assert event.ticket == 2
    assert engine.closed == [Advance(1, ENDLESS)]


def test_a_document_that_cannot_be_opened_leaves_the_open_one_at_work(agenda: Agenda) -> None:
    agenda.put(open_command(1))
    agenda.put(open_command(2, seed=IMPOSSIBLE_SEED))
    agenda.put(open_command(1))
    assert run_out(agenda) == [Failed(2, "Open", "seed is 13, but nothing can be built of it")]
    agenda.put(open_command(3))
    run_out(agenda)
    agenda.put(open_command(4, seed=IMPOSSIBLE_SEED))
    agenda.put(Advance(4, 1))
    assert [type(event) for event in run_out(agenda)] == [Failed]
    agenda.put(Advance(3, 1))
    assert run_out(agenda) == [Advanced(3, 1, None, False)]


def test_cancel_stops_a_run_and_what_waits_but_keeps_words_to_append(agenda: Agenda) -> None:
    agenda.put(open_command(1))
    run_out(agenda)
    agenda.put(Advance(1, ENDLESS))
    agenda.step()
    agenda.put(gradient(1, 1))
    agenda.put(Append(1, "more"))
    agenda.put(Cancel(1))
    failed, opened = run_out(agenda)
    assert failed == Failed(1, "Differentiate", "Computing the gradients was cancelled; what was open stays as it was")
    assert isinstance(opened, Opened)
    assert opened.steps == 6


def test_a_cancel_that_comes_just_after_the_answer_is_too_late(agenda: Agenda) -> None:
    agenda.put(open_command(1))
    assert isinstance(agenda.step(), Opened)
    agenda.put(Cancel(1))
    assert run_out(agenda) == []
    agenda.put(Advance(1, 1))
    assert run_out(agenda) == [Advanced(1, 1, None, False)]


def test_cancel_does_not_touch_another_document(agenda: Agenda) -> None:
    agenda.put(Advance(0, 0))
    agenda.put(Cancel(7))
    assert run_out(agenda) == [Advanced(0, 0, None, True)]


def test_cancelling_the_opening_of_a_document_is_answered_and_leaves_the_open_one(agenda: Agenda) -> None:
    agenda.put(open_command(1))
    run_out(agenda)
    agenda.put(open_command(2, steps=ENDLESS))
    agenda.step()
    agenda.put(Cancel(2))
    assert run_out(agenda) == [Failed(2, "Open", "Opening the network was cancelled; what was open stays as it was")]
    agenda.put(Advance(1, 1))
    assert run_out(agenda) == [Advanced(1, 1, None, False)]


@pytest.mark.parametrize(
    ("piece", "sentence", "has_report"),
    [
        ("refuse", "the word 'zebra' at character 5 is not in the vocabulary", False),
        ("memory", "Extending the sequence needs more memory than there is: choose fewer units", True),
        ("fault", "because of a fault in the engine: ZeroDivisionError, division by zero", True),
    ],
)
def test_a_command_that_fails_is_answered_in_one_sentence_and_the_next_is_carried_out(
    agenda: Agenda, piece: str, sentence: str, has_report: bool
) -> None:
    agenda.put(Append(0, piece))
    agenda.put(GetWeights(0))
    failed, answer = run_out(agenda)
    assert isinstance(failed, Failed)
    assert failed.command == "Append"
    assert sentence in failed.message
    assert ("Traceback" in failed.report) == has_report
    assert isinstance(answer, WeightsReady)


def test_a_command_that_cannot_be_stopped_properly_is_told() -> None:
    class Stubborn:
        def handle(self, command: AnyCommand) -> Iterator[Event | None]:
            try:
                yield None
            finally:
                raise OSError(errno.ENOSPC, "No space left on device", "/cache/1.segment")

    agenda = Agenda(Stubborn())
    agenda.put(Advance(0, 1))
    agenda.step()
    agenda.put(Cancel(0))
    (event,) = run_out(agenda)
    assert isinstance(event, Failed)
    assert event.message == "Running the network failed: the disk is full (/cache/1.segment)"


def test_memory_that_torch_cannot_get_is_called_by_its_name() -> None:
    error = RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes")
    assert explain(error, "Opening the network").startswith("Opening the network needs more memory than there is")


def test_tickets_return_to_the_open_document_only_when_the_newest_one_fails() -> None:
    tickets = Tickets()
    tickets.ask(1)
    tickets.succeed(1)
    tickets.ask(2)
    tickets.ask(3)
    tickets.fail(2)
    assert tickets.stale(2)
    tickets.fail(3)
    assert not tickets.stale(1)


SHORT, OTHER, LONG = Arrival("h"), Arrival("c"), PathTable()


def answered(events: list[Event]) -> list[object]:
    """The requests among some answers, in their order."""
    return [event.request for event in events if isinstance(event, Analysed)]


def test_a_request_gives_way_to_whatever_comes_and_goes_on_afterwards(agenda: Agenda, engine: FakeEngine) -> None:
    agenda.put(Analyse(0, SHORT))
    agenda.step()
    agenda.put(Advance(0, 0))
    agenda.put(gradient(0, 1))
    assert [type(event) for event in run_out(agenda)] == [Advanced, Differentiated, Analysed]
    assert engine.closed == []


def test_short_requests_come_before_long_ones_also_when_those_are_under_way(agenda: Agenda) -> None:
    agenda.put(Analyse(0, LONG))
    agenda.step()
    agenda.put(Analyse(0, SHORT))
    agenda.put(Analyse(0, OTHER))
    assert answered(run_out(agenda)) == [SHORT, OTHER, LONG]


def test_a_request_that_is_withdrawn_or_asked_again_is_answered_no_more_than_once(
    agenda: Agenda, engine: FakeEngine
) -> None:
    agenda.put(Analyse(0, LONG))
    agenda.step()
    agenda.put(Analyse(0, SHORT))
    agenda.put(Withdraw(0, LONG))
    agenda.put(Analyse(0, SHORT))
    assert answered(run_out(agenda)) == [SHORT]
    assert engine.closed == [Analyse(0, LONG)]


@pytest.mark.parametrize("command", [open_command(1), Append(0, "more")], ids=["another network", "another word"])
def test_requests_about_a_run_that_is_no_more_are_dropped(agenda: Agenda, command: AnyCommand) -> None:
    agenda.put(open_command(0))
    run_out(agenda)
    agenda.put(Analyse(0, SHORT))
    agenda.step()
    agenda.put(command)
    assert [type(event) for event in run_out(agenda)] == [Opened]


def test_cancel_answers_requests_with_a_sentence(agenda: Agenda) -> None:
    agenda.put(Analyse(0, LONG))
    agenda.step()
    agenda.put(Cancel(0))
    (event,) = run_out(agenda)
    assert event == Analysed(0, LONG, -1, fault="The analysis was cancelled.")


def test_a_request_without_an_answer_is_told_in_its_place(agenda: Agenda) -> None:
    agenda.put(Analyse(0, REFUSED))
    agenda.put(Analyse(0, SHORT))
    refused, other = run_out(agenda)
    assert refused == Analysed(0, REFUSED, -1, fault="there is nothing to see in it")
    assert answered([other]) == [SHORT]
