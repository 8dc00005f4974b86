"""The bars of a stacked plot, and the line over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPaintEngine, QPainter, QPolygonF

from rnnviz.ui.drawing.painting import CENTRE, draw_symbol, line_pen, write
from rnnviz.ui.plots.base.parts import Part
from rnnviz.ui.plots.base.polylines import Floats, outline, polygon, runs
from rnnviz.ui.plots.time.heatmap_item import hatching
from rnnviz.ui.plots.time.stacked_bands import Band, Steps, bands_at
from rnnviz.ui.theme import PROBABILITIES, SEMIBOLD, SignalStyle, Theme, ui_font
from rnnviz.ui.theme.colormaps import LEVELS

if TYPE_CHECKING:
    from rnnviz.ui.plots.time.stacked_bars import StackPlot

SPACIOUS = 8.0
"""Pixels per step from which each step is a bar of its own, its bands parted by thin lines."""


def band_colour(band: Band, theme: Theme) -> str:
    """Return the colour of a band: its own, or from dark (first) to bright (last) on a perceptual ramp."""
    if band.colour:
        return band.colour
    low, high = (0.2, 1.0) if theme.dark else (0.04, 0.93)  # its ends do not stand out against the ground
    entry = PROBABILITIES.table(theme)[round((low + band.place * (high - low)) * (LEVELS - 1))]
    return QColor(*entry[:3].tolist()).name()


LEGIBLE = 30.0
"""Pixels per step from which every step that cannot be stacked is named by itself."""


VEIL = 0.72
"""How pale the other bands are when one is lit."""


class StackItem(Part):
    """The bars. Their picture is made once per view; painting under a moving cursor only copies a strip of it."""

    def __init__(self, plot: StackPlot) -> None:
        super().__init__()
        self._plot = plot
        self._image = QImage()
        self._key: tuple[object, ...] = ()
        self._lit: Band | None = None

    def forget(self) -> None:
        """Draw anew when next painted."""
        self._key = ()
        self.update()

    def light(self, band: Band | None) -> None:
        """Let one band stand out."""
        if band != self._lit:
            self._lit = band
            self.forget()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the exposed part of the bars."""
        if self.rect.isEmpty():
            return
        ratio = abs(painter.deviceTransform().m11()) or 1.0
        if painter.paintEngine().type() != QPaintEngine.Type.Raster:
            self._draw(painter)
            return
        area = self.rect.toAlignedRect()
        key = (self.rect, ratio, self.theme)
        if key != self._key:
            self._image = QImage(area.size() * ratio, QImage.Format.Format_ARGB32_Premultiplied)
            self._image.setDevicePixelRatio(ratio)
            self._image.fill(0)
            inner = QPainter(self._image)
            inner.translate(-area.topLeft())
            self._draw(inner)
            inner.end()
            self._key = key
        source = exposed.translated(-QPointF(area.topLeft()))
        painter.drawImage(exposed, self._image, QRectF(source.topLeft() * ratio, source.size() * ratio))

    def _draw(self, painter: QPainter) -> None:
        plot = self._plot
        edges, rows = plot.stack.columns(plot.axis.view, self.rect.width())
        x = plot.places(edges)
        self._draw_gaps(painter, x, rows)
        if not len(rows) or not plot.bands:
            return
        upper, lower = plot.stack.edges(rows, plot.bands)
        dense = plot.axis.scale(plot.width()) < SPACIOUS
        if dense and painter.paintEngine().type() == QPaintEngine.Type.Raster:
            self._draw_pixels(painter, x, upper, lower)
            return
        for index in range(len(plot.bands))[::-1]:  # from outside: every band hides the inner end of the next
            self._draw_band(painter, index, x, upper, lower)
        if self._lit in plot.bands:
            veil = QColor(self.theme.surface)
            veil.setAlphaF(VEIL)
            painter.fillRect(self.rect, veil)
            self._draw_band(painter, plot.bands.index(self._lit), x, upper, lower)

    def _draw_pixels(self, painter: QPainter, x: Floats, upper: Floats, lower: Floats) -> None:
        """Fill pixel by pixel: where bars are narrow, shapes have too many edges to be filled fast."""
        area, bands = self.rect.toAlignedRect(), self._plot.bands
        ratio = abs(painter.deviceTransform().m11()) or 1.0
        across = area.left() + (np.arange(round(area.width() * ratio)) + 0.5) / ratio
        down = area.top() + (np.arange(round(area.height() * ratio)) + 0.5) / ratio
        place = np.searchsorted(x, across) - 1
        inside = (place >= 0) & (place < len(upper))
        heights = np.array([self._plot.value_at(float(y)) for y in down])
        found = np.full((len(down), len(across)), len(bands), np.intp)
        found[:, inside] = bands_at(upper, lower, heights)[:, place[inside]]
        pixels = np.ascontiguousarray(self._palette()[found])
        kind = QImage.Format.Format_ARGB32_Premultiplied
        image = QImage(cast("bytes", pixels.data), len(across), len(down), 4 * len(across), kind)
        image.setDevicePixelRatio(ratio)
        painter.drawImage(QPointF(area.topLeft()), image)

    def _palette(self) -> NDArray[np.uint32]:
        """[bands + 1], the colours of the bands, paler where another one is lit; the last one is that of no band."""
        bands, ground = self._plot.bands, QColor(self.theme.surface)
        colours = []
        for band in bands:
            colour = QColor(band_colour(band, self.theme))
            if self._lit in bands and band != self._lit:
                mixed = zip(colour.getRgb()[:3], ground.getRgb()[:3], strict=True)  # type: ignore[index]
                colour = QColor(*(round(own * (1 - VEIL) + other * VEIL) for own, other in mixed))
            colours.append(colour.rgba())
        return np.array([*colours, 0], np.uint32)

    def _draw_band(self, painter: QPainter, index: int, x: Floats, upper: Floats, lower: Floats) -> None:
        plot = self._plot
        colour = QColor(band_colour(plot.bands[index], self.theme))
        bars = plot.axis.scale(plot.width()) >= SPACIOUS
        for reach in (upper, lower):
            outer, inner = plot.pixels(reach[:, index + 1]), plot.pixels(reach[:, index])
            if bars:
                self._draw_bars(painter, x, inner, outer, colour)
            elif (reach[:, index + 1] != reach[:, index]).any():
                painter.setPen(QColor(0, 0, 0, 0))
                painter.setBrush(colour)
                for piece in _pieces(outer):
                    painter.drawPolygon(_steps(x, inner, outer, piece))

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
        stack, plot, area = self._plot.stack, self._plot, self.rect
        painter.setPen(QColor(self.theme.hatch))
        there = ~np.isnan(stack.upper[rows]) | stack.strange[rows]
        bare = [(x[a], x[b + 1]) for a, b in _spans(~there)]
        bare.append((plot.x_of(-0.5), plot.x_of(stack.first - 0.5)))
        bare.append((plot.x_of(stack.first + len(stack.values) - 0.5), plot.x_of(plot.axis.steps - 0.5)))
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


class StackLine(Part):
    """The true value over the bars."""

    def __init__(self, plot: StackPlot) -> None:
        super().__init__()
        self._plot = plot

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the exposed part of the line, with a thin contrasting edge."""
        plot = self._plot
        if plot.line is None:
            return
        steps, values = self._points(plot.line)
        x = plot.places(steps)
        y = plot.pixels(values)
        # Half a line to a hidden point would already tell where it goes.
        before, after = plot.hidden_before, plot.hidden_after
        least = 0 if before is None else int(np.searchsorted(x, plot.x_of(before - 0.25)))
        most = len(x) if after is None else int(np.searchsorted(x, plot.x_of(after + 0.25)))
        begin = max(least, int(np.searchsorted(x, exposed.left())) - 3)
        end = min(most, int(np.searchsorted(x, exposed.right(), "right")) + 3)
        scale, style = plot.axis.scale(plot.width()), SignalStyle(self.theme.text, "circle")
        wide = scale >= 2.2 * self.sizes.marker
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, scale >= SPACIOUS / 2)
        edge = [(self.theme.surface, self.sizes.line + 2.5)] if scale >= SPACIOUS / 2 else []
        for colour, width in (*edge, (style.colour, self.sizes.line if edge else 1.0)):
            painter.setPen(line_pen(SignalStyle(colour, "circle"), width))
            for piece in runs(x[begin:end], y[begin:end]):
                painter.drawPolyline(piece)
        for k in np.flatnonzero(np.isfinite(y[begin:end])).tolist() if wide else ():
            at = QPointF(float(x[begin + k]), float(y[begin + k]))
            draw_symbol(painter, at, style, self.sizes.marker * 0.8, self.theme.surface)

    def uncover(self, *edges: int | None) -> None:
        """Paint anew around steps that are, or were, the last before what is hidden."""
        for edge in edges:
            if edge is not None:
                left, right = self._plot.x_of(edge - 2), self._plot.x_of(edge + 2)
                self.update(QRectF(left, self.rect.top(), right - left, self.rect.height()))

    def _points(self, line: Floats) -> tuple[Floats, Floats]:
        """Return places and values; where steps share a pixel, those of the steps whose bars are seen there."""
        plot, view = self._plot, self._plot.axis.view
        edges, rows = plot.stack.columns(view, self.rect.width())
        steps = rows + plot.stack.first
        if not len(rows) or np.ptp(edges) <= len(rows) or steps[-1] >= len(line):
            return outline(line, view, self.rect.width())
        return (edges[:-1] + edges[1:]) / 2, line[steps]


def _spans(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the first and last index of every run of True."""
    places = np.flatnonzero(mask)
    return [(int(p[0]), int(p[-1])) for p in np.split(places, np.flatnonzero(np.diff(places) > 1) + 1) if len(p)]


def _pieces(heights: Floats) -> list[tuple[int, int]]:
    return _spans(np.isfinite(heights))


def _steps(x: Floats, inner: Floats, outer: Floats, piece: tuple[int, int]) -> QPolygonF:
    """Return the outline of a band over neighbouring columns."""
    span = slice(piece[0], piece[1] + 1)
    across = np.repeat(x[piece[0] : piece[1] + 2], 2)[1:-1]
    top, bottom = np.repeat(outer[span], 2), np.repeat(inner[span], 2)
    return polygon(np.concatenate([across, across[::-1]]), np.concatenate([top, bottom[::-1]]))
