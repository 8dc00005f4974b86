"""Fixed points of a cell: states that a step with a constant input returns as they are.

As Sussillo and Barak (2013, "Opening the black box: low-dimensional dynamics in high-dimensional recurrent neural
networks") find them: q(s) = |F(s, x*) - s|^2 / 2 is made small from many states, here by Gauss and Newton's step with
Levenberg and Marquardt's damping, in float64. Newton's own steps then tell slow states from fixed ones, and starts
that come to nothing so follow the flow. The eigenvalues of dF/ds there tell what becomes of states nearby.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.aside import aside
from rnnviz.engine.cellmap import CellMap, window
from rnnviz.engine.jobs import Job
from rnnviz.engine.settling import flow, newton, settle

ROUNDS, CORRECTING, FLOWING = 120, 60, 80
"""Steps down, of Newton and along the flow, after which a start is given up."""

STALLED = 12
"""Rounds in which a residual has to fall by a tenth, or the way down is left."""

ALIKE = 1e-5
"""Distances up to which two states count as one, likewise."""

ON_CIRCLE = 1e-6
"""Distances from the unit circle up to which an eigenvalue counts as upon it."""

_STARTS, _SETTLED, _CORNERS, _GRID, _MOST_FOUND = 96, 8, 16, 9, 64
_SETTLING = 120
_WORK = 3_000_000


@dataclass(frozen=True, eq=False)
class Found:
    """Where the search has ended.

    Parameters
    ----------
    points : Tensor, [P, S]
        Fixed points, each once; those that most starts came to first.
    counts : ndarray, [P]
        How many starts came to each.
    starts, elsewhere : int
        How many starts there were, and how many ended where nothing is fixed, or where the cell cannot come to.
    """

    points: Tensor
    counts: NDArray[np.int64]
    starts: int
    elsewhere: int


def fixed_points(cell: CellMap) -> Job[Found]:
    """Find the fixed points of a map.

    Parameters
    ----------
    cell : CellMap

    Returns
    -------
    Found
    """
    ends = cell.bounds()
    begun = starts(cell)
    lowest = yield from _descend(cell, begun)
    states, fixed = yield from settle(partial(newton, cell, ends), lowest, CORRECTING)
    left = torch.nonzero(cell.within(begun) & ~(fixed & cell.within(states)))[:, 0]
    if len(left):
        ended, _ = yield from settle(partial(flow, cell, ends), begun[left], FLOWING)
        states[left], fixed[left] = yield from settle(partial(newton, cell, ends), ended, CORRECTING)
    good = fixed & cell.within(states)
    points, counts = _apart(states[good])
    return Found(points, counts, len(begun), int((~good).sum()))


def starts(cell: CellMap) -> Tensor:
    """Where the search starts, [n, S]: states of the run, where these settle, moved at random, corners, and a grid."""
    most = int(max(8, min(_STARTS, _WORK // cell.size**2)))
    passed = cell.visited(most // 2)
    spread = passed.std(0, unbiased=False).clamp(min=0.1) if len(passed) else torch.full((cell.size,), 0.5)
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(most - len(passed), cell.size, generator=generator, dtype=torch.float64)
    base = passed[torch.arange(len(noise)) % len(passed)] if len(passed) else torch.zeros_like(noise)
    low, high = cell.bounds()
    moved = torch.minimum(torch.maximum(base + 1.5 * spread * noise, low), high)
    settled = cell.visited(_SETTLED)
    for _ in range(_SETTLING):
        settled = cell(settled)
    settled = settled[settled.isfinite().all(1)]
    parts = [torch.zeros(1, cell.size, dtype=torch.float64), passed, settled, moved]
    if bool((low.isfinite() & high.isfinite()).all()):
        drawn = torch.rand(min(_CORNERS, most // 4), cell.size, generator=generator, dtype=torch.float64)
        parts.append(torch.where(drawn < 0.5, low, high))
    if cell.size <= 2:
        seen = zip(*window(passed), strict=True)
        axes = [torch.linspace(float(a), float(b), _GRID, dtype=torch.float64) for a, b in seen]
        parts.append(torch.cartesian_prod(*axes).reshape(-1, cell.size))
    return torch.cat(parts)


def _descend(cell: CellMap, states: Tensor) -> Job[Tensor]:
    """Go down from every start until it is fixed or no longer falls; where that is."""
    states = states.clone()
    damping = torch.full((len(states),), 1e-2, dtype=torch.float64)
    residuals = torch.full((len(states),), torch.inf, dtype=torch.float64)
    active, marks = torch.arange(len(states)), residuals.clone()
    for turn in range(ROUNDS):
        moved = aside(partial(_step, cell, states[active], damping[active]))
        while True:
            try:
                next(moved)
            except StopIteration as end:
                states[active], residuals[active], damping[active] = end.value
                break
            yield turn, ROUNDS
        scale = states[active].norm(dim=1).clamp(min=1.0)
        done = (residuals[active] <= 1e-14 * scale) | ~residuals[active].isfinite() | (damping[active] > 1e12)
        if turn % STALLED == STALLED - 1:
            done |= (residuals[active] > 0.9 * marks[active]) & marks[active].isfinite()
            marks = residuals.clone()
        active = active[~done]
        if not len(active):
            break
        yield turn, ROUNDS
    return states


def _step(cell: CellMap, states: Tensor, damping: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """One damped step of Gauss and Newton from every state: where it leads, the residuals, and the next damping."""
    residual = cell(states) - states
    known = residual.isfinite().all(1)
    residual = torch.where(known[:, None], residual, 0.0)
    eye = torch.eye(cell.size, dtype=torch.float64)
    slope = torch.nan_to_num(cell.jacobian(states) - eye, 0.0, 0.0, 0.0)
    normal = slope.mT @ slope + damping[:, None, None] * eye
    wanted = (slope.mT @ residual[:, :, None])[:, :, 0]
    factor, failed = torch.linalg.cholesky_ex(normal)
    step = -torch.cholesky_solve(wanted[:, :, None], factor)[:, :, 0]
    there = states + step
    after = (cell(there) - there).norm(dim=1)
    before = residual.norm(dim=1)
    better = (failed == 0) & after.isfinite() & (after < before)
    states = torch.where(better[:, None], there, states)
    now = torch.where(better, after, torch.where(known, before, torch.inf))
    return states, now, torch.where(better, (damping / 8).clamp(min=1e-15), damping * 6)


def _apart(states: Tensor) -> tuple[Tensor, NDArray[np.int64]]:
    """Every state once, with how often it was found; at most 64, the most frequent."""
    kept: list[Tensor] = []
    counts: list[int] = []
    for state in states:
        near = ALIKE * max(1.0, float(state.norm()))
        gaps = (torch.stack(kept) - state).norm(dim=1) if kept else torch.zeros(0)
        place = int(gaps.argmin()) if kept else -1
        if kept and float(gaps[place]) < near:
            counts[place] += 1
        else:
            kept.append(state)
            counts.append(1)
    ranked = sorted(range(len(kept)), key=lambda k: -counts[k])[:_MOST_FOUND]
    points = torch.stack([kept[k] for k in ranked]) if kept else states[:0]
    return points, np.array([counts[k] for k in ranked], np.int64)


def kind_of(eigenvalues: NDArray[np.complex128]) -> str:
    """Return what a fixed point is by its eigenvalues: "stable", "saddle", "unstable", or "marginal" on the circle."""
    sizes = np.abs(eigenvalues)
    outside, upon = sizes > 1 + ON_CIRCLE, np.abs(sizes - 1) <= ON_CIRCLE
    if (upon.any() and not outside.any()) or np.isnan(sizes).any():
        return "marginal"  # nothing is decided by slopes of one, or by such as there are none of
    if not outside.any():
        return "stable"
    return "unstable" if (outside | upon).all() else "saddle"
