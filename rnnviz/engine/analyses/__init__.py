"""Analyses of a run: one module per question, which registers by existing and defining ``ANALYSIS``."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING, Any

from rnnviz.engine.analyses.base import Analysis, Memo
from rnnviz.engine.answer import Answer
from rnnviz.engine.errors import EngineError
from rnnviz.engine.jobs import Job
from rnnviz.engine.requests import AnyRequest, Request, Truth

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

__all__ = ["Memo", "analyse", "analyses"]


@cache
def analyses() -> dict[type[Request], Analysis[Any]]:
    """All analyses that there are, by the requests that they answer."""
    found: dict[type[Request], Analysis[Any]] = {}
    for module in pkgutil.iter_modules(__path__):
        analysis = getattr(importlib.import_module(f"{__name__}.{module.name}"), "ANALYSIS", None)
        if analysis is not None:
            found[analysis.request] = analysis
    return found


def analyse(trace: Trace, request: AnyRequest, memo: Memo) -> Job[Answer]:
    """Answer a request about a trace.

    Parameters
    ----------
    trace : Trace
    request : Request
    memo : Memo
        Of this trace.

    Returns
    -------
    Answer
        That of ``Truth`` has the facts "difference", "largest", "relative" and "count".

    Raises
    ------
    RnnvizError
        When the question has no answer for this run; the message says why.
    """
    if not isinstance(request, Truth):
        return (yield from _of(request).answer(trace, request, memo))
    check = _of(request.of).truth
    if check is None:
        raise EngineError("these numbers cannot be compared with autograd")
    found = yield from check(trace, request.of, memo)
    facts = {"difference": found.difference, "largest": found.largest, "relative": found.relative}
    return Answer({}, {**facts, "count": float(found.count)})


def _of(request: Request) -> Analysis[Any]:
    analysis = analyses().get(type(request))
    if analysis is None:
        raise EngineError(f"there is no analysis that answers {type(request).__name__}")
    return analysis
