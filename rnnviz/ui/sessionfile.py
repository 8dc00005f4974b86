"""Session files (``.rnnviz``): a stored zip with ``manifest.json`` and ``weights.safetensors``, safe to open."""

from __future__ import annotations

import os
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import msgspec

from rnnviz._version import __version__
from rnnviz.engine.errors import RnnvizError, SessionFileError
from rnnviz.engine.messages import ProbeObjective
from rnnviz.engine.sequence import SequenceSource
from rnnviz.engine.spec import Direction, NetworkSpec
from rnnviz.ui.export.atomic import replacing
from rnnviz.ui.view import Document, Scope, View

FORMAT = 1
SUFFIX = ".rnnviz"
MANIFEST = "manifest.json"
WEIGHTS = "weights.safetensors"
MOST = {MANIFEST: 64 << 20, WEIGHTS: 2 << 30}
"""The largest accepted size of each member, in bytes; what a zip says of itself is not believed."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
_Count = Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]
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


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``manifest.json`` holds; `position` and `published` count as Schedule does, `published` None means all."""

    version: int
    written_by: str
    name: str
    spec: NetworkSpec
    source: SequenceSource
    steps: _Count | None = None
    given: dict[str, list[list[float]]] | None = None
    position: _Count = 0
    published: _Count | None = None
    scope: Scope = "upto"
    probe: ProbeObjective | None = None
    layer: _Count = 0
    direction: Direction = "forward"
    units: tuple[_Count, ...] = (0,)
    ahead_hidden: bool = False
    speed: float = 2.0
    options: dict[str, str] = {}
    layout: bytes = b""


@dataclass(frozen=True)
class SavedSession:
    """A session as its file holds it.

    Parameters
    ----------
    document : Document
    manifest : Manifest
    """

    document: Document
    manifest: Manifest

    @property
    def position(self) -> int:
        """Where the cursor stood."""
        return self.manifest.position

    @property
    def layout(self) -> bytes:
        """The arrangement of the docks, as the window gave it; empty where there is none."""
        return self.manifest.layout

    def fields(self) -> dict[str, Any]:
        """The fields of a View that come with the document."""
        saved = self.manifest
        return {
            "scope": saved.scope,
            "probe": saved.probe,
            "layer": saved.layer,
            "direction": saved.direction,
            "units": saved.units,
            "ahead_hidden": saved.ahead_hidden,
            "speed": saved.speed,
            "options": MappingProxyType(saved.options),
        }


def saved_session(view: View, weights: bytes, layout: bytes = b"") -> SavedSession:
    """Gather what a session file holds of a view, the parameters being those that the engine has.

    Raises
    ------
    SessionFileError
        When nothing is open.
    """
    document = view.document
    if document is None or view.trace is None:
        raise SessionFileError("there is nothing to save yet: no session is open")
    done = view.published >= view.trace.schedule.positions
    manifest = Manifest(
        version=FORMAT,
        written_by=f"rnnviz {__version__}",
        name=document.name,
        spec=document.spec,
        source=document.source,
        steps=document.steps,
        given=document.given,
        position=view.position,
        published=None if done else view.published,
        scope=view.scope,
        probe=view.probe,
        layer=view.layer,
        direction=view.direction,
        units=view.units,
        ahead_hidden=view.ahead_hidden,
        speed=view.speed,
        options=dict(view.options),
        layout=layout,
    )
    return SavedSession(_document(manifest, weights), manifest)


def write_session(saved: SavedSession, path: str | os.PathLike[str]) -> None:
    """Write a session file; it appears whole or not at all.

    Raises
    ------
    RnnvizError
        When the system refuses (full disk, no permission); what stood at the path stays as it was.
    """
    try:
        members = {MANIFEST: msgspec.json.format(msgspec.json.encode(saved.manifest), indent=1)}
    except (UnicodeEncodeError, msgspec.MsgspecError) as error:
        raise SessionFileError(f"the session cannot be saved as {path}: {error}") from error
    if saved.document.weights is not None:
        members[WEIGHTS] = saved.document.weights
    with replacing(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content)


def read_session(path: str | os.PathLike[str]) -> SavedSession:
    """Read a session file; nothing in it is run, and no more is read than a session can hold.

    Raises
    ------
    SessionFileError
        One sentence that names the file, the place in it and the cause.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _manifest(_member(archive, MANIFEST))
            weights = _member(archive, WEIGHTS) if WEIGHTS in archive.namelist() else None
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
    return SavedSession(_document(manifest, weights), manifest)


def read_title(path: Path) -> str:
    """Read the title of a session without its weights.

    Raises
    ------
    SessionFileError
        When it cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _manifest(_member(archive, MANIFEST)).name
    except (OSError, *_BROKEN, SessionFileError) as error:
        raise SessionFileError(f"the session {path} cannot be opened: {error}") from error


def _document(manifest: Manifest, weights: bytes | None) -> Document:
    return Document(
        name=manifest.name,
        spec=manifest.spec,
        source=manifest.source,
        weights=weights,
        steps=manifest.steps,
        given=manifest.given,
    )


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Read one member, up to its limit whatever the zip says of its size."""
    found = [info for info in archive.infolist() if info.filename == name]
    if not found:
        raise SessionFileError(f"it has no {name}, so it is no rnnviz session")
    if len(found) > 1:
        raise SessionFileError(f"it has {len(found)} members named {name}, but a session has one")
    with archive.open(found[0]) as file:
        content = file.read(MOST[name] + 1)
    if len(content) > MOST[name]:
        raise SessionFileError(f"its {name} is larger than the {MOST[name]:,} bytes that a session can hold")
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
        return msgspec.json.decode(content, type=Manifest)
    except SessionFileError:
        raise
    except RecursionError as error:
        raise SessionFileError(f"{MANIFEST} is nested too deeply") from error
    except (msgspec.DecodeError, UnicodeError, RnnvizError) as error:
        raise SessionFileError(f"in {MANIFEST}, {_lower(str(error))}") from error


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
