"""Curves of all networks over one another: their gradients, their losses and how sure they are of what is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rnnviz.ui import reading
from rnnviz.ui.comparing import (
    common_state,
    names_of,
    norms_of,
    right_probability,
    same_kind,
    shared_log_range,
    step_losses,
)
from rnnviz.ui.controls.comparison.namedcurves import NamedCurves
from rnnviz.ui.controls.look import Look
from rnnviz.ui.networkstyles import network_styles
from rnnviz.ui.plots import Curve, CurvesPlot, LogCurvesPlot, TimeAxis
from rnnviz.ui.theme import SignalStyle
from rnnviz.ui.view import View

Values = NDArray[np.floating]


class LossPlot(LogCurvesPlot):
    """Losses of single steps; a step that has none is a gap, and only a loss that is not a number has a cross."""

    losses_at: NDArray[np.bool_] = np.zeros(0, np.bool_)
    """[S], True where a step has a loss."""

    def strange(self, values: Values) -> NDArray[np.bool_]:
        """Tell which losses get a cross."""
        count = min(len(values), len(self.losses_at))
        return np.isnan(values[:count]) & self.losses_at[:count]


class Overlay:
    """Three plots on the axis of the window, one curve per network in each.

    Parameters
    ----------
    axis : TimeAxis
    """

    def __init__(self, axis: TimeAxis) -> None:
        self.gradient, self.loss = NamedCurves(axis), LossPlot(axis)
        self.right = CurvesPlot(axis)
        self.right.set_value_range(0.0, 1.0)
        self.gradient.key, self.loss.key, self.right.key = "gradient", "loss", "probability"
        self._drawn: dict[str, object] = {}
        self._span: tuple[object, float, float] = (None, 0.0, 0.0)

    @property
    def plots(self) -> tuple[tuple[CurvesPlot, int], ...]:
        """The plots from top to bottom, each with its share of the height."""
        return (self.gradient, 5), (self.right, 2), (self.loss, 2)

    def clear(self) -> None:
        """Let go of all networks, whose records are large."""
        self._drawn.clear()
        self._span = (None, 0.0, 0.0)
        for plot, _ in self.plots:
            plot.clear()

    def hide(self) -> None:
        """Hide all."""
        for plot, _ in self.plots:
            plot.hide()

    def show_networks(self, views: Sequence[View], look: Look, height: int, *, relative: bool = False) -> None:
        """Show the curves of networks; the lower plots only where there is room for them and something in them.

        Parameters
        ----------
        views : sequence of View
        look : Look
        height : int
            In pixels.
        relative : bool
            Whether gradients are divided by what they are at the last step: how much of them is left on the way back.
        """
        names = names_of(views)
        styles = dict(zip(names, network_styles(views, look.theme), strict=True))
        self._draw_gradient(views, styles, look, relative)
        probable = {name: right_probability(view) for name, view in zip(names, views, strict=True)}
        losses = {name: step_losses(view) for name, view in zip(names, views, strict=True)}
        room = height >= 24 * look.sizes.small
        self.gradient.show()
        if height < 7 * look.sizes.small:
            self.gradient.set_title("")
        self.right.setVisible(room and _many(probable))
        self.loss.setVisible(room and _many(losses))
        traces = tuple((view.trace, reading.shown_position(view)) for view in views)
        key = (traces, styles)
        if self._drawn.get("outputs") != key:
            self._drawn["outputs"] = key
            self.right.set_curves(_curves(probable, styles))
            self.loss.set_value_range(*shared_log_range(losses.values()))
            self.loss.losses_at = _with_loss(views)
            self.loss.set_curves(_curves(losses, styles))
        self.right.set_title("Probability of the right class")
        kind = "cross-entropy in nats" if probable[names[0]].size else "mean squared error"
        self.loss.set_title("Loss of each step", kind)

    def _draw_gradient(
        self, views: Sequence[View], styles: Mapping[str, SignalStyle], look: Look, relative: bool
    ) -> None:
        main = views[0]
        fields = [common_state(view, "h") for view in views]
        series: dict[str, Values] = {}
        for name, view, field in zip(styles, views, fields, strict=True):
            if field is not None and same_kind(view.gradients, main.gradients):
                norms = norms_of(view, field.signal)
                series[name] = relative_to_last(norms) if relative else norms
        self._title(main, next((field.signal for field in fields if field is not None), "h"), relative)
        gradients = tuple(view.gradients for view in views)
        key = (gradients, tuple(series), tuple(styles.values()), main.layer, main.direction, relative)
        if self._drawn.get("gradient") == key:
            return
        self._drawn["gradient"] = key
        low, high = shared_log_range(series.values())
        run = (tuple(view.trace for view in views), main.scope, main.probe is None, relative)
        if self._span[0] == run:
            low, high = min(low, self._span[1]), max(high, self._span[2])
        self._span = (run, low, high)
        self.gradient.set_value_range(low, high)
        self.gradient.set_curves(_curves(series, styles))
        self.gradient.set_notice("" if series else "there is no gradient to compare here yet")

    def _title(self, main: View, signal: str, relative: bool) -> None:
        gradients = main.gradients
        if gradients is None:
            self.gradient.set_title(f"‖∂L / ∂{signal}ₜ‖")
            return
        place = reading.where(main)
        symbol = reading.objective_symbol(gradients.objective)
        told = ", ".join(filter(None, (reading.objective_name(gradients.objective), place)))
        norm = f"‖∂{symbol} / ∂{signal}ₜ‖"
        if relative:
            self.gradient.set_title(f"What is left of {norm}", f"{told}, divided by what it is at the last step")
        else:
            self.gradient.set_title(norm, told)


def relative_to_last(norms: Values) -> Values:
    """Return log10 of norms divided by the last of them that is finite and not zero; none where there is none."""
    known = np.flatnonzero(np.isfinite(norms))
    return norms - norms[known[-1]] if len(known) else norms[:0]


def _with_loss(views: Sequence[View]) -> NDArray[np.bool_]:
    """Mark the steps that have a loss in any network, as far as the longest sequence goes."""
    traces = [view.trace for view in views if view.trace is not None]
    marked = np.zeros(max((trace.steps for trace in traces), default=0), np.bool_)
    for trace in traces:
        marked[: trace.steps] |= trace.has_loss
    return marked


def _many(series: Mapping[str, Values]) -> bool:
    """Whether there is more to see than a point."""
    return any(int(np.isfinite(values).sum()) > 1 for values in series.values())


def _curves(series: Mapping[str, Values], styles: Mapping[str, SignalStyle]) -> dict[object, Curve]:
    return {name: Curve(values, styles[name], name) for name, values in series.items() if values.size}
