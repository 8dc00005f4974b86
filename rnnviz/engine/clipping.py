"""Clipping of the gradient: by its norm or by its values, in total and for the part that falls on every step.

By norm (Pascanu, Mikolov and Bengio 2013, algorithm 1): where |g| exceeds the threshold, g becomes threshold g / |g|,
|g| being the norm over all parameters together. By value: every entry is cut to +-threshold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.errors import ObjectiveError
from rnnviz.engine.gradients import Differentiation
from rnnviz.engine.jobs import Job
from rnnviz.engine.messages import LossObjective
from rnnviz.engine.parameterterms import Terms, parameter_terms

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

ClipKind = Literal["norm", "value"]

_MOST_BYTES = 1 << 29
"""Bytes up to which the parts of single steps are kept."""

_PORTION = 4_000_000
"""Products of entries and steps that take a few milliseconds."""


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
        states before the first step is in no step's part. NaN where the parts would take too much memory.
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


@dataclass(frozen=True, eq=False)
class Clippable:
    """What clipping needs to know of a gradient, whatever the threshold.

    Parameters
    ----------
    before : dict of str to ndarray
    norm : float
        The norm over all parameters together.
    step_before : ndarray, [S]
        NaN where the parts of single steps are not kept.
    terms : dict of str to Terms
        The parts of all parameters; empty where they would take too much memory.
    """

    before: dict[str, NDArray[np.float64]]
    norm: float
    step_before: NDArray[np.float64]
    terms: dict[str, Terms]

    @property
    def by_step(self) -> bool:
        """Whether the parts of single steps are known."""
        return bool(self.terms)


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
    check(threshold)
    if kind not in get_args(ClipKind):
        raise ObjectiveError(f"the kind of clipping is {kind!r}, but there are {', '.join(get_args(ClipKind))}")
    return (yield from clipped((yield from clippable(trace)), threshold, kind))


def check(threshold: float) -> None:
    """Refuse a threshold that is not a number above zero, by an ObjectiveError."""
    if not (np.isfinite(threshold) and threshold > 0):
        raise ObjectiveError(f"the threshold of clipping is {threshold}, but it must be a number above zero")


def clippable(trace: Trace) -> Job[Clippable]:
    """The gradient of the whole loss and its parts, ready to be clipped.

    Raises
    ------
    ObjectiveError
        When there is no target.
    """
    work = Differentiation(trace, LossObjective("whole"))
    for done, _ in enumerate(work.run()):
        yield min(done, trace.steps), 3 * trace.steps
    before = work.gradients.parameters
    del work  # the gradients of all signals at all steps, which are not needed
    names = _stepwise(trace, before)
    nothing = np.full(trace.steps, np.nan)
    if not names or _bytes(trace, names) > _MOST_BYTES:
        return Clippable(before, whole_norm(before), nothing, {})
    terms = yield from parameter_terms(trace, names)
    ones = {name: np.ones_like(gradient) for name, gradient in before.items()}
    squares = yield from _step_squares(terms, ones, trace.steps)
    return Clippable(before, whole_norm(before), np.sqrt(squares), terms)


def clipped(given: Clippable, threshold: float, kind: ClipKind = "norm") -> Job[Clipped]:
    """Clip a gradient that is at hand; parameters and errors as of :func:`clip`."""
    check(threshold)
    ratios = _ratios(given.before, given.norm, threshold, kind)
    after = {name: _cut(gradient, ratios[name], threshold, kind) for name, gradient in given.before.items()}
    norm_after = whole_norm(after)
    step_after = given.step_before
    if kind == "norm":
        with np.errstate(invalid="ignore"):
            step_after = given.step_before * factor_of(given.norm, threshold)
    elif given.by_step:
        step_after = np.sqrt((yield from _step_squares(given.terms, ratios, len(given.step_before))))
    changed = sum(_changed(given.before[name], after[name]) for name in after)
    count = sum(gradient.size for gradient in after.values())
    share = changed / count if count else 0.0
    return Clipped(kind, threshold, given.before, after, given.norm, norm_after, given.step_before, step_after, share)


def factor_of(norm: float, threshold: float) -> float:
    """What clipping by norm multiplies a gradient with: 1 below the threshold, NaN where the norm is."""
    return 1.0 if norm <= threshold else threshold / norm


def _changed(before: NDArray[np.float64], after: NDArray[np.float64]) -> int:
    """How many entries are others than before; what is and stays NaN is not."""
    return int(((before != after) & ~(np.isnan(before) & np.isnan(after))).sum())


def _stepwise(trace: Trace, gradients: dict[str, NDArray[np.float64]]) -> tuple[str, ...]:
    """The parameters that act at steps: all but states before the first one."""
    cells = trace.network.cell_layers
    initial = {trace.network.initial_parameter(at, state) for at in cells for state in at.cell.states}
    return tuple(name for name in gradients if name not in initial)


def _bytes(trace: Trace, names: tuple[str, ...]) -> int:
    """How much memory the parts of all steps take, about: two factors for every use of a parameter."""
    shapes = [trace.weights.state[name].shape for name in names]
    return 8 * trace.steps * sum(sum(shape) for shape in shapes)


def _step_squares(
    terms: dict[str, Terms], weights: dict[str, NDArray[np.float64]], steps: int
) -> Job[NDArray[np.float64]]:
    """[S], the sum of squares of every step's part, each entry weighted, in portions of steps."""
    squares = np.zeros(steps)
    for name, own in terms.items():
        portion = max(1, _PORTION // max(1, weights[name].size))
        for start in range(0, steps, portion):
            stop = min(start + portion, steps)
            squares[start:stop] += own.weighted_squares(weights[name], start, stop)
            yield stop, steps
    return squares


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
        factor = factor_of(norm, threshold)
        return {name: np.full(gradient.shape, factor) for name, gradient in gradients.items()}
    found = {}
    for name, gradient in gradients.items():
        size = np.abs(gradient)
        found[name] = np.where(size > threshold, threshold / np.where(size > threshold, size, 1.0), 1.0)
    return found
