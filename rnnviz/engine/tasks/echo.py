"""The echo: every character is repeated some steps after it was read."""

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

CHARACTERS: tuple[str, ...] = tuple(" abcdefghijklmnopqrstuvwxyz")
"""The vocabulary: the space and the small letters."""

LENGTH = 16
"""Characters in a sequence of the training."""


@dataclass(frozen=True)
class EchoTask:
    """Repeat characters drawn at random; with a delay d the output at step k + d is the character of step k."""

    def batch(self, rng: np.random.Generator, size: int) -> Batch:
        """Draw sequences of 16 characters, all equally likely."""
        numbers = _draw(rng, LENGTH, size)
        return Batch(_one_hot(numbers), torch.from_numpy(numbers))


def echoed(network: Network, rng: np.random.Generator, length: int, count: int) -> float:
    """Share of the characters that a network repeats rightly, in fresh sequences of a length."""
    numbers = _draw(rng, length, count)
    with torch.inference_mode():
        output = forward(network, _one_hot(numbers))
    return float((output.argmax(-1) == torch.from_numpy(numbers)).float().mean())


def _draw(rng: np.random.Generator, length: int, count: int) -> NDArray[np.int64]:
    return rng.integers(len(CHARACTERS), size=(length, count))


def _one_hot(numbers: NDArray[np.int64]) -> Tensor:
    return functional.one_hot(torch.from_numpy(numbers), len(CHARACTERS)).to(torch.float32)
