"""How long a step is on its way: asked of the engine's process, computed there, and told to the window."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import QCoreApplication, QDeadlineTimer, QEventLoop

from benchmarks.timing import Times
from rnnviz.engine.messages import Advance, Advanced, AnyCommand, AnyEvent, Failed, Open, Opened
from rnnviz.engine.sequence import SignalSource, Wave
from rnnviz.engine.spec import NetworkSpec
from rnnviz.ui.app import application
from rnnviz.ui.enginelink import ProcessLink

PATIENCE = 60_000
"""Milliseconds that an answer may take."""


class Caller:
    """Asks an engine in its own process and waits for the answer."""

    def __init__(self, root: Path) -> None:
        self._app = application()
        self._link = ProcessLink(root=root)
        self._answer: AnyEvent | None = None
        self._link.received.connect(self._take)
        self._link.start()

    def ask(self, command: AnyCommand, answer: type[AnyEvent]) -> None:
        """Send a command and wait for an event.

        Raises
        ------
        RuntimeError
            When the engine fails, or does not answer within a minute.
        """
        self._answer = None
        deadline = QDeadlineTimer(PATIENCE)
        self._link.send(command)
        while not isinstance(self._answer, answer):
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 1000)
            if isinstance(self._answer, Failed):
                raise RuntimeError(self._answer.message)
            if deadline.hasExpired():
                raise RuntimeError(f"the engine did not answer {type(command).__name__} within a minute")

    def close(self) -> None:
        """End the engine's process."""
        self._link.stop()
        self._link.deleteLater()

    def _take(self, event: AnyEvent) -> None:
        self._answer = event


def step(units: int, repetitions: int) -> Times:
    """Time the round trip of one step of an LSTM.

    Parameters
    ----------
    units : int
        H.
    repetitions : int
        Steps.
    """
    source = SignalSource((Wave("sine", period=24.0),), steps=repetitions + 1)
    spec = NetworkSpec(cell="lstm", input_size=1, hidden_size=units, output_size=1)
    times = Times()
    with TemporaryDirectory(prefix="rnnviz-benchmark-") as folder:
        caller = Caller(Path(folder))
        try:
            caller.ask(Open(1, spec, source), Opened)
            for position in range(1, repetitions + 2):
                times.take(partial(caller.ask, Advance(1, position), Advanced))
        finally:
            caller.close()
    times.drop_first()
    return times
