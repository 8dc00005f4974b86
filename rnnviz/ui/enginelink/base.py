"""What the window knows of an engine, wherever it runs."""

from __future__ import annotations

from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Qt, Signal

from rnnviz.engine.agenda import Tickets
from rnnviz.engine.messages import AnyCommand, Close, Event, Failed, Open, Opened, Ready
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

    # Not "event": a signal by the name of a virtual function costs a reference to its object at every call of that.
    received = Signal(object)
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
        self._slots: dict[int, SlotLink] = {}
        # Queued: whoever sends a command must not be answered before ``send`` returns.
        self._refused.connect(self._answer_refused, Qt.ConnectionType.QueuedConnection)

    @property
    def state(self) -> str:
        """What the engine is doing: "starting", "ready", "busy", "dead" or "restarting"."""
        return self._state

    @property
    def last_words(self) -> str:
        """Why there is no engine, in one sentence, where there is none."""
        return self._last_words

    @property
    def held(self) -> int:
        """The ticket of what the engine has open, wanted still or not; 0 for nothing."""
        return self._tickets.opened

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

    def slot(self, number: int) -> EngineLink:
        """Return a link to a further network in the same engine, for a session of its own.

        It says what the engine says of that network, and starts, ends and is restarted with the engine. ``stop`` lets
        go of the network alone; its number is then not to be used again.

        Parameters
        ----------
        number : int
            From 1 on.
        """
        if number not in self._slots:
            self._slots[number] = SlotLink(self, number)
        return self._slots[number]

    def release(self, number: int) -> None:
        """Let go of the network of a slot, in the engine too."""
        if self._slots.pop(number, None) is not None and self.state != "dead":
            self.send(Close(0, slot=number))

    def _note(self, command: AnyCommand) -> None:
        if isinstance(command, Open) and command.slot == 0:
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
        failed = Failed(command.ticket, type(command).__name__, self._last_words)
        link = self._slots.get(command.slot) if command.slot else self
        if link is not None:
            link.received.emit(failed)

    def _deliver(self, event: Event) -> None:
        if event.slot:
            if event.slot in self._slots:
                self._slots[event.slot].take(event)
            return
        if isinstance(event, Opened):
            self._tickets.succeed(event.ticket)
            if self._folder is not None and not self._tickets.stale(event.ticket):
                self._folder.remove_earlier_parts()
        if isinstance(event, Ready) or not self._tickets.stale(event.ticket):
            if isinstance(event, Failed) and event.command == Open.__name__:
                self._tickets.fail(event.ticket)
            self.received.emit(event)

    def _lose_engine(self) -> None:
        """Note that the engine is gone, and with it all that it had open."""
        self._tickets.opened = 0
        for link in self._slots.values():
            link._lose_engine()

    def _report(self, message: str, report: str = "") -> None:
        """Tell the window of a failure of the engine itself; commands to an engine that is dead get the same answer."""
        self._last_words = message
        self.received.emit(Failed(self._tickets.newest, "engine", message, report))

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


class SlotLink(EngineLink):
    """The way to one of several networks in one engine.

    Parameters
    ----------
    owner : EngineLink
        The link to the engine.
    number : int
        The slot of the network.
    """

    def __init__(self, owner: EngineLink, number: int) -> None:
        super().__init__(parent=owner)
        self._owner: EngineLink | None = owner
        self._number = number
        self._state = owner.state
        owner.state_changed.connect(self._set_state)
        owner.restarted.connect(self.restarted)

    def start(self) -> None:
        """Start nothing: the engine starts for all networks."""

    def send(self, command: AnyCommand) -> None:
        """Send a command to the network."""
        if self._owner is not None:
            command = msgspec.structs.replace(command, slot=self._number)
            if isinstance(command, Open):
                self._tickets.ask(command.ticket)
            self._owner.send(command)

    def restart(self, reason: str) -> None:
        """Restart the engine of all networks."""
        if self._owner is not None:
            self._owner.restart(reason)

    def stop(self) -> None:
        """Let go of the network."""
        owner, self._owner = self._owner, None
        if owner is None:
            return
        owner.state_changed.disconnect(self._set_state)
        owner.restarted.disconnect(self.restarted)
        owner.release(self._number)

    def take(self, event: Event) -> None:
        """Say what the engine said of the network."""
        self._deliver(msgspec.structs.replace(event, slot=0))
