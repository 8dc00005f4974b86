"""The engine in a process of its own: its deaths, its garbage, its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from rnnviz.engine.messages import Advance, Append, GetWeights, Opened, Progress, Ready, WeightsReady
from rnnviz.ui.enginelink import ProcessLink
from rnnviz.ui.enginelink.child import describe_exit
from tests.engine.fake_engine import ENDLESS, FAKE_ENGINE, open_command
from tests.ui.enginelink.conftest import Heard

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def heard(process_link: ProcessLink, qtbot: QtBot) -> Heard:
    return Heard(process_link, qtbot)


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def runs(pid: int) -> bool:
    """Whether a process does anything; one that ended may exist until its last parent notices."""
    status = Path(f"/proc/{pid}/stat")
    if not status.parent.parent.joinpath("self").exists():
        return exists(pid)
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_the_window_lives_when_the_engine_is_killed_and_a_new_one_takes_its_place(
    process_link: ProcessLink, heard: Heard
) -> None:
    process_link.start()
    process_link.send(open_command(3))
    heard.wait_for_kind(Opened)
    first = process_link.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    failed = heard.wait_for_failure()
    assert failed.ticket == 3
    assert failed.message == (
        "The engine process died (killed by signal 9, probably out of memory); "
        "it was started again and the session restored"
    )
    assert heard.restarts == 1
    process_link.send(open_command(3))
    heard.wait_for_kind(Opened, 2)
    assert process_link.pid != first
    assert not exists(first)
    assert "restarting" in heard.states


def test_a_crash_comes_with_the_traceback_of_the_engine(process_link: ProcessLink, heard: Heard) -> None:
    process_link.start()
    process_link.send(Append(0, "abort"))
    failed = heard.wait_for_failure()
    assert "killed by signal 6, Aborted" in failed.message
    assert "in aborted" in failed.report


def test_an_engine_that_dies_again_and_again_stays_stopped(process_link: ProcessLink, heard: Heard) -> None:
    process_link.restarted.connect(lambda: process_link.send(Append(0, "kill")))
    process_link.start()
    process_link.send(Append(0, "kill"))
    heard.wait_for(lambda: process_link.state == "dead")
    assert heard.restarts == 3
    assert "died 4 times within a minute" in heard.events[-1].message  # type: ignore[attr-defined]
    process_link.restarted.disconnect()
    process_link.restart("the user wants to try again")
    heard.wait_until_ready()


def test_a_restart_does_not_wait_for_an_engine_that_hangs(process_link: ProcessLink, heard: Heard) -> None:
    process_link.start()
    process_link.send(Append(0, "hang"))
    heard.wait_for_kind(Progress)
    first = process_link.pid
    assert first is not None
    begin = time.monotonic()
    process_link.restart("it did not answer")
    assert time.monotonic() - begin < 0.1
    process_link.send(GetWeights(0))
    heard.wait_for_kind(WeightsReady)
    heard.wait_for(lambda: not exists(first))
    assert heard.restarts == 1


def test_garbage_from_the_engine_is_reported_and_harms_nothing(process_link: ProcessLink, heard: Heard) -> None:
    process_link.start()
    process_link.send(Append(0, "nonsense"))
    process_link.send(GetWeights(0))
    heard.wait_for_kind(WeightsReady)
    failed = heard.wait_for_failure()
    assert failed.message.startswith("The engine sent something that cannot be read: ")
    assert "Nonsense" in failed.message


@pytest.mark.parametrize("when", ["at once", "starting", "ready", "busy", "hanging"])
def test_stop_leaves_no_process_whenever_it_comes(process_link: ProcessLink, heard: Heard, when: str) -> None:
    process_link.start()
    pid = process_link.pid
    assert pid is not None
    if when == "starting":
        time.sleep(0.08)
    elif when != "at once":
        heard.wait_until_ready()
    if when == "busy":
        process_link.send(Advance(0, ENDLESS))
    elif when == "hanging":
        process_link.send(Append(0, "hang"))
        heard.wait_for_kind(Progress)
    begin = time.monotonic()
    process_link.stop()
    assert time.monotonic() - begin < 1
    assert not exists(pid)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts descriptors as Linux lists them")
def test_no_file_descriptor_is_left_after_starts_deaths_and_stops(qtbot: QtBot, root: Path) -> None:
    def live() -> None:
        link = ProcessLink(FAKE_ENGINE, root)
        heard = Heard(link, qtbot)
        link.start()
        heard.wait_for_kind(Ready)
        link.restart("the test wants it")
        heard.wait_for_kind(Ready, 2)
        link.stop()

    live()
    before = descriptors()
    live()
    assert descriptors() == before


def test_a_program_that_cannot_be_started_is_told(qtbot: QtBot, root: Path) -> None:
    link = ProcessLink(["/no/such/program"], root)
    heard = Heard(link, qtbot)
    link.start()
    failed = heard.wait_for_failure()
    assert "The engine process cannot be started" in failed.message
    assert "/no/such/program" in failed.message
    assert link.state == "dead"
    link.stop()


def test_an_engine_that_says_why_it_cannot_start_is_not_started_again(qtbot: QtBot, root: Path) -> None:
    link = ProcessLink([*FAKE_ENGINE, "--unstartable"], root)
    heard = Heard(link, qtbot)
    link.start()
    heard.wait_for(lambda: link.state == "dead")
    assert "a library of torch is missing" in heard.wait_for_failure().message
    assert heard.restarts == 0
    link.stop()


def test_an_engine_that_ends_before_it_is_connected_is_told(qtbot: QtBot, root: Path) -> None:
    link = ProcessLink([sys.executable, "-c", "raise SystemExit('no engine here')"], root)
    heard = Heard(link, qtbot)
    link.start()
    heard.wait_for(lambda: link.state == "dead")
    failed = heard.wait_for_failure()
    assert "it ended with status 1" in failed.message
    assert "no engine here" in failed.report
    link.stop()


def test_the_engine_ends_when_the_window_is_killed(root: Path) -> None:
    window = subprocess.Popen(
        [sys.executable, "-m", "tests.ui.enginelink.window_of_its_own", str(root)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert window.stdout is not None
        engine = int(window.stdout.readline())
        assert exists(engine)
    finally:
        window.kill()
        window.communicate()
    deadline = time.monotonic() + 30
    while runs(engine) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not runs(engine)


def test_the_folder_of_a_window_that_was_killed_goes_at_the_next_start(
    process_link: ProcessLink, heard: Heard, root: Path
) -> None:
    test_the_engine_ends_when_the_window_is_killed(root)
    (abandoned,) = (path for path in root.iterdir() if path.is_dir())
    process_link.start()
    assert not abandoned.exists()
    assert process_link.directory is not None
    assert process_link.directory.is_dir()


def test_the_folder_of_a_window_that_lives_is_left_alone(process_link: ProcessLink, qtbot: QtBot, root: Path) -> None:
    process_link.start()
    other = ProcessLink(FAKE_ENGINE, root)
    other.start()
    assert process_link.directory is not None
    assert process_link.directory.is_dir()
    other.stop()


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (-9, "killed by signal 9, probably out of memory"),
        (-11, "killed by signal 11, Segmentation fault"),
        (0, "it ended without being asked to"),
        (7, "it ended with status 7"),
        (0xC0000005, "it ended with status 0xc0000005"),
    ],
)
def test_the_end_of_a_process_is_said_in_words(status: int, sentence: str) -> None:
    assert describe_exit(status) == sentence
