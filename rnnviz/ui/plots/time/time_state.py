"""What plots, tokens and rows over the shared time axis have in common: cursor, cover, and marks of what is clamped."""

from __future__ import annotations

from collections.abc import Sequence

from rnnviz.ui.plots.time.clamp_marks import Held
from rnnviz.ui.plots.time.time_axis import TimeAxis


class TimeState:
    """A widget over the shared time axis: where the cursor stands in it, what it hides, and what is held by hand.

    It is mixed into a widget, which says how it follows what changes.
    """

    axis: TimeAxis
    _cursor: int | None = None
    _hidden_after: int | None = None
    _hidden_before: int | None = None
    _held: tuple[Held, ...] = ()
    _hover = (-1, -1)

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
        """Hide every step before `step`, or nothing if None: what lies ahead in the backward pass."""
        if step != self._hidden_before:
            self._hidden_before = step
            self.cover_changed()

    def set_held(self, held: Sequence[Held]) -> None:
        """Mark the steps at which what is drawn is held by hand."""
        if tuple(held) != self._held:
            self._held = tuple(held)
            self.held_changed()

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
        """The first step that is shown, if what lies ahead in the backward pass is hidden."""
        return self._hidden_before

    def is_hidden(self, step: int) -> bool:
        """Whether a step is covered."""
        after, before = self._hidden_after, self._hidden_before
        return (after is not None and step > after) or (before is not None and step < before)

    # what kinds of widget override

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
