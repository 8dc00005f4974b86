"""The parts around and over the data of a time plot: ground, header, axis, cover and cursor."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from rnnviz.ui.drawing.painting import CENTRE, LEFT, RIGHT, draw_symbol, write, write_on, write_tick
from rnnviz.ui.drawing.ticks import Tick
from rnnviz.ui.theme import LIGHT, NORMAL, SEMIBOLD, Metrics, SignalStyle, Theme, ui_font

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
