"""What flows through a diagram at a step, and where the diagram stands on the screen."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF

from rnnviz.ui.diagram.geometry import Box, Diagram, Route


@dataclass(frozen=True)
class Flow:
    """What flows at a step: numbers by node, texts that stand for numbers (a token for x), and openings of gates.

    Attributes
    ----------
    values : mapping of str to float
        By key of the node that gives them.
    texts : mapping of str to str
    lit : str
        The signal that is lit; empty for none.
    phi : str
        What ``phi`` stands for.
    computed : str
        The operator that has just been computed; empty for none.
    led : bool
        Whether the wires that lead into it are marked too.
    quiet : frozenset of str
        The nodes that are not computed yet; what they give has no number.
    arrived : mapping of str to float or None
        On the way back what stands beside the nodes instead of their values, and makes the wires as wide as it is
        against the largest of them; the arrows then point to where the gradient goes. None on the way forward.
    before : str
        The step whose states are read: for a layer that reads from the last step to the first it is "t+1".
    """

    values: Mapping[str, float] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    lit: str = ""
    phi: str = "φ"
    computed: str = ""
    led: bool = False
    quiet: frozenset[str] = frozenset()
    arrived: Mapping[str, float] | None = None
    before: str = "t−1"

    @property
    def back(self) -> bool:
        """Whether what flows goes back from the loss."""
        return self.arrived is not None

    def strength(self, key: str) -> float:
        """Return how wide the wires of a node are, from 0 to 1."""
        found = self.values if self.arrived is None else self.arrived
        value = abs(found.get(key, 0.0))
        if self.arrived is not None:
            largest = max((abs(one) for one in self.arrived.values() if math.isfinite(one)), default=0.0)
            value = value / largest if largest > 0 else 0.0
        return min(1.0, value) if math.isfinite(value) else 0.0


@dataclass(frozen=True)
class Frame:
    """Where the grid stands on the screen: pixels of a unit, and where its origin is."""

    unit: float
    left: float
    top: float

    def at(self, x: float, y: float) -> QPointF:
        """Return the pixel of a point of the grid."""
        return QPointF(self.left + x * self.unit, self.top + y * self.unit)

    def rect(self, box: Box) -> QRectF:
        """Return a rectangle of the grid in pixels."""
        return QRectF(self.at(box.left, box.top), self.at(box.right, box.bottom))

    def back(self, place: QPointF) -> tuple[float, float]:
        """Return the point of the grid at a pixel."""
        return (place.x() - self.left) / self.unit, (place.y() - self.top) / self.unit


def leading_to(diagram: Diagram, key: str) -> Iterator[Route]:
    """Yield the wires that lead into a node, also those of the vectors that are laid side by side before it."""
    graph = diagram.graph
    for route in diagram.routes:
        target = graph.node(route.wire.target)
        joined = target.kind == "join" and any(wire.source == target.key for wire in graph.into(key))
        if target.key == key or joined:
            yield route


def signal_of(diagram: Diagram, key: str) -> str:
    """Return the signal whose colour something has: a step in between has that of the equation it stands in."""
    node = diagram.graph.node(key)
    if node.kind == "input":
        return node.symbol
    return node.signal or node.owner
