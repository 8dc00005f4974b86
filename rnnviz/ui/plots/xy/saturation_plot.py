"""How often units stand near the ends of a gate, as in Karpathy, Johnson and Fei-Fei (2015), figure 2.

A dot per unit: to the right the share of steps at which it is near the upper end, upwards that near the lower end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnviz.ui.plots.xy.share_square import ShareSquare, SquarePlot, square_margins
from rnnviz.ui.theme import LIGHT, NORMAL, Metrics, Theme

_LEGIBLE = 110.0
"""Side of a square, in pixels, from which its axes are named."""


class SharesPlot(QWidget):
    """A square per gate with a dot per unit, the picked units ringed and numbered; a click picks a unit.

    Signals
    -------
    hovered(square, unit)
        The mouse is over a unit of a square; -1 for none.
    unitClicked(unit)
    """

    hovered = Signal(int, int)
    unitClicked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme: Theme = LIGHT
        self.sizes: Metrics = NORMAL
        self.plots: list[SquarePlot] = []
        self._picked: tuple[int, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_squares(self, squares: Sequence[ShareSquare]) -> None:
        """Show these gates and no others."""
        while len(self.plots) < len(squares):
            self._add_plot()
        for plot in self.plots[len(squares) :]:
            plot.hide()
            plot.deleteLater()
        del self.plots[len(squares) :]
        for plot, square in zip(self.plots, squares, strict=True):
            plot.show_square(square)
        self.setAccessibleName("; ".join(f"{s.name}: {s.across}, {s.upwards}" for s in squares))
        self._lay_out()

    def _add_plot(self) -> None:
        plot = SquarePlot(self)
        plot.set_theme(self.theme, self.sizes)
        plot.set_picked(self._picked)
        plot.hovered.connect(self._on_hovered)
        plot.unitClicked.connect(self.unitClicked)
        plot.show()
        self.plots.append(plot)

    def set_picked(self, units: Sequence[int]) -> None:
        """Ring these units, number k in the colour of ``series_style(k)``."""
        self._picked = tuple(units)
        for plot in self.plots:
            plot.set_picked(self._picked)

    def set_theme(self, theme: Theme, sizes: Metrics) -> None:
        """Take other colours and sizes."""
        self.theme, self.sizes = theme, sizes
        for plot in self.plots:
            plot.set_theme(theme, sizes)
        self._lay_out()
        self.update()

    @property
    def squares(self) -> tuple[ShareSquare, ...]:
        """The gates that are shown."""
        return tuple(plot.square for plot in self.plots)

    def together(self, square: int, unit: int) -> list[int]:
        """Return all units of a square that stand where one does."""
        return self.plots[square].together(unit)

    def sizeHint(self) -> QSize:
        """Return a calm size."""
        return QSize(720, 300)

    # geometry

    def _side(self, named: bool) -> tuple[float, int]:
        """The side of a square and how many stand in a row, so that they are as large as can be."""
        left, top, right, bottom = square_margins(self.sizes, named)
        count = max(1, len(self.plots))
        best = (0.0, count)
        for columns in range(count, 0, -1):
            rows = math.ceil(count / columns)
            side = min(self.width() / columns - left - right, self.height() / rows - top - bottom)
            best = max(best, (side, columns), key=lambda pair: pair[0])
        return best

    def _lay_out(self) -> None:
        named = self._side(named=True)[0] >= _LEGIBLE
        left, top, right, bottom = square_margins(self.sizes, named)
        side, columns = self._side(named)
        side = max(side, 1.0)
        rows = math.ceil(max(1, len(self.plots)) / columns)
        width, height = side + left + right, side + top + bottom
        gap = min((self.width() - columns * width) / (columns + 1), width / 3)
        start = (self.width() - columns * width - (columns - 1) * gap) / 2
        spare = max(0, int(gap / 2))
        for index, plot in enumerate(self.plots):
            row, column = divmod(index, columns)
            y = (self.height() - rows * height) / 2 + row * height
            plot.set_room(named=named, spare=spare)
            left_edge = round(start + column * (width + gap)) - spare
            plot.setGeometry(QRect(left_edge, round(y), round(width) + 2 * spare, round(height)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fill the new size."""
        super().resizeEvent(event)
        self._lay_out()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground between the squares."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.surface))
        painter.end()

    def _on_hovered(self, unit: int) -> None:
        plot = self.sender()
        if isinstance(plot, SquarePlot):
            self.hovered.emit(self.plots.index(plot) if unit >= 0 else -1, unit)
