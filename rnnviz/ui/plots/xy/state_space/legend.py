"""The key of a space of states: what its colours and its fixed points mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from rnnviz.ui.drawing.painting import LEFT, draw_symbol, font_metrics, line_pen, write
from rnnviz.ui.plots.xy.state_space.items import Colouring, ReturnMap, draw_fixed, map_style, nullcline_style
from rnnviz.ui.theme import MEDIUM, SignalStyle, hue, ui_font

if TYPE_CHECKING:
    from rnnviz.ui.plots.xy.state_space.plot import StateSpacePlot

_KINDS = ("stable", "saddle", "unstable", "marginal")
_WIDEST = 11
"""Width of the words of a key, as a multiple of the type size."""


def key_width(plot: StateSpacePlot) -> float:
    """Return how wide the key of a plot is."""
    font = ui_font(plot.sizes.small, MEDIUM)
    words = [text for text, _ in _rows(plot)]
    widest = max((font_metrics(font).horizontalAdvance(word) for word in words), default=0.0)
    return min(widest, _WIDEST * plot.sizes.small) + 3.4 * plot.sizes.small


def _rows(plot: StateSpacePlot) -> list[tuple[str, tuple[str, int]]]:
    """Words of the key, with what stands before each: what is drawn there ("class", "fixed"…), and its number."""
    found: list[tuple[str, tuple[str, int]]] = []
    if plot.way is not None:
        colouring = plot.way.colouring
        found.append((colouring.title, ("", 0)))
        if colouring.names:
            found += [(name, ("class", k)) for k, name in enumerate(colouring.names)]
        else:
            found += [(colouring.ends[1], ("scale", 1)), ("", ("scale", 2)), (colouring.ends[0], ("scale", 0))]
    if plot.fixed is not None and plot.fixed.kinds:
        found.append(("fixed points", ("", 0)))
        found += [(kind, ("fixed", k)) for k, kind in enumerate(_KINDS) if kind in plot.fixed.kinds]
        if not all(plot.fixed.inside):
            plane = "line" if isinstance(plot.portrait, ReturnMap) else "plane"
            found.append((f"pale: off this {plane}", ("", 0)))
    if isinstance(plot.portrait, ReturnMap):
        found += [("input held", ("", 0)), *((name, ("map", k)) for k, name in enumerate(plot.portrait.names))]
        found.append(("from the cursor on", ("map", 2)))
    elif plot.portrait is not None:
        found.append(("nullclines", ("", 0)))
        found += [(name, ("nullcline", k)) for k, name in enumerate(plot.portrait.names)]
    return found


def draw_key(painter: QPainter, plot: StateSpacePlot) -> None:
    """Draw the key to the right of the data, as many rows of it as there is room for."""
    sizes, theme = plot.sizes, plot.theme
    small, row = sizes.small, 1.5 * sizes.small
    left, top = plot.area.right() + small, max(2.0, plot.area.top() - 0.4 * small)
    for text, (what, number) in _rows(plot):
        if top + row > plot.height():
            return
        centre = QPointF(left + 0.6 * small, top + row / 2)
        if what == "" and text:
            box = QRectF(left, top, plot.width() - left, row)
            write(painter, box, LEFT, text, ui_font(small, MEDIUM), theme.muted)
        elif what == "fixed":
            draw_fixed(painter, centre, _KINDS[number], 0.85 * small, theme)
        elif what == "nullcline":
            painter.setPen(QPen(QColor(nullcline_style(number, theme).colour), 1.3 * sizes.line))
            painter.drawLine(QLineF(left, centre.y(), left + 1.2 * small, centre.y()))
        elif what == "map":
            style = map_style(number, theme) if number < 2 else SignalStyle(hue("vermillion", theme), "circle")
            painter.setPen(line_pen(style, (1.3 if number == 0 else 0.8) * sizes.line))
            painter.drawLine(QLineF(left, centre.y(), left + 1.2 * small, centre.y()))
        elif what == "class" and plot.way is not None:
            draw_symbol(painter, centre, plot.way.colouring.palette[number], sizes.marker * 1.15, theme.surface)
        elif what == "scale" and plot.way is not None:
            _draw_scale(painter, plot.way.colouring, QRectF(left + 2, top, sizes.bar, row), number)
        if what:
            box = QRectF(left + 1.7 * small, top, plot.width() - left - 1.7 * small, row)
            write(painter, box, LEFT, text, ui_font(small), theme.text)
        top += row


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
