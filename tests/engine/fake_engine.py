"""An engine without torch that does what the tests tell it to, also as a process of its own."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from rnnviz.engine.errors import SequenceError, SpecError
from rnnviz.engine.messages import (
    Advance,
    Advanced,
    Analyse,
    Analysed,
    AnyCommand,
    Append,
    Differentiate,
    Differentiated,
    Event,
    GetWeights,
    Open,
    Opened,
    Progress,
    SequenceInfo,
    WeightsReady,
)
from rnnviz.engine.process import run
from rnnviz.engine.record import Block, Layout, Record, Segment, SegmentInfo, SignalField
from rnnviz.engine.requests import Slopes
from rnnviz.engine.sequence import TextSource
from rnnviz.engine.spec import NetworkSpec

UNITS = 3
LAYOUT = Layout(
    (Block("states", UNITS, "float64"),),
    (SignalField(0, "forward", "h", "state", "h", "states", 0, UNITS),),
)
SLICES_OF_A_GRADIENT = 60
SLICES_OF_AN_ANSWER = 5
ENDLESS = 10**9
IMPOSSIBLE_SEED = 13
REFUSED = Slopes("nothing")


class Nonsense(Event, frozen=True, tag=True):
    """An event that the protocol does not know."""


class FakeEngine:
    """It records h[t, u] = 10 (t + 1) + u, and misbehaves when a piece to append says so."""

    def __init__(self, directory: Path | None) -> None:
        self.directory = directory
        self.segments: list[Segment] = []
        self.command: Open | None = None
        self.closed: list[AnyCommand] = []
        self.files = 0

    def handle(self, command: AnyCommand) -> Iterator[Event | None]:
        try:
            yield from self.carry_out(command)
        except GeneratorExit:
            self.closed.append(command)
            raise

    def carry_out(self, command: AnyCommand) -> Iterator[Event | None]:
        match command:
            case Open(spec=NetworkSpec(seed=seed)) if seed == IMPOSSIBLE_SEED:
                raise SpecError("seed is 13, but nothing can be built of it")
            case Open(steps=steps) if steps == ENDLESS:
                yield from slices(ENDLESS)
            case Open():
                self.command = command
                self.segments = [self.segment(0, command.steps or 1)]
                yield self.opened(command.ticket)
            case Advance(ticket=ticket, position=position):
                yield from self.advance(ticket, position)
            case Append(ticket=ticket, piece=piece):
                yield from MISCHIEF.get(piece, self.append)(ticket)
            case Differentiate():
                yield from slices(SLICES_OF_A_GRADIENT)
                yield Differentiated(command.ticket, command.objective, 1.0, LAYOUT, (), 0, (), (), ())
            case Analyse(ticket=ticket, request=request):
                yield from slices(SLICES_OF_AN_ANSWER)
                if request == REFUSED:
                    raise SpecError("there is nothing to see in it")
                yield Analysed(ticket, request, 0)
            case GetWeights(ticket=ticket):
                yield WeightsReady(ticket, b"weights")

    def segment(self, first: int, rows: int) -> Segment:
        self.files += 1
        path = "" if self.directory is None else str(self.directory / f"{self.files}.segment")
        return Segment(LAYOUT, SegmentInfo(path, first, rows), writable=True)

    def opened(self, ticket: int) -> Opened:
        assert self.command is not None
        infos = tuple(segment.info for segment in self.segments)
        labels = tuple(str(step + 1) for step in range(self.steps))
        sequence = SequenceInfo(labels, (), None, (), None, None, self.steps)
        return Opened(ticket, self.command.spec, self.command.source, sequence, LAYOUT, infos, self.steps, 0, ())

    @property
    def steps(self) -> int:
        return sum(segment.info.rows for segment in self.segments)

    def append(self, ticket: int) -> Iterator[Event | None]:
        self.segments.append(self.segment(self.steps, 2))
        yield self.opened(ticket)

    def advance(self, ticket: int, position: int) -> Iterator[Event | None]:
        for segment in self.segments:
            for row in range(segment.info.rows):
                step = segment.info.first + row
                if step < position:
                    segment.blocks["states"][row] = 10 * (step + 1) + np.arange(UNITS)
                    yield None
        if position > self.steps:
            yield from slices(position)
        yield Advanced(ticket, position, None, position == self.steps)


def slices(count: int) -> Iterator[None]:
    for _ in range(count):
        time.sleep(0.001)
        yield None


def killed(ticket: int) -> Iterator[Event | None]:
    yield None
    os.kill(os.getpid(), signal.SIGKILL)


def aborted(ticket: int) -> Iterator[Event | None]:
    yield None
    os.abort()


def hung(ticket: int) -> Iterator[Event | None]:
    yield Progress(ticket, "steps", 0, 1)
    time.sleep(1000)


def out_of_memory(ticket: int) -> Iterator[Event | None]:
    yield None
    raise MemoryError


def faulty(ticket: int) -> Iterator[Event | None]:
    yield None
    raise ZeroDivisionError("division by zero")


def refused(ticket: int) -> Iterator[Event | None]:
    yield None
    raise SequenceError("the word 'zebra' at character 5 is not in the vocabulary")


def nonsense(ticket: int) -> Iterator[Event | None]:
    yield Nonsense(ticket)


MISCHIEF: dict[str, Callable[[int], Iterator[Event | None]]] = {
    "kill": killed,
    "abort": aborted,
    "hang": hung,
    "memory": out_of_memory,
    "fault": faulty,
    "refuse": refused,
    "nonsense": nonsense,
}

FAKE_ENGINE = [sys.executable, "-m", "tests.engine.fake_engine"]


def open_command(ticket: int, steps: int = 4, seed: int = 0) -> Open:
    """A command that opens a document of so many steps."""
    spec = NetworkSpec(cell="rnn", hidden_size=UNITS, output_size=2, seed=seed)
    return Open(ticket, spec, TextSource("to be or not to be"), steps=steps)


def attach(opened: Opened) -> Record:
    """The record of an opened document, mapped as the window maps it."""
    return Record.attach(opened.layout, opened.segments, opened.steps)


def unstartable(directory: Path | None) -> FakeEngine:
    raise ImportError("a library of torch is missing")


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], unstartable if "--unstartable" in sys.argv else FakeEngine))
