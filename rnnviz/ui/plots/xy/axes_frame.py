"""What a graph is drawn in: its area, the two scales with their ticks, titles, rails, and the mouse."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnviz.ui.drawing.ticks import MINUS
from rnnviz.ui.plots.base.polylines import Floats
from rnnviz.ui.plots.xy.legacy import Ground, Header, Notice, NotNumbers, Part, RailNames, ValueAxis
from rnnviz.ui.plots.xy.scales import apart, ticks_along, ticks_upward
from rnnviz.ui.plots.xy.xy_items import AxisBelow, Bands, Caption, GraphLines, GridLines, LineLabels, Uprights
from rnnviz.ui.theme import LIGHT, NORMAL, Metrics, Theme

_FAR = 1e3
"""Heights of the scale beyond which a value counts as off the plot; painters fail on large numbers."""


class GraphFrame(QWidget):
    """The frame of a graph, linear or logarithmic upwards.

    Parameters
    ----------
    parent : QWidget or None
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme: Theme = LIGHT
        self.sizes: Metrics = NORMAL
        self.log10 = False
        self._titles = ("", "")
        self._x_range, self._y_range = (0.0, 1.0), (0.0, 1.0)
        self._rails = (False, False)
        self._whole_x = False
        self._build()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def _build(self) -> None:
        self._ground, self._grid, self._shades = Ground(), GridLines(), Bands()
        self._lines, self._crosses, self._notice = GraphLines(), NotNumbers(), Notice()
        self._pointer, self._mark = Uprights(), Uprights()
        self._mark.strong = True
        self._header, self._caption, self._value_axis = Header(), Caption(), ValueAxis()
        self._rail_names, self._below, self._labels = RailNames(), AxisBelow(), LineLabels()
        self._inside: tuple[Part, ...] = (
            *(self._ground, self._shades, self._grid, self._mark, self._lines),
            *(self._crosses, self._pointer, self._notice),
        )
        self._around: tuple[Part, ...] = (
            *(self._header, self._caption, self._value_axis, self._rail_names, self._below, self._labels),
        )
        self._notice.visible = False
        for part in (*self._inside, *self._around):
            part.live_in(self)

    # what panels call

    def set_title(self, title: str, subtitle: str = "") -> None:
        """Set a title line above the graph; with neither there is none."""
        if (title, subtitle) != (self._header.title, self._header.subtitle):
            self._header.title, self._header.subtitle = title, subtitle
            self.setAccessibleName(title)
            self.relayout()

    def set_notice(self, text: str) -> None:
        """Say something in the middle of the graph; nothing if empty."""
        self._notice.say(text)

    def set_theme(self, theme: Theme, sizes: Metrics) -> None:
        """Take other colours and sizes."""
        self.theme, self.sizes = theme, sizes
        for part in (*self._inside, *self._around):
            part.dress(theme, sizes)
        self.relayout()

    @property
    def x_range(self) -> tuple[float, float]:
        """The ends of the axis below."""
        return self._x_range

    @property
    def y_range(self) -> tuple[float, float]:
        """The ends of the axis at the left, in powers of ten where it is logarithmic."""
        return self._y_range

    # geometry, in pixels of the widget

    @property
    def data_rect(self) -> QRectF:
        """The area of the data, rails included."""
        sizes, small = self.sizes, self.sizes.small
        top = sizes.header if self._header.title or self._header.subtitle else sizes.padding / 2
        top += 1.6 * small if self._captioned else 0
        bottom = sizes.tick + 1.5 * small + (1.5 * small if self._roomy and self._titles[0] else 0)
        left = sizes.tick + sizes.padding + 3.4 * small
        width, height = self.width() - left - self.right_margin(), self.height() - top - bottom
        return QRectF(left, top, max(1.0, width), max(1.0, height))

    @property
    def scale_rect(self) -> QRectF:
        """The part of it that the scale upwards spans."""
        upper, lower = (self._rail * there + 2 for there in self._rails)
        return self.data_rect.adjusted(0, upper, 0, -lower)

    def x_of(self, x: float) -> float:
        """Return the horizontal pixel of x."""
        return float(self.pixels(np.array([x]))[0])

    def y_of(self, y: float) -> float:
        """Return the vertical pixel of a value on the scale."""
        return float(self.heights(np.array([y]))[0])

    def pixels(self, x: Floats) -> Floats:
        """Return the horizontal pixels of finite x, those far outside cut."""
        low, high = self._x_range
        area = self.data_rect
        return area.left() + np.clip((x - low) / (high - low), -_FAR, _FAR) * area.width()

    def heights(self, values: Floats, offset: float = 0.5) -> Floats:
        """Return vertical pixels of values; infinities stand on the rails, at this share of them, NaN for NaN."""
        scale, area, (low, high) = self.scale_rect, self.data_rect, self._y_range
        with np.errstate(over="ignore", invalid="ignore"):
            shares = np.clip((values - low) / ((high - low) or 1.0), -_FAR, _FAR)
        heights = scale.bottom() - shares * scale.height()
        heights = np.where(np.isneginf(values), area.bottom() - self._rail * (1 - offset), heights)
        return np.where(np.isposinf(values), area.top() + self._rail * offset, heights)

    def right_margin(self) -> float:
        """Return the room beside the data; kinds of graph override it."""
        return float(self.sizes.padding * 2)

    @property
    def _roomy(self) -> bool:
        return self.height() >= 11 * self.sizes.small

    @property
    def _captioned(self) -> bool:
        return bool(self._titles[1]) and self._roomy

    @property
    def _rail(self) -> float:
        return min(float(self.sizes.rail), self.data_rect.height() / 5)

    def sizeHint(self) -> QSize:
        """Return a calm size for a graph."""
        return QSize(480, 260)

    def minimumSizeHint(self) -> QSize:
        """Return the size below which nothing can be read."""
        return QSize(8 * self.sizes.small, 4 * self.sizes.small)

    # what follows a change

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fill the new size."""
        super().resizeEvent(event)
        self.relayout()

    def relayout(self) -> None:
        """Put the frame where size and scales ask for it."""
        area, small = self.data_rect, self.sizes.small
        for part in self._inside:
            part.place(area)
        self._header.place(QRectF(0, 0, self.width(), self.sizes.header if self._header.title else 0))
        caption = QRectF(self.sizes.padding, area.top() - 1.6 * small, self.width() - self.sizes.padding, 1.5 * small)
        self._caption.text = self._titles[1]
        self._caption.place(caption if self._captioned else QRectF())
        self._value_axis.place(QRectF(0, 0, area.left(), self.height()))
        self._below.place(QRectF(0, area.bottom(), self.width(), self.height() - area.bottom()))
        self._place_ticks()
        self.update()

    def _place_ticks(self) -> None:
        area, small, rail = self.data_rect, self.sizes.small, self._rail
        names = [(area.top() + rail / 2, "\N{INFINITY}")] if self._rails[0] else []
        bottom = "0" if self.log10 else f"{MINUS}\N{INFINITY}"
        names += [(area.bottom() - rail / 2, bottom)] if self._rails[1] else []
        most = max(2, int(self.scale_rect.height() / (2.6 * small)) + 1)
        for more in range(3):  # a low graph has room for one in the middle where there is none for the ends
            found = ticks_upward(*self._y_range, most + more, self.log10)
            ticks = apart([(self.y_of(tick.value), tick) for tick in found], [y for y, _ in names], 1.1 * small)
            if ticks:
                break
        self._value_axis.set_ticks(ticks, marks=True)
        self._rail_names.place(QRectF(0, area.top(), area.left(), area.height()))
        self._rail_names.name(names)
        upper = QRectF(area.left(), area.top(), area.width(), rail)
        lower = QRectF(area.left(), area.bottom() - rail, area.width(), rail)
        rails = [rect for rect, there in zip((upper, lower), self._rails, strict=True) if there]
        self._ground.draw_under([y for y, _ in ticks], rails)
        along = max(2, int(area.width() / (4.5 * small)) + 1)
        below = ticks_along(*self._x_range, along, whole=self._whole_x)
        shown = apart([(self.x_of(tick.value), tick) for tick in below], [], 3.2 * small)
        self._below.set_ticks(shown, area, self._titles[0] if self._roomy else "")
        low, high = self._y_range
        zero = None if self.log10 or not low < 0 < high else self.y_of(0.0)
        self._grid.lie([x for x, _ in shown], zero)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the parts, as far as they have changed."""
        painter = QPainter(self)
        exposed, beyond = QRectF(event.rect()), self.sizes.marker / 2
        painter.fillRect(exposed, QColor(self.theme.surface))
        painter.save()
        painter.setClipRect(self.data_rect.adjusted(-beyond, 0, beyond, 0) & exposed)
        for part in self._inside:
            _paint(painter, part, exposed)
        painter.restore()
        for part in self._around:
            _paint(painter, part, exposed)
        painter.end()


def _paint(painter: QPainter, part: Part, exposed: QRectF) -> None:
    if part.visible and part.rect.adjusted(-4, 0, 4, 0).intersects(exposed):
        part.paint(painter, exposed)
