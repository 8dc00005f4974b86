"""Marks of the cells that were right, which leave most of each cell free: its colour is read at every size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from rnnviz.ui.plots.base.parts import Shows
from rnnviz.ui.theme import ColourMap, Theme
from rnnviz.ui.theme.colormaps import BLANK
from rnnviz.ui.theme.palette import contrast

LEAST_MARKED = 3.0
"""A cell at least this wide and high, in pixels, can be marked."""
FREE = 0.55
"""The share of a cell that is free within a ring, its corners included."""
_SHORTEST = 5
"""Pixels of the longer side of a cell from which there is room for one bar of two pixels."""
_INK = 40.0
"""The pixels of a bar's area that are aimed at, so that a short one is thick."""
_THICKEST_RING = 6


class Mark(NamedTuple):
    """How cells of one size are marked: by a ring, or by bars at two opposite edges, at one where there is no room.

    Parameters
    ----------
    ring : int
        The thickness of the ring in pixels; 0 for bars.
    bar : int
        The thickness of a bar; 0 for no mark.
    upright : bool
        Whether bars stand at the left and right edge; else they lie at the upper and lower one.
    both : bool
        Whether there are two of them.
    """

    ring: int
    bar: int = 0
    upright: bool = True
    both: bool = True


def mark_for(width: int, height: int, line: float) -> Mark:
    """Return how cells of a size, in pixels, are marked; `line`: the width of lines.

    More than half of a cell is always free.
    """
    long, short = max(width, height), max(1, min(width, height))
    ring = min(max(round(line + 1.5), short // 8), _THICKEST_RING)
    if short > 2 * ring and (long - 2 * ring) * (short - 2 * ring) >= FREE * long * short:
        return Mark(ring)
    bar = int(min(max(line + 2.5, _INK / short), long / 5))
    if bar < 2:
        return Mark(0, 2 if long >= _SHORTEST else 0, width >= height, both=False)
    return Mark(0, bar, width >= height)


@cache
def inks(colour_map: ColourMap, theme: Theme) -> tuple[str, ...]:
    """Return for every entry of a colour map the one of two colours that stands out against it."""
    colours = [QColor(*entry[:3]).name() for entry in colour_map.table(theme).tolist()]
    colours[BLANK] = theme.surface
    return tuple(max((theme.cursor, theme.halo), key=lambda ink: contrast(ink, colour)) for colour in colours)


class TargetMarks(Shows[tuple[Sequence[tuple[QRectF, str]], Mark]]):
    """Marks in the cells that were right, each in the ink that stands out against its cell, the other one beside it.

    Cells begin and end between pixels; each has its ink.
    """

    nothing = (), Mark(0)

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the marks that are exposed."""
        cells, kind = self.content
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, bool(kind.ring))
        for cell, ink in cells:
            if not cell.intersects(exposed):
                continue
            beside = self.theme.halo if ink == self.theme.cursor else self.theme.cursor
            if kind.ring:
                self._draw_ring(painter, cell, kind.ring, ink, beside)
                continue
            for edge, core in bars(cell, kind):
                painter.fillRect(edge, QColor(beside))
                painter.fillRect(core, QColor(ink))

    def _draw_ring(self, painter: QPainter, cell: QRectF, thick: int, ink: str, beside: str) -> None:
        core, outside = (thick - 1, 0) if thick <= 3 else (thick - 2, 1)
        for colour, width, inset in ((beside, thick, thick / 2), (ink, core, outside + core / 2)):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawRoundedRect(cell.adjusted(inset, inset, -inset, -inset), 3, 3)


def bars(cell: QRectF, kind: Mark) -> Iterator[tuple[QRectF, QRectF]]:
    """Yield the bars of a cell, each with its core; towards the next cell its contrasting edge is seen."""
    thick, core = float(kind.bar), kind.bar - 1.0
    for far in (False, True) if kind.both else (False,):
        if kind.upright:
            left = cell.right() - thick if far else cell.left()
            bar = QRectF(left, cell.top(), thick, cell.height())
            yield bar, QRectF(left if far else left + 1, cell.top(), core, cell.height())
        else:
            top = cell.bottom() - thick if far else cell.top()
            bar = QRectF(cell.left(), top, cell.width(), thick)
            yield bar, QRectF(cell.left(), top if far else top + 1, cell.width(), core)
