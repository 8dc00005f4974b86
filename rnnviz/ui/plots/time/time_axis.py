"""The one time axis that all plots of a window share."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QGraphicsScene, QWidget
from shiboken6 import isValid

from rnnviz.ui.plots.base.box import PlotBox
from rnnviz.ui.theme import NORMAL, Metrics

MINIMUM_SPAN = 4.0
_NEAR = 1e-6
"""Steps that are too little to be seen: what pyqtgraph's arithmetic may differ by."""


class LinkedBox(PlotBox):
    """A view box whose range is exactly that of the one it is linked to.

    pyqtgraph aligns linked views by where they stand on the screen, which of hidden docks is not known; and all plots
    of a window show the same steps, wherever they stand.
    """

    def linkedViewChanged(self, view: pg.ViewBox | None, axis: int) -> None:
        """Take the range of the linked view."""
        if self.linksBlocked or view is None or not isValid(self):
            return
        if self.viewRange()[axis] != view.viewRange()[axis]:
            view.blockLink(True)
            try:
                self.setRange(**{("xRange", "yRange")[axis]: view.viewRange()[axis]}, padding=0)
            finally:
                view.blockLink(False)


class _SharedBox(LinkedBox):
    """The box that all others are linked to; it is seen nowhere.

    Signals
    -------
    xChanged()
        The range along x has changed, here and in all that are linked.
    """

    xChanged = Signal()

    def updateViewRange(self, forceX: bool = False, forceY: bool = False) -> None:
        """Tell of a change when all linked boxes have followed."""
        before = self.viewRange()[0]
        super().updateViewRange(forceX, forceY)
        if self.viewRange()[0] != before:
            self.xChanged.emit()


class TimeAxis(QObject):
    """Which steps are in view, where they stand in a plot, and how they are labelled.

    Step t (from 0) is drawn from t - 0.5 to t + 0.5. Every plot of one width puts a step on the same pixels,
    because all take their margins and the mapping from here.

    The axis is pyqtgraph's own link: `box` is a view box that every plot's is linked to with ``setXLink``, so that the
    wheel or the mouse in any of them moves all, and further plots can be linked to it.

    Signals
    -------
    viewChanged()
        Other steps are in view, or the margins changed.
    stepsChanged()
        The sequence has other steps or labels; emitted before `viewChanged`.
    namesChanged()
        A row that names the steps was shown or hidden.
    """

    viewChanged = Signal()
    stepsChanged = Signal()
    namesChanged = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._labels: tuple[str, ...] = ()
        self._left = NORMAL.left_margin
        self._right = NORMAL.right_margin
        self.box = _SharedBox()
        # Qt deletes the box with the axis. Left to Python's garbage collector, it would be taken apart in any order.
        self._scene = QGraphicsScene(self)
        self._scene.addItem(self.box)
        self.box.setXRange(-0.5, 0.5, padding=0)
        limit(self.box, 0)
        self.box.xChanged.connect(self.viewChanged)
        self._naming: list[QWidget] = []

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
        first, last = self.box.viewRange()[0]
        return first, last

    @property
    def margins(self) -> tuple[int, int]:
        """Pixels kept free left and right of the data in every plot."""
        return self._left, self._right

    @property
    def shows_all(self) -> bool:
        """Whether every step is in view."""
        first, last = self.view
        return first <= -0.5 + _NEAR and last >= max(self.steps, 1) - 0.5 - _NEAR

    def set_steps(self, labels: Sequence[str]) -> None:
        """Take the steps of a sequence by their labels.

        A view of all stays one; another keeps its place where there are such steps, and else shows all.
        """
        new = tuple(labels)
        if new == self._labels:
            return
        everything, (first, last) = self.shows_all, self.view
        self._labels = new
        limit(self.box, self.steps)
        self.stepsChanged.emit()
        if everything or last > max(self.steps, 1) - 0.5:
            self.show_all()
        else:
            self.set_view(first, last)

    def name_steps(self, row: QWidget, shown: bool) -> None:
        """Say that a row which names the steps, such as that of the tokens, is shown or hidden."""
        if not isValid(self):
            return  # the window is being taken down, and a signal of what Qt has deleted would end the program
        if shown != (row in self._naming):
            if shown:
                self._naming.append(row)
            else:
                self._naming.remove(row)
            self.namesChanged.emit()

    def named_in(self, window: QWidget) -> bool:
        """Return whether the steps are named somewhere in a window, so that plots need not do so."""
        return any(row.window() is window for row in self._naming)

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
        if (first, first + span) != self.view:
            self.box.setXRange(first, first + span, padding=0)

    def show_all(self) -> None:
        """Show every step."""
        self.set_view(-0.5, max(self.steps, 1) - 0.5)

    def zoom(self, factor: float, about: float) -> None:
        """Show `factor` times as many steps, keeping place `about` where it stands."""
        start, stop = self.view
        span = (stop - start) * factor
        limit = max(self.steps, 1)
        if span < min(MINIMUM_SPAN, limit) or span > limit:
            span = min(max(span, min(MINIMUM_SPAN, limit)), limit)
        first = about - (about - start) / (stop - start) * span
        self.set_view(first, first + span)

    def pan(self, steps: float) -> None:
        """Move the view by a number of steps, to the right if positive."""
        first, last = self.view
        self.set_view(first + steps, last + steps)

    def follow(self, step: int) -> None:
        """Move the view, if it must be, so that a step is in it with some steps on either side."""
        first, last = self.view
        span = last - first
        room = min(1.0, span / 4)
        if step - 0.5 - room < first or step + 0.5 + room > last:
            ahead = 0.3 if step + 0.5 > last - span / 2 else 0.7
            self.set_view(step - span * ahead, step + span * (1 - ahead))

    def area(self, width: int) -> tuple[int, int]:
        """Return (left edge, width) of the data in a plot `width` pixels wide; at least one pixel."""
        return self._left, max(1, width - self._left - self._right)

    def scale(self, width: int) -> float:
        """Return the pixels per step in a plot `width` pixels wide."""
        first, last = self.view
        return self.area(width)[1] / (last - first)

    def to_pixel(self, place: float, width: int) -> float:
        """Return the horizontal pixel of a place (in steps) in a plot `width` pixels wide."""
        return self.area(width)[0] + (place - self.view[0]) * self.scale(width)

    def to_step(self, pixel: float, width: int) -> int:
        """Return the step at a horizontal pixel, the nearest where there is none; -1 without any steps."""
        place = self.view[0] + (pixel - self.area(width)[0]) / self.scale(width)
        return min(max(math.floor(place + 0.5), 0), self.steps - 1)


def limit(box: pg.ViewBox, steps: int) -> None:
    """Keep a view box within the steps there are, some of which are always in view."""
    count = max(steps, 1)
    box.setLimits(xMin=-0.5, xMax=count - 0.5, minXRange=min(MINIMUM_SPAN, count), maxXRange=count)
