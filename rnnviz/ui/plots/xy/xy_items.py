"""What is drawn in a graph: curves, shaded bands, vertical lines, and the names at the ends of the curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from rnnviz.ui.drawing.painting import line_pen, stroke, stroke_lines
from rnnviz.ui.plots.base.end_labels import DirectLabels
from rnnviz.ui.plots.base.parts import Part, PixelItem
from rnnviz.ui.plots.base.polylines import Floats, runs
from rnnviz.ui.theme import SignalStyle
from rnnviz.ui.theme.signals import Dash

Dots = Sequence[tuple[float, float, str]]
"""Pixels and colour of each."""


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


class LineItem(PixelItem, pg.PlotCurveItem):
    """A line through points, and dots at some of them; `getData` returns all its points as they are.

    With ``opts["connect"]`` "pairs" every two points are a piece of the line.
    """

    def __init__(self, *, pairs: bool = False) -> None:
        super().__init__(connect="pairs" if pairs else "finite")
        self._style, self._width = SignalStyle("#000000", "circle"), 1.0
        self._line: tuple[Floats, Floats] = (np.zeros(0), np.zeros(0))
        self._dots: Sequence[tuple[float, float]] = ()
        self._rising = False
        self._clip = QRectF()

    def set_values(self, x: Floats, y: Floats, style: SignalStyle, width: float, name: str = "") -> None:
        """Take the points, [n], and how they look; the width is a multiple of the usual one."""
        self.xData, self.yData, self.opts["name"] = x, y, name
        self._style, self._width = style, width
        self.invalidateBounds()
        self.sigPlotChanged.emit(self)
        self.update()

    def set_points(self, x: Floats, y: Floats, clip: QRectF, dots: Sequence[tuple[float, float]] = ()) -> None:
        """Take where line and dots run, in pixels with NaN for gaps, and where the line ends in any case."""
        self._line, self._clip, self._dots = (x, y), clip, dots
        self._rising = self.opts["connect"] != "pairs" and bool((np.diff(x) >= 0).all())

    def _exposed(self, exposed: QRectF) -> tuple[Floats, Floats]:
        """Return the points of the line around what is exposed; all of a dashed one, or its dashes would jump."""
        x, y = self._line
        if not self._rising or self._style.dash != "solid":
            return x, y
        margin = 2 * self._width * self.sizes.line
        first, last = np.searchsorted(x, (exposed.left() - margin, exposed.right() + margin))
        return x[max(0, first - 1) : last + 1], y[max(0, first - 1) : last + 1]

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint line and dots."""
        x, y = self._exposed(exposed)
        width = self._width * self.sizes.line
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.save()
        painter.setClipRect(self._clip, Qt.ClipOperation.IntersectClip)
        if self.opts["connect"] == "pairs":
            ends = np.column_stack([x[::2], y[::2], x[1::2], y[1::2]])
            pieces = [QLineF(*piece) for piece in ends[np.isfinite(ends).all(1)].tolist()]
            stroke_lines(painter, pieces, self._style.colour, width)
        else:
            stroke(painter, runs(x, y), self._style, width)
        painter.restore()
        near, colour = (
            exposed.adjusted(-self.sizes.marker, -self.sizes.marker, *(self.sizes.marker,) * 2),
            self._style.colour,
        )
        dots = [(x, y, colour) for x, y in self._dots if near.contains(x, y)]
        paint_dots(painter, dots, self.sizes.marker * 0.35, self.theme.surface)


def paint_dots(painter: QPainter, dots: Dots, radius: float, ground: str) -> None:
    """Paint points in their colours, parted from the lines by a thin edge."""
    painter.setPen(QPen(QColor(ground), 1.0))
    for x, y, colour in dots:
        painter.setBrush(QColor(colour))
        painter.drawEllipse(QPointF(x, y), radius, radius)


class Upright(Part):
    """A vertical line with a dot on every curve that it meets.

    Parameters
    ----------
    strong : bool
        Whether it looks like a cursor.
    """

    def __init__(self, *, strong: bool = False) -> None:
        super().__init__()
        self._strong = strong
        self._x = 0.0
        self._dots: Dots = ()

    def stand(self, x: float | None, dots: Dots, area: QRectF) -> None:
        """Stand at a horizontal pixel, or nowhere."""
        self.setVisible(x is not None)
        if x is None or ((x, dots) == (self._x, self._dots) and self.rect.height() == area.height()):
            return
        self._x, self._dots = x, dots
        around = self.sizes.marker + self.sizes.cursor_line
        self.place(QRectF(x - around, area.top(), 2 * around, area.height()))
        self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the line and its dots."""
        top, bottom = self.rect.top(), self.rect.bottom()
        if self._strong:
            width = self.sizes.cursor_line
            line = QRectF(round(self._x - width / 2), top, width, bottom - top)
            halo = QColor(self.theme.halo)
            halo.setAlphaF(0.75)
            painter.fillRect(line.adjusted(-1, 0, 1, 0), halo)
            painter.fillRect(line, QColor(self.theme.cursor))
        else:
            painter.setPen(QPen(QColor(self.theme.muted), 1.0))
            x = round(self._x) + 0.5
            painter.drawLine(QLineF(x, top, x, bottom))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_dots(painter, self._dots, self.sizes.marker * 0.5, self.theme.surface)


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
