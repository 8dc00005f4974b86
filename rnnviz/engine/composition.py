"""The composition of one number along a whole run, of whatever length, in memory that does not grow with its square.

:class:`rnnviz.engine.memory.Memory` says what is computed. Here a run is walked through once, a stretch of steps at a
time, for one unit or for the mean over all of them, with every origin apart, or origins in blocks, or a window of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.backsource import cell_trace
from rnnviz.engine.errors import SpecError
from rnnviz.engine.jobs import Job
from rnnviz.engine.language.model import Expr
from rnnviz.engine.network import CellLayer
from rnnviz.engine.selfpath import Kind, SelfFactor
from rnnviz.engine.spec import Direction

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

Values = NDArray[np.float64]

_STRETCH = 1 << 16
"""Numbers that are read of a run at once."""
_WORK = 1 << 20
"""Numbers that are multiplied between two reports of progress: a few milliseconds."""


@dataclass(frozen=True)
class Parts:
    """Which steps are taken apart, and into what, all in the order in which the cell ran.

    Parameters
    ----------
    start, stop : int
        The rows. What was written before `start` is part of what is left of the beginning.
    block : int
        Origins per part.
    """

    start: int
    stop: int
    block: int = 1

    @property
    def count(self) -> int:
        """Number of parts, without the beginning."""
        return -(-(self.stop - self.start) // self.block)


@dataclass(frozen=True, eq=False)
class Composition:
    """What a state is made of, one number per step: that of a unit, or the mean over the units.

    All arrays are in the order of the steps of the sequence; what the run has not reached is NaN.

    Parameters
    ----------
    state : str
    kind : {"kept", "linearised", "overwritten"}
        See :class:`rnnviz.engine.memory.Memory`.
    factor : Expr or None
        What the state is kept with, where that stands in the equations.
    values, kept, written : ndarray, [S]
        s_t, f_t s_{t-1}, and what step t writes.
    highway, widest : ndarray, [S]
        log10 |f_{k+1} ... f_t| from the anchor k on: of the unit, or of the mean of it over the units; and of the unit
        at which it is largest, which is the largest singular value of that path.
    bands : ndarray, [R, K + 1]
        Of the steps from `first` on: what is left of the beginning, then of what was written by each part.
    first : int
    origins : int array [K, 2]
        The first and last step of each part.
    """

    state: str
    kind: Kind
    factor: Expr | None
    values: Values
    kept: Values
    written: Values
    highway: Values
    widest: Values
    bands: Values
    first: int
    origins: NDArray[np.int64]


def chosen_state(trace: Trace, at: CellLayer, state: str) -> SelfFactor:
    """The state that is meant: the first that keeps something of itself where none is named, else the first."""
    if state and state not in at.cell.states:
        listed = ", ".join(at.cell.states) or "none"
        raise SpecError(f"the cell of layer {at.layer + 1} has no state {state}; it has {listed}")
    if not at.cell.states:
        raise SpecError("this cell carries no state from step to step, so there is nothing to take apart")
    found = [SelfFactor(trace, at, name) for name in ((state,) if state else at.cell.states)]
    kinds = [path.kind for path in found]
    return found[next((kinds.index(kind) for kind in ("kept", "linearised") if kind in kinds), 0)]


def compose(
    trace: Trace,
    layer: int,
    direction: Direction,
    state: str = "",
    unit: int | None = None,
    anchor: int = 0,
    parts: Parts | None = None,
) -> Job[Composition]:
    """Walk through a run and take a state apart.

    Parameters
    ----------
    trace : Trace
    layer : int
    direction : {"forward", "backward"}
    state : str
        Empty: the first that keeps something of itself.
    unit : int or None
        Counted from 0; None: the mean over the units.
    anchor : int
        Where the product of the factors begins.
    parts : Parts or None
        None: no bands.

    Raises
    ------
    SpecError
        When there is no such layer, state, unit or step.
    """
    at = trace.network.at(layer, direction)
    path = chosen_state(trace, at, state)
    if unit is not None and not 0 <= unit < at.units:
        raise SpecError(f"unit {unit + 1} was asked for, but there are {at.units}")
    if not 0 <= anchor < trace.steps:
        raise SpecError(f"step {anchor + 1} was asked for, but there are {trace.steps}")
    walk = _Walk(trace, at, path, unit, anchor, parts)
    yield from walk.run()
    return walk.found()


class _Walk:
    """One walk through a run, in the order in which the cell ran."""

    def __init__(
        self, trace: Trace, at: CellLayer, path: SelfFactor, unit: int | None, anchor: int, parts: Parts | None
    ) -> None:
        self._path, self._source, self._backward = path, cell_trace(trace, at), at.direction == "backward"
        self._units = slice(None) if unit is None else slice(unit, unit + 1)
        self._width = at.units if unit is None else 1
        self._steps = trace.steps
        reached = trace.schedule.reached(trace.position, at.layer, at.direction)
        self._reached = reached.stop - reached.start
        self._stretch = max(1, _STRETCH // at.units)
        self._anchor = self._steps - 1 - anchor if self._backward else anchor
        self._travelled = np.zeros(self._width)
        self._series = np.full((5, trace.steps), np.nan)
        self._parts = parts
        count = 0 if parts is None else parts.count
        self._bands = np.full((0 if parts is None else parts.stop - parts.start, count + 1), np.nan)
        self._left = np.zeros((count + 1, self._width))

    def run(self) -> Job[None]:
        for start in range(0, self._reached, self._stretch):
            stop = min(start + self._stretch, self._reached)
            values = self._source.quantity(self._path.state, start, stop).numpy()[:, self._units]
            before = self._source.quantity(self._path.state, start - 1, stop - 1).numpy()[:, self._units]
            factor = self._path.rows(start, stop).numpy()[:, self._units]
            kept = kept_of(factor, before)
            with np.errstate(invalid="ignore", over="ignore"):
                written = values - kept
                for row, rows in enumerate((values, kept, written)):
                    self._series[row, start:stop] = rows.mean(1)
            self._travel(start, factor)
            yield start, self._reached
            yield from self._take_apart(start, before, factor, written)

    def _travel(self, start: int, factor: Values) -> None:
        """Go on with the product of the factors since the anchor."""
        if start + len(factor) <= self._anchor:
            return
        first = max(start, self._anchor)
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log10(np.abs(factor[first - start :]))
            if first == self._anchor:
                logs[0] = 0.0
            logs = np.cumsum(np.vstack([self._travelled, logs]), axis=0)[1:]
        self._travelled = logs[-1]
        stop = start + len(factor)
        self._series[3, first:stop] = _log_mean(logs)
        self._series[4, first:stop] = logs.max(1)

    def _take_apart(self, start: int, before: Values, factor: Values, written: Values) -> Job[None]:
        parts = self._parts
        if parts is None:
            return
        every = max(1, _WORK // (len(self._left) * self._width))
        for row in range(max(start, parts.start), min(start + len(factor), parts.stop)):
            place = row - start
            if row == parts.start:
                self._left[0] = before[place]
            part = (row - parts.start) // parts.block
            left = self._left[: part + 2]
            f = factor[place]
            with np.errstate(invalid="ignore", over="ignore", under="ignore"):
                left *= f
                left[:, f == 0] = 0.0  # a factor of zero keeps nothing even of infinity
                left[part + 1] += written[place]
                self._bands[row - parts.start, : part + 2] = left.mean(1) if self._width > 1 else left[:, 0]
            self._bands[row - parts.start, part + 2 :] = 0.0
            if row % every == 0:
                yield row, self._reached

    def found(self) -> Composition:
        """Everything in the order of the sequence's steps."""
        series, bands, parts = self._series, self._bands, self._parts or Parts(0, 0)
        edges = np.minimum(parts.start + np.arange(parts.count + 1) * parts.block, parts.stop)
        origins = np.stack([edges[:-1], edges[1:] - 1], 1)
        first = parts.start
        if self._backward:
            series, bands = series[:, ::-1], bands[::-1, np.r_[0, len(origins) : 0 : -1]]
            origins, first = self._steps - 1 - origins[::-1, ::-1], self._steps - parts.stop
        values, kept, written, highway, widest = series
        path = self._path
        return Composition(
            path.state,
            path.kind,
            path.expression,
            values,
            kept,
            written,
            highway,
            widest,
            bands,
            first,
            origins.astype(np.int64),
        )


def kept_of(factor: Values, before: Values) -> Values:
    """The product; a factor of zero keeps nothing even of infinity (the stabiliser of an sLSTM starts at -inf)."""
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        return np.where(factor == 0, 0.0, factor * before)


def _log_mean(logs: Values) -> Values:
    """log10 of the mean over the units of what their logarithms stand for."""
    top = logs.max(1)
    safe = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore", under="ignore", over="ignore", invalid="ignore"):
        found = safe + np.log10(np.power(10.0, logs - safe[:, None]).mean(1))
    return np.asarray(np.where(np.isfinite(top), found, top))
