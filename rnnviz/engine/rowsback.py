"""Rows of adjoints carried back through a whole network: all layers, both directions, outputs that are fed back.

Every row is the adjoint of a number of its own. With one direction all layers go back together, step by step; with two,
layer by layer. What passes is shown to a visitor step by step, so that nothing larger than its answer is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
import torch

from rnnviz.engine.linearised import Leaf, Linearisation
from rnnviz.engine.network import CellLayer, Network
from rnnviz.engine.reach import may_be_undefined
from rnnviz.engine.readoutrows import ReadoutRows
from rnnviz.engine.rowpass import RowPass
from rnnviz.engine.rowseeds import Seeds
from rnnviz.engine.scaled import Scaled

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

_ROWS = 256
_MEMORY = 1 << 26
"""Bytes for what two directions of a layer hand down to the layer below."""


class Visitor:
    """Sees the adjoints pass. Steps are those of the sequence, in both directions."""

    def arrives(self, step: int, passing: RowPass, direct: Scaled | None) -> None:
        """A cell is about to be gone back over at a step; with one direction also -1, when all its steps have been."""

    def cell(self, step: int, rows: slice, passing: RowPass, ran: int) -> None:
        """A cell has been gone back over at a step, which was the ``ran``-th to run; these rows had begun."""

    def readout(self, step: int, rows: slice, passing: ReadoutRows) -> None:
        """The readout of a step has been gone back over."""

    def inputs(self, step: int, rows: slice, adjoint: Scaled) -> None:
        """The derivative with respect to x_t is complete."""


class Linearisations:
    """The linearised cells of one trace, made when they are needed; shared by all blocks of rows."""

    def __init__(self, trace: Trace, asked: Mapping[CellLayer, tuple[Leaf, ...]] | None = None) -> None:
        self.trace = trace
        self._asked = asked or {}
        self._made: dict[CellLayer, Linearisation] = {}
        self._undefined = may_be_undefined(trace)

    def __getitem__(self, at: CellLayer) -> Linearisation:
        if at not in self._made:
            self._made[at] = Linearisation(self.trace, at, self._asked.get(at, ()), self._undefined)
        return self._made[at]


class RowsBack:
    """One block of rows on its way back.

    Parameters
    ----------
    linearised : Linearisations
    seeds : Seeds
    visitor : Visitor
    wanted : tuple of CellLayer
        The cells that the visitor wants to see; what lies below is not gone through.
    inputs : bool
        Whether the visitor wants dL/dx.
    """

    def __init__(
        self,
        linearised: Linearisations,
        seeds: Seeds,
        visitor: Visitor,
        wanted: tuple[CellLayer, ...] = (),
        *,
        inputs: bool = False,
    ) -> None:
        self.trace = linearised.trace
        self.network = self.trace.network
        self.seeds = seeds
        self.visitor = visitor
        self.wanted = wanted
        self.to_inputs = inputs
        self._linearised = linearised
        self._readout = ReadoutRows(self.trace, seeds)
        through_all = inputs or returns(self.network)
        self._lowest = 0 if through_all else min((at.layer for at in wanted), default=self.network.spec.num_layers)

    def run(self) -> Iterator[None]:
        """Go back, yielding after every step of every layer."""
        return self._layers() if self.network.spec.bidirectional else self._together()

    def _together(self) -> Iterator[None]:
        cells = [at for at in self.network.cell_layers if at.layer >= self._lowest]
        passing = {at: RowPass(self._linearised[at], self.seeds.count) for at in cells}
        coming: Scaled | None = None
        later = slice(0, 0)
        for step in reversed(range(self.seeds.last + 1)):
            rows = self.seeds.entered(step)
            above, where = self._readout.back(step, coming, later)
            self.visitor.readout(step, where, self._readout)
            coming, later = None, rows
            for at in reversed(self._present(cells, step)):
                self.visitor.arrives(step, passing[at], above)
                if self.seeds.planted == (at, step):
                    above, where = _plant(passing[at]), rows
                passing[at].step(step, rows, above, where)
                self.visitor.cell(step, rows, passing[at], step)
                if at.cell.uses_output:
                    coming = _sum(coming, passing[at].outputs(rows))
                above, where = (passing[at].inputs(rows), rows) if self._goes_below(at) else (None, rows)
            if above is not None and cells:
                self._give_inputs(step, rows, above)
                coming = _sum(coming, self._free(step, above)) if self.network.spec.feedback == "output" else coming
            yield
        for at in cells:
            self.visitor.arrives(-1, passing[at], None)

    def _free(self, step: int, inputs: Scaled) -> Scaled:
        """What of dL/dx of a step goes on to the output that was fed back: nothing where the input is held."""
        free = self.trace.holds.free_inputs(slice(step, step + 1), inputs.values)
        return Scaled(free, inputs.exponents, inputs.live)

    def _present(self, cells: list[CellLayer], step: int) -> list[CellLayer]:
        """The cells that anything comes into at a step: where rows are planted, those above have not begun."""
        if self.seeds.planted is None or step < self.seeds.planted[1]:
            return cells
        return [at for at in cells if at.layer <= self.seeds.planted[0].layer]

    def _give_inputs(self, step: int, rows: slice, adjoint: Scaled) -> None:
        if self.to_inputs:
            self.visitor.inputs(step, rows, adjoint)

    def _goes_below(self, at: CellLayer) -> bool:
        return at.layer > self._lowest or self.to_inputs or self.network.spec.feedback == "output"

    def _layers(self) -> Iterator[None]:
        above: _Grid | None = None
        for layer in reversed(range(self._lowest, self.network.spec.num_layers)):
            ways = [self.network.at(layer, direction) for direction in self.network.spec.directions]
            below = _Grid(self.trace.steps, self.seeds.count, ways[0].inputs) if self._goes_below(ways[0]) else None
            column = 0
            for at in ways:
                if below is not None or at in self.wanted:
                    yield from self._sweep(at, column, above, below)
                column += at.units
            above = below
        if above is not None and self.to_inputs:
            for step in range(self.trace.steps):
                self.visitor.inputs(step, slice(0, self.seeds.count), above.at(step))
                yield
        if self._lowest == self.network.spec.num_layers:
            for step in self.seeds.entries:
                self.visitor.readout(step, self._readout.back(step, None, slice(0, 0))[1], self._readout)

    def _sweep(self, at: CellLayer, column: int, above: _Grid | None, below: _Grid | None) -> Iterator[None]:
        """Go back over all steps of one cell."""
        passing = RowPass(self._linearised[at], self.seeds.count)
        whole = slice(0, self.seeds.count)
        for ran in reversed(range(self.trace.steps)):
            step = ran if at.direction == "forward" else self.trace.steps - 1 - ran
            rows = whole if above is not None else self.seeds.entered(step, at.direction)
            direct, where = (above.at(step), whole) if above is not None else self._readout.back(step, None, whole)
            if rows.stop > rows.start:
                part = None if direct is None else direct.columns(column, column + at.units)
                self.visitor.arrives(step, passing, part)
                passing.step(ran, rows, part, where)
                self.visitor.cell(step, rows, passing, ran)
                if below is not None:
                    below.add(step, rows, passing.inputs(rows))
            yield


class _Grid:
    """What goes from one layer to the layer below: rows at every step."""

    def __init__(self, steps: int, rows: int, size: int) -> None:
        self.values = torch.zeros(steps, rows, size, dtype=torch.float64)
        self.exponents = np.zeros((steps, rows), np.int64)
        self.live = np.zeros((steps, rows), bool)

    def at(self, step: int) -> Scaled:
        return Scaled(self.values[step], self.exponents[step], self.live[step])

    def add(self, step: int, rows: slice, part: Scaled) -> None:
        total = self.at(step)[rows] + part
        self.values[step, rows], self.exponents[step, rows] = total.values, total.exponents
        self.live[step, rows] = total.entered


def returns(network: Network) -> bool:
    """Whether a gradient comes back through the output of the network, which is fed to it."""
    return network.spec.feedback == "output" or any(at.cell.uses_output for at in network.cell_layers)


def rows_at_once(trace: Trace) -> int:
    """How many rows are best taken together: more make larger products, with two directions they cost memory."""
    spec = trace.network.spec
    if not spec.bidirectional or spec.num_layers == 1:
        return _ROWS
    widest = max(spec.inputs_of(layer) for layer in range(spec.num_layers))
    return max(1, min(_ROWS, _MEMORY // (8 * widest * trace.steps)))


def _plant(passing: RowPass) -> Scaled | None:
    """Put a row for every number in the states of a cell into them; where it has none, into its output."""
    states, units = passing.at.cell.states, passing.at.units
    identity = torch.eye(len(passing.exponents), dtype=torch.float64)
    for place, state in enumerate(states):
        passing.plant(state, identity[:, place * units : (place + 1) * units])
    return None if states else Scaled.plain(identity)


def _sum(one: Scaled | None, two: Scaled) -> Scaled:
    return two if one is None else one + two
