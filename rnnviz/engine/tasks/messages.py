"""The next word of messages whose ending follows from a time of day named many words earlier."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from rnnviz.engine.forward import forward, sweep
from rnnviz.engine.network import Network
from rnnviz.engine.sequence.messages import ENDINGS, TIMES, VOCABULARY, message
from rnnviz.engine.training import Batch

LENGTH = 44
"""Words in a sequence of the training: no message has more, and most sequences hold more than one."""

_NUMBERS = {word: number for number, word in enumerate(VOCABULARY)}
_ENDING_NUMBERS = [_NUMBERS[word] for word in ENDINGS]


@dataclass(frozen=True)
class MessagesTask:
    """Predict every next word of messages that follow one another.

    Parameters
    ----------
    ending_weight : float
        How much more an ending counts in the loss than another word. With a weight of 5 neither LSTM nor GRU nor RNN
        found within 1,500 updates that the ending follows from anything: what the other words teach is louder.
    """

    ending_weight: float = 40.0

    def batch(self, rng: np.random.Generator, size: int) -> Batch:
        """Make up sequences of 44 words, each the beginning of an endless row of fresh messages."""
        words = np.array([_words(rng, LENGTH + 1) for _ in range(size)]).T
        target = torch.from_numpy(words[1:])
        judged = torch.from_numpy(np.isin(words[1:], _ENDING_NUMBERS))
        weight = torch.where(judged, self.ending_weight, 1.0)
        return Batch(_one_hot(words[:-1]), target, weight, judged)


@dataclass(frozen=True, eq=False)
class EndingResult:
    """How a network predicts the endings of single messages.

    Parameters
    ----------
    right : ndarray, bool [N]
        Whether the most probable next word is the ending.
    gaps : ndarray, int64 [N]
        Words between the time of day and the ending.
    """

    right: NDArray[np.bool_]
    gaps: NDArray[np.int64]

    @property
    def accuracy(self) -> float:
        """Share of right endings."""
        return float(self.right.mean())

    def accuracy_between(self, least: int, most: int) -> float:
        """Share of right endings among the messages with a gap from `least` to `most` words."""
        return float(self.right[(self.gaps >= least) & (self.gaps <= most)].mean())


def judge_endings(network: Network, rng: np.random.Generator, count: int) -> EndingResult:
    """Let a network predict the endings of fresh messages, each from the initial state.

    Parameters
    ----------
    network : Network
        With `VOCABULARY` as inputs and outputs.
    rng : numpy.random.Generator
    count : int
        Number of messages N.

    Returns
    -------
    EndingResult
    """
    messages, words, last = _fresh(rng, count)
    with torch.inference_mode():
        output = forward(network, _one_hot(words))
    predicted = output[last, torch.arange(count)].argmax(-1).numpy()
    wanted = np.array([_NUMBERS[ending] for _, ending in messages])
    return EndingResult(predicted == wanted, np.array([_gap(tokens, ending) for tokens, ending in messages]))


def telling_units(network: Network, state: str, rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Measure how well and how steadily each unit alone tells the ending, from the time of day on.

    Parameters
    ----------
    network : Network
        Of one layer and direction.
    state : str
        For example "c" or "h".
    rng : numpy.random.Generator
    count : int
        Fresh messages to look at.

    Returns
    -------
    ndarray, float64, shape [H]
        The share of the variance of the state that lies between the endings, from 0 to 1, over eight places from the
        first word after the time of day to the last before the ending taken together: a unit that drifts has less.
    """
    messages, words, last = _fresh(rng, count)
    with torch.inference_mode():
        steps = sweep(network, network.at(0), _one_hot(words))
    values = torch.stack([step[state] for step in steps]).numpy().astype(np.float64)
    endings = np.array([ENDINGS.index(ending) for _, ending in messages])
    told = np.array([_told(tokens, ending) for tokens, ending in messages])
    places = np.linspace(told, last.numpy(), 8).round().astype(np.int64)
    return _share_between(np.concatenate(values[places, np.arange(count)]), np.tile(endings, len(places)))


def _share_between(values: NDArray[np.float64], groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """Share of the variance of each column that lies between the means of the groups."""
    means = np.stack([values[groups == group].mean(axis=0) for group in np.unique(groups)])
    sizes = np.unique(groups, return_counts=True)[1][:, None]
    between = (sizes * (means - values.mean(axis=0)) ** 2).sum(axis=0) / len(values)
    whole = values.var(axis=0)
    share: NDArray[np.float64] = np.divide(between, whole, out=np.zeros_like(whole), where=whole > 0)
    return share


def _fresh(rng: np.random.Generator, count: int) -> tuple[list[tuple[tuple[str, ...], str]], NDArray[np.int64], Tensor]:
    """Fresh messages with their endings, the numbers of their words [T, count], and the last step of each."""
    messages = [message(rng) for _ in range(count)]
    lengths = np.array([len(tokens) for tokens, _ in messages])
    words = np.zeros((lengths.max(), count), dtype=np.int64)
    for column, (tokens, _) in enumerate(messages):
        words[: len(tokens), column] = [_NUMBERS[token] for token in tokens]
    return messages, words, torch.from_numpy(lengths - 1)


def _words(rng: np.random.Generator, count: int) -> list[int]:
    """Draw messages one after the other, and take their first words."""
    words: list[int] = []
    while len(words) < count:
        tokens, ending = message(rng)
        words.extend(_NUMBERS[token] for token in (*tokens, ending))
    return words[:count]


def _told(tokens: tuple[str, ...], ending: str) -> int:
    """Count the tokens up to the end of the time of day."""
    text = f" {' '.join(tokens)} "
    ends = [text.index(f" {phrase} ") + len(phrase) + 1 for phrase in TIMES[ending] if f" {phrase} " in text]
    return len(text[: max(ends)].split())


def _gap(tokens: tuple[str, ...], ending: str) -> int:
    """Count the words after the time of day, without the commas."""
    return sum(word != "," for word in tokens[_told(tokens, ending) :])


def _one_hot(words: NDArray[np.int64]) -> Tensor:
    return functional.one_hot(torch.from_numpy(words), len(VOCABULARY)).to(torch.float32)
