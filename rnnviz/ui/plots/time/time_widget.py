"""What every widget over the shared time axis has in common: cursor, cover, colours and the mouse."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from rnnviz.ui.plots.time.clamp_marks import Held
from rnnviz.ui.plots.time.time_axis import TimeAxis
from rnnviz.ui.theme import LIGHT, NORMAL, Metrics, Theme

CLICK = 4
"""Pixels that the mouse may move while a click remains one."""


class TimeWidget(QWidget):
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
    """

    stepClicked = Signal(int)
    rowClicked = Signal(int)
    hovered = Signal(int, int)

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.axis = axis
        self.theme: Theme = LIGHT
        self.sizes: Metrics = NORMAL
        self._cursor: int | None = None
        self._hidden_after: int | None = None
        self._hidden_before: int | None = None
        self._held: tuple[Held, ...] = ()
        self._pressed_at: QPoint | None = None
        self._pan_from: float | None = None
        self._hover = (-1, -1)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        axis.viewChanged.connect(self.relayout)
        axis.stepsChanged.connect(self.relayout)

    # what panels call

    def set_cursor(self, step: int | None) -> None:
        """Stand on a step (from 0), or on none."""
        if step != self._cursor:
            self._cursor = step
            self.cursor_changed()

    def set_ahead_hidden(self, step: int | None) -> None:
        """Hide every step after `step` (-1 hides all), or nothing if None."""
        if step != self._hidden_after:
            self._hidden_after = step
            self.cover_changed()

    def set_hidden_before(self, step: int | None) -> None:
        """Hide every step before `step`, or nothing if None: what lies ahead on the way back."""
        if step != self._hidden_before:
            self._hidden_before = step
            self.cover_changed()

    def set_held(self, held: Sequence[Held]) -> None:
        """Mark the steps at which what is drawn is held by hand."""
        if tuple(held) != self._held:
            self._held = tuple(held)
            self.held_changed()

    def set_theme(self, theme: Theme, sizes: Metrics) -> None:
        """Take other colours and sizes."""
        self.theme, self.sizes = theme, sizes
        self.axis.set_metrics(sizes)
        self.theme_changed()
        self.relayout()

    @property
    def cursor_step(self) -> int | None:
        """The step the cursor stands on, if there is such a step."""
        return self._cursor if self._cursor is not None and 0 <= self._cursor < self.axis.steps else None

    @property
    def held(self) -> tuple[Held, ...]:
        """The steps that are marked as held by hand."""
        return self._held

    @property
    def hidden_after(self) -> int | None:
        """The last step that is shown, if what lies ahead is hidden."""
        return self._hidden_after

    @property
    def hidden_before(self) -> int | None:
        """The first step that is shown, if what lies ahead on the way back is hidden."""
        return self._hidden_before

    def is_hidden(self, step: int) -> bool:
        """Whether a step is covered."""
        after, before = self._hidden_after, self._hidden_before
        return (after is not None and step > after) or (before is not None and step < before)

    def x_of(self, place: float) -> float:
        """Return the horizontal pixel of a place in steps."""
        return self.axis.to_pixel(place, self.width())

    # what kinds of widget override

    @property
    def data_rect(self) -> QRectF:
        """The area of the data in pixels of the widget."""
        left, width = self.axis.area(self.width())
        return QRectF(left, 0, width, self.height())

    def relayout(self) -> None:
        """Put everything where size, axis and sizes ask for it."""

    def cursor_changed(self) -> None:
        """Follow the cursor; called after it moved."""

    def cover_changed(self) -> None:
        """Follow what is hidden; called after it changed."""

    def held_changed(self) -> None:
        """Follow what is held; called after it changed."""

    def held_rows(self, held: Held) -> list[tuple[float, float]]:
        """Return upper and lower pixel of each group of rows that is held; none for plots without rows."""
        return []

    def theme_changed(self) -> None:
        """Take on the new theme; called before the new layout."""

    def row_at(self, y: float) -> int:
        """Return the row at a height in pixels; -1 where there is none."""
        return -1

    def pointed_at(self, step: int, row: int) -> None:
        """Show what is under the mouse; -1 for nothing."""

    # the mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to a step, or begin to move along the axis."""
        if event.button() == Qt.MouseButton.MiddleButton:
            self._pan_from = event.position().x()
        elif event.button() == Qt.MouseButton.LeftButton and self.axis.steps:
            self._pressed_at = event.position().toPoint()
            if self.data_rect.contains(event.position()):
                self.stepClicked.emit(self._step_at(event))
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Scrub, move along the axis, or point at a value."""
        if self._pan_from is not None:
            moved = event.position().x() - self._pan_from
            self._pan_from = event.position().x()
            self.axis.pan(-moved / self.axis.scale(self.width()))
        elif self._pressed_at is not None and self.data_rect.contains(self._pressed_at):
            step = self._step_at(event)
            if step != self._cursor:
                self.stepClicked.emit(step)
        self._follow(event)

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
        self._point_at(-1, -1)

    def place_at(self, at: QPointF) -> tuple[int, int]:
        """Return step and row at a pixel; -1 beside the data, and where there are no rows."""
        area = self.data_rect
        if not area.top() <= at.y() <= area.bottom():
            return -1, -1
        inside = area.left() <= at.x() <= area.right() and self.axis.steps > 0
        return (self.axis.to_step(at.x(), self.width()) if inside else -1), self.row_at(at.y())

    def _step_at(self, event: QMouseEvent) -> int:
        return self.axis.to_step(event.position().x(), self.width())

    def _follow(self, event: QMouseEvent) -> None:
        if self.data_rect.contains(event.position()) and self.axis.steps:
            self._point_at(self._step_at(event), self.row_at(event.position().y()))
        else:
            self._point_at(-1, -1)

    def _point_at(self, step: int, row: int) -> None:
        if (step, row) != self._hover:
            self._hover = (step, row)
            self.pointed_at(step, row)
            self.hovered.emit(step, row)
