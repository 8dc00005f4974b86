"""Norms of what flows along the links of the network: values on the way forward, gradients on the way back."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from rnnviz.engine.record import NETWORK
from rnnviz.ui.networkdiagram.graph import Node, Place
from rnnviz.ui.networkdiagram.recorded import address, is_shown, signal_of, start_values
from rnnviz.ui.view import GradientView, TraceView, View
from rnnviz.ui.wayback import arrived

Ends = tuple[Node, Node]


def activation_norms(view: View, nodes: Iterable[Node]) -> dict[Node, float]:
    """Return the Euclidean norms of what nodes hand on, of those that have one that may be shown."""
    trace = view.trace
    steps: dict[Place, list[int]] = {}
    found: dict[Node, float] = {}
    if trace is None:
        return found
    for node in nodes:
        if node.place.kind == "target" or not is_shown(view, node):
            continue
        if 0 <= node.step < trace.steps:
            steps.setdefault(node.place, []).append(node.step)
        elif (start := start_values(view, trace, node.place)) is not None:
            found[node] = float(np.linalg.norm(start))
    for place, mine in steps.items():
        with np.errstate(over="ignore", invalid="ignore"):
            norms = np.linalg.norm(signal_of(trace, place)[mine].astype(np.float64), axis=1).tolist()
        found |= {Node(place, step): norm for step, norm in zip(mine, norms, strict=True)}
    return found


def gradient_norms(view: View, links: Iterable[Ends]) -> dict[Ends, float]:
    """Return the norms of the gradients at the ends of links from which they flow back, where they are known.

    They are those of dL/dh of the later state, and at the readout of the gradient of the outputs.
    """
    trace, gradients = view.trace, view.gradients
    found: dict[Ends, float] = {}
    if trace is None or gradients is None:
        return found
    rows: dict[Place, list[Ends]] = {}
    for ends in links:
        source, target = ends
        if source.place.kind == "y" and target.place.kind == "h" and trace.schedule.spec.feedback == "choice":
            found[ends] = 0.0  # no gradient flows through a choice
        elif target.place.kind != "target":
            rows.setdefault(target.place, []).append(ends)
    for place, mine in rows.items():
        layer = place.layer if place.kind == "h" else NETWORK
        key, seen = _gradient_key(trace, place, gradients), arrived(view, layer, place.direction)
        known = [ends for ends in mine if seen.start <= ends[1].step < seen.stop]
        if key is None or not known:
            continue
        steps = [target.step for _, target in known]
        with np.errstate(over="ignore"):
            norms = 10.0 ** gradients.log_norm(key, layer, place.direction)[steps].astype(np.float64)
        found |= dict(zip(known, norms.tolist(), strict=True))
    return found


def _gradient_key(trace: TraceView, place: Place, gradients: GradientView) -> str | None:
    """The signal whose gradient comes to a node; None where there is none of it."""
    names: tuple[str, ...] = ("logits", "output")
    layer = NETWORK
    if place.kind in ("h", "dense"):
        name, layer = address(trace, place)
        names = (name,)
    return next((name for name in names if (layer, place.direction, name) in gradients.signals), None)
