"""How much every output rests on every input, or that of one step; of very long runs evenly spread outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.analyses.base import Analysis, Memo
from rnnviz.engine.answer import Answer, Fact
from rnnviz.engine.connectivity import class_of, connectivity, outputs_known, speaks_of_classes
from rnnviz.engine.errors import EngineError, SpecError
from rnnviz.engine.jobs import Job
from rnnviz.engine.requests import Connectivity
from rnnviz.engine.truth import Truth, connectivity_truth

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

_LEAST_ROWS = 4
_CHECKED = 20_000
"""Entries that are held against autograd: it goes back through the whole graph once for every row."""
_LONGEST_GRAPH = 5_000
"""Steps up to which autograd keeps its graph in the memory of a usual machine."""


def _answer(trace: Trace, request: Connectivity, memo: Memo) -> Job[Answer]:
    """Arrays "log10" and "plain" [R, T], the "steps" [R] of the rows and their "classes" [R], -1 where there are none.

    Facts: "classes", whether one logit stands for a row, or else all outputs; "outputs", how many steps have an output
    that the run has reached, of which the rows are all or evenly spread ones; "first", the first input gone back to.
    """
    rows = _rows(trace, request)
    reach = request.reach if request.step is not None else None
    found = yield from connectivity(trace, rows.tolist(), reach)
    of_classes = speaks_of_classes(trace)
    classes = [class_of(trace, int(step)) if of_classes else -1 for step in rows]
    first = 0
    if reach is not None and not trace.network.spec.bidirectional and len(rows):
        first = max(0, int(rows[0]) - reach)
    facts: dict[str, Fact] = {
        "classes": of_classes,
        "outputs": float(outputs_known(trace).sum()),
        "first": float(first),
    }
    arrays = {"log10": found.log10, "plain": found.plain, "steps": rows, "classes": np.array(classes, np.int64)}
    return Answer(arrays, facts)


def _truth(trace: Trace, request: Connectivity, memo: Memo) -> Job[Truth]:
    """Held against one backward pass per logit, for as many evenly spread rows as that takes seconds."""
    if trace.steps > _LONGEST_GRAPH:
        raise EngineError(
            f"autograd cannot keep the graph of {trace.steps:,} steps: check a sequence of up to {_LONGEST_GRAPH:,}"
        )
    rows = _spread(_rows(trace, request), max(_LEAST_ROWS, _CHECKED // trace.steps))
    reach = request.reach if request.step is not None else None
    return (yield from connectivity_truth(trace, rows.tolist(), reach))


def _rows(trace: Trace, request: Connectivity) -> NDArray[np.int64]:
    """The steps whose outputs are asked about."""
    known = outputs_known(trace)
    if request.step is None:
        return _spread(np.flatnonzero(known), max(_LEAST_ROWS, request.most // trace.steps))
    if not 0 <= request.step < trace.steps:
        raise SpecError(f"step {request.step + 1} was asked for, but there are {trace.steps}")
    return np.array([request.step] if known[request.step] else [], np.int64)


def _spread(steps: NDArray[np.intp] | NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """At most so many of some steps, evenly spread, the first and the last among them."""
    if len(steps) <= most:
        return steps.astype(np.int64)
    return steps[np.round(np.linspace(0, len(steps) - 1, most)).astype(np.intp)].astype(np.int64)


ANALYSIS = Analysis(Connectivity, _answer, _truth)
