"""A time axis for a column of plots: the steps of the shared axis, with slimmer margins."""

from __future__ import annotations

from PySide6.QtCore import QObject

from rnnviz.ui.plots.time.time_axis import TimeAxis
from rnnviz.ui.theme import Metrics

LEFT, RIGHT = 0.72, 0.7
"""The margins of a column, as shares of those of a plot as wide as the window."""


class ColumnAxis(TimeAxis):
    """Shows the same steps as another axis, and moves it along when it is moved itself.

    Parameters
    ----------
    shared : TimeAxis
    parent : QObject or None
    """

    def __init__(self, shared: TimeAxis, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shared = shared
        self._following = False
        shared.viewChanged.connect(self._follow)
        self.viewChanged.connect(self._lead)

    def set_metrics(self, sizes: Metrics) -> None:
        """Take slimmer margins than a plot as wide as the window has."""
        margins = (round(sizes.left_margin * LEFT), round(sizes.right_margin * RIGHT))
        if margins != (self._left, self._right):
            self._left, self._right = margins
            self.viewChanged.emit()

    def show_steps(self, labels: tuple[str, ...], steps: int) -> None:
        """Take the steps of a sequence by their labels; the axis is as long as the longest that is compared."""
        self.set_steps(labels + ("",) * (steps - len(labels)))
        self._follow()

    def _follow(self) -> None:
        self._following = True
        if self._shared.shows_all:
            self.show_all()
        else:
            self.set_view(*self._shared.view)
        self._following = False

    def _lead(self) -> None:
        if self._following:
            return
        if self.shows_all:
            self._shared.show_all()
        elif self.view != self._shared.view:
            self._shared.set_view(*self.view)
