"""Typeset equations, one below the other, whose signals light up under the mouse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnviz.ui.controls.look import Look
from rnnviz.ui.formula import Typeset, Typesetter, paint, placeholder
from rnnviz.ui.theme import LIGHT, NORMAL, signal_style

_SMALLEST = 0.6
_EQUALS = " = "
_STALE = 150
"""Milliseconds after which numbers of another step are taken away, as when a key is held down."""


@dataclass(frozen=True)
class Line:
    """One equation: the signal it gives, its TeX, and the TeX with numbers in it (may be empty)."""

    signal: str
    tex: str
    numbers: str = ""


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
        self._lit = ""
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
        others = [line.tex for line in lines] != [line.tex for line in self._lines]
        self._lines, self._names = tuple(lines), tuple(names)
        self._typesetter.forget()
        if others:
            self._numbers = {}
            self.setAccessibleDescription("; ".join(line.signal for line in lines))
        if self._ask() or others:
            self._resize()

    def set_lit(self, signal: str) -> None:
        """Light the equation of a signal, and the signal in the others."""
        if signal != self._lit:
            self._lit = signal
            self.update()

    def set_look(self, look: Look) -> None:
        """Dress the equations in a theme and its sizes."""
        self._look = look
        self._numbers = {}
        self._ask()
        self._resize()

    def finish(self) -> None:
        """Typeset everything now, as an export needs it."""
        self._typesetter.finish()
        self._on_ready()

    def sizeHint(self) -> QSize:
        """Return the width of the widest equation and the height of all."""
        return QSize(round(self._left() + self._right()) + 16, round(self._total_height()))

    def minimumSizeHint(self) -> QSize:
        """Return a size at which the equations are still legible."""
        return QSize(round(_SMALLEST * (self._left() + self._right())), round(self._total_height()))

    # typesetting

    @property
    def _size(self) -> float:
        return self._look.sizes.text * 1.45

    def _ask(self) -> bool:
        """Ask for what is not typeset yet; return whether other numbers can be shown at once."""
        for line in self._lines:
            for tex in _halves(line.tex):
                self._typesetter.get(tex, self._size)
        return self._take_numbers()

    def _take_numbers(self) -> bool:
        before = dict(self._numbers)
        for line in self._lines:
            tex = _right(line.numbers)
            if not line.numbers:
                self._numbers.pop(line.signal, None)
            elif (done := self._typesetter.get(tex, self._size * 0.8)) is not None:
                self._numbers[line.signal] = (tex, done)
        if self._outdated() and not self._stale.isActive():
            self._stale.start()
        return self._numbers != before

    def _outdated(self) -> list[str]:
        """Return the signals whose numbers are those of another step."""
        wanted = {line.signal: _right(line.numbers) for line in self._lines}
        return [signal for signal, (tex, _) in self._numbers.items() if wanted.get(signal) != tex]

    def _drop_stale(self) -> None:
        for signal in self._outdated():
            del self._numbers[signal]
            self.update()

    def _on_ready(self) -> None:
        self._take_numbers()
        self._resize()

    def _resize(self) -> None:
        self.updateGeometry()
        self.setFixedHeight(max(1, round(self._total_height())))
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the equations to the width."""
        super().resizeEvent(event)
        self._resize()

    # geometry

    def _parts(self, line: Line) -> tuple[Typeset, Typeset] | None:
        left, right = (self._typesetter.get(tex, self._size) for tex in _halves(line.tex))
        return (left, right) if left is not None and right is not None else None

    def _left(self) -> float:
        return max((parts[0].box.right() for line in self._lines if (parts := self._parts(line))), default=0.0)

    def _right(self) -> float:
        return max((parts[1].box.right() for line in self._lines if (parts := self._parts(line))), default=0.0)

    def _scale(self) -> float:
        needed = self._left() + self._right() + 20
        return max(_SMALLEST, min(1.0, (self.width() or needed) / needed))

    def _row_height(self, line: Line) -> float:
        parts = self._parts(line)
        high = self._size * 1.6
        if parts is not None:
            high = max(high, *(part.box.height() + self._size * 0.6 for part in parts))
        return high + self._size * 1.25

    def _total_height(self) -> float:
        return self._scale() * sum(self._row_height(line) for line in self._lines) + 4

    # painting and pointing

    def _colours(self) -> dict[str, str]:
        return {
            placeholder(index): signal_style(name, self._look.theme).colour for index, name in enumerate(self._names)
        }

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what is typeset."""
        painter = QPainter(self)
        scale, top = self._scale(), 2.0
        painter.scale(scale, scale)
        colours, equals = self._colours(), self._left() + 8
        for line in self._lines:
            height = self._row_height(line)
            if self._lit and self._lit.removesuffix(".pre") == line.signal:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(self._look.theme.selection))
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.drawRoundedRect(QRectF(0, top, self.width() / scale, height), 5, 5)
            self._paint_line(painter, line, top, equals, colours)
            top += height

    def _paint_line(self, painter: QPainter, line: Line, top: float, equals: float, colours: Mapping[str, str]) -> None:
        parts = self._parts(line)
        if parts is None:
            return
        left, right = parts
        baseline = top + self._size * 0.25 + max(self._size * 0.95, -left.box.top(), -right.box.top())
        ink = self._look.theme.text
        paint(painter, left, QPointF(equals - 6 - left.box.right(), baseline), ink, colours)
        paint(painter, right, QPointF(equals, baseline), ink, colours)
        if line.signal in self._numbers:
            _, numbers = self._numbers[line.signal]
            low = baseline + right.box.bottom() + self._size * 0.3 - numbers.box.top()
            room = self.width() / self._scale() - equals - 4
            narrow = min(1.0, room / max(numbers.box.right(), 1.0))
            painter.save()
            painter.translate(QPointF(equals, low))
            painter.scale(narrow, narrow)
            paint(painter, numbers, QPointF(0, 0), self._look.theme.muted, colours)
            painter.restore()

    def signal_at(self, point: QPointF) -> str:
        """Return the signal whose symbol, or else whose equation, is at a point; empty where there is none."""
        scale, top, equals = self._scale(), 2.0, self._left() + 8
        place = QPointF(point.x() / scale, point.y() / scale)
        for line in self._lines:
            height = self._row_height(line)
            if top <= place.y() < top + height:
                return self._symbol_at(line, place, top, equals) or line.signal
            top += height
        return ""

    def _symbol_at(self, line: Line, place: QPointF, top: float, equals: float) -> str:
        parts = self._parts(line)
        if parts is None:
            return ""
        baseline = top + self._size * 0.25 + max(self._size * 0.95, -parts[0].box.top(), -parts[1].box.top())
        mark = parts[1].mark_at(place - QPointF(equals, baseline))
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


def _halves(tex: str) -> tuple[str, str]:
    left, _, _ = tex.partition(_EQUALS)
    return left, _right(tex)


def _right(tex: str) -> str:
    return "= " + tex.partition(_EQUALS)[2]
