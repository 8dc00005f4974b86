"""The samples that come with rnnviz, opened as sources."""

from __future__ import annotations

from typing import Literal

from rnnviz.assets import asset
from rnnviz.engine.errors import SequenceError
from rnnviz.engine.sequence.encode import SequenceSource, from_json
from rnnviz.engine.sequence.files import read_image_file, read_table_file, read_text_file
from rnnviz.engine.sequence.messages import VOCABULARY
from rnnviz.engine.sequence.table import TableSource
from rnnviz.engine.sequence.text import TextSource

SampleName = Literal["messages", "hourly", "waves", "digit"]

SAMPLES: dict[SampleName, str] = {
    "messages": "Messages that end in breakfast, lunch, coffee or dinner",
    "hourly": "Weather, people and load of a building by the hour",
    "waves": "Two sine waves, a jump and a little noise",
    "digit": "A handwritten three, read row by row",
}
"""The titles of the samples."""

_FEATURES = ("temperature", "humidity", "occupancy", "daylight")


def sample(name: SampleName) -> SequenceSource:
    """Open a sample.

    Parameters
    ----------
    name : "messages", "hourly", "waves" or "digit"
        "messages" gives the first message of the file.

    Returns
    -------
    TextSource, TableSource, SignalSource or ImageSource

    Raises
    ------
    AssetError
        If the file of the sample is missing.
    SequenceError
        If there is no sample of that name, or its file is damaged.
    """
    if name == "messages":
        return TextSource(text=sample_messages()[0], level="word", vocabulary=VOCABULARY)
    if name == "hourly":
        return hourly()
    if name == "waves":
        return from_json(asset("sequences", "waves.json").read_bytes())
    if name == "digit":
        return read_image_file(asset("sequences", "digit.png"))
    raise SequenceError(f"there is no sample {name!r}: choose one of {', '.join(map(repr, SAMPLES))}")


def sample_messages() -> tuple[str, ...]:
    """Give all sample messages, each with its ending."""
    return tuple(read_text_file(asset("sequences", "messages.txt")).splitlines())


def hourly(first: int = 0, rows: int | None = None) -> TableSource:
    """Open the sample table: four features, and the load as target.

    Parameters
    ----------
    first : int
        The first row, counted from 0.
    rows : int or None
        How many rows; None takes all that follow.

    Returns
    -------
    TableSource
    """
    whole = read_table_file(asset("sequences", "hourly.csv"))
    header, *lines = whole.content.splitlines()
    chosen = lines[first:] if rows is None else lines[first : first + rows]
    return TableSource(
        name=whole.name,
        content="\n".join([header, *chosen]) + "\n",
        features=_FEATURES,
        target="load",
        label_column="time",
    )
