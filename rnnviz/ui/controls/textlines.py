"""Where tokens stand in running text: broken into lines, in the largest type that fits."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QRectF

from rnnviz.ui.drawing.painting import font_metrics
from rnnviz.ui.theme import MEDIUM, Metrics, ui_font

LINE_END = "\N{DOWNWARDS ARROW WITH CORNER LEFTWARDS}"
"""How a token is labelled after which a line ends."""

SPACE = "\N{OPEN BOX}"
"""How a space is labelled, after which a line of characters is broken."""
NOTHING = "\N{MIDDLE DOT}"
"""What is written where a step has no token."""

_PILL = 0.36
"""Room on either side of a word, within its ground, as a multiple of the type size."""
_GAP = 0.22
"""Room between the grounds of two words."""
_LETTER = 0.07
"""Room on either side of a character."""
_LARGEST = 2.0
"""The largest type, as a multiple of the large read-out's."""
_WORD_LINE, _LETTER_LINE = 1.95, 1.6
"""Heights of a line, as multiples of the type size."""


@dataclass(frozen=True, eq=False)
class TextLines:
    """Tokens laid out.

    Parameters
    ----------
    size : int
        The type size in pixels.
    line : float
        The height of a line.
    places : tuple of QRectF
        The ground of every token.
    starts : tuple of int
        The first token of every line.
    """

    size: int
    line: float
    places: tuple[QRectF, ...]
    starts: tuple[int, ...]

    @property
    def height(self) -> float:
        """The height of all lines."""
        return self.line * len(self.starts)

    def line_of(self, token: int) -> int:
        """Return the line that a token stands in."""
        return bisect_right(self.starts, token) - 1

    def tokens_between(self, top: float, bottom: float) -> range:
        """Return the tokens of the lines that reach into these heights."""
        first = min(max(0, int(top // self.line)), len(self.starts) - 1)
        last = min(max(0, int(bottom // self.line)), len(self.starts) - 1)
        stop = self.starts[last + 1] if last + 1 < len(self.starts) else len(self.places)
        return range(self.starts[first], stop)

    def at(self, x: float, y: float) -> int:
        """Return the token at a place; -1 where there is none."""
        if not self.places or not 0 <= y < self.height:
            return -1
        near = self.tokens_between(y, y)
        room = self.size * _GAP
        return next((k for k in near if self.places[k].adjusted(-room / 2, 0, room / 2, 0).contains(x, y)), -1)


def fitted(labels: Sequence[str], joined: bool, width: float, height: float, sizes: Metrics) -> TextLines:
    """Lay tokens out in the largest type in which they fit a rectangle, at least that of tokens elsewhere.

    Parameters
    ----------
    labels : sequence of str
    joined : bool
        Whether they are characters, which stand side by side, or words.
    width, height : float
    sizes : Metrics

    Returns
    -------
    TextLines
        Higher than the rectangle where even the smallest type does not fit.
    """
    low, high = sizes.token, max(sizes.token, round(sizes.readout * _LARGEST))
    best = laid_out(labels, joined, width, low)
    if best.height > height:
        return best
    while high - low > 1:
        middle = (low + high) // 2
        found = laid_out(labels, joined, width, middle)
        if found.height <= height and all(place.right() <= width for place in found.places):
            best, low = found, middle
        else:
            high = middle
    return best


def laid_out(labels: Sequence[str], joined: bool, width: float, size: int) -> TextLines:
    """Lay tokens out in a type size; a token wider than a line has a line of its own."""
    metrics = font_metrics(ui_font(size, MEDIUM))
    advances = {label: metrics.horizontalAdvance(label) for label in set(labels)}
    side, gap = (_LETTER * size, 0.0) if joined else (_PILL * size, _GAP * size)
    line = size * (_LETTER_LINE if joined else _WORD_LINE)
    inset = 0.0 if joined else (line - 1.6 * size) / 2
    widths = [advances[label] + 2 * side for label in labels]
    starts = _broken(labels, widths, gap, width, joined)
    places = []
    for number, (first, stop) in enumerate(pairwise([*starts, len(labels)])):
        x = 0.0
        for room in widths[first:stop]:
            places.append(QRectF(x, number * line + inset, min(room, width), line - 2 * inset))
            x += room + gap
    return TextLines(size, line, tuple(places), tuple(starts))


def _broken(labels: Sequence[str], widths: Sequence[float], gap: float, width: float, joined: bool) -> list[int]:
    """Return the first token of every line; characters are broken behind a space where the line has one."""
    starts, space = [0], 0
    x = 0.0
    for index, room in enumerate(widths):
        if x and x + room > width:
            starts.append(space if joined and space > starts[-1] else index)
            x = sum(widths[starts[-1] : index]) + gap * (index - starts[-1])
        x += room + gap
        if labels[index] == SPACE:
            space = index + 1
        if labels[index] == LINE_END and index + 1 < len(labels):
            starts.append(index + 1)
            x = 0.0
    return starts
