"""Names of weights as they are typeset: a letter with what stands below it and above it."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QPainter

from rnnviz.ui.drawing.painting import LEFT, font_metrics, write
from rnnviz.ui.drawing.pixmap_cache import stamp
from rnnviz.ui.networkdiagram.geometry import Frame
from rnnviz.ui.networkdiagram.graph import Weight
from rnnviz.ui.theme import MEDIUM, ui_font

LEGIBLE = 7.0
"""Height in pixels below which type is left out."""
_SIZE, _SIDE = 1.15, 0.75
"""Sizes of the letter, in units, and of what stands below and above, as a share of it."""
_DOWN, _UP = 0.32, -0.36
"""How far that stands from the middle of the letter, as a share of its size."""


def weight_size(unit: float) -> float:
    """Return the size of the letter, in pixels."""
    return _SIZE * unit


@cache
def _width(font: QFont, text: str) -> float:
    return font_metrics(font).horizontalAdvance(text)


def _fonts(size: float) -> tuple[QFont, QFont]:
    return ui_font(size, MEDIUM), ui_font(_SIDE * size, MEDIUM)


def weight_width(weight: Weight, unit: float) -> float:
    """Return the width of a name, in pixels."""
    large, small = _fonts(weight_size(unit))
    return _width(large, weight.letter) + max(_width(small, text) for text in (weight.below, weight.above))


def draw_weight(painter: QPainter, weight: Weight, frame: Frame, unit: float, colour: str) -> None:
    """Draw a name in the middle of its frame; none where it is not legible, or does not fit."""
    size, width = weight_size(unit), weight_width(weight, unit)
    if size < LEGIBLE or width > frame.right - frame.left:
        return
    corner = QPointF((frame.left + frame.right - width) / 2, (frame.top + frame.bottom) / 2)
    box = QRectF(0, -size, width + 2, 2 * size)

    def drawn(inner: QPainter) -> None:
        _draw(inner, weight, size, width, colour)

    stamp(painter, corner, box, ("weight", weight, size, colour), drawn)


def _draw(painter: QPainter, weight: Weight, size: float, width: float, colour: str) -> None:
    large, small = _fonts(size)
    letter = _width(large, weight.letter)
    write(painter, QRectF(0, -size, letter + 1, 2 * size), LEFT, weight.letter, large, colour)
    for text, down in ((weight.below, _DOWN), (weight.above, _UP)):
        if text:
            write(painter, QRectF(letter, (down - 1) * size, width - letter + 2, 2 * size), LEFT, text, small, colour)
