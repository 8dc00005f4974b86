"""The sample sessions that come with rnnviz."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rnnviz.assets import asset
from rnnviz.engine.errors import RnnvizError
from rnnviz.ui.sessionfile import SUFFIX, SavedSession, read_manifest, read_session
from rnnviz.ui.view import Document

FIRST_SAMPLE = "message-lstm.rnnviz"
"""What the first start shows, and what one key brings back."""


@dataclass(frozen=True)
class Sample:
    """A sample session: its file, what it is called, and a sentence about it."""

    path: Path
    title: str
    description: str


def samples() -> tuple[Sample, ...]:
    """All sample sessions that can be read, the first one first, then by title."""
    try:
        folder = asset("sessions")
    except RnnvizError:
        return ()
    found = []
    for path in folder.glob(f"*{SUFFIX}"):
        try:
            manifest = read_manifest(path)
        except RnnvizError:
            continue  # a sample that cannot be read is told when it is asked for by name
        found.append(Sample(path, manifest.name, manifest.description))
    return tuple(sorted(found, key=lambda sample: (sample.path.name != FIRST_SAMPLE, sample.title)))


def first_sample_path() -> Path:
    """Return where the first sample is; RnnvizError where it is missing."""
    return asset("sessions", FIRST_SAMPLE)


def first_sample() -> SavedSession:
    """Read the first sample.

    Raises
    ------
    RnnvizError
        When it is missing or cannot be read.
    """
    return read_session(first_sample_path())


def trained_alike(document: Document, cell: str) -> Document | None:
    """Return the sample with another cell that was trained on the task of a document; None where there is none.

    It reads the same sequence, with as many units in as many layers.
    """
    for sample in samples():
        saved = read_manifest(sample.path)
        spec, own = saved.spec, document.spec
        same = (spec.num_layers, spec.bidirectional, spec.hidden_size) == (
            own.num_layers,
            own.bidirectional,
            own.hidden_size,
        )
        plain = spec.cell == cell and not saved.interventions
        if same and plain and saved.source == document.source:
            return read_session(sample.path).document
    return None
