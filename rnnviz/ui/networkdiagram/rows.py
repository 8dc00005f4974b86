"""How high the rows of the network are and how broad its columns, in units: as much as the room allows."""

from __future__ import annotations

import math

from rnnviz.ui.networkdiagram.graph import Kind, Place, Unfolded

LEGIBLE = 0.72
"""The least unit at which type is read, as a multiple of the size of small type."""
NOTE = 1.1
"""Height of what is written below the values of an output, in units."""
_GAP = 2.0
"""Height between two rows where layers in between are left out, in units."""
_EDGE = 0.5
_TALL: dict[Kind, float] = {"target": 1.4, "y": 2.5, "dense": 1.7, "h": 3.2, "x": 1.7}
_LOW: dict[Kind, float] = {"target": 1.2, "y": 1.2, "dense": 1.1, "h": 1.5, "x": 1.2}
_TALLEST, _WIDEST_GAP, _MOST_BROAD = 2.0, 4.0, 1.9
"""How much more room than they need states, the gaps between rows, and columns take at most."""


class Rows:
    """Heights of the rows, from the top, in units.

    Parameters
    ----------
    places : tuple of Place
        From the input up.
    compact : bool
        Whether what is not needed is left out: names, and room for them.
    room : float or None
        The height that there is, in units: states and the gaps between rows take what is not needed.
    delayed : bool
        Whether outputs tell for which input they are.
    left_out : frozenset of int
        The layers that are not among the places.

    Attributes
    ----------
    over, under : dict of Place to (float, float)
        Where layers are left out above a place, and below one: the upper and the lower end.
    gaps : list of (float, float, int, int)
        All these ends from above, with the first and the last of the layers.
    """

    def __init__(
        self,
        places: tuple[Place, ...],
        *,
        compact: bool,
        room: float | None = None,
        delayed: bool = False,
        left_out: frozenset[int] = frozenset(),
    ) -> None:
        self.places, self.compact, self.delayed, self.left_out = places, compact, delayed, left_out
        low, middle, high = (self._laid_out(spread) for spread in (1.0, _TALLEST, _WIDEST_GAP))
        if room is None or room <= low:
            spread = 1.0
        elif room <= middle:
            spread = 1 + (_TALLEST - 1) * (room - low) / (middle - low)
        else:
            spread = _TALLEST + (_WIDEST_GAP - _TALLEST) * (room - middle) / (high - middle)
        self.total = self._laid_out(min(_WIDEST_GAP, spread))

    def _laid_out(self, spread: float) -> float:
        """Place the rows, with so much more room for what can take it; return the height of all."""
        gap = 0.7 if self.compact else 2.1
        least = _LOW if self.compact else _TALL
        self.tops: dict[Place, float] = {}
        taller = {"h": min(spread, _TALLEST)}
        self.heights = {place: least[place.kind] * taller.get(place.kind, 1.0) for place in self.places}
        if self.delayed and not self.compact:
            self.heights |= {place: high + NOTE for place, high in self.heights.items() if place.kind == "y"}
        self.over: dict[Place, tuple[float, float]] = {}
        self.under: dict[Place, tuple[float, float]] = {}
        self.gaps: list[tuple[float, float, int, int]] = []
        down = _EDGE
        above: Place | None = None
        for place in reversed(self.places):
            if above is not None:
                start = down
                beside = above.kind == place.kind == "h" and above.layer == place.layer
                near = 0.6 if self.compact else 0.9
                skipped = [layer for layer in self.left_out if _level(place) < layer < _level(above)]
                down += _GAP * spread if skipped else near if beside or above.kind == "target" else gap * spread
                if skipped:
                    self._leave_out(place, above, (start, down))
                    self.gaps.append((start, down, min(skipped), max(skipped)))
            self.tops[place] = down
            down += self.heights[place]
            above = place
        return down + _EDGE

    def _leave_out(self, below: Place, above: Place, ends: tuple[float, float]) -> None:
        for place in self.places:
            if _level(place) == _level(below):
                self.over[place] = ends
            elif _level(place) == _level(above):
                self.under[place] = ends

    def filling(self, room: float) -> Rows:
        """Return the same rows in a room of so many units."""
        return Rows(self.places, compact=self.compact, room=room, delayed=self.delayed, left_out=self.left_out)


def _level(place: Place) -> float:
    """The layer that a place belongs to; inputs stand below all of them, and what is read out above."""
    return {"x": -1.0, "h": float(place.layer)}.get(place.kind, math.inf)


class Columns:
    """Widths of what stands in a column, in units.

    Parameters
    ----------
    network : Unfolded
    spread : float
        How much broader than they need columns may be.
    """

    state, word = 3.6, 5.0
    """Least width of a state, and of what is written in words: inputs, outputs and targets."""
    stagger = 0.9
    """How far the two directions stand apart from the middle."""
    feedback = 2.0
    """The lane on which an output is led back."""
    dots = 0.55
    """Width of the column of the dots, as a share of that of a step."""
    start = 0.8
    """Width of the column of what a direction starts from, as a share of that of a step."""

    def __init__(self, network: Unfolded, spread: float = 1.0) -> None:
        self.staggered = network.schedule.spec.bidirectional
        self.fed_back = any(rule.role == "feedback" for rule in network.rules)
        gap = 3.7 + (2 * self.stagger + 0.6 if self.staggered else 0.0) + (self.feedback if self.fed_back else 0.0)
        self.needed = self.state + gap
        self.pitch = self.needed * max(1.0, min(_MOST_BROAD, spread))
        more = self.pitch - self.needed
        self.state += 0.45 * more
        self.word += 0.5 * more


def fitted(network: Unfolded, height: float, type_size: float, largest: float, layer: int = 0) -> tuple[Rows, float]:
    """Return the rows that are legible at a height, and the unit: where it is low, names go, then targets, then layers.

    Of the layers the picked one stays longest, then the last and the first.
    """
    every = network.places
    fewer = tuple(place for place in every if place.kind != "target")
    count = network.schedule.spec.num_layers
    order = tuple(dict.fromkeys((layer, count - 1, 0, *sorted(range(count), key=lambda one: abs(one - layer)))))
    tries = [(every, False, frozenset[int]()), (every, True, frozenset[int]()), (fewer, True, frozenset[int]())]
    for most in range(count - 1, 0, -1):
        out = frozenset(order[most:])
        wide = frozenset(one for one in out if {one - 1, one + 1} & out)  # one alone takes hardly more room than dots
        tries += [(fewer, True, wide), (fewer, True, out)]
    for among, compact, out in tries:
        places = tuple(one for one in among if one.kind != "h" or one.layer not in out)
        rows = Rows(places, compact=compact, delayed=network.schedule.spec.delay > 0, left_out=out)
        unit = min(height / rows.total, largest * type_size)
        if unit >= LEGIBLE * type_size:
            break
    return rows, max(unit, 0.5)
