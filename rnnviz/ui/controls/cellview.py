"""The picked layer's cell at the cursor: its diagram, live, and beside it what each unit keeps and takes in."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from rnnviz.engine.language.model import Cell
from rnnviz.engine.language.tex import symbol_text
from rnnviz.engine.record import NETWORK
from rnnviz.ui import cellreading, cellsteps, reading
from rnnviz.ui.cellreading import StepReader
from rnnviz.ui.controls.flowbars import FlowBars
from rnnviz.ui.controls.look import Look
from rnnviz.ui.diagram.canvas import DiagramCanvas
from rnnviz.ui.diagram.flow import Flow
from rnnviz.ui.diagram.layout import diagram_of
from rnnviz.ui.diagram.loops import loops_of
from rnnviz.ui.diagram.values import flows, kept_state, node_values
from rnnviz.ui.drawing.ticks import number
from rnnviz.ui.grains import is_computed
from rnnviz.ui.intervening import held_signals, held_steps
from rnnviz.ui.view import View

_NARROW, _LOW = 66, 12
"""Width and height below which the bars are left out, as multiples of the size of small type."""


class CellView(QWidget):
    """Diagram and bars of one step of a cell, read from a view.

    Signals
    -------
    pointed(signal, text)
        The signal under the mouse and what is said of what is there; both empty for nothing.
    clicked(signal)
        A click on what carries a signal; empty for what carries none.
    unitClicked(unit)
    left()
        Escape while it has the focus, or the diagram is left.

    Parameters
    ----------
    parent : QWidget or None
    """

    pointed = Signal(str, str)
    clicked = Signal(str)
    unitClicked = Signal(int)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas, self.bars = DiagramCanvas(), FlowBars()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.canvas, 1)
        row.addWidget(self.bars)
        self.canvas.hovered.connect(self._on_hovered)
        self.canvas.clicked.connect(self._on_clicked)
        self.bars.hovered.connect(self._on_bars)
        self.bars.unitClicked.connect(self.unitClicked)
        self.canvas.left.connect(self.left)
        self._mean = False
        self._top: tuple[object, float] = (None, 1.0)
        self._flows = False

    def set_look(self, now: Look) -> None:
        """Dress diagram and bars."""
        for plot in (self.canvas, self.bars):
            plot.set_theme(now.theme, now.sizes)
        self._share_room()

    def show_step(self, view: View, *, mean: bool = False, closed: bool = False) -> tuple[str, str, str]:
        """Show the cell of the picked layer at the cursor.

        Parameters
        ----------
        view : View
            With a trace, and a cell that `diagram_of` can draw.
        mean : bool
            Whether numbers are means over all units, not of the unit that is picked first.
        closed : bool
            Whether the way of each state to the next step is drawn.

        Returns
        -------
        where, who, when : str
            What the numbers speak of: "layer 2", empty where there is one, "unit 3 of 16" and "t = 7".
        """
        cell = reading.cell_of(view)
        assert cell is not None
        assert view.trace is not None
        diagram, self._mean = diagram_of(cell), mean
        self.canvas.show_diagram(diagram, loops_of(diagram) if closed else ())
        self.canvas.set_held(held_at(view, mean=mean))
        units = units_of(view)
        unit = view.units[0] if view.units[0] < units else 0
        values = step_values(view, cell)
        numbers = {key: _one(value, None if mean else unit) for key, value in values.items()}
        token, known = cellreading.element(view), bool(values)
        texts = {"x": token} if token and known else {}
        before = "t+1" if view.direction == "backward" else "t−1"
        flow = Flow(numbers, texts, view.signal, view.trace.schedule.spec.activation, before=before)
        one = partial(_one, unit=None if mean else unit)
        self.canvas.show_flow(cellsteps.flow_within(view, cell, diagram.graph, flow, one))
        self._draw_bars(view, cell)
        who = f"mean over {units} units" if mean else f"unit {unit + 1} of {units}"
        when = f"t = {view.step + 1}" if known else "not reached yet"
        return reading.where(view), who, when

    def _draw_bars(self, view: View, cell: Cell) -> None:
        state, found = kept_state(cell), found_flows(view, cell)
        if not is_computed(view, view.layer, view.direction, view.step, state):
            found = None
        about, top = self._top
        if about is not view.trace:
            top = 0.0
        if found is not None:
            sizes = np.abs(found[np.isfinite(found)])
            top = max(top, reading.rounded_up(float(sizes.max(initial=0.0))) if sizes.size else 1.0)
        self._top, self._flows = (view.trace, top), bool(state)
        nothing = np.full((units_of(view), 2), np.nan)
        self.bars.show_flows(nothing if found is None else found, top or 1.0, state, view.units)
        self._share_room()

    def _share_room(self) -> None:
        """Leave the bars out where there is no room, or where the cell writes its state anew at every step."""
        small = self.bars.sizes.small
        self.bars.setFixedWidth(17 * small)
        roomy = self.width() >= _NARROW * small and self.height() >= _LOW * small
        self.bars.setVisible(self._flows and roomy)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw what there is room for."""
        super().resizeEvent(event)
        self._share_room()

    def hideEvent(self, event: QHideEvent) -> None:
        """Light nothing any more."""
        super().hideEvent(event)
        if self.canvas.over:
            self.canvas.pointed_at(None)

    def event(self, event: QEvent) -> bool:
        """Claim Escape, which else stops what is being computed, where this can be left."""
        keeps = event.type() == QEvent.Type.ShortcutOverride and self.focusPolicy() != Qt.FocusPolicy.NoFocus
        if keeps and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave."""
        if event.key() == Qt.Key.Key_Escape and self.focusPolicy() != Qt.FocusPolicy.NoFocus:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def _on_hovered(self, key: str) -> None:
        self.pointed.emit(self.canvas.signal_at(key), self.told(key))

    def under_mouse(self) -> tuple[str, str]:
        """Return the signal of the node under the mouse and what is said of it now; empty where there is none."""
        key = self.canvas.over
        return (self.canvas.signal_at(key), self.told(key)) if key else ("", "")

    def _on_bars(self, text: str) -> None:
        self.pointed.emit("", text)

    def _on_clicked(self, key: str) -> None:
        self.clicked.emit(self.canvas.signal_at(key))

    def told(self, key: str) -> str:
        """Return what is said of a node: its name, what it is called, and its exact value."""
        diagram = self.canvas.diagram
        if not key or diagram is None:
            return ""
        node, flow = diagram.graph.node(key), self.canvas.flow
        if node.kind == "join":
            joined = " and ".join(_plain(one.source, flow) for one in diagram.graph.into(key))
            return f"{joined}, side by side"
        label = diagram.graph.cell.signal(node.signal).label if node.signal else ""
        named = node.signal or node.kind == "input"
        name = _plain(key, flow) if named else f"{node.symbol} within {symbol_text(node.owner)}"
        text = f"{name} ({label})" if label else name
        mean = " in the mean" if self._mean else ""
        value, back = flow.values.get(key), (flow.arrived or {}).get(key)
        arrived = "" if back is None else f"   arrives in the backward pass: {number(back, 6)}{mean}"
        if value is None:
            said = flow.texts.get(key, "")
            return (f"{text}: {said}" if said else text) + arrived
        return f"{text} = {number(value, 6)}{mean}{arrived}"


def held_at(view: View, *, mean: bool) -> frozenset[str]:
    """Return the signals that are held at the cursor's step in the units that the numbers speak of."""
    held = held_signals(view, None if mean else view.units[:1])
    fed = held_steps(view, "x", NETWORK) if view.layer == 0 else ()
    return held | {"x"} if any(one.first <= view.step < one.stop for one in fed) else held


def units_of(view: View) -> int:
    """Return the number of units of the picked layer and direction."""
    assert view.trace is not None
    return view.trace.schedule.spec.units_of(view.layer, view.direction)


def step_values(view: View, cell: Cell) -> dict[str, NDArray[np.float64]]:
    """Return what each part of the diagram gives at the cursor, [units] or a number; empty where not known."""
    assert view.trace is not None
    reader = StepReader(view, cell, view.step)
    return node_values(diagram_of(cell).graph, reader, view.trace.schedule.spec.activation)


def found_flows(view: View, cell: Cell) -> NDArray[np.float64] | None:
    """Return what is kept and written at the cursor, [units, 2]; None where there is no such thing."""
    state = kept_state(cell)
    if not state or view.trace is None:
        return None
    found = flows(cell, state, StepReader(view, cell, view.step), view.trace.schedule.spec.activation)
    return None if found is None else np.stack(found, 1)


def step_data(view: View, cell: Cell) -> Mapping[str, NDArray[Any]]:
    """Return the numbers behind the picture: what each part of the diagram gives, and what is kept and written."""
    arrays: dict[str, NDArray[Any]] = {
        key: np.atleast_1d(value) for key, value in step_values(view, cell).items() if not key.startswith("out:")
    }
    found = found_flows(view, cell)
    if found is not None:
        arrays |= {"kept": found[:, 0], "written": found[:, 1]}
    return arrays


def _plain(key: str, flow: Flow) -> str:
    name, before, _ = key.partition("[t-1]")
    return f"{symbol_text(name)}[{flow.before if before else 't'}]"


def _one(value: NDArray[np.float64], unit: int | None) -> float:
    """The number of a unit, or the mean; a constant is the same for every unit."""
    if value.ndim == 0:
        return float(value)
    with np.errstate(all="ignore"):
        return float(value.mean()) if unit is None else float(value[unit])
