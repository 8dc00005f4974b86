"""Sources of every kind: encode, extend, write down and read back."""

from __future__ import annotations

import msgspec

from rnnviz.engine.errors import SequenceError
from rnnviz.engine.sequence.image import ImageSource
from rnnviz.engine.sequence.model import Sequence
from rnnviz.engine.sequence.signals import SignalSource
from rnnviz.engine.sequence.table import TableSource
from rnnviz.engine.sequence.text import TextSource

SequenceSource = TextSource | SignalSource | TableSource | ImageSource
"""Any source; as the type of a field of a msgspec structure it is read back as the class it was."""

LONGEST_NAME = 1000
"""Letters of a token, column or class: names stand in every view, and one of a million takes minutes to lay out."""

_decoder: msgspec.json.Decoder[SequenceSource] = msgspec.json.Decoder(SequenceSource)


def encode(source: SequenceSource) -> Sequence:
    """Encode a source; the same source always gives the same numbers.

    Parameters
    ----------
    source : TextSource, SignalSource, TableSource or ImageSource

    Returns
    -------
    Sequence
        T steps of I inputs, with targets where the source asks for them.

    Raises
    ------
    SequenceError
        One sentence that names the cause and the place.
    """
    sequence = source.encode()
    for what, named in (
        ("step", sequence.labels),
        ("input", sequence.input_names),
        ("output", sequence.target_names),
    ):
        if max(map(len, named), default=0) > LONGEST_NAME:
            place = next(place for place, name in enumerate(named) if len(name) > LONGEST_NAME)
            raise SequenceError(
                f"{what} {place + 1} is named {named[place][:20]}… and so on for {len(named[place]):,} letters: "
                f"a token, column or class has at most {LONGEST_NAME:,}"
            )
    return sequence


def append(source: SequenceSource, piece: str) -> SequenceSource:
    """Extend a source; what `encode` gives for the steps already there stays the same, bit for bit.

    Parameters
    ----------
    source : TextSource, SignalSource, TableSource or ImageSource
    piece : str
        Characters or words of a text, the number of further steps of a signal, or rows of a table.

    Returns
    -------
    TextSource, SignalSource or TableSource
        A new source of the same kind.

    Raises
    ------
    SequenceError
        If the piece does not fit; an image cannot be extended.
    """
    return source.append(piece)


def to_json(source: SequenceSource) -> bytes:
    """Write a source down as JSON.

    Raises
    ------
    SequenceError
        If the text of the source cannot be written as Unicode.
    """
    try:
        return msgspec.json.encode(source)
    except UnicodeEncodeError as error:
        raise SequenceError(f"the sequence cannot be written down: {error}") from error


def from_json(data: bytes | str) -> SequenceSource:
    """Read a source back from JSON.

    Raises
    ------
    SequenceError
        If the JSON is not that of a source, with the place in it.
    """
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise SequenceError(f"the description of the sequence cannot be read: {error}") from error
