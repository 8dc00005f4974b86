"""A slider for the value that a signal is held at: dragged, turned with keys and wheel, exact to the hundredth."""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnviz.ui.controls.gestures import gestures
from rnnviz.ui.controls.look import Look
from rnnviz.ui.controls.wheel import turns
from rnnviz.ui.theme import LIGHT, NORMAL

SAME_GESTURE = 1.0
"""Seconds within which turns of the wheel, or presses of keys, are one gesture."""

_STEPS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Down: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Up: 1,
    Qt.Key.Key_PageDown: -10,
    Qt.Key.Key_PageUp: 10,
}
_ENDS = (Qt.Key.Key_Home, Qt.Key.Key_End)


class ValueSlider(QWidget):
    """A value between two ends, filled from zero in the colour of what it sets.

    Drag anywhere on it; the arrow keys turn by hundredths of the scale, the page keys by tenths, with Ctrl all is ten
    times as fine. Home and End go to the ends. The wheel turns it while it has the keys.

    Signals
    -------
    turned(value, gesture)
        The user turned it. All turns of one gesture have the same number.

    Parameters
    ----------
    parent : QWidget or None
    """

    turned = Signal(float, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.value, self.low, self.high = 0.0, 0.0, 1.0
        self.mark: float | None = None
        self._colour = LIGHT.accent
        self._look = Look(LIGHT, NORMAL)
        self._gesture, self._last_turn = 0, 0.0
        self._dragging = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys to the plots, which step
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def dragging(self) -> bool:
        """Whether the user has the slider in the hand."""
        return self._dragging

    # what cards call

    def show_value(self, value: float, low: float, high: float, mark: float | None, colour: str) -> None:
        """Show a value between two ends, and a mark at what would have been; the ends stay while it is dragged.

        Parameters
        ----------
        value, low, high : float
        mark : float or None
            The value without the intervention, where it is known.
        colour : str
        """
        if self._dragging:
            value, low, high = self.value, self.low, self.high
        now = (value, low, high, mark, colour)
        if now != (self.value, self.low, self.high, self.mark, self._colour):
            self.value, self.low, self.high, self.mark, self._colour = now
            self.update()

    def set_look(self, look: Look) -> None:
        """Dress the slider in a theme and its sizes."""
        self._look = look
        self.setFixedHeight(round(look.sizes.small * 1.9))
        self.setMinimumWidth(5 * look.sizes.small)
        self.update()

    @property
    def step(self) -> float:
        """The smallest turn: a hundredth of the scale, rounded down to a power of ten."""
        return 10.0 ** math.floor(math.log10(max(self.high - self.low, 1e-9)) + 1e-9) / 100

    def sizeHint(self) -> QSize:
        """Return a calm size."""
        return QSize(14 * self._look.sizes.small, round(self._look.sizes.small * 1.9))

    # painting

    @property
    def _radius(self) -> float:
        return 0.62 * self._look.sizes.small

    def _x_of(self, value: float) -> float:
        share = (min(max(value, self.low), self.high) - self.low) / ((self.high - self.low) or 1.0)
        return self._radius + 2 + share * (self.width() - 2 * self._radius - 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the scale, what it is filled with, the mark and the handle."""
        theme, radius = self._look.theme, self._radius
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        y, groove = self.height() / 2, max(4.0, 0.55 * radius)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.border))
        left, right = self._x_of(self.low), self._x_of(self.high)
        painter.drawRoundedRect(QRectF(left, y - groove / 2, right - left, groove), groove / 2, groove / 2)
        colour = QColor(self._colour if self.isEnabled() else theme.faint)
        zero, at = self._x_of(0.0), self._x_of(self.value)
        painter.setBrush(colour)
        filled = QRectF(min(zero, at), y - groove / 2, abs(at - zero), groove)
        painter.drawRoundedRect(filled, groove / 2, groove / 2)
        if self.low < 0 < self.high:
            painter.fillRect(QRectF(zero - 1, y - groove, 2, 2 * groove), QColor(theme.muted))
        self._paint_mark(painter, y, groove)
        painter.setPen(QPen(QColor(theme.accent if self.hasFocus() else theme.surface), 2.5))
        painter.setBrush(colour)
        painter.drawEllipse(QPointF(at, y), radius, radius)
        painter.end()

    def _paint_mark(self, painter: QPainter, y: float, groove: float) -> None:
        """Point from above to what would have been."""
        if self.mark is None or not self.low <= self.mark <= self.high:
            return
        x, half = self._x_of(self.mark), 0.4 * self._look.sizes.small
        if abs(x - self._x_of(self.value)) < self._radius:
            return  # of which the handle would leave no more than the corners
        tip = y - groove / 2 - 0.5
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._look.theme.text))
        above = tip - 1.2 * half
        painter.drawPolygon(QPolygonF([QPointF(x, tip), QPointF(x - half, above), QPointF(x + half, above)]))

    # the user

    def event(self, event: QEvent) -> bool:
        """Claim the keys that turn the slider, before they become shortcuts of the window."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _means(event):
            event.accept()
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the slider in the hand, at the place of the mouse."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragging, self._gesture = True, next(gestures)
            self._follow(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Turn with the mouse; it may leave the slider."""
        if self._dragging:
            self._follow(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragging = False

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn by steps while the slider has the keys; else the list scrolls."""
        notches = event.angleDelta().y() / 120
        if not notches or not turns(self, event):
            event.ignore()
            return
        self._turn_by(notches, event.modifiers())
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Turn by steps, or to an end."""
        key = Qt.Key(event.key())
        if key in _STEPS:
            self._turn_by(_STEPS[key], event.modifiers())
        elif key in _ENDS:
            self._turn_to(self.low if key == Qt.Key.Key_Home else self.high, self._running_gesture())
        else:
            super().keyPressEvent(event)

    def _follow(self, event: QMouseEvent) -> None:
        room = max(1.0, self.width() - 2 * self._radius - 4)
        share = min(max((event.position().x() - self._radius - 2) / room, 0.0), 1.0)
        fine = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        step = self.step / (10 if fine else 1)
        self._turn_to(round((self.low + share * (self.high - self.low)) / step) * step, self._gesture)

    def _turn_by(self, steps: float, modifiers: Qt.KeyboardModifier) -> None:
        step = self.step / (10 if modifiers & Qt.KeyboardModifier.ControlModifier else 1)
        self._turn_to(round(self.value / step + steps) * step, self._running_gesture())

    def _running_gesture(self) -> int:
        now = time.monotonic()
        if now - self._last_turn > SAME_GESTURE:
            self._gesture = next(gestures)
        self._last_turn = now
        return self._gesture

    def _turn_to(self, value: float, gesture: int) -> None:
        value = min(max(float(f"{value:.9g}"), self.low), self.high)
        if value != self.value:
            self.value = value
            self.update()
            self.turned.emit(value, gesture)


def _means(event: QKeyEvent) -> bool:
    return Qt.Key(event.key()) in (*_STEPS, *_ENDS)
