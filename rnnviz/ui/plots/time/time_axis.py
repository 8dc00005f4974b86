"""The one time axis that all plots of a window share."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from rnnviz.ui.theme import NORMAL, Metrics

MINIMUM_SPAN = 4.0


class TimeAxis(QObject):
    """Which steps are in view, where they stand in a plot, and how they are labelled.

    Step t (from 0) is drawn from t - 0.5 to t + 0.5. Every plot of one width puts a step on the same pixels,
    because all take their margins and the mapping from here.

    Signals
    -------
    viewChanged()
        Other steps are in view, or the margins changed.
    stepsChanged()
        The sequence has other steps or labels; emitted before `viewChanged`.
    """

    viewChanged = Signal()
    stepsChanged = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._labels: tuple[str, ...] = ()
        self._first = -0.5
        self._last = 0.5
        self._left = NORMAL.left_margin
        self._right = NORMAL.right_margin

    @property
    def steps(self) -> int:
        """Number of steps of the sequence."""
        return len(self._labels)

    @property
    def labels(self) -> tuple[str, ...]:
        """One label per step, such as its token."""
        return self._labels

    @property
    def view(self) -> tuple[float, float]:
        """The first and last place in view, in steps; (-0.5, steps - 0.5) shows all."""
        return self._first, self._last

    @property
    def margins(self) -> tuple[int, int]:
        """Pixels kept free left and right of the data in every plot."""
        return self._left, self._right

    @property
    def shows_all(self) -> bool:
        """Whether every step is in view."""
        return self._first <= -0.5 and self._last >= max(self.steps, 1) - 0.5

    def set_steps(self, labels: Sequence[str]) -> None:
        """Take the steps of a sequence by their labels. A view of all stays one; another keeps its place."""
        new = tuple(labels)
        if new == self._labels:
            return
        everything = self.shows_all
        self._labels = new
        self.stepsChanged.emit()
        if everything:
            self.show_all()
        else:
            self.set_view(self._first, self._last)

    def set_metrics(self, sizes: Metrics) -> None:
        """Take the margins of a set of sizes."""
        margins = (sizes.left_margin, sizes.right_margin)
        if margins != (self._left, self._right):
            self._left, self._right = margins
            self.viewChanged.emit()

    def set_view(self, first: float, last: float) -> None:
        """Show the places from `first` to `last`, moved and narrowed to what exists."""
        start, stop = -0.5, max(self.steps, 1) - 0.5
        span = min(max(last - first, MINIMUM_SPAN), stop - start)
        first = min(max((first + last - span) / 2, start), stop - span)
        if (first, first + span) != (self._first, self._last):
            self._first, self._last = first, first + span
            self.viewChanged.emit()

    def show_all(self) -> None:
        """Show every step."""
        self.set_view(-0.5, max(self.steps, 1) - 0.5)

    def zoom(self, factor: float, about: float) -> None:
        """Show `factor` times as many steps, keeping place `about` where it stands."""
        span = (self._last - self._first) * factor
        limit = max(self.steps, 1)
        if span < min(MINIMUM_SPAN, limit) or span > limit:
            span = min(max(span, min(MINIMUM_SPAN, limit)), limit)
        share = (about - self._first) / (self._last - self._first)
        first = about - share * span
        self.set_view(first, first + span)

    def pan(self, steps: float) -> None:
        """Move the view by a number of steps, to the right if positive."""
        self.set_view(self._first + steps, self._last + steps)

    def follow(self, step: int) -> None:
        """Move the view, if it must be, so that a step is in it with some steps on either side."""
        span = self._last - self._first
        room = min(1.0, span / 4)
        if step - 0.5 - room < self._first or step + 0.5 + room > self._last:
            ahead = 0.3 if step + 0.5 > self._last - span / 2 else 0.7
            self.set_view(step - span * ahead, step + span * (1 - ahead))

    def area(self, width: int) -> tuple[int, int]:
        """Return (left edge, width) of the data in a plot `width` pixels wide; at least one pixel."""
        return self._left, max(1, width - self._left - self._right)

    def scale(self, width: int) -> float:
        """Return the pixels per step in a plot `width` pixels wide."""
        return self.area(width)[1] / (self._last - self._first)

    def to_pixel(self, place: float, width: int) -> float:
        """Return the horizontal pixel of a place (in steps) in a plot `width` pixels wide."""
        return self.area(width)[0] + (place - self._first) * self.scale(width)

    def to_step(self, pixel: float, width: int) -> int:
        """Return the step at a horizontal pixel, the nearest where there is none; -1 without any steps."""
        place = self._first + (pixel - self.area(width)[0]) / self.scale(width)
        return min(max(math.floor(place + 0.5), 0), self.steps - 1)
