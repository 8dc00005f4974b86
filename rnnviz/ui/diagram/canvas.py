"""The widget of a diagram: it fits, zooms and moves, and tells which signal is under the mouse."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen, QWheelEvent
from PySide6.QtWidgets import QWidget

from rnnviz.ui.diagram.changes import changed_region
from rnnviz.ui.diagram.flow import Flow, Frame, signal_of
from rnnviz.ui.diagram.geometry import Box, Diagram, Point, Route
from rnnviz.ui.diagram.loops import Loop, bounds_with
from rnnviz.ui.diagram.paint import DiagramPainter
from rnnviz.ui.drawing.canvas import Canvas
from rnnviz.ui.drawing.painting import LEFT, write
from rnnviz.ui.theme import ui_font

_MOST_ZOOM = 12.0
"""How far the wheel enlarges; a diagram that is tiny as a whole, until it is legible."""
_TINY = 2.5
"""Pixels of a unit below which nothing can be told apart."""
_LEAVING = 240
"""Turns of the wheel outwards, in eighths of a degree, that lead out of what is seen whole."""
_NEAR = 0.7
"""Units within which a wire is under the mouse."""
HINT = "The whole is too large to be read here: the wheel enlarges it"
"""What is said below a diagram of which nothing can be told apart."""


class DiagramCanvas(Canvas):
    """A diagram, fitted to the widget.

    The wheel zooms about the mouse, dragging moves, a double click fits. One who goes on outwards where the whole is
    seen already wants to leave.

    Signals
    -------
    hovered(key)
        The node under the mouse, or whose wire is; empty for none.
    clicked(key)
    left()
        A double click beside the nodes, or two turns of the wheel outwards, while the whole is seen.

    Parameters
    ----------
    parent : QWidget or None
    """

    hovered = Signal(str)
    clicked = Signal(str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.diagram: Diagram | None = None
        self.loops: tuple[Loop, ...] = ()
        self._bounds = Box(0, 0, 1, 1)
        self.flow = Flow()
        self.over = ""
        self.held: frozenset[str] = frozenset()
        self._zoom, self._moved = 1.0, QPointF()
        self._outwards = 0
        self._dragged: QPointF | None = None
        self.setAccessibleName("Diagram of the cell")

    def show_diagram(self, diagram: Diagram, loops: tuple[Loop, ...] = ()) -> None:
        """Show another diagram, fitted, with the ways of its states to the next step if they are given."""
        if diagram is not self.diagram or loops != self.loops:
            self.pointed_at(None)
            self.diagram, self.loops = diagram, loops
            self._bounds = bounds_with(diagram, loops)
            self.fit()

    def show_flow(self, flow: Flow) -> None:
        """Show what flows through it; what looks as before is not painted anew."""
        if flow == self.flow:
            return
        old, self.flow = self.flow, flow
        region = None
        if self.diagram is not None:
            region = changed_region(self.diagram, self.loops, self.frame, old, flow)
        if region is None:
            self.update()
        else:
            self.update(region)

    def set_held(self, signals: frozenset[str]) -> None:
        """Frame the nodes of signals that are held by hand."""
        if signals != self.held:
            self.held = signals
            self.update()

    def fit(self) -> None:
        """Show the whole."""
        self._zoom, self._moved = 1.0, QPointF()
        self.update()

    @property
    def frame(self) -> Frame:
        """Where the grid stands in the widget."""
        bounds = self._bounds
        unit = max(0.02, self._fitted * self._zoom)
        middle = QPointF(self.width() / 2, self.height() / 2) + self._moved
        centre = (bounds.left + bounds.right) / 2, (bounds.top + bounds.bottom) / 2
        return Frame(unit, middle.x() - centre[0] * unit, middle.y() - centre[1] * unit)

    @property
    def _fitted(self) -> float:
        """The pixels of a unit with which the whole is seen."""
        wide, high = self._bounds.right - self._bounds.left + 2, self._bounds.bottom - self._bounds.top + 2
        return min(self.width() / wide, self.height() / high)

    def key_at(self, place: QPointF) -> str:
        """Return the node at a pixel, or that whose wire is near; an output stands for its signal."""
        if self.diagram is None:
            return ""
        x, y = self.frame.back(place)
        for placed in self.diagram.placed:
            box = placed.rect
            if box.left <= x <= box.right and box.top <= y <= box.bottom:
                return placed.node.signal if placed.node.kind == "output" else placed.node.key
        best, found = _NEAR, ""
        for key, line in self._lines(self.diagram):
            for a, b in line.segments():
                away = _distance(x, y, a, b)
                if away < best:
                    best, found = away, key
        return found

    def _lines(self, diagram: Diagram) -> Iterator[tuple[str, Route | Loop]]:
        yield from ((route.wire.source, route) for route in diagram.routes)
        yield from ((loop.state, loop) for loop in self.loops)

    def signal_at(self, key: str) -> str:
        """Return the signal that a node carries, which is lit with it; empty where it is none."""
        if self.diagram is None or not key:
            return ""
        return signal_of(self.diagram, key)

    def sizeHint(self) -> QSize:
        """Return a calm size."""
        return QSize(900, 380)

    def minimumSizeHint(self) -> QSize:
        """Return the size below which nothing is seen."""
        return QSize(6 * self.sizes.small, 3 * self.sizes.small)

    def paint(self, painter: QPainter) -> None:
        """Paint the diagram."""
        if self.diagram is not None:
            painter.setClipRect(self.rect())
            DiagramPainter(painter, self.diagram, self.frame, self.theme, self.flow).paint(self.loops)
            self._paint_held(painter, self.diagram)
            if self.over and self.over in self.diagram.by_key:
                halo = QColor(self.theme.accent)
                halo.setAlphaF(0.16)
                rect = self.frame.rect(self.diagram.by_key[self.over].rect).adjusted(-5, -5, 5, 5)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(halo)
                painter.drawRoundedRect(rect, 8, 8)
            if self.frame.unit < _TINY:
                self._paint_hint(painter)

    def _paint_hint(self, painter: QPainter) -> None:
        """Say what helps where nothing of the diagram can be told apart."""
        font, high = ui_font(self.sizes.small), 2.0 * self.sizes.small
        rect = QRectF(self.sizes.padding, self.height() - high, self.width() - 2 * self.sizes.padding, high)
        write(painter, rect, LEFT, HINT, font, self.theme.muted)

    def _paint_held(self, painter: QPainter, diagram: Diagram) -> None:
        """Frame what is held: its number was set, and not computed."""
        for key in self.held & diagram.by_key.keys():
            rect = self.frame.rect(diagram.by_key[key].rect).adjusted(-4, -4, 4, 4)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(self.theme.accent), 2.5, Qt.PenStyle.DashLine))
            painter.drawRoundedRect(rect, 8, 8)

    # the mouse

    def pointed_at(self, place: QPointF | None) -> None:
        """Tell of what is under the mouse."""
        key = "" if place is None else self.key_at(place)
        if key != self.over:
            self.over = key
            self.hovered.emit(key)
            self.update()

    def clicked_at(self, place: QPointF) -> None:
        """Tell of a click on something."""
        if key := self.key_at(place):
            self.clicked.emit(key)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click or a move."""
        super().mousePressEvent(event)
        self._dragged = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the diagram, or point at something."""
        if self._dragged is not None and event.buttons():
            self._moved += event.position() - self._dragged
            self._dragged = event.position()
            self.update()
        else:
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a click or a move."""
        self._dragged = None
        super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show the whole again, or leave it; on a node it is a second click."""
        if self.key_at(event.position()):
            self.mousePressEvent(event)
            return
        self._pressed = None
        whole = self._zoom == 1.0 and self._moved.isNull()
        self.fit()
        if whole:
            self.left.emit()
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the mouse."""
        turned = event.angleDelta().y()
        if self.diagram is None or not turned:
            event.ignore()
            return
        self._outwards = self._outwards - turned if turned < 0 and self._zoom == 1.0 else 0
        x, y = self.frame.back(event.position())
        most = max(_MOST_ZOOM, self.sizes.small / max(1e-3, self._fitted))
        self._zoom = min(most, max(1.0, self._zoom * 1.0015**turned))
        if self._zoom == 1.0:
            self._moved = QPointF()
        else:
            self._moved += event.position() - self.frame.at(x, y)
        self.update()
        if self._outwards >= _LEAVING:
            self._outwards = 0
            self.left.emit()
        event.accept()


def _distance(x: float, y: float, a: Point, b: Point) -> float:
    """How far a point of the grid is from a straight piece along an axis, by its larger coordinate."""
    across = max(min(a.x, b.x) - x, x - max(a.x, b.x), 0.0)
    down = max(min(a.y, b.y) - y, y - max(a.y, b.y), 0.0)
    return max(across, down)
