"""The axes of a space of states: ticks where it is seen from the front, a box where it is seen from the side."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from rnnviz.ui.drawing.painting import CENTRE, LEFT, RIGHT, font_metrics, write, write_tick
from rnnviz.ui.drawing.ticks import Tick, round_ticks
from rnnviz.ui.plots.xy.state_space.projection import SpaceView
from rnnviz.ui.theme import MEDIUM, ui_font

if TYPE_CHECKING:
    from rnnviz.ui.plots.xy.state_space.plot import StateSpacePlot

_MORE = 4
"""How many more ticks than wished for there may be."""


def draw_axes(painter: QPainter, plot: StateSpacePlot, view: SpaceView) -> None:
    """Draw the axes of a space with their names."""
    if view.flat:
        _draw_flat(painter, plot, view)
    else:
        _draw_box(painter, plot, view)


def _draw_flat(painter: QPainter, plot: StateSpacePlot, view: SpaceView) -> None:
    area, small, theme = plot.area, plot.sizes.small, plot.theme
    centre = (view.low + view.high) / 2
    for axis in range(min(2, len(plot.axes))):
        length = area.height() if axis else area.width()
        for tick in _ticks(*view.reach(axis), max(2, int(length / (3.5 * small if axis else 6 * small)))):
            place = centre.copy()
            place[axis] = tick.value
            at = view.pixel(place)
            painter.setPen(QPen(QColor(theme.faint if tick.value == 0 else theme.grid), 1.0))
            if axis:
                painter.drawLine(QLineF(area.left(), at.y(), area.right(), at.y()))
                if area.height() > 6 * small:
                    write_tick(painter, area.left() - 4, at.y(), tick, small, theme.muted)
            else:
                painter.drawLine(QLineF(at.x(), area.top(), at.x(), area.bottom()))
                box = QRectF(at.x() - 2.5 * small, area.bottom() + 1, 5 * small, 1.5 * small)
                if box.bottom() <= plot.height() + 2 and _free_of_name(plot, box):
                    write(painter, box, CENTRE, tick.text, ui_font(small), theme.muted)
    font = ui_font(small, MEDIUM)
    if area.top() > small and len(plot.axes) > 1:
        box = QRectF(4, area.top() - 1.6 * small, area.width() + area.left() - 4, 1.5 * small)
        write(painter, box, LEFT, f"{plot.axes[1]} ↑", font, theme.muted)
    if plot.height() - area.bottom() > small and plot.axes:
        write(painter, _name_box(plot), RIGHT, f"{plot.axes[0]} →", font, theme.muted)


def _ticks(low: float, high: float, most: int) -> list[Tick]:
    """Return round ticks: rather a few more than the ends, whose numbers are long."""
    found: list[Tick] = []
    for count in range(most, most + _MORE):
        found = round_ticks(low, high, count)
        if found and found[0].value != low:
            break
    return found


def _name_box(plot: StateSpacePlot) -> QRectF:
    area, small = plot.area, plot.sizes.small
    wide = font_metrics(ui_font(small, MEDIUM)).horizontalAdvance(f"{plot.axes[0]} →") + 4
    return QRectF(area.right() - wide, area.bottom() + 1, wide, 1.5 * small)


def _free_of_name(plot: StateSpacePlot, box: QRectF) -> bool:
    return box.center().x() + plot.sizes.small < _name_box(plot).left()


def _draw_box(painter: QPainter, plot: StateSpacePlot, view: SpaceView) -> None:
    """Draw the edges of the box, and name the three that meet in its first corner at their ends."""
    ends = np.stack([view.low, view.high])
    theme, small = plot.theme, plot.sizes.small
    for axis in range(3):
        for others in product((0, 1), repeat=2):
            corner = np.insert(np.array(others), axis, 0)
            first, last = ends[corner, range(3)], ends[corner, range(3)].copy()
            last[axis] = view.high[axis]
            named = not any(others)
            painter.setPen(QPen(QColor(theme.muted if named else theme.grid), 1.3 if named else 1.0))
            painter.drawLine(QLineF(view.pixel(first), view.pixel(last)))
    if plot.height() > 8 * small:
        for axis in range(3):
            last = view.low.copy()
            last[axis] = view.high[axis]
            _draw_name(painter, plot, view.pixel(last), plot.axes[axis])


def _draw_name(painter: QPainter, plot: StateSpacePlot, at: QPointF, name: str) -> None:
    font, small = ui_font(plot.sizes.small, MEDIUM), plot.sizes.small
    wide = font_metrics(font).horizontalAdvance(name) + 4
    left = min(max(2.0, at.x() - wide / 2), plot.area.right() - wide)
    top = at.y() - 1.6 * small if at.y() < plot.area.center().y() else at.y() + 2
    top = min(max(0.0, top), plot.height() - 1.5 * small)
    box = QRectF(left, top, wide, 1.5 * small)
    painter.fillRect(box, QColor(plot.theme.surface))
    write(painter, box, CENTRE, name, font, plot.theme.muted)
