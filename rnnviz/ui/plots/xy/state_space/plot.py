"""The space of hidden states: their way through it, the cursor upon it, fixed points and the portrait behind them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPaintEngine, QPainter
from PySide6.QtWidgets import QWidget

from rnnviz.ui.drawing.canvas import Canvas
from rnnviz.ui.plots.base.polylines import Floats
from rnnviz.ui.plots.xy.state_space.axes import draw_axes
from rnnviz.ui.plots.xy.state_space.cursor import draw_cursor, draw_lit
from rnnviz.ui.plots.xy.state_space.items import (
    FixedDots,
    Portrait,
    ReturnMap,
    Way,
    draw_fixed,
    draw_map,
    draw_portrait,
    draw_way,
)
from rnnviz.ui.plots.xy.state_space.legend import draw_key, key_width
from rnnviz.ui.plots.xy.state_space.projection import TURNED, SpaceView, box_of, three
from rnnviz.ui.theme import Metrics, Theme

_DRAG = 4
"""Pixels from which the mouse drags."""


class StateSpacePlot(Canvas):
    """States in two or three axes; dragging turns the space, a double click shows it from the front again.

    The data is painted once and kept; the cursor and what is pointed at are painted over it.

    Signals
    -------
    pointed(kind, place)
        What is under the mouse: "step" with the place of the point, "fixed" with that of a fixed point, or "".
    stepClicked(step), fixedClicked(place)
        The user clicked a step, or a fixed point; -1: beside all of them.
    turned(on)
        The user has turned the space, or shown it from the front again.

    Parameters
    ----------
    parent : QWidget or None
    """

    pointed = Signal(str, int)
    stepClicked = Signal(int)
    fixedClicked = Signal(int)
    turned = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.axes: tuple[str, ...] = ()
        self.way: Way | None = None
        self.fixed: FixedDots | None = None
        self.portrait: Portrait | ReturnMap | None = None
        self.cursor_place: Floats | None = None
        self.cursor_name = ""
        self.lit: int | None = None
        self._under: tuple[str, int] = ("", -1)
        self._angles = (0.0, 0.0)
        self._dragged: QPointF | None = None
        self._layer: QImage | None = None
        self._layer_of: tuple[object, ...] = ()
        self._box = box_of(np.zeros((0, 3)))
        self.setAccessibleName("Hidden states in space")

    # what panels call

    def show_space(
        self,
        axes: Sequence[str],
        way: Way | None,
        fixed: FixedDots | None = None,
        portrait: Portrait | ReturnMap | None = None,
    ) -> None:
        """Show the way of the states, and what there is besides it.

        Parameters
        ----------
        axes : sequence of str
            The names of one to three axes.
        way : Way or None
        fixed : FixedDots or None
        portrait : Portrait, ReturnMap or None
            Of a space of two axes.
        """
        self.axes, self.way, self.fixed, self.portrait = tuple(axes), way, fixed, portrait
        parts: list[Floats] = [three(way.points)] if way is not None else [np.zeros((0, 3))]
        if portrait is not None and len(portrait.x):
            up = portrait.x if isinstance(portrait, ReturnMap) else portrait.y
            parts.append(three(np.array([(portrait.x[k], up[k]) for k in (0, -1)], np.float64)))
        self._box = box_of(*parts)
        if fixed is not None:
            self._box = self._with_near_points(three(fixed.points))
        if len(self.axes) < 3:
            self._angles = (0.0, 0.0)
        self._layer = None
        self.update()

    def set_cursor(self, place: Floats | None, name: str) -> None:
        """Stand the cursor at a place [k] with its name; None takes it away."""
        self.cursor_place, self.cursor_name = (None if place is None else three(place[None])[0]), name
        self.update()

    def set_lit(self, place: int | None) -> None:
        """Mark a fixed point as chosen."""
        if place != self.lit:
            self.lit = place
            self.update()

    def set_turned(self, on: bool) -> None:
        """Show the space from the side or from the front."""
        if on != (self._angles != (0.0, 0.0)) and (len(self.axes) == 3 or not on):
            self._angles = TURNED if on else (0.0, 0.0)
            self._layer = None
            self.update()

    def set_theme(self, theme: Theme, sizes: Metrics) -> None:
        """Take other colours and sizes."""
        self._layer = None
        super().set_theme(theme, sizes)

    @property
    def view(self) -> SpaceView:
        """How the space stands on the screen."""
        return SpaceView(*self._box, self.area, *self._angles)

    @property
    def keyed(self) -> bool:
        """Whether there is room for the key."""
        return self.width() > 32 * self.sizes.small and self.height() > 9 * self.sizes.small

    @property
    def area(self) -> QRectF:
        """The part of the widget that the data takes."""
        small = self.sizes.small
        left = 3.6 * small if len(self.axes) > 1 else small
        right = key_width(self) if self.keyed else 0.5 * small
        below = 1.7 * small if self.height() > 7 * small else 4
        above = 1.6 * small if self.height() > 10 * small else 4
        return QRectF(left, above, max(8.0, self.width() - left - right), max(8.0, self.height() - above - below))

    def sizeHint(self) -> QSize:
        """Return a calm size."""
        return QSize(480, 320)

    def minimumSizeHint(self) -> QSize:
        """Return the size below which nothing is seen."""
        return QSize(6 * self.sizes.small, 4 * self.sizes.small)

    def _with_near_points(self, points: Floats) -> tuple[Floats, Floats]:
        """Widen what is seen to fixed points that are not far from it: one far off would make the rest a dot."""
        low, high = self._box
        reach = 1.5 * float((high - low).max())
        near = points[(np.abs(points - (low + high) / 2) <= reach).all(1)]
        return box_of(np.stack([low, high]), near) if len(near) and not self._holds(near) else self._box

    def _holds(self, points: Floats) -> bool:
        low, high = self._box
        return bool(((points >= low) & (points <= high)).all())

    # the mouse

    def pointed_at(self, place: QPointF | None) -> None:
        """Tell what is under the mouse."""
        under = ("", -1) if place is None else self._nearest(place)
        if under != self._under:
            self._under = under
            self.pointed.emit(*under)
            self.update()

    def clicked_at(self, place: QPointF) -> None:
        """Go to the step, or choose the fixed point, under the mouse."""
        kind, index = self._nearest(place)
        if kind == "step" and self.way is not None:
            self.stepClicked.emit(int(self.way.steps[index]))
        else:
            self.fixedClicked.emit(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Turn the space while a button is held, else point."""
        if self._pressed is None or len(self.axes) < 3:
            super().mouseMoveEvent(event)
            return
        start = self._dragged if self._dragged is not None else self._pressed
        move = event.position() - start
        if self._dragged is None and move.manhattanLength() < _DRAG:
            return
        self._dragged = event.position()
        seen = self.view.turned(move.x(), move.y())
        fresh = self._angles == (0.0, 0.0)
        self._angles, self._layer = (seen.yaw, seen.pitch), None
        if fresh:
            self.turned.emit(True)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag or a click."""
        if self._dragged is not None:
            self._dragged = self._pressed = None
            return
        super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show the space from the front again."""
        if self._angles != (0.0, 0.0):
            self.set_turned(False)
            self.turned.emit(False)

    def _nearest(self, place: QPointF) -> tuple[str, int]:
        best, found, view = 1.5 * self.sizes.marker + 3, ("", -1), self.view
        groups = [("fixed", three(self.fixed.points))] if self.fixed is not None else []
        if self.way is not None:
            groups.append(("step", self.way.seen))
        for kind, points in groups:
            if len(points):
                pixels = view.pixels(points)
                away = np.hypot(pixels[:, 0] - place.x(), pixels[:, 1] - place.y())
                away = np.where(np.isfinite(away), away, np.inf)
                index = int(away.argmin())
                if away[index] < best:
                    best, found = float(away[index]), (kind, index)
                if kind == "fixed" and best < 0.9 * self.sizes.marker:  # it lies on top
                    return found
        return found

    # painting

    def paint(self, painter: QPainter) -> None:
        """Paint the data, as it was kept where it can be, and over it what moves."""
        ratio = self.devicePixelRatioF()
        if painter.paintEngine().type() == QPaintEngine.Type.Raster:
            key = (self.size(), ratio)
            if self._layer is None or self._layer_of != key:
                self._layer = QImage(self.size() * ratio, QImage.Format.Format_RGB32)
                self._layer.setDevicePixelRatio(ratio)
                self._layer.fill(QColor(self.theme.surface))
                self._layer_of = key
                inner = QPainter(self._layer)
                self._paint_data(inner)
                inner.end()
            painter.drawImage(0, 0, self._layer)
        else:
            self._paint_data(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pointed = self._under[1] if self._under[0] == "fixed" else None
        draw_lit(painter, self, {place for place in (self.lit, pointed) if place is not None})
        draw_cursor(painter, self)

    def _paint_data(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        view = self.view
        draw_axes(painter, self, view)
        painter.save()
        painter.setClipRect(self.area.adjusted(-1, -1, 1, 1))
        if isinstance(self.portrait, ReturnMap):
            draw_map(painter, self.portrait, view, self.theme, self.sizes)
        elif self.portrait is not None:
            draw_portrait(painter, self.portrait, view, self.theme, self.sizes)
        if self.way is not None:
            draw_way(painter, self.way, view, self.theme, self.sizes)
        if self.fixed is not None:
            inside = self.fixed.inside or (True,) * len(self.fixed.kinds)
            places = view.pixels(three(self.fixed.points)).tolist()
            for place, kind, within in zip(places, self.fixed.kinds, inside, strict=True):
                painter.setOpacity(1.0 if within else 0.4)
                draw_fixed(painter, QPointF(*place), kind, 1.5 * self.sizes.marker, self.theme)
        painter.restore()
        if self.keyed:
            draw_key(painter, self)
