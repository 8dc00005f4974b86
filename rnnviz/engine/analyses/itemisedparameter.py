"""The itemised gradient of a parameter: which loss puts how much of it on which step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rnnviz.engine.analyses.base import Analysis, Memo
from rnnviz.engine.answer import Answer
from rnnviz.engine.itemisedtable import answer_of, itemised_parameter_table, spread_losses
from rnnviz.engine.itemisedtruth import parameter_truth
from rnnviz.engine.jobs import Job
from rnnviz.engine.requests import ItemisedParameter

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace
    from rnnviz.engine.truth import Truth


def _answer(trace: Trace, request: ItemisedParameter, memo: Memo) -> Job[Answer]:
    """Arrays "losses" [K], "items" and "sums" [K, S] (see ``itemisedtable.answer_of``)."""
    count, rows = spread_losses(trace, request.most)
    table = yield from itemised_parameter_table(trace, request.parameter, rows, request.block)
    return (yield from answer_of(table, count))


def _truth(trace: Trace, request: ItemisedParameter, memo: Memo) -> Job[Truth]:
    """Compare the numbers of some losses and steps, evenly spread, with autograd's gradient of the copies in use."""
    return (yield from parameter_truth(trace, request))


ANALYSIS = Analysis(ItemisedParameter, _answer, _truth)
