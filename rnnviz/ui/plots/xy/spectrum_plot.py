"""The spectrum of one matrix: its singular values, and its eigenvalues in the complex plane."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from rnnviz.ui.drawing.painting import CENTRE, LEFT, RIGHT, write
from rnnviz.ui.drawing.ticks import Tick, number
from rnnviz.ui.plaintext import PlainLabel
from rnnviz.ui.plots.base.parts import Shows
from rnnviz.ui.plots.base.view import Margins
from rnnviz.ui.plots.xy.bars_item import BarsItem
from rnnviz.ui.plots.xy.complex_plane import PlanePlot, PlanePoints
from rnnviz.ui.plots.xy.xy_items import LineItem
from rnnviz.ui.plots.xy.xy_view import XYPlot
from rnnviz.ui.theme import LIGHT, MEDIUM, NORMAL, Metrics, SignalStyle, Theme, ui_font

_LEAST = 60.0
"""Side from which the plane of the eigenvalues is drawn."""

_NARROW = 3.0
"""Pixels per value below which they are a curve instead of bars."""


class SingularPlot(XYPlot):
    """Singular values from the largest to the smallest: bars, or a curve where these would be too narrow."""

    grid_at_ticks = False

    def build(self) -> None:
        """Add bars and curve."""
        self.value_axis.has_grid, self.x_axis.has_grid = True, False
        self.bars = BarsItem(smooth=True, x=np.zeros(0), height=np.zeros(0), width=1.0, brush=QColor("black"))
        self.curve = LineItem()
        self.add_data(self.bars)
        self.add_data(self.curve)
        self._caption.quiet, self._caption.weight = True, MEDIUM

    def show_values(self, name: str, values: NDArray[np.float64], style: SignalStyle) -> None:
        """Show the singular values, [n], of a matrix."""
        places = np.arange(1.0, len(values) + 1)
        self.bars.setOpts(x=places, height=values, brush=QColor(style.colour), name=name)
        self.curve.set_values(places, values, style, 1.0, name)
        self._caption.give(f"{name}: singular values")
        self.fit((0.5, max(len(values), 1) + 0.5), (0.0, max(float(values.max(initial=0.0)), 1e-300)))
        self.relayout()

    @property
    def margins(self) -> Margins:
        """The room for title and numbers."""
        small, padding = self.sizes.small, self.sizes.padding
        return Margins(round(2.6 * small) + padding, round(2.2 * small) + padding // 2, padding, padding)

    def layout_changed(self) -> None:
        """Place bars or curve."""
        scale, values = self.scale_rect, self.bars.opts["height"]
        low, high = self.x_range
        width = scale.width() / (high - low)
        x, tops = self.pixels(self.bars.opts["x"]), self.heights_of(values)
        self._caption.place(_title_row(self))
        self.bars.place(self.data_rect)
        self.curve.place(self.data_rect)
        self.bars.setVisible(width >= _NARROW)
        self.curve.setVisible(width < _NARROW)
        if width >= _NARROW:
            places, bottom = zip((x - width / 2 + 0.5).tolist(), tops.tolist(), strict=True), self.y_of(0.0)
            colour = QColor(self.bars.opts["brush"]).name()
            self.bars.fill([(QRectF(left, top, width - 1, bottom - top), colour) for left, top in places])
        else:
            self.curve.set_points(x, tops, scale)
            self.curve.update()


class EigenvaluePlot(PlanePlot):
    """Eigenvalues in little room: the unit circle tells the scale in place of numbers."""

    numbered = False

    def build(self) -> None:
        """Add the names."""
        super().build()
        self._names = UnitNames()
        self.add_over_data(self._names, 8.0)
        self._caption.alignment, self._caption.weight = CENTRE, MEDIUM

    @property
    def reach(self) -> float:
        """The largest modulus, but at least 1."""
        return max([1.0, *(float(np.abs(group.finite).max(initial=0.0)) for group in self.groups)])

    @property
    def limit(self) -> float:
        """How far the fitted plane reaches from the origin."""
        return 1.1 * self.reach

    @property
    def margins(self) -> Margins:
        """The room for the title, and what a square leaves over."""
        top, around, width = round(1.9 * self.sizes.small), self.sizes.padding // 2, self.width()
        side = max(8, min(width - 2 * around, self.height() - top - around))
        left = (width - side) // 2
        return Margins(left, top, width - side - left, self.height() - top - side)

    @property
    def below_height(self) -> int:
        """There are no numbers."""
        return 0

    def ticks_below(self) -> list[Tick]:
        """Return no ticks."""
        return []

    def layout_changed(self) -> None:
        """Place title and names besides."""
        super().layout_changed()
        self._caption.give("eigenvalues")
        self._caption.place(_title_row(self))
        self._names.place(self.square)
        self._names.give((self.place_of(0j), self.unit, f"to {number(self.reach)}" if self.reach > 1 else ""))


class UnitNames(Shows[tuple[QPointF, float, str]]):
    """Where 1 and i are, by the pixel of 0 and the pixels per unit, and in words how far the eigenvalues reach."""

    nothing = QPointF(), 0.0, ""

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the names."""
        (centre, unit, reach), small, font = self.content, self.sizes.small, ui_font(self.sizes.small)
        if 3 * small < unit:
            right = QRectF(centre.x() + unit - 1.4 * small, centre.y(), small, 1.3 * small)
            above = QRectF(centre.x() + 3, centre.y() - unit + 1, small, 1.4 * small)
            write(painter, right, RIGHT, "1", font, self.theme.muted)
            write(painter, above, LEFT, "i", font, self.theme.muted)
        row = QRectF(self.rect.left(), self.rect.bottom() - 1.4 * small, self.rect.width(), 1.4 * small)
        write(painter, row, RIGHT, reach, font, self.theme.muted)


def _title_row(plot: XYPlot) -> QRectF:
    sizes = plot.sizes
    return QRectF(sizes.padding, sizes.padding // 2, plot.width() - 2 * sizes.padding, 1.5 * sizes.small)


class BlockSpectrum(QWidget):
    """Singular values from the largest to the smallest at the left, eigenvalues with the unit circle at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.singular: NDArray[np.float64] = np.zeros(0)
        self.eigenvalues: NDArray[np.complex128] = np.zeros(0, np.complex128)
        self.values, self.plane, self._words = SingularPlot(), EigenvaluePlot(), PlainLabel()
        self.values.key, self.plane.key = "singular values", "eigenvalues"
        self._words.setWordWrap(True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for widget in (self._words, self.values, self.plane):
            row.addWidget(widget)
        self.setMinimumSize(60, 40)
        self.set_theme(LIGHT, NORMAL)
        self._share_room()

    @property
    def notice(self) -> str:
        """Why there is no spectrum; empty where there is one."""
        return self._words.text()

    def show_spectrum(
        self, name: str, singular: NDArray[np.float64], eigenvalues: NDArray[np.complex128], style: SignalStyle
    ) -> None:
        """Show the spectrum of a matrix; eigenvalues are empty where it is not square."""
        self.singular, self.eigenvalues = singular, eigenvalues
        self._words.clear()
        self.values.show_values(name, singular, style)
        self.plane.show_points([PlanePoints(name, eigenvalues, SignalStyle(style.colour, "circle"))])
        self.setAccessibleName(f"spectrum of {name}")
        self._share_room()

    def say(self, sentence: str) -> None:
        """Say why there is no spectrum."""
        self.singular, self.eigenvalues = np.zeros(0), np.zeros(0, np.complex128)
        self._words.setText(sentence)
        self._share_room()

    def set_theme(self, theme: Theme, sizes: Metrics) -> None:
        """Take other colours and sizes."""
        self.values.set_theme(theme, sizes)
        self.plane.set_theme(theme, sizes)
        self._words.setFont(ui_font(sizes.small))
        self._words.setStyleSheet(f"color: {theme.muted}; background: {theme.surface}; padding: {sizes.padding}px;")
        self._share_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what has no room."""
        super().resizeEvent(event)
        self._share_room()

    def _share_room(self) -> None:
        said, sizes = bool(self.notice), self.plane.sizes
        side = min(self.height() - 1.6 * sizes.small, self.width() * 0.5)
        self.plane.setFixedWidth(max(1, round(side + sizes.padding)))
        self._words.setVisible(said)
        self.values.setVisible(not said)
        self.plane.setVisible(not said and len(self.eigenvalues) > 0 and side >= _LEAST)

    def sizeHint(self) -> QSize:
        """Return a calm size."""
        return QSize(300, 150)
