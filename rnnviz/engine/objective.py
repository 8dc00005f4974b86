"""What is differentiated: a sum of losses, or one number; and where its gradient enters the network."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.errors import ObjectiveError
from rnnviz.engine.messages import LossObjective, Objective, ProbeObjective
from rnnviz.engine.readout import output_to_scores
from rnnviz.engine.record import NETWORK
from rnnviz.engine.scaled import Scaled
from rnnviz.engine.spec import Direction

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace


@dataclass(frozen=True, eq=False)
class Start:
    """Where a gradient enters.

    Parameters
    ----------
    value : float
        The number that is differentiated.
    output : Tensor, [S, O]
        Its derivative with respect to the outputs.
    scores : Tensor, [S, O]
        The same with respect to the readout before its activation.
    probed : dict
        (layer, direction) -> signal -> the derivative with respect to it, [S, H].
    entered : ndarray, [S]
        The steps at whose readout it enters, be it a zero.
    """

    value: float
    output: Tensor
    scores: Tensor
    entered: NDArray[np.bool_]
    probed: dict[tuple[int, Direction], dict[str, Scaled]] = field(default_factory=dict)

    @property
    def reach(self) -> int:
        """Number of steps up to the last one at which a gradient enters."""
        entered = [Scaled.plain(self.output), Scaled.plain(self.scores)]
        entered += [rows for signals in self.probed.values() for rows in signals.values()]
        return max(rows.reach for rows in entered)


def start_of(trace: Trace, objective: Objective) -> Start:
    """Find where the gradient of an objective enters.

    Raises
    ------
    ObjectiveError
        When there is no target for a loss, or a probe names something that is not there.
    """
    if isinstance(objective, LossObjective):
        return _loss(trace, objective)
    return _probe(trace, objective)


def _loss(trace: Trace, objective: LossObjective) -> Start:
    if trace.targets.kind is None:
        raise ObjectiveError("there is no target, and so no loss to differentiate: give a target or choose a probe")
    steps = np.arange(trace.steps)
    chosen = {"whole": steps >= 0, "upto": steps <= objective.step, "at": steps == objective.step}[objective.scope]
    chosen = chosen & _reached(trace)
    losses = trace.step_losses.astype(np.float64)[chosen]
    rows = torch.from_numpy(chosen)[:, None]
    output = _network(trace, "output")
    at_output = at_scores = torch.where(rows, trace.targets.output_gradient(output), 0.0)
    if trace.network.spec.readout not in (None, "linear"):
        at_scores = torch.where(rows, trace.targets.score_gradient(_network(trace, "logits"), output), 0.0)
    return Start(float(np.nansum(losses)), at_output, at_scores, chosen & trace.targets.known.numpy())


def _reached(trace: Trace) -> np.ndarray:
    reached = np.zeros(trace.steps, bool)
    reached[trace.schedule.outputs_reached(trace.position)] = True
    return reached


def _probe(trace: Trace, objective: ProbeObjective) -> Start:
    layer, direction, name = objective.layer, objective.direction, objective.signal
    size = _size(trace, objective)
    if not 0 <= objective.unit < size:
        raise ObjectiveError(f"the probe names unit {objective.unit + 1} of {name}, but there are {size}")
    if not 0 <= objective.step < trace.steps:
        raise ObjectiveError(f"the probe names step {objective.step + 1}, but there are {trace.steps}")
    _check_reached(trace, objective)
    value = float(trace.record.signal(name, layer, direction)[objective.step, objective.unit])
    outputs = trace.network.spec.outputs
    nothing = torch.zeros(trace.steps, outputs, dtype=torch.float64)
    entered = torch.zeros(trace.steps, size, dtype=torch.float64)
    entered[objective.step, objective.unit] = 1.0
    if layer != NETWORK:
        return Start(
            value, nothing, nothing, np.zeros(trace.steps, bool), {(layer, direction): {name: Scaled.plain(entered)}}
        )
    here = np.arange(trace.steps) == objective.step
    if name == "logits":
        return Start(value, nothing, entered, here)
    scores = output_to_scores(_network(trace, "output"), entered, trace.network.spec.readout)
    return Start(value, entered, torch.where(entered.any(-1, keepdim=True), scores, 0.0), here)


def _check_reached(trace: Trace, objective: ProbeObjective) -> None:
    schedule, step = trace.schedule, objective.step
    if objective.layer == NETWORK:
        if not schedule.has_output[step]:
            raise ObjectiveError(f"the probe names step {step + 1}, but that step has no output")
        reached = schedule.outputs_reached(trace.position)
    else:
        reached = schedule.reached(trace.position, objective.layer, objective.direction)
    if not reached.start <= step < reached.stop:
        raise ObjectiveError(f"the probe names step {step + 1}, but the run has not reached it")


def _size(trace: Trace, objective: ProbeObjective) -> int:
    try:
        field_ = trace.record.layout.field(objective.signal, objective.layer, objective.direction)
    except KeyError as missing:
        raise ObjectiveError(f"the probe cannot be set: {missing.args[0]}") from missing
    if objective.layer == NETWORK and objective.signal not in ("output", "logits"):
        raise ObjectiveError(
            f"the probe cannot be set on {objective.signal}: choose output, logits or a layer's signal"
        )
    return field_.size


def _network(trace: Trace, name: str) -> Tensor:
    return torch.from_numpy(trace.record.signal(name, NETWORK).astype(np.float64))
