"""How far the states of one step reach: the path from it to every later step, beside the highway and the bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.analyses.base import Analysis, Memo
from rnnviz.engine.answer import Answer, Fact
from rnnviz.engine.composition import compose
from rnnviz.engine.jacobian import ran_order, state_names, state_size
from rnnviz.engine.jobs import Job
from rnnviz.engine.paths import path_column
from rnnviz.engine.requests import PathsFrom
from rnnviz.engine.spectrum import bound
from rnnviz.engine.truth import Truth, path_truth

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

_WORK = 1 << 33
"""Cubes of S up to which matrices are multiplied: some seconds."""
_LEAST_REACH, _MOST_REACH = 256, 10_000
_CHECKED = 8
"""Steps that are held against autograd, which takes as many backward passes for each as there are states."""


def _answer(trace: Trace, request: PathsFrom, memo: Memo) -> Job[Answer]:
    """Arrays, [T] each and all log10: "largest", "smallest" and "frobenius" of ds_t/ds_k, NaN before k.

    "highway" is the mean over the units of the product of what the state is kept with, "highway largest" that of the
    unit at which it is largest; both are left out of a cell that overwrites its state. "bound" is Pascanu's, left out
    where it does not apply.

    Facts: "applies", "reason", "gamma", "singular" of the bound; "states", the names in s; "state", the one that the
    highway speaks of, or empty; "reach", up to how many steps from k the path is followed; "first not a number", the
    step from which on the path cannot be computed, -1 where there is none.
    """
    layer, direction, anchor = request.layer, request.direction, request.anchor
    at = trace.network.at(layer, direction)
    reach = int(min(_MOST_REACH, max(_LEAST_REACH, _WORK // state_size(at) ** 3)))
    column = yield from path_column(trace, anchor, layer, direction, reach)
    order = list(ran_order(trace, at))
    place = order.index(anchor) if anchor in order else len(order)
    later = order[place : place + reach + 1]
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, numbers in (("largest", column.largest), ("smallest", column.smallest), ("frobenius", column.frobenius)):
        values = np.full(trace.steps, np.nan)
        values[later] = numbers.log10[later]
        arrays[name] = values
    limit = bound(trace, layer, direction)
    if limit.applies:
        values = np.full(trace.steps, np.nan)
        values[later] = limit.log10(np.arange(float(len(later))))
        arrays["bound"] = values
    strange = [step for step in later if np.isnan(arrays["largest"][step])]
    facts: dict[str, Fact] = {"applies": limit.applies, "reason": limit.reason}
    facts |= {"gamma": limit.gamma, "singular": limit.singular, "states": state_names(at), "state": ""}
    facts |= {"reach": float(reach), "first not a number": float(strange[0] if strange else -1)}
    if at.cell.states and later:
        found = yield from compose(trace, layer, direction, "", None, anchor)
        if found.kind != "overwritten":
            facts["state"] = found.state
            for name, series in (("highway", found.highway), ("highway largest", found.widest)):
                arrays[name] = np.full(trace.steps, np.nan)
                arrays[name][later] = series[later]
    return Answer(arrays, facts)


def _truth(trace: Trace, request: PathsFrom, memo: Memo) -> Job[Truth]:
    """Some steps, the nearest and the farthest, are held against autograd's matrices."""
    order = list(ran_order(trace, trace.network.at(request.layer, request.direction)))
    place = order.index(request.anchor) if request.anchor in order else len(order)
    later = order[place + 1 : place + 1 + _LEAST_REACH]
    spread = np.unique(np.linspace(0, len(later) - 1, min(_CHECKED, len(later))).round().astype(int))
    steps = [later[index] for index in spread]
    if not steps:
        return Truth(0.0, 1.0, 0)
    return (yield from path_truth(trace, request.anchor, request.layer, request.direction, steps))


ANALYSIS = Analysis(PathsFrom, _answer, _truth)
