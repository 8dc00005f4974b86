"""Connectivity: how much an output rests on the input of every step.

After Madsen, "Visualizing memorization in RNNs" (Distill 2019): the norm of the derivative of an output at step t with
respect to the input at step k.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.errors import SpecError
from rnnviz.engine.jobs import Job
from rnnviz.engine.lognumbers import LogNumbers, norms
from rnnviz.engine.readout import output_to_scores
from rnnviz.engine.record import NETWORK
from rnnviz.engine.rowsback import Linearisations, RowsBack, Visitor, rows_at_once
from rnnviz.engine.rowseeds import Entry, Seeds
from rnnviz.engine.scaled import Scaled

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

_MEMORY = 1 << 26
"""Bytes for what two directions of the first layer hand down to its input."""


def connectivity(trace: Trace, steps: Sequence[int] | None = None, reach: int | None = None) -> Job[LogNumbers]:
    """How much the output at step t rests on the input at step k.

    Where the output is one class of several (a softmax, or targets that are classes), an entry is the Euclidean norm of
    the derivative of the logit of the right class at t, of the likeliest class where no target says which is right,
    with respect to x_k. Else it is the Frobenius norm of dy_t/dx_k.

    Parameters
    ----------
    trace : Trace
    steps : sequence of int, optional
        Which t, in ascending order; None: all.
    reach : int, optional
        How many steps before the first of them are gone back to; None: all. Two directions always go through all.

    Returns
    -------
    LogNumbers, [steps, S]
        A row without output is NaN, as is one that the run has not reached, and an input that was not gone back to; a
        column without input is zero. x_k is what the first layer sees: embedded where there is an embedding, the output
        where that is fed back.

    Raises
    ------
    SpecError
        When there is no such step.
    """
    shown = list(range(trace.steps)) if steps is None else list(steps)
    if any(not 0 <= step < trace.steps for step in shown):
        raise SpecError(f"step {max(shown) + 1} was asked for, but there are {trace.steps}")
    first = 0 if reach is None or trace.network.spec.bidirectional else max(0, min(shown, default=0) - reach)
    speaking = outputs_known(trace)
    places = {step: place for place, step in enumerate(shown) if speaking[step]}
    table = LogNumbers(np.full((len(shown), trace.steps), np.nan), np.zeros((len(shown), trace.steps), np.int64))
    table.mantissas[list(places.values()), first:] = 0.0
    rows, linearised, spoken = _Rows(trace), Linearisations(trace), list(places)
    together = max(1, _rows_at_once(trace) // rows.each)
    for start in range(0, len(spoken), together):
        block = spoken[start : start + together]
        visitor = _Norms(trace, table, [places[step] for step in block], rows.each)
        way = (
            len(trace.network.cell_layers) * trace.steps if trace.network.spec.bidirectional else block[-1] + 1 - first
        )
        for gone, _ in enumerate(RowsBack(linearised, rows.seeds(block), visitor, inputs=True).run(), start=1):
            yield round(1000 * (start + len(block) * min(1.0, gone / way))), 1000 * len(spoken)
            if first and gone >= way:
                break
    return table


def outputs_known(trace: Trace) -> NDArray[np.bool_]:
    """[S], whether a step has an output that the run has reached."""
    known = np.zeros(trace.steps, bool)
    known[trace.schedule.outputs_reached(trace.position)] = True
    return known & trace.schedule.has_output


def _rows_at_once(trace: Trace) -> int:
    """How many rows are best taken together; with two directions they are kept at every step, of one layer too."""
    spec = trace.network.spec
    if not spec.bidirectional:
        return rows_at_once(trace)
    widest = max(spec.inputs_of(layer) for layer in range(spec.num_layers))
    return max(1, min(rows_at_once(trace), _MEMORY // (8 * widest * trace.steps)))


def speaks_of_classes(trace: Trace) -> bool:
    """Whether the output is one class of several, so that a single logit stands for it."""
    return trace.network.spec.readout == "softmax" or trace.targets.kind == "class"


def class_of(trace: Trace, step: int) -> int:
    """The class whose logit stands for the output of a step: the right one, else the likeliest."""
    right = int(trace.targets.classes[step]) if trace.targets.kind == "class" else -1
    return right if right >= 0 else int(trace.record.signal("logits", NETWORK)[step].argmax())


class _Rows:
    """What enters at the readout of a step: the logit of a class, or all outputs, a row for each."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.one_class = speaks_of_classes(trace)
        self.each = 1 if self.one_class else trace.network.spec.outputs

    def seeds(self, steps: Sequence[int]) -> Seeds:
        """The rows of some steps."""
        entries = {}
        for place, step in enumerate(steps):
            scores = self._scores(step)
            rows = slice(place * self.each, (place + 1) * self.each)
            entries[step] = Entry(rows, scores, torch.zeros_like(scores))
        return Seeds(len(steps) * self.each, self.trace.steps, entries)

    def _scores(self, step: int) -> Tensor:
        """[n, O], the derivative of what is asked for with respect to the readout before its activation."""
        outputs, readout = self.trace.network.spec.outputs, self.trace.network.spec.readout
        rows = torch.eye(outputs, dtype=torch.float64)
        if self.one_class:
            rows = rows[class_of(self.trace, step)][None]
        # Of a softmax the logit is what comes before it; of other readouts the output is taken for the logit.
        if readout == "softmax" and self.one_class:
            return rows
        recorded = self.trace.record.signal("output", NETWORK)[step].astype(np.float64)
        return output_to_scores(torch.from_numpy(recorded).expand_as(rows), rows, readout)


class _Norms(Visitor):
    """Writes the norm over all rows that belong to one step."""

    def __init__(self, trace: Trace, table: LogNumbers, places: list[int], each: int) -> None:
        self.table = table
        self.places = places
        self.each = each
        fed = trace.schedule.has_input
        self.fed = np.ones_like(fed) if trace.network.spec.feedback != "none" else fed

    def inputs(self, step: int, rows: slice, adjoint: Scaled) -> None:
        if not self.fed[step] or rows.stop <= rows.start:
            return
        mantissas, exponents = norms(adjoint)
        at = self.places[rows.start // self.each : rows.stop // self.each]
        found = LogNumbers(mantissas.reshape(-1, self.each), exponents.reshape(-1, self.each))
        top = np.where(found.mantissas != 0, found.exponents, np.iinfo(np.int32).min).max(1)
        top = np.where(top == np.iinfo(np.int32).min, 0, top)
        aligned = LogNumbers(found.mantissas, found.exponents - top[:, None]).plain
        self.table.mantissas[at, step] = np.sqrt(np.square(aligned).sum(1))
        self.table.exponents[at, step] = top
