"""A table of matrices: how large each is, and its gradient, and what it does to vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Signal
from PySide6.QtGui import QColor, QHelpEvent, QPainter
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from rnnviz.ui.drawing.canvas import Canvas
from rnnviz.ui.drawing.painting import RIGHT, draw_symbol, write, write_symbols
from rnnviz.ui.plaintext import plain_tip
from rnnviz.ui.theme import MEDIUM, SEMIBOLD, Metrics, SignalStyle, Theme, ui_font

_CLOSEST = 1.35
"""Height of a row at least, as a multiple of its type size."""
_COLUMN = 4.6
"""Width that a number needs, as a multiple of its type size."""


@dataclass(frozen=True)
class BlockRow:
    """A matrix: its name, the style of the signal that it belongs to, the texts of its columns, what is to be known."""

    name: str
    style: SignalStyle
    cells: tuple[str, ...]
    note: str = ""


class BlockTable(Canvas):
    """Rows of numbers, one of which is chosen; columns for which there is no room are left out from the right.

    Signals
    -------
    chosen(name)
        The user clicked a row.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[BlockRow, ...] = ()
        self._headings: tuple[str, ...] = ()
        self._chosen = ""
        self._room = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_rows(self, headings: Sequence[str], rows: Sequence[BlockRow], chosen: str) -> None:
        """Show rows under headings, the first of which stands above the names."""
        shown = (tuple(headings), tuple(rows), chosen)
        if shown == (self._headings, self.rows, self._chosen):
            return
        self._headings, self.rows, self._chosen = shown
        self.setAccessibleDescription("; ".join(f"{row.name}: {', '.join(row.cells)}" for row in rows))
        self._resize()

    def set_room(self, height: float) -> None:
        """Say how high the table may be: its rows move together as far as they can be read so."""
        if height != self._room:
            self._room = height
            self._resize()

    def set_theme(self, theme: Theme, sizes: Metrics) -> None:
        """Take other colours and sizes."""
        super().set_theme(theme, sizes)
        self._resize()

    def sizeHint(self) -> QSize:
        """Return the size of all rows."""
        return QSize(300, self._line * (len(self.rows) + 1))

    @property
    def _line(self) -> int:
        small = self.sizes.small
        return max(int(min(self._room / (len(self.rows) + 1), small * 1.75)), round(small * _CLOSEST))

    @property
    def lowest(self) -> int:
        """The height of all rows when they stand as close as they can be read."""
        return round(self.sizes.small * _CLOSEST) * (len(self.rows) + 1)

    @property
    def _first(self) -> float:
        return self.sizes.small * 4.4

    def _resize(self) -> None:
        self.setFixedHeight(self._line * (len(self.rows) + 1))
        self.update()

    def paint(self, painter: QPainter) -> None:
        """Paint headings and rows."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, sizes, line = self.theme, self.sizes, self._line
        painter.fillRect(QRectF(0, line - 1, self.width(), 1), QColor(theme.border))
        for index, row in enumerate(self.rows, start=1):
            top = index * line
            if row.name == self._chosen:
                painter.setPen(QColor(0, 0, 0, 0))
                painter.setBrush(QColor(theme.selection))
                painter.drawRoundedRect(QRectF(0, top, self.width(), line), 4, 4)
            draw_symbol(painter, QPointF(sizes.marker, top + line / 2), row.style, sizes.marker + 1, theme.surface)
            name = QRectF(2 * sizes.marker + 2, top, self._first - 2 * sizes.marker, line)
            write_symbols(painter, name, row.name, ui_font(sizes.text, MEDIUM), row.style.colour)
        count = max(1, min(len(self._headings), int((self.width() - self._first) / (sizes.small * _COLUMN))))
        width = (self.width() - self._first) / count
        for column in range(count):
            place = QRectF(self._first + column * width, 0, width - 4, line)
            heading = self._headings[column] if column < len(self._headings) else ""
            write(painter, place, RIGHT, heading, ui_font(sizes.small, SEMIBOLD), theme.muted)
            for row in self.rows:
                place.translate(0, line)
                if column < len(row.cells):
                    write(painter, place, RIGHT, row.cells[column], ui_font(sizes.small), theme.text)

    def row_at(self, y: float) -> BlockRow | None:
        """Return the row at a height; None for none."""
        index = int(y // self._line) - 1
        return self.rows[index] if 0 <= index < len(self.rows) else None

    def clicked_at(self, place: QPointF) -> None:
        """Choose a row."""
        row = self.row_at(place.y())
        if row is not None:
            self.chosen.emit(row.name)

    def event(self, event: QEvent) -> bool:
        """Say in the tooltip what is to be known of a row."""
        if isinstance(event, QHelpEvent):
            row = self.row_at(event.pos().y())
            QToolTip.showText(event.globalPos(), plain_tip(row.note) if row is not None else self.toolTip(), self)
            return True
        return super().event(event)
