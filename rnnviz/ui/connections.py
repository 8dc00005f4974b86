"""What an answer of the engine says about connectivity: of one prediction, of one input, and in words."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.record import NETWORK
from rnnviz.engine.requests import Connectivity
from rnnviz.ui import reading
from rnnviz.ui.drawing.ticks import MINUS, number
from rnnviz.ui.plots import Tick, magnitude
from rnnviz.ui.predictions import is_classes
from rnnviz.ui.view import AnalysisView, TraceView, View

LONG = 512
"""Steps up to which the whole table is asked for; of a longer run the prediction that is looked at."""

_EXTREME = 250.0
"""Powers of ten beyond which numbers are drawn as shares of the largest: their own size would not fit a float."""

_LONGEST_NAME = 18

SURE = 0.95
"""Probability from which a softmax is saturated: what is left of its slope is less than a twentieth."""

DECADES = 4
"""Powers of ten below the largest number that a logarithmic scale of colours spans."""

Values = NDArray[np.float64]
Marks = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Connections:
    """How strongly one prediction rests on every input, or every prediction on one input.

    Parameters
    ----------
    focus : int
        The step of that prediction, or of that input.
    log10, values : ndarray, [S]
        The norms; of extreme ones ``values`` are shares of the largest.
    asked : ndarray of bool, [S]
        The steps that can be connected to the one in focus and that may be shown.
    """

    focus: int
    log10: Values
    values: Values
    asked: Marks

    @classmethod
    def of(cls, focus: int, log10: Values, asked: Marks) -> Connections:
        """Take the norms at the steps that are asked about."""
        top = float(log10[asked & np.isfinite(log10)].max(initial=-np.inf))
        shift = top if abs(top) > _EXTREME and np.isfinite(top) else 0.0
        with np.errstate(over="ignore", under="ignore"):
            values = 10.0 ** (log10 - shift)
        return cls(focus, log10, values, asked)

    @property
    def strongest(self) -> int:
        """The step with the largest finite number; -1 where there is none above zero."""
        finite = self.asked & np.isfinite(self.log10)
        return int(np.where(finite, self.log10, -np.inf).argmax()) if finite.any() else -1

    @property
    def largest(self) -> float:
        """The largest finite number as it is drawn; 0 where there is none."""
        return float(self.values[self.strongest]) if self.strongest >= 0 else 0.0

    @property
    def largest_name(self) -> str:
        """The largest finite number in words."""
        return magnitude(float(self.log10[self.strongest])) if self.strongest >= 0 else "0"

    def shares(self, *, logarithmic: bool) -> Values:
        """Return how strong every step is drawn, [S]: 1 is the largest, NaN and infinity as they come.

        A logarithmic scale begins `DECADES` powers of ten below the largest number.
        """
        if self.strongest < 0:
            return np.where(np.isfinite(self.values), 0.0, self.values)
        with np.errstate(invalid="ignore"):
            if not logarithmic:
                return self.values / self.largest
            shares: Values = 1 + (self.log10 - self.log10[self.strongest]) / DECADES
            return np.where(np.isneginf(shares), 0.0, np.maximum(shares, 0.0))

    def power_ticks(self) -> list[Tick]:
        """Return the powers of ten on a logarithmic scale, at the shares that they have of it."""
        if self.strongest < 0:
            return []
        top = float(self.log10[self.strongest])
        powers = range(math.ceil(top - DECADES), math.floor(top) + 1)
        return [Tick(1 + (power - top) / DECADES, "10", str(power).replace("-", MINUS)) for power in powers]

    @property
    def strange(self) -> int:
        """How many numbers are not finite; those that are true zeros are."""
        found = self.log10[self.asked]
        return int((np.isnan(found) | np.isposinf(found)).sum())


# What is asked


def known_outputs(view: View) -> Marks:
    """[S], the steps whose outputs may be shown at the cursor."""
    trace = view.trace
    if trace is None:
        return np.zeros(0, np.bool_)
    known = np.zeros(trace.steps, np.bool_)
    known[trace.reached(view.known, NETWORK, "forward")] = True
    return known & trace.schedule.has_output


def fed(trace: TraceView) -> Marks:
    """[S], the steps that have an input: given, or fed back."""
    inputs: Marks = trace.schedule.has_input | (trace.schedule.spec.feedback != "none")
    return inputs


def focus_of(steps: Marks, wanted: int) -> int:
    """Return the step nearest to a wanted one: itself, the next, or else the last before it; -1 where there is none."""
    found = np.flatnonzero(steps)
    if not len(found):
        return -1
    place = int(np.searchsorted(found, max(0, wanted)))
    return int(found[min(place, len(found) - 1)])


def request_of(view: View, *, table: bool, focus: int) -> Connectivity | None:
    """Return what the engine is to be asked for; None where there is nothing to ask."""
    if view.trace is None or view.published == 0:
        return None
    if table or view.trace.steps <= LONG:
        return Connectivity()
    return Connectivity(step=focus) if focus >= 0 else None


# What is answered


def behind(view: View, answer: AnalysisView, step: int) -> Connections | None:
    """Return what the prediction of a step rests on; None where the answer does not speak of it."""
    trace = view.trace
    rows = np.flatnonzero(answer.arrays["steps"] == step)
    if trace is None or not len(rows):
        return None
    steps = np.arange(trace.steps)
    asked = fed(trace) & (steps >= first_input(answer))
    if not trace.schedule.spec.bidirectional:
        asked &= steps <= step
    return Connections.of(step, np.asarray(answer.arrays["log10"][rows[0]], np.float64), asked)


def ahead(view: View, answer: AnalysisView, step: int) -> Connections | None:
    """Return which predictions rest on the input of a step; None where the answer does not speak of it."""
    trace = view.trace
    if trace is None or step < first_input(answer):
        return None
    rows = answer.arrays["steps"].astype(np.intp)
    column, asked = np.full(trace.steps, np.nan), np.zeros(trace.steps, np.bool_)
    column[rows] = answer.arrays["log10"][:, step]
    asked[rows] = True
    asked &= known_outputs(view)
    if not trace.schedule.spec.bidirectional:
        asked &= np.arange(trace.steps) >= step
    return Connections.of(step, column, asked)


def first_input(answer: AnalysisView) -> int:
    """The first input that was gone back to."""
    return int(float(answer.facts["first"]))  # type: ignore[arg-type]


def class_name(view: View, answer: AnalysisView, step: int) -> tuple[str, bool]:
    """Return the class that stands for a prediction, and whether it is the right one; empty where it may not be told.

    Without a target it is the likeliest.
    """
    trace = view.trace
    rows = np.flatnonzero(answer.arrays["steps"] == step)
    if trace is None or not len(rows) or not answer.facts["classes"]:
        return "", False
    classes = reading.targets_of(trace).classes
    right = classes is not None and bool(classes[step] >= 0)
    if right and step >= reading.targets_shown(view):
        return "", True
    chosen = int(answer.arrays["classes"][rows[0]])
    size = trace.record.layout.field("output", NETWORK).size
    for names in (trace.sequence.target_names, trace.sequence.input_names):
        if len(names) == size:
            return names[chosen], right
    return f"class {chosen + 1}", right


# In words


def saturated(view: View, step: int) -> str:
    """Return a word on a prediction that is sure: its derivatives are small, however large the cause is."""
    trace = view.trace
    if trace is None or not is_classes(trace):
        return ""
    most = float(trace.record.signal("output", NETWORK)[step].max())
    return f"p = {number(most)}: a sure prediction has small slopes, see Causes" if most >= SURE else ""


def title_behind(view: View, answer: AnalysisView, step: int) -> str:
    """Return what is drawn of a prediction."""
    name, right = class_name(view, answer, step)
    if not answer.facts["classes"]:
        return f"What the output at t = {step + 1} rests on"
    if not name:
        return f"What the prediction at t = {step + 1} rests on"
    what = "prediction of" if right else "likeliest class"
    return f"What the {what} {quoted(name)} at t = {step + 1} rests on"


def title_ahead(view: View, answer: AnalysisView, step: int) -> str:
    """Return what is drawn of an input."""
    what = "predictions" if answer.facts["classes"] else "outputs"
    return f"Which {what} rest on {place(view, step, 'k')}"


def subtitle(view: View, answer: AnalysisView, found: Connections, *, forward: bool) -> str:
    """Return which norm is drawn, the largest number, and what is not drawn and why."""
    if found.strongest >= 0:
        where = strongest_prediction(view, answer, found) if forward else place(view, found.strongest, "k")
        parts = [f"{symbol(answer)}, up to {found.largest_name} {'for' if forward else 'at'} {where}"]
    else:
        parts = [f"{symbol(answer)} is 0 everywhere" if found.asked.any() else "nothing can be connected to it"]
    if found.strange:
        parts.append(f"not finite {found.strange:,} times")
    if first := first_input(answer):
        parts.append(f"inputs before step {first + 1:,} were not gone back to")
    if forward and (spread := spread_out(answer)):
        parts.append(spread)
    return ", ".join(parts)


def strongest_prediction(view: View, answer: AnalysisView, found: Connections) -> str:
    """Return the prediction that rests most on an input: "‘our’ at t = 4", by what is predicted."""
    name, _ = class_name(view, answer, found.strongest)
    what = quoted(name) if name else "the prediction" if answer.facts["classes"] else "the output"
    return f"{what} at t = {found.strongest + 1}"


def symbol(answer: AnalysisView) -> str:
    """Return the norm that connectivity is, as a formula."""
    return "‖∂ logitₜ / ∂xₖ‖" if answer.facts["classes"] else "‖∂yₜ / ∂xₖ‖"


def spread_out(answer: AnalysisView) -> str:
    """Return how many outputs were asked about where those are not all; empty where they are."""
    rows, outputs = len(answer.arrays["steps"]), int(float(answer.facts["outputs"]))  # type: ignore[arg-type]
    return f"{rows:,} of {outputs:,} outputs, evenly spread" if 1 < rows < outputs else ""


def place(view: View, step: int, letter: str) -> str:
    """Return a step in words: "k = 7 ‘cat’", without the token where steps are only counted."""
    label = view.trace.labels[step] if view.trace is not None else ""
    named = f"{letter} = {step + 1}"
    return named if label in ("", str(step + 1)) else f"{named} {quoted(label)}"


def quoted(name: str) -> str:
    """Return a token between quotation marks, shortened where it is long."""
    return f"‘{name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + '…'}’"


def without_output(trace: TraceView, known: Marks) -> str:
    """Return which of the steps up to the last known output have none; empty where all have."""
    missing = np.flatnonzero(~trace.schedule.has_output)
    if not len(missing) or not known.any():
        return ""
    runs = np.split(missing, np.flatnonzero(np.diff(missing) > 1) + 1)
    if len(runs) > 2:
        return f"{len(missing):,} steps have no output"
    names = [f"{run[0] + 1:,}" if len(run) == 1 else f"{run[0] + 1:,} to {run[-1] + 1:,}" for run in runs]
    one = len(missing) == 1
    return f"step{'' if one else 's'} {' and '.join(names)} {'has' if one else 'have'} no output"
