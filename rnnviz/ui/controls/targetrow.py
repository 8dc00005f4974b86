"""The targets of a sequence, quietly below its tokens."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from rnnviz.ui.drawing.painting import CENTRE, RIGHT, write
from rnnviz.ui.plots import TimeAxis, TimeWidget
from rnnviz.ui.theme import LIGHT, NORMAL, ui_font


class TargetRow(TimeWidget):
    """What is right at each step; shown only while every target in view fits its step.

    Parameters
    ----------
    axis : TimeAxis
    parent : QWidget or None
    """

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(axis, parent)
        self._targets: tuple[str, ...] = ()
        self._widest = 0.0
        self._marked: int | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Targets")
        self.set_theme(LIGHT, NORMAL)

    def set_targets(self, targets: Sequence[str]) -> None:
        """Take the target of each step, [S]; empty where there is none."""
        self._targets = tuple(targets)
        self.theme_changed()
        self.relayout()

    @property
    def fits(self) -> bool:
        """Whether there are targets and room for them."""
        return any(self._targets) and self._widest + 4 <= self.axis.scale(self.width())

    def theme_changed(self) -> None:
        """Measure the targets in the new size."""
        metrics = QFontMetricsF(ui_font(self.sizes.small))
        self._widest = max((metrics.horizontalAdvance(text) for text in set(self._targets)), default=0.0)

    def relayout(self) -> None:
        """Take the height of a line, or none."""
        self.setFixedHeight(round(self.sizes.small * 1.9) if self.fits else 0)
        self.update()

    def cursor_changed(self) -> None:
        """Paint the step that was left, and the new one."""
        for step in (self._marked, self.cursor_step):
            if step is not None:
                self.update(self._place(step).toAlignedRect())
        self._marked = self.cursor_step

    def cover_changed(self) -> None:
        """Paint what is still to be seen."""
        self.update()

    def resizeEvent(self, event: object) -> None:
        """Show the targets where they fit."""
        if self.fits != (self.height() > 0):
            self.relayout()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the targets in view."""
        painter, exposed = QPainter(self), event.region()
        painter.fillRect(event.rect(), QColor(self.theme.surface))
        font = ui_font(self.sizes.small)
        margin = QRectF(0, 0, self.axis.margins[0] - self.sizes.padding, self.height())
        write(painter, margin, RIGHT, "target", font, self.theme.muted)
        first, last = self.axis.view
        for step in range(max(0, math.ceil(first - 0.5)), min(len(self._targets), math.floor(last + 0.5) + 1)):
            place = self._place(step)
            if self._targets[step] and not self.is_hidden(step) and exposed.intersects(place.toAlignedRect()):
                colour = self.theme.text if step == self.cursor_step else self.theme.muted
                write(painter, place, CENTRE, self._targets[step], font, colour)
        painter.end()

    def _place(self, step: int) -> QRectF:
        left, right = self.x_of(step - 0.5), self.x_of(step + 0.5)
        return QRectF(left, 0, right - left, self.sizes.small * 1.8)
