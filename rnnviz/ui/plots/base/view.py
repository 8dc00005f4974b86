"""The base of every plot of numbers: a pyqtgraph PlotItem in a widget, between margins, with a header and a notice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pyqtgraph as pg
from pyqtgraph.graphicsItems.ViewBox.ViewBoxMenu import ViewBoxMenu
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QContextMenuEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QGraphicsView, QMenu, QSizePolicy, QWidget

from rnnviz.ui.drawing.ticks import Tick, apart, round_ticks
from rnnviz.ui.plots.base import config  # noqa: F401 - pyqtgraph is told before anything of it is made
from rnnviz.ui.plots.base.axes import QuietAxis, ValueAxis
from rnnviz.ui.plots.base.box import PlotBox
from rnnviz.ui.plots.base.parts import Ground, Header, Notice, Part, PixelItem
from rnnviz.ui.plots.base.plot_item import Plot
from rnnviz.ui.plots.base.polylines import Floats
from rnnviz.ui.theme import LIGHT, NORMAL, Metrics, SignalStyle, Theme

LARGEST = 1e300
"""Where every scale ends: differences of larger numbers overflow."""

FAR = 1e3
"""Widths and heights of a plot beyond which a value counts as off it."""

_OTHERS = 25.0
"""The height of what a user or a plugin adds to a plot: above its data, below the cover of what is hidden."""

_living: dict[int, PlotView] = {}
"""Every plot until Qt has deleted it.

Were a plot left to Python's garbage collector, its scene would be taken apart while the wrappers of its items are
cleared in any order, which ends the program. So only Qt deletes plots: with their parents, or by `deleteLater`.
"""


class Margins(NamedTuple):
    """Pixels around the data, from the edges of the widget."""

    left: int
    top: int
    right: int
    bottom: int


class PlotView(pg.GraphicsView):
    """A widget with one plot: data in a view box between margins, a scale at the left, a title line above.

    What is drawn of the data are items of pyqtgraph in `plot`; what stands around and over them are parts, in pixels of
    the widget.

    Parameters
    ----------
    box : PlotBox
    below : QuietAxis
        The axis below the data; it is hidden at first.
    parent : QWidget or None

    Attributes
    ----------
    plot : pyqtgraph.PlotItem
        An ordinary one: add items to it, read its view range, link other plots to it.
    key : str
        What the plot is called among the plots of its panel.
    """

    grid_at_ticks = True
    """Whether ticks have marks and grid lines; plots whose ticks name rows turn it off."""

    numbered = True
    """Whether there are ticks along the axis at the left."""

    calm_size = (480, 260)
    """The size in pixels that a plot asks for."""

    _ready = False

    def __init__(self, box: PlotBox, below: QuietAxis, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=None)
        _living[id(self)] = self
        self.destroyed.connect(partial(_living.pop, id(self), None))
        self.theme: Theme = LIGHT
        self.sizes: Metrics = NORMAL
        self.key = ""
        self.box, self.value_axis, self.axis_below = box, ValueAxis(), below
        box.childGroup.setZValue(_OTHERS)
        unseen = {side: QuietAxis(side) for side in ("right", "top")}
        axes = {"left": self.value_axis, "bottom": below, **unseen}
        self.plot = Plot(box, axes)
        for side in ("right", "top", "bottom"):
            self.plot.hideAxis(side)
        self.setCentralItem(self.plot)
        self.setCacheMode(self.CacheModeFlag.CacheNone)
        self.setOptimizationFlag(self.OptimizationFlag.DontAdjustForAntialiasing)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.scene().minDragTime = math.inf  # a hand that trembles while it clicks does not drag
        for widget in (self, self.viewport()):
            widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._low, self._high, self._given = 0.0, 1.0, (0.0, 1.0)
        self._ticks: list[Tick] | None = None
        self._rails = (False, False)
        self._laid_out: tuple[object, ...] = ()
        self._measured: tuple[tuple[int, int], QRectF, QRectF] | None = None
        self._parts: list[PixelItem] = []
        self._over: list[Any] = []  # parts and items of data: what stands in pixels of the widget
        self._menu: ViewBoxMenu | None = None
        self._ground, self._notice, self._header = Ground(), Notice(), Header()
        self.add_over_data(self._ground, -50.0)
        self.add_over_data(self._notice, 60.0)  # so that its sentence is read wherever the cursor stands
        self.add_beside_data(self._header)
        self.value_axis.has_grid = self.grid_at_ticks
        for axis in (self.value_axis, below):
            axis.gridChanged.connect(self.relayout)
        box.viewAllAsked.connect(self.view_all)
        box.valuesZoomed.connect(self._on_values_zoomed)
        box.menuAsked.connect(self._on_menu)
        self.scene().sigPrepareForPaint.connect(self.prepare)

    def add_over_data(self, part: Part, height: float = 10.0) -> None:
        """Add a part clipped to the area of the data; below a `height` of 0 it lies behind the data."""
        part.setParentItem(self.box)
        part.setZValue(height)
        self._over.append(part)
        self._adopt(part)

    def add_beside_data(self, part: Part) -> None:
        """Add a part outside the area of the data, such as one in the right margin."""
        part.setParentItem(self.plot)
        part.setZValue(100.0)
        self._adopt(part)

    def add_data(self, item: Any, height: float = 10.0) -> None:
        """Add an item of data that draws in pixels of the widget, as `CurveItem` and `HeatmapItem` do.

        It is among the items of `plot`; whatever else is added to that lies above it and below the cover.
        """
        self.plot.addItem(item, ignoreBounds=True)
        item.setParentItem(self.box)
        item.setZValue(height)
        item.setPos(-self.data_rect.topLeft())
        self._over.append(item)
        self._adopt(item)

    def remove_data(self, item: Any) -> None:
        """Take an item of data away."""
        self._over.remove(item)
        self._parts.remove(item)
        self.plot.removeItem(item)

    def _adopt(self, item: PixelItem) -> None:
        self._parts.append(item)
        item.set_style(self.theme, self.sizes)

    # what panels call

    def set_title(self, title: str, subtitle: str = "", style: SignalStyle | None = None) -> None:
        """Set the title, the quieter text behind it and a signal's symbol before it.

        With neither title nor subtitle the plot has no header.
        """
        had, header = self.has_header, self._header
        if (title, subtitle, style) == (header.title, header.subtitle, header.swatch):
            return
        header.title, header.subtitle, header.swatch = title, subtitle, style
        header.update()
        self.setAccessibleName(" ".join(text for text in (title, subtitle) if text))
        if had != self.has_header:
            self.relayout()

    def set_side_label(self, name: str, caption: str = "", style: SignalStyle | None = None) -> None:
        """Name the plot in large type in its left margin, a caption below, a signal's symbol before it."""
        self.value_axis.call(name, caption, style)
        if not self.has_header:
            self.setAccessibleName(" ".join(text for text in (name, caption) if text))

    def set_notice(self, text: str) -> None:
        """Say something in the middle of the plot, such as why it is empty; nothing if empty."""
        self._notice.say(text)

    def set_value_range(self, low: float, high: float, ticks: Sequence[Tick] | None = None) -> None:
        """Fix the vertical scale: `low` at the bottom, `high` at the top (low > high turns it over).

        `ticks` None chooses round ones for the height at hand. Where the user has zoomed the values, that stays until
        everything is shown again.
        """
        low, high = (min(max(float(end), -LARGEST), LARGEST) for end in (low, high))
        given, ticks = (low, high), None if ticks is None else list(ticks)
        if (given, ticks) != (self._given, self._ticks):
            self._given, self._ticks = given, ticks
            if not self.box.values_zoomed:
                self._low, self._high = given
            self.relayout()

    def set_theme(self, theme: Theme, sizes: Metrics) -> None:
        """Take other colours and sizes."""
        self.theme, self.sizes = theme, sizes
        self.setBackground(theme.surface)
        for item in (*self._parts, self.value_axis, self.axis_below):
            item.set_style(theme, sizes)
        self.theme_changed()
        self.relayout()

    def view_all(self) -> None:
        """Show the whole scale of the values."""
        if self.box.values_zoomed:
            self.box.values_zoomed = False
            self._low, self._high = self._given
            self.relayout()

    # what kinds of plot override

    @property
    def margins(self) -> Margins:
        """The pixels around the data."""
        top = self.sizes.header if self.has_header else self.sizes.padding // 2
        return Margins(self.sizes.left_margin, top, self.sizes.padding, self.sizes.padding // 2)

    @property
    def below_height(self) -> int:
        """The height of the axis below the data, a part of the margin there; 0 where it is hidden."""
        return 0

    @property
    def inset(self) -> float:
        """Pixels kept free above and below the scale, so that a marker at its end is not cut."""
        return 0.0

    def theme_changed(self) -> None:
        """Take on the new theme; called before the new layout."""

    def layout_changed(self) -> None:
        """Follow a change of size, view or scale; called after it."""

    def sizeHint(self) -> QSize:
        """Return a calm size."""
        return QSize(*self.calm_size)

    def prepare(self) -> None:
        """Bring up to date what is about to be painted, and was left until then."""

    def automatic_ticks(self, most: int) -> list[Tick]:
        """Return at most `most` ticks to show when none were given."""
        return round_ticks(min(self._low, self._high), max(self._low, self._high), most)

    def named_heights(self) -> list[float]:
        """Heights, in pixels, of names beside the axis that are no ticks."""
        return []

    def uprights(self) -> list[float]:
        """Places, in pixels, of grid lines along the axis below."""
        return []

    # geometry, in pixels of the widget

    @property
    def has_header(self) -> bool:
        """Whether there is a title line."""
        return bool(self._header.title or self._header.subtitle)

    @property
    def data_rect(self) -> QRectF:
        """The area of the data, rails included; not to be changed."""
        return self._areas()[0]

    @property
    def rail(self) -> float:
        """The height of the rails for zeros and infinities: less where there is little room for the scale."""
        return min(float(self.sizes.rail), self.data_rect.height() / 5)

    @property
    def scale_rect(self) -> QRectF:
        """The part of the data's area that the vertical scale spans; not to be changed."""
        return self._areas()[1]

    def _areas(self) -> tuple[QRectF, QRectF]:
        """Return `data_rect` and `scale_rect`, which are asked for hundreds of times between two changes of them."""
        size = (self.width(), self.height())
        if self._measured is None or self._measured[0] != size:
            left, top, right, bottom = self.margins
            area = QRectF(left, top, max(1, size[0] - left - right), max(1, size[1] - top - bottom))
            self._measured = size, area, area
            upper, lower = (self.rail * there + self.inset for there in self._rails)
            self._measured = size, area, area.adjusted(0, upper, 0, -lower)
        return self._measured[1:]

    @property
    def gutter_rect(self) -> QRectF:
        """The right margin, beside the data."""
        area = self.data_rect
        left = area.right() + 4
        return QRectF(left, area.top(), self.width() - left, area.height())

    @property
    def value_range(self) -> tuple[float, float]:
        """The ends of the scale that is seen, bottom and top."""
        return self._low, self._high

    def y_of(self, value: float) -> float:
        """Return the vertical pixel of a value on the scale."""
        rect = self.scale_rect
        share = (value - self._low) / ((self._high - self._low) or 1.0)
        return rect.bottom() - share * rect.height()

    def heights_of(self, values: Floats) -> Floats:
        """Return the vertical pixels of values, those far outside cut; painters fail on large numbers."""
        scale = self.scale_rect
        with np.errstate(over="ignore", invalid="ignore"):
            shares = np.clip((values - self._low) / ((self._high - self._low) or 1.0), -FAR, FAR + 1)
        return scale.bottom() - shares * scale.height()

    def value_at(self, y: float) -> float:
        """Return the value at a vertical pixel."""
        rect = self.scale_rect
        return self._low + (rect.bottom() - y) / max(rect.height(), 1.0) * (self._high - self._low)

    # what follows a change

    def relayout(self) -> None:
        """Put every part where size and scale ask for it."""
        if not self._ready:
            return
        self._measured = None
        area = self.data_rect
        self._lay_out(area)
        self._fit_values(area)
        self.box.updateMatrix()  # left to the paint event, what depends on it would be painted twice
        self._ground.place(area)
        self._notice.place(area)
        self._header.place(QRectF(0, 0, self.width(), self.sizes.header if self.has_header else 0))
        self._place_ticks()
        self.layout_changed()

    def _lay_out(self, area: QRectF) -> None:
        """Give the plot's own layout the margins."""
        left, top, right, bottom = self.margins
        wanted = (left, top, right, bottom, self.below_height, area)
        if wanted == self._laid_out:
            return
        self._laid_out = wanted
        self.plot.layout.setContentsMargins(0, top, right, bottom - self.below_height)
        self.value_axis.setWidth(left)
        self.plot.showAxis("bottom", self.below_height > 0)
        self.axis_below.setHeight(self.below_height)
        self.plot.layout.activate()
        for part in self._over:
            part.setPos(-area.topLeft())

    def _fit_values(self, area: QRectF) -> None:
        """Give the view box the scale, and as much beyond its ends as rails and inset take."""
        turned, scale = self._low > self._high, self.scale_rect
        low, high = sorted((self._low, self._high))
        each = (high - low) / max(scale.height(), 1.0)
        above, below = (scale.top() - area.top()) * each, (area.bottom() - scale.bottom()) * each
        if turned != self.box.yInverted():
            self.box.invertY(turned)
        if high > low:
            self.box.setYRange(low - (above if turned else below), high + (below if turned else above), padding=0)

    def _on_values_zoomed(self) -> None:
        area, scale, (low, high) = self.data_rect, self.scale_rect, self.box.viewRange()[1]
        each = (high - low) / area.height()
        above, below = (scale.top() - area.top()) * each, (area.bottom() - scale.bottom()) * each
        turned = self._given[0] > self._given[1]
        self._low, self._high = (high - below, low + above) if turned else (low + below, high - above)
        self.relayout()

    def _place_ticks(self) -> None:
        height, area = self.scale_rect.height(), self.data_rect
        most = max(2, int(height / (self.sizes.small * 2.6)) + 1)
        given = self._ticks if self._ticks is not None else self.automatic_ticks(most) if self.numbered else []
        places = [(self.y_of(tick.value), tick) for tick in given]
        ticks = apart(
            [place for place in places if area.top() - 1 <= place[0] <= area.bottom() + 1],
            self.named_heights(),
            self.sizes.small * 1.1,
        )
        self.value_axis.show_ticks([(y - area.top(), tick) for y, tick in ticks], marks=self.grid_at_ticks)
        grid = [y for y, _ in ticks] if self.value_axis.has_grid else []
        self._ground.give((grid, self.rail_rects(), self.uprights() if self.axis_below.has_grid else []))

    def rail_rects(self) -> list[QRectF]:
        """Return the rails there are, above and below the scale."""
        area, rail = self.data_rect, self.rail
        upper = QRectF(area.left(), area.top(), area.width(), rail)
        lower = QRectF(area.left(), area.bottom() - rail, area.width(), rail)
        return [rail for rail, there in zip((upper, lower), self._rails, strict=True) if there]

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Fill the new size."""
        super().resizeEvent(event)
        self.relayout()

    # the mouse

    def pointed_at_pixel(self, at: QPointF | None) -> None:
        """Follow the mouse; None: it has left."""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin what may become a click or a drag, here and in no widget behind."""
        super().mousePressEvent(event)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End it."""
        super().mouseReleaseEvent(event)
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Begin the second click of two."""
        super().mouseDoubleClickEvent(event)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the mouse."""
        super().mouseMoveEvent(event)
        self.pointed_at_pixel(event.position())

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        super().leaveEvent(event)
        self.pointed_at_pixel(None)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Leave the menu to whoever holds the plot; that of the mouse waits for a click, since a drag zooms."""
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            event.accept()
        else:
            event.ignore()

    def _on_menu(self, at: QPoint) -> None:
        """Ask for the menu where the right button was clicked."""
        inside = self.viewport().mapFromGlobal(at)
        QApplication.sendEvent(self.viewport(), QContextMenuEvent(QContextMenuEvent.Reason.Other, inside, at))

    def offer_view(self, menu: QMenu) -> None:
        """Add to a menu what pyqtgraph offers for the view of a plot.

        Its own exporters are left out, since rnnviz writes figures itself, and so is what would turn the shared time
        axis over or unlink it.
        """
        if self._menu is None:
            self._menu = ViewBoxMenu(self.box)
            self._menu.setParent(self, self._menu.windowFlags())  # or it would outlive the plot
        self._menu.updateState()
        menu.addAction(self._menu.viewAll)
        menu.addMenu("&Mouse mode").addActions(self._menu.mouseModes)
        grid = menu.addMenu("&Grid")
        for text, axis in (("of the axis at the &left", self.value_axis), ("of the axis &below", self.axis_below)):
            action = grid.addAction(text)
            action.setCheckable(True)
            action.setChecked(axis.has_grid)
            action.toggled.connect(axis.setGrid)

    def close(self) -> bool:
        """Close the widget as any other; pyqtgraph would take its scene apart, and it could not be shown again."""
        return bool(QGraphicsView.close(self))
