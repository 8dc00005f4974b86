"""Parts that paint themselves into a widget, for the plots that are not moved to pyqtgraph yet."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import cast

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen
from PySide6.QtWidgets import QWidget

from rnnviz.ui.drawing.painting import CENTRE, LEFT, RIGHT, draw_symbol, font_metrics, write, write_on, write_tick
from rnnviz.ui.drawing.ticks import Tick, number
from rnnviz.ui.plots.base.end_labels import Label, spread
from rnnviz.ui.theme import GATES, LIGHT, MEDIUM, NORMAL, SEMIBOLD, ColourMap, Metrics, SignalStyle, Theme, ui_font
from rnnviz.ui.theme.colormaps import LEVELS

logger = logging.getLogger(__name__)


class Part:
    """A piece of the picture of a widget: a rectangle of it, in the theme it is drawn in.

    Parts are no widgets: a plot paints its parts, one above the other, only where something has changed.
    """

    def __init__(self) -> None:
        self.rect = QRectF()
        self.theme: Theme = LIGHT
        self.sizes: Metrics = NORMAL
        self.visible = True
        self._widget: QWidget | None = None

    def live_in(self, widget: QWidget) -> None:
        """Belong to the widget that paints the part."""
        self._widget = widget
        self.update()

    def update(self, rect: QRectF | None = None) -> None:
        """Ask to be painted anew, all of it or a rectangle."""
        if self._widget is not None and self.visible:
            exposed = self.rect if rect is None else rect & self.rect
            if not exposed.isEmpty():
                self._widget.update(exposed.toAlignedRect())

    def paint(self, painter: QPainter, exposed: QRectF) -> None:
        """Draw the part; a failure is logged, since one that left a paint event would end the program."""
        painter.save()
        try:
            self.draw(painter, exposed)
        except Exception:
            logger.exception("a part of a plot cannot be drawn")
        finally:
            painter.restore()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Draw the part, at least where it is exposed; painting is clipped to that."""
        raise NotImplementedError

    def place(self, rect: QRectF) -> None:
        """Move the part to a rectangle of the widget."""
        if rect != self.rect:
            self.update()
            self.rect = QRectF(rect)
            self.update()

    def show(self, visible: bool) -> None:
        """Show or hide the part."""
        if visible != self.visible:
            self.visible = True
            self.update()
            self.visible = visible

    def dress(self, theme: Theme, sizes: Metrics) -> None:
        """Take other colours and sizes."""
        self.theme, self.sizes = theme, sizes
        self.update()


class Ground(Part):
    """What stands behind the data: rails and grid."""

    def __init__(self) -> None:
        super().__init__()
        self._grid: list[QLineF] = []
        self._rails: list[QRectF] = []

    def draw_under(self, grid: Sequence[float], rails: Sequence[QRectF]) -> None:
        """Draw grid lines at the heights `grid`, tint the rails."""
        left, right = self.rect.left(), self.rect.right()
        lines = [QLineF(left, round(y) + 0.5, right, round(y) + 0.5) for y in grid]
        if (lines, list(rails)) != (self._grid, self._rails):
            self._grid, self._rails = lines, list(rails)
            self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint rails and grid."""
        for rail in self._rails:
            painter.fillRect(rail, QColor(self.theme.raised))
        painter.setPen(QPen(QColor(self.theme.grid), 1.0))
        painter.drawLines(self._grid)


class Header(Part):
    """Title and subtitle at the left, the value under the mouse at the right."""

    def __init__(self) -> None:
        super().__init__()
        self.title = ""
        self.subtitle = ""
        self.note = ""
        self.swatch: SignalStyle | None = None

    def say(self, note: str) -> None:
        """Show a value at the right end."""
        if note != self.note:
            self.note = note
            self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the title line."""
        rect = self.rect.adjusted(self.sizes.padding, 0, -self.sizes.padding, 0)
        if self.swatch is not None:
            middle = QPointF(rect.left() + self.sizes.marker / 2 + 1, rect.center().y())
            draw_symbol(painter, middle, self.swatch, self.sizes.marker + 2, self.theme.surface)
            rect.setLeft(rect.left() + self.sizes.marker + self.sizes.padding)
        note_font = ui_font(self.sizes.small)
        taken = write_on(painter, rect, RIGHT, self.note, note_font, self.theme.text)
        rect.setRight(rect.right() - taken - self.sizes.padding)
        width = write_on(painter, rect, LEFT, self.title, ui_font(self.sizes.title, SEMIBOLD), self.theme.text)
        rect.setLeft(rect.left() + width + self.sizes.padding * 1.25)
        if rect.width() > 0:
            write(painter, rect, LEFT, self.subtitle, ui_font(self.sizes.small), self.theme.muted)


class ValueAxis(Part):
    """The left margin: ticks with numbers, names of rows, or one large name for the whole plot."""

    def __init__(self) -> None:
        super().__init__()
        self._ticks: list[tuple[float, Tick]] = []
        self._marks = True
        self.name = ""
        self.caption = ""
        self.swatch: SignalStyle | None = None

    def set_ticks(self, ticks: Sequence[tuple[float, Tick]], marks: bool) -> None:
        """Show ticks at heights in pixels; `marks` draws a short line at each."""
        if (list(ticks), marks) != (self._ticks, self._marks):
            self._ticks, self._marks = list(ticks), marks
            self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint ticks and name."""
        edge = self.rect.right()
        gap = self.sizes.tick + 3 if self._marks else self.sizes.padding
        painter.setPen(QPen(QColor(self.theme.border), 1.0))
        if self._marks:
            for y, _ in self._ticks:
                painter.drawLine(QLineF(edge - self.sizes.tick, round(y) + 0.5, edge - 1, round(y) + 0.5))
        for y, tick in self._ticks:
            write_tick(painter, edge - gap, y, tick, self.sizes.small, self.theme.muted)
        if self.name:
            self._paint_name(painter)

    def _paint_name(self, painter: QPainter) -> None:
        sizes = self.sizes
        left, middle = self.rect.left() + sizes.padding, self.rect.center().y()
        large = ui_font(sizes.title * 1.25, SEMIBOLD)
        tall = self.caption and self.rect.height() > sizes.title * 3
        top = middle - (sizes.title * 1.5 if tall else sizes.title)
        row = QRectF(left, top, self.rect.width() - sizes.padding, sizes.title * 2)
        if self.swatch is not None:
            at = QPointF(left + sizes.marker / 2 + 1, row.center().y())
            draw_symbol(painter, at, self.swatch, sizes.marker + 2, self.theme.surface)
            row.setLeft(left + sizes.marker + sizes.padding * 0.75)
        write(painter, row, LEFT, self.name, large, self.theme.text)
        if tall:
            below = QRectF(left, row.bottom() - 2, self.rect.width() - sizes.padding, sizes.small * 1.6)
            write(painter, below, LEFT, self.caption, ui_font(sizes.small), self.theme.muted)


class Cover(Part):
    """Hides what lies ahead of the cursor behind the plain colour of the ground."""

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint nothing but the ground."""
        painter.fillRect(self.rect, QColor(self.theme.surface))


class Notice(Part):
    """A sentence in the middle of a plot."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self.visible = False

    def say(self, text: str) -> None:
        """Show a sentence, or nothing."""
        self._text = text
        self.show(bool(text))
        self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the sentence on a quiet ground, as large as it needs."""
        font = ui_font(self.sizes.text)
        metrics = QFontMetricsF(font)
        width = min(metrics.horizontalAdvance(self._text) + 4 * self.sizes.padding, self.rect.width())
        box = QRectF(0, 0, width, min(metrics.height() + 2 * self.sizes.padding, self.rect.height()))
        box.moveCenter(self.rect.center())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self.theme.border), 1.0))
        painter.setBrush(QColor(self.theme.raised))
        painter.drawRoundedRect(box, 6, 6)
        inside = box.adjusted(self.sizes.padding, 0, -self.sizes.padding, 0)
        write(painter, inside, CENTRE, self._text, font, self.theme.muted)


class Cursor(Part):
    """The step all plots stand on: two lines around it with thin contrasting edges, or one line if narrow."""

    def __init__(self) -> None:
        super().__init__()
        self._band = QRectF()
        self.filled = False

    def stand(self, left: float, right: float, top: float, height: float) -> None:
        """Stand around the pixels from `left` to `right`."""
        self._band = QRectF(left, top, right - left, height)
        self.place(self._band.adjusted(-2 - self.sizes.cursor_line, 0, 2 + self.sizes.cursor_line, 0))

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the edges of the step."""
        band, width = self._band, self.sizes.cursor_line
        if band.width() < 3 * width:
            edges = [round(band.center().x() - width / 2)]
        else:
            edges = [round(band.left() - width / 2), round(band.right() - width / 2)]
            if self.filled:
                tint = QColor(self.theme.cursor)
                tint.setAlphaF(0.07)
                painter.fillRect(band, tint)
        for edge in edges:
            line = QRectF(edge, band.top(), width, band.height())
            halo = QColor(self.theme.halo)
            halo.setAlphaF(0.75)
            painter.fillRect(line.adjusted(-1, 0, 1, 0), halo)
            painter.fillRect(line, QColor(self.theme.cursor))


class RailNames(Part):
    """The names of the rails in the left margin, and crosses where a value is not a number."""

    def __init__(self) -> None:
        super().__init__()
        self._names: list[tuple[float, str]] = []

    def name(self, names: list[tuple[float, str]]) -> None:
        """Write names at heights in pixels."""
        if names != self._names:
            self._names = names
            self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the names."""
        size = self.sizes.small
        edge = self.rect.right() - self.sizes.tick - 3
        for y, text in self._names:
            write(painter, QRectF(0, y - size, edge, 2 * size), RIGHT, text, ui_font(size), self.theme.muted)


class NotNumbers(Part):
    """Crosses in the upper rail at the steps whose value is not a number."""

    def __init__(self) -> None:
        super().__init__()
        self._x: list[float] = []

    def cross(self, x: list[float]) -> None:
        """Put crosses at horizontal pixels."""
        if x != self._x:
            self._x = x
            self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the crosses."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self.theme.error), self.sizes.line))
        y, arm = self.rect.center().y(), self.sizes.marker / 2
        for x in self._x:
            painter.drawLine(QPointF(x - arm, y - arm), QPointF(x + arm, y + arm))
            painter.drawLine(QPointF(x - arm, y + arm), QPointF(x + arm, y - arm))


class DirectLabels(Part):
    """Names of curves in the right margin, each with its symbol, its value, and a line to the curve's end."""

    name_first = False
    """Whether, where there is no room for both, the value gives way to the name."""

    def __init__(self) -> None:
        super().__init__()
        self._labels: list[Label] = []

    def show_labels(self, labels: Sequence[Label]) -> None:
        """Show these labels; those without a height, and those for which there is no room, are left out."""
        shown = [label for label in labels if label.y is not None]
        if shown != self._labels:
            self._labels = shown
            self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the labels."""
        line = self.sizes.small * 1.35
        row = line * (2 if self.stacked else 1)
        room = max(1, int(self.rect.height() / row))
        labels = self._labels if len(self._labels) <= room else self._labels[: room - 1]
        heights = [label.y or 0.0 for label in labels]
        top, bottom = self.rect.top() + row / 2, self.rect.bottom() - row / 2
        if len(labels) < len(self._labels):
            bottom -= line
            rest = QRectF(self.rect.left(), bottom + row / 2, self.rect.width(), line)
            left_out = f"and {len(self._labels) - len(labels)} more"
            write(painter, rest.adjusted(20, 0, 0, 0), LEFT, left_out, ui_font(self.sizes.small), self.theme.muted)
        for label, height in zip(labels, spread(heights, row, top, bottom), strict=True):
            self._paint_label(painter, label, height, line)

    @property
    def sign(self) -> float:
        """The width of what tells the curve before its name."""
        return self.sizes.marker

    def paint_sign(self, painter: QPainter, at: QPointF, style: SignalStyle) -> None:
        """Paint what tells the curve, around a point."""
        draw_symbol(painter, at, style, self.sizes.marker, self.theme.surface)

    @property
    def stacked(self) -> bool:
        """Whether values stand below their names: where a name does not fit beside its value, and both fit so."""
        return self.crowded and 2 * self.sizes.small * 1.35 * len(self._labels) <= self.rect.height()

    @property
    def crowded(self) -> bool:
        """Whether a name does not fit beside its value."""
        room = self.rect.width() - 14 - self.sign - self.sizes.padding / 2
        name, value = font_metrics(ui_font(self.sizes.small, MEDIUM)), font_metrics(ui_font(self.sizes.small))
        widths = (name.horizontalAdvance(one.name) + value.horizontalAdvance(one.value) for one in self._labels)
        return any(width > room for width in widths)

    def _paint_label(self, painter: QPainter, label: Label, height: float, row: float) -> None:
        left, sign = self.rect.left(), self.sign
        stacked = self.stacked
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if label.joined:
            painter.setPen(QPen(QColor(label.style.colour), 1.0))
            painter.drawLine(QLineF(left + 1, label.y or 0.0, left + 4, height))  # smooth edges reach a pixel further
        middle = QPointF(left + 6 + sign / 2, height)
        if label.line_only:
            half = QPointF(sign / 2 + 1, 0)
            painter.setPen(QPen(QColor(label.style.colour), 1.5, Qt.PenStyle.DotLine))
            painter.drawLine(middle - half, middle + half)
        else:
            self.paint_sign(painter, middle, label.style)
        place = QRectF(left + 10 + sign, height - row / 2, 1, row)
        place.setRight(self.rect.right() - self.sizes.padding / 2)
        font = ui_font(self.sizes.small)
        if stacked and label.value:
            place.translate(0, -row / 2)
            write(painter, place.translated(0, row), LEFT, label.value, font, self.theme.muted)
        elif not (self.name_first and self.crowded):
            width = write_on(painter, place, RIGHT, label.value, font, self.theme.muted)
            place.setRight(place.right() - width - 4)
        write(painter, place, LEFT, label.name, ui_font(self.sizes.small, MEDIUM), label.style.colour)


TALLEST = 120.0
_LOW = 2.0


class ColourBar(Part):
    """A slim bar in the right margin with the numbers at its ends and in its middle."""

    def __init__(self) -> None:
        super().__init__()
        self._map: ColourMap = GATES
        self._low, self._high = 0.0, 1.0

    def set_scale(self, colour_map: ColourMap, low: float, high: float) -> None:
        """Show a colour map and the ends of its scale."""
        if (colour_map, low, high) != (self._map, self._low, self._high):
            self._map, self._low, self._high = colour_map, low, high
            self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint bar and numbers, in the middle of the margin's height."""
        sizes, size = self.sizes, self.sizes.small
        height = min(self.rect.height(), TALLEST * (1.3 if sizes.lecture else 1.0))
        bar = QRectF(0, 0, sizes.bar, height)
        bar.moveTopLeft(self.rect.topLeft())
        bar.translate(sizes.padding * 1.5, (self.rect.height() - height) / 2)
        self._paint_colours(painter, bar)
        painter.setPen(QPen(QColor(self.theme.border), 1.0))
        painter.drawRect(QRectF(round(bar.left()) + 0.5, round(bar.top()) + 0.5, bar.width() - 1, bar.height() - 1))
        for share, text in self.numbers(height):
            middle = bar.bottom() - share * bar.height()
            middle = min(max(middle, bar.top() + size / 2), bar.bottom() - size / 2)
            place = QRectF(bar.right() + sizes.padding * 0.75, middle - size, 1, 2 * size)
            place.setRight(self.rect.right())
            write(painter, place, LEFT, text, ui_font(size), self.theme.muted)

    def numbers(self, height: float) -> list[tuple[float, str]]:
        """Return what is written beside a bar of a height, with its share of it; both ends in one where it is low."""
        if height < _LOW * self.sizes.small:
            return [(0.5, f"{number(self._low, 3)} … {number(self._high, 3)}")]
        shares = (0.0, 0.5, 1.0) if height > 4 * self.sizes.small else (0.0, 1.0)
        return [(share, number(self._low + share * (self._high - self._low), 3)) for share in shares]

    def _paint_colours(self, painter: QPainter, bar: QRectF) -> None:
        table = self._map.table(self.theme)[:LEVELS][::-1]
        pixels = np.ascontiguousarray(table.reshape(LEVELS, 1, 4))
        image = QImage(cast("bytes", pixels.data), 1, LEVELS, 4, QImage.Format.Format_RGBA8888)
        painter.drawImage(bar, image)
