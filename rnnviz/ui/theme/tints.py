"""Grounds that say how strong something is, with ink that can be read upon them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from rnnviz.ui.theme.colormaps import LEVELS, STRENGTHS
from rnnviz.ui.theme.palette import Theme, contrast

READABLE = 4.5
"""The contrast that type needs against its ground (WCAG 2.2, level AA)."""


@dataclass(frozen=True)
class Tint:
    """A ground and the ink to write upon it, each ``#rrggbb``."""

    ground: str
    ink: str


def tint(share: float, theme: Theme) -> Tint:
    """Return the ground of a strength.

    Parameters
    ----------
    share : float
        0 is the ground of the theme, 1 the strongest; what lies beyond is cut. Infinity has a colour of its own, NaN
        the ground of the theme.
    theme : Theme

    Returns
    -------
    Tint
        Its ink has a contrast of at least 4.5 to 1.
    """
    if math.isnan(share):
        return Tint(theme.surface, ink_on(theme.surface, theme))
    if math.isinf(share) and share > 0:
        return Tint(theme.plus_infinity, ink_on(theme.plus_infinity, theme))
    return _tints(theme)[round(min(max(share, 0.0), 1.0) * (LEVELS - 1))]


@cache
def ink_on(ground: str, theme: Theme) -> str:
    """Return the colour of type on a ground: the text of the theme where it can be read, else black or white."""
    if contrast(theme.text, ground) >= READABLE:
        return theme.text
    return max(("#000000", "#ffffff"), key=lambda ink: contrast(ink, ground))


@cache
def _tints(theme: Theme) -> tuple[Tint, ...]:
    rows = STRENGTHS.table(theme)[:LEVELS, :3].tolist()
    grounds = ["#{:02x}{:02x}{:02x}".format(*row) for row in rows]
    return tuple(Tint(ground, ink_on(ground, theme)) for ground in grounds)
