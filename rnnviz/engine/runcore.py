"""What a run computes in some steps, and where it stores it; in which order stands in :mod:`rnnviz.engine.run`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from rnnviz.engine.arguments import as_initial_state, as_inputs, checked_network
from rnnviz.engine.bench import BLOCK, Bench
from rnnviz.engine.holds import Holds, intervened
from rnnviz.engine.interventions import Intervention, in_force, taken
from rnnviz.engine.layout import fed, layout_of, signals_block, slots_block
from rnnviz.engine.loss import Targets
from rnnviz.engine.network import DTYPES, CellLayer, Network
from rnnviz.engine.readout import read_out
from rnnviz.engine.record import Record, Segment, SegmentInfo
from rnnviz.engine.schedule import Schedule
from rnnviz.engine.trace import Trace
from rnnviz.engine.weights import Weights, snapshot

MakeSegment = Callable[[int, int], SegmentInfo]
"""Says where a segment is to be stored, by its first step and its number of rows."""


class RunCore:
    """The network of a run, its sequence and its record, and the arithmetic of a few steps of one layer.

    Parameters
    ----------
    network, x, target, initial_state, interventions
        As for :func:`rnnviz.engine.run.run`. The parameters are copied; later changes to the network do not reach this
        run.
    make_segment : callable, optional
        Where the record is stored; None: in memory.
    """

    def __init__(
        self,
        network: Network,
        x: ArrayLike | Tensor,
        target: ArrayLike | Tensor | None = None,
        initial_state: Mapping[str, ArrayLike | Tensor] | Sequence[ArrayLike | Tensor] | None = None,
        make_segment: MakeSegment | None = None,
        interventions: Iterable[Intervention] = (),
    ) -> None:
        self.untouched = network = checked_network(network)
        interventions = taken(interventions)
        self.interventions = in_force(interventions)
        self.network = network = intervened(network, interventions)
        self.holds = Holds(self.interventions)
        self.x = as_inputs(network, x)
        self.schedule = Schedule(network.spec, len(self.x))
        self.targets = Targets.of(network.spec, self.schedule, target)
        self.weights: Weights = snapshot(network, as_initial_state(network, initial_state))
        self._benches = {at: Bench(at, weights) for at, weights in self.weights.cells.items()}
        self.position = 0
        self._make_segment = make_segment or (lambda first, rows: SegmentInfo("", first, rows))
        self.returns = fed(network)
        self._no_output = torch.zeros(network.spec.outputs, dtype=DTYPES[network.spec.dtype])
        self.record = self.grown(Record(layout_of(network), (), 0), self.schedule.steps)

    def trace(self) -> Trace:
        """What has been recorded, as the public API hands it out."""
        trace = Trace(self.network, self.weights, self.schedule, self.targets, self.record, self.position, self.x)
        trace.untouched, trace.interventions, trace.holds = self.untouched, self.interventions, self.holds
        return trace

    def store_inputs(self, start: int, stop: int) -> None:
        """Record x_t, embedded where there is an embedding, zero where there is no input."""
        target = self._rows("x", start, stop)
        target.zero_()
        fed_steps = min(stop, 1 if self.schedule.spec.topology == "one-to-many" else self.schedule.length)
        if fed_steps > start:
            given = self.x[start:fed_steps]
            if self.weights.embedding is not None:
                given = self._embedded(given)
            target[: fed_steps - start] = given
        if start > 0 and self.schedule.spec.feedback != "none":
            target[:] = self._fed_back(start)
        self.holds.put_inputs(slice(start, stop), target)

    def _embedded(self, given: Tensor) -> Tensor:
        assert self.weights.embedding is not None
        if given.dim() == 1:
            return self.weights.embedding[given]
        return given.to(self.weights.embedding.dtype) @ self.weights.embedding

    def _fed_back(self, step: int) -> Tensor:
        y = self._rows("y", step - 1, step)
        if self.schedule.spec.feedback == "output":
            return y
        chosen = y.argmax(-1)
        if self.weights.embedding is not None:
            return self.weights.embedding[chosen]
        return torch.nn.functional.one_hot(chosen, y.shape[1]).to(y.dtype)

    def compute_cell(self, at: CellLayer, start: int, stop: int) -> None:
        """Run the steps start .. stop - 1 of one cell; they lie in one block of 64."""
        bench = self._benches[at]
        block = start // BLOCK * BLOCK
        bench.feed(self._padded(at.layer, block, stop))
        for name, slot in at.plan.held.items():
            bench.put(slot, self.holds.rows(at.layer, at.direction, name, slice(block, block + BLOCK), at.units))
        inside = slice(start - block, stop - block)
        bench.run(inside.start, inside.stop, self._previous(at, start, stop))
        self._rows(slots_block(at), start, stop)[:] = bench.slots[inside]
        self._rows(signals_block(at), start, stop)[:] = bench.signals[inside]

    def _padded(self, layer: int, block: int, stop: int) -> Tensor:
        """The inputs of a layer in one block of 64 steps, zero where they are not known."""
        stop = stop if not self.schedule.spec.bidirectional else min(block + BLOCK, self.schedule.steps)
        parts = [self._rows("x", block, stop)] if layer == 0 else self._features(layer - 1, block, stop)
        padded = parts[0].new_zeros(BLOCK, sum(part.shape[1] for part in parts))
        torch.cat(parts, 1, out=padded[: stop - block])
        return padded

    def _features(self, layer: int, start: int, stop: int) -> list[Tensor]:
        ways = [self.network.at(layer, direction) for direction in self.schedule.spec.directions]
        return [self._quantity(at, at.cell.output, start, stop) for at in ways]

    def _quantity(self, at: CellLayer, name: str, start: int, stop: int) -> Tensor:
        column = at.plan.columns[name] * at.units
        return self._rows(signals_block(at), start, stop)[:, column : column + at.units]

    def _previous(self, at: CellLayer, start: int, stop: int) -> dict[str, Tensor]:
        initial = self.weights.cells[at].initial
        before = start - 1 if at.direction == "forward" else stop
        if 0 <= before < self.schedule.steps:
            states = {name: self._quantity(at, name, before, before + 1)[0] for name in initial}
        else:
            states = dict(initial)
        if at.cell.uses_output:
            states["y"] = self._rows("y", start - 1, start)[0] if start else self._no_output
        return states

    def compute_outputs(self, start: int, stop: int) -> None:
        """Compute outputs and losses of the steps start .. stop - 1; they lie in one block of 64."""
        spec = self.schedule.spec
        features = self._features(spec.num_layers - 1, start, stop)
        padded = features[0].new_zeros(BLOCK, spec.features_of(spec.num_layers - 1))
        inside = slice(start % BLOCK, start % BLOCK + stop - start)
        torch.cat(features, 1, out=padded[inside])
        block = slice(start - inside.start, start - inside.start + BLOCK)
        hidden, scores, output = read_out(spec, self.weights.dense, padded, self.holds.of_readout(block, spec))
        losses = self.targets.losses(scores, output, start - inside.start)
        for index, values in enumerate(hidden):
            self._rows(f"readout.{index}", start, stop)[:] = values[inside]
        if self.returns:
            self._rows("y", start, stop)[:] = output[inside]
        self._rows("logits", start, stop)[:] = scores[inside]
        self._rows("output", start, stop)[:] = output[inside]
        self._rows("loss", start, stop)[:] = losses[inside, None]
        self.blank_outputs(slice(start, stop))

    def blank_outputs(self, rows: slice) -> None:
        """Write NaN where a step has no output, so that nobody takes a number there for one."""
        without = np.arange(rows.start, min(rows.stop, self.schedule.first_output))
        for segment in self.record.segments:
            inside = without - segment.info.first
            inside = inside[(inside >= 0) & (inside < segment.info.rows)]
            for name in ("logits", "output", "loss"):
                segment.blocks[name][inside] = np.nan

    def _rows(self, block: str, start: int, stop: int) -> Tensor:
        """Rows of a block that lie in one segment, sharing its memory."""
        for segment in self.record.segments:
            first = segment.info.first
            if first <= start and stop <= first + segment.info.rows:
                return torch.from_numpy(segment.blocks[block][start - first : stop - first])
        raise IndexError(f"steps {start} to {stop} of {block} lie in no single segment")

    def grown(self, record: Record, steps: int) -> Record:
        """A record of so many steps, with one more segment where they have no room yet; twice as long each time."""
        segments = record.segments
        room = segments[-1].info.first + segments[-1].info.rows if segments else 0
        if room < steps:
            rows = -(-max(steps - room, room) // BLOCK) * BLOCK
            info = self._make_segment(room, rows)
            segments = (*segments, Segment(record.layout, info, writable=True))
        return Record(record.layout, segments, steps)
