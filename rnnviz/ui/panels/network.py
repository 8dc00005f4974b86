"""The network as a diagram, folded and unfolded in time, with what flows through it at the cursor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMenu, QVBoxLayout

from rnnviz.engine.record import NETWORK
from rnnviz.engine.requests import Request
from rnnviz.ui import reading
from rnnviz.ui.cellsteps import told_step
from rnnviz.ui.controls.cellvalves import CellValves
from rnnviz.ui.controls.cellview import CellView, step_data
from rnnviz.ui.controls.crumb import Crumb
from rnnviz.ui.controls.look import Look
from rnnviz.ui.diagram.layout import DiagramError, diagram_of
from rnnviz.ui.drawing.ticks import number
from rnnviz.ui.grains import told_place
from rnnviz.ui.headedpanel import HeadedPanel
from rnnviz.ui.networkdiagram.canvas import NetworkCanvas
from rnnviz.ui.networkdiagram.contents import DECADES, node_name
from rnnviz.ui.networkdiagram.graph import Node, Place, Unfolded
from rnnviz.ui.networkdiagram.norms import activation_norms, gradient_norms
from rnnviz.ui.networkdiagram.recorded import output_of
from rnnviz.ui.networkdiagram.within import moment
from rnnviz.ui.networkdiagram.zoom import Zoom
from rnnviz.ui.starts import has_come, wanted
from rnnviz.ui.timepanel import adding_to_selection, missing, unbuilt
from rnnviz.ui.view import TraceView, View

_STEPPING = ("backward", "gradients", "operation")
_CELL_ALONE = ("layer", "direction", "units", "signal")
"""What the cell that has been entered depends on, and the network does not."""


_NARROWEST = 34
"""Width below which the header of a cell has no room for choices, as a multiple of the size of small type."""


class NetworkPanel(HeadedPanel):
    """Inputs, states and outputs with what leads from one to the other; the weights are the same at every step."""

    name: ClassVar[str] = "network"
    title: ClassVar[str] = "Network"
    order: ClassVar[int] = 21
    stretch: ClassVar[int] = 4
    at_first: ClassVar[bool] = False
    watches: ClassVar[tuple[str, ...]] = (*HeadedPanel.watches, *_STEPPING)

    def controls(self) -> tuple[Any, ...]:
        """Return the choice between folded and unfolded, and within a cell what its numbers speak of."""
        self.form = self.segmented(
            "The network in time",
            "form",
            ("folded", "folded", "One copy of the network; what it hands to the next step is a loop"),
            ("unfolded", "unfolded", "A copy of the network for every step, all with the same weights"),
        )
        self.over = self.segmented(
            "Numbers of",
            "over",
            ("unit", "unit", "The unit that is picked first"),
            ("mean", "mean", "The mean over all units"),
        )
        self.over.setProperty("option", "cell.over")  # a cell is shown as its own panel shows it
        return self.form, self.over

    def build(self) -> None:
        """Make the diagram of the network and that of the cell which is entered from it."""
        self.canvas, self.cell = NetworkCanvas(), CellView()
        self.valves = CellValves(self.session, self.cell)
        self.zoom = Zoom(self.canvas, self.cell)
        self.crumb = Crumb(self.title, "Back to the network (Escape)")
        self.header.add_lead(self.crumb)
        rows = QVBoxLayout(self.body)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.zoom)
        self.cell.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.cell.pointed.connect(self._on_pointed)
        self.cell.clicked.connect(self._on_signal)
        self.cell.unitClicked.connect(self._on_unit)
        self.cell.left.connect(self._leave)
        self.crumb.clicked.connect(self._leave)
        self.canvas.hovered.connect(self._on_hovered)
        self.canvas.clicked.connect(self._on_clicked)
        self.canvas.entered.connect(self._on_entered)
        self._network: tuple[TraceView | None, Unfolded | None] = (None, None)
        self._inside = False

    def dress(self, now: Look) -> None:
        """Dress the diagrams."""
        self.canvas.set_theme(now.theme, now.sizes)
        self.cell.set_look(now)
        self.zoom.set_look(now.theme, now.sizes)
        self.crumb.set_look(now)

    def absence(self, view: View) -> str:
        """Return why there is no diagram."""
        if view.document is None:
            return missing(view)
        return unbuilt(view) if view.trace is None else ""

    def wants(self, view: View) -> tuple[Request, ...]:
        """Ask for the states before the first step, where the window does not know them."""
        return wanted(view)

    def draw_choices(self, view: View) -> None:
        """Show the choices, those of what is shown."""
        inside = self._is_inside(view)
        self.form.set_value(self._form(view))
        self.over.set_value(view.options.get("cell.over", "unit"))
        self.form.setVisible(not inside)
        self.crumb.setVisible(inside)
        self._inside = inside
        self._share_room()

    def _share_room(self) -> None:
        """Leave the choice of the numbers out where there is no room."""
        self.over.setVisible(self._inside and self.width() >= _NARROWEST * self.canvas.sizes.small)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show what there is room for."""
        super().resizeEvent(event)
        self._share_room()

    def draw_body(self, view: View, old: View | None) -> None:
        """Show the network at the cursor, or the cell that has been entered there."""
        inside = self._is_inside(view)
        if not view.differs(old, *self._seen(view, inside)) and not has_come(view, old):
            return
        moves = old is not None and inside != self.zoom.inside
        if inside:
            self._draw_cell(view)
        if not inside or moves:
            self.canvas.show_network(self._unfolded(view), view, self._form(view) == "unfolded")
        if not inside:
            self.header.set_title(self.title, self._subtitle(view))
            if (over := self.canvas.over) is not None:
                picture = self.canvas.picture
                self._on_hovered(over if picture is not None and over in picture.nodes else None)
        entered = Node(Place("h", view.layer, view.direction), max(0, view.step))
        self.zoom.show_page(inside, self.canvas.place_of(entered) if moves else None)

    def _seen(self, view: View, inside: bool) -> set[str]:
        """The fields that what is shown depends on; gradients that arrive are seen on the way back alone."""
        unseen = {"analyses", *(() if inside else _CELL_ALONE), *(() if view.backward else ("gradients",))}
        return set(self.watches) - unseen

    def _is_inside(self, view: View) -> bool:
        """Whether a cell has been entered that can be drawn."""
        return self.option(view, "inside", "no") == "yes" and not self.absence(view) and not _fault(view)

    def _draw_cell(self, view: View) -> None:
        cell = reading.cell_of(view)
        assert cell is not None
        mean = view.options.get("cell.over", "unit") == "mean"
        closed = view.options.get("cell.loops", "cut") == "closed"
        where, who, when = self.cell.show_step(view, mean=mean, closed=closed)
        told = (cell.title, who, told_step(view))
        self.header.set_title(", ".join(filter(None, (where, when))), ", ".join(filter(None, told)))
        signal, text = self.cell.under_mouse()
        if text:
            self.header.set_read_out(text + self.valves.told(signal))

    def _form(self, view: View) -> str:
        return "folded" if self.option(view, "form", "unfolded") == "folded" else "unfolded"

    def _unfolded(self, view: View) -> Unfolded:
        trace = view.trace
        assert trace is not None
        if self._network[0] is not trace or self._network[1] is None:
            targets = reading.targets_of(trace)
            given: NDArray[np.bool_] | None = None
            if targets.classes is not None:
                given = targets.classes >= 0
            elif targets.values is not None:
                given = np.logical_not(np.isnan(targets.values).all(axis=1))
            old, new = self._network[1], Unfolded(trace.schedule, given)
            # The same network run again, as at every turn of an intervention, stays where the user has moved it.
            self._network = trace, old if old is not None and old.alike(new) else new
        assert self._network[1] is not None
        return self._network[1]

    def _subtitle(self, view: View) -> str:
        when = f"t = {view.step + 1}" if view.step >= 0 else "before the first step"
        when = ", ".join(filter(None, (when, told_place(view))))
        if view.backward:
            if view.gradients is None:
                return f"{when}   links: no gradient yet"
            what = reading.objective_name(view.gradients.objective)
            return f"{when}   links lead back, as wide as ‖dL/dh‖ where they start: {what}, {DECADES:g} decades"
        return f"{when}   colours: h   width of links: Euclidean norm of what flows"

    # the mouse

    def _on_hovered(self, node: Node | None) -> None:
        self.header.set_read_out(self._told(node) if node is not None else "")

    def _told(self, node: Node) -> str:
        view = self.session.view
        if view.trace is None:
            return ""
        parts = [node_name(view.trace.schedule.spec, node, view.trace.steps)]
        face = self.canvas.contents.faces.get(node)
        if face is None or not face.known:
            return f"{parts[0]}: not known yet"
        if face.lines:
            parts.append(" ".join(face.lines))
        norm = activation_norms(view, (node,)).get(node)
        if norm is not None:
            parts.append(f"norm {number(norm, 4)}")
        back = ((node, node),) if view.backward and node.place.kind == "h" else ()
        gradient = gradient_norms(view, back).get((node, node))
        if gradient is not None:
            parts.append(f"norm of dL/dh {number(gradient, 4)}")
        if self._can_enter(node):
            parts.append("double click: into the cell")
        return "   ".join(parts)

    def _on_clicked(self, node: Node) -> None:
        """Go to the step of a node, and pick its layer and direction."""
        view = self.session.view
        if view.trace is None:
            return
        place = node.place
        if place.kind == "h":
            self.session.pick_layer(place.layer, place.direction)
        self.session.go_to_position(moment(view.trace.schedule, node))

    def _can_enter(self, node: Node) -> bool:
        """Whether a node is computed by a cell: before the first step there is none."""
        return node.place.kind == "h" and not self._unfolded(self.session.view).is_start(node)

    def _on_entered(self, node: Node) -> None:
        """Go to the node and into its cell."""
        if not self._can_enter(node):
            return
        self._on_clicked(node)
        if fault := _fault(self.session.view):
            self.session.show_message(fault, "error")
            return
        self.session.set_option("network.inside", "yes")
        self.cell.setFocus()

    def _leave(self) -> None:
        self.session.set_option("network.inside", "no")

    def _on_pointed(self, signal: str, text: str) -> None:
        self.session.light(signal)
        self.header.set_read_out(text + self.valves.told(signal))

    def _on_signal(self, signal: str) -> None:
        self.valves.click(signal)

    def offer(self, menu: QMenu, at: QPoint) -> None:
        """Offer within a cell to hold the signal at a pixel."""
        self.valves.offer(menu, self, at)

    def _on_unit(self, unit: int) -> None:
        self.session.pick_unit(unit, add=adding_to_selection())

    def data(self, view: View) -> Mapping[str, NDArray[Any]]:
        """Return the states that the nodes show, [S, H] each, and the outputs, [S, O]; NaN where not reached.

        Within a cell, what each part of its diagram gives at the cursor, [units].
        """
        trace, cell = view.trace, reading.cell_of(view)
        if trace is None:
            return {}
        if cell is not None and self._is_inside(view):
            return step_data(view, cell)
        arrays: dict[str, NDArray[Any]] = {}
        for place in self._unfolded(view).hidden:
            name = output_of(trace, place)
            key = f"{name}.{place.layer + 1}.{place.direction}"
            arrays[key] = trace.values(name, view.published, place.layer, place.direction)
        arrays["output"] = trace.values("output", view.published, NETWORK)
        return arrays


def _fault(view: View) -> str:
    """Why the cell that is picked cannot be drawn, in one sentence; empty where it can."""
    cell = reading.cell_of(view)
    try:
        if cell is not None:
            diagram_of(cell)
    except DiagramError as error:
        return str(error)
    return ""
