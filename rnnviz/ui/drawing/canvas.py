"""The base of plots that are not over time: one picture in a theme, painted without ever raising."""

from __future__ import annotations

import logging

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnviz.ui.theme import LIGHT, NORMAL, Metrics, Theme

logger = logging.getLogger(__name__)

_CLICK = 4
"""Pixels that the mouse may move while a click remains one."""


class Canvas(QWidget):
    """A widget that paints one picture, in the theme and the sizes it is given.

    Parameters
    ----------
    parent : QWidget or None
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme: Theme = LIGHT
        self.sizes: Metrics = NORMAL
        self._pressed: QPointF | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_theme(self, theme: Theme, sizes: Metrics) -> None:
        """Take other colours and sizes."""
        self.theme, self.sizes = theme, sizes
        self.update()

    def paint(self, painter: QPainter) -> None:
        """Paint the picture upon the ground, which is there already."""
        raise NotImplementedError

    def clicked_at(self, place: QPointF) -> None:
        """Meet a click."""

    def pointed_at(self, place: QPointF | None) -> None:
        """Tell of what is under the mouse; None for nothing."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint; a failure is logged, since one that left a paint event would end the program."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.surface))
        try:
            self.paint(painter)
        except Exception:
            logger.exception("a plot cannot be drawn")
        finally:
            painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin what may become a click."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a click."""
        pressed, self._pressed = self._pressed, None
        if pressed is not None and (event.position() - pressed).manhattanLength() < _CLICK:
            self.clicked_at(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at something."""
        self.pointed_at(event.position())

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        self.pointed_at(None)
