"""The bars of a stacked plot, and the line over them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPaintEngine, QPainter, QPolygonF

from rnnviz.ui.drawing.painting import CENTRE, line_pen, write
from rnnviz.ui.plots.base.images import image_of
from rnnviz.ui.plots.base.parts import PixelItem
from rnnviz.ui.plots.base.polylines import Floats, neighbours, outline, polygon, runs
from rnnviz.ui.plots.time.curve_items import SPACIOUS, CurveItem, Points
from rnnviz.ui.plots.time.frame import Frame
from rnnviz.ui.plots.time.heatmap_item import hatching
from rnnviz.ui.plots.time.stacked_bands import Band, Stack, Steps, bands_at
from rnnviz.ui.theme import PROBABILITIES, SEMIBOLD, SignalStyle, Theme, ui_font
from rnnviz.ui.theme.colormaps import LEVELS

APART = 8.0
"""Pixels per step from which each step is a bar of its own, its bands parted by thin lines."""
LEGIBLE = 30.0
"""Pixels per step from which every step that cannot be stacked is named by itself."""
VEIL = 0.72
"""How pale the other bands are when one is lit."""


def band_colour(band: Band, theme: Theme) -> str:
    """Return the colour of a band: its own, or from dark (first) to bright (last) on a perceptual ramp."""
    if band.colour:
        return band.colour
    low, high = (0.2, 1.0) if theme.dark else (0.04, 0.93)  # its ends do not stand out against the ground
    entry = PROBABILITIES.table(theme)[round((low + band.place * (high - low)) * (LEVELS - 1))]
    return QColor(*entry[:3].tolist()).name()


class StackItem(PixelItem, pg.GraphicsObject):
    """The bars. Their picture is made once per view; painting under a moving cursor only copies a strip of it.

    `getData` returns the steps [S] and the parts [S, K], all of them and as they are.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stack = Stack(np.zeros((0, 0)))
        self.bands: tuple[Band, ...] = ()
        self.lit: Band | None = None
        self._frame = Frame(QRectF(), QRectF(), (-0.5, 0.5), 0, 0.0, 1.0)
        self._image = QImage()
        self._key: tuple[object, ...] = ()

    def getData(self) -> tuple[Steps, Floats]:
        """Return the steps, [S], and the parts, [S, K], as the data items of pyqtgraph do."""
        return self.stack.first + np.arange(len(self.stack.values)), self.stack.values

    def show_stack(self, stack: Stack, bands: Sequence[Band], frame: Frame) -> None:
        """Take the parts, the bands they are gathered into, and where they stand."""
        self.stack, self.bands, self._frame = stack, tuple(bands), frame
        self.place(frame.area)
        self._forget()

    def light(self, band: Band | None) -> None:
        """Let one band stand out."""
        if band != self.lit:
            self.lit = band
            self._forget()

    def _forget(self) -> None:
        self._key = ()
        self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the exposed part of the bars."""
        if self.rect.isEmpty():
            return
        if painter.paintEngine().type() != QPaintEngine.Type.Raster:
            self._draw(painter)
            return
        ratio = abs(painter.deviceTransform().m11()) or 1.0
        area = self.rect.toAlignedRect()
        if (ratio, self.theme, self.sizes) != self._key:
            self._image = QImage(area.size() * ratio, QImage.Format.Format_ARGB32_Premultiplied)
            self._image.setDevicePixelRatio(ratio)
            self._image.fill(0)
            inner = QPainter(self._image)
            inner.translate(-area.topLeft())
            self._draw(inner)
            inner.end()
            self._key = (ratio, self.theme, self.sizes)
        source = exposed.translated(-QPointF(area.topLeft()))
        painter.drawImage(exposed, self._image, QRectF(source.topLeft() * ratio, source.size() * ratio))

    def _draw(self, painter: QPainter) -> None:
        edges, rows = self.stack.columns(self._frame.view, self.rect.width())
        x = self._frame.x(edges)
        self._draw_gaps(painter, x, rows)
        if not len(rows) or not self.bands:
            return
        upper, lower = self.stack.edges(rows, self.bands)
        dense = self._frame.per_step < APART
        if dense and painter.paintEngine().type() == QPaintEngine.Type.Raster:
            self._draw_pixels(painter, x, upper, lower)
            return
        for index in range(len(self.bands))[::-1]:  # from outside: every band hides the inner end of the next
            self._draw_band(painter, index, x, upper, lower)
        if self.lit in self.bands:
            veil = QColor(self.theme.surface)
            veil.setAlphaF(VEIL)
            painter.fillRect(self.rect, veil)
            self._draw_band(painter, self.bands.index(self.lit), x, upper, lower)

    def _draw_pixels(self, painter: QPainter, x: Floats, upper: Floats, lower: Floats) -> None:
        """Fill pixel by pixel: where bars are narrow, shapes have too many edges to be filled fast."""
        area, bands = self.rect.toAlignedRect(), len(self.bands)
        ratio = abs(painter.deviceTransform().m11()) or 1.0
        across = area.left() + (np.arange(round(area.width() * ratio)) + 0.5) / ratio
        down = area.top() + (np.arange(round(area.height() * ratio)) + 0.5) / ratio
        place = np.searchsorted(x, across) - 1
        inside = (place >= 0) & (place < len(upper))
        found = np.full((len(down), len(across)), bands, np.intp)
        found[:, inside] = bands_at(upper, lower, self._frame.values(down))[:, place[inside]]
        pixels = np.ascontiguousarray(self._palette()[found])
        painter.drawImage(QPointF(area.topLeft()), image_of(pixels, ratio))

    def _palette(self) -> NDArray[np.uint32]:
        """[bands + 1], the colours of the bands, paler where another one is lit; the last one is that of no band."""
        ground, colours = QColor(self.theme.surface), []
        for band in self.bands:
            colour = QColor(band_colour(band, self.theme))
            if self.lit in self.bands and band != self.lit:
                mixed = zip(colour.getRgb()[:3], ground.getRgb()[:3], strict=True)  # type: ignore[index]
                colour = QColor(*(round(own * (1 - VEIL) + other * VEIL) for own, other in mixed))
            colours.append(colour.rgba())
        return np.array([*colours, 0], np.uint32)

    def _draw_band(self, painter: QPainter, index: int, x: Floats, upper: Floats, lower: Floats) -> None:
        colour = QColor(band_colour(self.bands[index], self.theme))
        for reach in (upper, lower):
            outer, inner = self._frame.y(reach[:, index + 1]), self._frame.y(reach[:, index])
            if self._frame.per_step >= APART:
                self._draw_bars(painter, x, inner, outer, colour)
            elif (reach[:, index + 1] != reach[:, index]).any():
                painter.setPen(QColor(0, 0, 0, 0))
                painter.setBrush(colour)
                for first, last in _spans(np.isfinite(outer)):
                    painter.drawPolygon(_steps(x, inner, outer, first, last))

    def _draw_bars(self, painter: QPainter, x: Floats, inner: Floats, outer: Floats, colour: QColor) -> None:
        for k in np.flatnonzero(np.abs(np.nan_to_num(outer - inner)) > 0).tolist():
            low, high = round(float(inner[k])), round(float(outer[k]))
            if abs(high - low) >= 4:
                high += 1 if high < low else -1  # the line between two bands
            left, right = round(float(x[k])), round(float(x[k + 1])) - 1
            top, bottom = min(low, high), max(low, high)
            painter.fillRect(QRectF(left, top, right - left, max(1, bottom - top)), colour)

    def _draw_gaps(self, painter: QPainter, x: Floats, rows: Steps) -> None:
        """Hatch steps that are not there; name those that cannot be stacked."""
        stack, frame, area = self.stack, self._frame, self.rect
        painter.setPen(QColor(self.theme.hatch))
        there = ~np.isnan(stack.upper[rows]) | stack.strange[rows]
        bare = [(x[a], x[b + 1]) for a, b in _spans(~there)]
        ends = frame.x(np.array([0, stack.first, stack.first + len(stack.values), frame.steps]) - 0.5)
        bare += [(ends[0], ends[1]), (ends[2], ends[3])]
        for left, right in bare:
            painter.drawLines(hatching(QRectF(left, area.top(), max(0.0, right - left), area.height()) & area))
        tint = QColor(self.theme.error)
        tint.setAlphaF(0.18)
        for a, b in _spans(stack.strange[rows]):
            painter.fillRect(QRectF(x[a], area.top(), max(1.0, x[b + 1] - x[a]), area.height()), tint)
            legible = x[a + 1] - x[a] >= LEGIBLE
            for first, last in [(k, k) for k in range(a, b + 1)] if legible else [(a, b)]:
                column = QRectF(x[first], area.top(), x[last + 1] - x[first], area.height())
                strange = np.isnan(stack.values[rows[first]]).any()
                sign = ("NaN" if strange else "\N{INFINITY}") if first == last else "not finite"
                write(painter, column, CENTRE, sign, ui_font(self.sizes.small, SEMIBOLD), self.theme.error)


class StackLine(CurveItem):
    """The true value over the bars, a line with a thin contrasting edge."""

    _per_step = 1.0

    def show_line(self, line: Floats, stack: Stack, frame: Frame, name: str) -> None:
        """Take the values, [S], and where they stand.

        Where steps share a pixel, the values are those of the steps whose bars are seen there.
        """
        self.set_values(line, SignalStyle(self.theme.text, "circle"), name)
        places, rows = stack.columns(frame.view, frame.area.width())
        steps, values = rows + stack.first, line
        if not len(rows) or np.ptp(places) <= len(rows) or steps[-1] >= len(line):
            middles, values = outline(line, frame.view, frame.area.width())
        else:
            middles, values = (places[:-1] + places[1:]) / 2, line[steps]
        y = frame.y(values)
        marked = np.isfinite(y) & (frame.per_step >= 2.2 * self.sizes.marker)
        points, size, self._per_step = Points(frame.x(middles), y, y, marked), 0.8 * self.sizes.marker, frame.per_step
        self.set_points(points, spacious=frame.per_step >= SPACIOUS, symbol_size=size, seen=self._seen)
        self.place(frame.area)
        self.update()

    def uncover(self, seen: tuple[float, float]) -> None:
        """Say between which pixels the line may be seen, and paint it anew where that begins and ends."""
        reach = 2.25 * self._per_step + self.sizes.marker
        for edge in (*self._seen, *seen) if seen != self._seen else ():
            if np.isfinite(edge):
                self.update(QRectF(edge - reach, self.rect.top(), 2 * reach, self.rect.height()))
        self._seen = seen

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the exposed part of the line over its edge."""
        if self._spacious:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(line_pen(SignalStyle(self.theme.surface, "circle"), self.sizes.line + 2.5))
            (x, _, y, _), shown = self._points, self._shown()
            begin = max(shown.start, int(np.searchsorted(x, exposed.left())) - 3)
            end = min(shown.stop, int(np.searchsorted(x, exposed.right(), "right")) + 3)
            for piece in runs(x[begin:end], y[begin:end]):
                painter.drawPolyline(piece)
        super().draw(painter, exposed)


def _spans(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the first and last index of every run of True."""
    return [(int(run[0]), int(run[-1])) for run in neighbours(np.flatnonzero(mask))]


def _steps(x: Floats, inner: Floats, outer: Floats, first: int, last: int) -> QPolygonF:
    """Return the outline of a band over neighbouring columns."""
    span = slice(first, last + 1)
    across = np.repeat(x[first : last + 2], 2)[1:-1]
    top, bottom = np.repeat(outer[span], 2), np.repeat(inner[span], 2)
    return polygon(np.concatenate([across, across[::-1]]), np.concatenate([top, bottom[::-1]]))
