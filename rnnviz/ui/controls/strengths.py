"""How strong the steps of a sequence are, and the legend that says what their colours stand for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from rnnviz.ui.drawing.painting import LEFT, RIGHT, font_metrics, write
from rnnviz.ui.theme import SEMIBOLD, STRENGTHS, Metrics, Theme, ui_font
from rnnviz.ui.theme.colormaps import LEVELS


@dataclass(frozen=True, eq=False)
class Strengths:
    """How strong every token is.

    Parameters
    ----------
    shares : ndarray, [S]
        From 0 to 1, the strongest; NaN and infinity as they come.
    asked : ndarray of bool, [S]
        Where a share is meant; other tokens stand back.
    weakest, strongest : str
        What 0 and 1 stand for; empty where nothing is to be explained.
    """

    shares: NDArray[np.float64]
    asked: NDArray[np.bool_]
    weakest: str = "0"
    strongest: str = ""


def paint_legend(painter: QPainter, line: QRectF, strengths: Strengths, theme: Theme, sizes: Metrics) -> None:
    """Paint the colours with what their ends stand for, at the right end of a line."""
    size = sizes.small
    bold, font = ui_font(size, SEMIBOLD), ui_font(size)
    room = font_metrics(bold).horizontalAdvance(strengths.strongest) + 1
    bar = QRectF(line.right() - room - 9.5 * size, line.center().y() - size / 3, 9 * size, size / 1.5)
    colours = STRENGTHS.table(theme)[:LEVELS].tobytes()
    painter.drawImage(bar, QImage(colours, LEVELS, 1, 4 * LEVELS, QImage.Format.Format_RGBA8888))
    painter.setPen(QPen(QColor(theme.border), 1.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(bar)
    before = QRectF(line.left(), line.top(), bar.left() - 0.5 * size - line.left(), line.height())
    write(painter, before, RIGHT, strengths.weakest, font, theme.muted)
    beyond = QRectF(bar.right() + size / 2, line.top(), room, line.height())
    write(painter, beyond, LEFT, strengths.strongest, bold, theme.text)
