"""One engine process: its start, its two threads, its end."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Listener
from pathlib import Path
from queue import SimpleQueue

import msgspec

from rnnviz.engine import wire
from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.messages import Shutdown, encode

PATIENCE = 0.3
"""Seconds that the process is given to end by itself, and again to end when it is told to by the system."""

if sys.platform == "win32":
    _FAMILY, _CREATION = "AF_PIPE", subprocess.CREATE_NO_WINDOW
else:
    _FAMILY, _CREATION = "AF_UNIX", 0

_LOOK = 0.02
_LOG_TAIL = 8000


@dataclass(frozen=True)
class Garbage:
    """The process sent what is no message."""

    reason: str


@dataclass(frozen=True)
class Ended:
    """The process is gone: its exit status, and the end of what it wrote to its log."""

    status: int
    log: str


class Child:
    """An engine process that runs from the moment this object exists.

    A reader thread hands over what the process sends, and last of all an Ended; a writer thread sends, so that a
    large command never makes the window wait.

    Parameters
    ----------
    arguments : sequence of str
        The command that starts the process; the address of the connection is added to it.
    directory : Path
        The folder for its files.
    post : callable
        Called in the reader thread with this object and an event, a number (see ``wire``), Garbage or Ended.

    Raises
    ------
    OSError
        When the process cannot be started.
    """

    def __init__(self, arguments: Sequence[str], directory: Path, post: Callable[[Child, object], None]) -> None:
        self._post = post
        self._outbox: SimpleQueue[bytes | None] = SimpleQueue()
        self._connected = threading.Event()
        self._channel: wire.Channel | None = None
        self._log = directory / "engine.log"
        self._key = secrets.token_bytes(32)
        self._listener = Listener(None, _FAMILY, authkey=self._key)
        self._address = str(self._listener.address)
        try:
            self._process = self._launch(arguments, directory)
        except OSError:
            self._listener.close()
            raise
        self._threads = (
            threading.Thread(target=self._read, name="engine link reader", daemon=True),
            threading.Thread(target=self._write, name="engine link writer", daemon=True),
        )
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    def send(self, data: bytes) -> None:
        """Send a message as soon as the process is connected; returns at once."""
        self._outbox.put(data)

    def kill(self) -> None:
        """End the process at once, without waiting for it; an Ended follows."""
        self._process.kill()

    def stop(self) -> None:
        """Let the process end, make it end if need be, and wait until it and the threads are gone."""
        if self._connected.is_set():
            self._outbox.put(encode(Shutdown(0)))
            self._ends_within(PATIENCE)
        if self._process.poll() is None:
            self._process.terminate()
            if not self._ends_within(PATIENCE):
                self._process.kill()
        self.join()

    def join(self) -> None:
        """Wait until the process, which is ending, and the threads are gone."""
        self._process.wait()
        for thread in self._threads:
            thread.join()

    def _ends_within(self, seconds: float) -> bool:
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _launch(self, arguments: Sequence[str], directory: Path) -> subprocess.Popen[bytes]:
        ours = {wire.KEY: self._key.hex(), wire.DIRECTORY: str(directory), wire.LOG: str(self._log)}
        with self._log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - the program itself, without a shell
                [*arguments, self._address],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**_environment(), **ours},
                creationflags=_CREATION,
            )

    def _read(self) -> None:
        try:
            with self._listener:
                connection = self._listener.accept()
        except (OSError, EOFError, AuthenticationError):
            pass  # the process ended before it was connected
        else:
            self._channel = connection
            self._connected.set()
            with connection:
                self._receive(connection)
        if not self._ends_within(PATIENCE):
            self._process.kill()  # it closed the connection, so there is no use in it
        status = self._process.wait()
        self._outbox.put(None)
        self._post(self, Ended(status, _tail(self._log)))

    def _receive(self, channel: wire.Channel) -> None:
        while True:
            try:
                data = channel.recv_bytes()
            except (EOFError, OSError):
                return
            try:
                self._post(self, wire.decode_answer(data))
            except (msgspec.MsgspecError, RnnvizError) as error:
                self._post(self, Garbage(str(error)))

    def _write(self) -> None:
        while not self._connected.wait(_LOOK):
            if self._process.poll() is not None:
                self._wake_reader()
                return
        channel = self._channel
        assert channel is not None
        while (data := self._outbox.get()) is not None:
            try:
                channel.send_bytes(data)
            except OSError:
                return  # the process is gone, which the reader tells

    def _wake_reader(self) -> None:
        """Connect in place of the process that ended, since nothing else ends the waiting for it."""
        try:
            Client(self._address, authkey=self._key).close()
        except (OSError, EOFError, AuthenticationError):
            pass  # the reader does not wait any more


def engine_command() -> list[str]:
    """Return the command that starts the engine process, without the address."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--engine"]
    return [sys.executable, "-P", "-m", "rnnviz", "--engine"]


def describe_exit(status: int) -> str:
    """Say how a process ended."""
    if status == 0:
        return "it ended without being asked to"
    if status > 0:
        return f"it ended with status {status if status < 256 else hex(status)}"
    name = signal.strsignal(-status)
    cause = "probably out of memory" if status == -9 else name or "a signal without a name"
    return f"killed by signal {-status}, {cause}"


def _environment() -> dict[str, str]:
    """Let the process import from where this one does, wherever the user's script and shell stand.

    One core is left to the window. With all of them the matrix library of numpy waits for its own threads, which the
    window holds up: small products then take a hundred times as long.
    """
    threads = {"OPENBLAS_NUM_THREADS": str(max(1, (os.cpu_count() or 1) - 1))}
    if getattr(sys, "frozen", False):
        return {**threads, **os.environ}
    path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
    return {**threads, **os.environ, "PYTHONPATH": path}


def _tail(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError:
        return ""
    return data[-_LOG_TAIL:].decode("utf-8", "replace").strip()
