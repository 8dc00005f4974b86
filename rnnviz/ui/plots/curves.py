"""Curves over time: a few signals or units as lines, named directly at their ends."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from rnnviz.ui.plots.frame import Part
from rnnviz.ui.plots.labels import DirectLabels, Label
from rnnviz.ui.plots.series import Floats, outline, runs
from rnnviz.ui.plots.ticks import fixed
from rnnviz.ui.plots.timeplot import TimePlot
from rnnviz.ui.plots.typeset import draw_symbol, stroke
from rnnviz.ui.theme import SignalStyle
from rnnviz.ui.theme.signals import Dash

SPACIOUS = 4.0
"""Pixels per step from which lines are drawn smooth and in their full width."""
GHOST: Dash = "dash"
"""How the line of what would have been without the interventions is drawn."""
FAR = 1e3
"""Heights of the scale beyond which a value counts as off the plot; painters fail on large numbers."""


@dataclass(frozen=True, eq=False)
class Curve:
    """Values [S] with their style and label; ``ghost``, [S], are those without the interventions, drawn below."""

    values: Floats
    style: SignalStyle
    label: str
    ghost: Floats | None = None


def _common_steps(old: dict[Hashable, Curve], new: dict[Hashable, Curve]) -> int:
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


class CurvesItem(Part):
    """All curves of one plot. Only what is exposed is painted, so that the cursor moves at little cost."""

    def __init__(self, plot: CurvesPlot) -> None:
        super().__init__()
        self._plot = plot
        self._points: dict[Hashable, tuple[Floats, Floats]] = {}

    def forget(self, since: int = 0) -> None:
        """Compute the points anew when next painted; before step `since` they look as they did."""
        self._points.clear()
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
        self._paint_ghosts(painter)
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

    def _paint_ghosts(self, painter: QPainter) -> None:
        """Paint what would have been, as thin dashed lines; like all dashed lines from their start."""
        for place, (key, curve) in self._from_below():
            if curve.ghost is not None:
                x, y = self.points(("ghost", key), Curve(curve.ghost, curve.style, ""), place)
                shown = self._shown(x)
                style = replace(curve.style, dash=GHOST)
                stroke(painter, runs(x[shown], self._plot.line(y[shown])), style, 0.75 * self.sizes.line)

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


class CurvesPlot(TimePlot):
    """A few curves on one fixed scale, each named at its right end with its value under the cursor."""

    def build(self) -> None:
        """Add lines and labels."""
        self.curves: dict[Hashable, Curve] = {}
        self._ends: dict[tuple[int, int], tuple[float | None, bool, int]] = {}
        self._lines, self._labels, self._rest = CurvesItem(self), DirectLabels(), Rest()
        self._band.filled = True
        self.add_over_data(self._rest, 5)
        self.add_over_data(self._lines, 10)
        self.add_beside_data(self._labels)

    # what panels call

    def set_curve(self, key: Hashable, values: ArrayLike, style: SignalStyle, label: str = "") -> None:
        """Show or replace a curve of values [S]; NaN is a gap, steps beyond S are not reached."""
        self.set_curves({**self.curves, key: Curve(np.asarray(values).reshape(-1), style, label or str(key))})

    def set_curves(self, curves: dict[Hashable, Curve]) -> None:
        """Show these curves and no others; the first lies on top, and its label is the last to give way."""
        since = _common_steps(self.curves, curves)
        self.curves = dict(curves)
        self._changed(since)

    def remove_curve(self, key: Hashable) -> None:
        """Take a curve away, if it is there."""
        self.set_curves({other: curve for other, curve in self.curves.items() if other != key})

    def clear(self) -> None:
        """Take all curves away."""
        self.set_curves({})

    def set_rest(self, value: float | None) -> None:
        """Draw a quiet line at a value, such as 0, or none."""
        self._rest_value = value
        self._rest.lie(None if value is None else self.y_of(value))

    _rest_value: float | None = None
    _covered: tuple[int | None, int | None] = (None, None)

    @property
    def inset(self) -> float:
        """Leave room for markers at the ends of the scale."""
        return self.sizes.marker

    # how values become heights; kinds of curve plot override these

    def heights(self, values: Floats, place: int) -> Floats:
        """Return the vertical pixels of values of curve number `place`; NaN for NaN.

        An infinity stands at the edge of the plot.
        """
        rect = self.scale_rect
        edge = self.sizes.marker
        heights = rect.bottom() - self.shares(values) * rect.height()
        heights = np.where(np.isposinf(values), rect.top() + edge, heights)
        return np.where(np.isneginf(values), rect.bottom() - edge, heights)

    def shares(self, values: Floats) -> Floats:
        """Return where values stand on the scale, 0 at its bottom and 1 at its top, cut far beyond both."""
        with np.errstate(over="ignore", invalid="ignore"):
            return np.clip((values - self._low) / ((self._high - self._low) or 1.0), -FAR, FAR)

    def line(self, heights: Floats) -> Floats:
        """Return the heights that a line runs through, NaN elsewhere."""
        return heights

    def apart(self, x: Floats, heights: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Tell which points get a marker even where there is no room for all markers: those without neighbours."""
        lonely = np.isfinite(heights)
        lonely[1:] &= ~np.isfinite(heights[:-1])
        lonely[:-1] &= ~np.isfinite(heights[1:])
        return lonely

    def read_out(self, value: float) -> str:
        """Return a value as the labels show it."""
        return fixed(value, 2)

    def curve_at(self, at: QPointF) -> Hashable | None:
        """Return the key of the curve at a pixel, the nearest of its step; None where none is near."""
        step, _ = self.place_at(at)
        nearest, found = 3.0 * self.sizes.marker, None
        for place, (key, curve) in enumerate(self.curves.items()):
            if 0 <= step < len(curve.values) and not self.is_hidden(step):
                away = abs(float(self.heights(np.asarray(curve.values[step : step + 1]), place)[0]) - at.y())
                if away < nearest:
                    nearest, found = away, key
        return found

    # what the base asks

    def describe(self, step: int, row: int) -> str:
        """Return step and values."""
        values = [
            f"{curve.label} {self.read_out(float(curve.values[step]))}"
            for curve in self.curves.values()
            if step < len(curve.values)
        ]
        return "   ".join([f"t = {step + 1}", *values])

    def layout_changed(self) -> None:
        """Place lines and labels."""
        self._lines.place(self.data_rect)
        self._rest.place(self.data_rect)
        self._rest.lie(None if self._rest_value is None else self.y_of(self._rest_value))
        self._labels.place(self.gutter_rect)
        self._changed()

    def cursor_changed(self) -> None:
        """Move the cursor and read the labels anew."""
        super().cursor_changed()
        self._place_labels()

    def cover_changed(self) -> None:
        """Move the cover and let no label tell what it hides."""
        super().cover_changed()
        edges = (self.hidden_before, self.hidden_after)
        self._lines.uncover(*self._covered, *edges)
        self._covered = edges
        self._place_labels()

    def _changed(self, since: int = 0) -> None:
        self._ends.clear()
        self._lines.forget(since)
        self._place_labels()

    def _place_labels(self) -> None:
        labels = [self._label(curve, place) for place, curve in enumerate(self.curves.values())]
        self._labels.show_labels(labels + self._ghost_label())

    def _ghost_label(self) -> list[Label]:
        """Return the one label that says what the dashed lines are, at the end of the uppermost of them."""
        for place, curve in enumerate(self.curves.values()):
            if curve.ghost is not None:
                style = replace(curve.style, dash=GHOST)
                ghost = self._label(Curve(curve.ghost, style, "original"), place, -1 - place)
                return [replace(ghost, line_only=True)]
        return []

    def _end(self, curve: Curve, place: int, key: int) -> tuple[float | None, bool]:
        """Return the height at which a curve ends in view, if any of it is there, and whether it meets the margin."""
        last = int(self.axis.view[1])
        if self.hidden_after is not None:
            last = min(last, self.hidden_after)
        if (key, last) not in self._ends:
            seen = np.asarray(curve.values[: max(0, last + 1)], dtype=np.float64)
            heights = self.heights(seen[-256:], place)
            known = np.flatnonzero(np.isfinite(heights))
            y = float(heights[known[-1]]) if len(known) else None
            behind = len(seen) - len(heights) + int(known[-1]) + 1 if len(known) else -1
            self._ends[key, last] = y, behind >= min(last + 1, self.axis.steps), behind - 1
        y, joined, step = self._ends[key, last]
        return (None, False) if self.is_hidden(step) else (y, joined)

    def _label(self, curve: Curve, place: int, key: int | None = None) -> Label:
        y, joined = self._end(curve, place, place if key is None else key)
        step = self.cursor_step
        shown = step is not None and step < len(curve.values) and not self.is_hidden(step)
        text = self.read_out(float(curve.values[step])) if shown and step is not None else ""
        return Label(curve.label, text, curve.style, y, joined and self.hidden_after is None)
