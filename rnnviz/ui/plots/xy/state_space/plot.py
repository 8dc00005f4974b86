"""The space of hidden states: their way through it, the cursor upon it, fixed points and the portrait behind them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Signal

from rnnviz.ui.drawing.ticks import Tick
from rnnviz.ui.plots.base.polylines import Floats
from rnnviz.ui.plots.base.view import Margins
from rnnviz.ui.plots.xy.equal_plot import EqualPlot
from rnnviz.ui.plots.xy.state_space.axes import BoxEdges, edges_of, few_ticks
from rnnviz.ui.plots.xy.state_space.cursor import Rings, SpaceCursor
from rnnviz.ui.plots.xy.state_space.items import (
    FixedDots,
    Portrait,
    ReturnMap,
    Way,
    cobweb_style,
    map_style,
    nullcline_style,
    space_of,
)
from rnnviz.ui.plots.xy.state_space.legend import Key
from rnnviz.ui.plots.xy.state_space.portrait_items import FieldItem, FixedItem
from rnnviz.ui.plots.xy.state_space.projection import TURNED, SpaceView, box_of, three
from rnnviz.ui.plots.xy.state_space.space_box import SpaceBox
from rnnviz.ui.plots.xy.state_space.way_item import WayItem
from rnnviz.ui.plots.xy.xy_items import LineItem
from rnnviz.ui.theme import MEDIUM


class StateSpacePlot(EqualPlot):
    """States in two or three axes; dragging turns the space, a double click shows all of it from the front again.

    Signals
    -------
    pointed(kind, place)
        What is under the mouse: "step" with the place of the point, "fixed" with that of a fixed point, or "".
    stepClicked(step), fixedClicked(place)
        The user clicked a step, or a fixed point; -1: beside all of them.
    turned(on)
        The user has turned the space, or shown it from the front again.
    """

    pointed = Signal(str, int)
    stepClicked = Signal(int)
    fixedClicked = Signal(int)
    turned = Signal(bool)

    box: SpaceBox
    box_class = SpaceBox
    calm_size, least_size = (480, 320), (6, 4)

    def build(self) -> None:
        """Begin with nothing in the space."""
        super().build()
        self.axes: tuple[str, ...] = ()
        self.way: Way | None = None
        self.fixed: FixedDots | None = None
        self.portrait: Portrait | ReturnMap | None = None
        self.cursor_place: Floats | None = None
        self.cursor_name = ""
        self.lit: int | None = None
        self.view = SpaceView(*box_of(np.zeros((0, 3))))
        self._under: tuple[str, int] = ("", -1)
        self._key = Key()
        self._stale = False
        self._add_items()
        self._caption.weight = self.x_axis.weight = MEDIUM
        self.box.swung.connect(self._on_swung)
        self.box.clicked.connect(self._on_clicked)
        self.setAccessibleName("Hidden states in space")
        self.show_space((), None)

    def _add_items(self) -> None:
        """Make the items, of which those are seen that have something to show."""
        self.field_item, self.way_item, self.fixed_item = FieldItem(), WayItem(), FixedItem()
        self.lines = (LineItem(pairs=True), LineItem(pairs=True), LineItem(), LineItem())
        self.cobweb = LineItem()
        self._data = (self.field_item, *self.lines, self.way_item, self.fixed_item, self.cobweb)
        for item, height in zip(self._data, (2.0, *(3.0,) * len(self.lines), 10.0, 12.0, 45.0), strict=True):
            self.add_data(item, height)
        self._rings, self._cursor_ring, self._edges = Rings(), SpaceCursor(), BoxEdges()
        self.add_over_data(self._rings, 44.0)
        self.add_over_data(self._cursor_ring, 50.0)
        for part in (self._edges, self._key):
            self.add_beside_data(part)
        self._edges.setZValue(-60.0)

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
        if tuple(axes) != self.axes:
            self.x_zoomed = False
        self.axes, self.way, self.fixed, self.portrait = tuple(axes), way, fixed, portrait
        angles = (self.view.yaw, self.view.pitch) if len(self.axes) == 3 else (0.0, 0.0)
        self.view = SpaceView(*space_of(way, fixed, portrait), *angles)
        self._key.explain(way, fixed, portrait)
        self._show_data()

    def set_cursor(self, place: Floats | None, name: str) -> None:
        """Stand the cursor at a place [k] with its name; None takes it away."""
        self.cursor_place, self.cursor_name = (None if place is None else three(place[None])[0]), name
        self._place_cursor()

    def set_lit(self, place: int | None) -> None:
        """Mark a fixed point as chosen."""
        if place != self.lit:
            self.lit = place
            self._place_rings()

    def set_turned(self, on: bool) -> None:
        """Show the space from the side or from the front."""
        if on == self.view.flat and (len(self.axes) == 3 or not on):
            self._turn(SpaceView(self.view.low, self.view.high, *(TURNED if on else ())))

    def view_all(self) -> None:
        """Show all of the space, and from the front."""
        was_turned = not self.view.flat
        super().view_all()
        if was_turned:
            self.set_turned(False)
            self.turned.emit(False)

    # what is in the space

    def _turn(self, view: SpaceView) -> None:
        self.view = view
        self._show_data()

    def _show_data(self) -> None:
        """Give the items their values, which are those in the plane that is seen."""
        way, fixed = self.way, self.fixed
        self.way_item.show_way(way, self.view.plane(way.seen) if way is not None else np.zeros((0, 2)))
        if fixed is not None:
            self.fixed_item.show_dots(fixed, self.view.plane(three(fixed.points)))
        self.fixed_item.setVisible(fixed is not None)
        self.field_item.portrait = self.portrait if isinstance(self.portrait, Portrait) else None
        self.field_item.setVisible(self.field_item.portrait is not None)
        self._show_lines()
        self.box.turns = len(self.axes) == 3
        self.fit(*self.view.reach)
        self.relayout()

    def _show_lines(self) -> None:
        """Give the lines of the portrait their values: the nullclines, or a map and its diagonal."""
        portrait = self.portrait
        shown: list[Floats] = [np.zeros((0, 2))] * 4
        if isinstance(portrait, ReturnMap):
            shown[2:] = [np.stack([portrait.x, portrait.y], 1), np.repeat(portrait.x[[0, -1]], 2).reshape(2, 2)]
        elif isinstance(portrait, Portrait):
            shown[:2] = [pieces.reshape(-1, 2) for pieces in portrait.nullclines]
        theme = self.theme
        styles = (*(nullcline_style(unit, theme) for unit in (0, 1)), *(map_style(number, theme) for number in (0, 1)))
        for line, points, style, width in zip(self.lines, shown, styles, (1.3, 1.3, 1.3, 1.0), strict=True):
            line.set_values(points[:, 0], points[:, 1], style, width)
            line.setVisible(len(points) > 0)

    # geometry

    @property
    def area(self) -> QRectF:
        """The part of the widget that the data takes."""
        return self.data_rect

    @property
    def keyed(self) -> bool:
        """Whether there is room for the key."""
        return self.width() > 32 * self.sizes.small and self.height() > 9 * self.sizes.small

    @property
    def margins(self) -> Margins:
        """The room for numbers, names and the key."""
        small = self.sizes.small
        left = 3.6 * small if len(self.axes) > 1 else small
        right = self._key.width if self.keyed else 0.5 * small
        above = 1.6 * small if self.height() > 10 * small else 4
        return Margins(round(left), round(above), round(right), self.below_height or 4)

    @property
    def below_height(self) -> int:
        """The height of the numbers below."""
        return round(1.7 * self.sizes.small) if self.height() > 7 * self.sizes.small else 0

    def places(self, points: Floats) -> Floats:
        """Return the pixels of points of the space, [n, 2]."""
        plane = self.view.plane(three(points))
        return np.stack([self.pixels(plane[:, 0]), self.heights_of(plane[:, 1])], 1)

    def place_of(self, point: Floats) -> QPointF:
        """Return the pixel of a point of the space, [k]."""
        return QPointF(*self.places(point[None])[0].tolist())

    # what the base asks

    def zero_lines(self) -> tuple[bool, bool]:
        """Return which axes are drawn."""
        return self.view.flat and bool(self.axes), self.view.flat and len(self.axes) > 1

    def ticks_below(self) -> list[Tick]:
        """Return ticks along the first axis where the space is seen from the front."""
        most = max(2, int(self.area.width() / (6 * self.sizes.small)))
        return few_ticks(*self.x_range, most) if self.view.flat and self.axes else []

    def automatic_ticks(self, most: int) -> list[Tick]:
        """Return ticks along the second axis where the space is seen from the front."""
        most = max(2, int(self.area.height() / (3.5 * self.sizes.small)))
        return few_ticks(*self.y_range, most) if self.view.flat and len(self.axes) > 1 else []

    def theme_changed(self) -> None:
        """Give the lines other colours."""
        self._show_lines()

    def layout_changed(self) -> None:
        """Place what stands around the data; where the data stands is computed when it is painted next."""
        area, small = self.area, self.sizes.small
        flat = self.view.flat
        self.x_axis.call("", f"{self.axes[0]} →" if flat and self.axes else "")
        roomy = flat and len(self.axes) > 1 and area.top() > small
        self._caption.give(f"{self.axes[1]} ↑" if roomy else "")
        self._caption.place(QRectF(4, area.top() - 1.6 * small, area.right() - 4, 1.5 * small))
        for item in self._data:
            item.place(area)
            item.update()
        self._rings.place(area)
        top = max(2.0, area.top() - 0.4 * small)
        self._key.place(QRectF(area.right() + small, top, self.width() - area.right() - small, self.height() - top))
        self._key.setVisible(self.keyed)
        self._place_edges()
        self._stale = True
        self._place_cursor()
        self._place_rings()

    def prepare(self) -> None:
        """Compute where the data stands."""
        if not self._stale:
            return
        self._stale = False
        clip = self.area.adjusted(-1, -1, 1, 1)
        for line in self.lines:
            line.set_points(*self._pixels_of(line), clip)
        self.way_item.stand(*self._pixels_of(self.way_item))
        if self.fixed is not None:
            self.fixed_item.stand(*self._pixels_of(self.fixed_item))
        if self.field_item.portrait is not None:
            tails = self.places(self.field_item.tails())
            self.field_item.stand(tails[:, 0], tails[:, 1], self.unit)

    def _pixels_of(self, item: WayItem | FixedItem | LineItem) -> tuple[Floats, Floats]:
        x, y = item.getData()
        return self.pixels(x), self.heights_of(y)

    def _place_edges(self) -> None:
        """Draw the box where the space is seen from the side."""
        self._edges.place(QRectF(0, 0, self.area.right(), self.height()))
        self._edges.setVisible(not self.view.flat)
        if not self.view.flat:
            edges, named = edges_of(self.view.low, self.view.high)
            ends = self.places(edges.reshape(-1, 3)).reshape(-1, 4)
            names = self.axes if self.height() > 8 * self.sizes.small else ()
            self._edges.give(([QLineF(*edge) for edge in ends.tolist()], named, names))

    def _place_cursor(self) -> None:
        """Stand the cursor on its state, and draw where a map of a single unit leads from there."""
        place, portrait = self.cursor_place, self.portrait
        at = self.place_of(place) if place is not None and np.isfinite(place).all() else None
        self._cursor_ring.stand(at, self.cursor_name if self.height() >= 7 * self.sizes.small else "", self.area)
        self.cobweb.setVisible(isinstance(portrait, ReturnMap) and place is not None)
        if isinstance(portrait, ReturnMap) and place is not None:
            x, y = np.concatenate([place[None, :2], portrait.cobweb(float(place[1]))]).T
            self.cobweb.set_values(x, y, cobweb_style(self.theme), 0.8)
            self.cobweb.set_points(*self._pixels_of(self.cobweb), self.area)

    def _place_rings(self) -> None:
        pointed = self._under[1] if self._under[0] == "fixed" else None
        places = self.places(self.fixed.points) if self.fixed is not None else np.zeros((0, 2))
        marked = {place for place in (self.lit, pointed) if place is not None and place < len(places)}
        self._rings.give([QPointF(*places[k].tolist()) for k in sorted(marked) if np.isfinite(places[k]).all()])

    # the mouse

    def pointed_at_pixel(self, at: QPointF | None) -> None:
        """Tell what is under the mouse."""
        under = ("", -1) if at is None else self._nearest(at)
        if under != self._under:
            self._under = under
            self.pointed.emit(*under)
            self._place_rings()

    def clicked_at(self, at: QPointF) -> None:
        """Go to the step, or choose the fixed point, at a pixel."""
        kind, index = self._nearest(at)
        if kind == "step" and self.way is not None:
            self.stepClicked.emit(int(self.way.steps[index]))
        else:
            self.fixedClicked.emit(index)

    def _on_clicked(self, x: float, y: float) -> None:
        self.clicked_at(QPointF(self.x_of(x), self.y_of(y)))

    def _on_swung(self, right: float, down: float) -> None:
        """Turn the space as the mouse drags it."""
        fresh = self.view.flat
        self._turn(self.view.turned(right, down))
        if fresh:
            self.turned.emit(True)

    def _nearest(self, at: QPointF) -> tuple[str, int]:
        best, found = 1.5 * self.sizes.marker + 3, ("", -1)
        groups = [("fixed", self.fixed.points)] if self.fixed is not None else []
        if self.way is not None:
            groups.append(("step", self.way.seen))
        for kind, points in groups:
            if len(points):
                pixels = self.places(points)
                away = np.hypot(pixels[:, 0] - at.x(), pixels[:, 1] - at.y())
                away = np.where(np.isfinite(away), away, np.inf)
                index = int(away.argmin())
                if away[index] < best:
                    best, found = float(away[index]), (kind, index)
                if kind == "fixed" and best < 0.9 * self.sizes.marker:  # it lies on top
                    return found
        return found
