"""What moves over a space of states: the cursor with its name, and rings about the fixed points that are marked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from rnnviz.ui.drawing.painting import LEFT, RIGHT, font_metrics, write
from rnnviz.ui.plots.base.parts import Part, Shows
from rnnviz.ui.theme import SEMIBOLD, ui_font


class SpaceCursor(Part):
    """A ring about the state of the cursor's step, with its name beside it."""

    def __init__(self) -> None:
        super().__init__()
        self._at, self._name, self._rightwards = QPointF(), "", True
        self.hide()

    def stand(self, at: QPointF | None, name: str, area: QRectF) -> None:
        """Stand about a pixel, or nowhere; the name stands at the side where the area has room for it."""
        self.setVisible(at is not None)
        if at is None:
            return
        self._at, self._name = at, name
        radius, wide, half = 0.95 * self.sizes.marker, self._wide, self._outside
        self._rightwards = at.x() + radius + 6 + wide < area.right()
        left, right = (half, radius + 5 + wide) if self._rightwards else (radius + 5 + wide, half)
        self.place(QRectF(at.x() - left, at.y() - half, left + right, 2 * half))
        self.update()

    @property
    def _wide(self) -> float:
        return font_metrics(ui_font(self.sizes.small, SEMIBOLD)).horizontalAdvance(self._name) + 6

    @property
    def _outside(self) -> float:
        """From the centre to where nothing is painted any more."""
        return max(0.95 * self.sizes.marker + 3 + self.sizes.cursor_line, 0.9 * self.sizes.small)

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint ring and name."""
        at, radius, small = self._at, 0.95 * self.sizes.marker, self.sizes.small
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self.theme.halo), 3.0 + self.sizes.cursor_line))
        painter.drawEllipse(at, radius, radius)
        painter.setPen(QPen(QColor(self.theme.cursor), self.sizes.cursor_line + 0.5))
        painter.drawEllipse(at, radius, radius)
        if not self._name:
            return
        left = at.x() + radius + 5 if self._rightwards else at.x() - radius - 5 - self._wide
        box = QRectF(left, at.y() - 0.8 * small, self._wide, 1.6 * small)
        ground = QColor(self.theme.surface)
        ground.setAlphaF(0.8)
        painter.fillRect(box, ground)
        flags = LEFT if self._rightwards else RIGHT
        write(painter, box, flags, self._name, ui_font(small, SEMIBOLD), self.theme.cursor)


class Rings(Shows[Sequence[QPointF]]):
    """Rings about fixed points."""

    nothing = ()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the rings."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self.theme.cursor), 2.0))
        for at in self.content:
            painter.drawEllipse(at, 1.25 * self.sizes.marker, 1.25 * self.sizes.marker)
