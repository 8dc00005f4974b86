"""Several networks in one engine process: an agenda and an engine for each slot, served in turn."""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Callable
from pathlib import Path

import msgspec

from rnnviz.engine.agenda import Agenda, Handler, explain
from rnnviz.engine.messages import AnyCommand, Close, Event, Failed, Open

Factory = Callable[[Path | None], Handler]


class Slots:
    """The agendas of all networks; each has an engine of its own, made when its slot is first used.

    Every network gets one slice of work in its turn. Requests give way to whatever else is to be done, also to the work
    of other networks. A slot above 0 stores its files in a folder of its own, which goes when it is closed.

    Parameters
    ----------
    engine : Handler
        That of slot 0.
    factory : callable
        Makes the engines of the others, given the folder for their files.
    directory : Path or None
        The folder for the files of slot 0.
    """

    def __init__(self, engine: Handler, factory: Factory, directory: Path | None) -> None:
        self._factory = factory
        self._directory = directory
        self._agendas = {0: Agenda(engine)}
        self._turn: deque[int] = deque([0])
        self._refusals: deque[Event] = deque()

    @property
    def idle(self) -> bool:
        """Whether there is nothing left to do for any network."""
        return not self._refusals and all(agenda.idle for agenda in self._agendas.values())

    @property
    def newest(self) -> int:
        """The ticket of the current document of slot 0."""
        return self._agendas[0].newest

    def put(self, command: AnyCommand) -> None:
        """Give a command to the agenda of its slot. Only Open makes a slot; what else comes for none is dropped."""
        if isinstance(command, Close):
            self._close(command.slot)
            return
        agenda = self._agendas.get(command.slot)
        if agenda is None and isinstance(command, Open):
            agenda = self._open(command)
        if agenda is not None:
            agenda.put(command)

    def step(self) -> Event | None:
        """Work for one slice on the network whose turn it is; the event that it brought, if any, bears its slot."""
        if self._refusals:
            return self._refusals.popleft()
        for pressing in (True, False):
            for slot in tuple(self._turn):
                agenda = self._agendas[slot]
                if agenda.pressing if pressing else not agenda.idle:
                    self._turn.remove(slot)
                    self._turn.append(slot)
                    event = agenda.step()
                    return msgspec.structs.replace(event, slot=slot) if event is not None and slot else event
        return None

    def close(self) -> None:
        """Drop everything, and close what is under way."""
        for agenda in self._agendas.values():
            agenda.close()

    def _open(self, command: Open) -> Agenda | None:
        try:
            folder = self._folder(command.slot)
            if folder is not None:
                folder.mkdir(exist_ok=True)
            agenda = Agenda(self._factory(folder))
        except Exception as error:  # noqa: BLE001 - whatever one network meets, the others live on
            message = explain(error, "Opening the network")
            self._refusals.append(Failed(command.ticket, Open.__name__, message, slot=command.slot))
            return None
        self._agendas[command.slot] = agenda
        self._turn.append(command.slot)
        return agenda

    def _close(self, slot: int) -> None:
        """Forget a slot; slot 0 stays, since there is always one."""
        if slot == 0 or slot not in self._agendas:
            return
        self._agendas.pop(slot).close()
        self._turn.remove(slot)
        folder = self._folder(slot)
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)  # a window that still maps a file may hold on to it

    def _folder(self, slot: int) -> Path | None:
        return None if self._directory is None else self._directory / f"slot-{slot}"
