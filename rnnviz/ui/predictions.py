"""What panels read of the outputs of a run: pure functions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.record import NETWORK, Record
from rnnviz.ui import reading
from rnnviz.ui.view import TraceView

MOST_CLASSES = 24
"""Classes that are drawn; of more, those that are right somewhere or likely somewhere."""
SEEN_FROM = 0.02
"""Probability from which a class is named while what lies ahead is hidden."""


def is_classes(trace: TraceView) -> bool:
    """Return whether the outputs are probabilities of classes."""
    return trace.schedule.spec.readout == "softmax"


def class_names(trace: TraceView) -> tuple[str, ...]:
    """Return the names of all classes, [O]."""
    size = trace.record.layout.field("output", NETWORK).size
    for names in (trace.sequence.target_names, trace.sequence.input_names):
        if len(names) == size:
            return names
    return tuple(f"class {k + 1}" for k in range(size))


def outputs(trace: TraceView, rows: slice, record: Record | None = None) -> NDArray[np.floating]:
    """Return the outputs, [S, O], of the run or of another record of it; NaN at steps without one, or not reached."""
    values = reading.masked((record or trace.record).signal("output", NETWORK), rows)
    if trace.schedule.has_output.all():
        return values
    return np.where(trace.schedule.has_output[:, None], values, np.nan).astype(values.dtype, copy=False)


def likely(values: NDArray[np.floating], classes: NDArray[np.int64] | None) -> NDArray[np.intp]:
    """Return the classes to draw, [K], in their order: the likeliest of each step and the right ones come first."""
    count = values.shape[1]
    if count <= MOST_CLASSES:
        return np.arange(count)
    reached = values[~np.isnan(values).all(axis=1)]
    peak = np.fmax.reduce(reached, axis=0, initial=0.0)
    best = np.bincount(reached.argmax(axis=1), minlength=count) if len(reached) else np.zeros(count)
    right = np.zeros(count) if classes is None else np.bincount(classes[classes >= 0], minlength=count)[:count]
    # A class that is the likeliest somewhere counts more than one that is only right, and that more than a likely one.
    weight = 2.0 * (best > 0) + (right > 0) + 0.999 * peak
    return np.sort(np.argsort(-weight, kind="stable")[:MOST_CLASSES])


def seen(values: NDArray[np.floating], classes: NDArray[np.int64] | None) -> set[int]:
    """Return the classes that are likely or right at some step of those that are known."""
    likely_somewhere = np.flatnonzero((np.nan_to_num(values) >= SEEN_FROM).any(axis=0))
    return {*likely_somewhere.tolist(), *(() if classes is None else classes[classes >= 0].tolist())}
