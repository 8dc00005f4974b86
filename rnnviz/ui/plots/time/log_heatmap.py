"""A heatmap of magnitudes by their decimal logarithms; zeros, infinities and what is not a number are told apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from rnnviz.ui.drawing.painting import LEFT, font_metrics, write, write_on
from rnnviz.ui.drawing.ticks import Tick, power_ticks
from rnnviz.ui.plots.base.colour_bar import TALLEST, ColourBar
from rnnviz.ui.plots.time.extrema_pyramid import Values
from rnnviz.ui.plots.time.heatmap_item import HeatmapItem
from rnnviz.ui.plots.time.heatmap_plot import HeatmapPlot
from rnnviz.ui.plots.time.log_curves import log_range, magnitude
from rnnviz.ui.theme import MAGNITUDES, Theme, ui_font
from rnnviz.ui.theme.colormaps import MINUS_INFINITY, PLUS_INFINITY

MOST_DECADES = 24.0
"""Powers of ten on a colour scale: with more, neighbouring ones could not be told apart."""

ZERO, INFINITE, STRANGE = "0", "\N{INFINITY}", "NaN"


def zero_colour(theme: Theme) -> str:
    """Return the colour of a true zero: quieter than everything on the scale."""
    return theme.grid


class LogHeatmapItem(HeatmapItem):
    """An image of logarithms in which NaN stands for zero, and -inf for what is not a number.

    So where several values share a pixel, what is not finite is seen, and a zero only where there is nothing else.
    """

    @property
    def blank(self) -> int:
        """The pixel of a true zero."""
        return QColor(zero_colour(self.theme)).rgb()


class PowerBar(ColourBar):
    """A colour bar with powers of ten, and below it the colours of what is not on the scale, where that occurs."""

    def __init__(self) -> None:
        super().__init__()
        self._special: tuple[str, ...] = ()
        self._cut = False

    def explain(self, special: tuple[str, ...], *, cut: bool) -> None:
        """Name some of ZERO, INFINITE and STRANGE; `cut`: the lowest colour stands for everything below it too."""
        if (special, cut) != (self._special, self._cut):
            self._special, self._cut = special, cut
            self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint bar, powers and the chips below."""
        sizes, size = self.sizes, self.sizes.small
        row = size * 1.5
        chips = len(self._special) * row + size * 0.75 if self._special else 0.0
        if self.rect.height() - chips < 2.5 * size:
            chips = 0.0
        height = min(self.rect.height() - chips - 2, TALLEST * (1.6 if sizes.lecture else 1.2))
        top = self.rect.top() + (self.rect.height() - height - chips) / 2
        bar = QRectF(self.rect.left() + sizes.padding * 1.5, top, sizes.bar, height)
        self._paint_colours(painter, bar)
        self._outline(painter, bar)
        for tick, y in self._ticks(bar):
            self._write_power(painter, bar.right(), y, tick.exponent, least=tick.value == self._low)
        for number, name in enumerate(self._special if chips else ()):
            chip = QRectF(bar.left(), bar.bottom() + size * 0.75 + number * row, sizes.bar, size)
            painter.fillRect(chip, self._chip_colour(name))
            self._outline(painter, chip)
            self._write(painter, bar.right(), chip.center().y(), name)

    def _ticks(self, bar: QRectF) -> list[tuple[Tick, float]]:
        """Return powers of ten with their heights; where the scale is cut the lowest is always among them."""
        size = self.sizes.small
        ticks = power_ticks(self._low, self._high, max(2, int(bar.height() / (size * 2.2))))
        if self._cut and ticks[0].value != self._low:
            ticks = [*power_ticks(self._low, self._low, 2), *ticks]
        kept: list[tuple[Tick, float]] = []
        for tick in ticks:
            y = bar.bottom() - (tick.value - self._low) / ((self._high - self._low) or 1.0) * bar.height()
            y = min(max(y, bar.top() + size / 2), bar.bottom() - size / 2)
            if not kept or kept[-1][1] - y >= size * 1.2:
                kept.append((tick, y))
        return kept

    def _chip_colour(self, name: str) -> QColor:
        if name == ZERO:
            return QColor(zero_colour(self.theme))
        entry = self._map.table(self.theme)[PLUS_INFINITY if name == INFINITE else MINUS_INFINITY]
        return QColor(*entry[:3].tolist())

    def _outline(self, painter: QPainter, rect: QRectF) -> None:
        painter.setPen(QPen(QColor(self.theme.border), 1.0))
        painter.drawRect(QRectF(round(rect.left()) + 0.5, round(rect.top()) + 0.5, rect.width() - 1, rect.height() - 1))

    def _write_power(self, painter: QPainter, edge: float, y: float, exponent: str, *, least: bool) -> None:
        size = self.sizes.small
        width = self._write(painter, edge, y, "\N{LESS-THAN OR EQUAL TO} 10" if least and self._cut else "10")
        raised = QRectF(edge + self.sizes.padding * 0.75 + width + 1, y - size * 1.15, 4 * size, size * 1.5)
        write(painter, raised, LEFT, exponent, ui_font(size * 0.78), self.theme.muted)

    def _write(self, painter: QPainter, edge: float, y: float, text: str) -> float:
        size = self.sizes.small
        place = QRectF(edge + self.sizes.padding * 0.75, y - size, 1, 2 * size)
        place.setRight(max(self.rect.right(), place.left() + font_metrics(ui_font(size)).horizontalAdvance(text) + 1))
        return write_on(painter, place, LEFT, text, ui_font(size), self.theme.muted)


class LogHeatmapPlot(HeatmapPlot):
    """Magnitudes as a heatmap on a colour scale of powers of ten.

    Values are given as decimal logarithms: -inf is a true zero, and +inf and NaN are what they are. Each of these has a
    colour of its own, which the colour bar names where it occurs. Steps beyond the data are hatched: not reached.
    """

    _logarithms: Values = np.zeros((0, 0))

    def make_item(self) -> HeatmapItem:
        """Return an image that tells zeros from what is not a number."""
        return LogHeatmapItem()

    def make_bar(self) -> ColourBar:
        """Return a bar with powers of ten."""
        self._powers = PowerBar()
        return self._powers

    def set_logarithms(self, logarithms: ArrayLike, scale: tuple[float, float] | None = None) -> None:
        """Show log10 of magnitudes [S, H].

        Parameters
        ----------
        logarithms : array_like, [S, H]
        scale : (float, float), optional
            The powers of ten at its ends; None: those around all that is finite, the upper `MOST_DECADES` at most.
        """
        values = np.asarray(logarithms, dtype=np.float64)
        self._logarithms = values
        low, high = scale or log_range([values])
        shown = values.copy()
        zero, strange = np.isneginf(values), np.isnan(values)
        shown[zero], shown[strange] = np.nan, -np.inf
        found = {ZERO: zero.any(), INFINITE: np.isposinf(values).any(), STRANGE: strange.any()}
        special = tuple(name for name, there in found.items() if there)
        self._powers.explain(special, cut=high - low > MOST_DECADES)
        self.set_data(shown, (max(low, high - MOST_DECADES), high), MAGNITUDES)

    @property
    def logarithms(self) -> Values:
        """What is shown, [S, H]."""
        return self._logarithms

    def value_text(self, step: int, row: int) -> str:
        """Return the magnitude of a cell as it is read out."""
        if step >= len(self._logarithms):
            return "not reached"
        return magnitude(float(self._logarithms[step, row]))

    def _infinite_cells(self) -> list[tuple[QRectF, str]]:
        return [(cell, sign if sign == INFINITE else STRANGE) for cell, sign in super()._infinite_cells()]
