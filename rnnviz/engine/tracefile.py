"""Trace files: a stored zip with a manifest, the weights of the run, what it was fed, and all that it recorded."""

from __future__ import annotations

import dataclasses
from os import PathLike
from typing import Literal

import msgspec
import numpy as np
import torch
from torch import Tensor

from rnnviz._version import __version__
from rnnviz.atomic import replacing
from rnnviz.engine.archive import Reader, Writer, reading
from rnnviz.engine.arithmetic import in_own_modes
from rnnviz.engine.errors import FormatError, RnnvizError, SessionFileError
from rnnviz.engine.holds import Holds, intervened
from rnnviz.engine.interventions import Clamp, Intervention, interventions_fault
from rnnviz.engine.layout import layout_of
from rnnviz.engine.loss import Targets
from rnnviz.engine.messages import ProbeObjective
from rnnviz.engine.network import DTYPES, Network, Share
from rnnviz.engine.reassemble import reassemble
from rnnviz.engine.record import Record, Segment, SegmentInfo
from rnnviz.engine.schedule import Schedule
from rnnviz.engine.spec import Direction, NetworkSpec
from rnnviz.engine.statefile import decode, encode
from rnnviz.engine.trace import Trace
from rnnviz.engine.weights import snapshot

FORMAT = 1
MANIFEST = "manifest.json"
WEIGHTS = "weights.safetensors"


class SavedShare(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Rows ``start`` to ``stop`` of a parameter of the module; None means all."""

    parameter: str
    start: int | None = None
    stop: int | None = None


class SavedCell(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which parameters of the module make those of one cell."""

    layer: int
    direction: Direction
    shares: dict[str, tuple[SavedShare, ...]]


class _Head(msgspec.Struct):
    version: int
    spec: dict[str, object] = {}


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``manifest.json`` holds.

    `length` is T and `position` counts as Schedule does; `tokens` says that x are whole numbers, `given` which states
    were given to the run, `parameters` in which order the network lists them.
    """

    version: int
    written_by: str
    spec: NetworkSpec
    length: int
    position: int
    tokens: bool
    target: Literal["class", "value"] | None
    given: tuple[str, ...]
    probe: ProbeObjective | None
    parameters: tuple[str, ...]
    cells: tuple[SavedCell, ...]
    interventions: tuple[Intervention, ...] = ()


def save(trace: Trace, path: str | PathLike[str]) -> None:
    """Write a trace with the parameters it was made with, its input and its targets.

    Parameters
    ----------
    trace : Trace
    path : path-like
        A file that is there is replaced once the new one is complete.

    Raises
    ------
    SessionFileError
        When the system refuses (full disk, no permission); what stood at the path stays as it was.
    """
    try:
        manifest = msgspec.json.format(msgspec.json.encode(_manifest_of(trace)), indent=1)
    except (UnicodeEncodeError, msgspec.MsgspecError) as error:
        raise SessionFileError(f"the trace cannot be saved as {path}: {error}") from error
    with replacing(path, SessionFileError) as file, Writer(file) as writer:
        writer.add(MANIFEST, manifest)
        writer.add(WEIGHTS, encode(trace.weights.state))
        writer.add_array("x", trace.x.numpy())
        if trace.targets.kind is not None:
            known = trace.targets.classes if trace.targets.kind == "class" else trace.targets.values
            writer.add_array("target", known.numpy())
        for state in sorted(trace.weights.given):
            writer.add_array(f"initial/{state}", _given(trace, state))
        for block in trace.record.layout.blocks:
            writer.add_array(f"record/{block.name}", trace.record.columns(block.name, 0, block.columns))


def _manifest_of(trace: Trace) -> Manifest:
    return Manifest(
        version=FORMAT,
        written_by=f"rnnviz {__version__}",
        spec=trace.network.spec,
        length=trace.schedule.length,
        position=trace.position,
        tokens=trace.x.dim() == 1,
        target=trace.targets.kind,
        given=tuple(sorted(trace.weights.given)),
        probe=trace.probed,
        parameters=tuple(trace.weights.state),
        cells=tuple(
            SavedCell(
                at.layer,
                at.direction,
                {
                    name: tuple(SavedShare(share.parameter, share.rows.start, share.rows.stop) for share in shares)
                    for name, shares in at.shares.items()
                },
            )
            for at in trace.network.cell_layers
        ),
        interventions=trace.interventions,
    )


def _given(trace: Trace, state: str) -> np.ndarray:
    """A given state before the first step, [layers * directions, H]; zero where a cell has no such state."""
    starts = [trace.weights.cells[at].initial for at in trace.network.cell_layers]
    units = trace.network.cell_layers[0].units
    dtype = DTYPES[trace.network.spec.dtype]
    return torch.stack([start.get(state, torch.zeros(units, dtype=dtype)) for start in starts]).numpy()


@in_own_modes
def load(path: str | PathLike[str]) -> Trace:
    """Read a trace; nothing in the file is executed, and no more is read than the file holds.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    Trace
        Its signals are those that were saved, bit for bit; gradients are computed anew when they are asked for.

    Raises
    ------
    SessionFileError
        When it is no trace file, is damaged, does not fit together, or was written by a newer rnnviz.
    """
    with reading(path, "trace") as reader:
        return _trace(reader, _manifest(reader.read(MANIFEST)))


def _manifest(content: bytes) -> Manifest:
    try:
        head = msgspec.json.decode(content, type=_Head)
        version = head.version
        if version > FORMAT:
            raise SessionFileError(
                f"it was written by a newer rnnviz (format {version}, this one reads up to {FORMAT}): "
                "update rnnviz to open it"
            )
        if version < 1:
            raise SessionFileError(f"in {MANIFEST}, version is {version}, but formats count from 1")
        # msgspec lets unknown fields of a dataclass pass, so that what they ask for would be left out without a word.
        for name in sorted(set(head.spec) - {field.name for field in dataclasses.fields(NetworkSpec)}):
            raise SessionFileError(f"in {MANIFEST}, the specification has a field {name[:100]} that is not known")
        return msgspec.json.decode(content, type=Manifest)
    except SessionFileError:
        raise
    except RecursionError as error:
        raise SessionFileError(f"{MANIFEST} is nested too deeply") from error
    except (msgspec.DecodeError, UnicodeError, RnnvizError) as error:
        raise SessionFileError(f"in {MANIFEST}, {error}") from error


def _trace(reader: Reader, manifest: Manifest) -> Trace:
    schedule = Schedule(manifest.spec, manifest.length)
    if not 0 <= manifest.position <= schedule.positions:
        raise SessionFileError(
            f"in {MANIFEST}, position is {manifest.position}, but the run has {schedule.positions} positions"
        )
    fault = interventions_fault(manifest.interventions, manifest.spec)
    if fault:
        raise SessionFileError(f"in {MANIFEST}, {fault}")
    network = intervened(_network(manifest, decode(reader.read(WEIGHTS))), _clamps(manifest))
    x = _x(reader, manifest)
    targets = _targets(reader, manifest, schedule)
    weights = snapshot(network, _initial(reader, manifest, network))
    trace = Trace(network, weights, schedule, targets, _record(reader, network, schedule), manifest.position, x)
    trace.probed, trace.interventions = manifest.probe, manifest.interventions
    trace.holds = Holds(manifest.interventions)
    return trace


def _clamps(manifest: Manifest) -> tuple[Intervention, ...]:
    """The signals that are held; weights that were set by hand are stored as they were set."""
    return tuple(entry for entry in manifest.interventions if isinstance(entry, Clamp))


def _network(manifest: Manifest, state: dict[str, Tensor]) -> Network:
    if sorted(manifest.parameters) != sorted(state):
        raise FormatError(f"the parameters in {WEIGHTS} are not those that {MANIFEST} names")
    shares = {
        (cell.layer, cell.direction): {
            name: tuple(Share(part.parameter, slice(part.start, part.stop)) for part in parts)
            for name, parts in cell.shares.items()
        }
        for cell in manifest.cells
    }
    return reassemble(manifest.spec, shares, {name: state[name] for name in manifest.parameters})


def _x(reader: Reader, manifest: Manifest) -> Tensor:
    spec = manifest.spec
    if manifest.tokens:
        if spec.embedding_size is None:
            raise SessionFileError(f"in {MANIFEST}, x are tokens, but the network has no embedding")
        tokens = _tensor(reader, "x", "int64", (manifest.length,))
        if tokens.min() < 0 or tokens.max() >= spec.input_size:
            raise SessionFileError(f"its member x.npy has a token outside 0 to {spec.input_size - 1}")
        return tokens
    return _tensor(reader, "x", spec.dtype, (manifest.length, spec.input_size))


def _targets(reader: Reader, manifest: Manifest, schedule: Schedule) -> Targets:
    spec, steps = manifest.spec, schedule.steps
    if manifest.target is None:
        return Targets.of(spec, schedule, None)
    if manifest.target == "class":
        targets = Targets.of(spec, schedule, _tensor(reader, "target", "int64", (steps,)))
    else:
        targets = Targets.of(spec, schedule, _tensor(reader, "target", "float64", (steps, spec.outputs)))
    if targets.kind != manifest.target:
        raise SessionFileError(f"in {MANIFEST}, target is {manifest.target!r}, which does not fit the network")
    return targets


def _initial(reader: Reader, manifest: Manifest, network: Network) -> dict[str, Tensor]:
    shape = (len(network.cell_layers), network.cell_layers[0].units)
    return {name: _tensor(reader, f"initial/{name}", manifest.spec.dtype, shape) for name in manifest.given}


def _record(reader: Reader, network: Network, schedule: Schedule) -> Record:
    layout = layout_of(network)
    # Read before room is made for them: how much is asked for stands in the file, how much there is does not.
    blocks = {
        block.name: reader.read_array(f"record/{block.name}", block.dtype, (schedule.steps, block.columns))
        for block in layout.blocks
    }
    segment = Segment(layout, SegmentInfo("", 0, schedule.steps), writable=True)
    for name, values in blocks.items():
        segment.blocks[name][:] = values
    return Record(layout, (segment,), schedule.steps)


def _tensor(reader: Reader, name: str, dtype: str, shape: tuple[int, ...]) -> Tensor:
    return torch.from_numpy(reader.read_array(name, dtype, shape).copy())
