"""Running text whose tokens have grounds that say how strong they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnviz.ui.plots.textlines import LINE_END, NOTHING, SPACE, TextLines, fitted
from rnnviz.ui.plots.timeaxis import TimeAxis
from rnnviz.ui.plots.typeset import CENTRE, LEFT, RIGHT, font_metrics, write
from rnnviz.ui.theme import LIGHT, MEDIUM, NORMAL, SEMIBOLD, STRENGTHS, Metrics, Theme, tint, ui_font
from rnnviz.ui.theme.colormaps import LEVELS

MOST_TOKENS = 2000
"""Tokens that are laid out at once; of a longer text those around the one in focus."""
_STRIDE = 500
"""Tokens by which the part of a long text moves on."""


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


class RunningText(QWidget):
    """The tokens of the sequence as text, broken into lines, one of them in focus.

    Signals
    -------
    hovered(step)
        The mouse is over a token; -1 for none.
    stepClicked(step)
        The user asks for a step.
    """

    hovered = Signal(int)
    stepClicked = Signal(int)

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.axis = axis
        self.theme: Theme = LIGHT
        self.sizes: Metrics = NORMAL
        self.joined = False
        self.strengths: Strengths | None = None
        self.focus: int | None = None
        self.hidden_after: int | None = None
        self._over = -1
        self._first = 0
        self._lines: TextLines | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Running text")
        axis.stepsChanged.connect(self._forget)

    # what panels call

    def set_joined(self, joined: bool) -> None:
        """Say whether tokens are characters, which stand side by side, or words."""
        if joined != self.joined:
            self.joined = joined
            self._forget()

    def set_strengths(self, strengths: Strengths | None) -> None:
        """Colour the tokens; None leaves them without a ground."""
        if strengths is not self.strengths:
            self.strengths = strengths
            self.update()

    def set_focus(self, step: int | None) -> None:
        """Outline the token that the strengths belong to, and bring it into view."""
        if step != self.focus:
            self.focus = step
            self._keep_in_reach()
            self.update()

    def set_ahead_hidden(self, step: int | None) -> None:
        """Leave out every token after a step, or none."""
        if step != self.hidden_after:
            self.hidden_after = step
            self.update()

    def set_theme(self, theme: Theme, sizes: Metrics) -> None:
        """Take other colours and sizes."""
        self.theme, self.sizes = theme, sizes
        self._forget()

    # geometry

    @property
    def lines(self) -> TextLines:
        """The tokens laid out, from the first one shown."""
        if self._lines is None:
            area = self.text_rect
            labels = [label or NOTHING for label in self.axis.labels[self._first : self._first + MOST_TOKENS]]
            self._lines = fitted(labels, self.joined, area.width(), area.height(), self.sizes)
        return self._lines

    @property
    def text_rect(self) -> QRectF:
        """Where the text stands."""
        across, down = 2 * self.sizes.padding, self.sizes.padding / 2
        legend = self.legend_height
        return QRectF(across, down, max(1.0, self.width() - 2 * across), max(1.0, self.height() - 2 * down - legend))

    @property
    def legend_height(self) -> float:
        """Room for the legend below the text; none where the text needs it."""
        needed = 1.7 * self.sizes.small
        return needed if self.height() >= 3 * needed + 2 * self.sizes.token and self.width() >= 300 else 0.0

    @property
    def _scrolled(self) -> float:
        """How far the text is moved up, so that the token in focus is seen with a line on either side."""
        room, lines = self.text_rect.height(), self.lines
        if lines.height <= room or self.focus is None:
            return 0.0
        line = lines.line_of(min(max(0, self.focus - self._first), len(lines.places) - 1))
        bottom = (line + 2) * lines.line
        return min(max(0.0, bottom - room), max(0.0, line * lines.line))

    def place_of(self, step: int) -> QRectF:
        """Return the ground of a token in pixels of the widget; empty where it is not laid out."""
        inside = step - self._first
        if not 0 <= inside < len(self.lines.places):
            return QRectF()
        area = self.text_rect
        return self.lines.places[inside].translated(area.left(), area.top() - self._scrolled)

    def step_at(self, at: QPointF) -> int:
        """Return the step of the token at a place; -1 where there is none, or it is hidden."""
        area = self.text_rect
        if not area.contains(at) or not self.axis.steps:
            return -1
        found = self.lines.at(at.x() - area.left(), at.y() - area.top() + self._scrolled)
        step = found + self._first if found >= 0 else -1
        return -1 if self._is_hidden(step) else step

    def sizeHint(self) -> QSize:
        """Return a calm size among plots."""
        return QSize(720, 160)

    def minimumSizeHint(self) -> QSize:
        """Return the room for one line."""
        return QSize(160, round(2 * self.sizes.token))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the text out in the new size."""
        super().resizeEvent(event)
        self._forget()

    def _forget(self) -> None:
        self._lines = None
        self._keep_in_reach()
        self.update()

    def _keep_in_reach(self) -> None:
        """Of a text too long to be laid out, take the part that the token in focus is in."""
        last = max(0, self.axis.steps - MOST_TOKENS)
        focus = self.focus or 0
        first = min(last, self._first)
        if not first + _STRIDE // 2 <= focus < first + MOST_TOKENS - _STRIDE // 2:
            first = min(last, max(0, (focus - MOST_TOKENS + _STRIDE) // _STRIDE * _STRIDE))
        if first != self._first:
            self._first, self._lines = first, None

    def _is_hidden(self, step: int) -> bool:
        return self.hidden_after is not None and step > self.hidden_after

    # the mouse

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at a token."""
        self._point_at(self.step_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the step of a token."""
        step = self.step_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and step >= 0:
            self.stepClicked.emit(step)
        else:
            super().mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        self._point_at(-1)

    def _point_at(self, step: int) -> None:
        if step != self._over:
            self._over = step
            self.hovered.emit(step)

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the tokens that are in view."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.surface))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.axis.steps:
            self._paint_text(painter)
        if self.legend_height and self.strengths is not None and self.strengths.strongest:
            self._paint_legend(painter, self.strengths)
        painter.end()

    def _paint_text(self, painter: QPainter) -> None:
        area, lines, scrolled = self.text_rect, self.lines, self._scrolled
        painter.save()
        painter.setClipRect(area.adjusted(-self.sizes.padding, 0, self.sizes.padding, 0))
        seen = [k + self._first for k in lines.tokens_between(scrolled, scrolled + area.height())]
        shown = [step for step in seen if not self._is_hidden(step)]
        for step in shown:
            self._paint_token(painter, step, self.place_of(step))
        if self.focus is not None and self.focus in shown:
            self._paint_focus(painter, self.place_of(self.focus))
        painter.restore()

    def _paint_token(self, painter: QPainter, step: int, place: QRectF) -> None:
        strengths, ink = self.strengths, self.theme.text
        if strengths is not None and not (step < len(strengths.asked) and strengths.asked[step]):
            ink = self.theme.faint
        elif strengths is not None:
            share = float(strengths.shares[step])
            ground = tint(share, self.theme)
            ink = ground.ink
            painter.setPen(Qt.PenStyle.NoPen)
            if np.isnan(share):
                painter.setPen(QPen(QColor(self.theme.error), 1.0, Qt.PenStyle.DashLine))
            painter.setBrush(QColor(ground.ground))
            corner = 0.0 if self.joined else 0.3 * self.lines.size
            if share != 0:
                painter.drawRoundedRect(place, corner, corner)
        label = self.axis.labels[step] or NOTHING
        if label in (SPACE, LINE_END, NOTHING) and ink == self.theme.text:
            ink = self.theme.muted
        write(painter, place, CENTRE, label, ui_font(self.lines.size, MEDIUM), ink)

    def _paint_focus(self, painter: QPainter, place: QRectF) -> None:
        corner = 0.3 * self.lines.size
        width = max(2.0, 0.1 * self.lines.size)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        frame = place.adjusted(-width / 2, width / 2, width / 2, -width / 2)
        for colour, thickness in ((self.theme.halo, width + 2), (self.theme.accent, width)):
            painter.setPen(QPen(QColor(colour), thickness))
            painter.drawRoundedRect(frame, corner, corner)

    def _paint_legend(self, painter: QPainter, strengths: Strengths) -> None:
        """Say below the text what the grounds stand for."""
        size, row = self.sizes.small, 1.7 * self.sizes.small
        line = QRectF(2 * self.sizes.padding, self.height() - row - 2, self.width() - 4 * self.sizes.padding, row)
        bold, font = ui_font(size, SEMIBOLD), ui_font(size)
        room = font_metrics(bold).horizontalAdvance(strengths.strongest) + 1
        bar = QRectF(line.right() - room - 9.5 * size, line.center().y() - size / 3, 9 * size, size / 1.5)
        colours = STRENGTHS.table(self.theme)[:LEVELS].tobytes()
        painter.drawImage(bar, QImage(colours, LEVELS, 1, 4 * LEVELS, QImage.Format.Format_RGBA8888))
        painter.setPen(QPen(QColor(self.theme.border), 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(bar)
        before = QRectF(line.left(), line.top(), bar.left() - 0.5 * size - line.left(), row)
        write(painter, before, RIGHT, strengths.weakest, font, self.theme.muted)
        beyond = QRectF(bar.right() + size / 2, line.top(), room, row)
        write(painter, beyond, LEFT, strengths.strongest, bold, self.theme.text)
