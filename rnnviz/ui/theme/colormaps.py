"""Colour maps as lookup tables, with places of their own for what is not on the scale."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from rnnviz.ui.theme import colortables
from rnnviz.ui.theme.palette import Theme

LEVELS = 253
"""Entries 0 to 252 of every table are the scale; an odd number gives a diverging map an exact middle."""
MINUS_INFINITY = 253
PLUS_INFINITY = 254
BLANK = 255
"""The entry of NaN, a value that does not exist (yet): fully transparent."""

_SEQUENTIAL = {"viridis": colortables.VIRIDIS, "cividis": colortables.CIVIDIS}


@dataclass(frozen=True)
class ColourMap:
    """A scale of colours.

    Attributes
    ----------
    name : str
        "viridis", "cividis", "diverging" or "strengths".
    pivot : float
        The value, as a fraction of the scale, that says least. Where many steps share one pixel the value
        farthest from it is drawn: 0 for magnitudes, 0.5 for a diverging scale and for gates.
    """

    name: str
    pivot: float

    def table(self, theme: Theme) -> NDArray[np.uint8]:
        """Return the lookup table for `theme`: uint8 ``[256, 4]``, red, green, blue, alpha."""
        return _table(self.name, theme)


GATES = ColourMap("viridis", 0.5)
PROBABILITIES = ColourMap("viridis", 0.0)
MAGNITUDES = ColourMap("cividis", 0.0)
DIVERGING = ColourMap("diverging", 0.5)
STRENGTHS = ColourMap("strengths", 0.0)
"""From the ground of the theme to orange: for grounds of words, on which type is read."""


def _anchors(text: str) -> NDArray[np.float64]:
    return np.array([list(bytes.fromhex(colour)) for colour in text.split()], dtype=np.float64)


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour.lstrip("#"))
    return red, green, blue


@cache
def _table(name: str, theme: Theme) -> NDArray[np.uint8]:
    if name == "diverging":
        text = colortables.BLUE_BLACK_RED if theme.dark else colortables.BLUE_WHITE_RED
    elif name == "strengths":
        text = colortables.STRENGTHS_ON_BLACK if theme.dark else colortables.STRENGTHS_ON_WHITE
    else:
        text = _SEQUENTIAL[name]
    anchors = _anchors(text)
    places = np.linspace(0, len(anchors) - 1, LEVELS)
    table = np.full((256, 4), 255, dtype=np.uint8)
    for channel in range(3):
        column = np.interp(places, np.arange(len(anchors)), anchors[:, channel])
        table[:LEVELS, channel] = np.rint(column).astype(np.uint8)
    table[MINUS_INFINITY, :3] = _rgb(theme.minus_infinity)
    table[PLUS_INFINITY, :3] = _rgb(theme.plus_infinity)
    table[BLANK] = (*_rgb(theme.blank), 0)
    table.setflags(write=False)
    return table


def colour_index(values: NDArray[np.floating], low: float, high: float) -> NDArray[np.uint8]:
    """Place values on a scale.

    Parameters
    ----------
    values : array of any shape
    low, high : float
        The ends of the scale, finite, ``low < high``; values beyond them take the colour of the end.

    Returns
    -------
    uint8 array of the same shape
        Entries of the lookup table; `BLANK` for NaN, `PLUS_INFINITY` and `MINUS_INFINITY` for the infinities.
    """
    # Clipped before it is scaled: the largest floats would overflow, and a warning must not reach a paint event.
    scaled = (np.clip(values, low, high) - low) * ((LEVELS - 1) / (high - low))
    strange = ~np.isfinite(values)
    if not strange.any():
        return (scaled + 0.5).astype(np.uint8)
    index = (np.where(strange, 0, scaled) + 0.5).astype(np.uint8)
    index[np.isnan(values)] = BLANK
    index[np.isposinf(values)] = PLUS_INFINITY
    index[np.isneginf(values)] = MINUS_INFINITY
    return index
