"""Curves over time: a few signals or units as lines, named directly at their ends."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent

from rnnviz.ui.drawing.ticks import fixed
from rnnviz.ui.plots.base.end_labels import DirectLabels, Label
from rnnviz.ui.plots.base.parts import ZeroLines
from rnnviz.ui.plots.base.polylines import Floats, lonely, outline
from rnnviz.ui.plots.time.curve_items import (
    GHOST,
    SPACIOUS,
    Curve,
    CurveItem,
    Points,
    common_steps,
    farthest_ghost,
)
from rnnviz.ui.plots.time.time_plot import TimePlot
from rnnviz.ui.theme import SignalStyle

_LINES, _GHOSTS = 10.0, 9.0
_JUST = 1e-6


class CurvesPlot(TimePlot):
    """A few curves on one fixed scale, each named at its right end with its value under the cursor.

    Signals
    -------
    pointHeld(key, step, value, begins)
        The user drags a point of a curve, with Ctrl, to a value on the scale; ``begins`` with the first one of a drag.
        Only of plots whose points can be ``held_by_hand``.
    """

    pointHeld = Signal(object, int, float, bool)

    held_by_hand = False
    _hand: tuple[Hashable, int] | None = None

    def build(self) -> None:
        """Add lines and labels."""
        self.curves: dict[Hashable, Curve] = {}
        self._farthest = -1
        self._ends: dict[tuple[int, int], tuple[float | None, bool, int]] = {}
        self._labels, self._rest = DirectLabels(), ZeroLines()
        self._items: dict[Hashable, tuple[CurveItem, CurveItem]] = {}
        self._stale = False
        self._band.filled = True
        self.add_over_data(self._rest, 5)
        self.add_beside_data(self._labels)

    # what panels call

    def set_curve(self, key: Hashable, values: ArrayLike, style: SignalStyle, label: str = "") -> None:
        """Show or replace a curve of values [S]; NaN is a gap, steps beyond S are not reached."""
        self.set_curves({**self.curves, key: Curve(np.asarray(values).reshape(-1), style, label or str(key))})

    def set_curves(self, curves: dict[Hashable, Curve]) -> None:
        """Show these curves and no others; the first lies on top, and its label is the last to give way."""
        since = common_steps(self.curves, curves)
        for key in self._items.keys() - curves.keys():
            for item in self._items.pop(key):
                self.remove_data(item)
        self.curves = dict(curves)
        for place, (key, curve) in enumerate(curves.items()):
            if key not in self._items:
                self._items[key] = CurveItem(), CurveItem(ghost=True)
                for item in self._items[key]:
                    self.add_data(item)
                    item.place(self.data_rect)
            line, ghost = self._items[key]
            line.setZValue(_LINES - place / 1000)
            ghost.setZValue(_GHOSTS - place / 1000)
            line.set_values(curve.values, curve.style, curve.label)
            ghost.set_values(curve.values[:0] if curve.ghost is None else curve.ghost, curve.style, "")
            ghost.setVisible(curve.ghost is not None)
        self._farthest = farthest_ghost(list(curves.values()))
        self._changed(since)

    def item(self, key: Hashable) -> CurveItem:
        """Return the item of a curve, whose `getData` returns its steps and values."""
        return self._items[key][0]

    def clear(self) -> None:
        """Take all curves away."""
        self.set_curves({})

    def set_rest(self, value: float | None) -> None:
        """Draw a quiet line at a value, such as 0, or none."""
        self._rest_value = value
        self._rest.give((None, None if value is None else self.y_of(value)))

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
        rect, edge, heights = self.scale_rect, self.sizes.marker, self.heights_of(values)
        heights = np.where(np.isposinf(values), rect.top() + edge, heights)
        return np.where(np.isneginf(values), rect.bottom() - edge, heights)

    def line(self, heights: Floats) -> Floats:
        """Return the heights that a line runs through, NaN elsewhere."""
        return heights

    def apart(self, x: Floats, heights: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Tell which points get a marker even where there is no room for all markers: those without neighbours."""
        return lonely(heights)

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

    # the mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take a point of a curve into the hand, or do as every plot."""
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if self.held_by_hand and control and event.button() == Qt.MouseButton.LeftButton:
            key = self.curve_at(event.position())
            if key is not None:
                self._hand = key, self.place_at(event.position())[0]
                self._drag(event, begins=True)
                return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the point that is in the hand."""
        if self._hand is not None:
            self._drag(event, begins=False)
        else:
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._hand = None
        super().mouseReleaseEvent(event)

    def _drag(self, event: QMouseEvent, *, begins: bool) -> None:
        if self._hand is not None:
            low, high = min(self._low, self._high), max(self._low, self._high)
            key, step = self._hand
            self.pointHeld.emit(key, step, min(max(self.value_at(event.position().y()), low), high), begins)

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
        for item in self._curve_items():
            item.place(self.data_rect)
        self._rest.place(self.data_rect)
        self.set_rest(self._rest_value)
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
        for edge in (*self._covered, *edges):  # what is, or was, the last step before what is hidden looks different
            if edge is not None:
                self._repaint(edge - 2, edge + 2)
        self._covered = edges
        self._stale = True
        self._place_labels()

    def _changed(self, since: int = 0) -> None:
        """Compute the points anew when next painted; before step `since` they look as they did."""
        self._ends.clear()
        self._stale = True
        self._repaint(since - 1.5, self.axis.view[1] + 2)
        self._place_labels()

    def _repaint(self, first: float, last: float) -> None:
        area, left, right = self.data_rect, self.x_of(first), self.x_of(last)
        for item in self._curve_items():
            item.update(area & QRectF(left, area.top(), right - left, area.height()))

    def _curve_items(self) -> Iterator[CurveItem]:
        for items in self._items.values():
            yield from items

    def prepare(self) -> None:
        """Compute where the curves run."""
        if not self._stale:
            return
        self._stale = False
        scale = self.axis.scale(self.width())
        everywhere = scale >= 2.2 * self.sizes.marker
        size = self.sizes.marker if everywhere else self.sizes.marker * 0.7
        before, after = self.hidden_before, self.hidden_after
        for place, (key, curve) in enumerate(self.curves.items()):
            for item, values, room, just in zip(
                self._items[key], (curve.values, curve.ghost), (0.25, 0.0), (0.0, _JUST), strict=True
            ):
                if values is None:
                    continue
                seen = (
                    -np.inf if before is None else self.x_of(before - room) + just,
                    np.inf if after is None else self.x_of(after + room) + just,
                )
                points = self.points_of(values, place, everywhere=everywhere)
                item.set_points(points, spacious=scale >= SPACIOUS, symbol_size=size, seen=seen)

    def points_of(self, values: Floats, place: int, *, everywhere: bool) -> Points:
        """Return where the values of curve number `place` stand; `everywhere`: there is room for all markers."""
        steps, shown = outline(values, self.axis.view, self.data_rect.width())
        x = self.data_rect.left() + (steps - self.axis.view[0]) * self.axis.scale(self.width())
        y = self.heights(shown, place)
        marked = np.isfinite(y)
        return Points(x, y, self.line(y), marked if everywhere else marked & self.apart(x, y))

    def _place_labels(self) -> None:
        labels = [self._label(curve, place) for place, curve in enumerate(self.curves.values())]
        self._labels.show_labels(labels + self._ghost_label(), self._when(labels))

    def _when(self, labels: list[Label]) -> str:
        """Say of which step the values are, where the curves are drawn beyond it."""
        step = self.cursor_step
        last = max((end for (_, seen), (_, _, end) in self._ends.items() if seen == self._last_seen), default=-1)
        return f"t = {step + 1}" if step is not None and step < last and any(label.value for label in labels) else ""

    @property
    def _last_seen(self) -> int:
        last, after = int(self.axis.view[1]), self.hidden_after
        return last if after is None else min(last, after)

    def _ghost_label(self) -> list[Label]:
        """Return the one label that says what the dashed lines are, at the end of the one that is farthest off."""
        if self._farthest < 0:
            return []
        curve = list(self.curves.values())[self._farthest]
        if curve.ghost is None:
            return []
        ghost = Curve(curve.ghost, replace(curve.style, dash=GHOST), "original")
        return [replace(self._label(ghost, self._farthest, -1 - self._farthest), line_only=True)]

    def _end(self, curve: Curve, place: int, key: int) -> tuple[float | None, bool]:
        """Return the height at which a curve ends in view, if any of it is there, and whether it meets the margin."""
        last = self._last_seen
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
