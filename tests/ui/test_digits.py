"""Numbers put into a typeset formula look as if the formula had been typeset with them."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from rnnviz.engine import cells
from rnnviz.engine.language.numbers import equation_numbers_tex
from rnnviz.ui.digits import fill, typeset_zeros, zeroed
from rnnviz.ui.formula import INK, Typeset, pieces, placeholder, typeset
from rnnviz.ui.typesetter import Typesetter

SIZE = 16.0


def picture(formula: Typeset) -> QImage:
    """Paint a formula from its outlines alone."""
    image = QImage(700, 60, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFF)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def draw(one: Typeset, left: float) -> None:
        for colour, path in one.paths:
            painter.fillPath(path.translated(10 + left, 40), QColor("black" if colour == INK else colour))
        for part, shift in one.parts:
            draw(part, left + shift)

    draw(formula, 0.0)
    painter.end()
    return image


def largest_difference(first: QImage, second: QImage) -> int:
    pairs = ((x, y) for x in range(first.width()) for y in range(first.height()))
    return max(abs(first.pixelColor(x, y).red() - second.pixelColor(x, y).red()) for x, y in pairs)


def farthest(filled: Typeset, tex: str) -> float:
    """How far a digit lies at most from a glyph of its size in the formula typeset afresh.

    A fraction is centred by its ink, of which 1 has less than 0: it stands still only if its digits are not weighed.
    """
    afresh = [piece.path.boundingRect() for piece in pieces(tex, SIZE)]
    digits = [path.boundingRect().translated(left, 0) for part, left in filled.parts[1:] for _, path in part.paths]
    return max(min(distance(digit, glyph) for glyph in afresh) for digit in digits)


def distance(one: QRectF, other: QRectF) -> float:
    from_the_corners = one.topLeft() - other.topLeft(), one.bottomRight() - other.bottomRight()
    return max(max(abs(by.x()), abs(by.y())) for by in from_the_corners)


@pytest.mark.parametrize("name", cells.names())
def test_numbers_filled_in_look_as_if_they_were_typeset(name: str, qtbot: QtBot) -> None:
    cell, draw = cells.get(name), random.Random(name)
    colours = {signal: placeholder(index) for index, signal in enumerate(cell.order)}
    keys = [*cell.order, *(f"{signal}.pre" for signal in cell.order), *(f"{state}[t-1]" for state in cell.states)]
    values = {key: draw.choice([1, -1]) * 10 ** draw.uniform(-6, 3) for key in keys}
    for signal in cell.order:
        tex = equation_numbers_tex(cell, signal, values, colours=colours)
        pattern, digits = zeroed(tex)
        zeros = typeset_zeros(pattern, SIZE)
        assert len(zeros.places) == len(digits)
        filled = fill(zeros, digits, SIZE)
        if r"\frac" in tex:
            assert farthest(filled, tex) < 1.5
        else:
            assert largest_difference(picture(filled), picture(typeset(tex, SIZE))) <= 24


def test_colours_and_exponents_are_left_as_they_are() -> None:
    tex = r"\textcolor{#000012}{h_{t-1}} = {-}1.23 \cdot 10^{-7}"
    assert zeroed(tex) == (r"\textcolor{#000012}{h_{t-1}} = {-}0.00 \cdot 00^{-7}", "12310")


def test_other_numbers_in_the_same_formula_can_be_shown_at_once(qtbot: QtBot) -> None:
    typesetter = Typesetter()
    assert typesetter.numbers(r"= \sigma\left(0.123\right) = 0.456", SIZE) is None
    typesetter.finish()
    shown = typesetter.numbers(r"= \sigma\left(0.999\right) = 0.731", SIZE)
    assert shown is not None
    assert len(shown.parts) == 1 + 8


def test_a_formula_is_painted_from_its_outlines_and_its_digits(qtbot: QtBot) -> None:
    from rnnviz.ui.formula import paint

    formula = fill(typeset_zeros("= 0.00", SIZE), "731", SIZE)
    image = QImage(700, 60, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFF)
    painter = QPainter(image)
    paint(painter, formula, QPointF(10, 40), "#000000", {})
    painter.end()
    assert largest_difference(image, picture(formula)) <= 110  # digits stand on quarters of a pixel
    columns = [
        [x for x in range(700) if any(one.pixelColor(x, y).red() < 128 for y in range(60))]
        for one in (image, picture(formula))
    ]
    assert abs(columns[0][0] - columns[1][0]) <= 1
    assert abs(columns[0][-1] - columns[1][-1]) <= 1
