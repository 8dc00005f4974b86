"""A fine knob: turned with the mouse, the wheel and the keys, or typed into; its value stands large in its middle."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QDoubleValidator, QKeyEvent, QMouseEvent, QPainter, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QWidget

from rnnviz.ui.controls.gestures import gestures
from rnnviz.ui.controls.knobface import Face, Mark, paint_dial, paint_rail
from rnnviz.ui.controls.wheel import turns
from rnnviz.ui.drawing.canvas import Canvas
from rnnviz.ui.plaintext import plain_tip
from rnnviz.ui.theme import Metrics, Theme

__all__ = ["Knob", "Mark"]

STEP, FINE, COARSE = 0.01, 0.001, 0.1
"""What the wheel and the arrow keys turn by, with Ctrl and with Shift (or Page Up and Down)."""

SAME_GESTURE = 1.0
"""Seconds within which turns of the wheel, or presses of keys, are one gesture."""

_TURNS = {
    Qt.Key.Key_Left: -STEP,
    Qt.Key.Key_Down: -STEP,
    Qt.Key.Key_Right: STEP,
    Qt.Key.Key_Up: STEP,
    Qt.Key.Key_PageDown: -COARSE,
    Qt.Key.Key_PageUp: COARSE,
}
_ENDS = (Qt.Key.Key_Home, Qt.Key.Key_End)
_TYPED, _RESETS = Qt.Key.Key_F2, (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)


@dataclass
class _Drag:
    """A drag under way: its gesture, where the mouse was, and the value before it is rounded to a step."""

    gesture: int
    at: QPointF
    value: float


class Knob(Canvas):
    """A number between two ends.

    Drag around the dial, or along it where it lies down; the wheel and the arrow keys turn by hundredths, with Ctrl by
    thousandths, with Shift and the page keys by tenths; Home and End go to the ends. A double click, or F2, lets the
    value be typed; Delete asks for the reset.

    Signals
    -------
    turned(value, gesture)
        The user turned the knob. All turns of one gesture have the same number.
    reset()
        The user wants the value back that is not set by the knob.

    Parameters
    ----------
    name : str
        What the number is, for screen readers.
    low, high, middle : float
        The ends, and the value that is marked between them.
    parent : QWidget or None
    """

    turned = Signal(float, int)
    reset = Signal()

    def __init__(
        self, name: str, low: float = 0.5, high: float = 1.5, middle: float = 1.0, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.value = middle
        self._face = Face(low, high, middle, value=middle, text=f"{middle:.2f}")
        self._drag: _Drag | None = None
        self._gesture, self._last_turn = 0, 0.0
        self._field = QLineEdit(self)
        self._field.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._field.setValidator(QDoubleValidator(low, high, 4, self._field))
        self._field.setAccessibleName(name)
        self._field.returnPressed.connect(self._on_typed)
        self._field.editingFinished.connect(self._field.hide)
        self._field.hide()
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.setToolTip(
            plain_tip(
                f"{name}: drag around, turn the wheel, or use the arrow keys (Ctrl finer, Shift coarser).\n"
                "Double-click to type a number, Delete to have it unscaled."
            )
        )

    @property
    def low(self) -> float:
        """The lower end."""
        return self._face.low

    @property
    def high(self) -> float:
        """The upper end."""
        return self._face.high

    @property
    def dragging(self) -> bool:
        """Whether the user has the knob in the hand."""
        return self._drag is not None

    @property
    def face(self) -> Face:
        """All that is seen of the knob."""
        return self._face

    # what panels call

    def show_value(self, value: float, caption: str, marks: Sequence[Mark] = (), own: bool = True) -> None:
        """Show a value without telling anybody, though never another than the one in the user's hand.

        Parameters
        ----------
        value : float
            Beyond the ends the pointer stands at the end, and the number is told as it is.
        caption : str
        marks : sequence of Mark
            What else is marked along the scale.
        own : bool
            Whether the value is set by the knob; else it is only where a turn would begin.
        """
        if self._drag is not None:
            value, own = self.value, True
        self.value = value
        text = f"{value:.2f}" if not own or abs(value - round(value, 2)) < 5e-7 else f"{value:.3f}"
        face = Face(self.low, self.high, self._face.middle, value, text, caption, tuple(marks), own)
        if face != self._face:
            self._face = face
            self.update()

    def set_theme(self, theme: Theme, sizes: Metrics) -> None:
        """Take other colours and sizes."""
        super().set_theme(theme, sizes)
        self._field.setStyleSheet(f"QLineEdit {{ font-size: {sizes.title}px; }}")
        self.setMinimumWidth(8 * sizes.small)
        self.updateGeometry()

    def type_value(self) -> None:
        """Let the user type a number."""
        self._field.setText(f"{min(max(self.value, self.low), self.high):g}")
        self._field.selectAll()
        self._place_field()
        self._field.show()
        self._field.setFocus()

    # geometry and painting

    @property
    def lies_down(self) -> bool:
        """Whether there is no room for a dial, so that the scale is a straight rail."""
        return self.height() < 7.5 * self.sizes.small or self.width() > 3.75 * self.height()

    def sizeHint(self) -> QSize:
        """Return a size at which the value is read from far away."""
        return QSize(round(self.sizes.readout * 5.2), round(self.sizes.readout * 5.2))

    def minimumSizeHint(self) -> QSize:
        """Return the size below which it cannot be turned."""
        return QSize(8 * self.sizes.small, 2 * self.sizes.small)

    def paint(self, painter: QPainter) -> None:
        """Paint the dial, or the rail."""
        paint_face = paint_rail if self.lies_down else paint_dial
        paint_face(painter, QRectF(self.rect()), self._face, self.theme, self.sizes, self.hasFocus())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the field in the middle."""
        super().resizeEvent(event)
        self._place_field()

    def _place_field(self) -> None:
        width, height = round(5.5 * self.sizes.title), round(2.0 * self.sizes.title)
        self._field.setGeometry((self.width() - width) // 2, (self.height() - height) // 2, width, height)

    # the user

    def event(self, event: QEvent) -> bool:
        """Claim the keys that turn the knob, before they become shortcuts of the window."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._means(event):
            event.accept()
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the knob in the hand."""
        if event.button() == Qt.MouseButton.LeftButton:
            start = min(max(self.value, self.low), self.high)
            self._drag = _Drag(next(gestures), event.position(), start)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Turn with the mouse, by as much as it goes around; it may leave the knob."""
        if self._drag is None:
            return
        at, self._drag.at = self._drag.at, event.position()
        share = self._moved_along(at, event.position()) if self.lies_down else self._moved_around(at, event.position())
        slower = 0.1 if event.modifiers() & Qt.KeyboardModifier.ControlModifier else 1.0
        self._drag.value = min(max(self._drag.value + share * slower * (self.high - self.low), self.low), self.high)
        step = FINE if slower < 1 else STEP
        self._turn_to(round(self._drag.value / step) * step, self._drag.gesture)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._drag = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Let a number be typed."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._drag = None
            self.type_value()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn by steps, if that is meant."""
        if not turns(self, event):
            event.ignore()
            return
        notches = (event.angleDelta().y() or event.angleDelta().x()) / 120
        self._turn_by(math.copysign(max(1.0, abs(notches)), notches) * _step(event.modifiers()) if notches else 0.0)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Turn, type or reset."""
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape and self._field.isVisible():
            self._field.hide()
            self.setFocus()
        elif not self._means(event):
            super().keyPressEvent(event)
        elif key in _TURNS:
            paged = abs(_TURNS[key]) > STEP
            self._turn_by(_TURNS[key] if paged else math.copysign(_step(event.modifiers()), _TURNS[key]))
        elif key in _ENDS:
            self._turn_to(self.low if key == Qt.Key.Key_Home else self.high, self._running_gesture())
        elif key == _TYPED:
            self.type_value()
        else:
            self.reset.emit()

    @staticmethod
    def _means(event: QKeyEvent) -> bool:
        """Whether a key is one of the knob's."""
        return Qt.Key(event.key()) in (*_TURNS, *_ENDS, *_RESETS, _TYPED)

    def _moved_around(self, before: QPointF, now: QPointF) -> float:
        """Return the share of the scale that the mouse went around the middle."""
        middle = QRectF(self.rect()).center()
        angles = [math.atan2(at.y() - middle.y(), at.x() - middle.x()) for at in (before, now)]
        return math.remainder(angles[1] - angles[0], math.tau) / math.radians(Face.SPAN)

    def _moved_along(self, before: QPointF, now: QPointF) -> float:
        return (now.x() - before.x()) / max(1.0, 0.9 * self.width())

    def _running_gesture(self) -> int:
        now = time.monotonic()
        if now - self._last_turn > SAME_GESTURE:
            self._gesture = next(gestures)
        self._last_turn = now
        return self._gesture

    def _turn_by(self, by: float) -> None:
        if by:
            grid = FINE if abs(by) < STEP else STEP
            self._turn_to(round((self.value + by) / grid) * grid, self._running_gesture())

    def _turn_to(self, value: float, gesture: int) -> None:
        value = min(max(round(value, 4), self.low), self.high)
        if value != self.value or not self._face.own:
            drag, self._drag = self._drag, None
            self.show_value(value, self._face.caption, self._face.marks)
            self._drag = drag
            self.turned.emit(value, gesture)

    def _on_typed(self) -> None:
        value, valid = self._field.locale().toDouble(self._field.text())
        self._field.hide()
        self.setFocus()
        if valid:
            self._turn_to(value, next(gestures))


def _step(modifiers: Qt.KeyboardModifier) -> float:
    if modifiers & Qt.KeyboardModifier.ControlModifier:
        return FINE
    return COARSE if modifiers & Qt.KeyboardModifier.ShiftModifier else STEP
