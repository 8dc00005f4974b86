"""The format of session files (``.rnnviz``): a stored zip with a manifest and weights, safe to open."""

from __future__ import annotations

import dataclasses
import os
import zipfile
import zlib
from collections.abc import Sequence
from typing import Annotated, BinaryIO, Literal

import msgspec

from rnnviz.engine import cells, recording
from rnnviz.engine.errors import RnnvizError, SessionFileError
from rnnviz.engine.interventions import MOST as MOST_INTERVENTIONS
from rnnviz.engine.interventions import Intervention, interventions_fault
from rnnviz.engine.messages import Open, ProbeObjective, Scaling
from rnnviz.engine.record import NETWORK
from rnnviz.engine.recording import Recording
from rnnviz.engine.regularfile import opened
from rnnviz.engine.scalable import scaling_fault
from rnnviz.engine.sequence import SequenceSource
from rnnviz.engine.sequence.model import MAX_STEPS
from rnnviz.engine.spec import Direction, NetworkSpec

FORMAT = 1
SUFFIX = ".rnnviz"
MANIFEST = "manifest.json"
WEIGHTS = "weights.safetensors"
RECORDING = "recording.msgpack"
MOST_RIVALS = 3
"""How many networks a session can compare with its own."""

RIVALS = tuple(f"weights-{number + 1}.safetensors" for number in range(MOST_RIVALS))
"""The members with their weights."""

MOST = {MANIFEST: 64 << 20, WEIGHTS: 2 << 30, RECORDING: 16 << 20, **dict.fromkeys(RIVALS, 2 << 30)}
"""The largest accepted size of each member, in bytes; what a zip says of itself is not believed."""

_MOST_UNPACKED = 64 << 20
_MOST_GROWTH = 100
"""How many times as large as in the file a member above 64 MB may be: weights hardly shrink when they are packed."""


_EPOCH = (1980, 1, 1, 0, 0, 0)
_Name = Annotated[str, msgspec.Meta(max_length=1000)]
_Description = Annotated[str, msgspec.Meta(max_length=10_000)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]
Interventions = Annotated[tuple[Intervention, ...], msgspec.Meta(max_length=MOST_INTERVENTIONS)]
_Steps = Annotated[int, msgspec.Meta(ge=1, le=MAX_STEPS)]
_BROKEN = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    UnicodeError,
    ValueError,
)


class _Version(msgspec.Struct):
    version: int


class _Fields(msgspec.Struct):
    spec: dict[str, msgspec.Raw]
    rivals: tuple[_Fields, ...] = ()


class SavedNetwork(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A network that is compared with that of the session; without a `source` it reads the session's sequence."""

    name: _Name
    spec: NetworkSpec
    source: SequenceSource | None = None
    description: _Description = ""
    steps: _Steps | None = None
    given: dict[str, list[list[float]]] | None = None
    scaling: Scaling | None = None
    interventions: Interventions = ()


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``manifest.json`` holds; `position` and `published` count as Schedule does, `published` None means all.

    `description` is a sentence about the session: what the network learned, and how well.
    """

    version: int
    written_by: str
    name: _Name
    spec: NetworkSpec
    source: SequenceSource
    description: _Description = ""
    steps: _Steps | None = None
    given: dict[str, list[list[float]]] | None = None
    scaling: Scaling | None = None
    interventions: Interventions = ()
    position: _Count = 0
    published: _Count | None = None
    scope: Literal["upto", "at", "whole"] = "upto"
    probe: ProbeObjective | None = None
    layer: _Count = 0
    direction: Direction = "forward"
    units: tuple[_Count, ...] = (0,)
    ahead_hidden: bool = False
    speed: float = 2.0
    options: dict[str, str] = {}
    layout: bytes = b""
    rivals: Annotated[tuple[SavedNetwork, ...], msgspec.Meta(max_length=MOST_RIVALS)] = ()


def opening(manifest: Manifest, weights: bytes | None) -> Open:
    """Return the command that opens a session in the engine."""
    saved = manifest
    sequence = (saved.source, weights, saved.steps, saved.given)
    return Open(0, saved.spec, *sequence, saved.scaling, saved.interventions)


def write(
    file: BinaryIO,
    manifest: Manifest,
    weights: bytes | None,
    rivals: Sequence[bytes | None] = (),
    recorded: Recording | None = None,
) -> None:
    """Write a session; the same session always gives the same bytes.

    Parameters
    ----------
    file : binary file
    manifest : Manifest
    weights : bytes or None
        Of a safetensors file; None for the seeded initialisation of the specification.
    rivals : sequence of bytes or None
        The weights of the networks that are compared, in the order of the manifest.
    recorded : Recording or None
        The run of the session, to be looked at before there is an engine.

    Raises
    ------
    SessionFileError
        When a text of the session cannot be written as Unicode.
    """
    try:
        members = {MANIFEST: msgspec.json.format(msgspec.json.encode(manifest), indent=1)}
    except (UnicodeEncodeError, msgspec.MsgspecError) as error:
        raise SessionFileError(f"the session cannot be saved: {error}") from error
    stored = zip((WEIGHTS, *RIVALS), (weights, *rivals), strict=False)
    members |= {name: content for name, content in stored if content is not None}
    if recorded is not None:
        members[RECORDING] = recording.pack(recorded)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content)


def read(path: str | os.PathLike[str]) -> tuple[Manifest, bytes | None]:
    """Read a session file without the weights of the networks that are compared; see :func:`read_all`."""
    return read_all(path)[:2]


def read_all(
    path: str | os.PathLike[str],
) -> tuple[Manifest, bytes | None, tuple[bytes | None, ...], Recording | None]:
    """Read a session file; nothing in it is run, and no more is read than a session can hold.

    Returns
    -------
    manifest : Manifest
    weights : bytes or None
    rivals : tuple of bytes or None
        The weights of the networks that are compared, one for each of the manifest.
    recorded : Recording or None
        The run of the session, where the file has it and it is of just this network and sequence.

    Raises
    ------
    SessionFileError
        One sentence that names the file, the place in it and the cause.
    """
    try:
        with opened(path) as file, zipfile.ZipFile(file) as archive:
            manifest = _manifest(_member(archive, MANIFEST))
            names = (WEIGHTS, *RIVALS[: len(manifest.rivals)])
            weights, *rivals = (_member(archive, name) if name in archive.namelist() else None for name in names)
            run = _member(archive, RECORDING) if RECORDING in archive.namelist() else None
        recorded = recording.unpack(run, opening(manifest, weights)) if run is not None else None
    except SessionFileError as error:
        raise SessionFileError(f"the session {path} cannot be opened: {error}") from error
    except OSError as error:
        cause = error.strerror or str(error)
        raise SessionFileError(f"the session {path} cannot be opened: {cause}") from error
    except _BROKEN as error:
        raise SessionFileError(
            f"the session {path} cannot be opened: it is no rnnviz session, or it was cut short ({error})"
        ) from error
    except MemoryError as error:
        raise SessionFileError(f"the session {path} cannot be opened: there is not enough memory") from error
    return manifest, weights, tuple(rivals), recorded


def read_manifest(path: str | os.PathLike[str]) -> Manifest:
    """Read what a session file says of its session, without the weights.

    Raises
    ------
    SessionFileError
        When it cannot be read.
    """
    try:
        with opened(path) as file, zipfile.ZipFile(file) as archive:
            return _manifest(_member(archive, MANIFEST))
    except (OSError, *_BROKEN, SessionFileError) as error:
        raise SessionFileError(f"the session {path} cannot be opened: {error}") from error


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Read one member, up to its limit whatever the zip says of its size."""
    found = [info for info in archive.infolist() if info.filename == name]
    if not found:
        raise SessionFileError(f"it has no {name}, so it is no rnnviz session")
    if len(found) > 1:
        raise SessionFileError(f"it has {len(found)} members named {name}, but a session has one")
    most = min(MOST[name], max(_MOST_UNPACKED, _MOST_GROWTH * found[0].compress_size))
    with archive.open(found[0]) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise SessionFileError(f"its {name} is larger than the {most:,} bytes that it can hold")
    return content


def _manifest(content: bytes) -> Manifest:
    try:
        version = msgspec.json.decode(content, type=_Version).version
        if version > FORMAT:
            raise SessionFileError(
                f"it was written by a newer rnnviz (format {version}, this one reads up to {FORMAT}): "
                "update rnnviz to open it"
            )
        if version < 1:
            raise SessionFileError(f"in {MANIFEST}, version is {version}, but formats count from 1")
        manifest = msgspec.json.decode(content, type=Manifest)
        _check_spec_fields(content)
        _check_probe(manifest)
        networks: tuple[Manifest | SavedNetwork, ...] = (manifest, *manifest.rivals)
        for network in networks:
            _check_scaling(network)
            _check_interventions(network)
        return manifest
    except SessionFileError:
        raise
    except RecursionError as error:
        raise SessionFileError(f"{MANIFEST} is nested too deeply") from error
    except (msgspec.DecodeError, UnicodeError, RnnvizError) as error:
        raise SessionFileError(f"in {MANIFEST}, {_lower(str(error))}") from error


def _check_spec_fields(content: bytes) -> None:
    """Refuse a field of the network that there is not: a dataclass would pass over a slip of the pen."""
    known = {field.name for field in dataclasses.fields(NetworkSpec)}
    fields = msgspec.json.decode(content, type=_Fields)
    for spec in (fields.spec, *(rival.spec for rival in fields.rivals)):
        unknown = spec.keys() - known
        if unknown:
            raise SessionFileError(f"in {MANIFEST}, there is no field {min(unknown)[:40]!r} of spec")


def _check_probe(manifest: Manifest) -> None:
    probe, spec = manifest.probe, manifest.spec
    if probe is None:
        return
    known: tuple[str, ...] = ("output", "logits")
    size = spec.outputs
    if probe.layer != NETWORK:
        if not (0 <= probe.layer < spec.num_layers and probe.direction in spec.directions):
            raise SessionFileError(f"in {MANIFEST}, the probe names a layer that there is not")
        infos = cells.get(spec.cell_of(probe.layer, probe.direction)).signals
        known, size = tuple(info.name for info in infos), spec.units_of(probe.layer, probe.direction)
    if probe.signal not in known:
        raise SessionFileError(
            f"in {MANIFEST}, the probe names the signal {probe.signal[:40]!r}, but there are {', '.join(known)}"
        )
    if not 0 <= probe.unit < size:
        raise SessionFileError(f"in {MANIFEST}, the probe names unit {probe.unit}, but they count from 0 to {size - 1}")
    if not 0 <= probe.step < MAX_STEPS:
        raise SessionFileError(f"in {MANIFEST}, the probe names step {probe.step}, which no sequence has")


def _check_scaling(network: Manifest | SavedNetwork) -> None:
    fault = scaling_fault(network.scaling, network.spec)
    if fault:
        raise SessionFileError(f"in {MANIFEST}, {fault}")


def _check_interventions(network: Manifest | SavedNetwork) -> None:
    fault = interventions_fault(network.interventions, network.spec)
    if fault:
        raise SessionFileError(f"in {MANIFEST}, {fault}")


def _lower(sentence: str) -> str:
    return sentence if sentence[1:2].isupper() else sentence[:1].lower() + sentence[1:]
