"""Nodes and links of a network in time: what each step computes and from what, for every topology."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine import cells
from rnnviz.engine.schedule import Schedule
from rnnviz.engine.spec import Direction, NetworkSpec

Kind = Literal["x", "h", "dense", "y", "target"]
Role = Literal["input", "recurrent", "between", "readout", "feedback", "loss"]


class Place(NamedTuple):
    """A node whatever its step: an input, the output of a layer in a direction, a dense layer, an output or a target.

    Recurrent layers are counted from 0, and so are the dense layers between the last of them and the output.
    """

    kind: Kind
    layer: int = -1
    direction: Direction = "forward"


class Node(NamedTuple):
    """A node at a step, counted from 0; the states that a direction starts from stand one step before its first."""

    place: Place
    step: int


@dataclass(frozen=True)
class Weight:
    """The name of shared weights: a letter, what it leads from and to, and the layer and direction where needed."""

    letter: str
    below: str
    above: str = ""

    def __str__(self) -> str:
        return f"{self.letter}_{self.below}" + (f"^{self.above}" if self.above else "")


@dataclass(frozen=True)
class Rule:
    """A link of the folded network; the node at step t depends on the source at step t + shift.

    Parameters
    ----------
    source, target : Place
    shift : int
        0, or -1 from the step before, or +1 from the step after (backward direction).
    role : str
    weight : Weight or None
        None where what flows is not multiplied by a matrix, as in the recurrence of a minGRU.
    """

    source: Place
    target: Place
    shift: int
    role: Role
    weight: Weight | None = None


class Link(NamedTuple):
    """A dependency between two steps or within one."""

    source: Node
    target: Node
    rule: Rule


X, Y, TARGET = Place("x"), Place("y"), Place("target")


def hidden(spec: NetworkSpec) -> tuple[Place, ...]:
    """Return the recurrent nodes of a step, by layer, forward before backward."""
    return tuple(Place("h", layer, way) for layer in range(spec.num_layers) for way in spec.directions)


def rules(spec: NetworkSpec, targets: bool = False) -> tuple[Rule, ...]:
    """Return the links of the folded network, each dependency once.

    Parameters
    ----------
    spec : NetworkSpec
    targets : bool
        Whether there are targets for the outputs to be compared with.
    """
    found: list[Rule] = []
    for at in hidden(spec):
        found += _rules_into(spec, at)
    found += _rules_of_readout(spec)
    if targets:
        found.append(Rule(Y, TARGET, 0, "loss"))
    return tuple(found)


def dense(spec: NetworkSpec) -> tuple[Place, ...]:
    """Return the dense layers between the recurrent ones and the output, from below."""
    return tuple(Place("dense", k) for k in range(len(spec.readout_sizes)))


def _rules_of_readout(spec: NetworkSpec) -> Iterator[Rule]:
    between = dense(spec)
    first = Weight("W", "hd" if between else "hy") if spec.readout is not None else None
    for way in spec.directions:
        yield Rule(Place("h", spec.num_layers - 1, way), between[0] if between else Y, 0, "readout", first)
    for below, above in pairwise(between):
        several = str(above.layer + 1) if len(between) > 2 else ""
        yield Rule(below, above, 0, "readout", Weight("W", "dd", several))
    if between:
        yield Rule(between[-1], Y, 0, "readout", Weight("W", "dy"))


def _rules_into(spec: NetworkSpec, at: Place) -> Iterator[Rule]:
    cell = cells.get(spec.cell_of(at.layer, at.direction))
    above = _superscript(spec, at)
    into = Weight("W", "xh", above)
    if at.layer == 0:
        yield Rule(X, at, 0, "input", into)
        if spec.feedback != "none":
            yield Rule(Y, at, -1, "feedback", into)
    else:
        for way in spec.directions:
            yield Rule(Place("h", at.layer - 1, way), at, 0, "between", into)
    if cell.states:
        shift = -1 if at.direction == "forward" else 1
        yield Rule(at, at, shift, "recurrent", _recurrent_weight(spec, at, above))
    if cell.uses_output:
        yield Rule(Y, at, -1, "feedback", Weight("W", "yh", above))


def _recurrent_weight(spec: NetworkSpec, at: Place, above: str) -> Weight | None:
    parameters = cells.get(spec.cell_of(at.layer, at.direction)).parameters
    kinds = {info.kind for info in parameters if info.role == "recurrent"}
    if "matrix" in kinds:
        return Weight("W", "hh", above)
    return Weight("u", "hh", above) if "vector" in kinds else None


def _superscript(spec: NetworkSpec, at: Place) -> str:
    layer = str(at.layer + 1) if spec.num_layers > 1 else ""
    way = {"forward": "→", "backward": "←"}[at.direction] if spec.bidirectional else ""
    return layer + way


class Unfolded:
    """The network over the steps of a sequence; nothing is laid out that is not asked for.

    Parameters
    ----------
    schedule : Schedule
    targets : ndarray or None
        [S], True at the steps whose output has a target.

    Attributes
    ----------
    starts : dict of Place to int
        The step before the first of a direction, where its states start from: -1, or S for the backward direction.
    """

    def __init__(self, schedule: Schedule, targets: NDArray[np.bool_] | None = None) -> None:
        spec = schedule.spec
        self.schedule = schedule
        self.steps = schedule.steps
        self.targets = np.zeros(self.steps, np.bool_) if targets is None else targets & schedule.has_output
        self.rules = rules(spec, bool(self.targets.any()))
        self.hidden, self.dense = hidden(spec), dense(spec)
        self.starts = {
            place: -1 if place.direction == "forward" else self.steps
            for place in self.hidden
            if cells.get(spec.cell_of(place.layer, place.direction)).states
        }
        self._input, self._output = schedule.has_input, schedule.has_output.copy()
        if any(rule.role == "feedback" for rule in self.rules):
            # An output that the next step reads is computed, also where the topology asks for none.
            self._output[:-1] = True

    @property
    def places(self) -> tuple[Place, ...]:
        """The nodes of the folded network, from the input up."""
        return (X, *self.hidden, *self.dense, Y, *((TARGET,) if self.targets.any() else ()))

    def alike(self, other: Unfolded) -> bool:
        """Return whether another one has the same nodes and links."""
        return self.schedule == other.schedule and np.array_equal(self.targets, other.targets)

    def has(self, place: Place, step: int) -> bool:
        """Return whether there is such a node at a step."""
        if not 0 <= step < self.steps:
            return step == self.starts.get(place)
        if place.kind == "h":
            return True
        among = {"x": self._input, "dense": self._output, "y": self._output, "target": self.targets}
        return bool(among[place.kind][step])

    def is_start(self, node: Node) -> bool:
        """Return whether a node is the state that a direction starts from."""
        return not 0 <= node.step < self.steps

    def nodes(self, step: int) -> tuple[Node, ...]:
        """Return the nodes of a step, from the input up."""
        return tuple(Node(place, step) for place in self.places if self.has(place, step))

    def links(self, step: int) -> Iterator[Link]:
        """Yield what the nodes of a step depend on; what a run starts from depends on nothing."""
        if not 0 <= step < self.steps:
            return
        for rule in self.rules:
            source = Node(rule.source, step + rule.shift)
            if self.has(rule.target, step) and self.has(*source):
                yield Link(source, Node(rule.target, step), rule)


def shown_steps(steps: int, focus: int, room: int) -> tuple[int, ...]:
    """Return which steps stand in a row of so many columns: the first, the last and those about a step.

    A gap takes a column, for the dots that stand there; a gap of one step is closed by that step.

    Parameters
    ----------
    steps : int
    focus : int
        The step whose neighbours are shown.
    room : int
        Number of columns; at least 5 are taken where all do not fit.

    Returns
    -------
    tuple of int
        In order, without repetition.
    """
    room = max(5, room)
    if steps <= room:
        return tuple(range(steps))
    inside = room - 4
    focus = max(0, min(focus, steps - 1))
    low = focus - (inside - 1) // 2
    # At an end the dots on that side are not needed, nor the end itself: the neighbourhood takes their columns.
    if low <= 2:
        return (*range(room - 2), steps - 1)
    if low + inside >= steps - 2:
        return (0, *range(steps - (room - 2), steps))
    return (0, *range(low, low + inside), steps - 1)
