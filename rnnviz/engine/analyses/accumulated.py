"""The gradient of parameters as it accumulates on the way back: the term of a step, and the sum of those so far."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.accumulation import Accumulation, Matrices, accumulation, norm_of
from rnnviz.engine.analyses.base import Analysis, Memo
from rnnviz.engine.answer import Answer
from rnnviz.engine.autogradrun import AutogradRun
from rnnviz.engine.itemised import Losses
from rnnviz.engine.jobs import Job
from rnnviz.engine.parameteruses import Use, uses_of
from rnnviz.engine.record import NETWORK
from rnnviz.engine.requests import Accumulated
from rnnviz.engine.truth import Truth

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace


def _answer(trace: Trace, request: Accumulated, memo: Memo) -> Job[Answer]:
    """The way back at one step.

    Arrays "sum norms" and "term norms", [S]: the norm of what has been gathered at every step, and of what it adds,
    over all parameters together. Per parameter "sum NAME", "term NAME" and "whole NAME" in its shape: the sum at this
    step, this step's term, and the whole gradient. Facts: "whole", the norm of the whole gradient; "share" and
    "cosine", the sum's norm over that and the cosine between both; "every", see ``Accumulation``; "largest", the
    largest absolute entry that the sum ever has.
    """
    found = yield from _gathering(trace, request, memo)
    gathered, term = found.gathered(request.step), found.term(request.step)
    arrays = {"sum norms": found.sum_norms, "term norms": found.term_norms}
    for name in request.parameters:
        arrays |= {f"sum {name}": gathered[name], f"term {name}": term[name], f"whole {name}": found.whole[name]}
    length, whole = norm_of(gathered), found.whole_norm
    facts = {
        "whole": whole,
        "share": length / whole if whole else float("nan"),
        "cosine": _cosine(gathered, found.whole, length, whole),
        "every": float(found.every),
        "largest": found.largest,
    }
    return Answer(arrays, facts)


def _gathering(trace: Trace, request: Accumulated, memo: Memo) -> Job[Accumulation]:
    names = request.parameters
    return memo.get(("accumulation", names), lambda: accumulation(trace, names))


def _cosine(gathered: Matrices, whole: Matrices, length: float, whole_length: float) -> float:
    if not (0 < length < np.inf and 0 < whole_length < np.inf):
        return float("nan")
    return float(sum((gathered[name] / length * whole[name]).sum() for name in whole)) / whole_length


def _truth(trace: Trace, request: Accumulated, memo: Memo) -> Job[Truth]:
    """Compare the sum over all steps with autograd's gradient of the whole loss."""
    found = yield from _gathering(trace, request, memo)
    run = AutogradRun(trace)
    last = 0 if found.falling else trace.steps - 1
    gathered = found.gathered(last)
    losses = [run.loss(int(step)) for step in Losses.of(trace).steps]
    shown, theirs = [], []
    for place, name in enumerate(request.parameters):
        yield place, len(request.parameters)
        shown.append(gathered[name].ravel())
        theirs.append(_by_autograd(trace, run, torch.stack(losses).sum(), name).ravel())
    return Truth.of(np.concatenate(shown), np.concatenate(theirs))


def _by_autograd(trace: Trace, run: AutogradRun, loss: Tensor, name: str) -> NDArray[np.float64]:
    total = np.zeros(tuple(trace.weights.state[name].shape))
    for rows, leaf in dict(_leaves(run, uses_of(trace, name))).items():
        total[slice(*rows)] += _gradient(loss, leaf)
    if name == "embedding.weight":
        steps, tokens = trace.embedded_tokens()
        inputs = run.signals[NETWORK, "forward", "x"]
        found = torch.autograd.grad(loss, inputs, retain_graph=True, allow_unused=True, materialize_grads=True)
        free = trace.holds.free_inputs(slice(0, trace.steps), torch.stack(found))
        for step, token in zip(steps.tolist(), tokens, strict=True):
            if tokens.dim() == 1:
                total[int(token)] += free[step].numpy()
            else:
                total += np.outer(token.double().numpy(), free[step].numpy())
    return total


def _leaves(run: AutogradRun, uses: tuple[Use, ...]) -> Iterator[tuple[tuple[int | None, int | None], Tensor]]:
    """The leaves of the graph that a parameter stands for, by the rows of it that each is; each leaf once."""
    for use in uses:
        if use.where == "cell" and use.at is not None:
            yield (use.rows.start, use.rows.stop), run.parameters[use.at][use.block]
        elif use.where == "readout":
            weight, bias = run.dense[use.index]
            yield (None, None), bias if use.factor is None else weight


def _gradient(loss: Tensor, leaf: Tensor) -> NDArray[np.float64]:
    (found,) = torch.autograd.grad(loss, [leaf], retain_graph=True, allow_unused=True, materialize_grads=True)
    return found.numpy()


ANALYSIS = Analysis(Accumulated, _answer, _truth)
