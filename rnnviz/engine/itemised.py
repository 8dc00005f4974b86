"""The itemised gradient: which part of dL/ds_t comes from the loss of which step k.

L is the sum of the losses L_k, so dL/ds_t is the sum of dL_k/ds_t over k: a table K x T of vectors, of which the map
shows the norms. Each k is a row of adjoints of its own (:mod:`rnnviz.engine.rowsback`); rows are taken in blocks, so
that no more than the result and one block is ever in memory. All in float64, whatever the dtype of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.errors import ObjectiveError
from rnnviz.engine.jobs import Job
from rnnviz.engine.linearised import Leaf
from rnnviz.engine.lognumbers import LogNumbers, norms
from rnnviz.engine.messages import LossObjective
from rnnviz.engine.network import CellLayer
from rnnviz.engine.objective import start_of
from rnnviz.engine.readoutrows import ReadoutRows
from rnnviz.engine.record import NETWORK
from rnnviz.engine.rowpass import RowPass
from rnnviz.engine.rowsback import Linearisations, RowsBack, Visitor, rows_at_once
from rnnviz.engine.rowseeds import Entry, Seeds
from rnnviz.engine.scaled import Scaled
from rnnviz.engine.spec import Direction

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

_MOST_BYTES = 1 << 32

Keeper = Callable[[int, int, slice, Scaled], None]
"""Takes (first row of the block, step, rows of the block, their adjoints)."""


@dataclass(frozen=True, eq=False)
class Losses:
    """The losses of a trace, one per step that has one.

    Parameters
    ----------
    steps : ndarray, [K]
        The steps that have a loss and are reached, in order.
    scores, output : Tensor, [S, O]
        The gradient of every step's own loss with respect to its scores and its output.
    """

    steps: NDArray[np.intp]
    scores: Tensor
    output: Tensor

    @classmethod
    def of(cls, trace: Trace) -> Losses:
        """The losses of what a trace has reached.

        Raises
        ------
        ObjectiveError
            When there is no target.
        """
        start = start_of(trace, LossObjective("whole"))
        known = trace.targets.known.numpy().copy()
        reached = np.zeros(trace.steps, bool)
        reached[trace.schedule.outputs_reached(trace.position)] = True
        return cls(np.flatnonzero(known & reached), start.scores, start.output)

    def seeds(self, steps: NDArray[np.intp], length: int) -> Seeds:
        """A row for each of some of these steps, of a sequence of so many steps."""
        entries = {
            int(step): Entry(slice(row, row + 1), self.scores[step : step + 1], self.output[step : step + 1])
            for row, step in enumerate(steps)
        }
        return Seeds(len(steps), length, entries)

    def whole(self, length: int) -> Seeds:
        """A single row for the sum of all losses."""
        entries = {
            int(step): Entry(slice(0, 1), self.scores[step : step + 1], self.output[step : step + 1])
            for step in self.steps
        }
        return Seeds(1, length, entries)


def itemised_norms(
    trace: Trace,
    name: str,
    layer: int = 0,
    direction: Direction = "forward",
    rows: Sequence[int] | None = None,
) -> Job[LogNumbers]:
    """|dL_k/ds_t| for every step k that has a loss and every step t.

    Parameters
    ----------
    trace : Trace
    name : str
        A signal of the layer's cell; with layer -1 also "x", "logits", "output" and "readout.0", ...
    layer : int
        Counted from 0; -1 for the network's own signals.
    direction : {"forward", "backward"}
    rows : sequence of int, optional
        Which of the K losses, counted from 0; None: all.

    Returns
    -------
    LogNumbers, [K, S]
        Euclidean norms. Column t belongs to step t of the sequence, in both directions.

    Raises
    ------
    ObjectiveError
        When there is no target, or no such loss.
    UnknownNameError
        When there is no such signal.
    """
    trace.record.layout.field(name, layer, direction)
    losses, chosen = chosen_losses(trace, rows)
    table = LogNumbers.zeros(len(chosen), trace.steps)

    def keep(first: int, step: int, inside: slice, adjoint: Scaled) -> None:
        table.put(slice(first + inside.start, first + inside.stop), step, norms(adjoint))

    yield from each_block(trace, losses, chosen, (name, layer, direction), keep)
    return table


def itemised_values(
    trace: Trace,
    name: str,
    layer: int = 0,
    direction: Direction = "forward",
    rows: Sequence[int] | None = None,
) -> Job[NDArray[np.float64]]:
    """dL_k/ds_t for every step k that has a loss and every step t; parameters as of :func:`itemised_norms`.

    Returns
    -------
    ndarray, [K, S, H]

    Raises
    ------
    ObjectiveError
        When there is no target, no such loss, or the table would take more than 4 GB.
    UnknownNameError
        When there is no such signal.
    """
    size = trace.record.layout.field(name, layer, direction).size
    losses, chosen = chosen_losses(trace, rows)
    if 8 * len(chosen) * trace.steps * size > _MOST_BYTES:
        raise ObjectiveError(
            f"the itemised gradient of {name} would have {len(chosen):,} x {trace.steps:,} x {size:,} numbers: "
            "ask for fewer rows, or for the norms"
        )
    table = np.zeros((len(chosen), trace.steps, size))

    def keep(first: int, step: int, inside: slice, adjoint: Scaled) -> None:
        table[first + inside.start : first + inside.stop, step] = adjoint.plainly().numpy()

    yield from each_block(trace, losses, chosen, (name, layer, direction), keep)
    return table


def chosen_losses(trace: Trace, rows: Sequence[int] | None) -> tuple[Losses, NDArray[np.intp]]:
    """The losses of a trace, and the steps of those that are asked for, in ascending order.

    Raises
    ------
    ObjectiveError
        When there is no target, or no such loss.
    """
    losses = Losses.of(trace)
    if rows is None:
        return losses, losses.steps
    for row in rows:
        if not 0 <= row < len(losses.steps):
            raise ObjectiveError(f"loss {row + 1} was asked for, but {len(losses.steps)} steps have a loss")
    return losses, losses.steps[np.sort(np.asarray(rows, np.intp))]


class _Keep(Visitor):
    """Hands the adjoint of one signal on, block by block."""

    def __init__(self, key: tuple[str, int, Direction], first: int, keep: Keeper) -> None:
        self.name, self.layer, self.direction = key
        self.first = first
        self.keep = keep

    def cell(self, step: int, rows: slice, passing: RowPass, ran: int) -> None:
        if (passing.at.layer, passing.at.direction) == (self.layer, self.direction):
            self.keep(self.first, step, rows, passing.signal(ran, self.name, rows))

    def readout(self, step: int, rows: slice, passing: ReadoutRows) -> None:
        if self.layer == NETWORK and self.name in passing.found:
            self.keep(self.first, step, rows, passing.found[self.name])

    def inputs(self, step: int, rows: slice, adjoint: Scaled) -> None:
        self.keep(self.first, step, rows, adjoint)


def each_block(
    trace: Trace, losses: Losses, chosen: NDArray[np.intp], key: tuple[str, int, Direction], keep: Keeper
) -> Job[None]:
    """Send the losses of some steps back, block by block, and hand the adjoints of one signal on.

    Parameters
    ----------
    trace : Trace
    losses : Losses
    chosen : ndarray
        The steps whose losses are sent.
    key : (str, int, direction)
        The signal, its layer and direction.
    keep : callable
        Takes (first row of the block, step, rows of the block, their adjoints), at most once for a block and a step;
        all other rows are zero there.
    """
    name, layer, direction = key
    wanted: tuple[CellLayer, ...] = ()
    asked: dict[CellLayer, tuple[Leaf, ...]] = {}
    if layer != NETWORK:
        at = trace.network.at(layer, direction)
        wanted, asked = (at,), {at: (Leaf("signal", name),)}
    linearised = Linearisations(trace, asked)
    yield from in_blocks(
        linearised,
        losses,
        chosen,
        lambda first: _Keep(key, first, keep),
        wanted,
        inputs=key[:2] == ("x", NETWORK),
    )


def in_blocks(
    linearised: Linearisations,
    losses: Losses,
    chosen: NDArray[np.intp],
    visitor: Callable[[int], Visitor],
    wanted: tuple[CellLayer, ...],
    *,
    inputs: bool = False,
) -> Job[None]:
    """Send a row for each of some losses back through the network, block by block.

    Parameters
    ----------
    linearised : Linearisations
    losses : Losses
    chosen : ndarray
        The steps whose losses are sent.
    visitor : callable (first row) -> Visitor
        Who sees the adjoints of a block pass.
    wanted : tuple of CellLayer
    inputs : bool
        As for :class:`RowsBack`.
    """
    trace = linearised.trace
    size, spec = rows_at_once(trace), trace.network.spec
    sweeps = 2 * spec.num_layers if spec.bidirectional else 1
    for first in range(0, len(chosen), size):
        seeds = losses.seeds(chosen[first : first + size], trace.steps)
        expected = sweeps * (seeds.last + 1 if sweeps == 1 else trace.steps)
        for done, _ in enumerate(RowsBack(linearised, seeds, visitor(first), wanted, inputs=inputs).run()):
            # A block of a long run has many steps: progress is told by what they amount to in rows.
            share = min(1.0, done / max(1, expected))
            yield round(1000 * (first + share * seeds.count)), 1000 * len(chosen)
