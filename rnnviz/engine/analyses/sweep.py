"""The recurrent matrices scaled from low to high, and the network run on this very sequence at every scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rnnviz.engine.analyses.base import Analysis, Memo
from rnnviz.engine.answer import Answer, Fact
from rnnviz.engine.errors import EngineError, SpecError
from rnnviz.engine.jobs import Job
from rnnviz.engine.laboratory import Point, block_names, blocks_of, point
from rnnviz.engine.messages import Scaling
from rnnviz.engine.requests import Sweep
from rnnviz.engine.rescale import Sizes, scaled_as

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

MOST_COMPUTED = 400_000
"""Steps times units up to which a run is repeated at every scale: half a minute, and 80 MB at a time."""

MOST_VALUES = 401
_PARTS = 100


def _answer(trace: Trace, request: Sweep, memo: Memo) -> Job[Answer]:
    """Arrays, [V] each: "values" and, as they come, "loss", "total", "reach" (both log10) and "saturated".

    Also "gradients" [V, M], log10 of |dL/dW| per matrix of the fact "matrices" ("0:forward:U_f"). What they mean stands
    in :class:`rnnviz.engine.laboratory.Point`. The fact "target" tells whether there is a loss.
    """
    _check(trace, request)
    store = memo.lasting or memo
    # A turn of the knob changes nothing here: what was computed before it stays, also of a sweep that was broken off.
    table = yield from store.get(("sweep", request.by, request.blocks, *_circumstances(trace, request)), _nothing)
    values = np.linspace(request.low, request.high, request.count)
    sizes: Sizes = {}
    for done, value in enumerate(values.tolist()):
        if value not in table:
            network = scaled_as(trace.untouched, Scaling(value, request.by, request.blocks), sizes)
            job = point(trace, network, request.layer, request.direction)
            while True:
                try:
                    part, whole = next(job)
                except StopIteration as end:
                    table[value] = end.value
                    break
                yield _PARTS * done + _PARTS * part // max(1, whole), _PARTS * len(values)
        yield _PARTS * (done + 1), _PARTS * len(values)
    points = [table[value] for value in values.tolist()]
    arrays = {
        "values": values,
        "gradients": np.array([found.gradients for found in points]).reshape(len(points), -1),
        **{name: np.array([getattr(p, name) for p in points]) for name in ("loss", "total", "reach", "saturated")},
    }
    facts: dict[str, Fact] = {"matrices": block_names(trace.network), "target": trace.targets.kind is not None}
    return Answer(arrays, facts)


def _nothing() -> Job[dict[float, Point]]:
    yield from ()
    return {}


def _circumstances(trace: Trace, request: Sweep) -> tuple[object, ...]:
    """What else a point depends on: the layer, how far the run has come, and the matrices that are not swept."""
    rest = []
    for at, name in blocks_of(trace.network):
        if request.blocks is not None and f"{at.layer}:{at.direction}:{name}" not in request.blocks:
            rest.append(float(trace.weights.cells[at].parameters[name].double().square().sum()))
    return (request.layer, request.direction, trace.position, trace.steps, trace.interventions, *rest)


def _check(trace: Trace, request: Sweep) -> None:
    if not blocks_of(trace.network):
        raise SpecError("this network has no square recurrent matrix to scale: choose a cell with one, such as rnn.")
    if not (0 < request.low < request.high < float("inf") and 2 <= request.count <= MOST_VALUES):
        raise SpecError(f"the sweep goes from {request.low:g} to {request.high:g} in {request.count} values")
    units = sum(at.units for at in trace.network.cell_layers)
    if trace.steps * units > MOST_COMPUTED:
        raise EngineError(
            f"the network would be run {request.count} times over {trace.steps:,} steps: "
            f"for this graph choose a sequence of up to {MOST_COMPUTED // units:,} steps"
        )


ANALYSIS = Analysis(Sweep, _answer)
