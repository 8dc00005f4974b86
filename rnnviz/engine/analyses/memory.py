"""What a state is made of: by origin, kept against written, and the product of what it is kept with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rnnviz.engine.analyses.base import Analysis, Memo
from rnnviz.engine.answer import Answer, Fact
from rnnviz.engine.composition import Parts, compose
from rnnviz.engine.compositiontruth import composition_truth
from rnnviz.engine.errors import SpecError
from rnnviz.engine.jobs import Job
from rnnviz.engine.language.model import Binary, Call, Expr, Negate, Number, Parameter, SignalAt, StateBefore
from rnnviz.engine.requests import Memory
from rnnviz.engine.selfpath import SelfFactor
from rnnviz.engine.truth import Truth

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

_MOST = 2_400_000
"""Numbers of a table of parts by steps: below 20 MB."""


def _answer(trace: Trace, request: Memory, memo: Memo) -> Job[Answer]:
    """Arrays "values", "kept", "written", "highway" and "widest" [S]; with bands also "bands" [R, K + 1], "origins".

    ``bands`` begins with the step of the fact "first"; its column 0 is what is left of the beginning, column 1 + k what
    is left of what was written in the steps ``origins[k]``, first and last [K, 2]. "highway" and "widest" are log10.

    Facts: "state", "kind" and "factor" (its text, empty where it has none); "states" and "kinds" of the cell; "bound",
    a sentence about what is not taken apart, empty where everything is.
    """
    at = trace.network.at(request.layer, request.direction)
    parts, bound = _parts(trace, request)
    found = yield from compose(
        trace, request.layer, request.direction, request.state, request.unit, request.anchor, parts
    )
    arrays = {
        "values": found.values,
        "kept": found.kept,
        "written": found.written,
        "highway": found.highway,
        "widest": found.widest,
    }
    facts: dict[str, Fact] = {
        "state": found.state,
        "kind": found.kind,
        "factor": text(found.factor) if found.factor is not None else "",
        "states": at.cell.states,
        "kinds": tuple(SelfFactor(trace, at, name).kind for name in at.cell.states),
        "bound": bound,
        "first": float(found.first),
    }
    if parts is not None:
        arrays |= {"bands": found.bands, "origins": found.origins.astype(np.float64)}
    return Answer(arrays, facts)


def _truth(trace: Trace, request: Memory, memo: Memo) -> Job[Truth]:
    parts, _ = _parts(trace, request)
    place = (request.layer, request.direction, request.state, request.unit, request.anchor)
    return (yield from composition_truth(trace, *place, parts))


def _parts(trace: Trace, request: Memory) -> tuple[Parts | None, str]:
    """What is taken apart of a run, in the order in which the cell ran, and what is said about the rest."""
    steps = trace.steps
    if not request.bands:
        return None, ""
    if steps <= request.apart:
        return Parts(0, steps), ""
    if request.around is None and steps <= request.gathered:
        block = -(-steps // (_MOST // steps - 1))
        if block == 1:
            return Parts(0, steps), ""
        return Parts(0, steps, block), f"in a run of {steps:,} steps, origins are gathered in blocks of {block:,} steps"
    around = request.anchor if request.around is None else request.around
    if not 0 <= around < steps:
        raise SpecError(f"step {around + 1} was asked for, but there are {steps}")
    backward = request.direction == "backward"
    middle = steps - 1 - around if backward else around
    start = min(max(0, middle - request.window // 2), steps - request.window)
    window = Parts(start, start + request.window)
    first = steps - window.stop if backward else window.start
    earlier = "what was written after them" if backward else "what was written before them"
    said = f"steps {first + 1:,} to {first + request.window:,} of {steps:,} are taken apart; {earlier} is one part"
    return window, said


def text(expr: Expr, tight: bool = False) -> str:
    """Write what a state is kept with: "f", "1 - z"."""
    match expr:
        case Number(value):
            return f"{value:g}"
        case SignalAt(name) | Parameter(name):
            return name
        case StateBefore(name):
            return f"{name}[t-1]"
        case Call("passed", (factor, _)):
            return text(factor, tight)
        case Negate(operand):
            return f"-{text(operand, True)}"
        case Binary("*" | "/" as op, left, right):
            return f"{text(left, True)} {op} {text(right, True)}"
        case Binary(op, left, right):
            whole = f"{text(left)} {op} {text(right, op == '-')}"
            return f"({whole})" if tight else whole
    return "..."


ANALYSIS = Analysis(Memory, _answer, _truth)
