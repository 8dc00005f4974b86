"""The phase portrait of a state of two units, and of one: where a step takes it, and where it leaves it as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.analyses.base import Analysis, Memo
from rnnviz.engine.answer import Answer
from rnnviz.engine.cellmap import CellMap, window
from rnnviz.engine.errors import SpecError
from rnnviz.engine.jacobian import ran_order
from rnnviz.engine.jobs import Job
from rnnviz.engine.requests import Phase

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

_FINE = 121
"""Places of the grid along each of two units."""

_FINEST = 1201
"""Places along a single unit."""

_VISITED = 500
Numbers = NDArray[np.float64]


def _answer(trace: Trace, request: Phase, memo: Memo) -> Job[Answer]:
    """Arrays "first" and "second" [n], the grid of the two units; "field" [n, n, 2]; "nullcline 1" and "2" [m, 2, 2].

    field[i, j] is F(s) - s at s = (first[j], second[i]). A nullcline is made of straight pieces, each from one place
    to another, on which the unit of its number stays as it is. Of a single unit there are "first" [n] and "map" [n],
    the state that follows each.

    Facts: the "state"; "held", the names of the other states. Array "held" [states - 1, units]: what they are held at.
    """
    cell = CellMap(trace, request.layer, request.direction, request.step)
    state = request.state or cell.states[0]
    if state not in cell.states:
        raise SpecError(f"This cell carries no state {state}: choose one of {', '.join(cell.states)}.")
    if cell.units > 2:
        raise SpecError(f"A phase portrait is of a layer with one or two units: this one has {cell.units:,}.")
    base = _held(trace, request, cell)
    mine = slice(cell.states.index(state) * cell.units, (cell.states.index(state) + 1) * cell.units)
    yield 0, 2
    low, high = window(cell.visited(_VISITED)[:, mine])
    fine = _FINE if cell.units == 2 else _FINEST
    axes = [torch.linspace(float(low[k]), float(high[k]), fine, dtype=torch.float64) for k in range(cell.units)]
    places = torch.cartesian_prod(*reversed(axes)).reshape(-1, cell.units).flip(1)
    whole = base.expand(len(places), -1).clone()
    whole[:, mine] = places
    after = cell(whole)[:, mine]
    yield 1, 2
    others = tuple(name for name in cell.states if name != state)
    kept = [base[k * cell.units : (k + 1) * cell.units] for k, name in enumerate(cell.states) if name != state]
    arrays: dict[str, NDArray[np.generic]] = {"first": axes[0].numpy()}
    arrays["held"] = torch.stack(kept).numpy() if kept else np.zeros((0, cell.units))
    arrays |= _plane(axes, after - places) if cell.units == 2 else {"map": after[:, 0].numpy()}
    return Answer(arrays, {"state": state, "held": others})


def _held(trace: Trace, request: Phase, cell: CellMap) -> Tensor:
    """All states after the step at which they are held, [S]; zeros where there is none."""
    if request.at is None:
        return torch.zeros(cell.size, dtype=torch.float64)
    if request.at not in ran_order(trace, trace.network.at(request.layer, request.direction)):
        raise SpecError(f"The run has not reached step {request.at + 1} of this layer: step forward, or run all.")
    rows = [trace.signal(name, request.layer, request.direction)[request.at] for name in cell.states]
    found = torch.from_numpy(np.concatenate(rows).astype(np.float64))
    if not bool(found.isfinite().all()):
        raise SpecError(f"A state is not finite at step {request.at + 1}: go to a step at which all are.")
    return found


def _plane(axes: list[Tensor], field: Tensor) -> dict[str, NDArray[np.generic]]:
    x, y = (axis.numpy() for axis in axes)
    values = field.reshape(_FINE, _FINE, 2).numpy()
    arrays: dict[str, NDArray[np.generic]] = {"second": y, "field": values}
    for unit in (0, 1):
        arrays[f"nullcline {unit + 1}"] = zero_contour(x, y, values[:, :, unit])
    return arrays


def zero_contour(x: Numbers, y: Numbers, values: Numbers) -> Numbers:
    """Where values on a grid are zero, as straight pieces.

    Every square of the grid is cut along its diagonal; across a triangle the values are taken as linear.

    Parameters
    ----------
    x, y : ndarray, [n], [m]
    values : ndarray, [m, n]

    Returns
    -------
    ndarray, [k, 2, 2]
        The two ends (x, y) of every piece.
    """
    across, up = np.meshgrid(x, y)
    whole = np.stack([across, up, values], -1)
    corners = whole[:-1, :-1], whole[:-1, 1:], whole[1:, 1:], whole[1:, :-1]
    triangles = np.concatenate(
        [np.stack([corners[0], corners[k], corners[k + 1]], 2).reshape(-1, 3, 3) for k in (1, 2)]
    )
    triangles = triangles[np.isfinite(triangles).all((1, 2))]
    above = triangles[:, :, 2] > 0
    lone = np.where(above.sum(1) == 1, above.argmax(1), (~above).argmax(1))
    mixed = (above.sum(1) > 0) & (above.sum(1) < 3)
    rows, lone = triangles[mixed], lone[mixed]
    every = np.arange(len(rows))
    tip = rows[every, lone]
    ends = []
    for turn in (1, 2):
        other = rows[every, (lone + turn) % 3]
        share = tip[:, 2] / (tip[:, 2] - other[:, 2])
        ends.append(tip[:, :2] + share[:, None] * (other - tip)[:, :2])
    return np.stack(ends, 1)


ANALYSIS = Analysis(Phase, _answer)
