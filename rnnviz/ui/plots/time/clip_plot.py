"""Norms per step before and after clipping, with a threshold that is dragged."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter

from rnnviz.ui.drawing.painting import LEFT, font_metrics, write
from rnnviz.ui.plots.base.end_labels import spread
from rnnviz.ui.plots.base.parts import Shows
from rnnviz.ui.plots.time.log_curves import LogCurvesPlot
from rnnviz.ui.theme import SEMIBOLD, ink_on, ui_font

GRIP = 6.0
"""Pixels from the line within which it can be taken."""
MOST_LEVELS = 2
"""Lines beside the threshold."""


@dataclass(frozen=True)
class Level:
    """A line across the plot: a magnitude, as log10, and what it is."""

    log10: float
    text: str


class LevelNames(Shows[tuple[Sequence[tuple[float, str]], tuple[float, str] | None]]):
    """What the lines are, beside their heights; the threshold last, on a ground of its own."""

    nothing = (), None

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the names."""
        names, last = self.content
        places = [*names, *([] if last is None else [last])]
        row = 1.6 * self.sizes.small
        if self.rect.height() < (len(places) + 1) * row:
            places = places[len(names) :]
        heights = spread([y for y, _ in places], row, self.rect.top() + row / 2, self.rect.bottom() - row / 2)
        for index, ((_, text), y) in enumerate(zip(places, heights, strict=True)):
            self._paint_name(painter, text, y, threshold=index == len(places) - 1 and last is not None)

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


class Threshold(pg.InfiniteLine):
    """A line across the plot that can be taken within a few pixels and dragged up and down."""

    def __init__(self) -> None:
        super().__init__(angle=0, movable=True)
        self.setCursor(Qt.CursorShape.SizeVerCursor)

    def boundingRect(self) -> QRectF:
        """Return where the line can be taken."""
        reach = GRIP * (self.pixelHeight() or 0.0)
        return QRectF(super().boundingRect()).adjusted(0, -reach, 0, reach)

    def mouseClickEvent(self, ev: Any) -> None:
        """Keep clicks on the line from what lies below it."""
        if ev.button() == Qt.MouseButton.LeftButton:
            ev.accept()
        else:
            super().mouseClickEvent(ev)


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
        self._known: tuple[Level, ...] = ()
        self._threshold: Level | None = None
        # Above cover and cursor, where what is added to a plot does not lie: totals belong to no step.
        self._raised = pg.ItemGroup(self.box)
        self._raised.setZValue(55.0)
        self.box.sigTransformChanged.connect(self._on_transform)
        self.threshold_line, self.level_lines = Threshold(), [pg.InfiniteLine(angle=0) for _ in range(MOST_LEVELS)]
        for line in (*self.level_lines, self.threshold_line):
            self.plot.addItem(line, ignoreBounds=True)
            line.setParentItem(self._raised)
            line.hide()
        self.threshold_line.sigDragged.connect(self._on_line_dragged)
        self.threshold_line.sigPositionChangeFinished.connect(self.dropped)
        self._names = LevelNames()
        self.add_over_data(self._names, 56)

    def set_levels(self, levels: tuple[Level, ...], threshold: Level | None) -> None:
        """Show up to `MOST_LEVELS` totals, and the threshold."""
        self._known, self._threshold = levels[:MOST_LEVELS], threshold
        self._place_levels()

    @property
    def threshold_height(self) -> float | None:
        """Where the threshold lies, in pixels."""
        return None if self._threshold is None else self.y_of(self.threshold_line.value())

    def theme_changed(self) -> None:
        """Draw the lines in other colours."""
        super().theme_changed()
        accent, line = self.theme.accent, self.sizes.line
        self.threshold_line.setPen(accent, width=1.3 * line)
        self.threshold_line.setHoverPen(accent, width=2.0 * line)
        for level in self.level_lines:
            level.setPen(self.theme.muted, width=1.0, dash=[6.0, 4.0])

    def layout_changed(self) -> None:
        """Place the lines too."""
        super().layout_changed()
        self._names.place(self.data_rect)
        self._place_levels()

    def _on_transform(self) -> None:
        self._raised.setTransform(self.box.childGroup.transform())

    def _place_levels(self) -> None:
        """Lay the lines where they belong, or at the end of the scale that they are beyond."""
        finite = [level for level in self._known if math.isfinite(level.log10)]
        for line, level in (*zip_longest(self.level_lines, finite), (self.threshold_line, self._threshold)):
            line.setVisible(level is not None)
            if level is not None:
                line.setBounds(self.value_range)
                line.setValue(level.log10)
        names = [(self.y_of(line.value()), level.text) for line, level in zip(self.level_lines, finite, strict=False)]
        height = self.threshold_height
        self._names.give((names, None if height is None or self._threshold is None else (height, self._threshold.text)))

    def _on_line_dragged(self) -> None:
        self.dragged.emit(self.threshold_line.value())
