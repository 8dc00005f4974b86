"""The itemised gradient of a signal: which loss puts how much on it at which step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rnnviz.engine.analyses.base import Analysis, Memo
from rnnviz.engine.answer import Answer
from rnnviz.engine.itemisedtable import answer_of, itemised_table, spread_losses
from rnnviz.engine.itemisedtruth import table_truth
from rnnviz.engine.jobs import Job
from rnnviz.engine.requests import Itemised

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace
    from rnnviz.engine.truth import Truth


def _answer(trace: Trace, request: Itemised, memo: Memo) -> Job[Answer]:
    """Arrays "losses" [K], "items" and "sums" [K, S]; for a unit also their signs (see ``itemisedtable.answer_of``)."""
    count, rows = spread_losses(trace, request.most)
    place = (request.signal, request.layer, request.direction)
    table = yield from itemised_table(trace, *place, rows, request.unit)
    return (yield from answer_of(table, count, signed=request.unit is not None))


def _truth(trace: Trace, request: Itemised, memo: Memo) -> Job[Truth]:
    """Compare the numbers of some losses, evenly spread, and what they add up to."""
    return (yield from table_truth(trace, request))


ANALYSIS = Analysis(Itemised, _answer, _truth)
