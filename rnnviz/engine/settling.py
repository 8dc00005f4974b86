"""Ways from many states at once to where a cell stays: Newton's, and along the flow.

A small residual F(s) - s does not tell a fixed point: where gates are shut the state hardly moves, however far it is
from one. Newton's correction is left as it is by such a gate, so it is what has to shrink (Deuflhard, Newton Methods
for Nonlinear Problems, 2011, section 3.3). From where that leads nowhere, ds/dt = F(s) - s is followed with implicit
steps that grow (Kelley and Keyes, 1998, "Convergence analysis of pseudo-transient continuation").
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from rnnviz.engine.aside import aside
from rnnviz.engine.cellmap import CellMap
from rnnviz.engine.jobs import Job

RESIDUAL = 1e-10
"""Residuals up to which a state counts as fixed, against the larger of 1 and its norm."""

CORRECTION = 1e-7
"""Newton's corrections up to which it does, likewise."""

_EXACT = 4e-16
"""Residuals that are rounding: there no correction is asked for, as on a line of fixed points."""

_HALVINGS, _LEAST_REACH, _FARTHEST, _STANDS = 4, 1e-8, 0.4, 1e-12


class Stride(NamedTuple):
    """Where a step leads [n, S], how long the next may be [n], and which states are fixed or lead nowhere, [n]."""

    states: Tensor
    reach: Tensor
    fixed: Tensor
    over: Tensor


def settle(step: Callable[[Tensor, Tensor], Stride], states: Tensor, rounds: int) -> Job[tuple[Tensor, Tensor]]:
    """Go on from every state until it is fixed or leads nowhere; the states, and which of them are fixed."""
    states = states.clone()
    reach = torch.ones(len(states), dtype=torch.float64)
    fixed = torch.zeros(len(states), dtype=torch.bool)
    active = torch.arange(len(states))
    for turn in range(rounds):
        moved = aside(partial(step, states[active], reach[active]))
        while True:
            try:
                next(moved)
            except StopIteration as end:
                found: Stride = end.value
                break
            yield turn, rounds
        states[active], reach[active], fixed[active] = found.states, found.reach, found.fixed
        active = active[~(found.fixed | found.over)]
        if not len(active):
            break
        yield turn, rounds
    return states, fixed


def newton(cell: CellMap, ends: tuple[Tensor, Tensor], states: Tensor, damping: Tensor) -> Stride:
    """Newton's step from every state, held within the bounds, and damped until the correction shrinks."""
    residual = cell(states) - states
    known = residual.isfinite().all(1)
    slope = cell.jacobian(states) - torch.eye(cell.size, dtype=torch.float64)
    factors, pivots, failed = torch.linalg.lu_factor_ex(torch.nan_to_num(slope, 0.0, 0.0, 0.0))

    def corrected(rest: Tensor) -> Tensor:
        """Newton's correction for a residual by the slopes of this step."""
        solved: Tensor = torch.linalg.lu_solve(factors, pivots, -rest[:, :, None])
        return solved[:, :, 0]

    step = corrected(residual)
    scale, length = states.norm(dim=1).clamp(min=1.0), step.norm(dim=1)
    solved = known & (failed == 0) & length.isfinite()
    rest = residual.norm(dim=1)
    exact, near = rest <= _EXACT * scale, solved & (length <= CORRECTION * scale)
    fixed = known & (exact | (near & (rest <= RESIDUAL * scale)))
    states_after, taken = states, exact & ~near  # where all around is fixed, a correction is rounding
    for _ in range(_HALVINGS):
        there = _held(states + damping[:, None] * torch.nan_to_num(step), ends)
        after = corrected(cell(there) - there).norm(dim=1)
        better = solved & ~taken & (after <= (1 - damping / 4) * length)
        states_after = torch.where(better[:, None], there, states_after)
        damping = torch.where(better | taken, damping, damping / 3)
        taken |= better
    over = ~solved | (damping < _LEAST_REACH)
    return Stride(states_after, torch.where(taken, (2 * damping).clamp(max=1.0), damping), fixed, over)


def flow(cell: CellMap, ends: tuple[Tensor, Tensor], states: Tensor, span: Tensor) -> Stride:
    """An implicit step of Euler along ds/dt = F(s) - s from every state, the longer the less it moves."""
    residual = cell(states) - states
    known = residual.isfinite().all(1)
    eye = torch.eye(cell.size, dtype=torch.float64)
    slope = torch.nan_to_num(cell.jacobian(states) - eye, 0.0, 0.0, 0.0)
    step, failed = torch.linalg.solve_ex(eye / span[:, None, None] - slope, residual[:, :, None])
    step = step[:, :, 0]
    far = step.abs().amax(1) / states.norm(dim=1).clamp(min=1.0)
    taken = known & (failed == 0) & (far <= _FARTHEST)
    there = _held(states + torch.nan_to_num(step), ends)
    grown = torch.where(far < _FARTHEST / 2, 2 * span, span).clamp(max=1e12)
    arrived = taken & (far < _STANDS)
    return Stride(
        torch.where(taken[:, None], there, states),
        torch.where(taken, grown, span / 4),
        torch.zeros_like(taken),
        ~known | arrived | (span < _LEAST_REACH),
    )


def _held(states: Tensor, ends: tuple[Tensor, Tensor]) -> Tensor:
    return torch.minimum(torch.maximum(states, ends[0]), ends[1])
