"""The complex plane with the unit circle, and the eigenvalues of matrices upon it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Signal

from rnnviz.ui.drawing.painting import RIGHT
from rnnviz.ui.drawing.ticks import MINUS, Tick, fixed, round_ticks
from rnnviz.ui.plots.base.view import Margins
from rnnviz.ui.plots.xy.equal_plot import EqualPlot
from rnnviz.ui.plots.xy.plane_items import (
    CircleItem,
    CircleNames,
    GroupNames,
    PlaneCircle,
    PlanePoints,
    PointsItem,
    Ring,
)

__all__ = ["PlaneCircle", "PlanePlot", "PlanePoints"]

LIMITS = (1.6, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0)
"""How far the plane may reach: as far as the knob turns, unless there is more to see."""

_TICKS = 5
_RIGHT, _UP = "Re λ", "Im λ"
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class PlanePlot(EqualPlot):
    """Complex numbers in the plane, real and imaginary part on the same scale.

    Signals
    -------
    hovered(text)
        What is under the mouse: an eigenvalue with modulus and angle; empty for nothing.
    """

    hovered = Signal(str)

    calm_size, least_size = (280, 280), (6, 4)

    def build(self) -> None:
        """Begin with the unit circle alone."""
        super().build()
        self.groups: tuple[PlanePoints, ...] = ()
        self.circles: tuple[PlaneCircle, ...] = ()
        self.lit: tuple[int, int] | None = None
        self._text = ""
        self._points: list[PointsItem] = []
        self._rounds = [CircleItem(unit=True)]
        self.add_data(self._rounds[0], 5.0)
        self._circle_names, self._group_names, self._ring = CircleNames(), GroupNames(), Ring()
        self.add_over_data(self._circle_names, 8.0)
        self.add_over_data(self._ring, 30.0)
        self.add_beside_data(self._group_names)
        self._caption.alignment = RIGHT
        self.setAccessibleName("Eigenvalues in the complex plane")
        self.show_points(())

    # what panels call

    def show_points(self, groups: Sequence[PlanePoints], circles: Sequence[PlaneCircle] = ()) -> None:
        """Show eigenvalues, the first group on top, and circles beside the unit circle."""
        self.groups, self.circles, self.lit = tuple(groups), tuple(circles), None
        self._match_items()
        for item, group in zip(self._points, self.groups, strict=True):
            item.show_points(group)
        for circle, drawn in zip(self.circles, self._rounds[1:], strict=True):
            drawn.radius, drawn.colour = circle.radius, circle.colour
        self._circle_names.give(self.circles)
        self._group_names.give(self.groups)
        reach = (-self.limit, self.limit)
        self.fit(reach, reach)
        self.relayout()

    def _match_items(self) -> None:
        """Have an item for each group and circle; those there are stay."""
        while len(self._points) > len(self.groups):
            self.plot.removeItem(self._points.pop())
        while len(self._points) < len(self.groups):
            self._points.append(PointsItem())
            self._points[-1].setZValue(-len(self._points))
            self.plot.addItem(self._points[-1], ignoreBounds=True)
        while len(self._rounds) > len(self.circles) + 1:
            self.remove_data(self._rounds.pop())
        while len(self._rounds) < len(self.circles) + 1:
            self._rounds.append(CircleItem())
            self.add_data(self._rounds[-1], 6.0)

    @property
    def limit(self) -> float:
        """How far the fitted plane reaches from the origin, along both axes."""
        sizes = [float(np.abs(group.finite).max(initial=0.0)) for group in self.groups]
        wanted = 1.04 * max(sizes, default=1.0)
        return next((limit for limit in LIMITS if limit >= wanted), max(wanted, 1.0))

    def describe(self, group: PlanePoints, index: int) -> str:
        """Return what is told of an eigenvalue, the first being the largest."""
        value = complex(group.finite[index])
        sign = MINUS if value.imag < 0 else "+"
        angle = f"{math.degrees(math.atan2(value.imag, value.real)):.0f}°".replace("-", MINUS)
        return (
            f"λ{str(index + 1).translate(_SUBSCRIPTS)} of {group.name} = {fixed(value.real)} {sign} "
            f"{fixed(abs(value.imag))} i   |λ| = {fixed(abs(value))}   angle {angle}"
        )

    # geometry

    @property
    def square(self) -> QRectF:
        """The part of the widget that the plane takes: a square."""
        return self.data_rect

    @property
    def margins(self) -> Margins:
        """The room for numbers and names, and what a square leaves over."""
        small, width, height = self.sizes.small, self.width(), self.height()
        left, below = 3.0 * small, 1.7 * small
        above = self.sizes.header if self.has_header else (1.7 if self._named else 0.5) * small
        side = round(max(8.0, min(width - left - 0.8 * small, height - above - below)))
        left = round(left + max(0.0, (width - left - 0.8 * small - side) / 2))
        top = round(above + max(0.0, (height - above - below - side) / 2))
        return Margins(left, top, width - left - side, height - top - side)

    @property
    def below_height(self) -> int:
        """The height of the numbers below."""
        return round(1.7 * self.sizes.small)

    @property
    def _named(self) -> bool:
        return len(self.groups) > 1 and self.height() > 12 * self.sizes.small

    def place_of(self, value: complex) -> QPointF:
        """Return the pixel of a complex number."""
        return QPointF(self.x_of(value.real), self.y_of(value.imag))

    # what the base asks

    def ticks_below(self) -> list[Tick]:
        """Return a few ticks along the real axis."""
        return round_ticks(*self.x_range, _TICKS)

    def automatic_ticks(self, most: int) -> list[Tick]:
        """Return a few ticks along the imaginary axis, where there is room for them."""
        return round_ticks(*self.y_range, _TICKS) if self.square.height() > 5 * self.sizes.small else []

    def layout_changed(self) -> None:
        """Place circles and names, and give the points the size that the plane asks for."""
        square, small = self.square, self.sizes.small
        inside = all(abs(tick.value) < 0.85 * self.limit for tick in self.ticks_below())
        spacious = square.width() > 12 * small and (inside or self.zoomed)
        self.x_axis.call("", _RIGHT if spacious else "")
        self._caption.give(_UP if spacious else "")
        self._caption.place(QRectF(square.left() - 3 * small, square.top() - 2, 3 * small - 4, 1.5 * small))
        self._circle_names.place(square)
        top = square.top() - 1.7 * small
        self._group_names.place(QRectF(square.left(), top, self.width() - square.left(), 1.7 * small))
        self._group_names.setVisible(self._named)
        for item in self._rounds:
            item.place(square)
            item.stand(self.place_of(0j), self.unit)
        for points, group in zip(self._points, self.groups, strict=True):
            points.dress(group.style, self._size, self.theme)
        self._place_ring()

    @property
    def _size(self) -> float:
        crowded = sum(len(group.values) for group in self.groups) > 200
        side = self.square.width()
        return min(max(self.sizes.marker, side / 60), max(4.0, side / 14)) * (0.75 if crowded else 1.0)

    def _place_ring(self) -> None:
        at = None if self.lit is None else self.place_of(complex(self.groups[self.lit[0]].finite[self.lit[1]]))
        self._ring.mark(at, self._size)

    # the mouse

    def pointed_at_pixel(self, at: QPointF | None) -> None:
        """Name the eigenvalue nearest to the mouse, if one is near."""
        lit = None if at is None else self._nearest(at)
        if lit != self.lit:
            self.lit = lit
            self._place_ring()
        text = "" if lit is None else self.describe(self.groups[lit[0]], lit[1])
        if text != self._text:
            self._text = text
            self.hovered.emit(text)

    def _nearest(self, at: QPointF) -> tuple[int, int] | None:
        best, found = 1.5 * self.sizes.marker + 2, None
        for number, group in enumerate(self.groups):
            values = group.finite
            if len(values):
                away = np.hypot(self.pixels(values.real) - at.x(), self.heights_of(values.imag) - at.y())
                index = int(away.argmin())
                if away[index] < best:
                    best, found = float(away[index]), (number, index)
        return found
