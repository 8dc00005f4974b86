"""Norms per step before and after clipping, with a threshold that is dragged."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen

from rnnviz.ui.drawing.painting import LEFT, font_metrics, write
from rnnviz.ui.plots.base.end_labels import spread
from rnnviz.ui.plots.base.parts import Part
from rnnviz.ui.plots.time.log_curves import LogCurvesPlot
from rnnviz.ui.theme import SEMIBOLD, ink_on, ui_font

GRIP = 6.0
"""Pixels from the line within which it can be taken."""


@dataclass(frozen=True)
class Level:
    """A line across the plot: a magnitude, as log10, and what it is."""

    log10: float
    text: str


class Levels(Part):
    """Quiet lines with names, and the threshold as a line with a handle."""

    def __init__(self) -> None:
        super().__init__()
        self._levels: list[tuple[float, str]] = []
        self._threshold: tuple[float, str] | None = None
        self.lit = False

    def lie(self, levels: list[tuple[float, str]], threshold: tuple[float, str] | None) -> None:
        """Lie at heights in pixels."""
        if (levels, threshold) != (self._levels, self._threshold):
            self._levels, self._threshold = levels, threshold
            self.update()

    def light(self, lit: bool) -> None:
        """Show that the threshold can be taken."""
        if lit != self.lit:
            self.lit = lit
            self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint lines and names."""
        left, right, size = self.rect.left(), self.rect.right(), self.sizes.small
        pen = QPen(QColor(self.theme.muted), 1.0)
        pen.setDashPattern([6.0, 4.0])
        painter.setPen(pen)
        for y, _ in self._levels:
            painter.drawLine(QLineF(left, round(y) + 0.5, right, round(y) + 0.5))
        if self._threshold is not None:
            y = self._threshold[0]
            painter.setPen(QPen(QColor(self.theme.accent), self.sizes.line * (2.0 if self.lit else 1.3)))
            painter.drawLine(QLineF(left, y, right, y))
        places = [*self._levels, *([] if self._threshold is None else [self._threshold])]
        row = 1.6 * size
        if self.rect.height() < (len(places) + 1) * row:
            places = places[len(self._levels) :]
        heights = spread([y for y, _ in places], row, self.rect.top() + row / 2, self.rect.bottom() - row / 2)
        for index, ((_, text), y) in enumerate(zip(places, heights, strict=True)):
            self._paint_name(painter, text, y, threshold=index == len(places) - 1 and self._threshold is not None)

    def _paint_name(self, painter: QPainter, text: str, y: float, *, threshold: bool) -> None:
        size = self.sizes.small
        font = ui_font(size, SEMIBOLD) if threshold else ui_font(size)
        width = font_metrics(font).horizontalAdvance(text) + size
        if width > 0.6 * self.rect.width():
            text = text.rsplit(" ", 1)[-1]  # the number alone
            width = font_metrics(font).horizontalAdvance(text) + size
        box = QRectF(self.rect.left() + self.sizes.padding, y - 0.75 * size, width, 1.5 * size)
        ground = self.theme.accent if threshold else self.theme.surface
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(ground))
        painter.drawRoundedRect(box, 4, 4)
        ink = ink_on(ground, self.theme) if threshold else self.theme.muted
        write(painter, box.adjusted(size / 2, 0, 0, 0), LEFT, text, font, ink)


class ClipPlot(LogCurvesPlot):
    """Curves of log10 of norms; the threshold is a line that is dragged up and down.

    Signals
    -------
    dragged(log10)
        The threshold under the mouse.
    dropped()
        The mouse has let go of it.
    """

    dragged = Signal(float)
    dropped = Signal()

    def build(self) -> None:
        """Add the lines."""
        super().build()
        self._levels = Levels()
        self._known: tuple[Level, ...] = ()
        self._threshold: Level | None = None
        self._taken = False
        self.add_over_data(self._levels, 55)  # above cover and cursor: totals belong to no step

    def set_levels(self, levels: tuple[Level, ...], threshold: Level | None) -> None:
        """Show totals and the threshold."""
        if (levels, threshold) != (self._known, self._threshold):
            self._known, self._threshold = levels, threshold
            self._place_levels()

    @property
    def threshold_height(self) -> float | None:
        """Where the threshold lies, in pixels."""
        return None if self._threshold is None else self._within(self._threshold.log10)

    def layout_changed(self) -> None:
        """Place the lines too."""
        super().layout_changed()
        self._levels.place(self.data_rect)
        self._place_levels()

    def _within(self, log10: float) -> float:
        rect = self.scale_rect
        return min(max(self.y_of(log10), rect.top()), rect.bottom())

    def _place_levels(self) -> None:
        finite = [(self._within(level.log10), level.text) for level in self._known if math.isfinite(level.log10)]
        height = self.threshold_height
        own = None if height is None or self._threshold is None else (height, self._threshold.text)
        self._levels.lie(finite, own)

    # the mouse

    def _at_threshold(self, event: QMouseEvent) -> bool:
        height, place = self.threshold_height, event.position()
        return height is not None and abs(place.y() - height) <= GRIP and self.data_rect.contains(place)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the threshold, or go to a step."""
        if event.button() == Qt.MouseButton.LeftButton and self._at_threshold(event):
            self._taken = True
            event.accept()
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the threshold, or point at a step."""
        over = self._taken or (self._at_threshold(event) and not event.buttons())
        self._levels.light(over)
        self.setCursor(Qt.CursorShape.SizeVerCursor if over else Qt.CursorShape.ArrowCursor)
        if self._taken:
            self.dragged.emit(min(max(self.value_at(event.position().y()), self._low), self._high))
        else:
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go of the threshold."""
        if self._taken:
            self._taken = False
            self.dropped.emit()
        else:
            super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show all steps, unless the threshold was meant."""
        if not self._at_threshold(event):
            super().mouseDoubleClickEvent(event)
