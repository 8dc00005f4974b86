"""Pieces of the picture of a plot that are no data: items in pixels of its widget, painted without ever raising."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsObject, QStyleOptionGraphicsItem, QWidget

from rnnviz.ui.drawing.painting import CENTRE, LEFT, RIGHT, draw_symbol, write, write_on
from rnnviz.ui.theme import LIGHT, NORMAL, SEMIBOLD, Metrics, SignalStyle, Theme, ui_font

logger = logging.getLogger(__name__)


class Safe:
    """An item whose `draw` may fail: the failure is logged, since one that left a paint event would end the program.

    It is mixed into a graphics item.
    """

    theme: Theme = LIGHT
    sizes: Metrics = NORMAL

    def set_style(self, theme: Theme, sizes: Metrics) -> None:
        """Take other colours and sizes."""
        self.theme, self.sizes = theme, sizes
        self.update()  # type: ignore[attr-defined]

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Draw the item, at least where it is exposed; painting is clipped to that."""
        raise NotImplementedError

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw the item, and log a failure."""
        painter.save()
        try:
            self.draw(painter, option.exposedRect)
        except Exception:
            logger.exception("a part of a plot cannot be drawn")
        finally:
            painter.restore()


class PixelItem(Safe):
    """A rectangle of a plot that draws itself in pixels of the widget; mixed into a graphics item.

    No item holds the plot it stands in, not even by a bound method: items and plots would make cycles, which Python's
    garbage collector takes apart in an order that ends the program. Items are told what they need, and emit signals.
    """

    rect = QRectF()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Qt says what is exposed: else it says all, and every move of the cursor would paint all.
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)  # type: ignore[attr-defined]

    def place(self, rect: QRectF) -> None:
        """Move the item to a rectangle of the widget."""
        if rect != self.rect:
            self.prepareGeometryChange()  # type: ignore[attr-defined]
            self.rect = QRectF(rect)
            self.update()  # type: ignore[attr-defined]

    def boundingRect(self) -> QRectF:
        """Return the rectangle, and where smooth edges reach beyond it."""
        return self.rect.adjusted(-2, -2, 2, 2) if not self.rect.isEmpty() else QRectF()

    def shape(self) -> QPainterPath:
        """Return the rectangle."""
        path = QPainterPath()
        path.addRect(self.rect)
        return path


class Part(PixelItem, QGraphicsObject):
    """A piece of the picture of a plot that is no data, such as its title.

    It is no item of pyqtgraph, which would tell it of every change of the view: the plot places it.
    """


T = TypeVar("T")


class Shows(Part, Generic[T]):
    """A part that draws what it was last given, all in pixels of the widget: its `content`; at first `nothing`."""

    nothing: Any

    def __init__(self) -> None:
        super().__init__()
        self.content: T = self.nothing

    def give(self, content: T) -> None:
        """Draw this from now on."""
        if content != self.content:
            self.content = content
            self.update()


class Ground(Shows[tuple[Sequence[float], Sequence[QRectF], Sequence[float]]]):
    """What stands behind the data: grid lines at heights, tinted rails, and grid lines along the axis below."""

    nothing = (), (), ()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint rails and grid."""
        grid, rails, uprights = self.content
        for rail in rails:
            painter.fillRect(rail, QColor(self.theme.raised))
        left, right, top, bottom = self.rect.left(), self.rect.right(), self.rect.top(), self.rect.bottom()
        painter.setPen(QPen(QColor(self.theme.grid), 1.0))
        painter.drawLines([QLineF(left, round(y) + 0.5, right, round(y) + 0.5) for y in grid])
        painter.drawLines([QLineF(round(x) + 0.5, top, round(x) + 0.5, bottom) for x in uprights])


class ZeroLines(Shows[tuple[float | None, float | None]]):
    """Firm lines where x and where y is zero, or at another quiet value; None: nowhere."""

    nothing = None, None

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the lines."""
        (x, y), rect = self.content, self.rect
        painter.setPen(QPen(QColor(self.theme.faint), 1.0))
        if x is not None:
            painter.drawLine(QLineF(round(x) + 0.5, rect.top(), round(x) + 0.5, rect.bottom()))
        if y is not None:
            painter.drawLine(QLineF(rect.left(), round(y) + 0.5, rect.right(), round(y) + 0.5))


class Header(Part):
    """Title and subtitle at the left, the value under the mouse at the right."""

    title = subtitle = note = ""
    swatch: SignalStyle | None = None

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


class Cover(Part):
    """Hides what lies ahead of the cursor behind the plain colour of the ground."""

    def boundingRect(self) -> QRectF:
        """Return the rectangle: not a pixel more is hidden."""
        return self.rect

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint nothing but the ground."""
        painter.fillRect(self.rect, QColor(self.theme.surface))


class Notice(Part):
    """A sentence in the middle of a plot."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.hide()

    def say(self, text: str) -> None:
        """Show a sentence, or nothing."""
        if text != self.text:
            self.text = text
            self.setVisible(bool(text))
            self.update()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the sentence on a quiet ground, as large as it needs."""
        font = ui_font(self.sizes.text)
        metrics = QFontMetricsF(font)
        width = min(metrics.horizontalAdvance(self.text) + 4 * self.sizes.padding, self.rect.width())
        box = QRectF(0, 0, width, min(metrics.height() + 2 * self.sizes.padding, self.rect.height()))
        box.moveCenter(self.rect.center())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self.theme.border), 1.0))
        painter.setBrush(QColor(self.theme.raised))
        painter.drawRoundedRect(box, 6, 6)
        inside = box.adjusted(self.sizes.padding, 0, -self.sizes.padding, 0)
        write(painter, inside, CENTRE, self.text, font, self.theme.muted)


class NamedRails(Shows[Sequence[tuple[float, str]]]):
    """The names of the rails, each at a height, in the left margin."""

    nothing = ()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the names."""
        size = self.sizes.small
        edge = self.rect.right() - self.sizes.tick - 3
        for y, text in self.content:
            write(painter, QRectF(0, y - size, edge, 2 * size), RIGHT, text, ui_font(size), self.theme.muted)


class Crosses(Shows[Sequence[float]]):
    """Crosses in the upper rail at the steps whose value is not a number."""

    nothing = ()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the crosses."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self.theme.error), self.sizes.line))
        y, arm = self.rect.center().y(), self.sizes.marker / 2
        for x in self.content:
            painter.drawLine(QPointF(x - arm, y - arm), QPointF(x + arm, y + arm))
            painter.drawLine(QPointF(x - arm, y + arm), QPointF(x + arm, y - arm))
