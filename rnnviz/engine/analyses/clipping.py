"""The gradient of all parameters before and after clipping; what does not depend on the threshold is kept."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.utils import clip_grad_norm_, clip_grad_value_

from rnnviz.engine.analyses.base import Analysis, Memo
from rnnviz.engine.answer import Answer, Fact
from rnnviz.engine.autogradparameters import parameter_gradients
from rnnviz.engine.clipping import Clippable, Clipped, check, clippable, clipped, factor_of, whole_norm
from rnnviz.engine.jobs import Job
from rnnviz.engine.requests import Clipping
from rnnviz.engine.truth import Truth

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

_LARGE = 40
"""The power of two that a gradient is brought near before torch clips it, which adds 1e-6 to its norm."""


def _answer(trace: Trace, request: Clipping, memo: Memo) -> Job[Answer]:
    """Arrays "step before" and "step after" [T], "norms before" and "norms after" [P], "sizes" [P].

    The norms per parameter stand in the order of the fact "names"; those per step are NaN where the fact "by step" is
    false. Facts: "norm before", "norm after", "largest" (entry), "factor" (by norm), "cut" (share of entries that are
    changed), "cosine" (between before and after, NaN where one of them has no direction), "finite".
    """
    check(request.threshold)
    given = yield from memo.get("clipping", partial(clippable, trace))
    own = yield from memo.get("norms to clip", partial(_norms_of, given))
    found = yield from clipped(given, request.threshold, request.kind)
    yield 1, 1
    with np.errstate(invalid="ignore"):
        after = own * factor_of(given.norm, request.threshold) if request.kind == "norm" else _norms(found.after)
    arrays = {
        "step before": found.step_before,
        "step after": found.step_after,
        "norms before": own,
        "norms after": after,
        "sizes": np.array([gradient.size for gradient in given.before.values()], np.int64),
    }
    return Answer(arrays, _facts(given, found))


def _facts(given: Clippable, found: Clipped) -> dict[str, Fact]:
    largest = float(np.max([np.abs(gradient).max(initial=0.0) for gradient in given.before.values()], initial=0.0))
    return {
        "names": tuple(given.before),
        "by step": given.by_step,
        "norm before": found.norm_before,
        "norm after": found.norm_after,
        "largest": largest,
        "factor": factor_of(given.norm, found.threshold) if found.kind == "norm" else float("nan"),
        "cut": found.cut,
        "cosine": _cosine(found),
        "finite": bool(np.isfinite(given.norm)),
    }


def _norms_of(given: Clippable) -> Job[NDArray[np.float64]]:
    yield 0, 1
    return _norms(given.before)


def _norms(gradients: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """[P], the norm of every parameter's gradient."""
    return np.array([whole_norm({name: gradient}) for name, gradient in gradients.items()])


def _cosine(found: Clipped) -> float:
    """The cosine of the angle between the gradient before and after, over all parameters."""
    if not all(np.isfinite(norm) and norm > 0 for norm in (found.norm_before, found.norm_after)):
        return float("nan")
    if found.kind == "norm":
        return 1.0
    pairs = zip(found.before.values(), found.after.values(), strict=True)
    product = sum(float((one / found.norm_before * (two / found.norm_after)).sum()) for one, two in pairs)
    return min(1.0, product)


def _truth(trace: Trace, request: Clipping, memo: Memo) -> Job[Truth]:
    """Held against torch's own clipping of the gradients that autograd finds: every entry, before and after."""
    given = yield from memo.get("clipping", partial(clippable, trace))
    found = yield from clipped(given, request.threshold, request.kind)
    theirs = yield from parameter_gradients(trace)
    yield 1, 2
    power = 0
    if np.isfinite(found.norm_before) and found.norm_before > 0:
        power = _LARGE - int(np.frexp(found.norm_before)[1])
    parameters = []
    for gradient in theirs.values():
        parameters.append(torch.nn.Parameter(torch.zeros(gradient.shape, dtype=torch.float64)))
        parameters[-1].grad = torch.from_numpy(np.ldexp(gradient, power))
    threshold = float(np.ldexp(request.threshold, power))
    if request.kind == "norm":
        clip_grad_norm_(parameters, threshold)
    else:
        clip_grad_value_(parameters, threshold)
    after = [np.ldexp(p.grad.numpy(), -power).ravel() for p in parameters if p.grad is not None]
    before = [gradient.ravel() for gradient in theirs.values()]
    shown = [found.before[name].ravel() for name in theirs] + [found.after[name].ravel() for name in theirs]
    return Truth.of(np.concatenate(shown), np.concatenate([*before, *after]))


ANALYSIS = Analysis(Clipping, _answer, _truth)
