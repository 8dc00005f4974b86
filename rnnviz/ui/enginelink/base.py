"""What the window knows of an engine, wherever it runs."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal

from rnnviz.engine.agenda import Tickets
from rnnviz.engine.messages import AnyCommand, Event, Failed, Open, Opened, Ready
from rnnviz.ui.enginelink.folder import RunFolder

_NOT_RUNNING = "The engine is not running: Tools > Restart the engine starts it again"


class EngineLink(QObject):
    """The way to an engine and back.

    Events that speak of an older document than the newest asked for are dropped, unless opening that one failed.
    Commands sent before the engine is ready wait for it; those sent to an engine that is dead are answered by Failed.

    Parameters
    ----------
    root : Path or None
        Where the folder for segment files is made; None: in the user's cache.
    parent : QObject or None
    """

    # The engine's word for it. As a signal it does not override QObject.event, which takes functions only.
    event = Signal(object)  # type: ignore[assignment]
    """An event of the engine (AnyEvent), in the thread of the window."""

    state_changed = Signal(str)
    """The new state: "starting", "ready", "busy", "dead" or "restarting"."""

    restarted = Signal()
    """A new engine took the place of the old one and knows nothing: what is open must be opened again."""

    _refused = Signal(object)

    def __init__(self, root: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._root = root
        self._folder: RunFolder | None = None
        self._tickets = Tickets()
        self._state = "dead"
        self._early: list[AnyCommand] | None = []
        self._last_words = _NOT_RUNNING
        # Queued: whoever sends a command must not be answered before ``send`` returns.
        self._refused.connect(self._answer_refused, Qt.ConnectionType.QueuedConnection)

    @property
    def state(self) -> str:
        """What the engine is doing: "starting", "ready", "busy", "dead" or "restarting"."""
        return self._state

    @property
    def directory(self) -> Path | None:
        """The folder for segment files; None before the start and after the stop."""
        return self._folder.path if self._folder is not None else None

    def start(self) -> None:
        """Start the engine; it says Ready when it takes commands. A failure to start is told by an event."""
        raise NotImplementedError

    def send(self, command: AnyCommand) -> None:
        """Send a command, without ever waiting."""
        raise NotImplementedError

    def restart(self, reason: str) -> None:
        """Put a new engine in the place of the one that runs; the reason completes "it was stopped because ..."."""
        raise NotImplementedError

    def stop(self) -> None:
        """End the engine and remove its files; nothing of it is left when this returns."""
        raise NotImplementedError

    def _note(self, command: AnyCommand) -> None:
        if isinstance(command, Open):
            self._tickets.ask(command.ticket)

    def _keep_or_refuse(self, command: AnyCommand) -> None:
        """Deal with a command while there is no engine."""
        if self._early is not None:
            self._early.append(command)
        else:
            self._refused.emit(command)

    def _take_early(self) -> list[AnyCommand]:
        """Hand over the commands that were sent before the start; from now on there is an engine, or it is dead."""
        early, self._early = self._early or [], None
        return early

    def _answer_refused(self, command: AnyCommand) -> None:
        name = type(command).__name__
        self.event.emit(Failed(command.ticket, name, self._last_words))

    def _deliver(self, event: Event) -> None:
        if isinstance(event, Opened) and not self._tickets.stale(event.ticket):
            self._tickets.succeed(event.ticket)
            if self._folder is not None:
                self._folder.remove_earlier_parts()
        if isinstance(event, Ready) or not self._tickets.stale(event.ticket):
            if isinstance(event, Failed) and event.command == Open.__name__:
                self._tickets.fail(event.ticket)
            self.event.emit(event)

    def _report(self, message: str, report: str = "") -> None:
        """Tell the window of a failure of the engine itself; commands to an engine that is dead get the same answer."""
        self._last_words = message
        self.event.emit(Failed(self._tickets.newest, "engine", message, report))

    def _set_state(self, state: str) -> None:
        if state != self._state:
            self._state = state
            self.state_changed.emit(state)

    def _open_folder(self) -> RunFolder:
        if self._folder is None:
            self._folder = RunFolder(self._root)
        return self._folder

    def _remove_folder(self) -> None:
        folder, self._folder = self._folder, None
        if folder is not None:
            folder.remove()
