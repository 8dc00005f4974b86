"""Clipping of the gradient: by its norm or by its values, in total and for the part that falls on every step.

By norm (Pascanu, Mikolov and Bengio 2013, algorithm 1): where |g| exceeds the threshold, g becomes threshold g / |g|,
|g| being the norm over all parameters together. By value: every entry is cut to +-threshold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.errors import ObjectiveError
from rnnviz.engine.jobs import Job
from rnnviz.engine.messages import LossObjective
from rnnviz.engine.parameterterms import parameter_terms

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

ClipKind = Literal["norm", "value"]


@dataclass(frozen=True, eq=False)
class Clipped:
    """A gradient before and after it is clipped.

    Parameters
    ----------
    kind : {"norm", "value"}
    threshold : float
    before, after : dict of str to ndarray
        The gradient of every parameter.
    norm_before, norm_after : float
        Euclidean norms over all parameters together.
    step_before, step_after : ndarray, [S]
        The norm of the part of the gradient that falls on a step. A step's part after clipping is its part before,
        each entry shrunk as the sum of all parts is, so that the parts still sum to the whole. What falls on the
        states before the first step is in no step's part.
    cut : float
        The share of all entries that clipping has changed.
    """

    kind: ClipKind
    threshold: float
    before: dict[str, NDArray[np.float64]]
    after: dict[str, NDArray[np.float64]]
    norm_before: float
    norm_after: float
    step_before: NDArray[np.float64]
    step_after: NDArray[np.float64]
    cut: float


def clip(trace: Trace, threshold: float, kind: ClipKind = "norm") -> Job[Clipped]:
    """Clip the gradient of the whole loss.

    Parameters
    ----------
    trace : Trace
    threshold : float
        Above zero.
    kind : {"norm", "value"}

    Returns
    -------
    Clipped

    Raises
    ------
    ObjectiveError
        When there is no target, or the threshold is not a number above zero.
    """
    if not (np.isfinite(threshold) and threshold > 0):
        raise ObjectiveError(f"the threshold of clipping is {threshold}, but it must be a number above zero")
    before = trace.gradients(LossObjective("whole")).parameters
    norm = whole_norm(before)
    ratios = _ratios(before, norm, threshold, kind)
    after = {name: _cut(gradient, ratios[name], threshold, kind) for name, gradient in before.items()}
    cells = trace.network.cell_layers
    initial = {trace.network.initial_parameter(at, state) for at in cells for state in at.cell.states}
    terms = yield from parameter_terms(trace, tuple(name for name in before if name not in initial))
    squares_before, squares_after = np.zeros(trace.steps), np.zeros(trace.steps)
    for name, own in terms.items():
        squares_before += own.weighted_squares(np.ones_like(before[name]))
        squares_after += own.weighted_squares(ratios[name])
        yield 1, 1
    changed = sum(int((ratio != 1).sum()) for ratio in ratios.values())
    count = sum(ratio.size for ratio in ratios.values())
    return Clipped(
        kind,
        threshold,
        before,
        after,
        norm,
        whole_norm(after),
        np.sqrt(squares_before),
        np.sqrt(squares_after),
        changed / count if count else 0.0,
    )


def whole_norm(gradients: dict[str, NDArray[np.float64]]) -> float:
    """The Euclidean norm over all parameters together; NaN and infinity as they come."""
    largest = float(np.max([np.abs(gradient).max(initial=0.0) for gradient in gradients.values()], initial=0.0))
    if largest == 0 or not np.isfinite(largest):
        return largest
    return largest * float(np.sqrt(sum(np.square(gradient / largest).sum() for gradient in gradients.values())))


def _cut(
    gradient: NDArray[np.float64], ratio: NDArray[np.float64], threshold: float, kind: ClipKind
) -> NDArray[np.float64]:
    if kind == "value":
        return np.clip(gradient, -threshold, threshold)
    with np.errstate(invalid="ignore"):
        return ratio * gradient


def _ratios(
    gradients: dict[str, NDArray[np.float64]], norm: float, threshold: float, kind: ClipKind
) -> dict[str, NDArray[np.float64]]:
    """What every entry is multiplied with."""
    if kind == "norm":
        factor = threshold / norm if norm > threshold else 1.0
        return {name: np.full(gradient.shape, factor) for name, gradient in gradients.items()}
    found = {}
    for name, gradient in gradients.items():
        size = np.abs(gradient)
        found[name] = np.where(size > threshold, threshold / np.where(size > threshold, size, 1.0), 1.0)
    return found
