"""Targets and losses: cross-entropy in nats against classes, mean squared error against values, one number per step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from rnnviz.engine.arguments import as_numbers
from rnnviz.engine.errors import SpecError
from rnnviz.engine.readout import output_to_scores
from rnnviz.engine.schedule import Schedule
from rnnviz.engine.spec import NetworkSpec


@dataclass(frozen=True, eq=False)
class Targets:
    """What the outputs should be.

    Parameters
    ----------
    kind : {"class", "value"} or None
        None: there is no target, and so no loss.
    classes : Tensor, [S]
        Number of the right class, -1 where there is none.
    values : Tensor, [S, O]
        float64; NaN where there is none.
    readout : str or None
        The last activation of the network.
    """

    kind: Literal["class", "value"] | None
    classes: Tensor
    values: Tensor
    readout: str | None

    @classmethod
    def of(cls, spec: NetworkSpec, schedule: Schedule, target: ArrayLike | Tensor | None) -> Targets:
        """Align a target with the steps that have an output.

        Parameters
        ----------
        spec : NetworkSpec
        schedule : Schedule
        target : array or None
            Classes [K] or values [K, O], one per output step (or one per step of the sequence).

        Returns
        -------
        Targets

        Raises
        ------
        SpecError
            When number, size or range of the targets do not fit.
        """
        classes = torch.full((schedule.steps,), -1, dtype=torch.int64)
        values = torch.full((schedule.steps, spec.outputs), torch.nan, dtype=torch.float64)
        if target is None:
            return cls(None, classes, values, spec.readout)
        given = as_numbers("target", target)
        if _is_classes(spec, given):
            places = _places(schedule, given.reshape(-1))
            classes[places] = torch.from_numpy(_checked_classes(given.reshape(-1), spec.outputs))
            classes[~torch.from_numpy(schedule.has_output)] = -1
            return cls("class", classes, values, spec.readout)
        rows = _as_rows(given, spec)
        values[_places(schedule, rows)] = torch.from_numpy(rows)
        values[~torch.from_numpy(schedule.has_output)] = torch.nan
        return cls("value", classes, values, spec.readout)

    @property
    def known(self) -> Tensor:
        """[S], True where a step has a loss."""
        return self.classes >= 0 if self.kind == "class" else ~self.values.isnan().all(-1)

    def differs(self, other: Targets, steps: int) -> NDArray[np.bool_]:
        """[steps], True where the target of a step is another than that of ``other``, or new, or gone."""
        known, before = self.known[:steps], other.known[:steps]
        if self.kind != other.kind:
            return (known | before).numpy()
        if self.kind == "class":
            return (self.classes[:steps] != other.classes[:steps]).numpy()
        one, two = self.values[:steps], other.values[:steps]
        return (~((one == two) | (one.isnan() & two.isnan()))).any(-1).numpy()

    def losses(self, scores: Tensor, output: Tensor, first: int) -> Tensor:
        """The loss of each of some steps.

        Parameters
        ----------
        scores, output : Tensor, [n, O]
        first : int
            The step of the first row; rows beyond the last step have no loss.

        Returns
        -------
        Tensor, [n]
            NaN where there is no target.
        """
        result = output.new_full((len(output),), torch.nan)
        rows = slice(0, min(len(output), len(self.classes) - first))
        steps = slice(first, first + rows.stop)
        if self.kind == "class":
            right = self.classes[steps]
            # A softmax is the distribution itself; the outputs of any other readout are taken for scores.
            taken = scores if self.readout == "softmax" else output
            score = taken[rows].gather(1, right.clamp_min(0)[:, None])[:, 0]
            entropy = taken.logsumexp(-1)[rows] - score
            result[rows] = torch.where(right >= 0, entropy, torch.nan)
        elif self.kind == "value":
            wanted = self.values[steps].to(output.dtype)
            result[rows] = (output[rows] - wanted).square().nanmean(-1)
        return result

    def output_gradient(self, output: Tensor) -> Tensor:
        """The gradient of every step's loss with respect to its output, [S, O].

        Cross-entropy: -1 / y at the right class where the readout is a softmax, else softmax(y) minus one at the right
        class. Mean squared error: 2 (y - target) / n over the n outputs that have a target. Zero without a loss.
        """
        if self.kind == "class":
            right = torch.zeros_like(output)
            right[torch.arange(len(right)), self.classes.clamp_min(0)] = 1
            gradient = (
                torch.where(right > 0, -1 / output, 0.0) if self.readout == "softmax" else output.softmax(-1) - right
            )
        elif self.kind == "value":
            given = ~self.values.isnan()
            difference = torch.where(given, output - self.values.to(output.dtype), 0.0)
            gradient = 2 * difference / given.sum(-1, keepdim=True).clamp_min(1)
        else:
            return torch.zeros_like(output)
        return torch.where(self.known[:, None], gradient, 0.0)

    def score_gradient(self, scores: Tensor, output: Tensor) -> Tensor:
        """The gradient of every step's loss with respect to its scores (the readout before its activation).

        Cross-entropy of a softmax: softmax(scores) minus one at the right class. Anything else: the gradient with
        respect to the output, carried back through the activation.

        Parameters
        ----------
        scores, output : Tensor, [S, O]

        Returns
        -------
        Tensor, [S, O]
            Zero where there is no loss.
        """
        if self.kind == "class" and self.readout == "softmax":
            gradient = scores.softmax(-1)
            gradient[torch.arange(len(gradient)), self.classes.clamp_min(0)] -= 1
        elif self.kind is not None:
            gradient = output_to_scores(output, self.output_gradient(output), self.readout)
        else:
            return torch.zeros_like(scores)
        return torch.where(self.known[:, None], gradient, 0.0)


def _is_classes(spec: NetworkSpec, given: np.ndarray) -> bool:
    whole = np.issubdtype(given.dtype, np.integer)
    if spec.readout == "softmax":
        if not whole and not (given.ndim <= 1 and np.all(np.isfinite(given)) and np.all(given == np.round(given))):
            raise SpecError("the readout is a softmax, so the target must be whole numbers, one class per output step")
        if given.ndim > 2 or (given.ndim == 2 and given.shape[1] != 1):
            raise SpecError(
                f"the target has shape {list(given.shape)}, but of a softmax it must be [K], one class per output step"
            )
        return True
    return bool(whole and given.ndim <= 1 and spec.outputs > 1)


def _checked_classes(given: np.ndarray, outputs: int) -> np.ndarray:
    for step, number in enumerate(given.tolist()):  # before a number too large for 64 bits becomes another
        if not -1 <= number < outputs:
            raise SpecError(
                f"target {step + 1} is class {number}, but there are {outputs} outputs (0 to {outputs - 1})"
            )
    return given.astype(np.int64)


def _as_rows(given: np.ndarray, spec: NetworkSpec) -> np.ndarray:
    outputs = spec.outputs
    rows = given.astype(np.float64)
    if rows.ndim <= 1:
        rows = rows.reshape(-1, 1) if outputs == 1 else rows.reshape(1, -1)
    if rows.ndim != 2 or rows.shape[1] != outputs:
        raise SpecError(f"the target has shape {list(given.shape)}, but each row must have {outputs} values")
    large = np.abs(rows) > np.finfo(spec.dtype).max
    if large.any():
        row, output = (int(index) for index in np.argwhere(large)[0])
        what = "infinite" if np.isinf(rows[row, output]) else f"{rows[row, output]}, too large for {spec.dtype}"
        raise SpecError(f"target {row + 1} is {what}")
    return rows


def _places(schedule: Schedule, given: np.ndarray) -> Tensor:
    """The steps that the targets belong to."""
    wanted = schedule.output_steps
    if len(given) == len(wanted):
        return torch.from_numpy(wanted)
    if len(given) == schedule.steps:
        return torch.arange(schedule.steps)
    raise SpecError(f"there are {len(given)} targets, but the network has an output at {len(wanted)} steps")
