"""Which command the engine works on next: late requests replace early ones, closed documents get no work."""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator
from errno import ENOSPC
from typing import Protocol

from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.messages import (
    Advance,
    AnyCommand,
    Append,
    Cancel,
    Differentiate,
    Event,
    Failed,
    GetWeights,
    Open,
    Opened,
    Progress,
)

_WORK = {
    "Open": "Opening the network",
    "Advance": "Running the network",
    "Append": "Extending the sequence",
    "Differentiate": "Computing the gradients",
    "GetWeights": "Reading the weights",
}


class Handler(Protocol):
    """What carries out commands: the engine, or a stand-in for it."""

    def handle(self, command: AnyCommand) -> Iterator[Event | None]:
        """Carry out a command, yielding an event or None at least every 5 ms."""
        ...


class Tickets:
    """Which document is the current one: the newest asked for, unless opening it came to nothing."""

    def __init__(self) -> None:
        self.newest = 0
        self._opened = 0

    def ask(self, ticket: int) -> None:
        """A document was asked for; those before it are out of date."""
        self.newest = max(self.newest, ticket)

    def succeed(self, ticket: int) -> None:
        """A document is open."""
        self.newest = max(self.newest, ticket)
        self._opened = ticket

    def fail(self, ticket: int) -> None:
        """A document cannot be opened: the one that was open stays the current one."""
        if ticket == self.newest:
            self.newest = self._opened

    def stale(self, ticket: int) -> bool:
        """Whether a message with this ticket speaks of a document that is no longer wanted."""
        return ticket < self.newest


class Agenda:
    """The commands that wait and the one under way, which is worked on in slices.

    A newer Open replaces everything before it; a newer Advance or Differentiate replaces those of the same ticket,
    waiting or under way, which then stay without an answer. Cancel stops what is under way for a ticket and takes
    its waiting Open, Advance and Differentiate away; all of these but Advance are answered by Failed.

    Parameters
    ----------
    engine : Handler
    """

    def __init__(self, engine: Handler) -> None:
        self._engine = engine
        self._tickets = Tickets()
        self._waiting: deque[AnyCommand] = deque()
        self._command: AnyCommand | None = None
        self._work: Generator[Event | None, None, None] | None = None
        self._answered = False
        self._events: deque[Event] = deque()

    @property
    def newest(self) -> int:
        """The ticket of the current document."""
        return self._tickets.newest

    @property
    def idle(self) -> bool:
        """Whether there is nothing left to do."""
        return self._command is None and not self._waiting and not self._events

    def put(self, command: AnyCommand) -> None:
        """Take a command in; what it replaces is dropped, and closed where it is under way."""
        if isinstance(command, Cancel):
            self._cancel(command.ticket)
            return
        if self._tickets.stale(command.ticket):
            return
        if isinstance(command, Open):
            self._drop(lambda other: True)
            self._tickets.ask(command.ticket)
        elif isinstance(command, Advance | Differentiate):
            kind, ticket = type(command), command.ticket
            self._drop(lambda other: type(other) is kind and other.ticket == ticket)
        self._waiting.append(command)

    def step(self) -> Event | None:
        """Work for one slice; the event that it brought, if any."""
        if self._events:
            return self._events.popleft()
        if self._command is None:
            if not self._waiting:
                return None
            self._command = self._waiting.popleft()
            self._work = self._start(self._command)
            self._answered = False
        assert self._work is not None
        try:
            event = next(self._work)
        except StopIteration:
            self._finish()
            return None
        except Exception as error:  # noqa: BLE001 - whatever one command meets, the engine lives on
            event = failure(self._command, error)
            self._finish()
        if isinstance(event, Opened):
            self._tickets.succeed(event.ticket)
        self._answered |= event is not None and not isinstance(event, Progress)
        return event

    def close(self) -> None:
        """Drop everything, and close what is under way."""
        self._drop(lambda other: True)
        self._events.clear()

    def _start(self, command: AnyCommand) -> Generator[Event | None, None, None]:
        yield from self._engine.handle(command)

    def _finish(self) -> None:
        command, self._command, self._work = self._command, None, None
        if isinstance(command, Open):
            self._give_up(command.ticket)

    def _give_up(self, ticket: int) -> None:
        """Return to the document that was open, if that of this ticket is not; its commands are without object."""
        self._tickets.fail(ticket)
        if self._tickets.newest != ticket:
            self._waiting = deque(command for command in self._waiting if command.ticket != ticket)

    def _cancel(self, ticket: int) -> None:
        def meant(command: AnyCommand) -> bool:
            owed = isinstance(command, Append | GetWeights)
            return command.ticket == ticket and (command is self._command or not owed)

        for command in self._drop(meant):
            if isinstance(command, Open):
                self._give_up(ticket)
            if not isinstance(command, Advance):
                # Whoever asked waits for a result, whereas a run tells all along where it stands.
                name = type(command).__name__
                self._events.append(Failed(ticket, name, f"{_WORK[name]} was cancelled; what was open stays as it was"))

    def _drop(self, meant: Callable[[AnyCommand], bool]) -> list[AnyCommand]:
        """Drop what is meant, waiting or under way; what of it was still without an answer."""
        dropped = [command for command in self._waiting if meant(command)]
        self._waiting = deque(command for command in self._waiting if not meant(command))
        command, work = self._command, self._work
        if command is not None and work is not None and meant(command):
            if not self._answered:
                dropped.insert(0, command)
            try:
                work.close()
            except Exception as error:  # noqa: BLE001 - as in step
                self._events.append(failure(command, error))
            self._finish()
        return dropped


def failure(command: AnyCommand, error: Exception) -> Failed:
    """Say in one sentence why a command could not be carried out; all but a refusal has a traceback with it."""
    name = type(command).__name__
    report = "" if isinstance(error, RnnvizError) else "".join(traceback.format_exception(error))
    return Failed(command.ticket, name, explain(error, _WORK.get(name, name)), report)


def explain(error: Exception, work: str) -> str:
    """Say in one sentence why some work, named as the subject of the sentence, could not be done."""
    if isinstance(error, RnnvizError):
        return str(error)
    if isinstance(error, MemoryError) or "DefaultCPUAllocator" in str(error):
        return f"{work} needs more memory than there is: choose fewer units, layers or steps"
    if isinstance(error, OSError) and error.strerror:
        place = f" ({error.filename})" if error.filename else ""
        cause = "the disk is full" if error.errno == ENOSPC else error.strerror
        return f"{work} failed: {cause}{place}"
    text = " ".join(str(error).split()) or "no message"
    if isinstance(error, ImportError):
        return f"{work} failed: {text}"
    return f"{work} failed because of a fault in the engine: {type(error).__name__}, {text}"
