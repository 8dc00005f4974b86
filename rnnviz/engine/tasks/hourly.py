"""The load of a building by the hour, from weather and people: what it follows from lies in the hours before."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import msgspec
import numpy as np
import torch
from torch import Tensor

from rnnviz.engine.forward import forward
from rnnviz.engine.network import DTYPES, Network
from rnnviz.engine.sequence import ColumnScale, TableSource, encode, fix_statistics
from rnnviz.engine.sequence.gallery import hourly
from rnnviz.engine.training import Batch

WEEK = 7 * 24
HELD_OUT = (2 * WEEK, 5 * WEEK)
"""The first hours of the two weeks that no training sees: from 17 March and from 7 April."""

WINDOW = 72
"""Hours in a sequence of the training."""


@cache
def statistics() -> tuple[ColumnScale, ...]:
    """Mean and scale of every column over the hours of the training, those held out left aside."""
    whole = hourly()
    header, *lines = whole.content.splitlines()
    kept = [line for hour, line in enumerate(lines) if not is_held_out(hour)]
    fixed = fix_statistics(msgspec.structs.replace(whole, content="\n".join([header, *kept])))
    assert fixed.statistics is not None
    return fixed.statistics


def is_held_out(hour: int) -> bool:
    """Whether an hour, counted from 0, lies in a week that no training sees."""
    return any(first <= hour < first + WEEK for first in HELD_OUT)


def table(first: int = 0, rows: int | None = None) -> TableSource:
    """Some hours of the table, every column normalised by its mean and scale over the hours of the training.

    Parameters
    ----------
    first : int
        The first hour, counted from 0.
    rows : int or None
        How many; None takes all that follow.

    Returns
    -------
    TableSource
    """
    return msgspec.structs.replace(hourly(first, rows), statistics=statistics())


@dataclass(frozen=True, eq=False)
class HourlyTask:
    """Give the load of every hour of a row of hours.

    Parameters
    ----------
    x : Tensor, [hours, 4]
        All hours of the table.
    load : Tensor, [hours, 1]
    starts : Tensor, [N]
        The hours at which a sequence of the training may begin; none reaches into a week that is held out.
    length : int
        Hours in a sequence: 1 for a network that sees every hour alone.
    """

    x: Tensor
    load: Tensor
    starts: Tensor
    length: int

    @classmethod
    def of(cls, length: int = WINDOW) -> HourlyTask:
        """The task on the sample table."""
        x, load = _tensors(table())
        seen = np.array([not is_held_out(hour) for hour in range(len(x))])
        free = np.lib.stride_tricks.sliding_window_view(seen, length).all(axis=1)
        return cls(x, load, torch.from_numpy(np.flatnonzero(free)), length)

    def batch(self, rng: np.random.Generator, size: int) -> Batch:
        """Take sequences from anywhere in the weeks of the training."""
        first = self.starts[torch.from_numpy(rng.integers(len(self.starts), size=size))]
        hours = torch.arange(self.length)[:, None] + first
        return Batch(self.x[hours], self.load[hours])


def explained_variance(network: Network) -> float:
    """Share of the variance of the load that a network explains in the weeks that were held out (R squared).

    One minus the mean squared error over the variance; every week is run from its first hour.
    """
    x, load = _tensors(table())
    hours = torch.arange(WEEK)[:, None] + torch.tensor(HELD_OUT)
    x, load = x[hours].to(DTYPES[network.spec.dtype]), load[hours]
    with torch.inference_mode():
        output = forward(network, x.flatten(0, 1)[None]) if _sees_one_hour(network) else forward(network, x)
    error = (output.reshape(load.shape) - load).square().mean()
    return 1.0 - float(error / load.var(unbiased=False))


def _sees_one_hour(network: Network) -> bool:
    return network.spec.topology == "one-to-one"


def _tensors(source: TableSource) -> tuple[Tensor, Tensor]:
    sequence = encode(source)
    assert sequence.target is not None
    return torch.from_numpy(sequence.x), torch.from_numpy(np.asarray(sequence.target, dtype=np.float64))
