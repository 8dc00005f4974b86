"""What is open where there is no session: an untrained network and a sentence."""

from __future__ import annotations

from rnnviz.engine.sequence import TextSource
from rnnviz.engine.spec import NetworkSpec
from rnnviz.ui.fitting import fit
from rnnviz.ui.view import Document

SENTENCE = "good morning everyone, let's meet for breakfast"


def plain_document() -> Document:
    """An LSTM with fresh weights that reads a sentence word by word."""
    source = TextSource(text=SENTENCE, level="word")
    spec = NetworkSpec(cell="lstm", hidden_size=16, output_size=1)
    return fit(Document("Untitled", spec, source), source).document
