"""An adjoint as it arrives at a step: what comes from this step's own loss, and what comes from the future.

At every step of the way back a cell is gone back over three times: with all that comes into it, with what its states
carry from later steps alone, and with what the loss of this step sends alone. What the future sends is so computed for
itself, and not as the difference of two numbers that may be nearly equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from rnnviz.engine.gradients import Differentiation
from rnnviz.engine.itemised import Losses
from rnnviz.engine.jobs import Job
from rnnviz.engine.linearised import Leaf
from rnnviz.engine.lognumbers import LogNumbers, norms
from rnnviz.engine.messages import LossObjective
from rnnviz.engine.network import CellLayer
from rnnviz.engine.rowpass import RowPass
from rnnviz.engine.rowsback import Linearisations, RowsBack, Visitor, returns
from rnnviz.engine.scaled import Scaled
from rnnviz.engine.spec import Direction

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

_ROW = slice(0, 1)


@dataclass(frozen=True, eq=False)
class Arrival:
    """dL/ds_t in two parts, each [S, H]; their sum is dL/ds_t.

    Parameters
    ----------
    own : ndarray
        dL_t/ds_t, from the loss of the same step.
    others : ndarray
        From the losses of all other steps; with one direction those are the later ones.
    own_norms, others_norms, whole_norms : LogNumbers, [S]
        The Euclidean norms of both and of their sum; unlike the values they cannot underflow.
    """

    own: NDArray[np.float64]
    others: NDArray[np.float64]
    own_norms: LogNumbers
    others_norms: LogNumbers
    whole_norms: LogNumbers

    @classmethod
    def zeros(cls, steps: int, units: int) -> Arrival:
        """Nothing has arrived."""
        tables = (LogNumbers.zeros(steps) for _ in range(3))
        return cls(np.zeros((steps, units)), np.zeros((steps, units)), *tables)


def arrival(trace: Trace, name: str, layer: int = 0, direction: Direction = "forward") -> Job[Arrival]:
    """Split dL/ds_t into the part of this step's own loss and that of all others.

    Parameters
    ----------
    trace : Trace
    name : str
        A signal of the layer's cell.
    layer : int
    direction : {"forward", "backward"}

    Returns
    -------
    Arrival

    Raises
    ------
    ObjectiveError
        When there is no target.
    UnknownNameError
        When there is no such signal.
    """
    units = trace.record.layout.field(name, layer, direction).size
    losses, at = Losses.of(trace), trace.network.at(layer, direction)
    found = Arrival.zeros(trace.steps, units)
    if not len(losses.steps):
        return found
    top = layer == trace.network.spec.num_layers - 1
    if returns(trace.network) or (trace.network.spec.bidirectional and not top):
        yield from _by_difference(trace, losses, at, name, found)
        return found
    visitor = _Parts(Linearisations(trace, {at: (Leaf("signal", name),)}), losses, at, name, found)
    back = RowsBack(visitor.linearised, losses.whole(trace.steps), visitor, (at,))
    for done, _ in enumerate(back.run()):
        yield done, trace.steps
    return found


class _Parts(Visitor):
    """Goes back over every step twice more: with what is carried from later steps alone, and with its loss alone."""

    def __init__(self, linearised: Linearisations, losses: Losses, at: CellLayer, name: str, found: Arrival) -> None:
        self.linearised = linearised
        self._at, self._name, self._found = at, name, found
        self._lost = frozenset(losses.steps.tolist())
        network = linearised.trace.network
        cells = [at] if network.spec.bidirectional else [c for c in network.cell_layers if c.layer >= at.layer]
        self._carried = {cell: RowPass(linearised[cell], 1) for cell in cells}
        self._direct = {cell: RowPass(linearised[cell], 1) for cell in cells}
        self._from_later: Scaled | None = None
        self._from_loss: Scaled | None = None

    def arrives(self, step: int, passing: RowPass, direct: Scaled | None) -> None:
        if step < 0 or passing.at not in self._carried:
            return
        ran = step if passing.at.direction == "forward" else self.linearised.trace.steps - 1 - step
        if passing.at.layer == self.linearised.trace.network.spec.num_layers - 1:
            self._from_later, self._from_loss = None, direct
        carried = self._carried[passing.at]
        carried.take_over(passing)
        self._from_later = self._back(carried, ran, self._from_later)
        if passing.at is self._at:
            _put(self._found.others, self._found.others_norms, step, carried.signal(ran, self._name, _ROW))
        if step in self._lost:
            own = self._direct[passing.at]
            for state in passing.at.cell.states:
                own.plant(state, torch.zeros(1, passing.at.units, dtype=torch.float64))
            self._from_loss = self._back(own, ran, self._from_loss)
            if passing.at is self._at:
                _put(self._found.own, self._found.own_norms, step, own.signal(ran, self._name, _ROW))

    def cell(self, step: int, rows: slice, passing: RowPass, ran: int) -> None:
        if passing.at is self._at:
            _put_norm(self._found.whole_norms, step, passing.signal(ran, self._name, _ROW))

    def _back(self, passing: RowPass, ran: int, direct: Scaled | None) -> Scaled | None:
        passing.step(ran, _ROW, direct)
        return passing.inputs(_ROW) if passing.at.layer > self._at.layer else None


def _put(values: NDArray[np.float64], lengths: LogNumbers, step: int, adjoint: Scaled) -> None:
    values[step] = adjoint.plainly().numpy()[0]
    _put_norm(lengths, step, adjoint)


def _put_norm(lengths: LogNumbers, step: int, adjoint: Scaled) -> None:
    mantissas, exponents = norms(adjoint)
    lengths.mantissas[step], lengths.exponents[step] = mantissas[0], exponents[0]


def _by_difference(trace: Trace, losses: Losses, at: CellLayer, name: str, found: Arrival) -> Job[None]:
    """Send every loss back on its own as far as its step; the others are what is left of the whole.

    Where the output is fed back, or a layer above has two directions, a loss also comes to its own step through other
    steps.
    """
    work = Differentiation(trace, LossObjective("whole"))
    for _ in work.run():
        yield 0, len(losses.steps)
    linearised = Linearisations(trace, {at: (Leaf("signal", name),)})
    for done, step in enumerate(losses.steps.tolist()):
        visitor = _AtStep(at, name, step, found)
        back = RowsBack(linearised, losses.seeds(losses.steps[done : done + 1], trace.steps), visitor, (at,))
        for _ in back.run():
            yield done, len(losses.steps)
            if visitor.seen:
                break
    whole = work.gradients.signal(name, at.layer, at.direction)
    with np.errstate(invalid="ignore"):
        found.others[:] = whole - found.own
    if not trace.network.spec.bidirectional:
        found.others[losses.steps[-1] :] = 0.0
    elif len(losses.steps) == 1:
        found.others[losses.steps] = 0.0
    for lengths, values in ((found.others_norms, found.others), (found.whole_norms, whole)):
        lengths.mantissas[:], lengths.exponents[:] = norms(Scaled.plain(torch.tensor(values)))


class _AtStep(Visitor):
    """Keeps the adjoint of a signal at one step."""

    def __init__(self, at: CellLayer, name: str, step: int, found: Arrival) -> None:
        self.at, self.name, self.step, self.found = at, name, step, found
        self.seen = False

    def cell(self, step: int, rows: slice, passing: RowPass, ran: int) -> None:
        if passing.at is self.at and step == self.step:
            _put(self.found.own, self.found.own_norms, step, passing.signal(ran, self.name, rows))
            self.seen = True
