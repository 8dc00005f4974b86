"""Recording the run of a session for its file, with the engine that the window has."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from rnnviz.engine.errors import SessionFileError
from rnnviz.engine.messages import Advance, AnyCommand, Differentiate, Differentiated, Event, LossObjective, Opened
from rnnviz.engine.record import Record
from rnnviz.engine.recording import RecordedGradients, Recording, can_be_recorded, fingerprint, laid_out
from rnnviz.engine.schedule import Schedule
from rnnviz.engine.service import Engine
from rnnviz.engine.sessionfile import Manifest, opening

_Answer = TypeVar("_Answer", bound=Event)


def recorded(manifest: Manifest, weights: bytes | None) -> Recording:
    """Run a session to its end, and differentiate the loss up to its cursor.

    Parameters
    ----------
    manifest : Manifest
    weights : bytes or None

    Returns
    -------
    Recording

    Raises
    ------
    SessionFileError
        When interventions are in force, whose run without them a recording does not hold.
    """
    command = opening(manifest, weights)
    if not can_be_recorded(command):
        raise SessionFileError("a session with interventions cannot be recorded")
    with TemporaryDirectory(prefix="rnnviz-recording-") as folder:
        engine = Engine(Path(folder))
        opened = _asked(engine, command, Opened)
        schedule = Schedule(opened.spec, opened.sequence.length)
        for _ in engine.handle(Advance(0, schedule.positions)):
            pass
        values = laid_out(Record.attach(opened.layout, opened.segments, opened.steps))
        objective = LossObjective("upto", schedule.at(manifest.position).step)
        found = _asked(engine, Differentiate(0, objective), Differentiated)
        own = laid_out(Record.attach(found.layout, found.segments, found.steps))
        gradients = RecordedGradients(objective, found.value, found.initial, found.parameters, own)
    return Recording(fingerprint(command), opened.sequence, opened.parts, values, gradients)


def _asked(engine: Engine, command: AnyCommand, kind: type[_Answer]) -> _Answer:
    """Give the engine a command, and return its answer."""
    return next(event for event in list(engine.handle(command)) if isinstance(event, kind))
