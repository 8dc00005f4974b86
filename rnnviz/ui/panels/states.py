"""The states of the picked layer: all units as a heatmap, picked ones as curves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from numpy.typing import NDArray
from PySide6.QtCore import QPoint
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMenu, QWidget

from rnnviz.engine.record import SignalField
from rnnviz.ui import reading
from rnnviz.ui.controls.interventions.hand import CurveHand
from rnnviz.ui.controls.interventions.menus import Grip, add_holds
from rnnviz.ui.controls.look import look
from rnnviz.ui.controls.unitplots import LitMark, SignalHeatmap, UnitHeatmap
from rnnviz.ui.intervening import ghost, ghosts_shown, held_steps, held_units
from rnnviz.ui.plots import Curve, CurvesPlot
from rnnviz.ui.theme import series_style, signal_style
from rnnviz.ui.timepanel import TimePanel, adding_to_selection, missing
from rnnviz.ui.view import TraceView, View

LEAST_LINES = 11
"""Height from which there is room for heatmap and curves, as a multiple of the size of small type."""


class StatesPanel(TimePanel):
    """Shows h, or another state of the cell, on one fixed scale."""

    name: ClassVar[str] = "states"
    title: ClassVar[str] = "States"
    order: ClassVar[int] = 2
    stretch: ClassVar[int] = 3

    def controls(self) -> tuple[QWidget, ...]:
        """Return the choice of the state and of how it is drawn."""
        self.state = self.segmented("State", "state")
        self.mode = self.segmented(
            "Draw states as",
            "mode",
            ("heatmap", "heatmap", "All units, one row each"),
            ("curves", "curves", "The picked units as curves"),
            ("both", "both", "Heatmap and curves"),
        )
        return self.state, self.mode

    def build(self) -> None:
        """Make heatmap and curves."""
        self.heatmap, self.curves = UnitHeatmap(self.axis), CurvesPlot(self.axis)
        self.shown = SignalHeatmap(self.heatmap)
        self.lit = LitMark(self.heatmap)
        for plot, stretch in ((self.heatmap, 3), (self.curves, 2)):
            self.adopt(plot)
            self.plot_rows.addWidget(plot, stretch)
        self.heatmap.rowClicked.connect(self._on_row)
        self.curves.set_rest(0.0)
        self.hand = CurveHand(self.curves, self.session, self._grip)
        self._drawn_curves: tuple[object, ...] = ()
        self._mode = "both"

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show what there is room for."""
        super().resizeEvent(event)
        self._share_room()

    def _grip(self, key: object, step: int) -> Grip | None:
        field = state_field(self.session.view)
        return Grip.of(field, key, step) if field is not None and isinstance(key, int) else None

    def offer(self, menu: QMenu, at: QPoint) -> None:
        """Offer to hold the state of the unit at a pixel."""
        found, field = self.plot_at(at), state_field(self.session.view)
        if found is None or field is None:
            return
        plot, inside = found
        step, unit = plot.place_at(inside)
        if isinstance(plot, CurvesPlot):
            key = plot.curve_at(inside)
            unit = key if isinstance(key, int) else self.session.view.units[0]
        add_holds(menu, self.session, Grip.of(field, unit, step))

    def _share_room(self) -> None:
        """Where heatmap and curves would both be too low to be read, leave the curves out."""
        least = LEAST_LINES * self.heatmap.sizes.small
        both = self.height() - self.header.height() >= least
        self.curves.setVisible(self._mode == "curves" or (self._mode == "both" and both))
        self.say_how()

    def least_lines(self, view: View) -> float:
        """Return what a heatmap of a few dozen units needs: less than curves with their ticks."""
        return 5.0 if self.option(view, "mode", "both") != "curves" else super().least_lines(view)

    def notes(self) -> list[str]:
        """Say too that there is no room for the curves."""
        left_out = self._mode == "both" and not self.curves.isVisibleTo(self)
        return [*super().notes(), *(["no room for the curves"] if left_out else [])]

    def absence(self, view: View) -> str:
        """Return why there is no state to draw."""
        if (sentence := missing(view)) or view.trace is None:
            return sentence
        if state_field(view) is None:
            return "This cell has no signal that it hands on."
        rows = reading.rows_of(view, view.layer, view.direction)
        if rows.stop > rows.start:
            return ""
        return f"The run has not reached {reading.where(view) or 'this layer'} yet: step forward, or run all."

    def draw_plots(self, view: View, old: View | None) -> None:
        """Show the picked state."""
        trace, field = view.trace, state_field(view)
        assert trace is not None
        assert field is not None
        now = look(view)
        rows = reading.rows_of(view, view.layer, view.direction)
        mode = self.option(view, "mode", "both")
        self._show_choices(trace, view, field, mode)
        self.heatmap.setVisible(mode != "curves")
        self._mode = mode
        self._share_room()
        self.heatmap.key, self.curves.key = field.signal, f"{field.signal} of picked units"
        self.shown.show(trace, field, rows)
        self.heatmap.set_picked(view.units)
        self.lit.light(view.signal == field.signal, signal_style(field.signal, now.theme).colour)
        self.heatmap.set_held(held_steps(view, field.signal, field.layer, field.direction))
        self.curves.set_held(held_units(view, view.units, field.signal, field.layer, field.direction))
        drawn = (trace, field, rows, view.units, now.theme, self.shown.plot.levels, ghosts_shown(view))
        if drawn != self._drawn_curves:
            self._drawn_curves = drawn
            self._draw_curves(view, trace, field, rows)

    def data(self, view: View) -> Mapping[str, NDArray[Any]]:
        """Return the state, [S, H]."""
        field = state_field(view)
        if view.trace is None or field is None:
            return {}
        position = reading.shown_position(view)
        return {field.signal: view.trace.values(field.signal, position, field.layer, field.direction)}

    def _show_choices(self, trace: TraceView, view: View, field: SignalField, mode: str) -> None:
        states = state_fields(trace, view)
        self.state.set_options([(f.signal, f.signal, f.label or f.signal) for f in states])
        self.state.setVisible(len(states) > 1)
        self.state.set_value(field.signal)
        self.mode.set_value(mode)
        place = reading.where(view)
        units = f"{field.size} units" if field.size > 1 else "1 unit"
        label = field.label or "state"
        self.header.set_title(f"{label[0].upper()}{label[1:]} {field.signal}", ", ".join(filter(None, (place, units))))

    def _draw_curves(self, view: View, trace: TraceView, field: SignalField, rows: slice) -> None:
        recorded = trace.record.signal(field.signal, field.layer, field.direction)
        theme, before = look(view).theme, ghost(view, field.signal, field.layer, field.direction)
        curves: dict[object, Curve] = {}
        for index, unit in enumerate(unit for unit in view.units if unit < field.size):
            values = reading.reached(recorded[:, unit], rows)
            faint = None if before is None else reading.reached(before[:, unit], rows)
            curves[unit] = Curve(values, series_style(index, theme), f"unit {unit + 1}", faint)
        self.curves.set_value_range(*self.heatmap.levels)
        self.curves.set_curves(curves)

    def _on_row(self, row: int) -> None:
        self.session.pick_unit(row, add=adding_to_selection())


def state_fields(trace: TraceView, view: View) -> tuple[SignalField, ...]:
    """Return what can be shown of a layer: its states, or what it hands on where it has none."""
    states = trace.fields(view.layer, view.direction, "state")
    if states:
        return tuple(reversed(states)) if states[-1].signal == "h" else states
    cell = reading.cell_of(view)
    return tuple(f for f in trace.fields(view.layer, view.direction) if cell is not None and f.signal == cell.output)


def state_field(view: View) -> SignalField | None:
    """Return the state that is chosen, or else the one that is handed on."""
    if view.trace is None:
        return None
    fields = state_fields(view.trace, view)
    wanted = view.options.get("states.state", "")
    return next((f for f in fields if f.signal == wanted), fields[0] if fields else None)
