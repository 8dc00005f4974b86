"""The gates of the picked layer on a fixed scale from 0 to 1."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from itertools import chain
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QWidget

from rnnviz.engine.language.tex import symbol_text
from rnnviz.engine.record import SignalField
from rnnviz.ui import reading
from rnnviz.ui.controls.interventions.hand import CurveHand
from rnnviz.ui.controls.interventions.menus import Grip, add_holds
from rnnviz.ui.controls.look import look
from rnnviz.ui.controls.unitplots import LitMark, SignalHeatmap, UnitHeatmap
from rnnviz.ui.intervening import ghost, ghosts_shown, held_steps, held_units
from rnnviz.ui.plots import Curve, CurvesPlot
from rnnviz.ui.theme import SignalStyle, Theme, signal_style
from rnnviz.ui.timepanel import TimePanel, adding_to_selection, missing
from rnnviz.ui.view import TraceView, View

_LEAST_GATE = 3.05
"""The height of one gate's heatmap at least, as a multiple of small type."""


class GateHeatmap(UnitHeatmap):
    """One gate, named in large type at the left."""

    rows_named = False

    def __init__(self, panel: GatesPanel) -> None:
        super().__init__(panel.axis)
        self.signal = ""
        self.shown = SignalHeatmap(self)
        self.lit = LitMark(self)
        self._panel = panel
        self.rowClicked.connect(panel.pick)
        self.hovered.connect(self._on_pointed)

    def _on_pointed(self, step: int, _row: int) -> None:
        self._panel.session.light(self.signal if step >= 0 else "")


class GatesPanel(TimePanel):
    """A heatmap per gate, all gates of one unit as curves, or their means over the units."""

    name: ClassVar[str] = "gates"
    title: ClassVar[str] = "Gates"
    order: ClassVar[int] = 3
    stretch: ClassVar[int] = 3

    def controls(self) -> tuple[QWidget, ...]:
        """Return the choices of what is drawn."""
        self.candidate = self.segmented(
            "Candidate",
            "candidate",
            ("no", "gates", "The gates alone, from 0 to 1"),
            ("yes", "and candidate", "The candidate too, dashed; the scale then goes down to -1"),
        )
        self.mode = self.segmented(
            "Draw gates as",
            "mode",
            ("heatmaps", "heatmaps", "A heatmap per gate, one row per unit"),
            ("unit", "one unit", "All gates of the picked unit as curves"),
            ("mean", "mean", "The mean of each gate over the units"),
        )
        return self.candidate, self.mode

    def build(self) -> None:
        """Make no plot yet: curves are made when they are drawn, heatmaps as a cell needs them."""
        self.heatmaps: list[GateHeatmap] = []
        self._drawn_curves: tuple[object, ...] = ()

    @cached_property
    def curves(self) -> CurvesPlot:
        """All gates of one unit, or their means."""
        plot = CurvesPlot(self.axis)
        plot.key = "gates"
        plot.box.let_values_zoom(False)  # a gate is open or closed on one fixed scale
        self.place(plot)
        self.hand = CurveHand(plot, self.session, self._grip)
        return plot

    def absence(self, view: View) -> str:
        """Return why there are no gates to draw."""
        if (sentence := missing(view)) or view.trace is None:
            return sentence
        if not view.trace.fields(view.layer, view.direction, "gate"):
            return without_gates(view)
        rows = reading.rows_of(view, view.layer, view.direction)
        if rows.stop > rows.start:
            return ""
        return f"The run has not reached {reading.where(view) or 'this layer'} yet: step forward, or run all."

    def draw_absence(self, view: View) -> None:
        """Hide the choices that have no effect."""
        super().draw_absence(view)
        self.candidate.hide()
        self.mode.hide()

    def draw_plots(self, view: View, old: View | None) -> None:
        """Show the gates."""
        trace = view.trace
        assert trace is not None
        fields = trace.fields(view.layer, view.direction, "gate")
        mode = self.option(view, "mode", "heatmaps")
        self._show_choices(view, trace, mode)
        if mode == "heatmaps":
            self._draw_heatmaps(view, trace, fields)
        else:
            self._draw_curves(view, trace, mode)
        shown = self.heatmaps[: len(fields)] if mode == "heatmaps" else [self.curves]
        for plot in self.time_plots:
            plot.setVisible(plot in shown)

    def least_lines(self, view: View) -> float:
        """Return what all heatmaps need, or the curves."""
        if view.trace is None or self.option(view, "mode", "heatmaps") != "heatmaps":
            return super().least_lines(view)
        gates = len(view.trace.fields(view.layer, view.direction, "gate"))
        return max(super().least_lines(view), _LEAST_GATE * gates)

    def data(self, view: View) -> Mapping[str, NDArray[Any]]:
        """Return the gates, [S, H] each; of one unit, or their means, [S]."""
        trace, mode = view.trace, self.option(view, "mode", "heatmaps")
        if trace is None:
            return {}
        arrays: dict[str, NDArray[Any]] = {}
        for field in self._fields(view, trace, mode):
            values = trace.values(field.signal, reading.shown_position(view), field.layer, field.direction)
            arrays[field.signal] = _column(values, view, mode) if mode != "heatmaps" else values
        return arrays

    def pick(self, row: int) -> None:
        """Pick the unit of a row that was clicked."""
        self.session.pick_unit(row, add=adding_to_selection())

    def _grip(self, key: object, step: int) -> Grip | None:
        view = self.session.view
        unit = view.units[0] if self.option(view, "mode", "heatmaps") == "unit" else -1
        fields = view.trace.fields(view.layer, view.direction) if view.trace is not None else ()
        return next((Grip.of(field, unit, step) for field in fields if field.signal == key), None)

    def offer(self, menu: QMenu, at: QPoint) -> None:
        """Offer to hold the gate at a pixel: that of the row's unit, or of the picked one."""
        found, view = self.plot_at(at), self.session.view
        if found is None or view.trace is None:
            return
        plot, inside = found
        step, unit = plot.place_at(inside)
        if isinstance(plot, CurvesPlot):
            signal = plot.curve_at(inside)
            unit = view.units[0] if self.option(view, "mode", "heatmaps") == "unit" else -1
        else:
            signal = plot.signal if isinstance(plot, GateHeatmap) else None
        for field in view.trace.fields(view.layer, view.direction):
            if field.signal == signal or (signal is None and field.kind == "gate" and step >= 0):
                add_holds(menu, self.session, Grip.of(field, unit, step))

    def _show_choices(self, view: View, trace: TraceView, mode: str) -> None:
        candidates = trace.fields(view.layer, view.direction, "candidate")
        self.candidate.setVisible(mode != "heatmaps" and bool(candidates))
        self.candidate.set_value(self.option(view, "candidate", "no"))
        self.mode.show()
        self.mode.set_value(mode)
        unit = f"unit {view.units[0] + 1}" if mode == "unit" else "mean over the units" if mode == "mean" else ""
        self.header.set_title("Gates", ", ".join(filter(None, (reading.where(view), unit, "activations, 0 to 1"))))

    def _fields(self, view: View, trace: TraceView, mode: str) -> tuple[SignalField, ...]:
        kinds = ["gate"]
        if mode != "heatmaps" and self.option(view, "candidate", "no") == "yes":
            kinds.append("candidate")
        return trace.fields(view.layer, view.direction, *kinds)

    def _draw_heatmaps(self, view: View, trace: TraceView, fields: tuple[SignalField, ...]) -> None:
        rows, now = reading.rows_of(view, view.layer, view.direction), look(view)
        while len(self.heatmaps) < len(fields):
            plot = GateHeatmap(self)
            self.place(plot)
            self.heatmaps.append(plot)
        for number, (plot, field) in enumerate(zip(self.heatmaps, fields, strict=False)):
            style = signal_style(field.signal, now.theme)
            plot.signal = plot.key = field.signal
            plot.set_side_label(symbol_text(field.signal), short(field.label), style)
            plot.set_colour_bar_visible(number == 0)
            plot.shown.show(trace, field, rows)
            plot.set_picked(view.units)
            plot.set_held(held_steps(view, field.signal, field.layer, field.direction))
            plot.lit.light(view.signal.removesuffix(".pre") == field.signal, style.colour)

    def _draw_curves(self, view: View, trace: TraceView, mode: str) -> None:
        fields, theme = self._fields(view, trace, mode), look(view).theme
        rows = reading.rows_of(view, view.layer, view.direction)
        units = view.units[:1] if mode == "unit" else range(fields[0].size)
        held = (held_units(view, units, field.signal, field.layer, field.direction) for field in fields)
        self.curves.set_held(tuple(chain.from_iterable(held)))
        drawn = (trace, fields, rows, view.units[0], mode, theme, view.signal, ghosts_shown(view))
        if drawn == self._drawn_curves:
            return
        self._drawn_curves = drawn
        lowest = min((field.low for field in fields if field.low is not None), default=0.0)
        self.curves.set_value_range(min(0.0, lowest), 1.0)
        curves: dict[object, Curve] = {}
        for field in fields:
            recorded = trace.record.signal(field.signal, field.layer, field.direction)
            values = reading.masked(_column(recorded, view, mode), rows)
            before = ghost(view, field.signal, field.layer, field.direction)
            faint = None if before is None else reading.masked(_column(before, view, mode), rows)
            curves[field.signal] = Curve(values, _style(field, view.signal, theme), symbol_text(field.signal), faint)
        self.curves.set_curves(curves)


def _column(values: NDArray[np.floating], view: View, mode: str) -> NDArray[np.floating]:
    """Return what is drawn of a signal [S, H] as a curve, [S]."""
    if mode == "mean":
        with np.errstate(invalid="ignore", over="ignore"):
            return values.mean(axis=1, dtype=np.float64)
    return values[:, min(view.units[0], values.shape[1] - 1)]


def _style(field: SignalField, lit: str, theme: Theme) -> SignalStyle:
    style = signal_style(field.signal, theme)
    if lit and lit.removesuffix(".pre") != field.signal:
        style = SignalStyle(theme.faint, style.symbol, style.dash)
    return SignalStyle(style.colour, style.symbol, "dash") if field.kind == "candidate" else style


def short(label: str) -> str:
    """Return the label of a gate without the word gate: "forget", "input, scaled"."""
    return re.sub(r" gate\b", "", label)


def without_gates(view: View) -> str:
    """Return why a cell has no gates to show."""
    cell = reading.cell_of(view)
    if cell is None:
        return ""
    if not cell.recurrent:
        return f"The {cell.title} cell has neither gates nor a state: a step is computed from its input alone."
    if not cell.states:
        return f"The {cell.title} cell has no gates: it remembers only through its output, fed back a step later."
    return f"The {cell.title} cell has no gates: its state is overwritten at every step."
