"""What is written and drawn around the blocks of a matrix: their frames and names, and marks of picked rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from rnnviz.ui.drawing.painting import CENTRE, LEFT, draw_symbol, write, write_on
from rnnviz.ui.plots.base.parts import Shows
from rnnviz.ui.theme import MEDIUM, SEMIBOLD, SignalStyle, ui_font


class Heading(NamedTuple):
    """A name in a rectangle of the widget, in a colour, and what is written quietly behind it."""

    rect: QRectF
    name: str
    colour: str
    behind: str = ""


class Frames(Shows[tuple[Sequence[tuple[QRectF, bool]], Sequence[Heading], Sequence[tuple[QRectF, str]]]]):
    """Frames of blocks, stronger ones where they are chosen; names of those that stand apart; outlines in colours."""

    nothing = (), (), ()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint frames, names and outlines."""
        blocks, headings, picked = self.content
        for rect, chosen in sorted(blocks, key=lambda block: block[1]):
            width = 2.0 if chosen else 1.0
            painter.setPen(QPen(QColor(self.theme.accent if chosen else self.theme.border), width))
            painter.drawRect(rect.adjusted(width / 2, width / 2, -width / 2, -width / 2))
        for rect, name, colour, behind in headings:
            place = QRectF(rect)
            taken = write_on(painter, place, LEFT, name, ui_font(self.sizes.small, SEMIBOLD), colour)
            place.setLeft(place.left() + taken + 5)
            if place.width() > self.sizes.small * 1.5:
                write(painter, place, LEFT, behind, ui_font(self.sizes.small), self.theme.muted)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for rect, colour in picked:
            painter.setPen(QPen(QColor(colour), 1.5))
            painter.drawRect(rect)


class BlockNames(Shows[tuple[Sequence[tuple[QRectF, str, SignalStyle]], Sequence[Heading]]]):
    """The rows of blocks named by gate at the left, each with its symbol, and the columns by operand above."""

    nothing = (), ()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint symbols and names."""
        sizes, (rows, columns) = self.sizes, self.content
        for rect, name, style in rows:
            middle = QPointF(rect.left() + sizes.marker / 2, rect.center().y())
            draw_symbol(painter, middle, style, sizes.marker + 2, self.theme.surface)
            place = rect.adjusted(sizes.marker + sizes.padding / 2, 0, 0, 0)
            write(painter, place, LEFT, name, ui_font(sizes.title, SEMIBOLD), style.colour)
        for heading in columns:
            write(painter, heading.rect, CENTRE, heading.name, ui_font(sizes.small, MEDIUM), heading.colour)
