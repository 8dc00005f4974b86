"""What panels read from a view: pure functions, so that every number on the screen can be tested alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine import cells
from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.language.expressions import Call
from rnnviz.engine.language.model import PRE_SUFFIX, Cell
from rnnviz.engine.messages import LossObjective, Objective
from rnnviz.engine.record import NETWORK, SignalField
from rnnviz.engine.sequence import SequenceSource, TableSource, fix_statistics
from rnnviz.engine.spec import Direction
from rnnviz.ui.grains import is_computed
from rnnviz.ui.resolve import loss_steps, objective_of
from rnnviz.ui.view import TraceView, View

Values: TypeAlias = NDArray[np.floating]


def cell_of(view: View) -> Cell | None:
    """Return the cell of the picked layer and direction; None before a document is open."""
    if view.document is None:
        return None
    spec = view.document.spec if view.trace is None else view.trace.schedule.spec
    layer = min(view.layer, spec.num_layers - 1)
    return cells.get(spec.cell_of(layer, view.direction if view.direction in spec.directions else "forward"))


def shown_position(view: View) -> int:
    """Return the position up to which data is drawn.

    With one direction what lies ahead of the cursor is covered, not taken away; with two it is not to the right of the
    cursor only, and so is blank.
    """
    if view.trace is None:
        return 0
    return view.known if view.trace.schedule.spec.bidirectional else view.published


def cover_after(view: View, *, computed: bool = False) -> int | None:
    """Return the last step that is not covered, or None where nothing is covered.

    On the way back the signals of all steps are known. What is ``computed`` is covered at a step, too, of which the
    cursor has not come to the end.
    """
    if view.trace is None or not view.ahead_hidden or view.backward or view.trace.schedule.spec.bidirectional:
        return None
    return view.step - 1 if computed and view.within else view.step


def rows_of(view: View, layer: int, direction: Direction) -> slice:
    """Return the steps of a layer (NETWORK: of the outputs) whose data is drawn."""
    if view.trace is None:
        return slice(0, 0)
    return view.trace.reached(shown_position(view), layer, direction)


def is_known(view: View, layer: int, direction: Direction, step: int) -> bool:
    """Whether a step of a layer may be shown at the cursor."""
    if view.trace is None or step < 0:
        return False
    rows = view.trace.reached(view.known, layer, direction)
    return rows.start <= step < rows.stop


def where(view: View) -> str:
    """Return the name of the picked layer and direction, as far as the network has several."""
    if view.document is None:
        return ""
    spec = view.document.spec
    layer = f"layer {view.layer + 1}" if spec.num_layers > 1 else ""
    way = view.direction if spec.bidirectional else ""
    return ", ".join(part for part in (layer, way) if part)


def bounds_of(trace: TraceView, field: SignalField) -> tuple[float, float] | None:
    """Return the range that a signal cannot leave; None where there is none.

    That of a signal whose outermost function is left open by its cell follows from the network's activation.
    """
    if field.low is not None and field.high is not None:
        return field.low, field.high
    if field.layer == NETWORK or field.signal.endswith(PRE_SUFFIX):
        return None
    spec = trace.schedule.spec
    expression = cells.get(spec.cell_of(field.layer, field.direction)).equation(field.signal).expression
    if isinstance(expression, Call) and expression.function == "phi":
        return {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0)}.get(spec.activation)
    return None


def levels_of(bounds: tuple[float, float] | None, values: Values) -> tuple[float, float]:
    """Return a colour scale that can stay fixed.

    A range that is known is taken, made even about zero where it goes below. Else the scale is even about zero up to
    the largest finite magnitude, rounded up to 1, 2 or 5 times a power of ten.
    """
    if bounds is not None:
        top = max(abs(bounds[0]), abs(bounds[1]))
        return bounds if bounds[0] >= 0 else (-top, top)
    finite = np.abs(values[np.isfinite(values)])
    top = rounded_up(float(finite.max()) if finite.size else 1.0)
    return -top, top


def rounded_up(value: float) -> float:
    """Return the least of 1, 2, 5, 10, ... times a power of ten that is not below a value; 1 for zero."""
    if not value > 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    return next(float(power * factor) for factor in (1, 2, 5, 10) if power * factor >= value * (1 - 1e-12))


def masked(values: Values, rows: slice) -> Values:
    """Return values [S, H] with NaN at the steps outside `rows`, the array itself where there are none."""
    if rows == slice(0, len(values)):
        return values
    known = np.full(values.shape, np.nan, values.dtype)
    known[rows] = values[rows]
    return known


def reached(values: Values, rows: slice) -> Values:
    """Return values [S] as far as the steps `rows` go: cut after them, NaN before them."""
    return values[: rows.stop] if rows.start == 0 else masked(values, rows)


# Targets and losses


@dataclass(frozen=True)
class Targets:
    """The targets of a trace, step by step.

    Attributes
    ----------
    classes : int array [S] or None
        -1 where a step has none.
    values : float array [S, O] or None
        NaN where a step has none.
    """

    classes: NDArray[np.int64] | None = None
    values: NDArray[np.float64] | None = None


_TARGETS: WeakKeyDictionary[TraceView, Targets] = WeakKeyDictionary()
"""The targets of every trace that is shown; they go with it."""


def targets_of(trace: TraceView) -> Targets:
    """Return the targets, at the steps that they are asked at: d later with a delay of d."""
    if trace not in _TARGETS:
        _TARGETS[trace] = _targets(trace)
    return _TARGETS[trace]


def _targets(trace: TraceView) -> Targets:
    sequence, steps = trace.sequence, trace.steps
    output = trace.schedule.has_output
    if sequence.target_classes is not None:
        classes = np.full(steps, -1, np.int64)
        given = np.asarray(sequence.target_classes, np.int64)
        first = max(0, steps - len(given))
        classes[first:] = given[: steps - first]
        return Targets(classes=np.where(output, classes, -1))
    if sequence.target_values is not None:
        table = np.asarray(sequence.target_values, np.float64)
        values = np.full((steps, table.shape[1]), np.nan)
        first = max(0, steps - len(table))
        values[first:] = table[: steps - first]
        values[~output] = np.nan
        return Targets(values=values)
    return Targets()


def targets_shown(view: View) -> int:
    """Return how many steps, from the first, may show their target.

    While what lies ahead is hidden, a target that is the next element of the sequence is shown with that element. With
    two directions the whole sequence has been read before the first output, with which its target is shown.
    """
    trace = view.trace
    if trace is None or view.document is None:
        return 0
    spec = trace.schedule.spec
    if not view.ahead_hidden or view.backward:
        return trace.steps
    if spec.bidirectional:
        return trace.reached(view.known, NETWORK, "forward").stop
    ahead = 1 if getattr(view.document.source, "targets", "") == "next" else 0
    return max(0, view.step + 1 - max(0, ahead - spec.delay))


@lru_cache(maxsize=4)
def output_scale(source: SequenceSource) -> tuple[float, float]:
    """Return (mean, scale) that bring an output to the unit of its target; (0, 1) where there is none."""
    if not isinstance(source, TableSource) or source.target is None or source.normalisation == "none":
        return 0.0, 1.0
    try:
        scales = {scale.column: scale for scale in fix_statistics(source).statistics or ()}
    except RnnvizError:
        return 0.0, 1.0  # the engine has said what is wrong with the table
    own = scales.get(source.target)
    return (own.mean, own.scale) if own is not None else (0.0, 1.0)


@lru_cache(maxsize=4)
def input_scale(source: SequenceSource) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (mean, scale), [I] each, that bring inputs to the units of their columns; empty where they have none."""
    nothing = np.zeros(0), np.zeros(0)
    if not isinstance(source, TableSource) or source.normalisation == "none":
        return nothing
    try:
        fixed = fix_statistics(source)
    except RnnvizError:
        return nothing  # the engine has said what is wrong with the table
    scales = {scale.column: scale for scale in fixed.statistics or ()}
    own = [scales[name] for name in fixed.features or () if name in scales]
    return np.array([scale.mean for scale in own]), np.array([scale.scale for scale in own])


def losses(view: View) -> NDArray[np.float64]:
    """Return the loss of each step as far as it is known at the cursor, [S]; NaN where there is none."""
    trace = view.trace
    if trace is None:
        return np.zeros(0)
    known = np.zeros(trace.steps, np.bool_)
    known[trace.reached(view.known, NETWORK, "forward")] = True
    known &= loss_steps(trace)
    return np.where(known, trace.record.signal("loss", NETWORK)[:, 0], np.nan).astype(np.float64, copy=False)


def loss_so_far(view: View, step: int) -> float:
    """Return the sum of the losses of the steps up to `step` that are known at the cursor; NaN where one of them is."""
    trace = view.trace
    if trace is None:
        return 0.0
    reached = trace.reached(view.known, NETWORK, "forward")
    rows = slice(reached.start, min(reached.stop, step + 1))
    with np.errstate(invalid="ignore", over="ignore"):
        return float(trace.record.signal("loss", NETWORK)[rows, 0][loss_steps(trace)[rows]].sum(dtype=np.float64))


def step_loss(view: View, step: int) -> float | None:
    """Return the loss of a step; None where it has none, or it is not computed at the cursor."""
    trace = view.trace
    if trace is None or not is_known(view, NETWORK, "forward", step) or not loss_steps(trace)[step]:
        return None
    if not is_computed(view, NETWORK, "forward", step, "loss"):
        return None
    return float(trace.record.signal("loss", NETWORK)[step, 0])


# Gradients


def objective_name(objective: Objective) -> str:
    """Return what is differentiated, as it is written above a plot: "loss of steps 1 to 7"."""
    if isinstance(objective, LossObjective):
        if objective.scope == "whole":
            return "loss of all steps"
        if objective.scope == "at":
            return f"loss of step {objective.step + 1}"
        last = objective.step + 1
        return "loss of step 1" if last == 1 else f"loss of steps 1 to {last}"
    place = "" if objective.layer == NETWORK else f", layer {objective.layer + 1}, {objective.direction}"
    what = {"output": "output", "logits": "logit"}.get(objective.signal, f"{objective.signal}, unit")
    return f"{what} {objective.unit + 1} at step {objective.step + 1}{place}"


def gradient_fault(view: View) -> str:
    """Return why there are no gradients of what is wanted, in one sentence; empty where they are there or to come."""
    if view.unheld:
        return view.unheld
    return view.refused[1] if view.refused is not None and view.refused[0] == objective_of(view) else ""


_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def objective_symbol(objective: Objective) -> str:
    """Return what is differentiated as a symbol: L₁..₇, L₇, L, or y₃(7)."""
    if isinstance(objective, LossObjective):
        if objective.scope == "whole":
            return "L"
        last = str(objective.step + 1).translate(_SUBSCRIPTS)
        return f"L{last}" if objective.scope == "at" or objective.step == 0 else f"L₁..{last}"
    letter = "y" if objective.layer == NETWORK else objective.signal
    return f"{letter}{str(objective.unit + 1).translate(_SUBSCRIPTS)}({objective.step + 1})"
