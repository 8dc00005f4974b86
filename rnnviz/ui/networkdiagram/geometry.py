"""What a laid out network is made of: places, ways and the picture that holds them, in pixels."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
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
    dots that stand for steps or layers left out.
    """

    rule: Rule
    source: Node
    target: Node
    start: Spot
    pieces: tuple[tuple[Spot, ...], ...]
    name: Frame | None = None
    cut: bool = False

    def reversed_way(self) -> tuple[Spot, tuple[tuple[Spot, ...], ...]]:
        """Return start and pieces of the same way from its end to its start."""
        starts = (self.start, *(piece[-1] for piece in self.pieces[:-1]))
        pieces = zip(self.pieces[::-1], starts[::-1], strict=True)
        return self.pieces[-1][-1], tuple((*piece[-2::-1], start) for piece, start in pieces)


class Gap(NamedTuple):
    """Where layers are left out: dots at each spot, and once in a frame which layers, counted from 0, these are."""

    dots: tuple[Spot, ...]
    frame: Frame
    first: int
    last: int


class Strip(NamedTuple):
    """A part of a picture that moves as a whole: the nodes of a step with the links among them, or those into them."""

    step: int
    nodes: tuple[Node, ...]
    trails: tuple[Trail, ...]
    frame: Frame


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
    gaps : tuple of Gap
        From above.
    """

    unit: float
    compact: bool
    nodes: dict[Node, Frame]
    trails: tuple[Trail, ...]
    dots: tuple[Frame, ...] = ()
    columns: dict[int, Frame] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()

    @property
    def skipped(self) -> tuple[tuple[int, int], ...]:
        """The layers that are left out, from the first to the last of each gap."""
        return tuple((gap.first, gap.last) for gap in self.gaps)

    @cached_property
    def strips(self) -> tuple[Strip, ...]:
        """The links between one step and the next, then the steps themselves; none where the picture is folded.

        What leads to steps left out is in none of them.
        """
        if not self.columns:
            return ()
        nodes: dict[int, list[Node]] = {step: [] for step in self.columns}
        within: dict[int, list[Trail]] = {step: [] for step in self.columns}
        across: dict[int, list[Trail]] = {step: [] for step in self.columns}
        for node in self.nodes:
            nodes[node.step].append(node)
        for trail in self.trails:
            if not trail.cut:
                (across if trail.rule.shift else within)[trail.target.step].append(trail)
        return tuple(
            Strip(step, tuple(mine), tuple(trails[step]), self._covered(mine, trails[step], frame))
            for trails, among in ((across, False), (within, True))
            for step, frame in self.columns.items()
            if (mine := nodes[step] if among else []) or trails[step]
        )

    def _covered(self, nodes: list[Node], trails: list[Trail], column: Frame) -> Frame:
        """What the nodes and links of a step cover, with room for the width of their lines."""
        across = [x for node in nodes for x in (self.nodes[node].left, self.nodes[node].right)]
        for trail in trails:
            across += [trail.start.x, *(spot.x for piece in trail.pieces for spot in piece)]
            if trail.name is not None:
                across += [trail.name.left, trail.name.right]
        return Frame(
            min(across) - self.unit, column.top - self.unit, max(across) + self.unit, column.bottom + self.unit
        )
