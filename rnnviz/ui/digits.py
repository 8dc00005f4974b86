"""Numbers in formulas: typeset once with zeros, then filled with the digits of any step at no cost worth naming.

The digits of the formula's typeface all have one width, so that a formula keeps its layout while they change.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainterPath

from rnnviz.ui.formula import Piece, Typeset, compose, pieces

_KEPT_OR_DIGIT = re.compile(r"#[0-9a-fA-F]{6}|[_^](?:\{[^{}]*\}|.)|\d")
"""Colours and what is raised or lowered, which is drawn with other outlines, stay as they are."""
_CLOSE = 0.02
"""How far the proportions of two outlines of one shape may differ: outlines are rounded to thousandths of a pixel."""


@dataclass(frozen=True, eq=False)
class Zeros:
    """A formula whose digits are zeros.

    Attributes
    ----------
    box : QRectF
        What the formula covers.
    rest : Typeset
        All but the zeros.
    places : tuple of (str, float, float)
        Colour, left end and depth below the line of each zero, in the order of the formula; in a numerator the depth
        is below zero.
    """

    box: QRectF
    rest: Typeset
    places: tuple[tuple[str, float, float], ...]


def zeroed(tex: str) -> tuple[str, str]:
    """Return TeX with a zero for every digit on the line, and the digits that were there."""
    digits: list[str] = []

    def zero(found: re.Match[str]) -> str:
        text = found.group()
        if not text.isdigit():
            return text
        digits.append(text)
        return "0"

    return _KEPT_OR_DIGIT.sub(zero, tex), "".join(digits)


@lru_cache(maxsize=600)
def typeset_zeros(tex: str, size: float) -> Zeros:
    """Typeset a formula whose digits are zeros; a formula in which they are not all found keeps what it has.

    Parameters
    ----------
    tex : str
        As `zeroed` returns it.
    size : float
        Size of the type in logical pixels.
    """
    found, shape = pieces(tex, size), _digit("0", size)
    wanted = len(zeroed(tex)[1])
    zeros = [piece for piece in found if _alike(piece.path, shape)]
    if len(zeros) != wanted:
        return Zeros(compose(found).box, compose(found), ())
    corner = shape.boundingRect().topLeft()
    moved = [(piece.colour, piece.path.boundingRect().topLeft() - corner) for piece in zeros]
    places = tuple((colour, by.x(), by.y() if abs(by.y()) > _CLOSE else 0.0) for colour, by in moved)
    return Zeros(compose(found).box, compose(piece for piece in found if piece not in zeros), places)


def fill(zeros: Zeros, digits: str, size: float) -> Typeset:
    """Put digits in the places of zeros; there must be as many."""
    pairs = zip(zeros.places, digits, strict=True)
    placed = [(_typeset_digit(digit, colour, size, depth), left) for (colour, left, depth), digit in pairs]
    return Typeset(zeros.box, (), zeros.rest.marks, ((zeros.rest, 0.0), *placed))


@lru_cache(maxsize=200)
def _typeset_digit(digit: str, colour: str, size: float, depth: float) -> Typeset:
    return compose([Piece(colour, _digit(digit, size).translated(0.0, depth))])


@lru_cache(maxsize=100)
def _digit(digit: str, size: float) -> QPainterPath:
    return pieces(digit, size)[0].path


def _alike(path: QPainterPath, shape: QPainterPath) -> bool:
    """Return whether an outline is a shape, moved."""
    if path.elementCount() != shape.elementCount():
        return False
    mine, other = path.boundingRect(), shape.boundingRect()
    sizes = (mine.width() - other.width(), mine.height() - other.height())
    return all(abs(difference) <= _CLOSE for difference in sizes)
