"""What the input of every step does to the output of one: integrated gradients, leaving out, exchanging."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rnnviz.engine.analyses.base import Analysis, Memo
from rnnviz.engine.answer import Answer, Fact
from rnnviz.engine.attribution import Attribution, attribution, score_and_gradients
from rnnviz.engine.connectivity import class_of, speaks_of_classes
from rnnviz.engine.jobs import Job
from rnnviz.engine.requests import Causes
from rnnviz.engine.truth import Truth

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace


def _answer(trace: Trace, request: Causes, memo: Memo) -> Job[Answer]:
    """Arrays "integrated", "left out", "exchanged" and "gradient", [S] each, NaN where an input was not asked about.

    Facts: "score", of the sequence, "baseline", "missed", by how much the integrated gradients miss their difference,
    "nodes", at how many points they were evaluated, "others", how many inputs stood in the place of one, "tokens",
    whether they are tokens, "class", -1 where the score is a value.
    """
    found: Attribution = yield from memo.get((Causes, request), lambda: attribution(trace, request.step, request.reach))
    facts: dict[str, Fact] = {
        "score": found.score,
        "baseline": found.baseline,
        "missed": found.missed,
        "nodes": float(found.nodes),
        "others": float(found.others),
        "tokens": found.tokens,
        "class": float(class_of(trace, request.step)) if speaks_of_classes(trace) else -1.0,
    }
    arrays = {
        "integrated": found.integrated,
        "left out": found.left_out,
        "exchanged": found.exchanged,
        "gradient": found.gradient,
    }
    return Answer(arrays, facts)


def _truth(trace: Trace, request: Causes, memo: Memo) -> Job[Truth]:
    """The score and its gradients are held against autograd's on the run as it was recorded."""
    found: Attribution = yield from memo.get((Causes, request), lambda: attribution(trace, request.step, request.reach))
    asked = np.append(True, ~np.isnan(found.gradient))
    shown = np.append(found.score, found.gradient)
    return Truth.of(shown[asked], score_and_gradients(trace, request.step)[asked])


ANALYSIS = Analysis(Causes, _answer, _truth)
