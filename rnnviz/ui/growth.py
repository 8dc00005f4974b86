"""A sequence that grows while the network runs: what it is once the engine has taken in every piece."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.sequence import append, encode
from rnnviz.ui.view import Document


def grown(document: Document, piece: str) -> Document:
    """Return a document whose sequence goes on with a piece.

    Raises
    ------
    SequenceError
        When the piece does not fit.
    """
    source = append(document.source, piece)
    if document.steps is None:
        return replace(document, source=source)
    longer = replace(document, source=source)
    return replace(longer, steps=document.steps + steps_of(longer) - steps_of(document))


def steps_of(document: Document | None) -> int:
    """Return how many steps the sequence of a document has."""
    return encode(document.source).steps if document is not None else 0


def grown_by(document: Document, pieces: Sequence[str]) -> Document:
    """Return a document whose sequence goes on with pieces; those that do not fit are left out, as the engine does."""
    for piece in pieces:
        try:
            document = grown(document, piece)
        except RnnvizError:
            continue
    return document
