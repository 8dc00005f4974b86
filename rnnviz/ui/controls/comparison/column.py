"""The plots of one of several networks: prediction, state, gates and gradient, on scales that all share."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from rnnviz.ui import reading
from rnnviz.ui.comparing import common_state, norms_of, same_kind
from rnnviz.ui.controls.comparison.prediction import PredictionPlot, PredictionScale
from rnnviz.ui.controls.look import Look, set_type
from rnnviz.ui.controls.unitplots import SignalHeatmap, UnitHeatmap
from rnnviz.ui.plaintext import PlainLabel
from rnnviz.ui.plots import Curve, TimeAxis, TimePlot
from rnnviz.ui.plots.time.column_axis import ColumnAxis
from rnnviz.ui.plots.time.gradient_plot import GradientPlot
from rnnviz.ui.theme import signal_style
from rnnviz.ui.view import View


class GateHeatmap(UnitHeatmap):
    """One gate, named at the left."""

    rows_named = False

    def __init__(self, axis: TimeAxis) -> None:
        super().__init__(axis)
        self.shown = SignalHeatmap(self)


class Sentence(PlainLabel):
    """A sentence in the place of a plot; it takes the height that it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setMinimumSize(1, 1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)

    def hasHeightForWidth(self) -> bool:
        """Say no: one label that asks for a height would make every row of the comparison ask for one."""
        return False


class GatesBox(QWidget):
    """The gates of one network below one another, or a sentence where there are none."""

    def __init__(self, axis: TimeAxis) -> None:
        super().__init__()
        self._axis = axis
        self.heatmaps: list[GateHeatmap] = []
        self.sentence = Sentence()
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        self._rows.addWidget(self.sentence, 1)

    def draw(self, view: View, look: Look) -> list[GateHeatmap]:
        """Show the gates of the picked layer; return the heatmaps that were made for that."""
        trace = view.trace
        assert trace is not None
        fields = trace.fields(view.layer, view.direction, "gate")
        rows = reading.rows_of(view, view.layer, view.direction)
        made = []
        while len(self.heatmaps) < len(fields):
            plot = GateHeatmap(self._axis)
            plot.setMinimumSize(1, 1)
            plot.set_theme(look.theme, look.sizes)
            self._rows.addWidget(plot, 1)
            self.heatmaps.append(plot)
            made.append(plot)
        for plot, field in zip(self.heatmaps, fields, strict=False):
            plot.set_side_label(field.signal, "", signal_style(field.signal, look.theme))
            plot.shown.show(trace, field, rows)
        for number, plot in enumerate(self.heatmaps):
            plot.setVisible(number < len(fields))
        self.sentence.setVisible(not fields)
        self.sentence.setText("" if fields else "no gates: the state is overwritten at every step")
        return made


class NetworkColumn:
    """The plots of one network.

    Parameters
    ----------
    shared : TimeAxis
        The axis of the window.
    """

    def __init__(self, shared: TimeAxis) -> None:
        self.axis = ColumnAxis(shared, shared)
        self.prediction = PredictionPlot(self.axis)
        self.state = UnitHeatmap(self.axis)
        self.shown = SignalHeatmap(self.state)
        self.gates = GatesBox(self.axis)
        self.gradient = GradientPlot(self.axis)
        self.gradient.set_steps_labelled(True)
        for plot in (self.state, self.gradient):
            plot.setMinimumSize(1, 1)
        self._drawn: tuple[object, ...] = ()

    @property
    def parts(self) -> dict[str, QWidget]:
        """What stands in which row."""
        return {"prediction": self.prediction, "state": self.state, "gates": self.gates, "gradient": self.gradient}

    @property
    def plots(self) -> tuple[TimePlot, ...]:
        """All plots."""
        return (*self.prediction.plots, self.state, *self.gates.heatmaps, self.gradient)

    def set_look(self, look: Look) -> None:
        """Dress the plots in a theme and its sizes."""
        for plot in self.plots:
            plot.set_theme(look.theme, look.sizes)
        set_type(self.gates.sentence, look.sizes.small, look.theme.muted, more=f"background: {look.theme.surface};")

    def call(self, name: str) -> None:
        """Name the plots by their network."""
        prediction = self.prediction
        keys = {
            prediction.probabilities: "probabilities",
            prediction.curves: "output",
            prediction.heatmap: "output map",
        }
        keys |= {self.state: "state", self.gradient: "gradient"}
        for plot, key in (*keys.items(), *((gate, gate.value_axis.name) for gate in self.gates.heatmaps)):
            plot.key = f"{name} {key}"

    def draw(self, view: View, scale: PredictionScale, look: Look) -> list[GateHeatmap]:
        """Show what a network has computed, all but the gradient; return plots that were made for that."""
        trace = view.trace
        assert trace is not None
        self.prediction.draw(view, scale, look)
        field = common_state(view, "h")
        if field is not None:
            self.shown.show(trace, field, reading.rows_of(view, field.layer, field.direction))
            self.state.set_picked(view.units)
        made = self.gates.draw(view, look)
        self.follow(view)
        return made

    def draw_gradient(
        self, view: View, main: View, signals: tuple[str, ...], span: tuple[float, float], look: Look
    ) -> None:
        """Show the norms of the gradients of some signals."""
        drawn = (view.gradients, main.gradients, signals, span, look.theme, view.trace)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        shown = signals if same_kind(view.gradients, main.gradients) else ()
        styles = {name: signal_style(name, look.theme) for name in shown}
        initial = view.gradients.initial if view.gradients is not None else ()
        here = (view.layer, view.direction)
        marks = [
            (f"{name}₀", value, styles[name])
            for layer, way, name, value in initial
            if name in styles and (layer, way) == here
        ]
        self.gradient.set_value_range(*span)
        self.gradient.set_curves({name: Curve(norms_of(view, name), styles[name], name) for name in shown})
        self.gradient.show_marks(marks)
        self.gradient.set_notice("" if shown else "no gradient to compare here yet")

    def follow(self, view: View) -> None:
        """Put the cursor where the network's own is."""
        for plot in self.plots:
            plot.set_cursor(view.step if view.step >= 0 else None)
            plot.set_ahead_hidden(reading.cover_after(view))

    def remove(self) -> None:
        """Take the plots away."""
        for part in self.parts.values():
            part.deleteLater()
        self.axis.deleteLater()
