"""Saturation: how often a gate stands near one of its ends, and how much of a gradient an activation lets through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from rnnviz.engine.elementwise import FUNCTIONS
from rnnviz.engine.errors import SpecError
from rnnviz.engine.language.model import PRE_SUFFIX, Call
from rnnviz.engine.network import CellLayer
from rnnviz.engine.spec import Direction

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace


@dataclass(frozen=True, eq=False)
class Saturation:
    """How often the units of a signal stand near its ends.

    Parameters
    ----------
    signal : str
    below, above : ndarray, [H]
        The share of the steps reached at which a unit lies below the low threshold and above the high one. NaN values
        count as neither.
    """

    signal: str
    below: NDArray[np.float64]
    above: NDArray[np.float64]


def saturation(
    trace: Trace, layer: int = 0, direction: Direction = "forward", low: float = 0.1, high: float = 0.9
) -> dict[str, Saturation]:
    """The shares of steps at which the gates of a layer are shut or open.

    Parameters
    ----------
    trace : Trace
    layer : int
    direction : {"forward", "backward"}
    low, high : float
        A gate is shut below ``low`` and open above ``high``.

    Returns
    -------
    dict of str to Saturation
        Per gate, in the order of the equations; empty where the cell has none.

    Raises
    ------
    SpecError
        When there is no such layer, or the thresholds are not in order.
    """
    if not low <= high:
        raise SpecError(f"the low threshold is {low} and the high one {high}, but the low one must not be above it")
    at = trace.network.at(layer, direction)
    found = {}
    for info in at.cell.signals:
        if info.kind == "gate":
            values = _reached(trace, at, info.name)
            count = max(1, len(values))
            found[info.name] = Saturation(info.name, (values < low).sum(0) / count, (values > high).sum(0) / count)
    return found


def slopes(trace: Trace, name: str, layer: int = 0, direction: Direction = "forward") -> NDArray[np.float64]:
    """The derivative of the function that a signal is computed with, at every step.

    Parameters
    ----------
    trace : Trace
    name : str
        A signal with a pre-activation: a gate, a candidate, the state of a plain RNN.
    layer : int
    direction : {"forward", "backward"}

    Returns
    -------
    ndarray, [S, H]
        For a sigmoid y (1 - y), for a tanh 1 - y^2; zero where an intervention holds the signal, NaN at steps that the
        run has not reached.

    Raises
    ------
    SpecError
        When there is no such layer or signal, or it is not a function of a pre-activation.
    """
    at = trace.network.at(layer, direction)
    check_activated(at, name)
    function = activation_of(trace, at, name)
    pre = torch.tensor(trace.signal(name + PRE_SUFFIX, layer, direction), dtype=torch.float64, requires_grad=True)
    value = FUNCTIONS[function](pre)
    (slope,) = torch.autograd.grad(value, pre, torch.ones_like(value))
    free = trace.holds.free(layer, direction, name, slice(0, trace.steps), slope)
    found: NDArray[np.float64] = free.numpy().copy()
    found[~_mask(trace, at)] = np.nan
    return found


def activated(trace: Trace, layer: int = 0, direction: Direction = "forward") -> tuple[str, ...]:
    """The signals of a layer that are functions of a pre-activation, in the order of the equations."""
    at = trace.network.at(layer, direction)
    return tuple(name for name in at.cell.order if at.cell.has_pre(name))


def check_activated(at: CellLayer, name: str) -> None:
    """Refuse a signal that is not a function of a pre-activation, with a SpecError."""
    at.cell.signal(name)  # refuses what there is not
    if not at.cell.has_pre(name):
        raise SpecError(f"{name} has no activation whose derivative could be shown: it is not a function of products")


def activation_of(trace: Trace, at: CellLayer, name: str) -> str:
    """The name of the function that gives a signal of :func:`activated`; phi is that of the network."""
    whole = at.cell.expression(name)
    assert isinstance(whole, Call)
    return trace.network.spec.activation if whole.function == "phi" else whole.function


def _mask(trace: Trace, at: CellLayer) -> NDArray[np.bool_]:
    found = np.zeros(trace.steps, bool)
    found[trace.schedule.reached(trace.position, at.layer, at.direction)] = True
    return found


def _reached(trace: Trace, at: CellLayer, name: str) -> NDArray[np.float64]:
    return trace.signal(name, at.layer, at.direction)[_mask(trace, at)].astype(np.float64)
