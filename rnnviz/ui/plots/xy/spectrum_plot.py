"""The spectrum of one matrix: its singular values, and its eigenvalues in the complex plane."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from rnnviz.ui.drawing.canvas import Canvas
from rnnviz.ui.drawing.painting import CENTRE, LEFT, RIGHT, write
from rnnviz.ui.drawing.ticks import number, round_ticks
from rnnviz.ui.theme import MEDIUM, SignalStyle, ui_font

_LEAST = 60.0
"""Side from which the plane of the eigenvalues is drawn."""


class BlockSpectrum(Canvas):
    """Singular values from the largest to the smallest at the left, eigenvalues with the unit circle at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.singular: NDArray[np.float64] = np.zeros(0)
        self.eigenvalues: NDArray[np.complex128] = np.zeros(0, np.complex128)
        self._name = self.notice = ""
        self._style = SignalStyle("#000000", "circle")
        self.setMinimumSize(60, 40)

    def show_spectrum(
        self, name: str, singular: NDArray[np.float64], eigenvalues: NDArray[np.complex128], style: SignalStyle
    ) -> None:
        """Show the spectrum of a matrix; eigenvalues are empty where it is not square."""
        self.singular, self.eigenvalues, self._style = singular, eigenvalues, style
        self._name, self.notice = name, ""
        self.setAccessibleName(f"spectrum of {name}")
        self.update()

    def say(self, sentence: str) -> None:
        """Say why there is no spectrum."""
        self.singular, self.eigenvalues = np.zeros(0), np.zeros(0, np.complex128)
        self.notice = sentence
        self.update()

    def sizeHint(self) -> QSize:
        """Return a calm size."""
        return QSize(300, 150)

    def paint(self, painter: QPainter) -> None:
        """Paint both plots, or the sentence."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        sizes = self.sizes
        whole = QRectF(self.rect()).adjusted(sizes.padding, sizes.padding * 0.5, -sizes.padding, -sizes.padding * 0.5)
        if self.notice:
            font = ui_font(sizes.small)
            painter.setFont(font)
            painter.setPen(QColor(self.theme.muted))
            painter.drawText(whole, int(CENTRE) | int(Qt.TextFlag.TextWordWrap), self.notice)
            return
        side = min(whole.height() - sizes.small * 1.6, whole.width() * 0.5)
        plane = len(self.eigenvalues) > 0 and side >= _LEAST
        left = QRectF(whole)
        if plane:
            left.setRight(whole.right() - side - 2 * sizes.padding)
            self._paint_plane(painter, QRectF(whole.right() - side, whole.top() + sizes.small * 1.6, side, side))
        self._paint_singular(painter, left)

    def _paint_singular(self, painter: QPainter, rect: QRectF) -> None:
        small, theme = self.sizes.small, self.theme
        title = QRectF(rect.left(), rect.top(), rect.width(), small * 1.5)
        write(
            painter,
            title,
            LEFT,
            f"{self._name}: singular values",
            ui_font(small, MEDIUM),
            theme.muted,
        )
        plot = rect.adjusted(small * 2.6, small * 2.2, 0, -small * 0.4)
        values = self.singular[np.isfinite(self.singular)]
        if plot.height() < 10 or plot.width() < 10 or not len(values):
            return
        top = max(float(values.max()), 1e-300)
        ticks = round_ticks(0.0, top, max(2, int(plot.height() / (small * 2.6))))
        for tick in ticks:
            y = plot.bottom() - tick.value / top * plot.height()
            painter.setPen(QPen(QColor(theme.grid), 1.0))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            place = QRectF(rect.left(), y - small, plot.left() - rect.left() - 4, 2 * small)
            write(painter, place, RIGHT, tick.text, ui_font(small), theme.muted)
        width = plot.width() / len(values)
        painter.setBrush(QColor(self._style.colour))
        painter.setPen(Qt.PenStyle.NoPen)
        if width >= 3:
            for index, value in enumerate(values.tolist()):
                height = value / top * plot.height()
                bar = QRectF(plot.left() + index * width + 0.5, plot.bottom() - height, width - 1, height)
                painter.drawRect(bar)
            return
        corners = [
            QPointF(plot.left() + (index + 0.5) * width, plot.bottom() - value / top * plot.height())
            for index, value in enumerate(values.tolist())
        ]
        painter.setPen(QPen(QColor(self._style.colour), self.sizes.line))
        painter.drawPolyline(QPolygonF(corners))

    def _paint_plane(self, painter: QPainter, rect: QRectF) -> None:
        small, theme = self.sizes.small, self.theme
        title = QRectF(rect.left() - small, rect.top() - small * 1.6, rect.width() + small, small * 1.5)
        write(painter, title, CENTRE, "eigenvalues", ui_font(small, MEDIUM), theme.muted)
        values = self.eigenvalues[np.isfinite(self.eigenvalues)]
        reach = 1.1 * max(1.0, float(np.abs(values).max(initial=0.0)))
        scale, middle = rect.width() / 2 / reach, rect.center()
        painter.setPen(QPen(QColor(theme.grid), 1.0))
        painter.drawLine(QPointF(rect.left(), middle.y()), QPointF(rect.right(), middle.y()))
        painter.drawLine(QPointF(middle.x(), rect.top()), QPointF(middle.x(), rect.bottom()))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.muted), 1.0))
        painter.drawEllipse(middle, scale, scale)
        near = QRectF(middle.x() + scale - small * 1.2, middle.y(), small, small * 1.3)
        if small * 3 < scale:
            write(painter, near, RIGHT, "1", ui_font(small), theme.muted)
            above = QRectF(middle.x() + 3, middle.y() - scale, small, small * 1.4)
            write(painter, above, LEFT, "i", ui_font(small), theme.muted)
        fill = QColor(self._style.colour)
        fill.setAlphaF(0.7)
        painter.setBrush(fill)
        painter.setPen(QPen(QColor(theme.surface), 0.5))
        radius = self.sizes.marker * 0.4
        for value in values.tolist():
            painter.drawEllipse(middle + QPointF(value.real * scale, -value.imag * scale), radius, radius)
        if reach > 1.1:
            place = QRectF(rect.left(), rect.bottom() - small * 1.4, rect.width(), small * 1.4)
            write(painter, place, RIGHT, f"to {number(reach / 1.1)}", ui_font(small), theme.muted)
