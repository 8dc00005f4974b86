"""Sums with names below their terms, put together from pieces: other numbers need no new typesetting of the whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QRectF

from rnnviz.ui.formula import Typeset

APART = "#"
"""Stands between the signal of a line and what tells the line from others of the signal."""
NAMED = r"\underset"
"""What a sum holds that is to be put together from pieces."""
LABEL = 0.78
"""The size of a name, as a share of that of its term."""
_GAP = 0.26
_BELOW = 0.92
"""How far below the line a name stands, as a share of the size."""
_TOKEN = re.compile(r"\\left|\\right|\\.|[{}]| [+=] ")

Setter = Callable[[str, float], Typeset | None]


@dataclass(frozen=True)
class Part:
    """A part of a sum: the sign before it, its TeX, and that of its name (may be empty)."""

    sign: str
    tex: str
    label: str = ""


def parts_of(tex: str) -> tuple[Part, ...]:
    r"""Take a sum such as ``= \underset{h_{2}}{0.5 \cdot 0.2} + 0.1 = 0.2`` apart at its outermost signs."""
    found, sign, start, depth = [], "=", len("= "), 0
    for match in _TOKEN.finditer(tex):
        token = match.group()
        depth += {"{": 1, r"\left": 1, "}": -1, r"\right": -1}.get(token, 0)
        if depth == 0 and token in (" + ", " = ") and match.start() >= start:
            found.append(_part(sign, tex[start : match.start()]))
            sign, start = token.strip(), match.end()
    return (*found, _part(sign, tex[start:]))


def _part(sign: str, tex: str) -> Part:
    if not tex.startswith(NAMED):
        return Part(sign, tex)
    depth = 0
    for match in re.finditer(r"[{}]", tex):
        depth += 1 if match.group() == "{" else -1
        if depth == 0:
            return Part(sign, tex[match.end() + 1 : -1], tex[len(NAMED) + 1 : match.start()])
    return Part(sign, tex)


def put_together(tex: str, size: float, numbers: Setter, symbols: Setter) -> Typeset | None:
    """Return a sum from its pieces, or None where one of them is not typeset yet; all of them are asked for.

    Parameters
    ----------
    tex : str
        Begins with an equals sign.
    size : float
    numbers, symbols : callable
        Return the pieces that change with every step, and those that do not.
    """
    parts = parts_of(tex)
    signs = [symbols(part.sign, size) for part in parts]
    bodies = [numbers(part.tex, size) for part in parts]
    labels = [symbols(part.label, size * LABEL) if part.label else _NOTHING for part in parts]
    pieces = [
        (sign, body, label)
        for sign, body, label in zip(signs, bodies, labels, strict=True)
        if sign is not None and body is not None and label is not None
    ]
    return _composed(pieces, size) if len(pieces) == len(parts) else None


def _composed(pieces: Sequence[tuple[Typeset, Typeset, Typeset]], size: float) -> Typeset:
    placed: list[tuple[Typeset, float]] = []
    box, x = QRectF(), 0.0
    for sign, body, label in pieces:
        placed.append((sign, x))
        x += sign.box.right() + _GAP * size
        width = max(body.box.right(), label.box.right())
        name = _lowered(label, _BELOW * size)
        for piece, left in ((body, x + (width - body.box.right()) / 2), (name, x + (width - label.box.right()) / 2)):
            if not piece.box.isEmpty():
                placed.append((piece, left))
                box = box.united(piece.box.translated(left, 0.0))
        x += width + _GAP * size
    return Typeset(box, (), (), tuple(placed))


@lru_cache(maxsize=600)
def _lowered(formula: Typeset, by: float) -> Typeset:
    """Return a formula that is painted below the line."""
    return Typeset(
        formula.box.translated(0.0, by),
        tuple((colour, path.translated(0.0, by)) for colour, path in formula.paths),
        tuple((colour, mark.translated(0.0, by)) for colour, mark in formula.marks),
    )


_NOTHING = Typeset(QRectF(), (), ())
