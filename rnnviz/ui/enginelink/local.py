"""An engine in the window's own process: for tests and for work without a window."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from rnnviz.engine import wire
from rnnviz.engine.agenda import Handler, explain
from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.messages import AnyCommand, Shutdown
from rnnviz.engine.slots import Slots
from rnnviz.ui.enginelink.base import EngineLink

SLICE = 0.005
"""Seconds of work between two turns of the event loop."""


class LocalLink(EngineLink):
    """The same link, answered in slices by a timer, or at once by ``run_until_idle``.

    Parameters
    ----------
    factory : callable
        Makes the engine, given the folder for segment files: most often the class of the engine itself.
    root, parent
        As for EngineLink.
    """

    def __init__(
        self, factory: Callable[[Path | None], Handler], root: Path | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(root, parent)
        self._factory = factory
        self._work: Slots | None = None
        self._greeted = False
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._slice)

    def start(self) -> None:
        """Make the engine."""
        if self._work is not None:
            return
        self._set_state("starting")
        early = self._take_early()
        try:
            part = self._open_folder().new_part()
            self._work = Slots(self._factory(part), self._factory, part)
        except (RnnvizError, ImportError, MemoryError, OSError) as error:
            self._set_state("dead")
            self._report(explain(error, "Starting the engine"))
            return
        self._greeted = False
        for command in early:
            self._work.put(command)
        self._timer.start(0)

    def send(self, command: AnyCommand) -> None:
        """Put a command on the engine's agenda."""
        self._note(command)
        if self._work is None:
            self._keep_or_refuse(command)
        elif isinstance(command, Shutdown):
            self.stop()
        else:
            self._work.put(command)
            self._timer.start(0)
            if self._greeted:
                self._set_state("busy")

    def restart(self, reason: str) -> None:
        """Make a new engine in the place of the one that runs."""
        if self._early is not None:
            self.start()
            return
        self._drop_engine()
        self._set_state("restarting")
        self.start()
        if self._work is not None:
            self.restarted.emit()
            self._report(f"The engine was stopped because {reason}; it was started again and the session restored")

    def stop(self) -> None:
        """Drop the engine and remove its files."""
        self._drop_engine()
        self._early = None
        self._remove_folder()
        self._set_state("dead")

    def run_until_idle(self) -> None:
        """Work until nothing is left to do, delivering the events on the way; needs no event loop."""
        while self._advance():
            pass

    def _slice(self) -> None:
        deadline = time.perf_counter() + SLICE
        while time.perf_counter() < deadline and self._advance():
            pass

    def _advance(self) -> bool:
        """Work for one step of the agenda; False when nothing is left to do."""
        if self._work is None:
            return False
        if not self._greeted:
            self._greeted = True
            self._set_state("ready" if self._work.idle else "busy")
            self._deliver(wire.ready())
            return True
        if self._work.idle:
            self._timer.stop()
            self._set_state("ready")
            return False
        event = self._work.step()
        if event is not None:
            self._deliver(event)
        return True

    def _drop_engine(self) -> None:
        self._timer.stop()
        work, self._work = self._work, None
        self._lose_engine()
        if work is not None:
            work.close()
