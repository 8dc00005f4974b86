"""How strongly every step matters for a loss: the norm of the gradient of one signal, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from rnnviz.engine.analyses.base import Analysis, Memo
from rnnviz.engine.answer import Answer
from rnnviz.engine.autogradrun import AutogradRun
from rnnviz.engine.errors import ObjectiveError
from rnnviz.engine.gradients import Differentiation
from rnnviz.engine.itemised import Losses
from rnnviz.engine.jobs import Job
from rnnviz.engine.messages import LossObjective
from rnnviz.engine.requests import Norms
from rnnviz.engine.truth import Truth

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace


def _answer(trace: Trace, request: Norms, memo: Memo) -> Job[Answer]:
    """Array "norms", [S], log10 of the Euclidean norm of dL/ds_t; -inf is a true zero."""
    return Answer({"norms": (yield from _norms(trace, request, memo))})


def _norms(trace: Trace, request: Norms, memo: Memo) -> Job[NDArray[np.float64]]:
    return memo.get(("norms", request), lambda: _computed(trace, request))


def _computed(trace: Trace, request: Norms) -> Job[NDArray[np.float64]]:
    work = Differentiation(trace, LossObjective(request.scope, request.step))
    for done, _ in enumerate(work.run()):
        yield done, done + 1
    return work.gradients.log10_norm(request.signal, request.layer, request.direction)


def _truth(trace: Trace, request: Norms, memo: Memo) -> Job[Truth]:
    """Compare the norms themselves with those of autograd's gradient of the same sum of losses."""
    shown = yield from _norms(trace, request, memo)
    run = AutogradRun(trace)
    steps = [step for step in Losses.of(trace).steps.tolist() if _counted(request, step)]
    if not steps:
        raise ObjectiveError("no step of this loss has a target, so there is no gradient to check")
    yield 0, 1
    loss = torch.stack([run.loss(step) for step in steps]).sum()
    signals = run.signals[request.layer, request.direction, request.signal]
    yield 0, 1
    gradients = torch.autograd.grad(loss, signals, allow_unused=True, materialize_grads=True)
    theirs = torch.linalg.vector_norm(torch.stack(gradients), dim=1).numpy()
    with np.errstate(over="ignore"):
        return Truth.of(10.0**shown, theirs)


def _counted(request: Norms, step: int) -> bool:
    if request.scope == "at":
        return step == request.step
    return request.scope == "whole" or step <= request.step


ANALYSIS = Analysis(Norms, _answer, _truth)
