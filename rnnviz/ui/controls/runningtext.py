"""Running text whose tokens have grounds that say how strong they are."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnviz.ui.controls.strengths import Strengths, paint_legend
from rnnviz.ui.controls.textlines import LINE_END, NOTHING, SPACE, TextLines, fitted
from rnnviz.ui.drawing.painting import CENTRE, write
from rnnviz.ui.plots.time.time_axis import TimeAxis
from rnnviz.ui.theme import LIGHT, MEDIUM, NORMAL, Metrics, Theme, Tint, tint, ui_font

MOST_TOKENS = 2000
"""Tokens that are laid out at once; of a longer text those around the one in focus."""
_MOST_ROUNDED = 120
_CENTRED = int(CENTRE) | int(Qt.TextFlag.TextSingleLine) | int(Qt.TextFlag.TextDontClip)
_STRIDE = 500
"""Tokens by which the part of a long text moves on."""


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
        self._top = 0.0
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

    def set_focus(self, step: int | None, *, follow: bool = True) -> None:
        """Outline the token that the strengths belong to and, to `follow` it, bring it into view."""
        moved = follow and self._bring_into_view(step)
        if step != self.focus or moved:
            self.focus = step
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
        """How far the text is moved up."""
        return min(max(0.0, self._top), max(0.0, self.lines.height - self.text_rect.height()))

    def _bring_into_view(self, step: int | None) -> bool:
        """Move the text as little as shows a token with a line on either side; tell whether it moved."""
        if step is None:
            return False
        before = (self._first, self._scrolled)
        self._keep_in_reach(step)
        lines, room = self.lines, self.text_rect.height()
        line = lines.line_of(min(max(0, step - self._first), len(lines.places) - 1)) if lines.places else 0
        upper, lower = (line - 1) * lines.line, (line + 2) * lines.line - room
        self._top = min(self._scrolled, max(0.0, upper)) if self._scrolled > upper else max(self._scrolled, lower)
        return before != (self._first, self._scrolled)

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
        self._bring_into_view(self.focus)
        self.update()

    def _keep_in_reach(self, step: int) -> None:
        """Of a text too long to be laid out, take the part that a token is in."""
        last = max(0, self.axis.steps - MOST_TOKENS)
        first = min(last, self._first)
        if not first + _STRIDE // 2 <= step < first + MOST_TOKENS - _STRIDE // 2:
            first = min(last, max(0, (step - MOST_TOKENS + _STRIDE) // _STRIDE * _STRIDE))
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

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Move a text that is higher than the widget."""
        if self.lines.height <= self.text_rect.height():
            event.ignore()
            return
        self._top = self._scrolled - event.angleDelta().y() / 120 * 2 * self.lines.line
        self._top = self._scrolled
        self._point_at(self.step_at(event.position()))
        self.update()
        event.accept()

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
            row = self.legend_height
            place = QRectF(2 * self.sizes.padding, self.height() - row - 2, self.width() - 4 * self.sizes.padding, row)
            paint_legend(painter, place, self.strengths, self.theme, self.sizes)
        painter.end()

    def _paint_text(self, painter: QPainter) -> None:
        area, lines, scrolled = self.text_rect, self.lines, self._scrolled
        painter.save()
        painter.setClipRect(area.adjusted(-self.sizes.padding, 0, self.sizes.padding, 0))
        painter.translate(area.left(), area.top() - scrolled)
        seen = lines.tokens_between(scrolled, scrolled + area.height())
        shown = [(k + self._first, lines.places[k]) for k in seen if not self._is_hidden(k + self._first)]
        # To fill smooth corners takes far longer than to write the token: only where there are few, and they are large.
        rounded = not self.joined and len(shown) <= _MOST_ROUNDED
        for step, place in shown:
            self._paint_ground(painter, step, place, rounded=rounded)
        painter.setFont(ui_font(lines.size, MEDIUM))
        for step, place in shown:
            self._write_token(painter, step, place, area.width())
        for step, place in shown:
            if step == self.focus:
                self._paint_focus(painter, place)
        painter.restore()

    def _tint(self, step: int) -> Tint | None:
        """The ground of a token; None where it has none."""
        strengths = self.strengths
        if strengths is None or not (step < len(strengths.asked) and strengths.asked[step]):
            return None
        return tint(float(strengths.shares[step]), self.theme)

    def _paint_ground(self, painter: QPainter, step: int, place: QRectF, *, rounded: bool) -> None:
        found = self._tint(step)
        if found is None or self.strengths is None:
            return
        if np.isnan(self.strengths.shares[step]):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(self.theme.error), 1.0, Qt.PenStyle.DashLine))
            painter.drawRect(place)
        elif found.ground == self.theme.surface:
            return
        elif rounded:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(found.ground))
            painter.drawRoundedRect(place, 0.3 * self.lines.size, 0.3 * self.lines.size)
        else:
            painter.fillRect(place, QColor(found.ground))

    def _write_token(self, painter: QPainter, step: int, place: QRectF, widest: float) -> None:
        label, found = self.axis.labels[step] or NOTHING, self._tint(step)
        ink = found.ink if found is not None else self.theme.text if self.strengths is None else self.theme.muted
        if label in (SPACE, LINE_END, NOTHING) and ink == self.theme.text:
            ink = self.theme.muted
        if place.width() >= widest:
            write(painter, place, CENTRE, label, ui_font(self.lines.size, MEDIUM), ink)
            return
        painter.setPen(QColor(ink))
        painter.drawText(place, _CENTRED, label)

    def _paint_focus(self, painter: QPainter, place: QRectF) -> None:
        corner = 0.3 * self.lines.size
        width = max(2.0, 0.1 * self.lines.size)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        frame = place.adjusted(-width / 2, width / 2, width / 2, -width / 2)
        for colour, thickness in ((self.theme.halo, width + 2), (self.theme.accent, width)):
            painter.setPen(QPen(QColor(colour), thickness))
            painter.drawRoundedRect(frame, corner, corner)
