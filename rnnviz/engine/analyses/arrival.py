"""An adjoint as it arrives at a step: from the loss of that step, and from the future."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rnnviz.engine.analyses.base import Analysis, Memo
from rnnviz.engine.answer import Answer
from rnnviz.engine.arrival import arrival
from rnnviz.engine.jobs import Job
from rnnviz.engine.requests import Arrival

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace


def _answer(trace: Trace, request: Arrival, memo: Memo) -> Job[Answer]:
    """Arrays "own" and "others", [S, H] each; their sum is dL/ds_t."""
    found = yield from arrival(trace, request.signal, request.layer, request.direction)
    return Answer({"own": found.own, "others": found.others})


ANALYSIS = Analysis(Arrival, _answer)
