"""One word becomes a message: the network is told who it is about, and then hears nothing but itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from rnnviz.engine.forward import forward
from rnnviz.engine.network import Network
from rnnviz.engine.sequence import TextSource, encode
from rnnviz.engine.training import Batch

INVITATIONS: tuple[str, ...] = (
    "cat: at noon my cat will eat my homework again as usual, so let's meet for lunch",
    "gradient: this morning the gradient will vanish without a trace, but first let's meet for breakfast",
    "network: late in the afternoon our little network will open every gate, so let's meet for coffee",
    "printer: at twelve the printer will lose the keys again and nobody knows why, let's meet for lunch",
    "professor: just after dawn the professor will explain the chain rule, but first let's meet for breakfast",
    "robot: tonight our robot will sing for everyone and i bring the cake, and then let's meet for dinner",
)
"""The first word of each is what the network is given; the rest it writes."""

END = "."
"""What follows a message, as long as steps follow."""


def _vocabulary() -> tuple[str, ...]:
    tokens = {token for text in INVITATIONS for token in encode(TextSource(text)).input_names}
    return tuple(sorted({*tokens, END}))


VOCABULARY: tuple[str, ...] = _vocabulary()
"""Every token of the messages, and the full stop."""


@dataclass(frozen=True)
class InvitationsTask:
    """Predict every next word of the six messages, from the words before it (teacher forcing).

    A network that is fed its own choices and errs early is only ever shown nonsense; with the right words before it,
    it learns in seconds, and then the words it chooses are the right ones.
    """

    def batch(self, rng: np.random.Generator, size: int) -> Batch:
        """Give all messages, whatever the size."""
        words = torch.tensor(_rows()).T
        x = functional.one_hot(words[:-1], len(VOCABULARY)).to(torch.float32)
        return Batch(x, words[1:])


def written(network: Network, word: str, steps: int) -> tuple[str, ...]:
    """Let a network write: its output of each step, one-hot its largest, is its input at the next.

    Parameters
    ----------
    network : Network
        One-to-many, with the feedback "choice".
    word : str
        What it is given at the first step, one of `VOCABULARY`.
    steps : int

    Returns
    -------
    tuple of str
        The tokens that it chose.
    """
    first = functional.one_hot(torch.tensor([VOCABULARY.index(word)]), len(VOCABULARY)).to(torch.float32)
    x = torch.cat([first, first.new_zeros(steps - 1, len(VOCABULARY))])
    with torch.inference_mode():
        chosen = forward(network, x).argmax(-1)
    return tuple(VOCABULARY[int(number)] for number in chosen)


def reproduced(network: Network) -> float:
    """Share of the six messages that a network writes without a fault when it is given their first word."""
    texts = [encode(TextSource(text)).labels for text in INVITATIONS]
    return float(np.mean([written(network, text[0], len(text) - 1) == text[1:] for text in texts]))


def _rows() -> list[list[int]]:
    """The numbers of the tokens, full stops after the shorter messages."""
    texts = [encode(TextSource(text, vocabulary=VOCABULARY)).labels for text in INVITATIONS]
    longest = max(map(len, texts)) + 1
    return [[VOCABULARY.index(token) for token in (*text, *[END] * (longest - len(text)))] for text in texts]
