"""What is written and drawn around the blocks of a matrix: names, frames, and marks of picked rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from rnnviz.ui.drawing.painting import CENTRE, LEFT, draw_symbol, write, write_on
from rnnviz.ui.theme import MEDIUM, SEMIBOLD, series_style, ui_font

if TYPE_CHECKING:
    from rnnviz.ui.plots.xy.matrix_plot import MatrixPlot

_LEGIBLE = 5.0
"""Height of a row in pixels from which a picked one is outlined; lower ones are only pointed at."""


def paint_title(painter: QPainter, plot: MatrixPlot) -> None:
    """Write what the numbers are."""
    sizes, area = plot.sizes, plot.area
    place = QRectF(area.left(), 0, plot.width() - area.left(), sizes.title * 1.7)
    write(painter, place, LEFT, plot.title, ui_font(sizes.text, SEMIBOLD), plot.theme.text)


def paint_frames(painter: QPainter, plot: MatrixPlot) -> None:
    """Frame the blocks, and name them where they stand apart."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for block in plot.blocks:
        rect = plot.rect_of(block.rows, block.columns)
        chosen = block.name == plot.chosen
        painter.setPen(QPen(QColor(plot.theme.accent if chosen else plot.theme.border), 2.0 if chosen else 1.0))
        painter.drawRect(rect.adjusted(0.5, 0.5, -0.5, -0.5))
        if plot.named:
            name, _, scale = plot.heading(block).partition("  ")
            height = plot.sizes.small * 1.4
            place = QRectF(rect.left(), rect.top() - height, max(1.0, rect.width()), height)
            font = ui_font(plot.sizes.small, SEMIBOLD)
            place.setLeft(place.left() + write_on(painter, place, LEFT, name, font, block.row_style.colour) + 5)
            if place.width() > plot.sizes.small * 1.5:
                write(painter, place, LEFT, scale, ui_font(plot.sizes.small), plot.theme.muted)


def paint_sides(painter: QPainter, plot: MatrixPlot) -> None:
    """Name the rows of blocks by gate at the left, the columns by operand above."""
    area, sizes, theme = plot.area, plot.sizes, plot.theme
    for span in plot.rows.spans:
        block = next(block for block in plot.blocks if block.rows == span)
        rect = plot.rect_of(span, block.columns) & QRectF(-1e6, area.top(), 2e6, area.height())
        if rect.height() < sizes.small * 0.9:
            continue
        middle = rect.center().y()
        draw_symbol(
            painter, QPointF(sizes.padding + sizes.marker / 2, middle), block.row_style, sizes.marker + 2, theme.surface
        )
        left = sizes.padding * 1.5 + sizes.marker
        place = QRectF(left, middle - sizes.title, area.left() - left, 2 * sizes.title)
        write(painter, place, LEFT, block.row, ui_font(sizes.title, SEMIBOLD), block.row_style.colour)
    for span in plot.columns.spans:
        block = next(block for block in plot.blocks if block.columns == span)
        rect = plot.rect_of(block.rows, span) & QRectF(area.left(), -1e6, area.width(), 2e6)
        if rect.width() > sizes.small:
            place = QRectF(rect.left() - 2, area.top() - sizes.small * 1.5, rect.width() + 4, sizes.small * 1.4)
            colour = block.column_style.colour if block.column_style is not None else theme.muted
            write(painter, place, CENTRE, plot.heading(block), ui_font(sizes.small, MEDIUM), colour)


def paint_picked(painter: QPainter, plot: MatrixPlot) -> None:
    """Point at picked rows, and outline them where they are high enough."""
    area, size = plot.area, plot.sizes.marker * 0.55
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for row, index in plot.picked:
        colour = QColor(series_style(index, plot.theme).colour)
        blocks = [block for block in plot.blocks if block.rows[0] <= row < block.rows[1]]
        for block in blocks:
            rect = plot.rect_of((row, row + 1), block.columns) & area
            if rect.height() >= _LEGIBLE and rect.width() > 0:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(colour, 1.5))
                painter.drawRect(rect)
        if not blocks:
            continue
        y = plot.rect_of((row, row + 1), blocks[0].columns).center().y()
        if area.top() <= y <= area.bottom():
            tip = QPointF(area.left() - 1, y)
            corners = [tip, tip + QPointF(-1.5 * size, -size), tip + QPointF(-1.5 * size, size)]
            painter.setPen(QPen(QColor(plot.theme.surface), 1.0))
            painter.setBrush(colour)
            painter.drawPolygon(QPolygonF(corners))
