"""What the interventions change: how far each signal is, step by step, from what it would have been."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from rnnviz.engine.interventions import in_force
from rnnviz.engine.language.tex import symbol_text
from rnnviz.engine.record import NETWORK, SignalField
from rnnviz.ui import reading
from rnnviz.ui.controls.choicebox import ChoiceBox
from rnnviz.ui.controls.look import Look, look
from rnnviz.ui.controls.unitplots import UnitHeatmap
from rnnviz.ui.differing import Difference, difference_of, norms_of
from rnnviz.ui.intervening import held_steps
from rnnviz.ui.plots import Curve, CurvesPlot, LogCurvesPlot, log_range
from rnnviz.ui.theme import DIVERGING, signal_style
from rnnviz.ui.timepanel import TimePanel, adding_to_selection, missing
from rnnviz.ui.view import TraceView, View

NOTHING = (
    "There are no interventions: clamp a gate or set a weight in the panel Interventions, and see here what follows."
)
ALL_OFF = "All interventions are off: press I to switch them on again, and see here what follows."
LEAST_LINES = 11
"""Height from which there is room for norms and heatmap, as a multiple of the size of small type."""


class DifferencePanel(TimePanel):
    """Norms of s - s_original per step, and s - s_original of one signal, unit by unit."""

    name: ClassVar[str] = "difference"
    title: ClassVar[str] = "Difference"
    order: ClassVar[int] = 24
    stretch: ClassVar[int] = 3
    at_first: ClassVar[bool] = False

    def controls(self) -> tuple[QWidget, ...]:
        """Return signal, scale and what is drawn."""
        self.signal = ChoiceBox("Difference of the signal")
        self.signal.chosen.connect(self._on_signal)
        self.scale = self.segmented(
            "Scale of the norms",
            "scale",
            ("log", "log", "Norms in powers of ten; zero has a place of its own"),
            ("linear", "linear", "Norms from zero on"),
        )
        self.mode = self.segmented(
            "Draw the difference as",
            "mode",
            ("norm", "norm", "The Euclidean norm of the difference at each step"),
            ("heatmap", "heatmap", "The difference of the chosen signal, one row per unit"),
            ("both", "both", "Norms and heatmap"),
        )
        return self.signal, self.scale, self.mode

    def build(self) -> None:
        """Make norms, linear and logarithmic, and the heatmap."""
        self.linear, self.logs, self.heatmap = CurvesPlot(self.axis), LogCurvesPlot(self.axis), UnitHeatmap(self.axis)
        self.linear.key = self.logs.key = "norm of the difference"
        self.heatmap.key = "difference"
        for plot, stretch in ((self.linear, 2), (self.logs, 2), (self.heatmap, 3)):
            self.adopt(plot)
            self.plot_rows.addWidget(plot, stretch)
        self.heatmap.rowClicked.connect(self._on_row)
        self._drawn_norms: tuple[object, ...] = ()
        self._drawn_map: tuple[object, ...] = ()
        self._mode, self._scale, self._nothing = "both", "linear", True
        self._levels: tuple[object, float] = (None, 0.0)

    def dress(self, now: Look) -> None:
        """Dress the choice of the signal."""
        self.signal.set_look(now)

    def notes(self) -> list[str]:
        """Say too that there is no room for the heatmap."""
        left_out = self._mode == "both" and not self.heatmap.isVisibleTo(self) and not self._nothing
        return [*super().notes(), *(["no room for the heatmap"] if left_out else [])]

    def absence(self, view: View) -> str:
        """Return why there is no difference."""
        if (sentence := missing(view)) or view.trace is None:
            return sentence
        rows = reading.rows_of(view, view.layer, view.direction)
        if rows.stop > rows.start:
            return ""
        return f"The run has not reached {reading.where(view) or 'this layer'} yet: step forward, or run all."

    def draw_absence(self, view: View) -> None:
        """Hide the choices that have no effect."""
        super().draw_absence(view)
        for control in (self.signal, self.scale, self.mode):
            control.hide()

    def draw_plots(self, view: View, old: View | None) -> None:
        """Show norms and heatmap."""
        trace, field = view.trace, chosen_field(view)
        assert trace is not None
        assert field is not None
        self._mode, self._scale = self.option(view, "mode", "both"), self.option(view, "scale", "linear")
        self._show_choices(trace, view, field)
        self._say_nothing(view, trace)
        self._share_room()
        rows, theme = reading.rows_of(view, view.layer, view.direction), look(view).theme
        reached = [rows_of(view, one) for one in norm_fields(view, trace)]  # in both directions not alike
        drawn = (trace, reached, view.published, view.layer, view.direction, theme, self._scale, view.signal)
        if drawn != self._drawn_norms:
            self._drawn_norms = drawn
            self._draw_norms(view, trace)
        shown = (trace, rows, field, theme)
        if self.heatmap.isVisibleTo(self) and shown != self._drawn_map:
            self._drawn_map = shown
            self._draw_heatmap(trace, field, rows)
        self.heatmap.set_picked(view.units)
        self.heatmap.set_held(held_steps(view, field.signal, field.layer, field.direction))
        self._head(view, trace, field)

    def data(self, view: View) -> Mapping[str, NDArray[Any]]:
        """Return the norms, [S], and the difference of the chosen signal, [S, H]; NaN where not reached."""
        trace, field = view.trace, chosen_field(view)
        if trace is None or field is None:
            return {}
        arrays: dict[str, NDArray[Any]] = {}
        for one in norm_fields(view, trace):
            found = norms_of(trace, one, rows_of(view, one))
            arrays[f"norm of the difference of {one.signal}"] = found
        rows = rows_of(view, field)
        arrays[f"difference of {field.signal}"] = reading.masked(difference_of(trace, field, rows).values, rows)
        return arrays

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show what there is room for."""
        super().resizeEvent(event)
        self._share_room()

    def _share_room(self) -> None:
        """Where norms and heatmap would both be too low to be read, leave the heatmap out."""
        both = self.height() - self.header.height() >= LEAST_LINES * self.heatmap.sizes.small
        norms = self._mode != "heatmap" or self._nothing
        self.linear.setVisible(norms and self._scale == "linear")
        self.logs.setVisible(norms and self._scale == "log")
        rows = self._mode == "heatmap" or (self._mode == "both" and both)
        self.heatmap.setVisible(rows and not self._nothing)
        self.scale.setVisible(norms and not self._nothing)
        self.say_how()

    def _say_nothing(self, view: View, trace: TraceView) -> None:
        """Say in the plot why there is no difference, where there is none."""
        self._nothing = trace.original is None
        sentence = ""
        if self._nothing:
            made = view.document.interventions if view.document is not None else ()
            sentence = ALL_OFF if made else NOTHING
            if in_force(made):
                sentence = "The original run is being computed."
        for plot in (self.linear, self.logs):
            plot.set_notice(sentence)

    def _show_choices(self, trace: TraceView, view: View, field: SignalField) -> None:
        self.signal.set_groups(*([(f.signal, symbol_text(f.signal), f.label) for f in group] for group in fields(view)))
        self.signal.set_value(field.signal)
        self.scale.set_value(self._scale)
        self.mode.set_value(self._mode)
        for control in (self.signal, self.mode):
            control.setVisible(trace.original is not None)

    def _head(self, view: View, trace: TraceView, field: SignalField) -> None:
        if self._nothing:
            self.header.set_title("Difference", "of the run with interventions from the original one")
            return
        names = ", ".join(symbol_text(one.signal) for one in norm_fields(view, trace))
        parts = [reading.where(view)]
        if self._mode != "heatmap":
            parts.append(f"‖s − s original‖ of {names}")
        if self.heatmap.isVisibleTo(self):
            name = symbol_text(field.signal)
            parts.append(f"rows: {name} − {name} original")
        self.header.set_title("Difference", ", ".join(filter(None, parts)))

    def _draw_norms(self, view: View, trace: TraceView) -> None:
        theme = look(view).theme
        curves: dict[object, Curve] = {}
        for field in norm_fields(view, trace) if not self._nothing else ():
            norms = norms_of(trace, field, rows_of(view, field))
            if self._scale == "log":
                with np.errstate(divide="ignore"):
                    norms = np.log10(norms)
            name = "output" if field.layer == NETWORK else symbol_text(field.signal)
            style = signal_style("y" if field.layer == NETWORK else field.signal, theme)
            curves[field.layer, field.signal] = Curve(norms, style, name)
        values = [np.asarray(curve.values, np.float64) for curve in curves.values()]
        if self._scale == "log":
            self.logs.set_value_range(*log_range(values), [] if self._nothing else None)
            self.logs.set_curves(curves)
        else:
            tops = [float(one[np.isfinite(one)].max(initial=0.0)) for one in values]
            top = reading.rounded_up(max(tops, default=1.0))
            self.linear.set_value_range(0.0, top, [] if self._nothing else None)
            self.linear.set_curves(curves)

    def _draw_heatmap(self, trace: TraceView, field: SignalField, rows: slice) -> None:
        found: Difference = difference_of(trace, field, rows)
        self.heatmap.set_data(reading.masked(found.values, rows), (-found.top, found.top), DIVERGING)

    def _on_signal(self, signal: str) -> None:
        self.session.set_option("difference.signal", signal)

    def _on_row(self, row: int) -> None:
        self.session.pick_unit(row, add=adding_to_selection())


def rows_of(view: View, field: SignalField) -> slice:
    """Return the steps of a field whose data is drawn."""
    return reading.rows_of(view, field.layer, field.direction)


def norm_fields(view: View, trace: TraceView) -> tuple[SignalField, ...]:
    """Return the fields whose norms are drawn: states and output of the picked layer, and what the network says."""
    cell = reading.cell_of(view)
    states = trace.fields(view.layer, view.direction, "state")
    own = [f for f in trace.fields(view.layer, view.direction) if cell is not None and f.signal == cell.output]
    said = [f for f in trace.fields(NETWORK, "forward") if f.signal == "output"]
    return tuple(dict.fromkeys((*own, *reversed(states), *said)))


def fields(view: View) -> tuple[tuple[SignalField, ...], ...]:
    """Return the signals whose difference can be shown: the states first, then the gates, then the rest."""
    if view.trace is None:
        return ()
    own = view.trace.fields(view.layer, view.direction)
    states = tuple(f for f in norm_fields(view, view.trace) if f.layer != NETWORK)
    gates = tuple(f for f in own if f.kind == "gate" and f not in states)
    rest = tuple(f for f in own if f not in states and f not in gates)
    return tuple(group for group in (states, gates, rest) if group)


def chosen_field(view: View) -> SignalField | None:
    """Return the signal that is chosen, or else what the layer hands on."""
    found = [field for group in fields(view) for field in group]
    wanted = view.options.get("difference.signal", "")
    return next((field for field in found if field.signal == wanted), found[0] if found else None)
