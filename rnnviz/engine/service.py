"""The engine as the window sees it: commands in, events out. The same object answers in-process and in its process."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np

from rnnviz.engine.analyses import analyse
from rnnviz.engine.answer import Answer, pack
from rnnviz.engine.document import Document, Run, fitted, not_finite, sequence_info, turned_alone
from rnnviz.engine.errors import EngineError
from rnnviz.engine.gradients import Differentiation
from rnnviz.engine.holds import untouched
from rnnviz.engine.interventions import Intervention, in_force
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
    WeightsReady,
)
from rnnviz.engine.network import Network
from rnnviz.engine.record import SegmentInfo
from rnnviz.engine.rescale import Sizes, scaled_as
from rnnviz.engine.run import Running
from rnnviz.engine.runcore import MakeSegment
from rnnviz.engine.sequence import Sequence, append, encode
from rnnviz.engine.statefile import load_bytes, to_bytes

_GRADIENT_FILES = 3
"""Files of gradients that are kept for a reader that still shows them."""

_ANSWER_FILES = 16
"""Files of answers that are kept for a window that has not yet mapped them."""

_REPORT_EVERY = 0.02
"""Seconds between two reports of a long run."""


class Engine:
    """Carries out the commands of the window, one after the other, in small portions.

    Parameters
    ----------
    directory : Path or None
        Where records are stored for the window to map; None: in memory, for a window in the same process.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self.directory = directory
        self._document: Document | None = None
        self._numbers = count()

    def handle(self, command: AnyCommand) -> Iterator[Event | None]:
        """Carry out a command.

        Parameters
        ----------
        command : Command

        Yields
        ------
        Event or None
            At least every few milliseconds of work; None says only that the work goes on.

        Raises
        ------
        RnnvizError
            When the command cannot be carried out; what was open stays as it was.
        """
        match command:
            case Open():
                yield from self._open(command)
            case Advance():
                yield from self._advance(command)
            case Append():
                yield from self._append(command)
            case Differentiate():
                yield from self._differentiate(command)
            case Analyse():
                yield from self._analyse(command)
            case GetWeights():
                yield WeightsReady(command.ticket, to_bytes(self._current().trained))
            case _:
                return

    def _current(self) -> Document:
        if self._document is None:
            raise EngineError("no network is open")
        return self._document

    def _open(self, command: Open) -> Iterator[Event | None]:
        before = self._document
        same = before if before is not None and turned_alone(before, command) else None
        trained = same.trained if same is not None else Network(command.spec)
        yield None
        if command.weights is not None and same is None:
            load_bytes(trained, command.weights)
        sequence = same.sequence if same is not None else encode(command.source)
        yield None
        sizes = same.sizes if same is not None else {}
        network, original = self._original(command, trained, sequence, same, sizes)
        run = original
        touched = in_force(command.interventions)
        if touched:
            run = self._run(command, network, sequence, touched)
        document = Document(command, trained, network, command.source, sequence, run, original, sizes)
        if same is not None:
            document.lasting = same.lasting
        cut = original.running.schedule.length < sequence.steps and command.spec.topology == "one-to-one"
        notices = [f"One-to-one has one step: only the first of {sequence.steps} is fed."] if cut else []
        opened = self._opened(document, " ".join([*notices, *not_finite(network)]))
        self._document = document
        if before is not None:
            kept = [*run.files, *original.files]
            _remove([path for path in before.files if path not in kept])
        yield opened

    def _original(
        self, command: Open, trained: Network, sequence: Sequence, same: Document | None, sizes: Sizes
    ) -> tuple[Network, Run]:
        """The scaled network and its run without interventions; those of before where only interventions differ."""
        if same is not None and same.command.scaling == command.scaling:
            if same.command.interventions != command.interventions:
                return same.network, same.original
            network = same.network
        else:
            network = trained if command.scaling is None else scaled_as(trained, command.scaling, sizes)
        return network, self._run(command, network, sequence)

    def _run(
        self, command: Open, network: Network, sequence: Sequence, interventions: tuple[Intervention, ...] = ()
    ) -> Run:
        files: list[Path] = []
        inputs, target = fitted(command.spec, sequence, command.steps)
        maker = self._maker(command.ticket, files)
        running = Running(network, inputs, target, command.given, maker, interventions)
        return Run(running, files)

    def _maker(self, ticket: int, files: list[Path]) -> MakeSegment:
        """Say where the segments of a run are stored; the files are remembered, to be removed with the document."""

        def make(first: int, rows: int) -> SegmentInfo:
            if self.directory is None:
                return SegmentInfo("", first, rows)
            path = self.directory / f"{ticket}-{next(self._numbers)}.segment"
            files.append(path)
            return SegmentInfo(str(path), first, rows)

        return make

    def _gradient_files(self, document: Document) -> MakeSegment:
        """Say where gradients are stored: always in a new file, since a reader may still hold the ones before."""
        _remove(document.gradients[:-_GRADIENT_FILES])
        del document.gradients[:-_GRADIENT_FILES]
        return self._maker(document.command.ticket, document.gradients)

    def _opened(self, document: Document, notice: str) -> Opened:
        running, original = document.running, document.original.running
        touched = original is not running
        return Opened(
            document.command.ticket,
            document.network.spec,
            document.source,
            sequence_info(document),
            running.record.layout,
            tuple(segment.info for segment in running.record.segments),
            running.schedule.steps,
            running.position,
            document.network.parts(),
            notice,
            tuple(segment.info for segment in original.record.segments) if touched else (),
            original.record.layout if touched else None,
            untouched(document.network, document.command.interventions),
        )

    def _advance(self, command: Advance) -> Iterator[Event | None]:
        running, original = self._current().running, self._current().original.running
        goal = min(command.position, running.schedule.positions)
        told = time.monotonic()
        for position in self._timed(goal):
            for _ in original.advance(position):  # at once, so that what is told is reached by both
                pass
            if position < goal and time.monotonic() - told > _REPORT_EVERY:
                told = time.monotonic()
                yield self._advanced(command.ticket, done=False)
                yield Progress(command.ticket, "running", position, goal)
            else:
                yield None
        yield self._advanced(command.ticket, done=True)

    def _timed(self, goal: int) -> Iterator[int]:
        """Run on, and keep the time of the processor that this takes."""
        document = self._current()
        running = document.running
        ahead = running.advance(goal)
        while True:
            before, start = running.position, time.process_time()
            position = next(ahead, None)
            if position is None:
                return
            document.seconds += time.process_time() - start
            document.computed += position - before
            yield position

    def _advanced(self, ticket: int, *, done: bool) -> Advanced:
        document = self._current()
        running = document.running
        losses = running.trace().step_losses[running.schedule.outputs_reached(running.position)]
        known = ~np.isnan(losses)
        loss = float(losses[known].sum(dtype=np.float64)) if known.any() else None
        schedule = running.schedule
        whole = document.seconds / document.computed * schedule.positions if document.computed else None
        per_step = whole / schedule.steps if whole is not None else None
        return Advanced(ticket, running.position, loss, done, per_step)

    def _append(self, command: Append) -> Iterator[Event | None]:
        document = self._current()
        source = append(document.source, command.piece)
        sequence = encode(source)
        yield None
        steps = document.command.steps
        if steps is not None:
            steps = document.running.schedule.length + sequence.steps - document.sequence.steps
        inputs, target = fitted(document.network.spec, sequence, steps)
        notice = document.running.append(inputs, target)
        if document.original.running is not document.running:
            document.original.running.append(inputs, target)
        document.memo_position = -1
        document.source, document.sequence = source, sequence
        yield self._opened(document, notice)

    def _differentiate(self, command: Differentiate) -> Iterator[Event | None]:
        document = self._current()
        work = Differentiation(document.running.trace(), command.objective, self._gradient_files(document))
        yield from (None for _ in work.run())
        found = work.gradients
        yield Differentiated(
            command.ticket,
            found.objective,
            found.value,
            found.record.layout,
            tuple(segment.info for segment in found.record.segments),
            found.record.steps,
            found.signals,
            tuple((*key, norm) for key, norm in found.initial_log10_norms.items()),
            tuple((name, float(np.linalg.norm(value))) for name, value in found.parameters.items()),
        )

    def _analyse(self, command: Analyse) -> Iterator[Event | None]:
        document = self._current()
        position = document.running.position
        job = analyse(document.running.trace(), command.request, document.memo_at(position))
        told = time.monotonic() + _REPORT_EVERY
        try:
            while True:
                try:
                    done, total = next(job)
                except StopIteration as end:
                    found: Answer = end.value
                    break
                if time.monotonic() > told:
                    told = time.monotonic() + _REPORT_EVERY
                    yield Progress(command.ticket, "analysing", done, total)
                else:
                    yield None
        finally:
            job.close()
        packed = pack(found.arrays, self._answer_file(document))
        yield Analysed(command.ticket, command.request, position, packed, dict(found.facts))

    def _answer_file(self, document: Document) -> Path | None:
        """Name a file for a large answer; the oldest go, which the window has mapped by then."""
        if self.directory is None:
            return None
        _remove(document.answers[:-_ANSWER_FILES])
        del document.answers[:-_ANSWER_FILES]
        document.answers.append(self.directory / f"{document.command.ticket}-{next(self._numbers)}.answer")
        return document.answers[-1]


def _remove(files: list[Path]) -> None:
    for path in files:
        # A window that still maps the file may hold on to it; its folder goes when the window ends.
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
