"""The recorded run of a session, kept in its file: what a window can show while there is no engine yet.

A recording is what the engine answered when it ran the session to the end. It says of which network and sequence it
is, and how that is laid out: one of another network, or of an rnnviz that records otherwise, is passed over.
"""

from __future__ import annotations

import hashlib
import math

import msgspec

from rnnviz.engine.errors import SessionFileError, SpecError
from rnnviz.engine.interventions import in_force
from rnnviz.engine.layout import gradient_layout, layout_for
from rnnviz.engine.messages import LossObjective, Open, ParameterCount, SequenceInfo, encode
from rnnviz.engine.record import NETWORK, Layout, Record, Segment
from rnnviz.engine.schedule import Schedule
from rnnviz.engine.spec import Direction, NetworkSpec

_FORMAT = 1


class _Head(msgspec.Struct, frozen=True):
    of: bytes


class RecordedGradients(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The gradients of one objective, as in the event Differentiated; `values` is the segment with their record."""

    objective: LossObjective
    value: float
    initial: tuple[tuple[int, Direction, str, float], ...]
    parameters: tuple[tuple[str, float], ...]
    values: bytes


class Recording(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole run, as in the event Opened; `values` is the segment with its record.

    `of` is the fingerprint of the command that the engine was given.
    """

    of: bytes
    sequence: SequenceInfo
    parts: tuple[ParameterCount, ...]
    values: bytes
    gradients: RecordedGradients | None = None


def fingerprint(command: Open) -> bytes:
    """Return what tells a network, its sequence and the layout of its record from all others, whatever the ticket."""
    plain = msgspec.structs.replace(command, ticket=0, slot=0)
    laid_out = msgspec.msgpack.encode((_FORMAT, layout_for(command.spec)))
    return hashlib.sha256(encode(plain) + laid_out).digest()


def pack(recording: Recording) -> bytes:
    """Return a recording as the bytes of a member of a session file."""
    return msgspec.msgpack.encode(recording)


def unpack(content: bytes, command: Open) -> Recording | None:
    """Read the recording of what a command opens; nothing in it is run.

    Returns
    -------
    Recording or None
        None: it is of something else.

    Raises
    ------
    SessionFileError
        When it is none, or does not fit the network.
    """
    try:
        if msgspec.msgpack.decode(content, type=_Head).of != fingerprint(command):
            return None
        recording = msgspec.msgpack.decode(content, type=Recording)
        fault = _fault(recording, command)
    except (msgspec.DecodeError, UnicodeError, RecursionError, SpecError) as error:
        raise SessionFileError(f"the recorded run cannot be read: {error}") from error
    if fault:
        raise SessionFileError(f"the recorded run does not fit the network: {fault}")
    return recording


def laid_out(record: Record) -> bytes:
    """Return a record as one segment of just its steps."""
    offsets, size = record.layout.offsets(record.steps)
    values = bytearray(size)
    for block in record.layout.blocks:
        own = record.columns(block.name, 0, block.columns).tobytes()
        values[offsets[block.name] : offsets[block.name] + len(own)] = own
    return bytes(values)


def run_record(recording: Recording, spec: NetworkSpec) -> Record:
    """Return the record of a run that was recorded, for reading only."""
    return _record(layout_for(spec), recording.values, Schedule(spec, recording.sequence.length).steps)


def gradient_record(gradients: RecordedGradients, run: Record) -> Record:
    """Return the record of the gradients of a run, for reading only."""
    return _record(gradient_layout(run.layout), gradients.values, run.steps)


def gradient_signals(record: Record) -> tuple[tuple[int, Direction, str], ...]:
    """Return (layer, direction, signal) of every column of the norms of gradients."""
    return tuple((field.layer, field.direction, field.signal) for field in record.signals if field.signal != "norms")


def can_be_recorded(command: Open) -> bool:
    """Whether a recording holds all that a window shows of a session: not the run without interventions."""
    return not in_force(command.interventions)


def _record(layout: Layout, values: bytes, steps: int) -> Record:
    return Record(layout, (Segment.of(layout, values, steps),), steps)


def _fault(recording: Recording, command: Open) -> str:
    """Say what of a recording no run of a network has; empty where all fits."""
    spec, sequence = command.spec, recording.sequence
    if not can_be_recorded(command):
        return "with interventions there is a second run, which no recording holds"
    steps = Schedule(spec, sequence.length).steps
    layout = layout_for(spec)
    if layout.offsets(steps)[1] != len(recording.values):
        return f"its signals take {len(recording.values):,} bytes, but {layout.offsets(steps)[1]:,} are needed"
    return (
        _sequence_fault(sequence, spec, steps)
        or _parts_fault(recording.parts)
        or (_gradients_fault(recording.gradients, layout, steps) if recording.gradients is not None else "")
    )


def _sequence_fault(sequence: SequenceInfo, spec: NetworkSpec, steps: int) -> str:
    classes, values = sequence.target_classes, sequence.target_values
    if len(sequence.labels) > sequence.length:
        return f"it names {len(sequence.labels):,} steps of a sequence of {sequence.length:,}"
    if len(sequence.input_names) != spec.input_size:
        return f"it names {len(sequence.input_names):,} inputs of {spec.input_size:,}"
    if (sequence.target_kind == "class") != (classes is not None) or (sequence.target_kind == "value") != (
        values is not None
    ):
        return "its targets are not of the kind that it says"
    if classes is not None and (len(classes) != steps or not all(-1 <= one < spec.outputs for one in classes)):
        return f"its targets are not {steps:,} classes of {spec.outputs:,}"
    if values is not None and (len(values) != steps or any(len(row) != spec.outputs for row in values)):
        return f"its targets are not {steps:,} rows of {spec.outputs:,} values"
    named = len(sequence.target_names)
    if sequence.target_kind is not None and named not in (0, spec.outputs):
        return f"it names {named:,} targets of {spec.outputs:,}"
    return ""


def _parts_fault(parts: tuple[ParameterCount, ...]) -> str:
    for part in parts:
        sizes = [math.prod(shape) for _, shape in part.parameters if all(size >= 0 for size in shape)]
        if len(sizes) != len(part.parameters) or sum(sizes) != part.count:
            return f"{part.part[:40]!r} does not have the {part.count:,} parameters that it says"
    return ""


def _gradients_fault(gradients: RecordedGradients, layout: Layout, steps: int) -> str:
    size = gradient_layout(layout).offsets(steps)[1]
    if len(gradients.values) != size:
        return f"its gradients take {len(gradients.values):,} bytes, but {size:,} are needed"
    if not -1 <= gradients.objective.step < steps:
        return f"its gradients are of step {gradients.objective.step + 1:,}, but there are {steps:,}"
    known = {(field.layer, field.direction, field.signal) for field in layout.signals if field.layer != NETWORK}
    if any(entry[:3] not in known for entry in gradients.initial):
        return "its gradients name a state that there is not"
    return ""
