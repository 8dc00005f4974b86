"""The lines of a plot of curves: values with style and label, the ghosts below them, markers, and a quiet line."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from rnnviz.ui.drawing.painting import draw_symbol, stroke, stroke_lines
from rnnviz.ui.plots.base.parts import Part
from rnnviz.ui.plots.base.polylines import Floats, dashes, outline, runs
from rnnviz.ui.theme import SignalStyle
from rnnviz.ui.theme.signals import Dash

if TYPE_CHECKING:
    from rnnviz.ui.plots.time.curves_plot import CurvesPlot

SPACIOUS = 4.0
"""Pixels per step from which lines are drawn smooth and in their full width."""
DASH, GAP = 5.0, 3.0
"""The dashes of a ghost, as multiples of its width."""
_JUST = 1e-6
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


class CurvesItem(Part):
    """All curves of one plot. Only what is exposed is painted, so that the cursor moves at little cost."""

    def __init__(self, plot: CurvesPlot) -> None:
        super().__init__()
        self._plot = plot
        self._points: dict[Hashable, tuple[Floats, Floats]] = {}
        self._dashes: dict[Hashable, Floats] = {}

    def forget(self, since: int = 0) -> None:
        """Compute the points anew when next painted; before step `since` they look as they did."""
        self._points.clear()
        self._dashes.clear()
        left = self._plot.x_of(since - 1.5)
        self.update(self.rect & QRectF(left, self.rect.top(), self.rect.right() - left, self.rect.height()))

    def points(self, key: Hashable, curve: Curve, place: int) -> tuple[Floats, Floats]:
        """Return the pixels (x, y) of a curve, the one number `place` in the plot; NaN for gaps."""
        if key not in self._points:
            plot = self._plot
            steps, values = outline(curve.values, plot.axis.view, self.rect.width())
            x = self.rect.left() + (steps - plot.axis.view[0]) * plot.axis.scale(plot.width())
            self._points[key] = x, plot.heights(values, place)
        return self._points[key]

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the exposed part of every curve."""
        spacious = self._plot.axis.scale(self._plot.width()) >= SPACIOUS
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, spacious)
        self._paint_ghosts(painter, exposed, spacious)
        for place, (key, curve) in self._from_below():
            x, y = self.points(key, curve, place)
            width = self.sizes.line if spacious else 1.0
            begin, end = 0, len(x)
            if curve.style.dash == "solid":
                # A dashed line is always drawn from its start, or its dashes would jump under the cursor.
                begin = max(0, int(np.searchsorted(x, exposed.left())) - 3)
                end = int(np.searchsorted(x, exposed.right(), "right")) + 3
            shown = self._shown(x)
            begin, end = max(begin, shown.start), min(end, shown.stop)
            stroke(painter, runs(x[begin:end], self._plot.line(y[begin:end])), curve.style, width)
        self._paint_markers(painter, exposed)

    def _paint_ghosts(self, painter: QPainter, exposed: QRectF, spacious: bool) -> None:
        """Paint what would have been, as thin dashed lines, as far as they are exposed."""
        width = 0.75 * self.sizes.line if spacious else 1.0
        for place, (key, curve) in self._from_below():
            if curve.ghost is None:
                continue
            x, y = self.points(("ghost", key), Curve(curve.ghost, curve.style, ""), place)
            if not spacious:
                shown = self._shown(x)
                stroke(painter, runs(x[shown], self._plot.line(y[shown])), replace(curve.style, dash=GHOST), width)
                continue
            if key not in self._dashes:
                self._dashes[key] = dashes(x, self._plot.line(y), DASH * width, GAP * width)
            pieces = self._dashes[key]
            left, right = self._seen(exposed)
            seen = pieces[(pieces[:, 2] >= left) & (pieces[:, 0] <= exposed.right() + 2) & (pieces[:, 2] <= right)]
            stroke_lines(painter, [QLineF(*piece) for piece in seen.tolist()], curve.style.colour, width)

    def _seen(self, exposed: QRectF) -> tuple[float, float]:
        """Return the pixels between which a ghost may be seen: nothing of it tells where it goes in what is hidden."""
        first, last = self._plot.hidden_before, self._plot.hidden_after
        left = exposed.left() - 2 if first is None else max(exposed.left() - 2, self._plot.x_of(first) + _JUST)
        return left, self.rect.right() + 2 if last is None else self._plot.x_of(last) + _JUST

    def _from_below(self) -> list[tuple[int, tuple[Hashable, Curve]]]:
        """Return the curves with their numbers, the first and most important one last: it lies on top."""
        return list(enumerate(self._plot.curves.items()))[::-1]

    def _shown(self, x: Floats) -> slice:
        """Return which points may be seen: half a line to a hidden point would already tell where it goes."""
        first, last = self._plot.hidden_before, self._plot.hidden_after
        start = 0 if first is None else int(np.searchsorted(x, self._plot.x_of(first - 0.25)))
        return slice(start, len(x) if last is None else int(np.searchsorted(x, self._plot.x_of(last + 0.25))))

    def uncover(self, *edges: int | None) -> None:
        """Paint anew around steps that are, or were, the last before what is hidden."""
        for edge in edges:
            if edge is not None:
                left, right = self._plot.x_of(edge - 2), self._plot.x_of(edge + 2)
                self.update(QRectF(left, self.rect.top(), right - left, self.rect.height()))

    def _paint_markers(self, painter: QPainter, exposed: QRectF) -> None:
        everywhere = self._plot.axis.scale(self._plot.width()) >= 2.2 * self.sizes.marker
        room = 2 * self.sizes.marker
        for place, (key, curve) in self._from_below():
            x, y = self.points(key, curve, place)
            near = (x >= exposed.left() - room) & (x <= exposed.right() + room) & np.isfinite(y)
            shown = self._shown(x)
            near[: shown.start] = near[shown.stop :] = False
            if not everywhere:
                near &= self._plot.apart(x, y)
            size = self.sizes.marker if everywhere else self.sizes.marker * 0.7
            for index in np.flatnonzero(near).tolist():
                at = QPointF(float(x[index]), float(y[index]))
                draw_symbol(painter, at, curve.style, size, self.theme.surface)


class Rest(Part):
    """A quiet line at one value, such as zero or a target."""

    def __init__(self) -> None:
        super().__init__()
        self._y: float | None = None

    def lie(self, y: float | None) -> None:
        """Lie at a height in pixels, or nowhere."""
        if y != self._y:
            self._y = y
            self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the line."""
        if self._y is not None:
            painter.setPen(QPen(QColor(self.theme.faint), 1.0))
            y = round(self._y) + 0.5
            painter.drawLine(QPointF(self.rect.left(), y), QPointF(self.rect.right(), y))
