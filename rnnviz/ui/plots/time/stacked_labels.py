"""Names of the bands of a stacked plot in its right margin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter

from rnnviz.ui.drawing.painting import LEFT, RIGHT, draw_symbol, font_metrics, write, write_on
from rnnviz.ui.plots.base.end_labels import spread
from rnnviz.ui.plots.base.parts import Shows
from rnnviz.ui.theme import MEDIUM, SEMIBOLD, SignalStyle, ui_font

LEAST_SHARE = 0.02
"""Of the bar; bands that are thinner are counted, not named."""


@dataclass(frozen=True)
class BandLabel:
    """A band's name, its value in words, its colour, the height of its middle in pixels, its share of the bar.

    The label of the line over the bars has a round mark and goes before all others.
    """

    name: str
    value: str
    colour: str
    y: float
    share: float
    of_line: bool = False


class BandLabels(Shows[Sequence[BandLabel]]):
    """A swatch, a name and, where there is room, a value per band, in the order of the bar at the cursor.

    Those are named that fit, the largest first, and the others counted.
    """

    nothing = ()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the labels."""
        line = self.sizes.small * 1.35
        room = max(1, int(self.rect.height() / line))
        shown = [label for label in self.content if label.of_line or label.share >= LEAST_SHARE]
        labels = sorted(shown, key=lambda label: (not label.of_line, -label.share))
        top, bottom = self.rect.top() + line / 2, self.rect.bottom() - line / 2
        if len(labels) > room or len(labels) < len(self.content):
            labels = labels[: room - 1]
            left_out = f"and {len(self.content) - len(labels)} more"
            place = QRectF(self.rect.left(), bottom - line / 2, self.rect.width(), line)
            bottom -= line
            write(painter, place.adjusted(20, 0, 0, 0), LEFT, left_out, ui_font(self.sizes.small), self.theme.muted)
        heights = spread([label.y for label in labels], line, top, bottom)
        for label, height in zip(labels, heights, strict=True):
            self._paint_label(painter, label, height, line)

    def _paint_label(self, painter: QPainter, label: BandLabel, height: float, line: float) -> None:
        left, size = self.rect.left(), self.sizes.marker
        swatch = QRectF(left + 6, height - size / 2, size, size)
        if label.of_line:
            middle = QPointF(swatch.center())
            draw_symbol(painter, middle, SignalStyle(label.colour, "circle"), size, self.theme.surface)
        else:
            painter.fillRect(swatch, QColor(label.colour))
        place = QRectF(left + 10 + size, height - line / 2, 1, line)
        place.setRight(self.rect.right() - self.sizes.padding / 2)
        font, weight = ui_font(self.sizes.small), SEMIBOLD if label.of_line else MEDIUM
        needed = font_metrics(ui_font(self.sizes.small, weight)).horizontalAdvance(label.name)
        if needed + font_metrics(font).horizontalAdvance(label.value) + 4 <= place.width() or label.of_line:
            width = write_on(painter, place, RIGHT, label.value, font, self.theme.muted)
            place.setRight(place.right() - width - 4)
        write(painter, place, LEFT, label.name, ui_font(self.sizes.small, weight), self.theme.text)
