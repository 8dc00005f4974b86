"""The truth beside a view: the largest difference of the numbers shown from those of autograd, computed on demand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.autogradrun import AutogradRun
from rnnviz.engine.connectivity import class_of, connectivity, speaks_of_classes
from rnnviz.engine.itemised import chosen_losses, itemised_values
from rnnviz.engine.jacobian import jacobians, ran_order
from rnnviz.engine.jobs import Job
from rnnviz.engine.paths import path_norms
from rnnviz.engine.record import NETWORK
from rnnviz.engine.spec import Direction

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace


@dataclass(frozen=True)
class Truth:
    """How far the numbers shown are from those of autograd.

    Parameters
    ----------
    difference : float
        The largest absolute difference; NaN where one of the two is not finite and the other is, or both differ.
    largest : float
        The largest absolute number of autograd that is finite.
    count : int
        How many numbers were compared.
    """

    difference: float
    largest: float
    count: int

    @property
    def relative(self) -> float:
        """The difference as a share of the largest number; 0 where both are 0."""
        return self.difference / self.largest if self.largest else self.difference

    @classmethod
    def of(cls, shown: NDArray[np.float64], theirs: NDArray[np.float64]) -> Truth:
        """Compare two arrays of one shape."""
        finite = np.isfinite(theirs)
        largest = float(np.abs(theirs[finite]).max(initial=0.0))
        if not np.array_equal(finite, np.isfinite(shown)):
            return cls(float("nan"), largest, theirs.size)
        difference = float(np.abs(shown[finite] - theirs[finite]).max(initial=0.0))
        return cls(difference, largest, theirs.size)


def itemised_truth(
    trace: Trace,
    name: str,
    layer: int = 0,
    direction: Direction = "forward",
    rows: Sequence[int] | None = None,
) -> Job[Truth]:
    """Compare dL_k/ds_t with one backward pass of autograd per k; parameters and errors as of the itemised gradient."""
    shown = yield from itemised_values(trace, name, layer, direction, rows)
    chosen = chosen_losses(trace, rows)[1]
    run = AutogradRun(trace)
    tensors = run.signals[layer, direction, name]
    theirs = np.zeros_like(shown)
    for row, step in enumerate(chosen):
        theirs[row] = np.stack(_gradients(run.loss(int(step)), tensors))
        yield row, len(chosen)
    return Truth.of(shown, theirs)


def jacobian_truth(
    trace: Trace, layer: int = 0, direction: Direction = "forward", steps: Sequence[int] | None = None
) -> Job[Truth]:
    """Compare ds_t/ds_{t-1} at some steps with autograd, a backward pass for every number of the states."""
    at = trace.network.at(layer, direction)
    order = ran_order(trace, at)
    whole = yield from jacobians(trace, layer, direction)
    chosen = [step for step in (order if steps is None else steps) if at.cell.states or step != order[0]]
    theirs = np.zeros((len(chosen), *whole.shape[1:]))
    for place, step in enumerate(chosen):
        run = AutogradRun(trace, cut=(at, step - order.step))
        names = at.cell.states or (at.cell.output,)
        # One by one, not of all states joined: what one state depends on would be gone back to from every other.
        numbers = [number for name in names for number in run.signals[layer, direction, name][step]]
        theirs[place] = np.stack([np.concatenate(_gradients(number, run.leaves)) for number in numbers])
        yield place, len(chosen)
    return Truth.of(whole[chosen], theirs)


def path_truth(
    trace: Trace,
    anchor: int,
    layer: int = 0,
    direction: Direction = "forward",
    steps: Sequence[int] | None = None,
) -> Job[Truth]:
    """Compare the largest singular value of ds_t/ds_k for one k and some t with that of autograd's matrix."""
    at = trace.network.at(layer, direction)
    order = ran_order(trace, at)
    later = list(order[order.index(anchor) + 1 :] if steps is None else steps)
    shown = yield from path_norms(trace, layer, direction, [anchor], later)
    run = AutogradRun(trace, cut=(at, anchor))
    theirs = np.zeros(len(later))
    for place, step in enumerate(later):
        names = at.cell.states or (at.cell.output,)
        numbers = [number for name in names for number in run.signals[layer, direction, name][step]]
        matrix = np.stack([np.concatenate(_gradients(number, run.leaves)) for number in numbers])
        theirs[place] = np.linalg.norm(matrix, 2) if np.isfinite(matrix).all() else np.nan
        yield place, len(later)
    return Truth.of(shown.plain[:, 0], theirs)


def connectivity_truth(trace: Trace, steps: Sequence[int] | None = None, reach: int | None = None) -> Job[Truth]:
    """Compare the connectivity of some outputs with autograd, a backward pass for every logit."""
    shown = yield from connectivity(trace, steps, reach)
    chosen = list(range(trace.steps)) if steps is None else list(steps)
    run = AutogradRun(trace)
    inputs = run.signals[NETWORK, "forward", "x"]
    theirs = np.full(shown.mantissas.shape, np.nan)
    fed = trace.schedule.has_input | (trace.network.spec.feedback != "none")
    for place, step in enumerate(chosen):
        if trace.schedule.has_output[step]:
            rows = [_gradients(number, inputs) for number in _numbers(trace, run, step)]
            squares = np.square([np.stack(row) for row in rows]).sum((0, 2))
            theirs[place] = np.where(fed, np.sqrt(squares), 0.0)
            if reach is not None and not trace.network.spec.bidirectional:
                theirs[place, : max(0, min(chosen) - reach)] = np.nan
        yield place, len(chosen)
    return Truth.of(shown.plain, theirs)


def _numbers(trace: Trace, run: AutogradRun, step: int) -> list[Tensor]:
    """What connectivity differentiates at a step."""
    output = run.signals[NETWORK, "forward", "output"][step]
    if not speaks_of_classes(trace):
        return list(output)
    softmax = trace.network.spec.readout == "softmax"
    return [(run.signals[NETWORK, "forward", "logits"][step] if softmax else output)[class_of(trace, step)]]


def _gradients(number: Tensor, tensors: list[Tensor]) -> list[NDArray[np.float64]]:
    found = torch.autograd.grad(number, tensors, retain_graph=True, allow_unused=True, materialize_grads=True)
    return [part.numpy() for part in found]
