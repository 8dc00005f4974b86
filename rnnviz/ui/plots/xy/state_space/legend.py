"""The key of a space of states: what its colours and its fixed points mean."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from rnnviz.ui.drawing.painting import LEFT, draw_symbol, font_metrics, line_pen, write
from rnnviz.ui.plots.base.parts import Part
from rnnviz.ui.plots.xy.state_space.items import (
    Colouring,
    FixedDots,
    Portrait,
    ReturnMap,
    Way,
    cobweb_style,
    map_style,
    nullcline_style,
)
from rnnviz.ui.plots.xy.state_space.portrait_items import draw_fixed
from rnnviz.ui.theme import MEDIUM, ui_font

_KINDS = ("stable", "saddle", "unstable", "marginal")
_WIDEST = 11
"""Width of the words of a key, as a multiple of the type size."""


class _Row(NamedTuple):
    """Words, with what is drawn before them ("class", "scale", "fixed"…; empty for a heading), and its number."""

    text: str
    kind: str = ""
    number: int = 0


class Key(Part):
    """The key to the right of the data, as many rows of it as there is room for."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[_Row] = []
        self._colouring: Colouring | None = None

    def explain(self, way: Way | None, fixed: FixedDots | None, portrait: Portrait | ReturnMap | None) -> None:
        """Say what is shown."""
        self._colouring = way.colouring if way is not None else None
        self._rows = [*_colours(self._colouring), *_kinds(fixed, portrait), *_lines(portrait)]
        self.update()

    @property
    def width(self) -> float:
        """How wide the key is, in pixels."""
        font, small = ui_font(self.sizes.small, MEDIUM), self.sizes.small
        widest = max((font_metrics(font).horizontalAdvance(row.text) for row in self._rows), default=0.0)
        return min(widest, _WIDEST * small) + 3.4 * small

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the rows."""
        small, height = self.sizes.small, 1.5 * self.sizes.small
        line = QRectF(self.rect.left(), self.rect.top(), self.rect.width(), height)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for row in self._rows:
            if line.bottom() > self.rect.bottom():
                return
            if row.kind:
                self._draw_sign(painter, row, line)
                write(painter, line.adjusted(1.7 * small, 0, 0, 0), LEFT, row.text, ui_font(small), self.theme.text)
            else:
                write(painter, line, LEFT, row.text, ui_font(small, MEDIUM), self.theme.muted)
            line.translate(0, height)

    def _draw_sign(self, painter: QPainter, row: _Row, line: QRectF) -> None:
        sizes, theme, small = self.sizes, self.theme, self.sizes.small
        centre = QPointF(line.left() + 0.6 * small, line.center().y())
        stroke = QLineF(line.left(), centre.y(), line.left() + 1.2 * small, centre.y())
        if row.kind == "fixed":
            draw_fixed(painter, centre, _KINDS[row.number], 0.85 * small, theme)
        elif row.kind == "nullcline":
            painter.setPen(QPen(QColor(nullcline_style(row.number, theme).colour), 1.3 * sizes.line))
            painter.drawLine(stroke)
        elif row.kind == "map":
            style = map_style(row.number, theme) if row.number < 2 else cobweb_style(theme)
            painter.setPen(line_pen(style, (1.3 if row.number == 0 else 0.8) * sizes.line))
            painter.drawLine(stroke)
        elif self._colouring is not None and row.kind == "class":
            draw_symbol(painter, centre, self._colouring.palette[row.number], sizes.marker * 1.15, theme.surface)
        elif self._colouring is not None:
            bar = QRectF(line.left() + 2, line.top(), sizes.bar, line.height())
            _draw_scale(painter, self._colouring, bar, row.number)


def _colours(colouring: Colouring | None) -> list[_Row]:
    if colouring is None:
        return []
    if colouring.names:
        return [_Row(colouring.title), *(_Row(name, "class", k) for k, name in enumerate(colouring.names))]
    low, high = colouring.ends
    return [_Row(colouring.title), _Row(high, "scale", 1), _Row("", "scale", 2), _Row(low, "scale", 0)]


def _kinds(fixed: FixedDots | None, portrait: Portrait | ReturnMap | None) -> list[_Row]:
    if fixed is None or not fixed.kinds:
        return []
    kinds = [_Row(kind, "fixed", k) for k, kind in enumerate(_KINDS) if kind in fixed.kinds]
    plane = "line" if isinstance(portrait, ReturnMap) else "plane"
    pale = [] if all(fixed.inside) else [_Row(f"pale: off this {plane}")]
    return [_Row("fixed points"), *kinds, *pale]


def _lines(portrait: Portrait | ReturnMap | None) -> list[_Row]:
    if portrait is None:
        return []
    if isinstance(portrait, ReturnMap):
        names = [_Row(name, "map", k) for k, name in enumerate(portrait.names)]
        return [_Row("input fixed"), *names, _Row("from the cursor on", "map", 2)]
    return [_Row("nullclines"), *(_Row(name, "nullcline", k) for k, name in enumerate(portrait.names))]


def _draw_scale(painter: QPainter, colouring: Colouring, rect: QRectF, third: int) -> None:
    """Draw the upper (1), middle (2) or lower (0) third of a scale, its last colour at the top."""
    count = len(colouring.palette)
    first = {0: 0.0, 2: 1 / 3, 1: 2 / 3}[third]
    slices = 12
    for k in range(slices):
        share = first + (k + 0.5) / slices / 3
        height = rect.height() / slices
        stripe = QRectF(rect.left(), rect.bottom() - (k + 1) * height, rect.width(), height + 0.5)
        painter.fillRect(stripe, QColor(colouring.palette[min(count - 1, int(share * count))].colour))
