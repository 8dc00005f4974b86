"""Recall: one word, a long gap of words that tell nothing, and the question what the word was.

After the latching problem of Bengio, Simard and Frasconi (1994), "Learning long-term dependencies with gradient
descent is difficult".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from rnnviz.engine.forward import forward
from rnnviz.engine.network import Network
from rnnviz.engine.training import Batch

WORDS = ("breakfast", "lunch", "coffee", "dinner")
"""What is to be recalled."""

FILLERS = ("wait", "and", "then", "well")
"""What stands in the gap."""

QUESTION = "?"
VOCABULARY = (*WORDS, *FILLERS, QUESTION)

GAP = 100
"""Steps from the word to the question."""


@dataclass(frozen=True)
class RecallTask:
    """Name the first word at the question; gaps of all orders of magnitude up to 100 steps are equally likely."""

    def batch(self, rng: np.random.Generator, size: int) -> Batch:
        """Draw sequences with one gap; the target stands at their last step."""
        gap = int(np.exp(rng.uniform(0, np.log(GAP + 1))))
        numbers = _draw(rng, gap, size)
        return Batch(_one_hot(numbers), torch.from_numpy(numbers[:1].copy()))


def recalled(network: Network, rng: np.random.Generator, gap: int, count: int) -> float:
    """Share of the words that a network recalls rightly after a gap."""
    numbers = _draw(rng, gap, count)
    with torch.inference_mode():
        output = forward(network, _one_hot(numbers))
    return float((output[-1].argmax(-1) == torch.from_numpy(numbers[0])).float().mean())


def text(rng: np.random.Generator, word: str, gap: int = GAP) -> str:
    """A sequence of the task: the word, fillers, and the question ``gap`` steps after the word."""
    return " ".join((word, *rng.choice(FILLERS, size=gap - 1), QUESTION))


def _draw(rng: np.random.Generator, gap: int, count: int) -> NDArray[np.int64]:
    numbers = rng.integers(len(WORDS), len(WORDS) + len(FILLERS), size=(gap + 1, count))
    numbers[0] = rng.integers(len(WORDS), size=count)
    numbers[-1] = len(VOCABULARY) - 1
    return numbers


def _one_hot(numbers: NDArray[np.int64]) -> Tensor:
    return functional.one_hot(torch.from_numpy(numbers), len(VOCABULARY)).to(torch.float32)
