"""The protocol between window and engine: commands go in, events come back, all of it plain data.

Every command about a document carries the ticket of the document; an event carries the ticket of its command, so that
late answers to a document that is no longer open are recognised and dropped on both sides. Tickets count within a slot.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from rnnviz.engine.answer import Fact, Packed
from rnnviz.engine.interventions import Edit, Intervention
from rnnviz.engine.record import Layout, SegmentInfo
from rnnviz.engine.requests import AnyRequest, Measure
from rnnviz.engine.sequence import SequenceSource
from rnnviz.engine.spec import Direction, NetworkSpec

PROTOCOL = 1


class LossObjective(msgspec.Struct, frozen=True, tag="loss"):
    """Differentiate the loss: the sum over the steps up to ``step``, the one ``at`` it, or the ``whole`` sum."""

    scope: Literal["upto", "at", "whole"]
    step: int = -1


class ProbeObjective(msgspec.Struct, frozen=True, tag="probe"):
    """Differentiate one number: an output (signal "output" or "logits", layer -1) or a unit of a signal, at a step."""

    signal: str
    unit: int
    step: int
    layer: int = -1
    direction: Direction = "forward"


Objective = LossObjective | ProbeObjective


class Scaling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Recurrent matrices brought to one spectral radius or largest singular value, each on its own.

    ``blocks`` names them as "layer:direction:name", counted from 0 ("0:forward:U_f"); None: all square ones.
    """

    value: float
    by: Measure = "radius"
    blocks: tuple[str, ...] | None = None


class _Slotted(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs to one of several networks that one engine process runs beside each other, counted from 0."""

    slot: int = 0


class Command(_Slotted, frozen=True, tag=True):
    """Base of all commands."""

    ticket: int


class Open(Command, frozen=True, tag=True):
    """Build a network, encode a sequence and allocate its record.

    Weights are the bytes of a safetensors file, or None for the seeded initialisation. With ``given`` the states before
    the first step are taken from it: {"h": [[...] per layer and direction]}. With ``scaling`` the recurrent matrices
    are scaled after that, and then the ``interventions`` that are on are made.
    """

    spec: NetworkSpec
    source: SequenceSource
    weights: bytes | None = None
    steps: int | None = None
    given: dict[str, list[list[float]]] | None = None
    scaling: Scaling | None = None
    interventions: tuple[Intervention, ...] = ()


class Advance(Command, frozen=True, tag=True):
    """Run on until a position of the schedule (see Schedule); positions already reached cost nothing."""

    position: int


class Append(Command, frozen=True, tag=True):
    """Extend the sequence while the network runs: one more word, more steps of a signal, further rows."""

    piece: str


class Differentiate(Command, frozen=True, tag=True):
    """Compute all gradients of an objective; the answer carries the objective, and so its step."""

    objective: Objective


class Analyse(Command, frozen=True, tag=True):
    """Answer a request about what the run has reached; it gives way to everything else that is to be done."""

    request: AnyRequest


class Withdraw(Command, frozen=True, tag=True):
    """A request is no longer of interest; it stays without an answer."""

    request: AnyRequest


class GetWeights(Command, frozen=True, tag=True):
    """Ask for the parameters as the bytes of a safetensors file; those before any scaling."""


class Cancel(Command, frozen=True, tag=True):
    """Stop what is under way for this ticket."""


class Close(Command, frozen=True, tag=True):
    """Let go of everything in a slot: its network, its record and its files. It is not used again."""


class Shutdown(Command, frozen=True, tag=True):
    """End the engine."""


AnyCommand = Open | Advance | Append | Differentiate | Analyse | Withdraw | GetWeights | Cancel | Close | Shutdown


class ParameterCount(msgspec.Struct, frozen=True):
    """How many parameters a part of the network has, and which: [(name, shape)]."""

    part: str
    count: int
    parameters: tuple[tuple[str, tuple[int, ...]], ...]


class SequenceInfo(msgspec.Struct, frozen=True):
    """What the window shows of the encoded sequence.

    Targets stand per step [S]: a class (-1 for none), or values (NaN for none). A value in its own unit is
    ``mean + scale * value`` with ``target_scale`` = (mean, scale).
    """

    labels: tuple[str, ...]
    input_names: tuple[str, ...]
    target_kind: Literal["class", "value"] | None
    target_names: tuple[str, ...]
    target_classes: tuple[int, ...] | None
    target_values: tuple[tuple[float, ...], ...] | None
    length: int
    target_scale: tuple[float, float] | None = None


class Event(_Slotted, frozen=True, tag=True):
    """Base of all events."""

    ticket: int


class Ready(Event, frozen=True, tag=True):
    """The engine has loaded torch and takes commands."""

    versions: dict[str, str]
    protocol: int = PROTOCOL


class Opened(Event, frozen=True, tag=True):
    """A document is open, or was extended; its record can be mapped.

    ``source`` is the source as it now stands. ``position`` is what the record holds already (0 after opening).
    ``notice`` is a sentence for the user: "the backward direction was computed again". With interventions the run
    without them is recorded too, at ``original`` as ``original_layout`` says; always at least as far as the other.
    ``untouched`` says for each edit, with value 0 and on, what its entries have in the mean without interventions.
    """

    spec: NetworkSpec
    source: SequenceSource
    sequence: SequenceInfo
    layout: Layout
    segments: tuple[SegmentInfo, ...]
    steps: int
    position: int
    parts: tuple[ParameterCount, ...]
    notice: str = ""
    original: tuple[SegmentInfo, ...] = ()
    original_layout: Layout | None = None
    untouched: tuple[tuple[Edit, float], ...] = ()


class Advanced(Event, frozen=True, tag=True):
    """The run stands at a position; everything that it has reached is published in the record.

    ``loss`` is the sum of the losses of the steps reached, None where there is no target. ``per_step`` is the time of
    the processor that a step of the sequence took so far, through all layers and directions, in seconds; None where
    nothing was computed.
    """

    position: int
    loss: float | None
    done: bool
    per_step: float | None = None


class Differentiated(Event, frozen=True, tag=True):
    """All gradients of one objective.

    The record at ``segments`` has the signals of ``layout`` in float64: dL/ds_t, [S, units] each. The network-level
    field "norms" holds log10 of the Euclidean norm per step, a column per signal of ``signals`` in their order:
    -inf for a true zero, +inf and NaN as they come; it cannot underflow.
    """

    objective: Objective
    value: float
    layout: Layout
    segments: tuple[SegmentInfo, ...]
    steps: int
    signals: tuple[tuple[int, Direction, str], ...]
    initial: tuple[tuple[int, Direction, str, float], ...]
    parameters: tuple[tuple[str, float], ...]


class Analysed(Event, frozen=True, tag=True):
    """The answer to a request about what the run had reached at a position.

    Where there is none ``fault`` says why in one sentence, and ``report`` is a traceback or empty.
    """

    request: AnyRequest
    position: int
    answer: Packed = Packed(())
    facts: dict[str, Fact] = {}
    fault: str = ""
    report: str = ""


class WeightsReady(Event, frozen=True, tag=True):
    """The parameters, as the bytes of a safetensors file."""

    weights: bytes


class Progress(Event, frozen=True, tag=True):
    """Long work goes on: ``done`` of ``total``, in the units of ``what``."""

    what: str
    done: int
    total: int


class Failed(Event, frozen=True, tag=True):
    """A command could not be carried out; ``message`` is one sentence for the user, ``report`` a traceback or empty."""

    command: str
    message: str
    report: str = ""


AnyEvent = Ready | Opened | Advanced | Differentiated | Analysed | WeightsReady | Progress | Failed

_ENCODER = msgspec.msgpack.Encoder()
_COMMANDS: msgspec.msgpack.Decoder[AnyCommand] = msgspec.msgpack.Decoder(AnyCommand)
_EVENTS: msgspec.msgpack.Decoder[AnyEvent] = msgspec.msgpack.Decoder(AnyEvent)


def encode(message: Command | Event) -> bytes:
    """A message as bytes."""
    return _ENCODER.encode(message)


def decode_command(data: bytes) -> AnyCommand:
    """The command in these bytes.

    Raises
    ------
    msgspec.ValidationError
        When the bytes are no command of this protocol.
    """
    return _COMMANDS.decode(data)


def decode_event(data: bytes) -> AnyEvent:
    """The event in these bytes.

    Raises
    ------
    msgspec.ValidationError
        When the bytes are no event of this protocol.
    """
    return _EVENTS.decode(data)
