"""Training: a plain generator that improves a network on a task, one update after the other."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, isfinite, pi
from typing import Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.forward import logits
from rnnviz.engine.network import DTYPES, Network
from rnnviz.engine.readout import activate
from rnnviz.engine.schedule import Schedule


class TrainingError(RnnvizError):
    """Training cannot go on."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Some sequences of one length, and what the outputs should be.

    Parameters
    ----------
    x : Tensor, [T, B, I]
        B sequences of T steps; shorter ones are padded at their end.
    target : Tensor
        Classes, int64 [K, B], with -1 where there is none; or values, [K, B, O], with NaN where there is none. K is
        the number of steps that have an output.
    weight : Tensor or None, [K, B]
        How much each output counts in the loss; None: all alike.
    judged : Tensor or None, bool [K, B]
        The outputs that the accuracy counts; None: all that have a target.
    """

    x: Tensor
    target: Tensor
    weight: Tensor | None = None
    judged: Tensor | None = None


class Task(Protocol):
    """What a network is trained on."""

    def batch(self, rng: np.random.Generator, size: int) -> Batch:
        """Make up a batch.

        Parameters
        ----------
        rng : numpy.random.Generator
            The only source of chance.
        size : int
            Number of sequences B.
        """
        ...


@dataclass(frozen=True)
class Progress:
    """What one update of a training gave; the network holds its parameters until the next is asked for.

    Parameters
    ----------
    step, steps : int
        This update, counted from 1, and how many there will be.
    loss : float
        Of the batch before the update: the weighted mean of the cross-entropy in nats, or of the squared error.
    accuracy : float or None
        Share of the judged outputs whose largest value is at the right class; None for values, or with none judged.
    gradient_norm : float
        Euclidean norm of the gradient of all parameters together, before clipping.
    seconds : float
        Since the start.
    """

    step: int
    steps: int
    loss: float
    accuracy: float | None
    gradient_norm: float
    seconds: float


def train(
    network: Network,
    task: Task,
    *,
    steps: int,
    batch: int = 64,
    learning_rate: float = 3e-3,
    clip: float = 1.0,
    seed: int = 0,
) -> Iterator[Progress]:
    """Train a network with Adam (Kingma and Ba 2015) and clipped gradients (Pascanu et al. 2013).

    The learning rate rises over the first twentieth of the updates and then falls to zero along half a cosine
    (Loshchilov and Hutter 2017).

    Parameters
    ----------
    network : Network
        Changed in place.
    task : Task
    steps : int
        Number of updates.
    batch : int
        Sequences per update.
    learning_rate : float
        The highest.
    clip : float
        The largest norm of the gradient of all parameters together; larger ones are scaled down to it.
    seed : int
        Of the task's chance. The same seed and the same initial parameters give the same result, bit for bit, on the
        same machine with the same number of threads.

    Yields
    ------
    Progress
        After every update.

    Raises
    ------
    TrainingError
        When the loss or the gradient is no longer finite; the message names the update.
    """
    rng = np.random.default_rng(seed)
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimiser = torch.optim.Adam(parameters, lr=learning_rate)
    start = time.perf_counter()
    for step in range(1, steps + 1):
        optimiser.param_groups[0]["lr"] = learning_rate * rate_factor(step, steps)
        loss, accuracy = assess(network, task.batch(rng, batch))
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        norm = float(torch.nn.utils.clip_grad_norm_(parameters, clip))
        value = loss.item()
        if not (isfinite(norm) and isfinite(value)):
            raise TrainingError(
                f"the training stops at update {step}: the loss is {value:g} and the norm of its gradient {norm:g}"
            )
        optimiser.step()
        yield Progress(step, steps, value, accuracy, norm, time.perf_counter() - start)


def rate_factor(step: int, steps: int) -> float:
    """The share of the highest learning rate that an update has; updates count from 1."""
    warm = max(1, steps // 20)
    return min(step / warm, 0.5 * (1 + cos(pi * (step - 1) / steps)))


def assess(network: Network, batch: Batch) -> tuple[Tensor, float | None]:
    """Compute the loss of a batch, differentiably, and the accuracy.

    Returns
    -------
    loss : Tensor, scalar
        The weighted mean over all outputs that have a target.
    accuracy : float or None
    """
    outputs = Schedule(network.spec, len(batch.x)).has_output
    scores = logits(network, batch.x.to(DTYPES[network.spec.dtype]))[torch.from_numpy(outputs)]
    if not batch.target.is_floating_point():
        return _cross_entropy(scores, batch), _accuracy(scores, batch)
    return _squared_error(activate(scores, network.spec.readout), batch), None


def _cross_entropy(scores: Tensor, batch: Batch) -> Tensor:
    losses = functional.cross_entropy(
        scores.flatten(0, 1), batch.target.flatten(), reduction="none", ignore_index=-1
    ).view(batch.target.shape)
    return _weighted(losses, batch.target >= 0, batch.weight)


def _squared_error(output: Tensor, batch: Batch) -> Tensor:
    given = ~batch.target.isnan()
    errors = torch.where(given, output - batch.target.nan_to_num().to(output.dtype), 0.0).square()
    losses = errors.sum(-1) / given.sum(-1).clamp_min(1)
    return _weighted(losses, given.any(-1), batch.weight)


def _weighted(losses: Tensor, given: Tensor, weight: Tensor | None) -> Tensor:
    counts = given.to(losses.dtype) if weight is None else torch.where(given, weight.to(losses.dtype), 0.0)
    return (losses * counts).sum() / counts.sum()


def _accuracy(scores: Tensor, batch: Batch) -> float | None:
    counted = batch.target >= 0
    if batch.judged is not None:
        counted &= batch.judged
    right = scores.argmax(-1) == batch.target
    return float(right[counted].float().mean()) if counted.any() else None
