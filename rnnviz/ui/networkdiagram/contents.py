"""What stands in the nodes of the network and flows along its links at the cursor, read from a view."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.requests import Starts
from rnnviz.engine.spec import NetworkSpec
from rnnviz.ui import reading
from rnnviz.ui.diagram.words import short
from rnnviz.ui.networkdiagram.geometry import Picture
from rnnviz.ui.networkdiagram.graph import Node, Place, Unfolded, Weight
from rnnviz.ui.networkdiagram.norms import Ends, activation_norms, gradient_norms
from rnnviz.ui.networkdiagram.recorded import address, is_shown, recorded, start_name, start_values
from rnnviz.ui.networkdiagram.within import is_lit
from rnnviz.ui.predictions import class_names, is_classes
from rnnviz.ui.view import TraceView, View

DECADES = 4.0
"""Powers of ten of a gradient between the thinnest link and the widest."""


_MOST_KEPT = 10_000
"""Nodes of which what they show is kept."""


@dataclass(frozen=True, eq=False)
class Face:
    """What a node shows.

    Attributes
    ----------
    values : ndarray or None
        [H], the units of a state; None for what is written.
    top : float
        The end of the scale of `values`, which is even about zero.
    lines : tuple of str
        What is written.
    name : str
        What stands below the values: the step of a state, or the input that a late output is for.
    symbol : Weight or None
        What stands there instead, typeset.
    known : bool
        Whether the run has come to it, and it may be shown.
    lit : bool
        Whether it belongs to what has just been computed.
    """

    values: NDArray[np.floating] | None = None
    top: float = 1.0
    lines: tuple[str, ...] = ()
    name: str = ""
    symbol: Weight | None = None
    known: bool = True
    lit: bool = False


@dataclass(frozen=True, eq=False)
class Contents:
    """What a picture of the network shows.

    Attributes
    ----------
    faces : dict of Node to Face
    shares : dict of (Node, Node) to float
        How wide the link from source to target is, from 0 to 1; links that are not there carry nothing known.
    largest : float
        The norm at share 1, above those that there are; NaN where there is none.
    backward : bool
        Whether gradients flow, and so from the ends of links to their starts.
    """

    faces: dict[Node, Face] = field(default_factory=dict)
    shares: dict[tuple[Node, Node], float] = field(default_factory=dict)
    largest: float = math.nan
    backward: bool = False


class Scales:
    """The ends of the colour scales of the states: fixed where the cell bounds them, else all that has been run."""

    def __init__(self) -> None:
        self._trace: TraceView | None = None
        self._published = -1
        self._tops: dict[Place, float] = {}

    def top(self, view: View, place: Place) -> float:
        """Return the end of the scale of a state of this trace."""
        trace = view.trace
        assert trace is not None
        if trace is not self._trace or view.published != self._published:
            self._trace, self._published, self._tops = trace, view.published, {}
        if place not in self._tops:
            name, layer = address(trace, place)
            bounds = reading.bounds_of(trace, trace.record.layout.field(name, layer, place.direction))
            values: NDArray[np.floating] = np.zeros(0)
            if bounds is None:
                rows = trace.reached(view.published, layer, place.direction)
                values = trace.record.signal(name, layer, place.direction)[rows]
            self._tops[place] = reading.levels_of(bounds, values)[1]
        return self._tops[place]


class Reader:
    """Reads what nodes show and links carry, and keeps it while only the cursor moves.

    Attributes
    ----------
    scales : Scales
    """

    def __init__(self) -> None:
        self.scales = Scales()
        self._epoch: tuple[object, ...] = ()
        self._faces: dict[Node, Face] = {}
        self._norms: dict[Ends, float | None] = {}

    def read(self, view: View, network: Unfolded, picture: Picture) -> Contents:
        """Read the contents of a picture; a node that the step of a folded network does not have shows nothing."""
        if view.trace is None:
            return Contents()
        self._begin(view)
        faces = {node: self._face(view, network, node) for node in picture.nodes}
        for node in picture.nodes:
            if node.step == view.step and network.has(*node) and is_lit(view, node):
                faces[node] = replace(faces[node], lit=True)
        norms = self._norms_of(view, network, [(one.source, one.target) for one in picture.trails])
        largest = scale_of(max(norms.values(), default=math.nan), view.backward)
        shares = {ends: _share(norm, largest, view.backward) for ends, norm in norms.items()}
        return Contents(faces, shares, largest, view.backward)

    def _begin(self, view: View) -> None:
        """Forget what has been read if it may be otherwise now: where things are hidden, the cursor counts."""
        hidden = view.ahead_hidden or view.operation is not None
        epoch = (
            *(view.document, view.trace, view.published, view.backward, view.ahead_hidden, view.operation),
            *(
                view.gradients if view.backward else None,
                view.position if hidden else None,
                view.analyses.get(Starts()),
            ),
        )
        same = len(epoch) == len(self._epoch) and all(a is b or a == b for a, b in zip(epoch, self._epoch, strict=True))
        if not same or len(self._faces) > _MOST_KEPT:
            self._epoch, self._faces, self._norms = epoch, {}, {}

    def _face(self, view: View, network: Unfolded, node: Node) -> Face:
        if node not in self._faces:
            self._faces[node] = _face(view, node, self.scales) if network.has(*node) else Face(known=False)
        return self._faces[node]

    def _norms_of(self, view: View, network: Unfolded, links: list[Ends]) -> dict[Ends, float]:
        new = [ends for ends in links if ends not in self._norms]
        there = [ends for ends in new if all(network.has(*node) for node in ends)]
        if view.backward:
            found = gradient_norms(view, there)
        else:
            given = activation_norms(view, {source for source, _ in there})
            found = {ends: given[ends[0]] for ends in there if ends[0] in given}
        self._norms |= {ends: found.get(ends) for ends in new}
        norms = ((ends, self._norms[ends]) for ends in links)
        return {ends: norm for ends, norm in norms if norm is not None and math.isfinite(norm)}


def scale_of(norm: float, logarithmic: bool) -> float:
    """Return the end of the scale of widths: 1, 2 or 5 times a power of ten, on the way back a power of ten.

    It is the same over many steps, as are then the links that stay.
    """
    if not norm > 0:
        return norm
    return float(10.0 ** math.ceil(math.log10(norm) - 1e-9)) if logarithmic else reading.rounded_up(norm)


def _share(norm: float, largest: float, logarithmic: bool) -> float:
    if not norm > 0:
        return 0.0
    if logarithmic:
        return max(0.0, 1 + math.log10(norm / largest) / DECADES)
    return norm / largest


def _face(view: View, node: Node, scales: Scales) -> Face:
    trace = view.trace
    assert trace is not None
    name = _name(trace, node)
    if not is_shown(view, node):
        return Face(known=False, name=name)
    if not 0 <= node.step < trace.steps:
        start = start_values(view, trace, node.place)
        symbol = Weight(start_name(trace, node.place), "0")
        if start is None or not start.any():
            return Face(lines=("…" if start is None else "0",), symbol=symbol)
        return Face(start, scales.top(view, node.place), symbol=symbol)
    if node.place.kind in ("h", "dense"):
        return Face(recorded(trace, node), scales.top(view, node.place), name=name)
    return Face(lines=_written(view, trace, node), name=name)


def _name(trace: TraceView, node: Node) -> str:
    delay = trace.schedule.spec.delay
    if node.place.kind == "h":
        return f"t = {node.step + 1}"
    return f"for t = {node.step + 1 - delay}" if node.place.kind == "y" and delay else ""


def _written(view: View, trace: TraceView, node: Node) -> tuple[str, ...]:
    place, step = node
    if place.kind == "x":
        values = recorded(trace, node)
        # The labels of a signal are the numbers of its steps, which stand below the states already.
        return (short(float(values[0])) if len(values) == 1 else trace.labels[step],)
    mean, scale = reading.output_scale(view.document.source) if view.document is not None else (0.0, 1.0)
    if place.kind == "y":
        values = recorded(trace, node)
        if is_classes(trace) and not np.isnan(values).all():
            best = int(np.nanargmax(values))
            return class_names(trace)[best], f"{float(values[best]):.2f}"
        return (short(mean + scale * float(values[0])), *(("…",) if len(values) > 1 else ()))
    targets = reading.targets_of(trace)
    if targets.classes is not None and targets.classes[step] >= 0:
        names, right = class_names(trace), int(targets.classes[step])
        return (names[right] if right < len(names) else f"class {right + 1}",)
    if targets.values is not None:
        return (short(mean + scale * float(targets.values[step, 0])),)
    return ("",)


def node_name(spec: NetworkSpec, node: Node, steps: int) -> str:
    """Return what a node of a run of so many steps is called: "state h of layer 2, backward, t = 7"."""
    place, step = node
    names = {"x": "input x", "h": "state h", "dense": f"dense layer {place.layer + 1}", "y": "output y"}
    parts = [names.get(place.kind, "target")]
    if place.kind == "h" and spec.num_layers > 1:
        parts[0] += f" of layer {place.layer + 1}"
    if place.kind == "h" and spec.bidirectional:
        parts.append(place.direction)
    if place.kind in ("y", "target") and spec.delay:
        parts.append(f"for the input of t = {step + 1 - spec.delay}")
    return ", ".join((*parts, f"t = {step + 1}" if 0 <= step < steps else "before the first step"))
