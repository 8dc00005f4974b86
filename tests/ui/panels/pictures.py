"""Views to draw in tests: records filled with plausible numbers, and a session without an engine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine import cells
from rnnviz.engine.messages import LossObjective, ParameterCount, SequenceInfo
from rnnviz.engine.record import NETWORK, Block, Layout, Record, Segment, SegmentInfo, SignalField
from rnnviz.engine.schedule import Schedule
from rnnviz.engine.sequence import SequenceSource, SignalSource, TextSource, Wave, encode
from rnnviz.engine.spec import NetworkSpec
from rnnviz.ui.fitting import fit_spec
from rnnviz.ui.frozen import FrozenSession
from rnnviz.ui.resolve import resolve
from rnnviz.ui.view import Document, GradientView, TraceView, View


class PictureSession(FrozenSession):
    """A session that meets every request it can without an engine, and notes what it would send to one."""

    def __init__(self, view: View) -> None:
        super().__init__(view)
        self.sent: list[Any] = []

    def apply(self, **changes: Any) -> None:
        """Change the view and tell of it."""
        old, self._view = self._view, resolve(replace(self._view, **changes))
        self.changed.emit(self._view, old)

    def send(self, command: Any) -> None:
        """Note a command."""
        self.sent.append(command)

    def show(self, view: View) -> None:
        """Show another view as it is."""
        old, self._view = self._view, view
        self.changed.emit(view, old)


def text_source(steps: int = 12) -> TextSource:
    words = ("the", "cat", "sat", "on", "a", "mat", ",", "and", "then", "it", "slept", ".")
    return TextSource(" ".join(words[k % len(words)] for k in range(steps)))


def wave_source(steps: int = 12) -> SignalSource:
    return SignalSource((Wave("sine", period=9.0),), steps=steps)


def record_of(spec: NetworkSpec, schedule: Schedule, seed: int = 0) -> Record:
    """A record whose values lie where the signals may."""
    blocks, fields = [], []
    for layer in range(spec.num_layers):
        for way in spec.directions:
            units, cell = spec.units_of(layer, way), cells.get(spec.cell_of(layer, way))
            name = f"{layer}.{way}"
            blocks.append(Block(name, units * len(cell.signals), spec.dtype))
            for k, info in enumerate(cell.signals):
                place = (name, k * units, (k + 1) * units, info.low, info.high)
                fields.append(SignalField(layer, way, info.name, info.kind, info.label, *place))
    inputs = spec.embedding_size or spec.input_size
    network = [("x", "input", inputs), ("output", "output", spec.outputs), ("loss", "loss", 1)]
    network += [(f"readout.{k}", "readout", size) for k, size in enumerate(spec.readout_sizes)]
    if spec.readout == "softmax":
        network.insert(1, ("logits", "logits", spec.outputs))
    for name, kind, columns in network:
        blocks.append(Block(name, columns, spec.dtype))
        fields.append(SignalField(NETWORK, "forward", name, kind, name, name, 0, columns))
    layout = Layout(tuple(blocks), tuple(fields))
    segment = Segment(layout, SegmentInfo("", 0, schedule.steps), writable=True)
    random = np.random.default_rng(seed)
    for field in fields:
        segment.blocks[field.block][:, field.start : field.stop] = _values(field, schedule.steps, random)
    logits = random.normal(size=(schedule.steps, spec.outputs)).cumsum(axis=0)
    if spec.readout == "softmax":
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        segment.blocks["output"][:] = shares / shares.sum(axis=1, keepdims=True)
    return Record(layout, (segment,), schedule.steps)


def _values(field: SignalField, steps: int, random: np.random.Generator) -> NDArray[np.float64]:
    drift = random.normal(size=(steps, field.size)).cumsum(axis=0) * 0.5 + random.normal(size=field.size)
    if field.low == 0 and field.high == 1:
        return 1 / (1 + np.exp(-drift))
    if field.low is not None and field.high is not None:
        return np.tanh(drift)
    return np.abs(drift) if field.kind == "loss" else drift


def gradients_of(trace: TraceView, objective: Any, seed: int = 1) -> GradientView:
    """Gradients that fade away from the step of the objective, with a true zero among them."""
    signals = tuple((f.layer, f.direction, f.signal) for f in trace.record.signals if f.layer != NETWORK)
    fields = [f for f in trace.record.signals if f.layer != NETWORK]
    norms = SignalField(NETWORK, "forward", "norms", "norms", "", "norms", 0, len(signals))
    blocks = [Block(f"{f.layer}.{f.direction}.{f.signal}", f.size, "float64") for f in fields]
    placed = [replace(f, block=block.name, start=0, stop=f.size) for f, block in zip(fields, blocks, strict=True)]
    layout = Layout((*blocks, Block("norms", len(signals), "float64")), (*placed, norms))
    segment = Segment(layout, SegmentInfo("", 0, trace.steps), writable=True)
    random = np.random.default_rng(seed)
    last = trace.steps - 1 if getattr(objective, "scope", "") == "whole" else objective.step
    with np.errstate(divide="ignore"):
        for k, (field, block) in enumerate(zip(fields, blocks, strict=True)):
            fade = 10.0 ** (-(last - np.arange(trace.steps)) * 0.2)
            fade[last + 1 :] = 0.0
            values = random.normal(size=(trace.steps, field.size)) * fade[:, None]
            segment.blocks[block.name][:] = values
            segment.blocks["norms"][:, k] = np.log10(np.linalg.norm(values, axis=1))
    states = {"h", "c", "s"}
    initial = tuple((layer, way, name, -3.0) for layer, way, name in signals if name in states)
    return GradientView(objective, 1.0, Record(layout, (segment,), trace.steps), signals, initial, ())


def info_of(source: SequenceSource) -> SequenceInfo:
    """What the engine tells of a sequence."""
    sequence = encode(source)
    target, kind = sequence.target, sequence.target_kind
    return SequenceInfo(
        labels=sequence.labels,
        input_names=sequence.input_names,
        target_kind=kind,
        target_names=sequence.target_names,
        target_classes=tuple(target.tolist()) if kind == "class" and target is not None else None,
        target_values=tuple(map(tuple, target.tolist())) if kind == "value" and target is not None else None,
        length=sequence.steps,
    )


def make_view(source: SequenceSource | None = None, *, seed: int = 0, **fields: Any) -> View:
    """A view of a network that has run its whole sequence, the cursor at the end."""
    source = source if source is not None else text_source()
    sequence = encode(source)
    spec = NetworkSpec(**{"hidden_size": 5, "output_size": 1, **fields})
    spec = fit_spec(spec, sequence)
    info = info_of(source)
    schedule = Schedule(spec, info.length)
    parts = (ParameterCount("recurrent layers", 1234, (("W_f", (5, 7)),)),)
    trace = TraceView(info, schedule, record_of(spec, schedule, seed), parts)
    view = View(
        document=Document("test", spec, source),
        trace=trace,
        published=schedule.positions,
        position=schedule.positions,
        theme="light",
        engine="ready",
    )
    return replace(view, gradients=gradients_of(trace, LossObjective("upto", trace.steps - 1), seed + 1))
