"""The engine as the window sees it: commands in, events out. The same object answers in-process and in its process."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray

from rnnviz.engine.analyses import Memo, analyse
from rnnviz.engine.answer import Answer, pack
from rnnviz.engine.errors import EngineError, SpecError
from rnnviz.engine.gradients import Differentiation
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
from rnnviz.engine.network import Network
from rnnviz.engine.record import SegmentInfo
from rnnviz.engine.rescale import Sizes, scaled_as
from rnnviz.engine.run import MakeSegment, Running
from rnnviz.engine.schedule import MAX_STEPS
from rnnviz.engine.sequence import Sequence, SequenceSource, append, encode
from rnnviz.engine.sequence.model import check_size
from rnnviz.engine.spec import NetworkSpec
from rnnviz.engine.statefile import load_bytes, to_bytes

_GRADIENT_FILES = 3
"""Files of gradients that are kept for a reader that still shows them."""

_ANSWER_FILES = 16
"""Files of answers that are kept for a window that has not yet mapped them."""

_REPORT_EVERY = 0.02
"""Seconds between two reports of a long run."""


@dataclass
class Document:
    """What is open: a network, the sequence it is fed, and the run.

    ``trained`` is the network before its recurrent matrices were scaled, ``network`` the one that runs. ``sizes`` and
    ``lasting`` hold whatever the scaling is: what the matrices of the trained network measure, and what analyses say
    of all scalings.
    """

    command: Open
    trained: Network
    network: Network
    source: SequenceSource
    sequence: Sequence
    running: Running
    files: list[Path] = field(default_factory=list)
    gradients: list[Path] = field(default_factory=list)
    answers: list[Path] = field(default_factory=list)
    sizes: Sizes = field(default_factory=dict)
    lasting: Memo = field(default_factory=Memo)
    memo: Memo = field(default_factory=Memo)
    memo_position: int = -1
    seconds: float = 0.0
    computed: int = 0

    def memo_at(self, position: int) -> Memo:
        """What was computed for a state of the run; another state begins anew."""
        if position != self.memo_position:
            self.memo, self.memo_position = Memo(self.lasting), position
        return self.memo


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
        same = before if before is not None and _differs_in_scaling_alone(before, command) else None
        trained = same.trained if same is not None else Network(command.spec)
        yield None
        if command.weights is not None and same is None:
            load_bytes(trained, command.weights)
        sizes = same.sizes if same is not None else {}
        network = trained if command.scaling is None else scaled_as(trained, command.scaling, sizes)
        sequence = same.sequence if same is not None else encode(command.source)
        yield None
        files: list[Path] = []
        inputs, target = _fitted(command.spec, sequence, command.steps)
        running = Running(network, inputs, target, command.given, self._maker(command.ticket, files))
        lasting = same.lasting if same is not None else Memo()
        document = Document(command, trained, network, command.source, sequence, running, files)
        self._document = replace(document, sizes=sizes, lasting=lasting)
        if before is not None:
            _remove([*before.files, *before.gradients, *before.answers])
        cut = len(inputs) < sequence.steps and command.spec.topology == "one-to-one"
        notices = [f"One-to-one has one step: only the first of {sequence.steps} is fed."] if cut else []
        yield self._opened(command.ticket, " ".join([*notices, *_not_finite(network)]))

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

    def _opened(self, ticket: int, notice: str) -> Opened:
        document = self._current()
        running = document.running
        return Opened(
            ticket,
            document.network.spec,
            document.source,
            _info(document),
            running.record.layout,
            tuple(segment.info for segment in running.record.segments),
            running.schedule.steps,
            running.position,
            document.network.parts(),
            notice,
        )

    def _advance(self, command: Advance) -> Iterator[Event | None]:
        running = self._current().running
        goal = min(command.position, running.schedule.positions)
        told = time.monotonic()
        for position in self._timed(goal):
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
        inputs, target = _fitted(document.network.spec, sequence, steps)
        notice = document.running.append(inputs, target)
        document.memo_position = -1
        document.source, document.sequence = source, sequence
        yield self._opened(command.ticket, notice)

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


def _differs_in_scaling_alone(before: Document, command: Open) -> bool:
    """Whether a document is the one before with its recurrent matrices scaled otherwise, as while a knob is turned."""
    same = msgspec.structs.replace(before.command, ticket=command.ticket, scaling=command.scaling) == command
    return same and before.source == command.source  # it may have been extended since


def _not_finite(network: Network) -> list[str]:
    """Say where weights are NaN or infinite, as those of a training that diverged are."""
    for name, parameter in network.named_parameters():
        count = int((~torch.isfinite(parameter)).sum())
        if count:
            return [f"The weights are not all finite: {name} holds NaN or infinity {count:,} times."]
    return []


def _fitted(
    spec: NetworkSpec, sequence: Sequence, steps: int | None
) -> tuple[NDArray[np.generic], NDArray[np.generic] | None]:
    """Inputs and targets of a sequence as long as the topology has them."""
    inputs: NDArray[np.generic] = sequence.x
    if spec.embedding_size is not None and sequence.indices is not None:
        inputs = sequence.indices
    target: NDArray[np.generic] | None = sequence.target
    if steps is not None and not 1 <= steps <= MAX_STEPS:
        raise SpecError(f"the number of steps is {steps:,}, but it must be from 1 to {MAX_STEPS:,}")
    wanted = 1 if spec.topology == "one-to-one" else (steps or len(inputs))
    check_size(wanted, inputs.shape[1] if inputs.ndim == 2 else 1, "the sequence")
    if spec.topology == "many-to-one" and target is not None:
        target = target[-1:]
    elif target is not None:
        target = _resized(target, wanted, -1 if target.ndim == 1 else np.nan)
    return _resized(inputs, wanted, 0), target


def _resized(rows: NDArray[np.generic], wanted: int, fill: float) -> NDArray[np.generic]:
    if wanted <= len(rows):
        return rows[:wanted]
    return np.concatenate([rows, np.full((wanted - len(rows), *rows.shape[1:]), fill, rows.dtype)])


def _info(document: Document) -> SequenceInfo:
    sequence, running = document.sequence, document.running
    targets = running.targets
    length = running.schedule.length
    return SequenceInfo(
        sequence.labels[:length],
        sequence.input_names,
        targets.kind,
        sequence.target_names,
        tuple(targets.classes.tolist()) if targets.kind == "class" else None,
        tuple(map(tuple, targets.values.tolist())) if targets.kind == "value" else None,
        length,
        sequence.target_scale,
    )


def _remove(files: list[Path]) -> None:
    for path in files:
        # A window that still maps the file may hold on to it; its folder goes when the window ends.
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
