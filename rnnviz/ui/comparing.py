"""What is read from several networks at once: their names, what tells them apart, and the scales they share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine import cells
from rnnviz.engine.interventions import in_force
from rnnviz.engine.messages import LossObjective
from rnnviz.engine.record import NETWORK, SignalField
from rnnviz.engine.spec import NetworkSpec
from rnnviz.ui import reading
from rnnviz.ui.plots import log_range, number
from rnnviz.ui.predictions import is_classes, outputs
from rnnviz.ui.view import Document, GradientView, View

_NAMES = {"rnn": "RNN", "gru-cho": "GRU (Cho)"}
"""What cells are called in large type where their title is longer."""

Values = NDArray[np.floating]


def compared(view: View) -> tuple[View, ...]:
    """Return what is compared: the view itself, then its rivals."""
    return (view, *view.rivals)


def names_of(views: Sequence[View]) -> tuple[str, ...]:
    """Return what the networks are called: by their cells and, where those are the same, by what tells them apart."""
    documents = [view.document for view in views]
    short = [cell_name(document.spec) if document is not None else "" for document in documents]
    named = []
    for place, (name, document) in enumerate(zip(short, documents, strict=True)):
        others = [other for k, other in enumerate(documents) if k != place and short[k] == name and other is not None]
        told = _difference(document, others) if document is not None and others else ""
        named.append(f"{name}, {told}" if told else name)
    return tuple(name if named.count(name) == 1 else f"{name} ({k + 1})" for k, name in enumerate(named))


def cell_name(spec: NetworkSpec) -> str:
    """Return what a network is called by its cells: "LSTM", "LSTM/GRU"."""
    texts = [spec.cell_of(layer, way) for layer in range(spec.num_layers) for way in spec.directions]
    return "/".join(dict.fromkeys(_NAMES.get(text, cells.get(text).title) for text in texts))


def _interventions(document: Document) -> str:
    count = len(in_force(document.interventions))
    return f"{count} intervention{'s' if count > 1 else ''}" if count else "as it is"


_TELLING: tuple[Callable[[Document], str], ...] = (
    lambda document: f"{_units(document.spec)} units",
    lambda document: f"{document.spec.num_layers} layers",
    lambda document: "both ways" if document.spec.bidirectional else "forward",
    lambda document: f"seed {document.spec.seed}",
    lambda document: {"torch": "uniform"}.get(document.spec.initialisation, document.spec.initialisation),
    lambda document: (
        f"forget bias {number(document.spec.forget_bias)}" if document.spec.forget_bias is not None else ""
    ),
    lambda document: f"radius {number(document.spec.spectral_radius)}" if document.spec.spectral_radius else "",
    lambda document: f"scaled to {number(document.scaling.value)}" if document.scaling is not None else "as drawn",
    _interventions,
    lambda document: document.spec.activation,
    lambda document: "trained" if document.weights is not None else "untrained",
)


def _difference(document: Document, others: Sequence[Document]) -> str:
    """Return in which of the usual ways a network differs from others of its kind."""
    if all(other.source != document.source for other in others):
        same = all(_own(other) == _own(document) for other in others)
        if same:
            return f"“{_begin(document)}”"
    told = [tell(document) for tell in _TELLING if any(tell(other) != tell(document) for other in others)]
    return ", ".join(part for part in told if part)


def _own(document: Document) -> tuple[object, ...]:
    return document.spec, document.weights, document.scaling, document.interventions


def _begin(document: Document) -> str:
    text = " ".join(str(getattr(document.source, "text", "its sequence")).split())
    return text if len(text) <= 18 else f"{text[:17]}…"


def _units(spec: NetworkSpec) -> str:
    sizes = [spec.units_of(layer, way) for layer in range(spec.num_layers) for way in spec.directions]
    return str(sizes[0]) if len(set(sizes)) == 1 else "+".join(map(str, sizes))


def element_of(view: View) -> str:
    """Return the element of the sequence that a network reads at the cursor."""
    return view.trace.labels[view.step] if view.trace is not None and view.step >= 0 else ""


def size_of(view: View) -> str:
    """Return the size of a network in words, and that it is intervened in: "24 units, 3,456 parameters"."""
    if view.document is None:
        return ""
    parts = [f"{_units(view.document.spec)} units"]
    if view.trace is not None:
        parts.append(f"{sum(part.count for part in view.trace.parts):,} parameters")
    if in_force(view.document.interventions):
        parts.append(_interventions(view.document))
    return ", ".join(parts)


def pace_of(view: View) -> str:
    """Return how long a step took in the mean: "0.21 ms a step"."""
    if view.per_step is None:
        return ""
    millis = view.per_step * 1000
    return (
        f"{millis:.3f} ms a step"
        if millis < 0.1
        else f"{millis:.2f} ms a step"
        if millis < 10
        else (f"{millis:.0f} ms a step")
    )


def result_of(view: View) -> str:
    """Return how well a network does up to the cursor: its loss so far, and the probability of the right class."""
    trace, step = view.trace, view.step
    if trace is None or step < 0 or not trace.has_loss[: step + 1].any():
        return ""
    parts = [f"loss so far {number(reading.loss_so_far(view, step))}"]
    classes = reading.targets_of(trace).classes
    if (
        is_classes(trace)
        and classes is not None
        and classes[step] >= 0
        and reading.is_known(view, NETWORK, "forward", step)
    ):
        value = float(trace.record.signal("output", NETWORK)[step, classes[step]])
        parts.append(f"right class {value:.2f}")
    return ", ".join(parts)


def common_state(view: View, wanted: str) -> SignalField | None:
    """Return the state to draw of a network: the one that is wanted, or else what the cell hands on."""
    trace, cell = view.trace, reading.cell_of(view)
    if trace is None or cell is None:
        return None
    fields = trace.fields(view.layer, view.direction)
    for name in (wanted, cell.output):
        for field in fields:
            if field.signal == name:
                return field
    return None


def same_kind(gradients: GradientView | None, main: GradientView | None) -> bool:
    """Whether two gradients are of the same loss or probe, if perhaps of another step, so that they can be compared."""
    if gradients is None or main is None:
        return False
    one, other = gradients.objective, main.objective
    if isinstance(one, LossObjective) and isinstance(other, LossObjective):
        return one.scope == other.scope
    return one == other


def norms_of(view: View, signal: str) -> Values:
    """Return log10 of the norm of dL/ds_t, [n], of a state of the picked layer, as far as the steps can matter."""
    gradients, trace = view.gradients, view.trace
    if gradients is None or trace is None or (view.layer, view.direction, signal) not in gradients.signals:
        return np.zeros(0)
    values = gradients.log_norm(signal, view.layer, view.direction)
    objective = gradients.objective
    whole = isinstance(objective, LossObjective) and objective.scope == "whole"
    return values if whole or trace.schedule.spec.bidirectional else values[: objective.step + 1]


def right_probability(view: View) -> Values:
    """Return the probability of the right class at each step, [S]; NaN where there is none, or it is not known."""
    trace = view.trace
    if trace is None or not is_classes(trace):
        return np.zeros(0)
    classes = reading.targets_of(trace).classes
    if classes is None:
        return np.zeros(0)
    rows = reading.rows_of(view, NETWORK, "forward")
    values = outputs(trace, rows)
    right = np.where(classes >= 0, values[np.arange(len(values)), np.maximum(classes, 0)], np.nan)
    return right[: rows.stop].astype(np.float64)


def step_losses(view: View) -> Values:
    """Return log10 of the loss of each step, [S]; -inf is a true zero, NaN where there is none, or it is not known."""
    trace = view.trace
    if trace is None or not trace.has_loss.any():
        return np.zeros(0)
    rows = reading.rows_of(view, NETWORK, "forward")
    losses = trace.record.signal("loss", NETWORK)[: rows.stop, 0].astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log10(np.where(trace.has_loss[: rows.stop], losses, np.nan))


def shared_levels(levels: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """Return the colour scale that holds all of these, even about zero where one goes below it."""
    found = list(levels)
    low, high = min((low for low, _ in found), default=0.0), max((high for _, high in found), default=1.0)
    return (low, high) if low >= 0 else (-max(-low, high), max(-low, high))


def shared_log_range(series: Iterable[Values]) -> tuple[float, float]:
    """Return whole powers of ten around all these log10 values."""
    return log_range([values[np.isfinite(values)] for values in series])
