"""A table of the values of one step, signal by signal, in figures of equal width."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from rnnviz.engine.language.tex import symbol_text
from rnnviz.ui.controls.look import Look
from rnnviz.ui.drawing.painting import LEFT, RIGHT, draw_symbol, write
from rnnviz.ui.drawing.ticks import MINUS, fixed
from rnnviz.ui.plaintext import plain_tip
from rnnviz.ui.theme import LIGHT, MEDIUM, NORMAL, signal_style, ui_font

_COLUMN = 4.4
"""Width that a number needs, as a multiple of its type size."""


@dataclass(frozen=True)
class ValueRow:
    """A signal, what it is called, and the texts of its columns."""

    signal: str
    label: str
    cells: tuple[str, ...]


def brief(value: float) -> str:
    """Return a number in at most eight characters: three decimals, or two digits and an exponent where it is small."""
    if value == 0:
        return "0"  # a true zero, unlike one that is only small
    if math.isfinite(value) and not 5e-4 <= abs(value) < 9999.5:
        mantissa, exponent = f"{value:.1e}".split("e")
        return f"{mantissa}e{int(exponent)}".replace("-", MINUS)
    return fixed(value)


class ValueTable(QWidget):
    """Rows of numbers with the symbol and colour of their signal.

    Parameters
    ----------
    priority : sequence of int
        The columns from the most important one on; where there is no room for all, the last of these are left out.
    parent : QWidget or None
    """

    hovered = Signal(str)
    """The signal under the mouse; empty for none."""

    def __init__(self, priority: Sequence[int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._priority = tuple(priority)
        self._look = Look(LIGHT, NORMAL)
        self._headings: tuple[str, ...] = ()
        self._rows: tuple[ValueRow, ...] = ()
        self._lit = ""
        self._pointed = ""
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Values of the step")

    @property
    def rows(self) -> tuple[ValueRow, ...]:
        """What is shown."""
        return self._rows

    def show_rows(self, headings: Sequence[str], rows: Sequence[ValueRow]) -> None:
        """Show rows under headings; the first column is the signal."""
        if tuple(headings) == self._headings and tuple(rows) == self._rows:
            return
        old, self._rows = self._rows, tuple(rows)
        same = tuple(headings) == self._headings and [row.signal for row in rows] == [row.signal for row in old]
        self._headings = tuple(headings)
        self.setAccessibleDescription("; ".join(f"{row.signal}: {', '.join(row.cells)}" for row in rows))
        if same:
            self._update_cells(old)
        else:
            self._resize()

    def _update_cells(self, old: Sequence[ValueRow]) -> None:
        """Paint anew the columns in which a number is another than in older rows of the same signals."""
        columns = self.columns()
        pairs = list(zip(self._rows, old, strict=True))
        for place, column in enumerate(columns):
            part = slice(column, column + 1)
            if any(now.cells[part] != was.cells[part] for now, was in pairs):
                rect = self._place(place, len(columns), self._line)
                rect.setHeight(self._line * len(self._rows))
                self.update(rect.toAlignedRect())

    def set_lit(self, signal: str) -> None:
        """Light the row of a signal."""
        if signal != self._lit:
            self._lit = signal
            self.update()

    def set_look(self, look: Look) -> None:
        """Dress the table in a theme and its sizes."""
        self._look = look
        self._resize()

    def sizeHint(self) -> QSize:
        """Return the size of all rows."""
        return QSize(300, self._line * (len(self._rows) + 1))

    @property
    def _line(self) -> int:
        return round(self._look.sizes.small * 1.75)

    def _resize(self) -> None:
        self.setFixedHeight(self._line * (len(self._rows) + 1))
        self.update()

    def columns(self) -> tuple[int, ...]:
        """Return the columns that there is room for, from left to right."""
        room = int((self.width() - self._first) / (self._look.sizes.small * _COLUMN))
        return tuple(sorted(self._priority[: max(1, room)]))

    @property
    def _first(self) -> float:
        return self._look.sizes.small * 4.4

    def _place(self, index: int, count: int, top: float) -> QRectF:
        width = (self.width() - self._first) / count
        return QRectF(self._first + index * width, top, width - 2, self._line)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint headings and rows, as far as they are exposed."""
        painter, exposed = QPainter(self), event.region()
        theme, line = self._look.theme, self._line
        painter.fillRect(event.rect(), self.palette().color(QPalette.ColorRole.Window))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(QRectF(0, line - 1, self.width(), 1), QColor(theme.border))
        for number, row in enumerate(self._rows, start=1):
            if row.signal == self._lit:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(theme.selection))
                painter.drawRoundedRect(QRectF(0, number * line, self.width(), line), 4, 4)
        if exposed.intersects(QRect(0, 0, math.ceil(self._first), self.height())):
            self._paint_signals(painter)
        columns = self.columns()
        for place, column in enumerate(columns):
            rect = self._place(place, len(columns), 0)
            if exposed.intersects(QRect(int(rect.left()), 0, math.ceil(rect.width()) + 1, self.height())):
                self._paint_column(painter, rect, column)
        painter.end()

    def _paint_signals(self, painter: QPainter) -> None:
        theme, sizes = self._look.theme, self._look.sizes
        for number, row in enumerate(self._rows, start=1):
            top = number * self._line
            style = signal_style(row.signal, theme)
            middle = QPointF(sizes.marker, top + self._line / 2)
            draw_symbol(painter, middle, style, sizes.marker + 1, theme.surface)
            name = QRectF(2 * sizes.marker + 2, top, self._first - 2 * sizes.marker, self._line)
            write(painter, name, LEFT, symbol_text(row.signal), ui_font(sizes.text, MEDIUM), style.colour)

    def _paint_column(self, painter: QPainter, rect: QRectF, column: int) -> None:
        theme, font = self._look.theme, ui_font(self._look.sizes.small)
        if column < len(self._headings):
            write(painter, rect, RIGHT, self._headings[column], font, theme.muted)
        painter.setFont(font)
        painter.setPen(QColor(theme.text if column == 0 else theme.muted))
        flags = int(RIGHT) | int(Qt.TextFlag.TextSingleLine)
        for row in self._rows:
            rect.translate(0, self._line)
            if column < len(row.cells):
                painter.drawText(rect, flags, row.cells[column])

    def signal_at(self, y: float) -> str:
        """Return the signal of the row at a height; empty where there is none."""
        index = int(y // self._line) - 1
        return self._rows[index].signal if 0 <= index < len(self._rows) else ""

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light the signal under the mouse."""
        self._point(self.signal_at(event.position().y()))

    def leaveEvent(self, event: QEvent) -> None:
        """Light nothing."""
        self._point("")

    def event(self, event: QEvent) -> bool:
        """Say in the tooltip what a signal is called."""
        if isinstance(event, QHelpEvent):
            name = self.signal_at(event.pos().y())
            label = next((row.label for row in self._rows if row.signal == name), "")
            QToolTip.showText(event.globalPos(), plain_tip(label), self)
            return True
        return super().event(event)

    def _point(self, signal: str) -> None:
        if signal != self._pointed:
            self._pointed = signal
            self.hovered.emit(signal)
