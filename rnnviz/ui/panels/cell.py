"""The cell as a diagram, with what flows through it at the cursor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from numpy.typing import NDArray
from PySide6.QtCore import QPoint
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from rnnviz.engine.requests import Request
from rnnviz.ui import reading
from rnnviz.ui.cellsteps import told_step
from rnnviz.ui.controls.cellvalves import CellValves
from rnnviz.ui.controls.cellview import CellView, step_data
from rnnviz.ui.controls.look import Look
from rnnviz.ui.diagram.layout import DiagramError, diagram_of
from rnnviz.ui.headedpanel import HeadedPanel
from rnnviz.ui.starts import wanted
from rnnviz.ui.timepanel import adding_to_selection, missing, unbuilt
from rnnviz.ui.view import View

_NARROWEST = 34
"""Width below which there is no room for the choice of the loops, as a multiple of the size of small type."""


class CellPanel(HeadedPanel):
    """Operators and wires of the picked layer's cell, live, and beside them what each unit keeps and takes in."""

    name: ClassVar[str] = "cell"
    title: ClassVar[str] = "Cell"
    order: ClassVar[int] = 22
    stretch: ClassVar[int] = 4
    at_first: ClassVar[bool] = False
    watches: ClassVar[tuple[str, ...]] = (*HeadedPanel.watches, "operation", "backward", "gradients")

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
            ("cut", "one step", "One step: states enter at the left as the step before left them"),
            ("closed", "recurrent", "With the way of each state to the next step"),
        )
        return self.loops, self.over

    def build(self) -> None:
        """Make diagram and bars."""
        self.shown = CellView()
        self.canvas, self.bars = self.shown.canvas, self.shown.bars
        self.valves = CellValves(self.session, self.shown)
        row = QHBoxLayout(self.body)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.shown)
        self.shown.pointed.connect(self._on_pointed)
        self.shown.clicked.connect(self._on_clicked)
        self.shown.unitClicked.connect(self._on_unit)
        self._led_back = False

    def dress(self, now: Look) -> None:
        """Dress what stands in the body."""
        self.shown.set_look(now)
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

    def wants(self, view: View) -> tuple[Request, ...]:
        """Ask for the states before the first step, where the window does not know them."""
        return wanted(view)

    def draw_choices(self, view: View) -> None:
        """Show the choice."""
        self.loops.set_value(self.option(view, "loops", "cut"))
        self.over.set_value(self.option(view, "over", "unit"))

    def draw_body(self, view: View, old: View | None) -> None:
        """Show the diagram with the numbers of the cursor's step."""
        cell = reading.cell_of(view)
        assert cell is not None
        self._led_back = bool(cell.states)
        mean, closed = self.option(view, "over", "unit") == "mean", self.option(view, "loops", "cut") == "closed"
        parts = *self.shown.show_step(view, mean=mean, closed=closed), told_step(view)
        self.header.set_title(cell.title, ", ".join(filter(None, parts)))
        signal, text = self.shown.under_mouse()
        if text:
            self.header.set_read_out(text + self.valves.told(signal))
        self._share_room()

    def _share_room(self) -> None:
        """Leave the choice of the loops out where there is no room, or where nothing is led back."""
        self.loops.setVisible(self._led_back and self.width() >= _NARROWEST * self.bars.sizes.small)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show what there is room for."""
        super().resizeEvent(event)
        self._share_room()

    def _on_pointed(self, signal: str, text: str) -> None:
        self.session.light(signal)
        self.header.set_read_out(text + self.valves.told(signal))

    def offer(self, menu: QMenu, at: QPoint) -> None:
        """Offer to hold the signal at a pixel."""
        self.valves.offer(menu, self, at)

    def _on_clicked(self, signal: str) -> None:
        self.valves.click(signal)

    def _on_unit(self, unit: int) -> None:
        self.session.pick_unit(unit, add=adding_to_selection())

    def data(self, view: View) -> Mapping[str, NDArray[Any]]:
        """Return what each part of the diagram gives at the cursor, [units], and what is kept and written."""
        cell = reading.cell_of(view)
        if cell is None or view.trace is None or self.absence(view):
            return {}
        return step_data(view, cell)
