"""Widgets over the shared time axis that are no plots: rows of tokens and of words, which paint themselves."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from rnnviz.ui.plots.time.time_axis import TimeAxis
from rnnviz.ui.plots.time.time_state import TimeState
from rnnviz.ui.theme import LIGHT, NORMAL, Metrics, Theme

CLICK = 4
"""Pixels that the mouse may move while a click remains one."""


class TimeWidget(QWidget, TimeState):
    """A widget over the shared time axis.

    Clicking or dragging over the data goes to a step; the wheel zooms about the mouse and, with Shift or
    sideways, moves along the axis, as dragging with the middle button does; a double click shows all steps.
    The keyboard is left alone.

    Signals
    -------
    stepClicked(step)
        The user asks for a step (from 0).
    rowClicked(row)
        The user clicked a row (a unit, a class) of a plot that has rows.
    hovered(step, row)
        The mouse is over a step and a row; -1 for none.
    clicking()
        A click, or a drag, is about to be told.
    takenBack()
        It was the first click of two, which ask for all steps and for nothing else.
    """

    clicking = Signal()
    takenBack = Signal()
    stepClicked = Signal(int)
    rowClicked = Signal(int)
    hovered = Signal(int, int)

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.axis = axis
        self.theme: Theme = LIGHT
        self.sizes: Metrics = NORMAL
        self._pressed_at: QPoint | None = None
        self._pan_from: float | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        axis.viewChanged.connect(self.relayout)
        axis.stepsChanged.connect(self.relayout)

    # what panels call

    def set_theme(self, theme: Theme, sizes: Metrics) -> None:
        """Take other colours and sizes."""
        self.theme, self.sizes = theme, sizes
        self.axis.set_metrics(sizes)
        self.theme_changed()
        self.relayout()

    # what kinds of widget override

    @property
    def data_rect(self) -> QRectF:
        """The area of the data in pixels of the widget."""
        left, width = self.axis.area(self.width())
        return QRectF(left, 0, width, self.height())

    def relayout(self) -> None:
        """Put everything where size, axis and sizes ask for it."""

    def theme_changed(self) -> None:
        """Take on the new theme; called before the new layout."""

    # the mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to a step, or begin to move along the axis."""
        if event.button() == Qt.MouseButton.MiddleButton:
            self._pan_from = event.position().x()
        elif event.button() == Qt.MouseButton.LeftButton and self.axis.steps:
            self._pressed_at = event.position().toPoint()
            self.clicking.emit()
            if self.data_rect.contains(event.position()):
                self.stepClicked.emit(self.step_of(event.position().x()))
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Scrub, move along the axis, or point at a value."""
        if self._pan_from is not None:
            moved = event.position().x() - self._pan_from
            self._pan_from = event.position().x()
            self.axis.pan(-moved / self.axis.scale(self.width()))
        elif self._pressed_at is not None and self.data_rect.contains(self._pressed_at):
            step = self.step_of(event.position().x())
            if step != self._cursor:
                self.stepClicked.emit(step)
        self.point(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag; where it was a click, name the row."""
        if self._pressed_at is not None:
            moved = (event.position().toPoint() - self._pressed_at).manhattanLength()
            row = self.row_at(event.position().y())
            if moved < CLICK and row >= 0 and event.position().x() < self.data_rect.right():
                self.rowClicked.emit(row)
        self._pressed_at, self._pan_from = None, None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show all steps."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.takenBack.emit()
            self.axis.show_all()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the mouse, or move along the axis."""
        sideways, upright = event.angleDelta().x(), event.angleDelta().y()
        first, last = self.axis.view
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            sideways, upright = sideways or upright, 0
        if abs(sideways) > abs(upright):
            self.axis.pan(-sideways / 120 * (last - first) / 8)
        elif upright:
            left, width = self.axis.area(self.width())
            about = first + (event.position().x() - left) / width * (last - first)
            self.axis.zoom(0.8 ** (upright / 120), min(max(about, first), last))
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        self.point(None)
