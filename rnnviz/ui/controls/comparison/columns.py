"""Two to four networks in columns: a row each for prediction, state, gates and gradient, on shared scales."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from rnnviz.ui import reading
from rnnviz.ui.comparing import common_state, names_of, norms_of, same_kind, shared_levels, shared_log_range
from rnnviz.ui.controls.comparison.column import NetworkColumn
from rnnviz.ui.controls.comparison.prediction import PredictionScale, prediction_scale
from rnnviz.ui.controls.look import Look
from rnnviz.ui.controls.textline import Run, TextLine
from rnnviz.ui.plots import TimeAxis, TimePlot
from rnnviz.ui.theme import MEDIUM
from rnnviz.ui.view import View

ROWS = {"prediction": 3, "state": 3, "gates": 4, "gradient": 4}
"""The rows from top to bottom, each with its share of the height."""

_KEPT = ("gradient", "state", "prediction", "gates")
"""The rows in the order in which they are kept where there is not room for all."""

_LEAST = 5.2
"""The height of the lowest row that is drawn, as a multiple of the size of small type."""


class Band(QWidget):
    """One row: a caption over all columns, and a plot of each network."""

    def __init__(self) -> None:
        super().__init__()
        self.caption = TextLine()
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        self._captions = QHBoxLayout()
        self._captions.addWidget(self.caption)
        rows.addLayout(self._captions)
        self.places = QHBoxLayout()
        self.places.setContentsMargins(0, 0, 0, 0)
        self.places.setSpacing(0)
        rows.addLayout(self.places, 1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.setMinimumSize(1, 1)

    def say(self, title: str, more: str, look: Look) -> None:
        """Say what the row shows."""
        sizes, theme = look.sizes, look.theme
        self.caption.say((Run(title, sizes.small, theme.text, MEDIUM), Run(more, sizes.small, theme.muted)))

    def set_look(self, look: Look) -> None:
        """Dress the caption in a theme and its sizes."""
        self._captions.setContentsMargins(look.sizes.padding, 0, look.sizes.padding, 0)
        self.caption.reserve(look.sizes.small)


class Columns(QWidget):
    """The columns of all networks.

    Parameters
    ----------
    axis : TimeAxis
        The axis of the window.
    """

    plot_made = Signal(object)
    """A plot (TimePlot) that follows the mouse was made."""

    def __init__(self, axis: TimeAxis) -> None:
        super().__init__()
        self._axis = axis
        self.columns: list[NetworkColumn] = []
        self.bands = {name: Band() for name in ROWS}
        self._look: Look | None = None
        self._scale: tuple[object, PredictionScale] = (None, PredictionScale())
        self._span: tuple[object, float, float] = (None, 0.0, 0.0)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        for name, share in ROWS.items():
            rows.addWidget(self.bands[name], share)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.setMinimumSize(1, 1)

    @property
    def plots(self) -> list[TimePlot]:
        """The plots of all networks."""
        return [plot for column in self.columns for plot in column.plots]

    def set_look(self, look: Look) -> None:
        """Dress all plots in a theme and its sizes."""
        self._look = look
        for band in self.bands.values():
            band.set_look(look)
        for column in self.columns:
            column.set_look(look)
        self._fit_rows()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show what there is room for."""
        super().resizeEvent(event)
        self._fit_rows()
        self._even_out()

    def show_networks(self, views: Sequence[View], look: Look) -> None:
        """Show networks, from left to right; the first is the session's own."""
        self._match(len(views), look)
        steps = max(view.trace.steps for view in views if view.trace is not None)
        scale = self._prediction_scale(tuple(views))
        for column, view, name in zip(self.columns, views, names_of(views), strict=True):
            if view.trace is None or view.published == 0:
                self._say_why(column, view)
                continue
            column.axis.show_steps(view.trace.labels, steps)
            for plot in column.draw(view, scale, look):
                self.plot_made.emit(plot)
            column.call(name)
            column.state.set_notice("")
        self._share_levels()
        self._draw_gradients(views, look)
        self._caption(views, look)

    def clear(self) -> None:
        """Let go of all networks, whose records are large."""
        while self.columns:
            self.columns.pop().remove()
        self._scale, self._span = (None, PredictionScale()), (None, 0.0, 0.0)

    def _match(self, count: int, look: Look) -> None:
        """Have as many columns as there are networks."""
        while len(self.columns) < count:
            column = NetworkColumn(self._axis)
            column.set_look(look)
            self.columns.append(column)
            for name, part in column.parts.items():
                self.bands[name].places.addWidget(part, 1)
            for plot in column.plots:
                self.plot_made.emit(plot)
        while len(self.columns) > count:
            self.columns.pop().remove()
        self._even_out()

    def _even_out(self) -> None:
        """Leave the pixels over at the right, so that all columns are equally wide and draw alike."""
        over = self.width() % max(1, len(self.columns))
        for band in self.bands.values():
            band.places.setContentsMargins(0, 0, over, 0)

    def _prediction_scale(self, views: tuple[View, ...]) -> PredictionScale:
        key = tuple((view.trace, reading.shown_position(view)) for view in views)
        if self._scale[0] != key:
            self._scale = (key, prediction_scale(views))
        return self._scale[1]

    def _say_why(self, column: NetworkColumn, view: View) -> None:
        """Show an empty column, and why it is empty."""
        column.shown.clear()
        column.gradient.clear()
        column.state.set_notice("being built" if view.trace is None else "not run yet")
        for plot in (*column.prediction.plots, *column.gates.heatmaps):
            plot.hide()

    def _share_levels(self) -> None:
        """Let states have one colour scale in all columns."""
        levels = shared_levels(column.shown.levels for column in self.columns)
        for number, column in enumerate(self.columns):
            column.shown.share(levels)
            last = number == len(self.columns) - 1
            column.state.set_colour_bar_visible(last)
            for gate, plot in enumerate(column.gates.heatmaps):
                plot.set_colour_bar_visible(last and gate == 0)

    def _draw_gradients(self, views: Sequence[View], look: Look) -> None:
        main = views[0]
        signals = [_states_of(view) for view in views]
        series = [
            norms_of(view, name)
            for view, names in zip(views, signals, strict=True)
            if same_kind(view.gradients, main.gradients)
            for name in names
        ]
        span = self._fitted(views, series)
        for column, view, names in zip(self.columns, views, signals, strict=True):
            if view.trace is not None:
                column.draw_gradient(view, main, names, span, look)

    def _fitted(self, views: Sequence[View], series: Sequence[np.ndarray]) -> tuple[float, float]:
        """Return the powers of ten that hold all gradients; while the same runs are stepped through it only grows."""
        key = (tuple(view.trace for view in views), views[0].scope, views[0].probe is None)
        low, high = shared_log_range(series)
        if self._span[0] == key:
            low, high = min(low, self._span[1]), max(high, self._span[2])
        self._span = (key, low, high)
        return low, high

    def _caption(self, views: Sequence[View], look: Look) -> None:
        main = views[0]
        place = reading.where(main)
        fields = [common_state(view, "h") for view in views]
        state = next((field.signal for field in fields if field is not None), "h")
        gradients = main.gradients
        symbol = reading.objective_symbol(gradients.objective) if gradients is not None else "L"
        name = reading.objective_name(gradients.objective) if gradients is not None else "there is no gradient yet"
        self.bands["prediction"].say("Prediction", "the same classes or values in all columns", look)
        self.bands["state"].say(f"State {state}", ", ".join(filter(None, (place, "all units"))), look)
        self.bands["gates"].say("Gates", ", ".join(filter(None, (place, "activations, 0 to 1"))), look)
        told = ", ".join(filter(None, (name, place, "one scale for all")))
        self.bands["gradient"].say(f"‖∂{symbol} / ∂sₜ‖", told, look)

    def _fit_rows(self) -> None:
        """Leave out the rows for which there is no room."""
        if self._look is None:
            return
        small = self._look.sizes.small
        each = small * (_LEAST + 1.5)
        room = max(1, int(self.height() / each))
        for name in _KEPT:
            self.bands[name].setVisible(name in _KEPT[:room])


def _states_of(view: View) -> tuple[str, ...]:
    """Return the states whose gradients are drawn of a network, what it hands on first."""
    trace, cell = view.trace, reading.cell_of(view)
    if trace is None or cell is None:
        return ()
    names = [field.signal for field in trace.fields(view.layer, view.direction, "state")]
    return tuple(dict.fromkeys((cell.output, *reversed(names))))
