"""Taking hold of what a cell's diagram shows: a click that turns a valve, and the menu of a signal."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from rnnviz.ui import reading
from rnnviz.ui.controls.cellview import CellView
from rnnviz.ui.controls.interventions.menus import Grip, add_holds, turn_valve
from rnnviz.ui.session import Session
from rnnviz.ui.view import View


def held_keys() -> Qt.KeyboardModifier:
    """Return which of Ctrl, Shift and their like are held."""
    return QGuiApplication.keyboardModifiers()


class CellValves:
    """What can be done by hand with the signals of the picked layer's cell, for whoever shows it.

    Parameters
    ----------
    session : Session
    shown : CellView
    """

    def __init__(self, session: Session, shown: CellView) -> None:
        self.session, self.shown = session, shown

    def told(self, signal: str) -> str:
        """Return what a click with Ctrl does with a signal; empty for what is no gate."""
        grip = _grip(self.session.view, signal)
        if grip is None or grip.kind != "gate":
            return ""
        return "   Ctrl+click closes, opens and frees it here, Ctrl+Shift+click in all units at all steps"

    def click(self, signal: str) -> None:
        """Show a state in the panel of states; with Ctrl turn a gate, as it is shown or, with Shift too, everywhere."""
        view, cell = self.session.view, reading.cell_of(self.session.view)
        grip = _grip(view, signal)
        keys = held_keys()
        if grip is not None and grip.kind == "gate" and keys & Qt.KeyboardModifier.ControlModifier:
            everywhere = bool(keys & Qt.KeyboardModifier.ShiftModifier)
            turn_valve(self.session, replace(grip, unit=-1, step=-1) if everywhere else grip)
        elif cell is not None and signal in cell.states:
            self.session.set_option("states.state", signal)

    def offer(self, menu: QMenu, panel: QWidget, at: QPoint) -> None:
        """Offer to hold the signal at a pixel of a panel, of the picked unit at the cursor's step."""
        canvas = self.shown.canvas
        inside = canvas.mapFrom(panel, at)
        if not canvas.isVisible() or not canvas.rect().contains(inside):
            return
        grip = _grip(self.session.view, canvas.signal_at(canvas.key_at(QPointF(inside))))
        if grip is not None:
            add_holds(menu, self.session, grip)


def _grip(view: View, signal: str) -> Grip | None:
    fields = view.trace.fields(view.layer, view.direction) if view.trace is not None else ()
    found = next((field for field in fields if field.signal == signal), None)
    return None if found is None else Grip.of(found, view.units[0], view.step)
