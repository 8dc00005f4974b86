"""The phase portrait of a state of two units: where a step takes it, and where it leaves a unit as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from rnnviz.engine.analyses.base import Analysis, Memo
from rnnviz.engine.answer import Answer
from rnnviz.engine.cellmap import CellMap, window
from rnnviz.engine.errors import SpecError
from rnnviz.engine.jobs import Job
from rnnviz.engine.requests import Phase

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

_FINE = 121
"""Places of the grid along each unit."""

_VISITED = 500
Numbers = NDArray[np.float64]


def _answer(trace: Trace, request: Phase, memo: Memo) -> Job[Answer]:
    """Arrays "first" and "second" [n], the grid of the two units; "field" [n, n, 2]; "nullcline 1" and "2" [m, 2, 2].

    field[i, j] is F(s) - s at s = (first[j], second[i]). A nullcline is made of straight pieces, each from one place
    to another, on which the unit of its number stays as it is.
    """
    cell = CellMap(trace, request.layer, request.direction, request.step)
    if cell.size != 2:
        raise SpecError("A phase portrait is of a layer with two units and one state: this one has other sizes.")
    low, high = window(cell.visited(_VISITED))
    first, second = (torch.linspace(float(low[k]), float(high[k]), _FINE, dtype=torch.float64) for k in (0, 1))
    yield 0, 2
    places = torch.cartesian_prod(second, first).flip(1)
    field = (cell(places) - places).reshape(_FINE, _FINE, 2).numpy()
    yield 1, 2
    x, y = first.numpy(), second.numpy()
    arrays: dict[str, NDArray[np.generic]] = {"first": x, "second": y, "field": field}
    for unit in (0, 1):
        arrays[f"nullcline {unit + 1}"] = zero_contour(x, y, field[:, :, unit])
    return Answer(arrays)


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
