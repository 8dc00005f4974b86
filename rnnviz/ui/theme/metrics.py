"""Sizes: of type, lines and margins, for work at a desk and for a lecture hall."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import lru_cache


@dataclass(frozen=True)
class Metrics:
    """Sizes in logical pixels.

    Attributes
    ----------
    lecture : bool
        Whether these are the sizes of lecture mode (F11).
    text, small, title, readout, token : int
        Type: running text, ticks and notes, titles of plots, the large "t = 7 / 24", tokens.
    left_margin, right_margin : int
        The room of every time plot beside its data, for axis labels and for colour bar or direct labels. One
        pair for all plots of a window, so that their steps stand in one column.
    line, cursor_line, marker : float
        Width of a curve, of the cursor's edges, diameter of a marker.
    padding, header, rail, tick : int
        Space around things, height of a plot's title line, height of the rails for zeros and infinities,
        length of a tick.
    icon, bar : int
        Edge of an icon, width of a colour bar.
    """

    lecture: bool
    text: int
    small: int
    title: int
    readout: int
    token: int
    left_margin: int
    right_margin: int
    line: float
    cursor_line: float
    marker: float
    padding: int
    header: int
    rail: int
    tick: int
    icon: int
    bar: int

    @property
    def factor(self) -> float:
        """How large these are against the sizes of a desk."""
        return self.text / 13


NORMAL = Metrics(
    lecture=False,
    text=13,
    small=12,
    title=14,
    readout=28,
    token=14,
    left_margin=88,
    right_margin=108,
    line=1.5,
    cursor_line=2.0,
    marker=7.0,
    padding=8,
    header=26,
    rail=18,
    tick=4,
    icon=18,
    bar=10,
)

LECTURE = Metrics(
    lecture=True,
    text=18,
    small=16,
    title=20,
    readout=44,
    token=20,
    left_margin=124,
    right_margin=148,
    line=2.5,
    cursor_line=3.0,
    marker=11.0,
    padding=10,
    header=36,
    rail=24,
    tick=6,
    icon=24,
    bar=14,
)


SMALLEST, LARGEST = 0.75, 2.6
"""How far lecture type follows the height of the window."""

TYPE_SIZES = (80, 90, 100, 110, 125, 150, 175, 200, 225, 250)
"""The sizes of type that can be chosen, in per cent."""

_ROOMY = (1280, 720, 1.25)
"""Width and height of a window in which type so much larger than usual leaves room for plots between the panels."""
_ALONE = 1.25
"""How much larger type may be where the plots stand alone, as in a lecture."""


def largest_type(width: int, height: int, lecture: float = 0.0) -> int:
    """Return the largest size of type, in per cent, that leaves room for plots in a window of so many pixels.

    Parameters
    ----------
    width, height : int
    lecture : float
        See `metrics`.
    """
    most = min(width / _ROOMY[0], height / _ROOMY[1]) * _ROOMY[2] * NORMAL.text
    share = most * _ALONE / (LECTURE.text * lecture) if lecture else most / NORMAL.text
    return max(size for size in TYPE_SIZES if size <= max(100, 100 * share))


def lecture_factor(height: int) -> float:
    """Return how large lecture type is to be in a window of so many pixels, against one of 1080."""
    return round(min(LARGEST, max(SMALLEST, height / 1080)) * 20) / 20


@lru_cache(maxsize=64)
def metrics(lecture: float, type_size: int = 100) -> Metrics:
    """Return the sizes for a desk or a lecture.

    Parameters
    ----------
    lecture : float
        0 for a desk, else how large those of lecture mode are to be.
    type_size : int
        Per cent, of either.
    """
    base, factor = (LECTURE if lecture else NORMAL), (lecture or 1.0) * type_size / 100
    if factor == 1:
        return base
    sizes = {
        field.name: type(value)(round(value * factor, 1 if isinstance(value, float) else None))
        for field in fields(base)
        if not isinstance(value := getattr(base, field.name), bool)
    }
    type_factor = sizes["small"] / base.small  # rounded, it may be larger; what is written in the margins must fit
    for margin in ("left_margin", "right_margin"):
        sizes[margin] = round(getattr(base, margin) * max(factor, type_factor))
    return replace(base, **sizes)
