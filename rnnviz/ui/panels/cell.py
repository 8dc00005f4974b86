"""The cell as a diagram, with what flows through it at the cursor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QHideEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from rnnviz.engine.language.model import Cell
from rnnviz.ui import cellreading, reading
from rnnviz.ui.cellreading import StepReader
from rnnviz.ui.controls.look import Look
from rnnviz.ui.diagram.canvas import DiagramCanvas
from rnnviz.ui.diagram.layout import DiagramError, diagram_of
from rnnviz.ui.diagram.loops import loops_of
from rnnviz.ui.diagram.values import flows, kept_state, node_values
from rnnviz.ui.diagram.wirepaint import Flow
from rnnviz.ui.headedpanel import HeadedPanel
from rnnviz.ui.plots.flowbars import FlowBars
from rnnviz.ui.plots.ticks import number
from rnnviz.ui.timepanel import adding_to_selection, missing, unbuilt
from rnnviz.ui.view import View

_NARROW, _LOW = 66, 12
"""Width and height of the panel below which the bars are left out, as multiples of the size of small type."""
_NARROWEST = 34
"""Width below which there is no room for the choice of the loops."""


class CellPanel(HeadedPanel):
    """Operators and wires of the picked layer's cell, live, and beside them what each unit keeps and takes in."""

    name: ClassVar[str] = "cell"
    title: ClassVar[str] = "Cell"
    order: ClassVar[int] = 22
    stretch: ClassVar[int] = 4
    at_first: ClassVar[bool] = False

    def controls(self) -> tuple[QWidget, ...]:
        """Return whether states are led back, and what the numbers speak of."""
        self.over = self.segmented(
            "Numbers of",
            "over",
            ("unit", "unit", "The unit that is picked first"),
            ("mean", "mean", "The mean over all units"),
        )
        self.loops = self.segmented(
            "Recurrence",
            "loops",
            ("cut", "cut", "One step: states enter at the left as the step before left them"),
            ("closed", "closed", "With the way of each state to the next step"),
        )
        return self.loops, self.over

    def build(self) -> None:
        """Make diagram and bars."""
        self.canvas, self.bars = DiagramCanvas(), FlowBars()
        row = QHBoxLayout(self.body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.canvas, 1)
        row.addWidget(self.bars)
        self.canvas.hovered.connect(self._on_hovered)
        self.canvas.clicked.connect(self._on_clicked)
        self.bars.hovered.connect(self.header.set_read_out)
        self.bars.unitClicked.connect(self._on_unit)
        self._values: dict[str, NDArray[np.float64]] = {}
        self._top: tuple[object, float] = (None, 1.0)
        self._flows = self._led_back = False

    def dress(self, now: Look) -> None:
        """Dress what stands in the body."""
        for plot in (self.canvas, self.bars):
            plot.set_theme(now.theme, now.sizes)
        self._share_room()

    def absence(self, view: View) -> str:
        """Return why there is no diagram."""
        if view.document is None:
            return missing(view)
        if view.trace is None:
            return unbuilt(view)
        cell = reading.cell_of(view)
        assert cell is not None
        try:
            diagram_of(cell)
        except DiagramError as error:
            return str(error)
        return ""

    def draw_choices(self, view: View) -> None:
        """Show the choice."""
        self.loops.set_value(self.option(view, "loops", "cut"))
        self.over.set_value(self.option(view, "over", "unit"))

    def draw_body(self, view: View, old: View | None) -> None:
        """Show the diagram with the numbers of the cursor's step."""
        cell = reading.cell_of(view)
        assert cell is not None
        assert view.trace is not None
        diagram = diagram_of(cell)
        closed = self.option(view, "loops", "cut") == "closed"
        self.canvas.show_diagram(diagram, loops_of(diagram) if closed else ())
        mean, units = self.option(view, "over", "unit") == "mean", self._units(view)
        unit = view.units[0] if view.units[0] < units else 0
        self._values = self._step_values(view, cell)
        numbers = {key: _one(value, None if mean else unit) for key, value in self._values.items()}
        activation = view.trace.schedule.spec.activation
        token = cellreading.element(view)
        known = bool(self._values)
        self.canvas.show_flow(Flow(numbers, {"x": token} if token and known else {}, view.signal, activation))
        self._draw_bars(view, cell)
        who = f"mean over {units} units" if mean else f"unit {unit + 1} of {units}"
        when = f"t = {view.step + 1}" if known else "not reached yet"
        self.header.set_title(cell.title, ", ".join(filter(None, (reading.where(view), who, when))))

    def _units(self, view: View) -> int:
        assert view.trace is not None
        return view.trace.schedule.spec.units_of(view.layer, view.direction)

    def _step_values(self, view: View, cell: Cell) -> dict[str, NDArray[np.float64]]:
        assert view.trace is not None
        reader = StepReader(view, cell, view.step)
        return node_values(diagram_of(cell).graph, reader, view.trace.schedule.spec.activation)

    def _found_flows(self, view: View, cell: Cell) -> NDArray[np.float64] | None:
        """What is kept and written at the cursor, [units, 2]."""
        state = kept_state(cell)
        if not state or view.trace is None:
            return None
        found = flows(cell, state, StepReader(view, cell, view.step), view.trace.schedule.spec.activation)
        return None if found is None else np.stack(found, 1)

    def _draw_bars(self, view: View, cell: Cell) -> None:
        state, found = kept_state(cell), self._found_flows(view, cell)
        about, top = self._top
        if about is not view.trace:
            top = 0.0
        if found is not None:
            sizes = np.abs(found[np.isfinite(found)])
            top = max(top, reading.rounded_up(float(sizes.max(initial=0.0))) if sizes.size else 1.0)
        self._top = (view.trace, top)
        self._flows, self._led_back = bool(state), bool(cell.states)
        nothing = np.full((self._units(view), 2), np.nan)
        self.bars.show_flows(nothing if found is None else found, top or 1.0, state, view.units)
        self._share_room()

    def _share_room(self) -> None:
        """Leave the bars out where there is no room, or where the cell writes its state anew at every step."""
        small = self.bars.sizes.small
        self.bars.setFixedWidth(17 * small)
        roomy = self.width() >= _NARROW * small and self.height() >= _LOW * small
        self.bars.setVisible(self._flows and roomy)
        self.loops.setVisible(self._led_back and self.width() >= _NARROWEST * small)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw what there is room for."""
        super().resizeEvent(event)
        self._share_room()

    def hideEvent(self, event: QHideEvent) -> None:
        """Light nothing any more."""
        super().hideEvent(event)
        if self.canvas.over:
            self.canvas.pointed_at(None)

    def _on_hovered(self, key: str) -> None:
        self.session.light(self.canvas.signal_at(key))
        self.header.set_read_out(self._told(key))

    def _told(self, key: str) -> str:
        """What is said of a node: its name, what it is called, and its exact value."""
        view, diagram = self.session.view, self.canvas.diagram
        if not key or diagram is None:
            return ""
        node = diagram.graph.node(key)
        if node.kind == "join":
            return f"{' and '.join(_plain(one.source) for one in diagram.graph.into(key))}, side by side"
        label = diagram.graph.cell.signal(node.signal).label if node.signal else ""
        name = _plain(key) if node.signal or node.kind == "input" else f"{node.symbol} within {node.owner}"
        text = f"{name} ({label})" if label else name
        value = self.canvas.flow.values.get(key)
        if value is None:
            said = self.canvas.flow.texts.get(key, "")
            return f"{text}: {said}" if said else text
        return f"{text} = {number(value, 6)}" + (" in the mean" if self.option(view, "over", "unit") == "mean" else "")

    def _on_clicked(self, key: str) -> None:
        """Show a state in the panel of states."""
        view = self.session.view
        signal, cell = self.canvas.signal_at(key), reading.cell_of(view)
        if cell is not None and signal in cell.states:
            self.session.set_option("states.state", signal)

    def _on_unit(self, unit: int) -> None:
        self.session.pick_unit(unit, add=adding_to_selection())

    def data(self, view: View) -> Mapping[str, NDArray[Any]]:
        """Return what each part of the diagram gives at the cursor, [units], and what is kept and written."""
        cell = reading.cell_of(view)
        if cell is None or view.trace is None or self.absence(view):
            return {}
        arrays: dict[str, NDArray[Any]] = {
            key: np.atleast_1d(value)
            for key, value in self._step_values(view, cell).items()
            if not key.startswith("out:")
        }
        found = self._found_flows(view, cell)
        if found is not None:
            arrays |= {"kept": found[:, 0], "written": found[:, 1]}
        return arrays


def _plain(key: str) -> str:
    return key.replace("-", "−") if key.endswith("]") else f"{key}[t]"


def _one(value: NDArray[np.float64], unit: int | None) -> float:
    """The number of a unit, or the mean; a constant is the same for every unit."""
    if value.ndim == 0:
        return float(value)
    with np.errstate(all="ignore"):
        return float(value.mean()) if unit is None else float(value[unit])
