"""What one of several networks predicts: probabilities of the same classes in all, or values on one scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QVBoxLayout, QWidget

from rnnviz.engine.record import NETWORK
from rnnviz.ui import reading
from rnnviz.ui.controls.look import Look
from rnnviz.ui.controls.unitplots import NamedHeatmap, SignalHeatmap
from rnnviz.ui.plots import Curve, CurvesPlot, ProbabilityPlot, TimeAxis, TimePlot
from rnnviz.ui.predictions import class_names, is_classes, likely, outputs, seen
from rnnviz.ui.theme import SignalStyle, series_style
from rnnviz.ui.view import TraceView, View

FEW_CLASSES = 8
"""Classes up to which all names may stand there while what lies ahead is hidden."""
MOST_CURVES = 4
"""Outputs up to which values are curves; more are a heatmap."""


@dataclass(frozen=True)
class PredictionScale:
    """What the predictions of all networks are drawn on: these classes, or this range of values."""

    names: tuple[str, ...] = ()
    classes: tuple[int, ...] = ()
    low: float = 0.0
    high: float = 1.0


def prediction_scale(views: tuple[View, ...]) -> PredictionScale:
    """Return the scale that the predictions of networks share; classes are shared by those that name them alike."""
    traces = [view.trace for view in views if view.trace is not None]
    if traces and is_classes(traces[0]):
        names = class_names(traces[0])
        alike = [view for view in views if view.trace is not None and _classes_of(view.trace) == names]
        values = np.concatenate([_outputs(view) for view in alike])
        right = [reading.targets_of(view.trace).classes for view in alike if view.trace is not None]
        known = [classes for classes in right if classes is not None]
        chosen = likely(values, np.concatenate(known) if known else None)
        return PredictionScale(names, tuple(chosen.tolist()))
    finite = [part[np.isfinite(part)] for view in views for part in _curves(view)]
    finite = [part for part in finite if part.size]
    low = min((float(part.min()) for part in finite), default=0.0)
    high = max((float(part.max()) for part in finite), default=1.0)
    room = 0.06 * (high - low) or 0.5
    return PredictionScale(low=low - room, high=high + room)


class PredictionPlot(QWidget):
    """The outputs of one network; blank where a step has none."""

    def __init__(self, axis: TimeAxis) -> None:
        super().__init__()
        self.probabilities, self.curves = ProbabilityPlot(axis), CurvesPlot(axis)
        self.heatmap = NamedHeatmap(axis)
        self._shown = SignalHeatmap(self.heatmap)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        for plot in self.plots:
            plot.setMinimumSize(1, 1)
            rows.addWidget(plot)
            plot.hide()
        self._drawn: tuple[object, ...] = ()

    @property
    def plots(self) -> tuple[TimePlot, ...]:
        """The plots, of which one is seen."""
        return self.probabilities, self.curves, self.heatmap

    def draw(self, view: View, scale: PredictionScale, look: Look) -> None:
        """Show the outputs of a network that has run."""
        trace = view.trace
        assert trace is not None
        rows = reading.rows_of(view, NETWORK, "forward")
        few = trace.record.layout.field("output", NETWORK).size <= MOST_CURVES
        classes = is_classes(trace)
        self.probabilities.setVisible(classes)
        self.curves.setVisible(not classes and few)
        self.heatmap.setVisible(not classes and not few)
        hidden = (reading.targets_shown(view), view.position) if view.ahead_hidden else ()
        drawn = (trace, rows, scale, look.theme, hidden)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        if classes:
            self._draw_classes(view, trace, scale, rows)
        elif few:
            self._draw_curves(view, scale, look)
        else:
            self.heatmap.names = trace.sequence.target_names
            self._shown.show(trace, trace.record.layout.field("output", NETWORK), rows)

    def _draw_classes(self, view: View, trace: TraceView, scale: PredictionScale, rows: slice) -> None:
        values, names = outputs(trace, rows), class_names(trace)
        classes, shown = reading.targets_of(trace).classes, reading.targets_shown(view)
        chosen = list(scale.classes) if names == scale.names else likely(values, classes).tolist()
        told = set(chosen)
        if view.ahead_hidden and len(names) > FEW_CLASSES:
            known = trace.reached(view.known, NETWORK, "forward").stop
            told = seen(values[:known], None if classes is None else classes[:shown])
        labels = [names[k] if k in told else "" for k in chosen]
        self.probabilities.set_probabilities(labels, values[: rows.stop, chosen])
        place = {k: row for row, k in enumerate(chosen)}
        ringed = [] if classes is None else [place.get(k, -1) for k in classes[:shown].tolist()]
        self.probabilities.set_targets(ringed)

    def _draw_curves(self, view: View, scale: PredictionScale, look: Look) -> None:
        predicted, *targets = _curves(view)
        curves: dict[object, Curve] = {}
        for k in range(predicted.shape[1]):
            style = series_style(k, look.theme)
            if targets and k < targets[0].shape[1]:
                known = targets[0][:, k].copy()
                known[reading.targets_shown(view) :] = np.nan
                curves["target", k] = Curve(known, SignalStyle(look.theme.muted, style.symbol, "dot"), "target")
            curves["output", k] = Curve(predicted[:, k], SignalStyle(style.colour, style.symbol), "output")
        self.curves.set_value_range(scale.low, scale.high)
        self.curves.set_curves(curves)


def _classes_of(trace: TraceView) -> tuple[str, ...]:
    return class_names(trace) if is_classes(trace) else ()


def _outputs(view: View) -> NDArray[np.floating]:
    assert view.trace is not None
    return outputs(view.trace, reading.rows_of(view, NETWORK, "forward"))


def _curves(view: View) -> list[NDArray[np.float64]]:
    """Return outputs and targets in the unit of the target, [S, O] each."""
    if view.trace is None or view.document is None:
        return []
    mean, scale = reading.output_scale(view.document.source)
    found = [mean + scale * _outputs(view).astype(np.float64)]
    targets = reading.targets_of(view.trace).values
    return found if targets is None else [*found, mean + scale * targets]
