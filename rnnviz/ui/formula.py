"""Formulas: TeX to painter paths by ziamath."""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPainterPath

from rnnviz.ui.drawing.pixmap_cache import stamps

INK = "black"
"""The fill that ziamath gives to whatever the TeX does not colour."""

_ELEMENT = re.compile(r"<(path|rect)\s([^>]*?)/?>")
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
_COMMAND = re.compile(r"([MLQCZ])([^MLQCZ]*)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
_CACHED = 600

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Typeset:
    """A formula as paths, the baseline at y = 0.

    Attributes
    ----------
    box : QRectF
        What it covers, in logical pixels.
    paths : tuple of (str, QPainterPath)
        One path per colour of the TeX; what has none is `INK`.
    marks : tuple of (str, QRectF)
        Where each coloured piece stands, in the order of the formula: what a mouse may point at.
    parts : tuple of (Typeset, float)
        Further formulas, each with its place to the right of the origin.
    """

    box: QRectF
    paths: tuple[tuple[str, QPainterPath], ...]
    marks: tuple[tuple[str, QRectF], ...]
    parts: tuple[tuple[Typeset, float], ...] = ()

    def mark_at(self, point: QPointF) -> str:
        """Return the colour of the coloured piece at a point, or an empty string."""
        for colour, box in self.marks:
            if box.adjusted(-1, -3, 1, 3).contains(point):
                return colour
        return ""


@dataclass(frozen=True, eq=False)
class Piece:
    """One outline of a formula, usually a glyph, and its colour in the TeX."""

    colour: str
    path: QPainterPath


def placeholder(index: int) -> str:
    """Return a colour that stands for number `index` in TeX; which colour it is painted in is chosen when painting."""
    return f"#0000{index + 1:02x}"


@lru_cache(maxsize=_CACHED)
def typeset(tex: str, size: float) -> Typeset:
    """Typeset a formula.

    Parameters
    ----------
    tex : str
        What would stand between dollars.
    size : float
        Size of the type in logical pixels.

    Returns
    -------
    Typeset
        Where the TeX cannot be read, a formula that shows it as it is written.
    """
    return compose(pieces(tex, size))


def pieces(tex: str, size: float) -> tuple[Piece, ...]:
    """Return the outlines of a formula in the order in which they are drawn; arguments as for `typeset`."""
    import ziamath  # as long as the whole window takes to be painted, and nothing is typeset before that

    ziamath.config.svg2 = False  # QtSvg and the reader below know the elements of SVG 1.1
    try:
        svg = ziamath.Latex(tex, size=size).svg()
    except Exception:  # ziamath answers TeX that it does not know with errors of many kinds
        logger.exception("the formula %s cannot be typeset", tex)
        svg = ziamath.Latex(rf"\text{{{_harmless(tex)}}}", size=size).svg()
    found = []
    for name, text in _ELEMENT.findall(svg):
        attributes = dict(_ATTRIBUTE.findall(text))
        path = _outline(attributes["d"]) if name == "path" else _bar(attributes)
        found.append(Piece(attributes.get("fill", INK), path))
    return tuple(found)


def _harmless(tex: str) -> str:
    return re.sub(r"[\\{}$&#_^%~<>]", " ", tex)


def compose(outlines: Iterable[Piece]) -> Typeset:
    """Put outlines together, those of one colour in one path."""
    paths: OrderedDict[str, QPainterPath] = OrderedDict()
    marks: list[tuple[str, QRectF]] = []
    whole = QRectF()
    before = INK
    for piece in outlines:
        fill = piece.colour
        paths.setdefault(fill, QPainterPath()).addPath(piece.path)
        box = piece.path.boundingRect()
        whole = whole.united(box)
        if fill != INK:
            if fill == before and marks:
                box = box.united(marks.pop()[1])
            marks.append((fill, box))
        before = fill
    return Typeset(whole, tuple(paths.items()), tuple(marks))


def _bar(attributes: Mapping[str, str]) -> QPainterPath:
    path = QPainterPath()
    path.addRect(*(float(attributes[key]) for key in ("x", "y", "width", "height")))
    return path


def _outline(commands: str) -> QPainterPath:
    path = QPainterPath()
    for letter, text in _COMMAND.findall(commands):
        n = [float(number) for number in _NUMBER.findall(text)]
        if letter == "M":
            path.moveTo(n[0], n[1])
        elif letter == "L":
            path.lineTo(n[0], n[1])
        elif letter == "Q":
            path.quadTo(n[0], n[1], n[2], n[3])
        elif letter == "C":
            path.cubicTo(n[0], n[1], n[2], n[3], n[4], n[5])
        else:
            path.closeSubpath()
    return path


def paint(painter: QPainter, formula: Typeset, baseline: QPointF, ink: str, colours: Mapping[str, str]) -> None:
    """Paint a formula with the left end of its baseline at a point.

    Parameters
    ----------
    painter : QPainter
    formula : Typeset
    baseline : QPointF
    ink : str
        Colour of whatever has none in the TeX.
    colours : mapping
        The colour to paint for each colour of the TeX; those not named are painted in ink.
    """
    stamps(painter, _drawings(formula, baseline.x(), baseline.y(), ink, colours), _fill)


_Drawing = tuple[float, float, QRectF, tuple[Typeset, tuple[str, ...]]]


def _drawings(
    formula: Typeset, left: float, baseline: float, ink: str, colours: Mapping[str, str]
) -> Iterator[_Drawing]:
    if formula.paths:
        used = tuple([colours.get(fill, ink) for fill, _ in formula.paths])
        yield left, baseline, formula.box, (formula, used)
    for part, shift in formula.parts:
        yield from _drawings(part, left + shift, baseline, ink, colours)


def _fill(what: tuple[Typeset, tuple[str, ...]], painter: QPainter) -> None:
    formula, colours = what
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for (_, path), colour in zip(formula.paths, colours, strict=True):
        painter.fillPath(path, QColor(colour))
