"""An adjoint as it arrives at a step: what comes from this step's own loss, and what comes from the future."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.itemised import Losses
from rnnviz.engine.jobs import Job
from rnnviz.engine.linearised import Leaf
from rnnviz.engine.messages import LossObjective
from rnnviz.engine.network import CellLayer
from rnnviz.engine.rowpass import RowPass
from rnnviz.engine.rowsback import Linearisations, RowsBack, Visitor
from rnnviz.engine.spec import Direction

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace


@dataclass(frozen=True, eq=False)
class Arrival:
    """dL/ds_t in two parts, each [S, H]; their sum is dL/ds_t.

    Parameters
    ----------
    own : ndarray
        dL_t/ds_t, from the loss of the same step.
    others : ndarray
        From the losses of all other steps; with one direction those are the later ones.
    """

    own: NDArray[np.float64]
    others: NDArray[np.float64]


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
    KeyError
        When there is no such signal.
    """
    losses = Losses.of(trace)
    whole = trace.gradients(LossObjective("whole")).signal(name, layer, direction)
    at = trace.network.at(layer, direction)
    own = np.zeros_like(whole)
    linearised = Linearisations(trace, {at: (Leaf("signal", name),)})
    for done, step in enumerate(losses.steps):
        visitor = _AtStep(at, name, int(step), own)
        back = RowsBack(linearised, losses.seeds(losses.steps[done : done + 1], trace.steps), visitor, (at,))
        for _ in back.run():
            yield done, len(losses.steps)
            if visitor.seen:
                break
    return Arrival(own, whole - own)


class _AtStep(Visitor):
    """Keeps the adjoint of a signal at one step."""

    def __init__(self, at: CellLayer, name: str, step: int, own: NDArray[np.float64]) -> None:
        self.at, self.name, self.step, self.own = at, name, step, own
        self.seen = False

    def cell(self, step: int, rows: slice, passing: RowPass, ran: int) -> None:
        if passing.at is self.at and step == self.step:
            self.own[step] = passing.signal(ran, self.name, rows).plainly().numpy()[0]
            self.seen = True
