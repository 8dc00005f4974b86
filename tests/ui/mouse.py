"""The mouse, as a person moves it over a widget: events that reach what Qt would send them to."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QWidget

LEFT = Qt.MouseButton.LeftButton
NO_KEY = Qt.KeyboardModifier.NoModifier


def under_mouse(widget: QWidget) -> QWidget:
    """Return the widget that gets the events of the mouse over a widget: of a graphics view, its viewport."""
    return widget.viewport() if isinstance(widget, QAbstractScrollArea) else widget


def click(widget: QWidget, at: QPoint, keys: Qt.KeyboardModifier = NO_KEY, button: Qt.MouseButton = LEFT) -> None:
    """Press and release a button."""
    QTest.mouseClick(under_mouse(widget), button, keys, at)


def double_click(widget: QWidget, place: QPoint | QPointF) -> None:
    """Click twice in a row, and let go: a scene knows of a click when the button is released."""
    target, at = under_mouse(widget), QPointF(place).toPoint()
    QTest.mouseClick(target, LEFT, NO_KEY, at)
    QTest.mouseDClick(target, LEFT, NO_KEY, at)
    QTest.mouseRelease(target, LEFT, NO_KEY, at)


def move(widget: QWidget, at: QPoint) -> None:
    """Move the mouse, no button pressed."""
    QTest.mouseMove(under_mouse(widget), at)


def drag(widget: QWidget, *places: QPointF, keys: Qt.KeyboardModifier = NO_KEY, button: Qt.MouseButton = LEFT) -> None:
    """Move the mouse to a place, press, move on over the others, release."""
    first, *others = [place.toPoint() for place in places]
    target = under_mouse(widget)
    QTest.mouseMove(target, first)
    QTest.mousePress(target, button, keys, first)
    for place in others:
        at, on_screen = QPointF(place), QPointF(target.mapToGlobal(place))
        event = QMouseEvent(QEvent.Type.MouseMove, at, on_screen, Qt.MouseButton.NoButton, button, keys)
        QApplication.sendEvent(target, event)
    QTest.mouseRelease(target, button, keys, others[-1])


def wheel(widget: QWidget, at: QPointF, notches: float = 1.0, keys: Qt.KeyboardModifier = NO_KEY) -> None:
    """Turn the wheel away from the user, or towards them where `notches` is negative, at a whole pixel."""
    target, at = under_mouse(widget), QPointF(at.toPoint())
    event = QWheelEvent(
        *(at, QPointF(target.mapToGlobal(at)), QPoint(), QPoint(0, round(120 * notches))),
        *(Qt.MouseButton.NoButton, keys, Qt.ScrollPhase.NoScrollPhase, False),
    )
    QApplication.sendEvent(target, event)


def turn_wheel(widget: QWidget, at: QPointF, notches: int, keys: Qt.KeyboardModifier = NO_KEY) -> None:
    """Turn the wheel notch by notch."""
    for _ in range(abs(notches)):
        wheel(widget, at, 1 if notches > 0 else -1, keys)
