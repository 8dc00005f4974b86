"""One gate's square: a dot per unit at the shares of steps at which it is near the upper and near the lower end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QWidget

from rnnviz.ui.drawing.painting import font_metrics
from rnnviz.ui.drawing.ticks import Tick, round_ticks
from rnnviz.ui.plots.base.parts import PixelItem
from rnnviz.ui.plots.base.view import Margins
from rnnviz.ui.plots.xy.square_parts import Mark, PercentAxis, SquareGround, SquareMarks, Upwards
from rnnviz.ui.plots.xy.whole_view import WholeView
from rnnviz.ui.theme import Metrics, SignalStyle, series_style, ui_font

_NEAR = 14.0
"""Pixels within which a dot is pointed at."""
_TICKS = 3


@dataclass(frozen=True, eq=False)
class ShareSquare:
    """One gate: its name, what its ends are called, and the shares of all its units.

    Parameters
    ----------
    name, caption : str
    style : SignalStyle
    across, upwards : str
        What stands along the axes.
    right, left : str
        What a unit is at the far ends: "always open", "always shut".
    above, below : ndarray, [H]
        Shares of steps, 0 to 1.
    """

    name: str
    caption: str
    style: SignalStyle
    across: str
    upwards: str
    right: str
    left: str
    above: NDArray[np.float64]
    below: NDArray[np.float64]


def square_margins(sizes: Metrics, named: bool) -> Margins:
    """Return the room around a square: for its title and, where they are named, for its axes."""
    small, space = sizes.small, sizes.padding
    title = round(sizes.title * 1.7)
    if not named:
        return Margins(space // 2, title, space // 2, space // 2)
    tick = font_metrics(ui_font(small)).horizontalAdvance("100 %")
    return Margins(round(tick + small * 1.5 + space), title, round(tick / 2 + space / 2), round(small * 3.2))


class Dots(PixelItem, pg.ScatterPlotItem):
    """A dot per unit; units in the same place share one, which is the larger the more they are.

    `getData` returns the shares of all units, in their order.
    """

    def __init__(self) -> None:
        super().__init__(useCache=False)
        self._colour = ""
        self._places: list[tuple[QPointF, int]] = []

    def set_shares(self, above: NDArray[np.float64], below: NDArray[np.float64], colour: str) -> None:
        """Take the shares of all units, [H] each."""
        self.setData(x=above, y=below)
        self._colour = colour

    def set_places(self, places: list[tuple[QPointF, int]]) -> None:
        """Take where dots stand in the widget, each for a number of units."""
        self._places = places
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the square, and the room of dots on its edges."""
        room = 4 * self.sizes.marker
        return self.rect.adjusted(-room, -room, room, room)

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the dots."""
        fill, radius = QColor(self._colour), self.sizes.marker * 0.48
        fill.setAlphaF(0.7)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self.theme.surface), 0.75))
        painter.setBrush(fill)
        for at, units in self._places:
            size = radius * min(4.0, units**0.4)
            painter.drawEllipse(at, size, size)


class SquarePlot(WholeView):
    """Shares of steps from 0 to 1 in both directions: to the right those above, upwards those below.

    Signals
    -------
    hovered(unit)
        The mouse is over a unit; -1 for none.
    unitClicked(unit)
    """

    hovered = Signal(int)
    unitClicked = Signal(int)

    grid_at_ticks = False

    def __init__(self, parent: QWidget | None = None) -> None:
        self._percent = PercentAxis()
        super().__init__(parent, self._percent)

    def build(self) -> None:
        """Add dots and marks."""
        nothing = np.zeros(0)
        self.square = ShareSquare("", "", SignalStyle("#000000", "circle"), "", "", "", "", nothing, nothing)
        self.named, self.spare = False, 0
        self._groups: list[tuple[float, float, list[int]]] = []
        self._picked: tuple[int, ...] = ()
        self._pointed = -1
        self._triangle, self._dots, self._marks, self._upwards = SquareGround(), Dots(), SquareMarks(), Upwards()
        self.add_over_data(self._triangle, -40.0)
        self.add_data(self._dots)
        self.add_over_data(self._marks, 20.0)
        self.add_beside_data(self._upwards)
        self.scene().sigMouseClicked.connect(self._on_mouse_clicked)

    # what the plot of all squares calls

    def show_square(self, square: ShareSquare) -> None:
        """Show a gate."""
        self.square, self.key = square, square.name
        self._groups = _gathered(square)
        self._dots.set_shares(square.above, square.below, square.style.colour)
        self.set_title(square.name, square.caption, square.style)
        self.setAccessibleName(f"{square.name}: {square.across}, {square.upwards}")
        self.relayout()

    def set_picked(self, units: tuple[int, ...]) -> None:
        """Ring these units, number k in the colour of ``series_style(k)``."""
        if units != self._picked:
            self._picked = units
            self._place_marks()

    def set_room(self, *, named: bool, spare: int) -> None:
        """Say whether there is room to name the axes, and how many pixels are free left and right."""
        if (named, spare) != (self.named, self.spare):
            self.named, self.spare = named, spare
            self.relayout()

    def together(self, unit: int) -> list[int]:
        """Return all units that stand where a unit does."""
        return next((units for _, _, units in self._groups if unit in units), [unit])

    def unit_at(self, at: QPointF) -> int:
        """Return the unit at a pixel; of several there the one picked, else the first; -1 for none."""
        best, found = _NEAR**2, -1
        for above, below, units in self._groups:
            away = self.pixel_of(above, below) - at
            distance = away.x() ** 2 + away.y() ** 2
            if distance < best:
                best, found = distance, next((unit for unit in self._picked if unit in units), units[0])
        return found

    # what the base asks

    @property
    def margins(self) -> Margins:
        """The room for title and axes."""
        left, top, right, bottom = square_margins(self.sizes, self.named)
        return Margins(left + self.spare, top, right + self.spare, bottom)

    @property
    def below_height(self) -> int:
        """The height of the axis below, where it is named."""
        return self.margins.bottom if self.named else 0

    def minimumSizeHint(self) -> QSize:
        """Return the least there is."""
        return QSize(1, 1)

    def automatic_ticks(self, most: int) -> list[Tick]:
        """Return some shares in percent; the 0 of both axes stands below."""
        return [tick for tick in percents(self._low, self._high) if tick.value] if self.named else []

    def layout_changed(self) -> None:
        """Place ground, dots and marks; what stands on the edges of the whole square is not cut."""
        area, sizes = self.data_rect, self.sizes
        self.box.setFlag(QGraphicsItem.GraphicsItemFlag.ItemClipsChildrenToShape, not self.box.shows_all)
        wide = area.width() + self.spare + 3 * sizes.padding
        self._header.place(QRectF(area.left() - sizes.padding, 0, wide, sizes.title * 1.7))
        for item in (self._triangle, self._dots, self._marks):
            item.place(area)
        whole = QRectF(self.pixel_of(0.0, 1.0), self.pixel_of(1.0, 0.0))
        self._triangle.give((whole, self.square.left, self.square.right))
        self._dots.set_places([(self.pixel_of(above, below), len(units)) for above, below, units in self._groups])
        self._place_marks()
        ticks = percents(*self.box.viewRange()[0]) if self.named else []
        places = [(self.pixel_of(tick.value, 0.0).x() - area.left(), tick) for tick in ticks]
        self._percent.show_ticks(places, self.square.across if self.named else "")
        self._upwards.place(QRectF(0, area.top(), area.left(), area.height()))
        self._upwards.give(self.square.upwards if self.named else "")

    def _place_marks(self) -> None:
        above, below = self.square.above, self.square.below
        mean = self.pixel_of(float(above.mean()), float(below.mean())) if len(above) else None
        marks = []
        for number, unit in enumerate(self._picked):
            if unit < len(above):
                at = self.pixel_of(float(above[unit]), float(below[unit]))
                marks.append(Mark(at, str(unit + 1), series_style(number, self.theme).colour))
        self._marks.give((mean, self.square.style, marks, self.named))

    # the mouse

    def pointed_at_pixel(self, at: QPointF | None) -> None:
        """Tell which unit is under the mouse."""
        unit = -1 if at is None else self.unit_at(at)
        if unit != self._pointed:
            self._pointed = unit
            self.hovered.emit(unit)

    def _on_mouse_clicked(self, event: pg.GraphicsScene.mouseEvents.MouseClickEvent) -> None:
        """Pick the unit; where several stand together the one after that picked. Dots reach beyond the square."""
        unit = self.unit_at(event.scenePos())
        if unit >= 0 and event.button() == Qt.MouseButton.LeftButton and not event.double():
            units = self.together(unit)
            self.unitClicked.emit(units[(units.index(unit) + 1) % len(units)] if unit in self._picked else unit)


def percents(low: float, high: float) -> list[Tick]:
    """Return some round shares between two, in percent."""
    found = round_ticks(100 * low, 100 * high, _TICKS)
    return [Tick(tick.value / 100, f"{tick.text} %" if tick.value else "0") for tick in found]


def _gathered(square: ShareSquare) -> list[tuple[float, float, list[int]]]:
    """Units by place: (above, below, units), the places of most units first, so that they lie lowest."""
    places: dict[tuple[float, float], list[int]] = {}
    for unit, place in enumerate(zip(square.above.tolist(), square.below.tolist(), strict=True)):
        places.setdefault(place, []).append(unit)
    return sorted(((a, b, units) for (a, b), units in places.items()), key=lambda dot: -len(dot[2]))
