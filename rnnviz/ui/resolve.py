"""What follows from a state of the session: pure functions, so that every rule can be tested alone."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.messages import LossObjective, Objective, ProbeObjective, Scaling
from rnnviz.engine.record import NETWORK
from rnnviz.engine.scalable import recurrent_blocks
from rnnviz.engine.spec import Direction, NetworkSpec
from rnnviz.ui.grains import fitting_operation
from rnnviz.ui.view import TraceView, View

SLOWEST, FASTEST = 0.25, 60.0

_SHAPES = (
    "cell",
    "input_size",
    "hidden_size",
    "num_layers",
    "bidirectional",
    "output_size",
    "readout_sizes",
    "biases",
    "embedding_size",
)
_INITIALISATION = ("initialisation", "spectral_radius", "forget_bias", "seed")


def resolve(view: View) -> View:
    """Return the nearest view that can be: cursor, layer and units exist, and nothing plays beyond the end."""
    positions = view.trace.schedule.positions if view.trace is not None else 0
    published = max(0, min(view.published, positions))
    position = max(0, min(view.position, published))
    operation = fitting_operation(view.trace, position, view.operation)
    ended = position == 0 if view.backward else position >= positions and operation is None
    layer, direction, units = _picked(view)
    found: dict[str, object] = {
        "published": published,
        "position": position,
        "layer": layer,
        "direction": direction,
        "units": units,
        "operation": operation,
        "playing": view.playing and not ended,
        "backward": view.backward and view.trace is not None,
        "speed": max(SLOWEST, min(view.speed, FASTEST)),
        "probe": None if view.probe is not None and probe_fault(view, view.probe) else view.probe,
    }
    changed = {name: value for name, value in found.items() if getattr(view, name) != value}
    resolved = replace(view, **changed) if changed else view  # type: ignore[arg-type]
    if resolved.gradients is not None and objective_of(resolved) is None:
        resolved = replace(resolved, gradients=None)
    return resolved


def _picked(view: View) -> tuple[int, Direction, tuple[int, ...]]:
    if view.document is None:
        return view.layer, view.direction, view.units
    spec = view.document.spec
    layer = max(0, min(view.layer, spec.num_layers - 1))
    direction: Direction = view.direction if view.direction in spec.directions else "forward"
    size = spec.units_of(layer, direction)
    units = tuple(dict.fromkeys(unit for unit in view.units if 0 <= unit < size))
    return layer, direction, units or (0,)


def objective_of(view: View) -> Objective | None:
    """Name what is differentiated at a view, or None where there is nothing to differentiate yet.

    On the way back that is the whole loss, or what the run has reached of it, at every position.
    """
    trace = view.trace
    if trace is not None and view.backward and loss_steps(trace).any():
        return _whole(view, trace)
    if trace is None or view.position == 0:
        return None
    if view.probe is not None:
        return view.probe if _is_reached(view, trace, view.probe) else None
    has_loss = loss_steps(trace)
    if view.scope == "whole":
        return _whole(view, trace) if view.published == trace.schedule.positions else None
    step = trace.reached(view.position, NETWORK, "forward").stop - 1
    if step < 0:
        return None
    counted = has_loss[step] if view.scope == "at" else has_loss[: step + 1].any()
    return LossObjective(view.scope, step) if counted else None


def _whole(view: View, trace: TraceView) -> Objective | None:
    """The loss of all steps; while the run is under way, of those that it has reached."""
    has_loss = loss_steps(trace)
    if view.published == trace.schedule.positions:
        return LossObjective("whole") if has_loss.any() else None
    last = trace.reached(view.published, NETWORK, "forward").stop - 1
    return LossObjective("upto", last) if has_loss[: last + 1].any() else None


def _is_reached(view: View, trace: TraceView, probe: ProbeObjective) -> bool:
    reached = trace.reached(view.published, probe.layer, probe.direction)
    return reached.start <= probe.step < reached.stop


def loss_steps(trace: TraceView) -> NDArray[np.bool_]:
    """Mark the steps that have an output and a target, and therefore a loss: [S]."""
    return trace.has_loss


def keeps_weights(new: NetworkSpec, old: NetworkSpec) -> bool:
    """Say whether the weights of a network fit another one, and no new initialisation is asked for."""
    same = all(getattr(new, name) == getattr(old, name) for name in _SHAPES + _INITIALISATION)
    learned = (new.initial_state == "learned") == (old.initial_state == "learned")
    return same and learned and (new.readout is None) == (old.readout is None)


def fitting_scaling(scaling: Scaling | None, spec: NetworkSpec) -> Scaling | None:
    """Return what of a scaling another network can have: its matrices that are still there, None where none is."""
    known = recurrent_blocks(spec)
    if scaling is None or not known:
        return None
    if scaling.blocks is None:
        return scaling
    kept = tuple(block for block in scaling.blocks if block in known)
    return msgspec.structs.replace(scaling, blocks=kept) if kept else None


def probe_fault(view: View, probe: ProbeObjective) -> str:
    """Say why a probe is impossible, in one sentence; empty when it is possible."""
    if view.trace is None:
        return "there is no run yet, so there is nothing to probe"
    try:
        field = view.trace.record.layout.field(probe.signal, probe.layer, probe.direction)
    except KeyError as error:
        return str(error.args[0])
    if not 0 <= probe.unit < field.size:
        return f"unit {probe.unit + 1} cannot be probed: {probe.signal} has {field.size} units"
    if not 0 <= probe.step < view.trace.steps:
        return f"step {probe.step + 1} cannot be probed: the sequence has {view.trace.steps} steps"
    if probe.layer == NETWORK and not view.trace.schedule.has_output[probe.step]:
        return f"step {probe.step + 1} cannot be probed: it has no output"
    return ""
