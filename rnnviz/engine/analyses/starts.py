"""The states that every layer and direction starts from, learned ones included."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rnnviz.engine.analyses.base import Analysis, Memo
from rnnviz.engine.answer import Answer
from rnnviz.engine.jobs import Job
from rnnviz.engine.requests import Starts

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace


def _answer(trace: Trace, request: Starts, memo: Memo) -> Job[Answer]:
    """Arrays "<layer>.<direction>.<state>", [H] each, layers counted from 0."""
    layers = trace.network.cell_layers
    arrays = {}
    for done, at in enumerate(layers, start=1):
        for state, value in trace.weights.cells[at].initial.items():
            arrays[f"{at.layer}.{at.direction}.{state}"] = value.numpy().astype(np.float64)
        yield done, len(layers)
    return Answer(arrays)


ANALYSIS = Analysis(Starts, _answer)
