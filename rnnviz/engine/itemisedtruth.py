"""The itemised gradient as it is drawn, compared with autograd: one backward pass per loss, for some losses."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.autogradcopies import AutogradCopies, gradients_of
from rnnviz.engine.autogradrun import AutogradRun
from rnnviz.engine.errors import EngineError
from rnnviz.engine.itemisedtable import Table, itemised_parameter_table, itemised_table, spread_losses
from rnnviz.engine.jobs import Job
from rnnviz.engine.parameteruses import uses_of
from rnnviz.engine.requests import Itemised, ItemisedParameter
from rnnviz.engine.truth import Truth

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

LONGEST = 5_000
"""Steps of a run of which autograd keeps the graph; a thousand take a third of a second to run again."""

_LOSSES = 16
"""Losses that are sent back through the graph, evenly spread."""

_COPIES = 1 << 24
"""Numbers in all copies of a parameter together."""


def table_truth(trace: Trace, request: Itemised) -> Job[Truth]:
    """Compare dL_k/ds_t, norms or the numbers of one unit, and what the compared losses add up to.

    Raises
    ------
    EngineError
        When the run is too long for a graph of it.
    """
    place = (request.signal, request.layer, request.direction)
    shown = yield from itemised_table(trace, *place, _some(trace), request.unit)
    run = AutogradRun(trace)
    yield 0, len(shown.losses)
    tensors = run.signals[request.layer, request.direction, request.signal]

    def measured(number: Tensor) -> NDArray[np.float64]:
        whole = torch.stack(gradients_of(number, tensors))
        return (torch.linalg.vector_norm(whole, dim=1) if request.unit is None else whole[:, request.unit]).numpy()

    return (yield from _compared(run, shown, slice(None), measured))


def parameter_truth(trace: Trace, request: ItemisedParameter) -> Job[Truth]:
    """Compare the norms of what falls on some steps of dL_k/dW with autograd's gradients of copies of W.

    Raises
    ------
    EngineError
        When the run is too long for a graph of it.
    """
    name, block = request.parameter, request.block
    shown = yield from itemised_parameter_table(trace, name, _some(trace), block)
    rows = next(use.rows for use in uses_of(trace, name) if block in ("", use.block)) if block else slice(None)
    count = min(trace.steps, max(1, _COPIES // trace.weights.state[name].numel()))
    steps = np.unique(np.linspace(0, trace.steps - 1, count).round().astype(np.intp))
    run = AutogradCopies(trace, name, steps.tolist())
    yield 0, len(shown.losses)
    copies = [run.copies[step] for step in steps.tolist()]

    def measured(number: Tensor) -> NDArray[np.float64]:
        parts = (part[rows] for part in gradients_of(number, copies))
        return np.array([float(torch.linalg.vector_norm(part)) for part in parts])

    return (yield from _compared(run, shown, steps, measured))


def _some(trace: Trace) -> list[int]:
    """Which losses are compared."""
    if trace.steps > LONGEST:
        raise EngineError(
            f"a run of {trace.steps:,} steps is too long to be compared with autograd, which keeps all of its graph: "
            f"at most {LONGEST:,} steps can be checked"
        )
    return spread_losses(trace, _LOSSES * trace.steps)[1]


def _compared(
    run: AutogradRun,
    shown: Table,
    steps: slice | NDArray[np.intp],
    measured: Callable[[Tensor], NDArray[np.float64]],
) -> Job[Truth]:
    """Compare every row of a table, and the sum of all of them, at some steps."""
    losses = [run.loss(int(step)) for step in shown.losses]
    numbers = [*losses, torch.stack(losses).sum()]
    theirs = []
    for place, number in enumerate(numbers):
        theirs.append(measured(number))
        yield place, len(numbers)
    ours = np.concatenate([shown.items.plain, shown.sums.plain[-1:]])[:, steps]
    return Truth.of(ours, np.stack(theirs))
