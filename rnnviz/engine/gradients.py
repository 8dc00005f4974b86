"""Gradients of a loss or of one number with respect to everything: signals, initial states, inputs and parameters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from rnnviz.engine.adjoint import CellAdjoint
from rnnviz.engine.backsource import cell_trace, flip
from rnnviz.engine.dense import DenseAdjoint
from rnnviz.engine.layout import fed, gradient_layout
from rnnviz.engine.messages import Objective
from rnnviz.engine.network import CellLayer
from rnnviz.engine.objective import Start, start_of
from rnnviz.engine.reach import may_be_undefined
from rnnviz.engine.record import NETWORK, Record, Segment, SegmentInfo
from rnnviz.engine.scaled import Scaled
from rnnviz.engine.spec import Direction
from rnnviz.engine.workspace import Chunk

if TYPE_CHECKING:
    from rnnviz.engine.runcore import MakeSegment
    from rnnviz.engine.trace import Trace


@dataclass(eq=False)
class Gradients:
    """All gradients of one objective.

    Parameters
    ----------
    objective : LossObjective or ProbeObjective
    value : float
        The number that was differentiated.
    record : Record
        dL/ds_t of every signal, float64, and under "norms" log10 of their norms.
    initial : dict
        (layer, direction, state) -> dL/d(state before the first step), [H].
    initial_log10_norms : dict
        The same, as log10 of the norm.
    parameters : dict
        Name of the parameter -> its gradient.
    """

    objective: Objective
    value: float
    record: Record
    initial: dict[tuple[int, Direction, str], NDArray[np.float64]] = field(default_factory=dict)
    initial_log10_norms: dict[tuple[int, Direction, str], float] = field(default_factory=dict)
    parameters: dict[str, NDArray[np.float64]] = field(default_factory=dict)

    @property
    def signals(self) -> tuple[tuple[int, Direction, str], ...]:
        """(layer, direction, signal) of every column of the norms."""
        return tuple((f.layer, f.direction, f.signal) for f in self.record.signals if f.signal != "norms")

    def signal(self, name: str, layer: int = 0, direction: Direction = "forward") -> NDArray[np.float64]:
        """dL/ds_t of one signal, [S, H]."""
        return np.asarray(self.record.signal(name, layer, direction), np.float64)

    def log10_norm(self, name: str, layer: int = 0, direction: Direction = "forward") -> NDArray[np.float64]:
        """[S], log10 of the norm of dL/ds_t; -inf is a true zero."""
        self.record.layout.field(name, layer, direction)
        column = self.signals.index((layer, direction, name))
        return np.asarray(self.record.signal("norms", NETWORK)[:, column], np.float64)


def differentiate(trace: Trace, objective: Objective) -> Gradients:
    """Compute all gradients of an objective.

    Parameters
    ----------
    trace : Trace
    objective : LossObjective or ProbeObjective

    Returns
    -------
    Gradients

    Raises
    ------
    ObjectiveError
        When the objective names something that is not there.
    """
    work = Differentiation(trace, objective)
    for _ in work.run():
        pass
    return work.gradients


class Differentiation:
    """The computation of all gradients of one objective, in small portions.

    Parameters
    ----------
    trace : Trace
    objective : LossObjective or ProbeObjective
    make_segment : callable, optional
        Where the gradients are stored; None: in memory.
    """

    def __init__(self, trace: Trace, objective: Objective, make_segment: MakeSegment | None = None) -> None:
        self.trace = trace
        self.start: Start = start_of(trace, objective)
        rows = max(1, trace.steps)
        info = make_segment(0, rows) if make_segment else SegmentInfo("", 0, rows)
        layout = gradient_layout(trace.record.layout)
        record = Record(layout, (Segment(layout, info, writable=True),), trace.steps)
        record.segments[0].blocks["norms"][:] = -np.inf
        self.gradients = Gradients(objective, self.start.value, record)
        self._places = {key: index for index, key in enumerate(self.gradients.signals)}
        self._undefined = may_be_undefined(trace)
        self._dense = DenseAdjoint(trace, self.start, self._network_sink)
        self._cells = {at: self._cell(at) for at in trace.network.cell_layers}

    def run(self) -> Iterator[None]:
        """Compute, yielding after every portion of a few milliseconds."""
        yield from self._interleaved() if fed(self.trace.network) else self._layered()
        self._gather()

    def _cell(self, at: CellLayer) -> CellAdjoint:
        def sink(name: str, start: int, stop: int, rows: Scaled) -> None:
            steps = slice(start, stop)
            if at.direction == "backward":
                rows, steps = rows.flipped(), slice(self.trace.steps - stop, self.trace.steps - start)
            self._store((at.layer, at.direction, name), steps, rows)

        probed = {name: flip(at, rows) for name, rows in self.start.probed.get((at.layer, at.direction), {}).items()}
        source = cell_trace(self.trace, at)
        spec = self.trace.network.spec
        weights = self.trace.weights.cells[at]
        return CellAdjoint(at, source, weights, spec.activation, sink, probed, self._undefined)

    def _store(self, key: tuple[int, Direction, str], steps: slice, rows: Scaled) -> None:
        blocks = self.gradients.record.segments[0].blocks
        blocks[f"{key[0]}.{key[1]}.{key[2]}"][steps] = rows.plainly().numpy()
        blocks["norms"][steps, self._places[key]] = rows.log10_norm().numpy()

    def _network_sink(self, name: str, start: int, stop: int, rows: Scaled) -> None:
        self._store((NETWORK, "forward", name), slice(start, stop), rows)

    def _layered(self) -> Iterator[None]:
        spec = self.trace.network.spec
        above = self._dense.run()
        yield
        for layer in reversed(range(spec.num_layers)):
            below: Scaled | None = None
            column = 0
            for direction in spec.directions:
                at = self.trace.network.at(layer, direction)
                parts = []
                direct = flip(at, above.columns(column, column + at.units))
                column += at.units
                for part in self._cells[at].run(direct):
                    parts.append(part)
                    yield
                whole = flip(at, _joined(parts))
                below = whole if below is None else below + whole
            assert below is not None
            above = below
        self._inputs(above)

    def _interleaved(self) -> Iterator[None]:
        """Go back through all layers and the readout step by step, as networks that are fed their output need it."""
        spec, steps = self.trace.network.spec, self.start.reach
        chunks: dict[CellLayer, Chunk] = {}
        if steps and not self._undefined:
            chunks = {at: cell.prepare(0, steps) for at, cell in self._cells.items()}
        coming = _none(spec.outputs)
        inputs = [Scaled.plain(torch.zeros(self.trace.steps - steps, spec.inputs_of(0), dtype=torch.float64))]
        for t in reversed(range(steps)):
            above = self._dense.back(t, coming)
            coming = _none(spec.outputs)
            for at in reversed(self.trace.network.cell_layers):
                cell = self._cells[at]
                chunk = chunks.get(at) or cell.prepare_step(t, above)
                cell.back(chunk, t, t + 1, above)
                if at not in chunks:
                    cell.finish(chunk)
                coming, above = coming + cell.to_output(chunk, t), cell.to_inputs(chunk, t)
            inputs.append(above)
            if spec.feedback == "output" and t:
                coming = coming + self._free(t, above)
            yield
        for at, chunk in chunks.items():
            self._cells[at].finish(chunk)
        self._dense.finish()
        self._inputs(_joined(inputs))

    def _free(self, step: int, inputs: Scaled) -> Scaled:
        """What of dL/dx of a step goes on to the output that was fed back: nothing where the input is held."""
        free = self.trace.holds.free_inputs(slice(step, step + 1), inputs.values)
        return Scaled(free, inputs.exponents, inputs.live)

    def _inputs(self, gradient: Scaled) -> None:
        self._network_sink("x", 0, self.trace.steps, gradient)
        if self.trace.weights.embedding is not None:
            total = torch.zeros(self.trace.weights.embedding.shape, dtype=torch.float64)
            steps, tokens = self.trace.embedded_tokens()
            free = self.trace.holds.free_inputs(slice(0, self.trace.steps), gradient.plainly())
            if tokens.dim() == 1:
                total.index_add_(0, tokens, free[steps])
            else:
                total += tokens.double().t() @ free[steps]
            self.gradients.parameters["embedding.weight"] = total.numpy()

    def _gather(self) -> None:
        network = self.trace.network
        found = {name: np.zeros(tuple(parameter.shape)) for name, parameter in network.named_parameters()}
        whole = self.gradients.parameters | self._dense.parameters
        found |= {name: gradient for name, gradient in whole.items() if name in found}
        for at, cell in self._cells.items():
            for state, rows in cell.carry.items():
                self._initial(at, state, rows, found)
            for name, gradient in cell.parameters().items():
                if at.cell.parameter(name).kind != "initial":
                    for share in at.shares[name]:
                        found[share.parameter][share.rows] += gradient.numpy()
        self.gradients.parameters = found

    def _initial(self, at: CellLayer, state: str, rows: Scaled, found: dict[str, NDArray[np.float64]]) -> None:
        key = (at.layer, at.direction, state)
        self.gradients.initial[key] = rows.plainly()[0].numpy()
        self.gradients.initial_log10_norms[key] = float(rows.log10_norm()[0])
        name = self.trace.network.initial_parameter(at, state)
        if name is not None and state not in self.trace.weights.given:
            found[name] += self.gradients.initial[key]


def _joined(parts: list[Scaled]) -> Scaled:
    """Rows that came in portions, the last steps first."""
    parts = parts[::-1]
    live = None if any(part.live is None for part in parts) else np.concatenate([part.entered for part in parts])
    return Scaled(torch.cat([part.values for part in parts]), np.concatenate([part.exponents for part in parts]), live)


def _none(size: int) -> Scaled:
    """A row into which nothing has come."""
    return Scaled(torch.zeros(1, size, dtype=torch.float64), np.zeros(1, np.int64), np.zeros(1, bool))
