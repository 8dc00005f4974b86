"""A small engine without torch: a tanh network in numpy, recorded and differentiated as the protocol says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.answer import pack
from rnnviz.engine.errors import SpecError
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
    LossObjective,
    Open,
    Opened,
    SequenceInfo,
    WeightsReady,
)
from rnnviz.engine.record import NETWORK, Block, Layout, Segment, SegmentInfo, SignalField
from rnnviz.engine.schedule import Schedule
from rnnviz.engine.sequence import Sequence, SequenceSource, TextSource, encode
from rnnviz.engine.spec import NetworkSpec
from rnnviz.ui.view import Document

IMPOSSIBLE_SEED = 13
SPEC = NetworkSpec(cell="rnn", input_size=6, hidden_size=5, output_size=6, readout="softmax")
SOURCE = TextSource("to be or not to be , that is", vocabulary=(",", "be", "is", "not", "or", "that", "to"))


def document(**fields: object) -> Document:
    """A document that the small engine can open, with the fields of its specification changed."""
    spec = SPEC.replace(**{"input_size": 7, "output_size": 7, **fields})
    return Document("Hamlet", spec, SOURCE)


class SmallEngine:
    """Runs h[t] = tanh(W x[t] + U h[t-1]); the gradient it tells is t + 1 everywhere, its value the loss."""

    answers = False
    """Whether it answers every request with the sum of the states; real panels expect other arrays."""

    def __init__(self, directory: Path | None) -> None:
        assert directory is not None
        self.directory = directory
        self.files = 0
        self.commands: list[AnyCommand] = []
        self.open: Open | None = None
        self.position = 0

    def handle(self, command: AnyCommand) -> Iterator[Event | None]:
        self.commands.append(command)
        match command:
            case Open():
                yield from self._open(command)
            case Advance(ticket, position):
                yield from self._advance(ticket, position)
            case Append(ticket, piece):
                yield from self._append(ticket, piece)
            case Differentiate(ticket, objective):
                yield from self._differentiate(ticket, objective)
            case Analyse(ticket, request):
                yield None
                if not self.answers:
                    raise SpecError("the small engine answers no questions")
                states = self.segment[1].blocks["h.0.forward"][: self.position]
                yield Analysed(ticket, request, self.position, pack({"sum": states.sum(0)}, None))
            case GetWeights(ticket):
                yield WeightsReady(ticket, self.weights.tobytes())

    def _open(self, command: Open) -> Iterator[Event | None]:
        spec = command.spec
        if spec.seed == IMPOSSIBLE_SEED:
            raise SpecError("seed is 13, but nothing can be built of it")
        sequence = encode(command.source)
        if sequence.x.shape[1] != spec.input_size:
            raise SpecError(f"input_size is {spec.input_size}, but the sequence has {sequence.x.shape[1]} inputs")
        units = spec.units_of(0)
        columns = spec.input_size + units + spec.outputs
        if command.weights is None:
            weights = np.random.default_rng(spec.seed).normal(size=(units, columns))
        else:
            weights = np.frombuffer(command.weights)
            if weights.size != units * columns:
                raise SpecError(f"the weights have {weights.size} numbers, but the network has {units * columns}")
        yield None
        self.open, self.weights, self.position = command, weights.reshape(units, columns), 0
        self.source: SequenceSource = command.source
        yield self._opened(command.ticket, sequence)

    def _opened(self, ticket: int, sequence: Sequence, notice: str = "") -> Opened:
        assert self.open is not None
        self.sequence = sequence
        self.schedule = Schedule(self.open.spec, sequence.steps)
        self.segment = self._segment(self._layout())
        classes = None
        if sequence.target is not None and sequence.target_kind == "class":
            classes = tuple(sequence.target.tolist())
        info = SequenceInfo(
            sequence.labels,
            sequence.input_names,
            sequence.target_kind,
            sequence.target_names,
            classes,
            None,
            sequence.steps,
        )
        return Opened(
            ticket,
            self.open.spec,
            self.source,
            info,
            self.segment[0],
            (self.segment[1].info,),
            self.schedule.steps,
            self.position,
            (),
            notice,
        )

    def _layout(self) -> Layout:
        assert self.open is not None
        spec = self.open.spec
        fields = [
            SignalField(layer, way, "h", "state", "h", f"h.{layer}.{way}", 0, spec.units_of(layer, way), -1.0, 1.0)
            for layer in range(spec.num_layers)
            for way in spec.directions
        ]
        fields.append(SignalField(NETWORK, "forward", "output", "output", "output", "output", 0, spec.outputs))
        fields.append(SignalField(NETWORK, "forward", "loss", "loss", "loss", "loss", 0, 1))
        return Layout(tuple(Block(field.block, field.size, "float64") for field in fields), tuple(fields))

    def _segment(self, layout: Layout) -> tuple[Layout, Segment]:
        self.files += 1
        path = str(self.directory / f"{self.files}.segment")
        return layout, Segment(layout, SegmentInfo(path, 0, self.schedule.steps), writable=True)

    def _advance(self, ticket: int, position: int) -> Iterator[Event | None]:
        position = max(self.position, min(position, self.schedule.positions))
        for at in range(self.position, position):
            self._compute(self.schedule.at(at + 1).step)
            self.position = at + 1
            if at % 64 == 63 and at + 1 < position:
                yield Advanced(ticket, at + 1, None, False)
            yield None
        yield Advanced(ticket, position, 0.0, position == self.schedule.positions)

    def _compute(self, step: int) -> None:
        units, inputs = self.weights.shape[0], self.sequence.x.shape[1]
        W, U = self.weights[:, :inputs], self.weights[:, inputs : inputs + units]
        V = self.weights[:, inputs + units :]
        blocks = self.segment[1].blocks
        for name in [name for name in blocks if name.startswith("h.")]:
            before = blocks[name][step - 1] if step else np.zeros(units)
            x = self.sequence.x[step] if step < len(self.sequence.x) else np.zeros(inputs)
            blocks[name][step] = np.tanh(W @ x + U @ before)
        logits = V.T @ blocks["h.0.forward"][step]
        p = np.exp(logits - logits.max())
        blocks["output"][step] = p / p.sum()
        target = self._targets()[step]
        blocks["loss"][step] = -np.log(blocks["output"][step][target]) if target >= 0 else np.nan

    def _targets(self) -> NDArray[np.int64]:
        if self.sequence.target_kind != "class" or self.sequence.target is None:
            return np.full(self.schedule.steps, -1)
        return np.asarray(self.sequence.target, np.int64)

    def _append(self, ticket: int, piece: str) -> Iterator[Event | None]:
        source = self.source.append(piece)
        old = {name: block.copy() for name, block in self.segment[1].blocks.items()}
        self.source = source
        yield None
        opened = self._opened(ticket, encode(source), "the sequence has grown")
        for name, block in old.items():
            self.segment[1].blocks[name][: len(block)] = block
        yield opened

    def _differentiate(self, ticket: int, objective: object) -> Iterator[Event | None]:
        losses = self.segment[1].blocks["loss"][:, 0]
        value = 1.0
        if isinstance(objective, LossObjective):
            stop = self.schedule.steps if objective.scope == "whole" else objective.step + 1
            value = float(np.nansum(losses[:stop] if objective.scope != "at" else losses[stop - 1 : stop]))
        layout = Layout(
            (Block("h", self.weights.shape[0], "float64"), Block("norms", 1, "float64")),
            (
                SignalField(0, "forward", "h", "state", "h", "h", 0, self.weights.shape[0]),
                SignalField(NETWORK, "forward", "norms", "norms", "norms", "norms", 0, 1),
            ),
        )
        yield None
        layout, segment = self._segment(layout)
        segment.blocks["h"][:] = np.arange(1, self.schedule.steps + 1)[:, None]
        segment.blocks["norms"][:] = 0.0
        yield Differentiated(
            ticket,
            objective,  # type: ignore[arg-type]
            value,
            layout,
            (segment.info,),
            self.schedule.steps,
            ((0, "forward", "h"),),
            (),
            (),
        )
