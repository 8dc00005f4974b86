"""The view of a plot: what wheel, drag and click do in it, as in every pyqtgraph program."""

from __future__ import annotations

import math
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPoint, QRectF, Qt, Signal

_LEFT, _MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton


class PlotBox(pg.ViewBox):
    """A view whose values keep their scale unless they may be zoomed.

    The wheel zooms along x about the mouse, with Shift or sideways it moves along x; with Ctrl, or over the axis at the
    left, it zooms the values where their scale may be changed. Dragging moves, a click asks for a place, a double click
    and "View all" show everything.

    Signals
    -------
    clicked(x, y)
        The left button was clicked at a place.
    viewAllAsked()
        Everything is to be shown.
    valuesZoomed()
        The user has changed the scale of the values.
    clicking()
        A click is about to be told.
    takenBack()
        It was the first of a double click, which asks for everything to be shown, and for nothing else.
    menuAsked(place)
        The right button was clicked at a place of the screen.

    Parameters
    ----------
    values_zoom : bool
        Whether the user may change the scale of the values.
    """

    clicking = Signal()
    clicked = Signal(float, float)
    takenBack = Signal()
    viewAllAsked = Signal()
    valuesZoomed = Signal()
    menuAsked = Signal(QPoint)

    def __init__(self, *, values_zoom: bool = True) -> None:
        super().__init__(enableMenu=False, defaultPadding=0)
        self.disableAutoRange()
        self.values_zoomed = False
        self.let_values_zoom(values_zoom)

    def let_values_zoom(self, allowed: bool) -> None:
        """Say whether the user may change the scale of the values."""
        if [True, allowed] != self.mouseEnabled():
            self.setMouseEnabled(x=True, y=allowed)

    def autoRange(self, *_args: Any, **_kwargs: Any) -> None:
        """Show everything: what "View All" of pyqtgraph means here."""
        self.viewAllAsked.emit()

    def showAxRect(self, ax: QRectF, **_kwargs: Any) -> None:
        """Show a rectangle that was drawn with the mouse; along y only where the values may be zoomed."""
        rect, values = ax.normalized(), self.mouseEnabled()[1]
        ends = (rect.top(), rect.bottom()) if values else None
        self.setRange(xRange=(rect.left(), rect.right()), yRange=ends, padding=0)
        self._tell([True, values])

    def wheelEvent(self, ev: Any, axis: int | None = None) -> None:
        """Zoom about the mouse, or move along x."""
        keys = ev.modifiers()
        if axis is None and (keys & Qt.KeyboardModifier.ShiftModifier or ev.orientation() == Qt.Orientation.Horizontal):
            first, last = self.viewRange()[0]
            self._resetTarget()
            self.translateBy(x=-ev.delta() / 120 * (last - first) / 8)
            ev.accept()
            return
        if axis is None:
            axis = 1 if keys & Qt.KeyboardModifier.ControlModifier and self.mouseEnabled()[1] else 0
        super().wheelEvent(ev, axis)
        self._tell([axis == 0, axis == 1 and self.mouseEnabled()[1]])

    def mouseDragEvent(self, ev: Any, axis: int | None = None) -> None:
        """Move what is seen; along y only where the values are zoomed already."""
        plain = ev.button() in (_LEFT, _MIDDLE) and self.state["mouseMode"] == self.PanMode
        if axis is None and plain and not self.values_zoomed:
            axis = 0
        before = self.viewRange()[1]
        super().mouseDragEvent(ev, axis)
        self._tell([False, self.viewRange()[1] != before])

    def mouseClickEvent(self, ev: Any) -> None:
        """Tell of a click; a double one shows everything."""
        if ev.button() == Qt.MouseButton.RightButton:
            ev.accept()
            self.menuAsked.emit(ev.screenPos().toQPoint())
            return
        if ev.button() != _LEFT:
            ev.ignore()
            return
        ev.accept()
        if ev.double():
            self.takenBack.emit()
            self.viewAllAsked.emit()
        else:
            at = self.mapSceneToView(ev.scenePos())
            if math.isfinite(at.x()) and math.isfinite(at.y()):
                self.clicking.emit()
                self.clicked.emit(at.x(), at.y())

    def _tell(self, changed: list[bool]) -> None:
        if changed[1]:
            self.values_zoomed = True
            self.valuesZoomed.emit()
