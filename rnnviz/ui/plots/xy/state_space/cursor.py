"""What moves over a space of states: the cursor, where a map leads from it, and the fixed points that are marked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from rnnviz.ui.drawing.painting import LEFT, RIGHT, font_metrics, write
from rnnviz.ui.plots.xy.state_space.items import ReturnMap, draw_cobweb
from rnnviz.ui.plots.xy.state_space.projection import three
from rnnviz.ui.theme import SEMIBOLD, ui_font

if TYPE_CHECKING:
    from rnnviz.ui.plots.xy.state_space.plot import StateSpacePlot


def draw_lit(painter: QPainter, plot: StateSpacePlot, marked: Iterable[int]) -> None:
    """Draw rings about fixed points."""
    if plot.fixed is None:
        return
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(plot.theme.cursor), 2.0))
    for place in marked:
        if place < len(plot.fixed.points):
            at, radius = plot.view.pixel(three(plot.fixed.points)[place]), 1.25 * plot.sizes.marker
            painter.drawEllipse(at, radius, radius)


def draw_cursor(painter: QPainter, plot: StateSpacePlot) -> None:
    """Draw the cursor with its name, and before it where a map of a single unit would lead from there."""
    if plot.cursor_place is None:
        return
    if isinstance(plot.portrait, ReturnMap):
        _draw_way_on(painter, plot, plot.portrait)
    if np.isfinite(plot.cursor_place).all():
        _draw_ring(painter, plot)


def _draw_way_on(painter: QPainter, plot: StateSpacePlot, portrait: ReturnMap) -> None:
    assert plot.cursor_place is not None
    corners = portrait.cobweb(float(plot.cursor_place[1]))
    painter.save()
    painter.setClipRect(plot.area)
    draw_cobweb(painter, np.concatenate([plot.cursor_place[None, :2], corners]), plot.view, plot.theme, plot.sizes)
    painter.restore()


def _draw_ring(painter: QPainter, plot: StateSpacePlot) -> None:
    assert plot.cursor_place is not None
    at, radius, small = plot.view.pixel(plot.cursor_place), 0.95 * plot.sizes.marker, plot.sizes.small
    painter.setPen(QPen(QColor(plot.theme.halo), 3.0 + plot.sizes.cursor_line))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(at, radius, radius)
    painter.setPen(QPen(QColor(plot.theme.cursor), plot.sizes.cursor_line + 0.5))
    painter.drawEllipse(at, radius, radius)
    font = ui_font(small, SEMIBOLD)
    wide = font_metrics(font).horizontalAdvance(plot.cursor_name) + 6
    if not plot.cursor_name or plot.height() < 7 * small:
        return
    rightwards = at.x() + radius + 6 + wide < plot.area.right()
    left = at.x() + radius + 5 if rightwards else at.x() - radius - 5 - wide
    box = QRectF(left, at.y() - 0.8 * small, wide, 1.6 * small)
    ground = QColor(plot.theme.surface)
    ground.setAlphaF(0.8)
    painter.fillRect(box, ground)
    write(painter, box, LEFT if rightwards else RIGHT, plot.cursor_name, font, plot.theme.cursor)
