"""Which command the engine works on next: late requests replace early ones, closed documents get no work."""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from errno import ENOSPC
from typing import Protocol

from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.messages import (
    Advance,
    Analyse,
    Analysed,
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
    Withdraw,
)

_WORK = {
    "Open": "Opening the network",
    "Advance": "Running the network",
    "Append": "Extending the sequence",
    "Differentiate": "Computing the gradients",
    "Analyse": "The analysis",
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
        self.opened = 0
        """The document that was opened last, 0 for none."""

    def ask(self, ticket: int) -> None:
        """A document was asked for; those before it are out of date."""
        self.newest = max(self.newest, ticket)

    def succeed(self, ticket: int) -> None:
        """A document is open."""
        self.newest = max(self.newest, ticket)
        self.opened = ticket

    def fail(self, ticket: int) -> None:
        """A document cannot be opened: the one that was open stays the current one."""
        if ticket == self.newest:
            self.newest = self.opened

    def stale(self, ticket: int) -> bool:
        """Whether a message with this ticket speaks of a document that is no longer wanted."""
        return ticket < self.newest


@dataclass
class _Inquiry:
    """A request under way or waiting; it is worked on while there is nothing else to do."""

    command: Analyse
    work: Generator[Event | None, None, None]


class Agenda:
    """The commands that wait and the one under way, which is worked on in slices.

    A newer Open replaces everything before it; a newer Advance or Differentiate replaces those of the same ticket,
    waiting or under way, which then stay without an answer. Cancel stops what is under way for a ticket and takes
    its waiting Open, Advance and Differentiate away; all of these but Advance are answered by Failed.

    Requests (Analyse) wait until there is nothing else to do, are set aside whenever something comes, and go on
    afterwards; short ones come before long ones. Open and Append drop them: they spoke of another run.

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
        self._inquiries: list[_Inquiry] = []

    @property
    def newest(self) -> int:
        """The ticket of the current document."""
        return self._tickets.newest

    @property
    def idle(self) -> bool:
        """Whether there is nothing left to do."""
        return self._command is None and not (self._waiting or self._events or self._inquiries)

    @property
    def pressing(self) -> bool:
        """Whether there is more to do than to answer requests."""
        return self._command is not None or bool(self._waiting or self._events)

    def put(self, command: AnyCommand) -> None:
        """Take a command in; what it replaces is dropped, and closed where it is under way."""
        if isinstance(command, Cancel):
            self._cancel(command.ticket)
            return
        if self._tickets.stale(command.ticket):
            return
        if isinstance(command, Analyse | Withdraw):
            self._close_inquiries(lambda other: other.request == command.request)
            if isinstance(command, Analyse):
                self._inquiries.append(_Inquiry(command, self._start(command)))
            return
        if isinstance(command, Open | Append):
            self._close_inquiries(lambda other: True)
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
                return self._inquire()
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
        self._close_inquiries(lambda other: True)
        self._events.clear()

    def _start(self, command: AnyCommand) -> Generator[Event | None, None, None]:
        yield from self._engine.handle(command)

    def _inquire(self) -> Event | None:
        """Work on one request for one slice."""
        if not self._inquiries:
            return None
        chosen = min(self._inquiries, key=lambda inquiry: inquiry.command.request.long)
        try:
            return next(chosen.work)
        except StopIteration:
            self._inquiries.remove(chosen)
            return None
        except Exception as error:  # noqa: BLE001 - as in step
            self._inquiries.remove(chosen)
            return failure(chosen.command, error)

    def _close_inquiries(self, meant: Callable[[Analyse], bool]) -> list[Analyse]:
        """Drop the requests that are meant; those that stay without an answer."""
        dropped = [inquiry for inquiry in self._inquiries if meant(inquiry.command)]
        self._inquiries = [inquiry for inquiry in self._inquiries if not meant(inquiry.command)]
        for inquiry in dropped:
            try:
                inquiry.work.close()
            except Exception as error:  # noqa: BLE001 - as in step
                self._events.append(failure(inquiry.command, error))
        return [inquiry.command for inquiry in dropped]

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

        for request in self._close_inquiries(lambda other: other.ticket == ticket):
            self._events.append(Analysed(ticket, request.request, -1, fault="The analysis was cancelled."))
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


def failure(command: AnyCommand, error: Exception) -> Failed | Analysed:
    """Say in one sentence why a command could not be carried out; all but a refusal has a traceback with it.

    Of a request that is the answer: there may be nothing to see for good reason, which is then said in its place.
    """
    name = type(command).__name__
    report = "" if isinstance(error, RnnvizError) else "".join(traceback.format_exception(error))
    if isinstance(command, Analyse):
        return Analysed(command.ticket, command.request, -1, fault=explain(error, _WORK[name]), report=report)
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
