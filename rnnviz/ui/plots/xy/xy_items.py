"""The parts of a graph: its curves, the axis below, vertical lines, and the names at the ends of the curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from rnnviz.ui.drawing.painting import CENTRE, LEFT, font_metrics, line_pen, stroke, write
from rnnviz.ui.drawing.ticks import Tick
from rnnviz.ui.plots.base.polylines import Floats
from rnnviz.ui.plots.xy.legacy import DirectLabels, Part
from rnnviz.ui.theme import SignalStyle, ui_font
from rnnviz.ui.theme.signals import Dash

Line = tuple[list[QPolygonF], SignalStyle, float]
Dots = tuple[list[QPointF], str]


@dataclass(frozen=True, eq=False)
class GraphCurve:
    """One curve of a graph.

    Parameters
    ----------
    name : str
        Written at the end of the curve; empty for none.
    x, y : ndarray, [n]
        Points, best with x rising. Of a logarithmic graph y are decimal logarithms: -inf is a true zero. Leave out
        points that there are not; a NaN among the y is a gap.
    colour : str
        ``#rrggbb``
    style : {"solid", "dash", "dot", "dashdot"}
    width : float
        As a multiple of the usual width of a curve.
    """

    name: str
    x: Floats
    y: Floats
    colour: str
    style: Dash = "solid"
    width: float = 1.0

    @property
    def line(self) -> SignalStyle:
        """How the curve looks."""
        return SignalStyle(self.colour, "circle", self.style)

    def at(self, x: float) -> float | None:
        """Return y at one of the x; None where the curve has no point."""
        found = np.flatnonzero(self.x == x)
        return float(self.y[found[0]]) if len(found) else None


@dataclass(frozen=True)
class GraphBand:
    """A part of the ground that is shaded: from `low` to `high` along x or along y, beyond the axes where infinite."""

    low: float
    high: float
    colour: str
    name: str = ""
    along: str = "x"


def thinned(x: Floats, y: Floats, width: float) -> tuple[Floats, Floats]:
    """Reduce the points of a line, in pixels, to the extremes of every column where there are many more.

    Parameters
    ----------
    x, y : ndarray, [n]
        NaN among the y stands for a gap.
    width : float
        Of the plot in pixels.
    """
    if len(x) <= 4 * width or not (np.diff(x) >= 0).all():
        return x, y
    starts = np.flatnonzero(np.diff(np.floor(x), prepend=-np.inf))
    least, greatest = np.fmin.reduceat(y, starts), np.fmax.reduceat(y, starts)
    return np.repeat(x[starts], 2), np.column_stack([least, greatest]).ravel()


class GraphLines(Part):
    """The curves, with marks where a value stands on a rail or alone."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[Line] = []
        self._dots: list[Dots] = []
        self._scale = QRectF()

    def show_lines(self, lines: list[Line], dots: list[Dots], scale: QRectF) -> None:
        """Show lines with their style and width within the scale, the first on top, and dots in their colours."""
        self._lines, self._dots, self._scale = lines[::-1], dots[::-1], scale
        self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint lines and dots."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.save()
        painter.setClipRect(self._scale.adjusted(-1, -2, 1, 2), Qt.ClipOperation.IntersectClip)
        for pieces, style, width in self._lines:
            stroke(painter, pieces, style, width * self.sizes.line)
        painter.restore()
        paint_dots(painter, self._dots, self.sizes.marker * 0.35, self.theme.surface)


def paint_dots(painter: QPainter, dots: list[Dots], radius: float, ground: str) -> None:
    """Paint points in their colours, parted from the lines by a thin edge."""
    painter.setPen(QPen(QColor(ground), 1.0))
    for points, colour in dots:
        painter.setBrush(QColor(colour))
        for at in points:
            painter.drawEllipse(at, radius, radius)


class Bands(Part):
    """Shaded parts of the ground with their names in a corner."""

    def __init__(self) -> None:
        super().__init__()
        self._bands: list[tuple[QRectF, str, str]] = []

    def shade(self, bands: list[tuple[QRectF, str, str]]) -> None:
        """Shade rectangles in colours, with names."""
        if bands != self._bands:
            self._bands = bands
            self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint tints and names."""
        font, size = ui_font(self.sizes.small), self.sizes.small
        for rect, colour, name in self._bands:
            tint = QColor(colour)
            tint.setAlphaF(0.14 if self.theme.dark else 0.09)
            painter.fillRect(rect, tint)
            inside = rect.adjusted(self.sizes.padding / 2, 0, -self.sizes.padding / 2, 0)
            wide = font_metrics(font).horizontalAdvance(name) <= inside.width()
            if name and wide and rect.height() > 1.5 * size:
                write(
                    painter, QRectF(inside.left(), inside.top(), inside.width(), 1.5 * size), LEFT, name, font, colour
                )


class Uprights(Part):
    """A vertical line with a dot on every curve that it meets."""

    def __init__(self) -> None:
        super().__init__()
        self._x: float | None = None
        self._dots: list[Dots] = []
        self.strong = False

    def stand(self, x: float | None, dots: list[Dots], area: QRectF) -> None:
        """Stand at a horizontal pixel, or nowhere."""
        if (x, dots) == (self._x, self._dots) and self.rect.height() == area.height():
            return
        self._x, self._dots = x, dots
        around = 1.0 if x is None else self.sizes.marker + self.sizes.cursor_line
        middle = area.left() if x is None else x
        self.place(QRectF(middle - around, area.top(), 2 * around, area.height()))
        self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the line and its dots."""
        if self._x is None:
            return
        if self.strong:
            width = self.sizes.cursor_line
            line = QRectF(round(self._x - width / 2), self.rect.top(), width, self.rect.height())
            halo = QColor(self.theme.halo)
            halo.setAlphaF(0.75)
            painter.fillRect(line.adjusted(-1, 0, 1, 0), halo)
            painter.fillRect(line, QColor(self.theme.cursor))
        else:
            painter.setPen(QPen(QColor(self.theme.muted), 1.0))
            x = round(self._x) + 0.5
            painter.drawLine(QLineF(x, self.rect.top(), x, self.rect.bottom()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_dots(painter, self._dots, self.sizes.marker * 0.5, self.theme.surface)


class GridLines(Part):
    """Quiet upright lines at the ticks of the axis below, and a firm one at zero."""

    def __init__(self) -> None:
        super().__init__()
        self._at: list[float] = []
        self._zero: float | None = None

    def lie(self, at: list[float], zero: float | None) -> None:
        """Stand at horizontal pixels; lie at the height of zero, if that is in view."""
        if (at, zero) != (self._at, self._zero):
            self._at, self._zero = at, zero
            self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the lines."""
        painter.setPen(QPen(QColor(self.theme.grid), 1.0))
        painter.drawLines(
            [QLineF(round(x) + 0.5, self.rect.top(), round(x) + 0.5, self.rect.bottom()) for x in self._at]
        )
        if self._zero is not None:
            painter.setPen(QPen(QColor(self.theme.faint), 1.0))
            y = round(self._zero) + 0.5
            painter.drawLine(QLineF(self.rect.left(), y, self.rect.right(), y))


class AxisBelow(Part):
    """Ticks with numbers, and the title of the axis below them where there is room."""

    def __init__(self) -> None:
        super().__init__()
        self._ticks: list[tuple[float, Tick]] = []
        self._area = QRectF()
        self.title = ""

    def set_ticks(self, ticks: Sequence[tuple[float, Tick]], area: QRectF, title: str) -> None:
        """Show ticks at horizontal pixels below an area."""
        new = (list(ticks), QRectF(area), title)
        if new != (self._ticks, self._area, self.title):
            self._ticks, self._area, self.title = new
            self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint line, ticks and title."""
        sizes, area, top = self.sizes, self._area, self.rect.top()
        painter.setPen(QPen(QColor(self.theme.border), 1.0))
        painter.drawLine(QLineF(area.left(), top + 0.5, area.right(), top + 0.5))
        for x, _ in self._ticks:
            painter.drawLine(QLineF(round(x) + 0.5, top, round(x) + 0.5, top + sizes.tick))
        font = ui_font(sizes.small)
        for x, tick in self._ticks:
            half = font_metrics(font).horizontalAdvance(tick.text) / 2 + 2
            middle = min(max(x, self.rect.left() + half), self.rect.right() - half)
            place = QRectF(middle - half, top + sizes.tick, 2 * half, 1.4 * sizes.small)
            write(painter, place, CENTRE, tick.text, font, self.theme.muted)
        if self.title:
            row = QRectF(area.left(), self.rect.bottom() - 1.6 * sizes.small, area.width(), 1.5 * sizes.small)
            write(painter, row, CENTRE, self.title, font, self.theme.text)


class Caption(Part):
    """One line of text: what the axis at the left says."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the text."""
        write(painter, self.rect, LEFT, self.text, ui_font(self.sizes.small), self.theme.text)


class LineLabels(DirectLabels):
    """Names of curves, each with a piece of its line."""

    name_first = True

    @property
    def sign(self) -> float:
        """The width of the piece of line."""
        return 2.4 * self.sizes.marker

    def paint_sign(self, painter: QPainter, at: QPointF, style: SignalStyle) -> None:
        """Paint a piece of the line."""
        painter.setPen(line_pen(style, self.sizes.line * 1.3))
        half = self.sign / 2
        painter.drawLine(QLineF(at.x() - half, at.y(), at.x() + half, at.y()))
