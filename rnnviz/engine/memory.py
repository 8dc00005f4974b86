"""What a state is made of: how much of it was written at which step, and how much of the beginning is left.

With s_t = f_t s_{t-1} + w_t (LSTM: f the forget gate, w = i g; GRU: f = z, w = (1 - z) n), unit by unit,

    s_t = sum over k <= t of (f_{k+1} ... f_t) w_k  +  (f_1 ... f_t) s_0.

The product of the factors is the highway: the part of ds_t/ds_k that goes through no matrix (Hochreiter and
Schmidhuber 1997, the constant error carousel; Gers, Schmidhuber and Cummins 2000, with the forget gate).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.arithmetic import all_in_own_modes
from rnnviz.engine.backsource import cell_trace
from rnnviz.engine.composition import chosen_state, kept_of
from rnnviz.engine.door import all_checked
from rnnviz.engine.errors import SpecError
from rnnviz.engine.selfpath import Kind
from rnnviz.engine.spec import Direction

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace


@all_in_own_modes
@all_checked
@dataclass(frozen=True, eq=False)
class Memory:
    """The composition of one state over a run. All arrays are in the order of the steps of the sequence.

    Parameters
    ----------
    state : str
    direction : {"forward", "backward"}
    kind : {"kept", "linearised", "overwritten"}
        "kept": the factor stands in the equation. "linearised": the state stands inside a function, and the factor is
        its derivative there. "overwritten": nothing of the state before is kept, except through matrices.
    values : ndarray, [S, H]
        s_t; NaN where the run has not been.
    before : ndarray, [S, H]
        The state one step before, in the order in which the cell ran.
    factor : ndarray, [S, H]
        f_t.
    """

    state: str
    direction: Direction
    kind: Kind
    values: NDArray[np.float64]
    before: NDArray[np.float64]
    factor: NDArray[np.float64]

    @property
    def overwritten(self) -> bool:
        """Whether nothing is kept, as in a plain RNN."""
        return self.kind == "overwritten"

    @property
    def kept(self) -> NDArray[np.float64]:
        """[S, H], f_t s_{t-1}: what a step keeps."""
        return kept_of(self.factor, self.before)

    @property
    def written(self) -> NDArray[np.float64]:
        """[S, H], what a step writes anew."""
        return self.values - self.kept

    def composition(self, step: int) -> NDArray[np.float64]:
        """What the state at one step is made of.

        Parameters
        ----------
        step : int
            t, counted from 0.

        Returns
        -------
        ndarray, [S + 1, H]
            Row k: what is left of what step k wrote; the last row: what is left of the state before the first step.
            The rows sum to s_t. Steps that ran later have zeros.
        """
        found = np.zeros((len(self.values) + 1, self.values.shape[1]))
        product = np.ones(self.values.shape[1])
        written = self.written
        order = self._order()
        for k in reversed(order[: order.index(self._step(step)) + 1]):
            found[k] = kept_of(product, written[k])
            product = kept_of(self.factor[k], product)
        found[-1] = kept_of(product, self.before[order[0]])
        return found

    def bands(self, unit: int | None = None) -> NDArray[np.float64]:
        """The composition at every step, of one unit or in the mean over all of them.

        Parameters
        ----------
        unit : int, optional
            Counted from 0; None: the mean.

        Returns
        -------
        ndarray, [S, S + 1]
            Row t is the composition of s_t (of its unit, or of the mean of all units), as :meth:`composition` orders
            it; its entries sum to that number.
        """
        steps, units = self.values.shape
        if unit is not None and not 0 <= unit < units:
            raise SpecError(f"unit {unit} was asked for, but there are {units}, counted from 0")
        found = np.zeros((steps, steps + 1))
        parts, written = np.zeros((steps + 1, units)), self.written
        order = self._order()
        parts[-1] = self.before[order[0]]
        for step in order:
            parts = kept_of(self.factor[step], parts)
            parts[step] = written[step]
            found[step] = parts.mean(1) if unit is None else parts[:, unit]
        return found

    def highway(self, anchor: int) -> NDArray[np.float64]:
        """log10 of the product of the factors since a step.

        Parameters
        ----------
        anchor : int
            k, counted from 0.

        Returns
        -------
        ndarray, [S, H]
            log10 |f_{k+1} ... f_t|, unit by unit: 0 at k, -inf for a true zero, NaN before k.
        """
        found = np.full(self.values.shape, np.nan)
        order = self._order()
        later = order[order.index(self._step(anchor)) :]
        found[anchor] = 0.0
        with np.errstate(divide="ignore"):
            found[later[1:]] = np.cumsum(np.log10(np.abs(self.factor[later[1:]])), axis=0)
        return found

    def _step(self, step: int) -> int:
        """Return a step that there is; SpecError for another."""
        if not 0 <= step < len(self.values):
            raise SpecError(f"step {step} was asked for, but there are {len(self.values)}, counted from 0")
        return step

    def _order(self) -> list[int]:
        steps = range(len(self.values))
        return list(steps if self.direction == "forward" else steps[::-1])


def memory(trace: Trace, layer: int = 0, direction: Direction = "forward", state: str | None = None) -> Memory:
    """Take a state apart by the steps at which it was written.

    Parameters
    ----------
    trace : Trace
    layer : int
    direction : {"forward", "backward"}
    state : str, optional
        None: the first state that keeps something of itself (LSTM: c; GRU: h), else the first.

    Returns
    -------
    Memory

    Raises
    ------
    SpecError
        When there is no such layer, or the cell has no such state.
    """
    at = trace.network.at(layer, direction)
    path = chosen_state(trace, at, state or "")
    source = cell_trace(trace, at)
    values = source.quantity(path.state, 0, trace.steps).numpy().copy()
    before = source.quantity(path.state, -1, trace.steps - 1).numpy().copy()
    factor = path.rows(0, trace.steps).numpy().copy()
    if direction == "backward":
        values, before, factor = values[::-1], before[::-1], factor[::-1]
    reached = np.zeros(trace.steps, bool)
    reached[trace.schedule.reached(trace.position, layer, direction)] = True
    for array in (values, before, factor):
        array[~reached] = np.nan
    return Memory(path.state, direction, path.kind, values, before, factor)
