"""What a laid out network is made of: places, ways and the picture that holds them, in pixels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from rnnviz.ui.networkdiagram.graph import Node, Rule


class Spot(NamedTuple):
    """A place in pixels."""

    x: float
    y: float


class Frame(NamedTuple):
    """A rectangle in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> Spot:
        """Its centre."""
        return Spot((self.left + self.right) / 2, (self.top + self.bottom) / 2)

    def meets(self, other: Frame) -> bool:
        """Return whether two rectangles share more than an edge."""
        return (
            min(self.right, other.right) > max(self.left, other.left) + 1e-6
            and min(self.bottom, other.bottom) > max(self.top, other.top) + 1e-6
        )


@dataclass(frozen=True)
class Trail:
    """The way of a link: straight pieces and cubic ones, each a tuple of one spot or three, from a start.

    ``name`` is where the name of its weights is written; None where there is no room. ``cut`` says that it ends in the
    dots that stand for steps left out.
    """

    rule: Rule
    source: Node
    target: Node
    start: Spot
    pieces: tuple[tuple[Spot, ...], ...]
    name: Frame | None = None
    cut: bool = False


@dataclass(frozen=True)
class Picture:
    """A laid out network.

    Attributes
    ----------
    unit : float
        Pixels; type is as high.
    compact : bool
        Whether names are left out for want of height.
    nodes : dict of Node to Frame
    trails : tuple of Trail
    dots : tuple of Frame
        Where steps are left out.
    columns : dict of int to Frame
        The column of each step.
    """

    unit: float
    compact: bool
    nodes: dict[Node, Frame]
    trails: tuple[Trail, ...]
    dots: tuple[Frame, ...] = ()
    columns: dict[int, Frame] = field(default_factory=dict)
