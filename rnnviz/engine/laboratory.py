"""A network at another scale of its recurrent matrices, run on the same sequence: a point of the laboratory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from rnnviz.engine.gradients import Differentiation
from rnnviz.engine.jacobian import ran_order, state_size
from rnnviz.engine.jobs import Job
from rnnviz.engine.language.model import Call
from rnnviz.engine.messages import LossObjective
from rnnviz.engine.network import CellLayer, Network
from rnnviz.engine.paths import path_norms
from rnnviz.engine.rescale import block_name, recurrent_blocks
from rnnviz.engine.run import Running
from rnnviz.engine.spec import Direction

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

NEAR = 0.1
"""How near to an end of its range an activation counts as saturated."""

MOST_MULTIPLIED = 4_000_000_000
"""Cubes of S times steps up to which the product of all Jacobians is formed at every point: half a second."""

_ENDS = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0)}


@dataclass(frozen=True)
class Point:
    """What a network does at one scale of its recurrent matrices.

    Parameters
    ----------
    loss : float
        Summed over all steps; NaN where there is no target.
    gradients : tuple of float
        log10 of the Frobenius norm of dL/dW, per recurrent matrix in the order of `blocks_of`; NaN without a target.
    total : float
        The same for all parameters of the network together.
    reach : float
        log10 of the largest singular value of ds_T/ds_0, T being the last step that has a loss, else the last one;
        NaN where the product of Jacobians would take too long.
    saturated : float
        The share of all values of activations that lie near an end of their range; NaN where none has ends.
    """

    loss: float
    gradients: tuple[float, ...]
    total: float
    reach: float
    saturated: float


def blocks_of(network: Network) -> tuple[tuple[CellLayer, str], ...]:
    """All square recurrent matrices of a network."""
    return tuple((at, name) for at in network.cell_layers for name in recurrent_blocks(at))


def block_names(network: Network) -> tuple[str, ...]:
    """What they are called in a Scaling."""
    return tuple(block_name(at, name) for at, name in blocks_of(network))


def point(trace: Trace, network: Network, layer: int, direction: Direction) -> Job[Point]:
    """Run another network on the sequence of a trace, as far as that has come, and measure what it does.

    Parameters
    ----------
    trace : Trace
    network : Network
        Of the same shapes as that of the trace; what was set by hand in that is set in this one too.
    layer : int
    direction : {"forward", "backward"}
        Of which the reach and the saturation are measured.

    Returns
    -------
    Point
        Numbers that explode are infinite or NaN.
    """
    running = Running(network, trace.x, None, _given(trace), interventions=trace.interventions)
    running.targets = trace.targets
    for done in running.advance(trace.position):
        yield done, 3 * trace.position
    other = running.trace()
    loss, gradients, total = float("nan"), tuple(float("nan") for _ in blocks_of(network)), float("nan")
    if trace.targets.kind is not None:
        work = Differentiation(other, LossObjective("whole"))
        for _ in work.run():
            yield trace.position, 3 * trace.position
        found = {name: torch.from_numpy(value) for name, value in work.gradients.parameters.items()}
        with np.errstate(invalid="ignore", over="ignore"):
            loss = float(other.step_losses[_counted(other)].sum(dtype=np.float64))
        gradients = tuple(log10_norm(_block(found, at, name)) for at, name in blocks_of(network))
        total = log10_norm(np.concatenate([value.numpy().ravel() for value in found.values()]))
    reach = yield from _reach(other, layer, direction)
    shares = near_ends(other, layer, direction)
    saturated = float(np.mean(list(shares.values()))) if shares else float("nan")
    return Point(loss, gradients, total, reach, saturated)


def near_ends(trace: Trace, layer: int = 0, direction: Direction = "forward") -> dict[str, float]:
    """The share of the values of every tanh and sigmoid that lie near an end of its range.

    Parameters
    ----------
    trace : Trace
    layer : int
    direction : {"forward", "backward"}

    Returns
    -------
    dict of str to float
        Per signal that is a tanh or sigmoid of a pre-activation: over all units and the steps that the run has reached.
    """
    at = trace.network.at(layer, direction)
    reached = trace.schedule.reached(trace.position, layer, direction)
    found = {}
    for name in at.cell.order:
        whole = at.cell.expression(name)
        if not at.cell.has_pre(name) or not isinstance(whole, Call):
            continue
        function = trace.network.spec.activation if whole.function == "phi" else whole.function
        values = trace.signal(name, layer, direction)[reached]
        if function in _ENDS and values.size:
            low, high = _ENDS[function]
            found[name] = float(np.mean((values < low + NEAR) | (values > high - NEAR)))
    return found


def log10_norm(values: NDArray[np.float64]) -> float:
    """log10 of the Euclidean norm, which neither underflows nor overflows on the way; -inf for zeros alone."""
    size = float(np.abs(values).max(initial=0.0))
    if not size or not np.isfinite(size):
        return float("-inf") if size == 0 else size
    return float(np.log10(size) + np.log10(np.linalg.norm(values / size)))


def last_step(trace: Trace) -> int:
    """The last step that has a loss, or where none has, the last one that the run has reached."""
    counted = _counted(trace)
    return int(counted[-1]) if len(counted) else trace.steps - 1


def _counted(trace: Trace) -> NDArray[np.intp]:
    """The steps reached that have a loss, whatever number it is."""
    counts = trace.schedule.has_output & trace.targets.known.numpy()
    counts[trace.schedule.outputs_reached(trace.position).stop :] = False
    return np.flatnonzero(counts)


def _block(found: dict[str, torch.Tensor], at: CellLayer, name: str) -> NDArray[np.float64]:
    share = at.shares[name][0]
    block: NDArray[np.float64] = found[share.parameter][share.rows].numpy()
    return block


def _given(trace: Trace) -> dict[str, torch.Tensor] | None:
    """The states before the first step that were given with the run."""
    cells = list(trace.weights.cells.values())
    found = {name: torch.stack([cell.initial[name] for cell in cells]) for name in trace.weights.given}
    return found or None


def _reach(trace: Trace, layer: int, direction: Direction) -> Job[float]:
    at = trace.network.at(layer, direction)
    order = ran_order(trace, at)
    if not len(order) or state_size(at) ** 3 * len(order) > MOST_MULTIPLIED:
        return float("nan")
    last = last_step(trace) if direction == "forward" else order[-1]
    job = path_norms(trace, layer, direction, [order[0]], [min(last, max(order))])
    while True:
        try:
            done, total = next(job)
        except StopIteration as end:
            return float(end.value.log10[0, 0])
        yield 2 * total + done, 3 * total
