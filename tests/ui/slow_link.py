"""A link whose every message travels when the test says so, and whose engine dies when the test says so."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path

from rnnviz.engine import wire
from rnnviz.engine.agenda import Handler
from rnnviz.engine.messages import AnyCommand, Event, decode_command, decode_event, encode
from rnnviz.engine.slots import Slots
from rnnviz.ui.enginelink.base import EngineLink

MESSAGE = "The engine process died (a test wants it); it was started again and the session restored"
LAST_WORDS = "The engine process died 4 times within a minute and stays stopped"


class SlowLink(EngineLink):
    """As the link to a process: commands and events stand in queues, and what stands there dies with the engine.

    Parameters
    ----------
    factory : callable
        Makes an engine, given the folder for segment files.
    root : Path
    """

    def __init__(self, factory: Callable[[Path | None], Handler], root: Path) -> None:
        super().__init__(root)
        self._factory = factory
        self._slots_at_work: Slots | None = None
        self._running = False
        self.outbox: deque[bytes] = deque()
        self.inbox: deque[bytes] = deque()

    @property
    def idle(self) -> bool:
        """Whether nothing travels and nothing is left to do."""
        work = self._slots_at_work
        return not (self.outbox or self.inbox) and (work.idle if work is not None else not self._running)

    def start(self) -> None:
        self._take_early()
        self._set_state("starting")
        self._launch()

    def send(self, command: AnyCommand) -> None:
        self._note(command)
        if self._running:
            self.outbox.append(encode(command))
            self._settle()
        else:
            self._keep_or_refuse(command)

    def restart(self, reason: str) -> None:
        self.kill()
        self.bury()

    def stop(self) -> None:
        self.kill()
        self._running = False
        self.inbox.clear()
        self._remove_folder()
        self._set_state("dead")

    def carry(self) -> bool:
        """Let the engine receive one command; False where there is none."""
        if not self.outbox or self._slots_at_work is None:
            return False
        self._slots_at_work.put(decode_command(self.outbox.popleft()))
        return True

    def work(self) -> bool:
        """Let the engine work for one slice; False where it has nothing to do."""
        if self._slots_at_work is None or self._slots_at_work.idle:
            return False
        event = self._slots_at_work.step()
        if event is not None:
            self.inbox.append(encode(event))
        return True

    def deliver(self) -> bool:
        """Let the window receive one event; False where there is none."""
        if not self.inbox:
            return False
        event = decode_event(self.inbox.popleft())
        assert isinstance(event, Event)
        self._deliver(event)
        self._settle()
        return True

    def kill(self) -> None:
        """End the engine, of which the window knows nothing yet: what it has sent still arrives."""
        work, self._slots_at_work = self._slots_at_work, None
        self.outbox.clear()
        if work is not None:
            work.close()

    def bury(self, *, again: bool = True) -> None:
        """Let the window know that the engine died, which starts another one or, died too often, does not."""
        self.kill()
        while self.deliver():
            pass
        self.outbox.clear()
        self._running = False
        self._lose_engine()
        if again:
            self._set_state("restarting")
            self._launch()
            self.restarted.emit()
            self._report(MESSAGE)
        else:
            self._set_state("dead")
            self._report(LAST_WORDS)

    def run_until_idle(self) -> None:
        """Let everything arrive and be answered; an engine that died is found out first."""
        if self._running and self._slots_at_work is None:
            self.bury()
        while self.carry() or self.work() or self.deliver():
            pass
        self._settle()

    def _launch(self) -> None:
        part = self._open_folder().new_part()
        self._slots_at_work = Slots(self._factory(part), self._factory, part)
        self._running = True
        self.inbox.append(encode(wire.ready()))

    def _settle(self) -> None:
        if self._running:
            self._set_state("ready" if self.idle else "busy")
