"""The widget of the network: it unfolds and folds, zooms and moves, and tells which node is under the mouse."""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QPointF, QRectF, QSize, Qt, QVariantAnimation, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QStyle

from rnnviz.ui.drawing.canvas import Canvas
from rnnviz.ui.networkdiagram.contents import Contents, Reader
from rnnviz.ui.networkdiagram.geometry import Picture
from rnnviz.ui.networkdiagram.graph import Node, Unfolded
from rnnviz.ui.networkdiagram.layout import fold, unfold
from rnnviz.ui.networkdiagram.legend import Legend, legend_height
from rnnviz.ui.networkdiagram.morph import between
from rnnviz.ui.networkdiagram.paint import NetworkPainter
from rnnviz.ui.networkdiagram.strips import StripImages
from rnnviz.ui.view import View

MORPH = 300
"""Milliseconds from folded to unfolded."""
_MOST_ZOOM = 6.0
_ENTERED = 0.6
"""Share of the widget from which on a state is entered when the wheel goes on inwards."""


class NetworkCanvas(Canvas):
    """The network at the cursor, folded or unfolded.

    The wheel zooms about the mouse, and goes on into a state that has become large. Dragging moves, and goes along the
    steps where some are left out. A double click beside the nodes shows the whole again.

    Signals
    -------
    hovered(node)
        The `Node` under the mouse; None for none.
    clicked(node), entered(node)
        A click on a node, and a double click; the wheel enters as well.
    """

    hovered = Signal(object)
    clicked = Signal(object)
    entered = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.network: Unfolded | None = None
        self.view: View | None = None
        self.over: Node | None = None
        self._reader = Reader()
        self._strips = StripImages()
        self._share, self._unfolded = 1.0, True
        self._zoom, self._moved = 1.0, QPointF()
        self._along = 0.0
        self._dragged: QPointF | None = None
        self._pictures: tuple[tuple[object, ...], Picture] | None = None
        self._whole: tuple[tuple[object, ...], Picture] | None = None
        self.setAccessibleName("Diagram of the network")
        self._motion = QVariantAnimation(self)
        self._motion.setEasingCurve(QEasingCurve.Type.InOutCubic)
        self._motion.valueChanged.connect(self._on_motion)

    # what is shown

    def show_network(self, network: Unfolded | None, view: View, unfolded: bool) -> None:
        """Show a network at a view's cursor; a change between folded and unfolded is seen as a motion."""
        first = self.network is None
        if network is not self.network:
            self.pointed_at(None)
            self.fit()
        if self.view is not None and view.step != self.view.step:
            self._along = 0.0
        self.network, self.view = network, view
        if unfolded != self._unfolded:
            self._unfolded = unfolded
            self._start_motion(still=first)
        self.update()

    def _start_motion(self, still: bool) -> None:
        goal = 1.0 if self._unfolded else 0.0
        self._motion.stop()
        self.fit()
        animated = self.style().styleHint(QStyle.StyleHint.SH_Widget_Animate, None, self)
        if still or not animated or not self.isVisible():
            self._share = goal
            return
        self._motion.setStartValue(self._share)
        self._motion.setEndValue(goal)
        self._motion.setDuration(MORPH)
        self._motion.start()

    def _on_motion(self, value: float) -> None:
        self._share = float(value)
        self.update()

    @property
    def picture(self) -> Picture | None:
        """The network as it stands when nothing moves, in pixels before zooming and moving are added."""
        if self.network is None or self.view is None:
            return None
        return self._laid_out(self._unfolded)

    def _laid_out(self, unfolded: bool) -> Picture:
        assert self.network is not None
        assert self.view is not None
        step = max(0, self.view.step)
        focus = max(0, min(self.network.steps - 1, step + round(self._along)))
        high = self.height() - legend_height(self.height(), self.sizes)
        layer = self.view.layer
        place = (self.width(), high, self.sizes.small, self._zoom, layer)
        key = (self.network, focus if unfolded else step, unfolded, *place)
        if unfolded and self._whole is not None and self._whole[0] == (self.network, *place):
            return self._whole[1]
        if self._pictures is None or self._pictures[0] != key:
            room = (self.width() * self._zoom, high * self._zoom, self.sizes.small * self._zoom)
            found = unfold(self.network, *room, focus, layer) if unfolded else fold(self.network, *room, step, layer)
            self._pictures = key, found
            if unfolded and not found.dots:
                self._whole = (self.network, *place), found
        return self._pictures[1]

    @property
    def contents(self) -> Contents:
        """What the nodes and links of the picture show."""
        picture = self.picture
        return self._contents(picture) if picture is not None else Contents()

    def _contents(self, picture: Picture) -> Contents:
        assert self.view is not None
        assert self.network is not None
        return self._reader.read(self.view, self.network, picture)

    def fit(self) -> None:
        """Show the whole, about the cursor."""
        self._zoom, self._moved, self._along = 1.0, QPointF(), 0.0
        self.update()

    def node_at(self, place: QPointF) -> Node | None:
        """Return the node at a pixel of the widget."""
        picture = self.picture
        if picture is None:
            return None
        x, y = place.x() - self._moved.x(), place.y() - self._moved.y()
        for node, frame in picture.nodes.items():
            if frame.left <= x <= frame.right and frame.top <= y <= frame.bottom:
                return node
        return None

    def place_of(self, node: Node) -> QRectF | None:
        """Return where a node is seen; None where it is not."""
        frame = self.picture.nodes.get(node) if self.picture is not None else None
        if frame is None:
            return None
        seen = QRectF(frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top)
        seen.translate(self._moved)
        return seen if seen.intersects(QRectF(self.rect())) else None

    def sizeHint(self) -> QSize:
        """Return a calm size."""
        return QSize(900, 380)

    def minimumSizeHint(self) -> QSize:
        """Return the size below which nothing is seen."""
        return QSize(6 * self.sizes.small, 3 * self.sizes.small)

    def paint(self, painter: QPainter) -> None:
        """Paint the network."""
        if self.network is None or self.view is None:
            return
        painter.setClipRect(self.rect())
        painter.translate(self._moved.toPoint())
        if 0.0 < self._share < 1.0:
            self._paint_motion(painter)
            return
        picture = self._laid_out(self._unfolded)
        place = picture.unit, self.size(), self._zoom, picture.skipped
        self._strips.stand_in(self.view.trace, self.network, self.view.backward, self.theme, *place)
        contents = self._contents(picture)
        NetworkPainter(painter, picture, contents, self.theme).paint(self.over, self.view.step, self._strips)
        painter.translate(-self._moved.toPoint())
        self._paint_legend(painter, contents, picture.unit)

    def _paint_legend(self, painter: QPainter, contents: Contents, unit: float) -> None:
        high = legend_height(self.height(), self.sizes)
        if high and self.view is not None:
            rect = QRectF(0, self.height() - high, self.width(), high)
            if self._zoom > 1.0:
                painter.fillRect(rect, QColor(self.theme.surface))
            Legend(painter, rect, self.theme, self.sizes).draw(contents, unit / self._zoom, backward=self.view.backward)

    def _paint_motion(self, painter: QPainter) -> None:
        folded, unfolded = self._laid_out(False), self._laid_out(True)
        painter.setOpacity(1 - self._share)
        NetworkPainter(painter, folded, self._contents(folded), self.theme).paint()
        painter.setOpacity(self._share)
        moving = between(folded, unfolded, self._share)
        contents = self._contents(moving)
        NetworkPainter(painter, moving, contents, self.theme).paint()
        painter.setOpacity(1)
        self._paint_legend(painter, contents, moving.unit)

    # the mouse

    def pointed_at(self, place: QPointF | None) -> None:
        """Tell of what is under the mouse."""
        node = None if place is None else self.node_at(place)
        if node != self.over:
            self.over = node
            self.hovered.emit(node)
            self.update()

    def clicked_at(self, place: QPointF) -> None:
        """Tell of a click on a node."""
        if (node := self.node_at(place)) is not None:
            self.clicked.emit(node)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click or a move."""
        super().mousePressEvent(event)
        self._dragged = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the picture, or point at something."""
        if self._dragged is None or not event.buttons():
            super().mouseMoveEvent(event)
            return
        by = event.position() - self._dragged
        self._dragged = event.position()
        picture = self.picture
        if self._zoom == 1.0 and picture is not None and picture.dots:
            pitch = picture.dots[0].right - picture.dots[0].left
            self._go_along(-by.x() / max(1.0, pitch))
        else:
            self._moved += by
        self.update()

    def _go_along(self, steps: float) -> None:
        """Show other steps than those about the cursor, which stays where it is."""
        if self.network is not None and self.view is not None:
            step = max(0, self.view.step)
            self._along = max(-step, min(self.network.steps - 1 - step, self._along + steps))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a click or a move."""
        self._dragged = None
        super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Enter a node, or show the whole again beside them."""
        self._pressed = None
        node = self.node_at(event.position())
        if node is None:
            self.fit()
        elif event.button() == Qt.MouseButton.LeftButton:
            self.entered.emit(node)
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the mouse."""
        turned = event.angleDelta().y()
        if self.network is None or not turned:
            event.ignore()
            return
        before = self._zoom
        if turned > 0 and (node := self._large_at(event.position())) is not None:
            self.entered.emit(node)
            event.accept()
            return
        self._zoom = min(_MOST_ZOOM, max(1.0, before * 1.0015**turned))
        if self._zoom == 1.0:
            self._moved = QPointF()
        else:
            place = event.position()
            self._moved = place - (place - self._moved) * (self._zoom / before)
        self.update()
        event.accept()

    def _large_at(self, place: QPointF) -> Node | None:
        """The state at a pixel, if nothing more is seen by coming nearer."""
        node = self.node_at(place)
        seen = self.place_of(node) if node is not None and node.place.kind == "h" else None
        if seen is None:
            return None
        share = max(seen.width() / max(1, self.width()), seen.height() / max(1, self.height()))
        return node if share >= _ENTERED or self._zoom >= _MOST_ZOOM else None
