"""What plots, tokens and rows over the shared time axis have in common: cursor, cover, and marks of what is clamped."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRectF, SignalInstance

from rnnviz.ui.plots.time.clamp_marks import Held
from rnnviz.ui.plots.time.time_axis import TimeAxis


class TimeState:
    """A widget over the shared time axis: where the cursor stands in it, what it hides, and what is held by hand.

    It is mixed into a widget, which says how it follows what changes.
    """

    axis: TimeAxis
    hovered: SignalInstance
    width: Callable[[], int]
    hidden_after: int | None = None
    """The last step that is shown, if what lies ahead is hidden."""
    hidden_before: int | None = None
    """The first step that is shown, if what lies ahead in the backward pass is hidden."""
    held: tuple[Held, ...] = ()
    """The steps that are marked as held by hand."""
    _cursor: int | None = None
    _hover = (-1, -1)

    @property
    def data_rect(self) -> QRectF:
        """The area of the data in pixels of the widget."""
        raise NotImplementedError

    # what panels call

    def set_cursor(self, step: int | None) -> None:
        """Stand on a step (from 0), or on none."""
        if step != self._cursor:
            self._cursor = step
            self.cursor_changed()

    def set_ahead_hidden(self, step: int | None) -> None:
        """Hide every step after `step` (-1 hides all), or nothing if None."""
        if step != self.hidden_after:
            self.hidden_after = step
            self.cover_changed()

    def set_hidden_before(self, step: int | None) -> None:
        """Hide every step before `step`, or nothing if None: what lies ahead in the backward pass."""
        if step != self.hidden_before:
            self.hidden_before = step
            self.cover_changed()

    def set_held(self, held: Sequence[Held]) -> None:
        """Mark the steps at which what is drawn is held by hand."""
        if tuple(held) != self.held:
            self.held = tuple(held)
            self.held_changed()

    @property
    def cursor_step(self) -> int | None:
        """The step the cursor stands on, if there is such a step."""
        return self._cursor if self._cursor is not None and 0 <= self._cursor < self.axis.steps else None

    def is_hidden(self, step: int) -> bool:
        """Whether a step is covered."""
        after, before = self.hidden_after, self.hidden_before
        return (after is not None and step > after) or (before is not None and step < before)

    # where steps stand, and what is under the mouse

    def x_of(self, place: float) -> float:
        """Return the horizontal pixel of a place in steps."""
        return self.axis.to_pixel(place, self.width())

    def step_of(self, x: float) -> int:
        """Return the step at a horizontal pixel, the nearest where there is none; -1 without any steps."""
        return self.axis.to_step(x, self.width())

    def place_at(self, at: QPointF) -> tuple[int, int]:
        """Return step and row at a pixel; -1 beside the data, and where there are no rows."""
        area = self.data_rect
        if not area.top() <= at.y() <= area.bottom():
            return -1, -1
        inside = area.left() <= at.x() <= area.right() and self.axis.steps > 0
        step = self.step_of(at.x()) if inside else -1
        return step, self.row_in(step, at.y())

    def point(self, at: QPointF | None) -> None:
        """Tell which step and row are at a pixel; None: the mouse has left."""
        inside = at is not None and self.data_rect.contains(at) and self.axis.steps
        place = self.place_at(at) if at is not None and inside else (-1, -1)
        if place != self._hover:
            self._hover = place
            self.pointed_at(*place)
            self.hovered.emit(*place)

    # what kinds of widget override

    def row_in(self, step: int, y: float) -> int:
        """Return the row of a step at a height in pixels; -1 where there is none."""
        return self.row_at(y)

    def cursor_changed(self) -> None:
        """Follow the cursor; called after it moved."""

    def cover_changed(self) -> None:
        """Follow what is hidden; called after it changed."""

    def held_changed(self) -> None:
        """Follow what is held; called after it changed."""

    def held_rows(self, held: Held) -> list[tuple[float, float]]:
        """Return upper and lower pixel of each group of rows that is held; none for plots without rows."""
        return []

    def row_at(self, y: float) -> int:
        """Return the row at a height in pixels; -1 where there is none."""
        return -1

    def pointed_at(self, step: int, row: int) -> None:
        """Show what is under the mouse; -1 for nothing."""
