"""An adjoint as it arrives at a step: from the loss of that step, and from the future."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.analyses.base import Analysis, Memo
from rnnviz.engine.answer import Answer
from rnnviz.engine.arrival import Arrival as Parts
from rnnviz.engine.arrival import arrival
from rnnviz.engine.autogradrun import AutogradRun
from rnnviz.engine.errors import ObjectiveError
from rnnviz.engine.itemised import Losses
from rnnviz.engine.jobs import Job
from rnnviz.engine.requests import Arrival
from rnnviz.engine.truth import Truth

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

_CHECKED = 128
"""Steps at most that are held against autograd, evenly spread."""


def _answer(trace: Trace, request: Arrival, memo: Memo) -> Job[Answer]:
    """Arrays "own", "others" and "whole", [S] each: of one unit dL/ds_t in its parts, or log10 of their norms."""
    found = yield from _parts(trace, request, memo)
    if request.unit is None:
        norms = {"own": found.own_norms, "others": found.others_norms, "whole": found.whole_norms}
        return Answer({name: numbers.log10 for name, numbers in norms.items()})
    if not 0 <= request.unit < found.own.shape[1]:
        raise ObjectiveError(
            f"there is no unit {request.unit + 1} of {request.signal}: it has {found.own.shape[1]} units"
        )
    own, others = found.own[:, request.unit].copy(), found.others[:, request.unit].copy()
    with np.errstate(invalid="ignore"):
        return Answer({"own": own, "others": others, "whole": own + others})


def _parts(trace: Trace, request: Arrival, memo: Memo) -> Job[Parts]:
    where = (request.signal, request.layer, request.direction)
    return memo.get(("arrival", *where), lambda: arrival(trace, *where))


def _truth(trace: Trace, request: Arrival, memo: Memo) -> Job[Truth]:
    """Compare both parts with autograd of L_t alone, and of L without L_t, at steps that are evenly spread."""
    found = yield from _parts(trace, request, memo)
    run = AutogradRun(trace)
    steps = np.unique(np.linspace(0, trace.steps - 1, min(trace.steps, _CHECKED)).astype(np.intp))
    signals = run.signals[request.layer, request.direction, request.signal]
    tensors = [signals[step] for step in steps]
    losses = {int(step): run.loss(int(step)) for step in Losses.of(trace).steps}
    own = np.zeros((len(steps), found.own.shape[1]))
    others = np.zeros_like(own)
    if losses:
        yield 0, len(steps)
        others[:] = np.stack(_gradients(torch.stack(list(losses.values())).sum(), tensors))
    for place, step in enumerate(steps.tolist()):
        yield place, len(steps)
        if step not in losses:
            continue
        here = tensors[place : place + 1]
        own[place] = _gradients(losses[step], here)[0]
        rest = [loss for other, loss in losses.items() if other != step]
        if np.isfinite(own[place]).all():
            others[place] -= own[place]
        else:  # what is taken away must be known
            others[place] = _gradients(torch.stack(rest).sum(), here)[0] if rest else 0.0
    shown = np.stack([found.own[steps], found.others[steps]])
    theirs = np.stack([own, others])
    if request.unit is not None:
        shown, theirs = shown[..., request.unit], theirs[..., request.unit]
    return Truth.of(shown, theirs)


def _gradients(number: Tensor, tensors: list[Tensor]) -> list[NDArray[np.float64]]:
    found = torch.autograd.grad(number, tensors, retain_graph=True, allow_unused=True, materialize_grads=True)
    return [part.numpy() for part in found]


ANALYSIS = Analysis(Arrival, _answer, _truth)
