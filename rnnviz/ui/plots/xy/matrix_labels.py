"""What is written and drawn around the blocks of a matrix: their frames and names, and marks of picked rows."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from rnnviz.ui.drawing.painting import CENTRE, LEFT, draw_symbol, write, write_on
from rnnviz.ui.plots.base.parts import Part
from rnnviz.ui.theme import MEDIUM, SEMIBOLD, SignalStyle, ui_font


class Heading(NamedTuple):
    """A name in a rectangle of the widget, in a colour, and what is written quietly behind it."""

    rect: QRectF
    name: str
    colour: str
    behind: str = ""


class Frames(Part):
    """Frames of blocks, their names where they stand apart, and outlines of picked rows."""

    def __init__(self) -> None:
        super().__init__()
        self._drawn: tuple[list[tuple[QRectF, bool]], list[Heading], list[tuple[QRectF, str]]] = ([], [], [])

    def frame(
        self, blocks: list[tuple[QRectF, bool]], headings: list[Heading], picked: list[tuple[QRectF, str]]
    ) -> None:
        """Frame blocks, those that are chosen more strongly; write names; outline rows in colours."""
        if (blocks, headings, picked) != self._drawn:
            self._drawn = blocks, headings, picked
            self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint frames, names and outlines."""
        blocks, headings, picked = self._drawn
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


class BlockNames(Part):
    """The rows of blocks named by gate at the left, the columns by operand above."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[tuple[QRectF, str, SignalStyle]] = []
        self._columns: list[Heading] = []

    def name(self, rows: list[tuple[QRectF, str, SignalStyle]], columns: list[Heading]) -> None:
        """Write names with symbols into rectangles at the left, and names into rectangles above."""
        if (rows, columns) != (self._rows, self._columns):
            self._rows, self._columns = rows, columns
            self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint symbols and names."""
        sizes = self.sizes
        for rect, name, style in self._rows:
            middle = QPointF(rect.left() + sizes.marker / 2, rect.center().y())
            draw_symbol(painter, middle, style, sizes.marker + 2, self.theme.surface)
            place = rect.adjusted(sizes.marker + sizes.padding / 2, 0, 0, 0)
            write(painter, place, LEFT, name, ui_font(sizes.title, SEMIBOLD), style.colour)
        for heading in self._columns:
            write(painter, heading.rect, CENTRE, heading.name, ui_font(sizes.small, MEDIUM), heading.colour)
