"""What is shown in a space of states: the way of the states, fixed points, and a portrait of two units."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnviz.ui.plots.base.polylines import Floats
from rnnviz.ui.plots.xy.state_space.projection import box_of, three
from rnnviz.ui.theme import SignalStyle, Theme, hue

_STILL = 1e-4
"""Distances between two states below which a cobweb has come to rest."""


@dataclass(frozen=True, eq=False)
class Colouring:
    """The colours of the steps and what they mean.

    Parameters
    ----------
    title : str
        What is told by colours.
    palette : tuple of SignalStyle
    index : ndarray of int, [n]
        Which of the palette each point has.
    names : tuple of str
        Of the palette's classes; empty where the palette is a scale.
    ends : (str, str)
        What stands at the lower and upper end of a scale.
    """

    title: str
    palette: tuple[SignalStyle, ...]
    index: NDArray[np.intp]
    names: tuple[str, ...] = ()
    ends: tuple[str, str] = ("", "")


@dataclass(frozen=True, eq=False)
class Way:
    """The states of a run, in the order of the steps.

    Parameters
    ----------
    points : ndarray, [n, k]
        What is not finite leaves a gap.
    steps : ndarray of int, [n]
    shown : ndarray of bool, [n]
        False where a step is hidden.
    colouring : Colouring
    """

    points: Floats
    steps: NDArray[np.int64]
    shown: NDArray[np.bool_]
    colouring: Colouring

    @property
    def seen(self) -> Floats:
        """[n, 3], NaN where nothing is to be seen."""
        found = three(self.points)
        found[~self.shown] = np.nan
        return found


@dataclass(frozen=True, eq=False)
class FixedDots:
    """Fixed points [P, k] with their kinds: "stable", "saddle", "unstable" or "marginal".

    Those that are not ``inside`` the plane shown are drawn pale; none given: all are.
    """

    points: Floats
    kinds: tuple[str, ...]
    inside: tuple[bool, ...] = ()


@dataclass(frozen=True, eq=False)
class Portrait:
    """A field [m, n, 2] over the places x [n] and y [m], and the two nullclines [k, 2, 2] with their names."""

    x: Floats
    y: Floats
    field: Floats
    nullclines: tuple[Floats, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class ReturnMap:
    """The state y [n] of a single unit that follows each state x [n]; names of the map, and of the diagonal."""

    x: Floats
    y: Floats
    names: tuple[str, str]

    def cobweb(self, start: float, turns: int = 40) -> Floats:
        """Return the way from a state through the map and the diagonal in turns, [k, 2]; it ends where x ends."""
        corners, here = [(start, start)], start
        for _ in range(turns):
            if not self.x[0] <= here <= self.x[-1]:
                break
            after = float(np.interp(here, self.x, self.y))
            corners += [(here, after), (after, after)]
            if not math.isfinite(after) or abs(after - here) < _STILL:
                break
            here = after
        return np.array(corners)


def space_of(way: Way | None, fixed: FixedDots | None, portrait: Portrait | ReturnMap | None) -> tuple[Floats, Floats]:
    """Return the ends, [3], of what is to be seen along each axis: all but fixed points that are far off."""
    parts: list[Floats] = [three(way.points)] if way is not None else [np.zeros((0, 3))]
    if portrait is not None and len(portrait.x):
        up = portrait.x if isinstance(portrait, ReturnMap) else portrait.y
        parts.append(three(np.array([(portrait.x[k], up[k]) for k in (0, -1)], np.float64)))
    low, high = box_of(*parts)
    if fixed is None:
        return low, high
    points, reach = three(fixed.points), 1.5 * float((high - low).max())
    near = points[(np.abs(points - (low + high) / 2) <= reach).all(1)]  # one far off would make the rest a dot
    inside = bool(((near >= low) & (near <= high)).all())
    return (low, high) if inside else box_of(np.stack([low, high]), near)


def nullcline_style(unit: int, theme: Theme) -> SignalStyle:
    """Return how the nullcline of a unit is drawn."""
    return SignalStyle(hue(("blue", "orange")[unit % 2], theme), "circle")


def map_style(number: int, theme: Theme) -> SignalStyle:
    """Return how the map of a single unit (0) and its diagonal (1) are drawn."""
    return SignalStyle(theme.muted if number else hue("blue", theme), "circle", "dash" if number else "solid")


def cobweb_style(theme: Theme) -> SignalStyle:
    """Return how the way on from the cursor is drawn."""
    return SignalStyle(hue("vermillion", theme), "circle")
