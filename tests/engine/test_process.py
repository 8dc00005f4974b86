"""The engine process, spoken to as the window speaks to it."""

from __future__ import annotations

import importlib.util
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, Listener
from pathlib import Path

import msgspec
import pytest

from rnnviz.engine import wire
from rnnviz.engine.messages import (
    Advance,
    Append,
    Cancel,
    Command,
    Differentiate,
    Differentiated,
    Failed,
    GetWeights,
    LossObjective,
    Opened,
    Ready,
    Shutdown,
    WeightsReady,
    encode,
)
from tests.engine.fake_engine import ENDLESS, FAKE_ENGINE, attach, open_command

ROOT = Path(__file__).resolve().parents[2]
SLOW = 60


class Far:
    """An engine process and the connection to it."""

    def __init__(self, process: subprocess.Popen[bytes], connection: Connection) -> None:
        self.process = process
        self.connection = connection

    def send(self, *commands: Command) -> None:
        for command in commands:
            self.connection.send_bytes(encode(command))

    def receive(self) -> object:
        assert self.connection.poll(SLOW), "the engine process says nothing"
        return wire.decode_answer(self.connection.recv_bytes())

    def answers(self, count: int) -> list[object]:
        """All events until the engine says that it has dealt with so many commands."""
        events = []
        while (message := self.receive()) != count:
            if not isinstance(message, int):
                events.append(message)
        return events


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Far]]:
    started: list[Far] = []

    def connect(arguments: list[str] = FAKE_ENGINE) -> Far:
        key = secrets.token_bytes(16)
        with Listener(None, "AF_UNIX", authkey=key) as listener:
            process = subprocess.Popen(
                [*arguments, str(listener.address)],
                cwd=ROOT,
                env={
                    **os.environ,
                    wire.KEY: key.hex(),
                    wire.DIRECTORY: str(tmp_path),
                    wire.LOG: str(tmp_path / "log"),
                },
            )
            started.append(Far(process, listener.accept()))
        return started[-1]

    yield connect
    for far in started:
        far.connection.close()
        far.process.kill()
        far.process.wait()


@pytest.fixture
def far(start: Callable[..., Far]) -> Far:
    far = start()
    assert isinstance(far.receive(), Ready)
    return far


def test_a_command_goes_in_its_event_comes_back_and_the_window_maps_the_same_numbers(far: Far) -> None:
    far.send(open_command(1), Advance(1, 4))
    opened = far.answers(2)[0]
    assert isinstance(opened, Opened)
    assert attach(opened).signal("h").tolist() == [[10, 11, 12], [20, 21, 22], [30, 31, 32], [40, 41, 42]]


def test_a_cancel_ends_a_run_without_end(far: Far) -> None:
    far.send(open_command(1), Advance(1, ENDLESS))
    far.receive()
    begin = time.monotonic()
    far.send(Cancel(1))
    assert far.answers(3) == []
    assert time.monotonic() - begin < 1


def test_only_the_latest_of_several_gradients_is_answered(far: Far) -> None:
    far.send(*(Differentiate(0, LossObjective("upto", step)) for step in range(5)))
    (event,) = far.answers(5)
    assert isinstance(event, Differentiated)
    assert event.objective == LossObjective("upto", 4)


def test_bytes_that_are_no_command_are_refused_and_the_engine_lives_on(far: Far) -> None:
    far.connection.send_bytes(b"\xc1 no message at all")
    far.connection.send_bytes(msgspec.msgpack.encode({"type": "Explode", "ticket": 1}))
    far.send(GetWeights(0))
    first, second, answer = far.answers(3)
    assert isinstance(first, Failed)
    assert isinstance(second, Failed)
    assert first.message.startswith("The engine refuses a command: ")
    assert "Explode" in second.message
    assert answer == WeightsReady(0, b"weights")


def test_the_process_ends_when_it_is_told_to(far: Far) -> None:
    far.send(Advance(0, ENDLESS), Shutdown(0))
    assert far.process.wait(SLOW) == 0


def test_the_process_ends_when_the_connection_closes(far: Far) -> None:
    far.send(Advance(0, ENDLESS))
    far.connection.close()
    assert far.process.wait(SLOW) == 0


def test_a_process_that_hangs_does_not_outlive_its_window(far: Far) -> None:
    far.send(Append(0, "hang"))
    far.receive()
    far.connection.close()
    assert far.process.wait(SLOW) == 0


def test_an_interrupt_from_the_keyboard_is_left_to_the_window(far: Far) -> None:
    far.process.send_signal(signal.SIGINT)
    far.send(GetWeights(0))
    assert far.answers(1) == [WeightsReady(0, b"weights")]


def test_a_crash_leaves_a_traceback_in_the_log(far: Far, tmp_path: Path) -> None:
    far.send(Append(0, "abort"))
    assert far.process.wait(SLOW) == -signal.SIGABRT
    assert "in aborted" in (tmp_path / "log").read_text()


@pytest.mark.skipif(not Path("/proc/self/oom_score_adj").exists(), reason="only Linux chooses whom to end")
def test_when_memory_runs_out_the_engine_is_ended_before_the_window(far: Far) -> None:
    def score(process: object) -> int:
        return int(Path(f"/proc/{process}/oom_score_adj").read_text())

    assert score(far.process.pid) > score("self")


def test_an_engine_that_cannot_start_says_why(start: Callable[..., Far]) -> None:
    far = start([*FAKE_ENGINE, "--unstartable"])
    failed = far.receive()
    assert isinstance(failed, Failed)
    assert "a library of torch is missing" in failed.message
    assert far.process.wait(SLOW) == wire.CANNOT_START


def test_the_engine_process_started_by_hand_says_that_the_window_does_this() -> None:
    process = subprocess.run([*FAKE_ENGINE, "nowhere"], cwd=ROOT, capture_output=True, text=True)
    assert process.returncode == 2
    assert "started by the window" in process.stderr


@pytest.mark.skipif(
    importlib.util.find_spec("rnnviz.engine.service") is None, reason="the engine itself is not built yet"
)
def test_the_real_engine_is_ready_and_names_its_torch(start: Callable[..., Far]) -> None:
    far = start([sys.executable, "-m", "rnnviz", "--engine"])
    ready = far.receive()
    assert isinstance(ready, Ready)
    assert set(ready.versions) == {"python", "torch", "numpy"}
    far.send(Shutdown(0))
    assert far.process.wait(SLOW) == 0
