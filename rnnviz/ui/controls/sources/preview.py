"""A small picture of a sequence of numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnviz.ui.controls.look import Look
from rnnviz.ui.drawing.painting import line_pen
from rnnviz.ui.plaintext import plain_tip
from rnnviz.ui.theme import LIGHT, NORMAL, series_style

_MOST = 400


class Preview(QWidget):
    """The channels of a sequence as small curves on one scale.

    Parameters
    ----------
    parent : QWidget or None
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = Look(LIGHT, NORMAL)
        self._values: NDArray[np.float64] = np.zeros((0, 0))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Preview of the sequence")

    def show_values(self, values: NDArray[np.float64]) -> None:
        """Show values [T, C]; of long sequences the first steps."""
        self._values = values[:_MOST, :8]
        self.setToolTip(plain_tip(f"The first {_MOST} steps" if len(values) > _MOST else ""))
        self.update()

    def set_look(self, look: Look) -> None:
        """Dress the picture in a theme and its sizes."""
        self._look = look
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size that the picture likes best."""
        return QSize(160, 5 * self._look.sizes.text)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the curves."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, area = self._look.theme, QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QColor(theme.border))
        painter.setBrush(QColor(theme.surface))
        painter.drawRoundedRect(area, 4, 4)
        finite = self._values[np.isfinite(self._values)]
        if len(self._values) < 2 or not finite.size:
            return
        low, high = float(finite.min()), float(finite.max())
        inner = area.adjusted(4, 4, -4, -4)
        scale = inner.height() / ((high - low) or 1.0)
        across = np.linspace(inner.left(), inner.right(), len(self._values))
        for channel in range(self._values.shape[1]):
            heights = inner.bottom() - (np.nan_to_num(self._values[:, channel], nan=low) - low) * scale
            points = [QPointF(x, y) for x, y in zip(across.tolist(), heights.tolist(), strict=True)]
            painter.setPen(line_pen(series_style(channel, theme), 1.2))
            painter.drawPolyline(QPolygonF(points))
