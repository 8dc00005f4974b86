"""The next value of signals: two sine waves, a jump and a little noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from rnnviz.engine.forward import forward
from rnnviz.engine.network import DTYPES, Network
from rnnviz.engine.training import Batch

LENGTH = 96
"""Steps in a sequence of the training."""

SETTLED = 24
"""Steps after which a network may be expected to know which waves it sees."""

NOISE = 0.05
"""Standard deviation of the noise, which nobody can predict."""


@dataclass(frozen=True)
class WavesTask:
    """Predict the next value of signals made up at random."""

    def batch(self, rng: np.random.Generator, size: int) -> Batch:
        """Make up signals of 96 steps."""
        values = torch.from_numpy(signals(rng, LENGTH + 1, size))[..., None]
        return Batch(values[:-1], values[1:])


@dataclass(frozen=True)
class WavesResult:
    """Shares of variance explained (R squared) on fresh signals, from step 24 on.

    Parameters
    ----------
    network : float
    persistence : float
        By the forecast that the next value is the present one.
    """

    network: float
    persistence: float


def judge_forecasts(network: Network, rng: np.random.Generator, count: int) -> WavesResult:
    """Compare the forecasts of a network with the simplest one, on fresh signals."""
    values = torch.from_numpy(signals(rng, LENGTH + 1, count))[..., None]
    with torch.inference_mode():
        output = forward(network, values[:-1].to(DTYPES[network.spec.dtype]))
    wanted = values[1 + SETTLED :]
    variance = wanted.var(unbiased=False)
    errors = [(forecast[SETTLED:] - wanted).square().mean() for forecast in (output, values[:-1])]
    return WavesResult(*(1.0 - float(error / variance) for error in errors))


def signals(rng: np.random.Generator, length: int, count: int) -> NDArray[np.float64]:
    """Make up signals: a slow and a fast sine wave, in half of them a jump, and noise.

    Returns
    -------
    ndarray, float64, shape [length, count]
    """
    t = np.arange(length)[:, None]
    slow = _sine(rng, t, count, amplitude=(0.6, 1.2), period=(16.0, 36.0))
    fast = _sine(rng, t, count, amplitude=(0.2, 0.6), period=(5.0, 10.0))
    height = rng.uniform(-1.0, 1.0, count) * (rng.random(count) < 0.5)
    jump = np.where(t >= rng.integers(length, size=count), height, 0.0)
    return slow + fast + jump + NOISE * rng.standard_normal((length, count))


def _sine(
    rng: np.random.Generator,
    t: NDArray[np.int64],
    count: int,
    amplitude: tuple[float, float],
    period: tuple[float, float],
) -> NDArray[np.float64]:
    height, length = rng.uniform(*amplitude, count), rng.uniform(*period, count)
    wave: NDArray[np.float64] = height * np.sin(2 * np.pi * (t / length + rng.random(count)))
    return wave
