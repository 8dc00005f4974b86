"""Shapes of the network's picture: outlines of nodes, grids of units, and ways of links as paths."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from rnnviz.ui.networkdiagram.geometry import Frame, Spot


class Outline(NamedTuple):
    """The outline of a node about its upper left corner."""

    width: float
    height: float
    radius: float
    line: float
    ink: str
    ground: str
    dotted: bool


def draw_outline(outline: Outline, painter: QPainter) -> None:
    """Draw an outline with its ground."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    style = Qt.PenStyle.DotLine if outline.dotted else Qt.PenStyle.SolidLine
    painter.setPen(QPen(QColor(outline.ink), outline.line, style))
    painter.setBrush(QColor(outline.ground))
    painter.drawRoundedRect(QRectF(0, 0, outline.width, outline.height), outline.radius, outline.radius)


def grid_of(values: NDArray[np.floating], most_columns: int, most_rows: int, rect: QRectF) -> NDArray[np.floating]:
    """Return units in rows and columns, row after row, [rows, columns]; NaN behind the last.

    Where there are more units than places, each place has the farthest from zero of those that share it.
    """
    count = min(len(values), most_columns * most_rows)
    if count < len(values):
        starts = np.arange(count) * len(values) // count
        high, low = np.maximum.reduceat(values, starts), np.minimum.reduceat(values, starts)
        values = np.where(high >= -low, high, low)
    columns = min(most_columns, max(1, math.ceil(math.sqrt(count * rect.width() / max(1.0, rect.height())))))
    rows = math.ceil(count / columns)
    while rows > most_rows and columns < most_columns:
        columns += 1
        rows = math.ceil(count / columns)
    grid = np.full(rows * columns, np.nan)
    grid[:count] = values
    return grid.reshape(rows, columns)


def rect_of(frame: Frame) -> QRectF:
    """Return a frame as a rectangle of Qt."""
    return QRectF(frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top)


def way_of(
    start: Spot, pieces: tuple[tuple[Spot, ...], ...], short: float
) -> tuple[QPainterPath, Spot, tuple[float, float]]:
    """Return the way of a link, cut short for its head; the tip and the direction in which it points."""
    last = pieces[-1]
    before = last[-2] if len(last) == 3 else pieces[-2][-1] if len(pieces) > 1 else start
    tip = last[-1]
    length = math.hypot(tip.x - before.x, tip.y - before.y) or 1.0
    towards = (tip.x - before.x) / length, (tip.y - before.y) / length
    path = QPainterPath(QPointF(*start))
    for piece in pieces[:-1]:
        _add(path, piece)
    short = min(short, 0.9 * length)
    end = Spot(tip.x - towards[0] * short, tip.y - towards[1] * short)
    _add(path, (*last[:-1], end))
    return path, tip, towards


def _add(path: QPainterPath, piece: tuple[Spot, ...]) -> None:
    spots = [QPointF(*spot) for spot in piece]
    if len(spots) == 3:
        path.cubicTo(*spots)
    else:
        path.lineTo(spots[0])
