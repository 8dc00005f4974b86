"""A switch between on and off that is seen from far away."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from rnnviz.ui.controls.look import Look
from rnnviz.ui.theme import LIGHT, NORMAL


class Switch(QAbstractButton):
    """On or off.

    Parameters
    ----------
    name : str
        What is switched, for screen readers.
    parent : QWidget or None
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = Look(LIGHT, NORMAL)
        self.setCheckable(True)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves Space to the transport
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_look(self, look: Look) -> None:
        """Dress the switch in a theme and its sizes."""
        self._look = look
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return a size that goes with the type beside it."""
        height = round(1.45 * self._look.sizes.small)
        return QSize(round(1.8 * height), height)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rail with the knob at its end."""
        theme, on = self._look.theme, self.isChecked()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rail = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        radius = rail.height() / 2
        painter.setPen(QPen(QColor(theme.text if self.hasFocus() else theme.accent if on else theme.muted), 1.5))
        painter.setBrush(QColor(theme.accent if on else theme.field))
        painter.drawRoundedRect(rail, radius, radius)
        x = rail.right() - radius if on else rail.left() + radius
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.on_accent if on else theme.muted))
        painter.drawEllipse(QPointF(x, rail.center().y()), radius - 2.5, radius - 2.5)
        painter.end()
