"""What an answer of the engine says about causes, in words."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from rnnviz.ui import reading
from rnnviz.ui.connections import SURE, place, quoted
from rnnviz.ui.drawing.ticks import number
from rnnviz.ui.predictions import class_names
from rnnviz.ui.view import AnalysisView, View

WAYS = {
    "gradient": ("∂", "gradient", "The norm of the derivative of the score with respect to each input"),
    "left out": ("−", "left out", "By how much the score falls when the input is left out"),
    "exchanged": ("⇄", "exchanged", "By how much it falls, in the mean, with another input in its place"),
    "integrated": (
        "∫",
        "integrated",
        "The gradient, integrated from the mean input to the present one; the bars add up",
    ),
}
"""Name of an array of the answer: its sign, caption and explanation."""


def fact(answer: AnalysisView, name: str) -> float:
    """Return a number of the answer."""
    return float(answer.facts[name])  # type: ignore[arg-type]


def effects(answer: AnalysisView, way: str) -> NDArray[np.float64]:
    """Return what is drawn of a way, [S]."""
    return np.asarray(answer.arrays[way], np.float64)


def class_named(view: View, answer: AnalysisView, step: int) -> str:
    """Return the class whose probability is the score; empty where it is a value or may not be told yet."""
    trace, one = view.trace, int(fact(answer, "class"))
    if trace is None or one < 0:
        return ""
    classes = reading.targets_of(trace).classes
    if classes is not None and classes[step] >= 0 and step >= reading.targets_shown(view):
        return ""
    return class_names(trace)[one]


def title(view: View, answer: AnalysisView, step: int) -> str:
    """Return what the causes are of."""
    name = class_named(view, answer, step)
    what = (
        f"the prediction of {quoted(name)}" if name else "the output" if fact(answer, "class") < 0 else "the prediction"
    )
    return f"What causes {what} at t = {step + 1}"


def subtitle(view: View, answer: AnalysisView) -> str:
    """Return the score, the largest cause, and where the gradient is largest if that is elsewhere."""
    score, sure = fact(answer, "score"), fact(answer, "class") >= 0
    parts = [f"ln p = {number(score)}, p = {number(math.exp(score))}" if sure else f"y = {number(score)}"]
    hidden = reading.cover_after(view)
    shown = slice(None) if hidden is None else slice(hidden + 1)
    cause, steepest = (strongest(effects(answer, way)[shown]) for way in ("exchanged", "gradient"))
    if cause < 0:
        cause = strongest(effects(answer, "left out")[shown])
    if cause >= 0:
        parts.append(f"the largest cause is {place(view, cause, 'k')}")
        if steepest not in (-1, cause):
            why = ", for a sure prediction has hardly a slope left" if sure and math.exp(score) >= SURE else ""
            parts.append(f"the gradient points to {place(view, steepest, 'k')}{why}")
    return "; ".join(parts)


def completeness(answer: AnalysisView) -> str:
    """Return whether the integrated gradients add up to the difference of the scores."""
    wanted = fact(answer, "score") - fact(answer, "baseline")
    missed = fact(answer, "missed")
    if abs(missed) <= 1e-5 * max(1.0, abs(wanted)):
        return f"sum {number(wanted)}"
    return f"{number(abs(missed))} missed"


def strongest(values: NDArray[np.float64]) -> int:
    """Return the step with the number largest in size; -1 where all are zero or unknown."""
    sizes = np.where(np.isnan(values), 0.0, np.abs(values))
    return int(sizes.argmax()) if len(sizes) and sizes.max() > 0 else -1
