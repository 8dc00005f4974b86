"""Typeset equations, one below the other, whose signals light up under the mouse."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, QTimer, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnviz.ui.controls.formulaline import BAR, Line, halves, paint_ground, right_side
from rnnviz.ui.controls.look import Look
from rnnviz.ui.formula import Typeset, paint, placeholder
from rnnviz.ui.termsum import APART
from rnnviz.ui.theme import LIGHT, NORMAL, signal_style
from rnnviz.ui.typesetter import Typesetter

_SMALLEST = 0.6
_NUMBERS = 0.8
"""The size of the numbers, as a share of that of the equations."""
_LABELS = 0.35
"""Further room below dot products, whose terms have their names below them, as a share of the size."""
_STALE = 150
"""Milliseconds after which numbers of another step are taken away, as when a key is held down."""


@dataclass(frozen=True, eq=False)
class _Row:
    """One equation where it stands, in units of the formula: those of the widget where it has its full size."""

    line: Line
    left: Typeset
    right: Typeset
    top: float
    height: float
    baseline: float
    below: float
    """Where the box of the numbers begins."""


class FormulaView(QWidget):
    """Equations aligned at their equals signs, each with its numbers below it.

    The TeX colours signal number k of `names` with ``placeholder(k)``; on the screen it has the signal's own colour.

    Parameters
    ----------
    parent : QWidget or None
    """

    hovered = Signal(str)
    """The signal under the mouse; empty for none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = Look(LIGHT, NORMAL)
        self._names: tuple[str, ...] = ()
        self._lines: tuple[Line, ...] = ()
        self._numbers: dict[str, tuple[str, Typeset]] = {}
        self._rows: tuple[_Row, ...] = ()
        self._high = 4.0
        self._left = self._right = 0.0
        self._lit = ""
        self._computed: frozenset[str] = frozenset()
        self._pointed = ""
        self._typesetter = Typesetter(self)
        self._typesetter.ready.connect(self._on_ready)
        self._stale = QTimer(self)
        self._stale.setSingleShot(True)
        self._stale.setInterval(_STALE)
        self._stale.timeout.connect(self._drop_stale)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Equations of the cell")

    def show_lines(self, lines: Sequence[Line], names: Sequence[str]) -> None:
        """Show equations; numbers of another step stay for a moment, until the new ones are typeset."""
        if tuple(lines) == self._lines and tuple(names) == self._names:
            return
        others = [line.tex for line in lines] != [line.tex for line in self._lines] or tuple(names) != self._names
        self._lines, self._names = tuple(lines), tuple(names)
        self._typesetter.forget()
        if others:
            self._numbers = {}
            self.setAccessibleDescription("; ".join(line.signal for line in lines))
            self._resize()
        self._ask()

    def set_lit(self, signal: str) -> None:
        """Light the equation of a signal, and the signal in the others."""
        if signal != self._lit:
            self._lit = signal
            self.update()

    def set_computed(self, signals: Collection[str]) -> None:
        """Mark the lines that are being computed, by their signals."""
        changed = self._computed ^ frozenset(signals)
        self._computed = frozenset(signals)
        for row in self._rows:
            if row.line.signal in changed:
                self.update(self._row_rect(row).toAlignedRect())

    def place_of_computed(self) -> QRect | None:
        """Return where the lines that are being computed stand in the widget; None where there are none."""
        rects = [self._row_rect(row) for row in self._rows if row.line.signal in self._computed]
        whole = QRectF()
        for rect in rects:
            whole = whole.united(rect)
        return whole.toAlignedRect() if rects else None

    def set_look(self, look: Look) -> None:
        """Dress the equations in a theme and its sizes."""
        self._look = look
        self._numbers = {}
        self._resize()
        self._ask()

    def finish(self) -> None:
        """Typeset everything now, as an export needs it."""
        for _ in range(2):  # numbers that their zeros do not fit are asked for once more
            self._typesetter.finish()
            self._on_ready()

    def sizeHint(self) -> QSize:
        """Return the width of the widest equation and the height of all."""
        return QSize(round(self._left + self._right) + 16, round(self._total_height()))

    def minimumSizeHint(self) -> QSize:
        """Return a size at which the equations are still legible."""
        return QSize(round(_SMALLEST * (self._left + self._right)), round(self._total_height()))

    # typesetting

    @property
    def _size(self) -> float:
        return self._look.sizes.text * 1.45

    def _ask(self) -> None:
        """Ask for what is not typeset yet."""
        for line in self._lines:
            for tex in halves(line.tex):
                self._typesetter.get(tex, self._size)
        self._ask_numbers()

    def _ask_numbers(self) -> None:
        """Show the numbers that can be shown at once, and ask for the others."""
        for line in self._lines:
            tex = right_side(line.numbers)
            before = self._numbers.get(line.signal)
            if not line.numbers:
                self._numbers.pop(line.signal, None)
            elif before is None or before[0] != tex:
                done = self._typesetter.numbers(tex, self._size * _NUMBERS)
                if done is not None:
                    self._numbers[line.signal] = (tex, done)
            if self._numbers.get(line.signal) is not before:
                self._update_numbers(line.signal)
        if self._outdated() and not self._stale.isActive():
            self._stale.start()

    def _outdated(self) -> list[str]:
        """Return the signals whose numbers are those of another step."""
        wanted = {line.signal: right_side(line.numbers) for line in self._lines}
        return [signal for signal, (tex, _) in self._numbers.items() if wanted.get(signal) != tex]

    def _drop_stale(self) -> None:
        for signal in self._outdated():
            del self._numbers[signal]
            self._update_numbers(signal)

    def _update_numbers(self, signal: str) -> None:
        for row in self._rows:
            if row.line.signal == signal:
                self.update(self._number_rect(row).toAlignedRect())

    def _on_ready(self) -> None:
        self._ask_numbers()
        self._resize()

    def _resize(self) -> None:
        self._rows = self._arranged()
        self.updateGeometry()
        self.setFixedHeight(max(1, round(self._total_height())))
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the equations to the width."""
        super().resizeEvent(event)
        self.setFixedHeight(max(1, round(self._total_height())))

    # geometry

    def _parts(self, line: Line) -> tuple[Typeset, Typeset] | None:
        left, right = (self._typesetter.get(tex, self._size) for tex in halves(line.tex))
        return (left, right) if left is not None and right is not None else None

    def _arranged(self) -> tuple[_Row, ...]:
        """Put what is typeset below one another."""
        size, top, rows = self._size, 2.0, []
        for line in self._lines:
            below = size * (_LABELS if APART in line.signal and line.signal != APART else 0.0)
            parts, height = self._parts(line), size * 2.85 + below
            if parts is not None:
                left, right = parts
                high = _NUMBERS * right.box.height() - 0.9 * size if line.has_fraction else 0.0
                height = max(height, *(part.box.height() + size * 1.85 + high + below for part in parts))
                baseline = top + size * 0.25 + max(size * 0.95, -left.box.top(), -right.box.top())
                numbers = baseline + right.box.bottom() + size * 0.3
                rows.append(_Row(line, left, right, top, height, baseline, numbers))
            top += height
        self._high = top + 2
        self._left = BAR + 1 + max((row.left.box.right() for row in rows), default=0.0)
        self._right = max((row.right.box.right() for row in rows), default=0.0)
        return tuple(rows)

    def _scale(self) -> float:
        needed = self._left + self._right + 20
        return max(_SMALLEST, min(1.0, (self.width() or needed) / needed))

    def _total_height(self) -> float:
        return self._scale() * self._high

    def _row_rect(self, row: _Row) -> QRectF:
        """Return where an equation stands with its numbers, in pixels of the widget."""
        scale = self._scale()
        return QRectF(0, scale * row.top, self.width(), scale * row.height)

    def _number_rect(self, row: _Row) -> QRectF:
        """Return where the numbers of an equation stand, in pixels of the widget."""
        scale, left = self._scale(), self._left
        top = scale * (row.below - 2)
        return QRectF(scale * left, top, self.width() - scale * left, scale * (row.top + row.height) - top)

    # painting and pointing

    def _colours(self) -> dict[str, str]:
        return {
            placeholder(index): signal_style(name, self._look.theme).colour for index, name in enumerate(self._names)
        }

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what is typeset, as far as it is exposed."""
        painter, exposed = QPainter(self), event.region()
        scale, width = self._scale(), self.width()
        colours, equals = self._colours(), self._left + 8
        for row in self._rows:
            whole, numbers = self._row_rect(row), self._number_rect(row)
            painter.save()
            lit = bool(self._lit) and self._lit.removesuffix(".pre") == row.line.signal.partition(APART)[0]
            paint_ground(painter, whole, self._look.theme, lit=lit, computed=row.line.signal in self._computed)
            painter.scale(scale, scale)
            if exposed.intersects(QRect(0, int(whole.top()), width, int(numbers.top() - whole.top()))):
                self._paint_equation(painter, row, equals, colours)
            if exposed.intersects(numbers.toAlignedRect()):
                self._paint_numbers(painter, row, equals, colours)
            painter.restore()
        painter.end()

    def _paint_equation(self, painter: QPainter, row: _Row, equals: float, colours: Mapping[str, str]) -> None:
        ink = self._look.theme.text
        paint(painter, row.left, QPointF(equals - 6 - row.left.box.right(), row.baseline), ink, colours)
        paint(painter, row.right, QPointF(equals, row.baseline), ink, colours)

    def _paint_numbers(self, painter: QPainter, row: _Row, equals: float, colours: Mapping[str, str]) -> None:
        if row.line.signal in self._numbers:
            _, numbers = self._numbers[row.line.signal]
            room = self.width() / self._scale() - equals - 4
            narrow = min(1.0, room / max(numbers.box.right(), 1.0))
            painter.translate(QPointF(equals, row.below - numbers.box.top()))
            painter.scale(narrow, narrow)
            paint(painter, numbers, QPointF(0, 0), self._look.theme.muted, colours)

    def signal_at(self, point: QPointF) -> str:
        """Return the signal whose symbol, or else whose equation, is at a point; empty where there is none."""
        place = point / self._scale()
        for row in self._rows:
            if row.top <= place.y() < row.top + row.height:
                return self._symbol_at(row, place) or row.line.signal
        return ""

    def _symbol_at(self, row: _Row, place: QPointF) -> str:
        mark = row.right.mark_at(place - QPointF(self._left + 8, row.baseline))
        for index, name in enumerate(self._names):
            if mark == placeholder(index):
                return name
        return ""

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light what is under the mouse."""
        self._point(self.signal_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Light nothing."""
        self._point("")

    def _point(self, signal: str) -> None:
        if signal != self._pointed:
            self._pointed = signal
            self.hovered.emit(signal)
