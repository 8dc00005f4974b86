"""What holds for every link, whether the engine is near or far."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from rnnviz.engine.messages import (
    Advance,
    Advanced,
    Append,
    Cancel,
    Differentiate,
    Differentiated,
    Failed,
    GetWeights,
    LossObjective,
    Opened,
    Ready,
    WeightsReady,
)
from rnnviz.ui.enginelink import EngineLink
from tests.engine.fake_engine import ENDLESS, IMPOSSIBLE_SEED, attach, open_command
from tests.ui.enginelink.conftest import Heard


def test_commands_sent_before_the_start_are_carried_out_after_it(link: EngineLink, heard: Heard) -> None:
    link.send(open_command(1))
    link.send(GetWeights(1))
    assert link.state == "dead"
    link.start()
    heard.wait_for_kind(WeightsReady)
    assert heard.kinds() == ["Ready", "Opened", "WeightsReady"]


def test_the_state_tells_what_the_engine_does(link: EngineLink, heard: Heard) -> None:
    link.start()
    heard.wait_until_ready()
    link.send(Advance(0, ENDLESS))
    assert link.state == "busy"
    link.send(Cancel(0))
    heard.wait_until_ready()
    link.stop()
    assert heard.states == ["starting", "ready", "busy", "ready", "dead"]


def test_events_come_in_the_thread_of_the_window(link: EngineLink, heard: Heard) -> None:
    threads = []
    link.received.connect(lambda event: threads.append(threading.current_thread()))
    link.start()
    heard.wait_for_kind(Ready)
    assert threads == [threading.main_thread()]


def test_the_window_maps_what_the_engine_recorded(link: EngineLink, heard: Heard) -> None:
    link.start()
    link.send(open_command(1, steps=2))
    link.send(Advance(1, 2))
    heard.wait_for_kind(Advanced)
    opened = heard.wait_for_kind(Opened)
    assert isinstance(opened, Opened)
    assert attach(opened).signal("h").tolist() == [[10, 11, 12], [20, 21, 22]]


def test_appending_adds_a_segment_and_leaves_the_one_that_is_mapped(link: EngineLink, heard: Heard) -> None:
    link.start()
    link.send(open_command(1, steps=2))
    link.send(Advance(1, 2))
    link.send(Append(1, "more"))
    link.send(Advance(1, 4))
    heard.wait_for_kind(Opened, 2)
    heard.wait_until_ready()
    first, second = (event for event in heard.events if isinstance(event, Opened))
    assert second.segments[:1] == first.segments
    assert attach(second).signal("h")[:, 0].tolist() == [10, 20, 30, 40]


def test_answers_about_an_older_document_are_dropped(link: EngineLink, heard: Heard) -> None:
    link.start()
    heard.wait_until_ready()
    link.send(open_command(1))
    link.send(GetWeights(1))
    link.send(open_command(2))
    link.send(GetWeights(2))
    heard.wait_until_ready()
    assert [(type(e).__name__, e.ticket) for e in heard.events] == [
        ("Ready", 0),
        ("Opened", 2),
        ("WeightsReady", 2),
    ]


def test_a_document_that_cannot_be_opened_leaves_the_open_one_at_work(link: EngineLink, heard: Heard) -> None:
    link.start()
    link.send(open_command(1))
    heard.wait_for_kind(Opened)
    link.send(open_command(2, seed=IMPOSSIBLE_SEED))
    assert heard.wait_for_failure().ticket == 2
    link.send(GetWeights(1))
    assert heard.wait_for_kind(WeightsReady).ticket == 1


def test_only_the_latest_gradient_is_answered(link: EngineLink, heard: Heard) -> None:
    link.start()
    heard.wait_until_ready()
    for step in range(10):
        link.send(Differentiate(0, LossObjective("upto", step)))
    heard.wait_until_ready()
    objectives = [event.objective for event in heard.events if isinstance(event, Differentiated)]
    assert objectives == [LossObjective("upto", 9)]


def test_a_cancel_ends_a_run_without_end(link: EngineLink, heard: Heard) -> None:
    link.start()
    heard.wait_until_ready()
    link.send(Advance(0, ENDLESS))
    link.send(Cancel(0))
    heard.wait_until_ready()
    assert heard.kinds() == ["Ready"]


def test_an_error_of_the_engine_is_one_sentence_and_the_engine_lives_on(link: EngineLink, heard: Heard) -> None:
    link.start()
    link.send(Append(0, "refuse"))
    link.send(GetWeights(0))
    heard.wait_for_kind(WeightsReady)
    assert heard.events[1] == Failed(0, "Append", "the word 'zebra' at character 5 is not in the vocabulary")


def test_a_restart_brings_an_engine_that_knows_nothing_and_says_so(link: EngineLink, heard: Heard) -> None:
    link.start()
    link.send(open_command(1))
    link.send(Advance(1, ENDLESS))
    opened = heard.wait_for_kind(Opened)
    assert isinstance(opened, Opened)
    link.restart("it did not answer")
    assert heard.restarts == 1
    failed = heard.wait_for_failure()
    assert (failed.ticket, failed.command) == (1, "engine")
    assert "it did not answer" in failed.message
    assert attach(opened).signal("h").shape == (4, 3), "what was recorded stays until a document is open again"
    link.send(open_command(1))
    heard.wait_for_kind(Opened, 2)
    assert not Path(opened.segments[0].path).exists()


def test_stop_leaves_no_thread_and_no_file(link: EngineLink, heard: Heard, root: Path) -> None:
    threads = set(threading.enumerate())
    link.start()
    link.send(open_command(1))
    heard.wait_for_kind(Opened)
    assert link.directory is not None
    assert list(link.directory.rglob("*.segment"))
    link.stop()
    assert set(threading.enumerate()) == threads
    assert list(root.iterdir()) == []
    assert link.directory is None


def test_stop_does_not_wait_for_a_run(link: EngineLink, heard: Heard) -> None:
    link.start()
    link.send(Advance(0, ENDLESS))
    heard.wait_for_kind(Ready)
    begin = time.monotonic()
    link.stop()
    assert time.monotonic() - begin < 2


def test_a_command_to_an_engine_that_was_stopped_is_answered(link: EngineLink, heard: Heard) -> None:
    link.start()
    link.stop()
    link.send(GetWeights(1))
    assert heard.wait_for_failure() == Failed(
        1, "GetWeights", "The engine is not running: Tools > Restart the engine starts it again"
    )


def test_a_folder_that_cannot_be_made_is_named(link: EngineLink, heard: Heard, root: Path) -> None:
    root.write_text("a file stands where the folder should")
    link.start()
    failed = heard.wait_for_failure()
    assert str(root) in failed.message
    assert link.state == "dead"
