"""The axis below a plot over any quantity: round ticks, a title below them or a name at their right end."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from rnnviz.ui.drawing.painting import CENTRE, RIGHT, font_metrics, write
from rnnviz.ui.drawing.ticks import Tick
from rnnviz.ui.plots.base.axes import QuietAxis
from rnnviz.ui.theme import ui_font


class XAxis(QuietAxis):
    """Ticks that the plot chooses for the width at hand.

    Parameters
    ----------
    marks : bool
        Whether the axis has a line, and a short one at each tick.
    """

    def __init__(self, *, marks: bool = True) -> None:
        self.shown: tuple[tuple[float, Tick], ...] = ()
        self.marks = marks
        self.title = self.name = ""
        self.weight = QFont.Weight.Normal
        self.beside = (0.0, 0.0)
        super().__init__("bottom")
        self.has_grid = True

    def show_ticks(self, ticks: Sequence[tuple[float, Tick]], beside: tuple[float, float]) -> None:
        """Show ticks, each with its pixel from the left end of the axis; `beside` is the room left and right of it."""
        if (tuple(ticks), beside) != (self.shown, self.beside):
            self.prepareGeometryChange()
            self.shown, self.beside = tuple(ticks), beside
            self.setTicks([[(tick.value, tick.text) for _, tick in ticks]])
            self.update()

    def call(self, title: str, name: str = "") -> None:
        """Write a title below the ticks, and a name at their right end; numbers that would meet it are left out."""
        if (title, name) != (self.title, self.name):
            self.title, self.name = title, name
            self.update()

    def boundingRect(self) -> QRectF:
        """Return the area of the axis, and what is beside it for the numbers of ticks at its ends."""
        return QRectF(self.rect()).adjusted(-self.beside[0], -1, self.beside[1], 0)

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Draw line, ticks and words."""
        sizes, rect, font = self.sizes, self.rect(), ui_font(self.sizes.small)
        top = sizes.tick if self.marks else 1
        if self.marks:
            painter.setPen(QPen(QColor(self.theme.border), 1.0))
            painter.drawLine(QLineF(0, 0.5, rect.width(), 0.5))
            painter.drawLines([QLineF(round(x) + 0.5, 0, round(x) + 0.5, sizes.tick) for x, _ in self.shown])
        end = rect.width() + self.beside[1]
        if self.name:
            name_font = ui_font(sizes.small, self.weight)
            wide = font_metrics(name_font).horizontalAdvance(self.name)
            write(
                painter,
                QRectF(rect.width() - wide - 2, top, wide + 2, 1.5 * sizes.small),
                RIGHT,
                self.name,
                name_font,
                self.theme.muted,
            )
            end = rect.width() - wide - sizes.small / 2
        for x, tick in self.shown:
            half = font_metrics(font).horizontalAdvance(tick.text) / 2 + 2
            middle = min(max(x, half - self.beside[0]), rect.width() + self.beside[1] - half)
            if middle + half <= end:
                write(
                    painter,
                    QRectF(middle - half, top, 2 * half, 1.4 * sizes.small),
                    CENTRE,
                    tick.text,
                    font,
                    self.theme.muted,
                )
        if self.title:
            row = QRectF(0, rect.height() - 1.6 * sizes.small, rect.width(), 1.5 * sizes.small)
            write(painter, row, CENTRE, self.title, font, self.theme.text)
