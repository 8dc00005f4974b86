"""The cursor of a plot over time."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter

from rnnviz.ui.plots.base.parts import Part


class StepCursor(Part):
    """The step all plots stand on: two lines around it with thin contrasting edges, or one line if narrow.

    It can be dragged along the steps.

    Signals
    -------
    dragged(x)
        The horizontal pixel it is dragged to.
    """

    dragged = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self._band = QRectF()
        self.filled = False
        self.setCursor(Qt.CursorShape.SplitHCursor)

    def stand(self, left: float, right: float, top: float, height: float) -> None:
        """Stand around the pixels from `left` to `right`."""
        self._band = QRectF(left, top, right - left, height)
        self.place(self._band.adjusted(-2 - self.sizes.cursor_line, 0, 2 + self.sizes.cursor_line, 0))

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the edges of the step."""
        band, width = self._band, self.sizes.cursor_line
        if band.width() < 3 * width:
            edges = [round(band.center().x() - width / 2)]
        else:
            edges = [round(band.left() - width / 2), round(band.right() - width / 2)]
            if self.filled:
                tint = QColor(self.theme.cursor)
                tint.setAlphaF(0.07)
                painter.fillRect(band, tint)
        for edge in edges:
            line = QRectF(edge, band.top(), width, band.height())
            halo = QColor(self.theme.halo)
            halo.setAlphaF(0.75)
            painter.fillRect(line.adjusted(-1, 0, 1, 0), halo)
            painter.fillRect(line, QColor(self.theme.cursor))

    def hoverEvent(self, ev: Any) -> None:
        """Say that it can be dragged."""
        if not ev.isExit():
            ev.acceptDrags(Qt.MouseButton.LeftButton)

    def mouseDragEvent(self, ev: Any) -> None:
        """Tell where it is dragged to; with a key held, the drag is for what lies below."""
        if ev.button() == Qt.MouseButton.LeftButton and not ev.modifiers() & Qt.KeyboardModifier.ControlModifier:
            ev.accept()
            self.dragged.emit(float(self.mapFromScene(ev.scenePos()).x()))
        else:
            ev.ignore()
