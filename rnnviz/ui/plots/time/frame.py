"""Where steps and values stand in the pixels of a plot over time: what its items are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import QRectF

from rnnviz.ui.plots.base.polylines import Floats

if TYPE_CHECKING:
    from rnnviz.ui.plots.time.time_plot import TimePlot

_BEYOND = 0.1
"""How far beyond the scale heights may lie, as a share of it; painters fail on large numbers."""


class Frame(NamedTuple):
    """The area of a plot's data, and what its edges stand for.

    Parameters
    ----------
    area : QRectF
        In pixels of the widget.
    scale : QRectF
        The part of it that the vertical scale spans.
    view : (float, float)
        First and last place in view, in steps.
    steps : int
        Number of steps of the sequence.
    low, high : float
        The ends of the vertical scale.
    """

    area: QRectF
    scale: QRectF
    view: tuple[float, float]
    steps: int
    low: float
    high: float

    @classmethod
    def of(cls, plot: TimePlot) -> Frame:
        """Return where a plot has its steps and values now."""
        return cls(plot.data_rect, plot.scale_rect, plot.axis.view, plot.axis.steps, *plot.value_range)

    @property
    def per_step(self) -> float:
        """The pixels of a step."""
        return self.area.width() / (self.view[1] - self.view[0])

    def x(self, places: Floats) -> Floats:
        """Return the horizontal pixels of places in steps."""
        return self.area.left() + (places - self.view[0]) * self.per_step

    def y(self, values: Floats) -> Floats:
        """Return the vertical pixels of values, cut not far beyond the scale; NaN for what is not finite."""
        finite = np.where(np.isfinite(values), values, np.nan)
        with np.errstate(over="ignore"):
            shares = np.clip((finite - self.low) / ((self.high - self.low) or 1.0), -_BEYOND, 1 + _BEYOND)
        return self.scale.bottom() - shares * self.scale.height()

    def values(self, y: Floats) -> Floats:
        """Return the values at vertical pixels."""
        return self.low + (self.scale.bottom() - y) / max(self.scale.height(), 1.0) * (self.high - self.low)
