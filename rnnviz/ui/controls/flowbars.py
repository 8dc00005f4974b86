"""What every unit keeps of its state and what is written to it, as two columns of bars."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from rnnviz.ui.drawing.canvas import Canvas
from rnnviz.ui.drawing.painting import CENTRE, RIGHT, write
from rnnviz.ui.drawing.ticks import number
from rnnviz.ui.theme import MEDIUM, hue, ui_font

COLUMNS = (("kept", "blue"), ("written", "orange"))


class FlowBars(Canvas):
    """A row per unit: on the left what is kept, on the right what is written, both from zero on one scale.

    Where there are more units than rows of pixels, a row shows the one farthest from zero.

    Signals
    -------
    hovered(text)
    unitClicked(unit)

    Parameters
    ----------
    parent : QWidget or None
    """

    hovered = Signal(str)
    unitClicked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values: NDArray[np.float64] = np.zeros((0, 2))
        self.top, self.state = 1.0, ""
        self.picked: tuple[int, ...] = ()
        self._text = ""
        self.setAccessibleName("Kept and written, unit by unit")

    def show_flows(self, values: NDArray[np.float64], top: float, state: str, picked: tuple[int, ...]) -> None:
        """Show what is kept and written.

        Parameters
        ----------
        values : array, [units, 2]
        top : float
            The end of the scale, above zero.
        state : str
        picked : tuple of int
            Units that are marked.
        """
        same = (top, state, picked) == (self.top, self.state, self.picked)
        if same and np.array_equal(values, self.values, equal_nan=True):
            return
        self.values, self.top, self.state, self.picked = values, top, state, picked
        self.update()

    @property
    def field(self) -> QRectF:
        """The part of the widget in which the bars stand."""
        small = self.sizes.small
        return QRectF(
            2.6 * small, 2.6 * small, max(1.0, self.width() - 3.6 * small), max(1.0, self.height() - 4.6 * small)
        )

    def unit_at(self, place: QPointF) -> int:
        """Return the unit at a pixel; -1 for none."""
        field, units = self.field, len(self.values)
        if not units or not field.contains(place):
            return -1
        return min(units - 1, int((place.y() - field.top()) / field.height() * units))

    def clicked_at(self, place: QPointF) -> None:
        """Tell which unit was clicked."""
        if (unit := self.unit_at(place)) >= 0:
            self.unitClicked.emit(unit)

    def pointed_at(self, place: QPointF | None) -> None:
        """Tell of the unit under the mouse."""
        unit = -1 if place is None else self.unit_at(place)
        text = ""
        if unit >= 0:
            kept, written = self.values[unit].tolist()
            parts = f"kept {number(kept)}, written {number(written)}"
            text = f"unit {unit + 1}: {parts}, {self.state} = {number(kept + written)}"
        if text != self._text:
            self._text = text
            self.hovered.emit(text)

    def sizeHint(self) -> QSize:
        """Return a calm size."""
        return QSize(16 * self.sizes.small, 300)

    def minimumSizeHint(self) -> QSize:
        """Return the size below which nothing is seen."""
        return QSize(8 * self.sizes.small, 3 * self.sizes.small)

    def paint(self, painter: QPainter) -> None:
        """Paint both columns."""
        field, small, theme = self.field, self.sizes.small, self.theme
        units = len(self.values)
        if not units:
            return
        font, gap = ui_font(small), 0.8 * small
        wide = (field.width() - gap) / 2
        for column, (name, colour) in enumerate(COLUMNS):
            ink = hue(colour, theme)
            left = field.left() + column * (wide + gap)
            place = QRectF(left - gap / 2, 0.7 * small, wide + gap, 1.7 * small)
            write(painter, place, CENTRE, name, ui_font(small * 1.1, MEDIUM), ink)
            self._column(painter, QRectF(left, field.top(), wide, field.height()), self.values[:, column], ink)
            ends = QRectF(left - gap / 2, field.bottom() + 2, wide + gap, 1.6 * small)
            write(painter, ends, CENTRE, f"± {number(self.top, 2)}", font, theme.muted)
        for unit in {0, units - 1, *self.picked[:1]} if field.height() > 5 * small * 1.3 else set(self.picked[:1]):
            if unit < units and not (unit not in self.picked and self._near_picked(unit)):
                centre = field.top() + (unit + 0.5) / units * field.height()
                place = QRectF(0, centre - small, field.left() - 5, 2 * small)
                colour = theme.text if unit in self.picked else theme.muted
                write(painter, place, RIGHT, str(unit + 1), font, colour)

    def _near_picked(self, unit: int) -> bool:
        away = 1.4 * self.sizes.small / self.field.height() * len(self.values)
        return any(abs(unit - other) < away for other in self.picked[:1])

    def _column(self, painter: QPainter, rect: QRectF, values: NDArray[np.float64], ink: str) -> None:
        theme, units = self.theme, len(values)
        for unit in self.picked:
            if unit < units:
                high = max(2.0, rect.height() / units)
                ground = QRectF(rect.left(), rect.top() + unit / units * rect.height(), rect.width(), high)
                painter.fillRect(ground, QColor(theme.selection))
        middle, colour = rect.center().x(), QColor(ink)
        rows = min(units, max(1, int(rect.height())))
        edges = np.linspace(0, units, rows + 1).astype(int)
        high = rect.height() / rows
        thick = high * 0.7 if high > 3 else high
        sizes = np.abs(np.nan_to_num(values))
        for row, (first, last) in enumerate(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)):
            value = float(values[first + int(sizes[first:last].argmax())])
            if value != value:
                continue
            size = max(-1.0, min(1.0, value / self.top)) * rect.width() / 2
            top = rect.top() + row * high + (high - thick) / 2
            painter.fillRect(QRectF(min(middle, middle + size), top, abs(size), thick), colour)
        painter.fillRect(QRectF(middle - 0.5, rect.top(), 1.0, rect.height()), QColor(theme.faint))
