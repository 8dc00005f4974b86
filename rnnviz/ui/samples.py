"""The sample sessions that come with rnnviz."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rnnviz.assets import asset
from rnnviz.engine.errors import RnnvizError
from rnnviz.ui.sessionfile import SUFFIX, SavedSession, read_manifest, read_session

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


def first_sample() -> SavedSession:
    """Read the first sample.

    Raises
    ------
    RnnvizError
        When it is missing or cannot be read.
    """
    return read_session(asset("sessions", FIRST_SAMPLE))
