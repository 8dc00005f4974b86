"""Session files as the window sees them: between a view and ``.rnnviz`` (the format is the engine's)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from rnnviz._version import __version__
from rnnviz.atomic import replacing
from rnnviz.engine.errors import SessionFileError
from rnnviz.engine.sessionfile import FORMAT, SUFFIX, Manifest, read, read_manifest, write
from rnnviz.ui.view import Document, View

__all__ = ["SUFFIX", "SavedSession", "read_manifest", "read_session", "saved_session", "write_session"]


@dataclass(frozen=True)
class SavedSession:
    """A session as its file holds it.

    Parameters
    ----------
    manifest : Manifest
    weights : bytes or None
    """

    manifest: Manifest
    weights: bytes | None

    @property
    def document(self) -> Document:
        """The network and its sequence."""
        saved = self.manifest
        sequence = (saved.source, self.weights, saved.steps, saved.given)
        return Document(saved.name, saved.spec, *sequence, saved.scaling, saved.description)

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


def saved_session(view: View, weights: bytes | None, layout: bytes = b"") -> SavedSession:
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
        description=document.description,
        scaling=document.scaling,
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
    return SavedSession(manifest, weights)


def write_session(saved: SavedSession, path: str | os.PathLike[str]) -> None:
    """Write a session file; it appears whole or not at all.

    Raises
    ------
    RnnvizError
        When the system refuses (full disk, no permission); what stood at the path stays as it was.
    """
    with replacing(path, SessionFileError) as file:
        write(file, saved.manifest, saved.weights)


def read_session(path: str | os.PathLike[str]) -> SavedSession:
    """Read a session file; nothing in it is run.

    Raises
    ------
    SessionFileError
        One sentence that names the file, the place in it and the cause.
    """
    return SavedSession(*read(path))
