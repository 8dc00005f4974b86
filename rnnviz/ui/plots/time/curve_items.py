"""The lines of a plot of curves: values with style and label, the ghosts below them, markers, and a quiet line."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QPainter

from rnnviz.ui.drawing.painting import draw_symbol, line_pen, stroke, stroke_lines
from rnnviz.ui.plots.base.parts import PixelItem
from rnnviz.ui.plots.base.polylines import Floats, dashes, runs
from rnnviz.ui.theme import SignalStyle
from rnnviz.ui.theme.signals import Dash

SPACIOUS = 4.0
"""Pixels per step from which lines are drawn smooth and in their full width."""
DASH, GAP = 5.0, 3.0
"""The dashes of a ghost, as multiples of its width."""
GHOST: Dash = "dash"
"""How the line of what would have been without the interventions is drawn."""


@dataclass(frozen=True, eq=False)
class Curve:
    """Values [S] with their style and label; ``ghost``, [S], are those without the interventions, drawn below."""

    values: Floats
    style: SignalStyle
    label: str
    ghost: Floats | None = None


def common_steps(old: dict[Hashable, Curve], new: dict[Hashable, Curve]) -> int:
    """Return the number of steps from the first on at which both look the same."""
    if list(old) != list(new) or any(old[key].style != curve.style for key, curve in new.items()):
        return 0
    pairs = [(old[key].values, curve.values) for key, curve in new.items()]
    for key, curve in new.items():
        before = old[key].ghost
        if (before is None) != (curve.ghost is None):
            return 0
        if before is not None and curve.ghost is not None:
            pairs.append((before, curve.ghost))
    return min((_common(before, after) for before, after in pairs), default=0)


def _common(old: Floats, new: Floats) -> int:
    if old is new:
        return 0  # the caller may have changed it in place
    length = min(len(old), len(new))
    differs = (old[:length] != new[:length]) & ~(np.isnan(old[:length]) & np.isnan(new[:length]))
    return int(differs.argmax()) if differs.any() else length


def farthest_ghost(curves: Sequence[Curve]) -> int:
    """Return the number of the curve that is farthest from its ghost at some step; -1 where none is off its own."""
    off = [0.0 if curve.ghost is None else _apart(curve.values, curve.ghost) for curve in curves]
    return int(np.argmax(off)) if max(off, default=0.0) > 0 else -1


def _apart(values: Floats, ghost: Floats) -> float:
    length = min(len(values), len(ghost))
    with np.errstate(invalid="ignore", over="ignore"):
        off = np.abs(values[:length] - ghost[:length])
    return float(np.fmax.reduce(off, initial=0.0))


class Points(NamedTuple):
    """Where a curve runs, in pixels of the widget.

    Parameters
    ----------
    x, y : float arrays, [n]
        The points of the curve; NaN for gaps.
    line : float array, [n]
        The heights that its line runs through; NaN elsewhere.
    marked : bool array, [n]
        Which points have a marker.
    """

    x: Floats
    y: Floats
    line: Floats
    marked: NDArray[np.bool_]


class CurveItem(PixelItem, pg.PlotCurveItem):
    """The values of a curve over the steps: a line, and markers at its points where there is room.

    `getData` returns the steps and the values, all of them and as they are, also -inf for a true zero on a scale of
    powers of ten. Only what is exposed is painted, so that the cursor moves at little cost.

    Parameters
    ----------
    ghost : bool
        Whether the line is a thin dashed one: what would have been without the interventions.
    """

    def __init__(self, *, ghost: bool = False) -> None:
        super().__init__()
        self._ghost = ghost
        self._points = Points(*(np.zeros(0),) * 3, np.zeros(0, np.bool_))
        self._style = SignalStyle("#000000", "circle")
        self._dashes: Floats | None = None
        self._spacious = False
        self._seen = (-np.inf, np.inf)
        self.symbol_size = 0.0

    def set_values(self, values: Floats, style: SignalStyle, name: str) -> None:
        """Take the values, [S], one per step from the first on, and how they look."""
        self.yData, self._style = values, style
        steps: Floats | None = self.getData()[0]
        if steps is None or len(steps) != len(values):
            self.xData = np.arange(len(values), dtype=np.float64)
        self.opts["name"] = name
        self.invalidateBounds()
        self.sigPlotChanged.emit(self)

    def set_points(self, points: Points, *, spacious: bool, symbol_size: float, seen: tuple[float, float]) -> None:
        """Take where the curve runs.

        Parameters
        ----------
        points : Points
        spacious : bool
            Whether there is room for a smooth line in its full width.
        symbol_size : float
            The diameter of its markers.
        seen : (float, float)
            The pixels between which it may be seen: half a line to a hidden point would already tell where it goes.
        """
        self._points, self._spacious, self._seen, self.symbol_size = points, spacious, seen, symbol_size
        self._dashes = None

    @property
    def points(self) -> Points:
        """Where the curve runs, in pixels."""
        return self._points

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the exposed part."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, self._spacious)
        if self._ghost:
            self._draw_ghost(painter, exposed)
            return
        (x, _, line, _), shown = self._points, self._shown()
        begin, end = shown.start, shown.stop
        if self._style.dash == "solid":
            # A dashed line is always drawn from its start, or its dashes would jump under the cursor.
            begin = max(begin, int(np.searchsorted(x, exposed.left())) - 3)
            end = min(end, int(np.searchsorted(x, exposed.right(), "right")) + 3)
        width = self.sizes.line if self._spacious else 1.0
        stroke(painter, runs(x[begin:end], line[begin:end]), self._style, width)
        self._draw_markers(painter, exposed, shown)

    def _draw_ghost(self, painter: QPainter, exposed: QRectF) -> None:
        x, _, line, _ = self._points
        if not self._spacious:
            shown = self._shown()
            painter.setPen(line_pen(SignalStyle(self._style.colour, self._style.symbol, GHOST), 1.0))
            for piece in runs(x[shown], line[shown]):
                painter.drawPolyline(piece)
            return
        width = 0.75 * self.sizes.line
        if self._dashes is None:
            self._dashes = dashes(x, line, DASH * width, GAP * width)
        pieces, (first, last) = self._dashes, self._seen
        left, right = max(exposed.left() - 2, first), min(exposed.right() + 2, self.rect.right() + 2)
        seen = pieces[(pieces[:, 2] >= left) & (pieces[:, 0] <= right) & (pieces[:, 2] <= last)]
        stroke_lines(painter, [QLineF(*piece) for piece in seen.tolist()], self._style.colour, width)

    def _shown(self) -> slice:
        """Return which points may be seen."""
        first, last = np.searchsorted(self._points.x, self._seen)
        return slice(int(first), int(last))

    def _draw_markers(self, painter: QPainter, exposed: QRectF, shown: slice) -> None:
        x, y, _, marked = self._points
        room = 2 * self.sizes.marker
        near = marked & (x >= exposed.left() - room) & (x <= exposed.right() + room)
        near[: shown.start] = near[shown.stop :] = False
        for index in np.flatnonzero(near).tolist():
            at = QPointF(float(x[index]), float(y[index]))
            draw_symbol(painter, at, self._style, self.symbol_size, self.theme.surface)
