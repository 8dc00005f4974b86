"""Engines that die, hang, cannot start or have no room: what is shown stays, and nothing waits for ever."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnnviz.assets import asset
from rnnviz.engine.messages import LossObjective
from rnnviz.engine.sequence import SignalSource, Wave, append
from rnnviz.ui.enginelink.child import engine_command
from rnnviz.ui.samples import FIRST_SAMPLE
from rnnviz.ui.sessionfile import read_session
from tests.ui.real_window import RealWindow, assert_same_numbers

resource = pytest.importorskip("resource", reason="limits the size of files as Unix does")

WITHOUT_TORCH = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name=name)
sys.meta_path.insert(0, Blocked())
from rnnviz.cli import main
sys.exit(main(["--engine", sys.argv[-1]]))
"""
LITTLE_ROOM = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
from rnnviz.cli import main
sys.exit(main(["--engine", sys.argv[-1]]))
"""


@pytest.fixture
def root(qapp: object, tmp_path: Path) -> Path:
    return tmp_path / "engine"


@pytest.fixture
def desk(root: Path) -> Iterator[RealWindow]:
    desk = RealWindow(root).begin()
    yield desk
    desk.close()
    assert not list(root.iterdir())


def kill(desk: RealWindow, number: int = signal.SIGKILL) -> None:
    """Kill the engine, and wait until the window knows."""
    pid = desk.link.pid
    assert pid is not None
    os.kill(pid, number)
    desk.wait(lambda: desk.link.pid != pid)


def kill_for_good(desk: RealWindow) -> None:
    """Kill every engine that is started, until the window gives up."""
    while desk.link.pid is not None:
        kill(desk)
    desk.spin()


def waves(steps: int) -> SignalSource:
    return SignalSource((Wave("sine", period=17.0),), steps=steps)


def test_a_killed_engine_comes_back_with_everything_whatever_it_did(desk: RealWindow) -> None:
    view, numbers, threads = desk.view, desk.numbers(), threading.active_count()
    kill(desk, signal.SIGSEGV)
    assert desk.settle().document == view.document
    assert_same_numbers(desk.numbers(), numbers)

    desk.session.go_to(5)  # so that gradients are under way
    kill(desk)
    desk.settle()
    assert desk.view.step == 5
    assert_same_numbers(desk.numbers(), numbers)
    assert desk.view.gradients is not None

    desk.session.change_spec(hidden_size=7)  # so that a document is on its way
    kill(desk)
    desk.settle()
    assert desk.view.document is not None
    assert desk.view.document.spec.hidden_size == 7
    assert desk.session.undo_stack.count() == 2
    assert desk.errors[-1].startswith("The engine process died (killed by signal 9")
    assert threading.active_count() == threads


def test_words_appended_within_milliseconds_of_a_death_are_there_afterwards(desk: RealWindow) -> None:
    document, pid = desk.view.document, desk.link.pid
    assert document is not None
    assert pid is not None
    desk.session.append("good")
    os.kill(pid, signal.SIGKILL)
    desk.session.append("morning")
    desk.wait(lambda: desk.link.pid != pid)
    view = desk.settle()
    assert view.document is not None
    assert view.document.source == append(append(document.source, "good"), "morning")
    assert view.trace is not None
    assert view.position == view.published == view.trace.schedule.positions
    assert "session restored" in view.message


def test_an_engine_that_hangs_is_replaced_at_one_command(desk: RealWindow) -> None:
    numbers, pid = desk.numbers(), desk.link.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    desk.session.step(1)
    desk.session.set_scope("at")
    desk.spin(0.3)
    desk.window.actions_["restart_engine"].trigger()
    desk.settle()
    assert_same_numbers(desk.numbers(), numbers)
    assert desk.view.gradients is not None
    desk.wait(lambda: not Path(f"/proc/{pid}").exists())


def test_a_run_that_is_cut_off_by_a_death_stands_where_it_was_and_can_go_on(desk: RealWindow) -> None:
    desk.session.set_source(waves(30_000))
    desk.settle()
    desk.session.restart_run()
    desk.settle()
    desk.session.go_to_end()
    desk.wait(lambda: desk.view.published > 500)
    kill(desk)
    desk.settle()
    assert desk.view.published > 500
    desk.session.go_to_end()
    view = desk.settle()
    assert view.trace is not None
    assert view.position == view.published == view.trace.schedule.positions


def test_an_engine_that_keeps_dying_leaves_what_is_shown_to_be_stepped_through_and_saved(
    desk: RealWindow, tmp_path: Path
) -> None:
    before, numbers = desk.view, desk.numbers()
    kill_for_good(desk)
    assert "died 4 times within a minute" in desk.errors[-1]
    assert (desk.view.document, desk.view.trace, desk.view.position) == (before.document, before.trace, before.position)
    for by in (-1, 1, 1):
        desk.session.step(by)
        desk.spin()
    assert desk.view.position == before.position + 1
    told = len(desk.told)
    desk.session.change_spec(hidden_size=9)
    desk.session.undo_stack.undo()
    desk.session.append("morning")
    desk.session.run_all()
    desk.spin(0.1)
    assert desk.view.document == before.document
    assert desk.session.undo_stack.index() == 1
    assert len(desk.told) == told, "the same sentence again, and no other"
    desk.window.files.save(tmp_path / "rescued.rnnviz")
    assert read_session(tmp_path / "rescued.rnnviz").document.spec == before.document.spec  # type: ignore[union-attr]
    desk.window.actions_["restart_engine"].trigger()
    desk.settle()
    assert_same_numbers(desk.numbers(), numbers)


@pytest.mark.parametrize("under_way", ["a document", "a run", "weights"])
def test_what_was_under_way_when_the_engine_died_for_good_is_given_up(desk: RealWindow, under_way: str) -> None:
    document = desk.view.document
    if under_way == "a document":
        desk.session.change_spec(hidden_size=9)
    elif under_way == "a run":
        desk.session.restart_run()
        desk.settle()
        desk.session.play()
        desk.session.go_to_end()
    else:
        desk.session.request_weights(lambda _weights: None)
    kill_for_good(desk)
    assert desk.idle
    assert desk.view.document == document
    assert not desk.view.playing
    assert desk.view.progress is None


def test_stopping_a_long_run_of_a_document_on_its_way_shows_it_as_far_as_it_came(desk: RealWindow) -> None:
    desk.session.set_source(waves(60_000))
    desk.settle()
    kill(desk)
    desk.wait(lambda: desk.session.opening is not None and desk.session.opening.trace is not None)
    desk.session.cancel()
    view = desk.settle()
    assert view.trace is not None
    assert view.published < 60_000
    assert view.position <= view.published
    desk.session.step(1)
    desk.settle()


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        ([sys.executable, "-c", WITHOUT_TORCH], "Starting the engine failed: No module named 'torch'"),
        (["/no/such/python"], "The engine process cannot be started: No such file or directory (/no/such/python)"),
    ],
)
def test_an_engine_that_cannot_start_is_told_once_and_what_was_to_be_opened_waits(
    root: Path, tmp_path: Path, arguments: list[str], cause: str
) -> None:
    desk = RealWindow(root, arguments)
    desk.window.files.open_sample(asset("sessions", "message-gru.rnnviz"))
    desk.wait(lambda: desk.link.state == "dead")
    desk.spin(0.05)
    (sentence,) = desk.errors
    assert sentence.startswith(cause)
    for request in (desk.session.run_all, desk.session.go_to_end, desk.session.toggle_play):
        request()
    desk.window.files.save(tmp_path / "nothing.rnnviz")
    assert "nothing to save yet" in desk.errors[-1]
    desk.link._arguments = engine_command()
    desk.window.actions_["restart_engine"].trigger()
    view = desk.settle()
    assert view.trace is not None
    assert view.published == view.trace.schedule.positions
    desk.close()


def test_without_an_engine_the_first_sample_is_looked_at_and_saved_until_there_is_one(
    root: Path, tmp_path: Path
) -> None:
    desk = RealWindow(root, [sys.executable, "-c", WITHOUT_TORCH])
    desk.window.files.open_first()
    desk.wait(lambda: desk.link.state == "dead")
    desk.session.step(-2)
    assert (desk.view.engine, desk.view.step) == ("dead", 8)
    desk.window.files.save(tmp_path / "kept.rnnviz")
    assert read_session(tmp_path / "kept.rnnviz").weights == read_session(asset("sessions", FIRST_SAMPLE)).weights
    desk.link._arguments = engine_command()
    desk.window.actions_["restart_engine"].trigger()
    view = desk.settle()
    assert view.step == 8
    assert view.gradients is not None
    assert view.gradients.objective == LossObjective("upto", 8)
    desk.close()


def test_signals_for_which_there_is_no_room_are_refused_and_what_was_open_goes_on(root: Path) -> None:
    desk = RealWindow(root, [sys.executable, "-c", LITTLE_ROOM]).begin()
    for act in (lambda: desk.session.set_source(waves(5000)), lambda: desk.session.change_spec(hidden_size=2000)):
        sentence = desk.refuse(act)
        assert sentence.startswith("Opening the network failed: File too large (")
        assert str(root) in sentence
    desk.session.step(1)
    assert desk.settle().step == 4
    desk.close()


def test_signals_of_more_than_eight_gigabytes_are_refused_before_the_disk_fills(desk: RealWindow) -> None:
    desk.session.set_source(waves(90_000))
    desk.settle()
    begin = time.monotonic()
    sentence = desk.refuse(lambda: desk.session.change_spec(hidden_size=3000))
    assert "GB are recorded: choose fewer units, layers or steps" in sentence
    assert time.monotonic() - begin < 10


def test_a_session_that_does_not_fit_on_the_disk_leaves_name_title_and_file_as_they_were(
    desk: RealWindow, tmp_path: Path
) -> None:
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)

    def save() -> None:
        desk.window.files.save(tmp_path / "other.rnnviz")

    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limit[1]))
    try:
        sentence = desk.refuse(save)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert sentence == f"cannot write {tmp_path / 'other.rnnviz'}: the file would be larger than is allowed there"
    assert not (tmp_path / "other.rnnviz").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["engine"]


def test_the_window_closes_at_once_while_a_long_run_is_under_way(root: Path) -> None:
    desk = RealWindow(root).begin()
    desk.session.set_source(waves(90_000))
    desk.wait(lambda: desk.view.published > 500)
    begin = time.monotonic()
    desk.close()
    assert time.monotonic() - begin < 3
    assert not list(root.iterdir())
