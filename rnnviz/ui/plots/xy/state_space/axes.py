"""The axes of a space of states: ticks where it is seen from the front, a box where it is seen from the side."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress, product

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from rnnviz.ui.drawing.painting import CENTRE, font_metrics, write
from rnnviz.ui.drawing.ticks import Tick, round_ticks
from rnnviz.ui.plots.base.parts import Shows
from rnnviz.ui.plots.base.polylines import Floats
from rnnviz.ui.theme import MEDIUM, ui_font

_MORE = 4
"""How many more ticks than wished for there may be."""


def few_ticks(low: float, high: float, most: int) -> list[Tick]:
    """Return round ticks: rather a few more than the ends, whose numbers are long."""
    found: list[Tick] = []
    for count in range(most, most + _MORE):
        found = round_ticks(low, high, count)
        if found and found[0].value != low:
            break
    return found


def edges_of(low: Floats, high: Floats) -> tuple[Floats, list[bool]]:
    """Return both ends of the twelve edges of a box, [12, 2, 3], and which of them meet in its first corner."""
    ends, edges, named = np.stack([low, high]), [], []
    for axis in range(3):
        for others in product((0, 1), repeat=2):
            first = ends[np.insert(np.array(others), axis, 0), range(3)]
            last = first.copy()
            last[axis] = high[axis]
            edges.append((first, last))
            named.append(not any(others))
    return np.array(edges), named


class BoxEdges(Shows[tuple[Sequence[QLineF], Sequence[bool], Sequence[str]]]):
    """The edges of the box, of which the three that meet in its first corner are named at their ends, if at all."""

    nothing = (), (), ()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint edges and names."""
        edges, named, names = self.content
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for edge, axis in zip(edges, named, strict=True):
            painter.setPen(QPen(QColor(self.theme.muted if axis else self.theme.grid), 1.3 if axis else 1.0))
            painter.drawLine(edge)
        for edge, name in zip(compress(edges, named), names, strict=False):
            self._draw_name(painter, edge.p2(), name)

    def _draw_name(self, painter: QPainter, at: QPointF, name: str) -> None:
        font, small, area = ui_font(self.sizes.small, MEDIUM), self.sizes.small, self.rect
        wide = font_metrics(font).horizontalAdvance(name) + 4
        left = min(max(2.0, at.x() - wide / 2), area.right() - wide)
        top = at.y() - 1.6 * small if at.y() < area.center().y() else at.y() + 2
        box = QRectF(left, min(max(0.0, top), area.bottom() - 1.5 * small), wide, 1.5 * small)
        painter.fillRect(box, QColor(self.theme.surface))
        write(painter, box, CENTRE, name, font, self.theme.muted)
