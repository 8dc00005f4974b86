"""The engine in a process of its own, started again when it dies."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal

from rnnviz.engine import wire
from rnnviz.engine.errors import EngineError
from rnnviz.engine.messages import Advanced, AnyCommand, Event, Failed, Progress, Ready, Shutdown, encode
from rnnviz.ui.enginelink.base import EngineLink
from rnnviz.ui.enginelink.child import Child, Ended, Garbage, describe_exit, engine_command

RESTARTS = 3
"""How often within ``PERIOD`` seconds an engine that dies is started again by itself."""

PERIOD = 60.0


class ProcessLink(EngineLink):
    """The link to an engine process.

    Parameters
    ----------
    arguments : sequence of str or None
        The command that starts the process, without the address that is added to it; None: that of the engine.
    root, parent
        As for EngineLink.
    """

    _posted = Signal()

    def __init__(
        self, arguments: Sequence[str] | None = None, root: Path | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(root, parent)
        self._arguments = engine_command() if arguments is None else list(arguments)
        self._child: Child | None = None
        self._retired: list[Child] = []
        self._ready = False
        self._sent = self._done = 0
        self._deaths: deque[float] = deque()
        self._inbox: deque[tuple[Child, object]] = deque()
        self._posted.connect(self._take_all, Qt.ConnectionType.QueuedConnection)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.stop)

    @property
    def pid(self) -> int | None:
        """Number of the engine process, None where there is none."""
        return self._child.pid if self._child is not None else None

    def start(self) -> None:
        """Start the process."""
        if self._child is not None:
            return
        self._set_state("starting")
        early = self._take_early()
        if self._launch():
            for command in early:
                self.send(command)

    def send(self, command: AnyCommand) -> None:
        """Send a command; it waits in a queue until the process is connected."""
        self._note(command)
        if self._child is None:
            self._keep_or_refuse(command)
            return
        if isinstance(command, Shutdown):
            self.stop()
            return
        self._child.send(encode(command))
        self._sent += 1
        self._settle()

    def restart(self, reason: str) -> None:
        """Kill the process and start another at once."""
        if self._early is not None:
            self.start()
            return
        self._retire()
        self._replace(f"The engine was stopped because {reason}; it was started again and the session restored", "")

    def stop(self) -> None:
        """End the process within 0.6 s and remove its files."""
        child, self._child = self._child, None
        if child is not None:
            child.stop()
        for retired in self._retired:
            retired.join()
        self._retired.clear()
        self._early, self._ready = None, False
        self._remove_folder()
        self._set_state("dead")

    def _launch(self) -> bool:
        self._ready, self._sent, self._done = False, 0, 0
        self._lose_engine()
        try:
            self._child = Child(self._arguments, self._open_folder().new_part(), self._post)
        except (EngineError, OSError) as error:
            self._die(
                f"The engine process cannot be started: {_told(error)}; Tools > Restart the engine tries again", ""
            )
            return False
        return True

    def _replace(self, message: str, report: str) -> None:
        self._set_state("restarting")
        if self._launch():
            self.restarted.emit()
            self._report(message, report)

    def _die(self, message: str, report: str) -> None:
        self._set_state("dead")
        self._report(message, report)

    def _retire(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            self._retired.append(child)

    def _settle(self) -> None:
        if self._ready:
            self._set_state("busy" if self._sent > self._done else "ready")

    def _post(self, child: Child, message: object) -> None:
        """Keep what the process sent for the thread of the window; called in the reader thread."""
        self._inbox.append((child, message))
        self._posted.emit()

    def _take_all(self) -> None:
        """Take what has come since the last time: of reports of one run only the newest, the others are out of date."""
        last = self._inbox[-1] if self._inbox else None
        while self._inbox:
            child, message = entry = self._inbox.popleft()
            if not any(_outdated(message, later) for owner, later in tuple(self._inbox) if owner is child):
                self._take(child, message)
            if entry is last:
                return  # what has come meanwhile is taken after the window has drawn

    def _take(self, child: Child, message: object) -> None:
        if child is not self._child:
            if isinstance(message, Ended) and child in self._retired:
                child.join()
                self._retired.remove(child)
        elif isinstance(message, Ended):
            self._on_death(child, message)
        elif isinstance(message, Garbage):
            self._report(f"The engine sent something that cannot be read: {message.reason}")
        elif isinstance(message, int):
            self._done = message
            self._settle()
        elif isinstance(message, Event):
            self._on_event(message)

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Ready):
            self._ready = True
            self._settle()
        if isinstance(event, Failed) and not self._ready:
            self._report(event.message, event.report)
        else:
            self._deliver(event)

    def _on_death(self, child: Child, end: Ended) -> None:
        child.join()
        self._child = None
        if end.status == wire.CANNOT_START:
            self._set_state("dead")  # it said why, and would say it again
            return
        cause = describe_exit(end.status)
        now = time.monotonic()
        while self._deaths and now - self._deaths[0] > PERIOD:
            self._deaths.popleft()
        if len(self._deaths) == RESTARTS:
            self._die(
                f"The engine process died {RESTARTS + 1} times within a minute ({cause}) and stays stopped: "
                "what is shown can still be saved, and Tools > Restart the engine tries again",
                end.log,
            )
            return
        self._deaths.append(now)
        self._replace(f"The engine process died ({cause}); it was started again and the session restored", end.log)


def _told(error: EngineError | OSError) -> str:
    cause = error.strerror if isinstance(error, OSError) else None
    return f"{cause} ({error.filename})" if isinstance(error, OSError) and cause and error.filename else str(error)


def _outdated(message: object, later: object) -> bool:
    """Whether a report of how far a run is says nothing that a later one does not say."""
    if not (isinstance(message, Advanced | Progress) and type(later) is type(message)):
        return False
    same = (message.slot, message.ticket) == (later.slot, later.ticket)
    return same and not (isinstance(message, Advanced) and message.done)
