"""Session files as the window sees them: between a view and ``.rnnviz`` (the format is the engine's)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from rnnviz._version import __version__
from rnnviz.atomic import replacing
from rnnviz.engine.errors import SessionFileError
from rnnviz.engine.recording import Recording
from rnnviz.engine.sequence import SequenceSource
from rnnviz.engine.sessionfile import FORMAT, SUFFIX, Manifest, SavedNetwork, read_all, read_manifest, write
from rnnviz.ui.opening import RecordedRun, recorded_run
from rnnviz.ui.view import Document, View

__all__ = ["SUFFIX", "SavedSession", "read_manifest", "read_session", "saved_session", "write_session"]


@dataclass(frozen=True)
class SavedSession:
    """A session as its file holds it.

    Parameters
    ----------
    manifest : Manifest
    weights : bytes or None
    rival_weights : tuple of bytes or None
        Those of the networks that are compared.
    recording : Recording or None
        The run of the session, where the file has it.
    """

    manifest: Manifest
    weights: bytes | None
    rival_weights: tuple[bytes | None, ...] = ()
    recording: Recording | None = None

    @property
    def document(self) -> Document:
        """The network and its sequence."""
        return _document(self.manifest, self.manifest.source, self.weights)

    @property
    def rivals(self) -> tuple[tuple[Document, bool], ...]:
        """The networks that are compared, each with whether it reads a sequence of its own."""
        return tuple(
            (_document(saved, saved.source or self.manifest.source, weights), saved.source is not None)
            for saved, weights in zip(self.manifest.rivals, self.rival_weights, strict=True)
        )

    @property
    def run(self) -> RecordedRun | None:
        """The run of the session, where the file has it and the session was left run to its end, compared with none."""
        saved, recording = self.manifest, self.recording
        if recording is None or saved.published is not None or saved.rivals:
            return None
        return recorded_run(recording, saved.spec)

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
            "backward": False,
            "speed": saved.speed,
            "options": MappingProxyType(saved.options),
        }


def saved_session(
    view: View,
    weights: bytes | None,
    layout: bytes = b"",
    rivals: Sequence[tuple[Document, bool]] = (),
) -> SavedSession:
    """Gather what a session file holds of a view, the parameters being those that the engine has.

    The networks that are compared come with their weights, and with whether they read a sequence of their own.

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
        interventions=document.interventions,
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
        rivals=tuple(saved_network(other, own_source) for other, own_source in rivals),
    )
    return SavedSession(manifest, weights, tuple(other.weights for other, _ in rivals))


def document_of(saved: SavedNetwork, weights: bytes | None) -> Document:
    """Return the document that was kept with its sequence.

    Raises
    ------
    SessionFileError
        When it has none.
    """
    if saved.source is None:
        raise SessionFileError(f"a sequence of ‘{saved.name}’ is missing")
    return _document(saved, saved.source, weights)


def _document(saved: Manifest | SavedNetwork, source: SequenceSource, weights: bytes | None) -> Document:
    sequence = (source, weights, saved.steps, saved.given)
    return Document(saved.name, saved.spec, *sequence, saved.scaling, saved.description, saved.interventions)


def saved_network(document: Document, own_source: bool) -> SavedNetwork:
    """Return what is kept of a document, with its sequence or without."""
    return SavedNetwork(
        name=document.name,
        spec=document.spec,
        source=document.source if own_source else None,
        description=document.description,
        steps=document.steps,
        given=document.given,
        scaling=document.scaling,
        interventions=document.interventions,
    )


def write_session(saved: SavedSession, path: str | os.PathLike[str]) -> None:
    """Write a session file; it appears whole or not at all.

    Raises
    ------
    RnnvizError
        When the system refuses (full disk, no permission); what stood at the path stays as it was.
    """
    with replacing(path, SessionFileError) as file:
        write(file, saved.manifest, saved.weights, saved.rival_weights)


def read_session(path: str | os.PathLike[str]) -> SavedSession:
    """Read a session file; nothing in it is run.

    Raises
    ------
    SessionFileError
        One sentence that names the file, the place in it and the cause.
    """
    return SavedSession(*read_all(path))
