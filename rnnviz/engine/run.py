"""Running a network over a sequence: step by step, up to a position, or whole, always with the same numbers.

Products with x are taken in blocks of 64 steps whose place and size are fixed, padded with zeros where the sequence
is not that far; everything else is computed step by step by the compiled loop. So a run in many pieces and a run in
one piece do the same arithmetic, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from rnnviz.engine.arguments import as_initial_state, as_inputs
from rnnviz.engine.bench import BLOCK, Bench
from rnnviz.engine.errors import SpecError
from rnnviz.engine.holds import Holds, intervened
from rnnviz.engine.interventions import Intervention, in_force
from rnnviz.engine.layout import fed, layout_of, signals_block, slots_block
from rnnviz.engine.loss import Targets
from rnnviz.engine.network import DTYPES, CellLayer, Network
from rnnviz.engine.readout import read_out
from rnnviz.engine.record import Record, Segment, SegmentInfo
from rnnviz.engine.schedule import Schedule
from rnnviz.engine.spec import Direction
from rnnviz.engine.trace import Trace
from rnnviz.engine.weights import Weights, snapshot

MakeSegment = Callable[[int, int], SegmentInfo]
"""Says where a segment is to be stored, by its first step and its number of rows."""


def run(
    network: Network,
    x: ArrayLike | Tensor,
    target: ArrayLike | Tensor | None = None,
    initial_state: Mapping[str, ArrayLike | Tensor] | Sequence[ArrayLike | Tensor] | None = None,
    interventions: Sequence[Intervention] = (),
) -> Trace:
    """Run a network over a whole sequence and record every signal.

    Parameters
    ----------
    network : Network
    x : array, [T, I]
        One row per step; with an embedding also whole numbers, [T]. For one-to-many the first row alone is fed and
        the number of rows is the number of steps.
    target : array, optional
        Classes (whole numbers, [K], -1 for none) or values ([K, O], NaN for none), K being the number of steps that
        have an output; also a single class or row where K is 1.
    initial_state : mapping, sequence or None
        States before the first step: by name, or in the order of the cell's states as torch returns them (LSTM: h, c);
        each [layers * directions, H], in torch's order. None: as the specification says.
    interventions : sequence of Clamp or Edit
        Signals that are held at a value, and weights that are set to another. Gradients are those of the network so
        changed: nothing flows to what a held signal would have been computed from.

    Returns
    -------
    Trace

    Raises
    ------
    SpecError
        When x, target, initial_state or interventions do not fit the network; the message names which and why.
    """
    going = Running(network, x, target, initial_state, interventions=interventions)
    for _ in going.advance(going.schedule.positions):
        pass
    return going.trace()


class Running:
    """A run under way: advances, is extended, and publishes what it has reached.

    Parameters
    ----------
    network, x, target, initial_state, interventions
        As for :func:`run`. The parameters are copied; later changes to the network do not reach this run.
    make_segment : callable, optional
        Where the record is stored; None: in memory.

    Attributes
    ----------
    schedule : Schedule
    record : Record
    position : int
        What is computed and may be read (see Schedule).
    """

    def __init__(
        self,
        network: Network,
        x: ArrayLike | Tensor,
        target: ArrayLike | Tensor | None = None,
        initial_state: Mapping[str, ArrayLike | Tensor] | Sequence[ArrayLike | Tensor] | None = None,
        make_segment: MakeSegment | None = None,
        interventions: Sequence[Intervention] = (),
    ) -> None:
        self.untouched = network
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
        self._fed = fed(network)
        self._no_output = torch.zeros(network.spec.outputs, dtype=DTYPES[network.spec.dtype])
        self.record = self._grown(Record(layout_of(network), (), 0), self.schedule.steps)

    def trace(self) -> Trace:
        """What has been recorded, as the public API hands it out."""
        trace = Trace(self.network, self.weights, self.schedule, self.targets, self.record, self.position, self.x)
        trace.untouched, trace.interventions, trace.holds = self.untouched, self.interventions, self.holds
        return trace

    def append(self, x: ArrayLike | Tensor, target: ArrayLike | Tensor | None = None) -> str:
        """Extend the sequence; what was computed and still holds is kept, and losses follow the new target.

        Parameters
        ----------
        x : array, [T', I]
            The whole sequence from now on: its first rows are those that there were.
        target : array, optional
            The whole target from now on.

        Returns
        -------
        str
            A sentence for the user where something has to be computed again, else empty.

        Raises
        ------
        SpecError
            When the sequence or the target does not fit; the run stays as it was.
        OSError
            When there is no room for the record; the run stays as it was.
        """
        longer = as_inputs(self.network, x)
        schedule = Schedule(self.network.spec, len(longer))
        self._check_continues(longer)
        targets = Targets.of(self.network.spec, schedule, target)
        record = self._grown(self.record, schedule.steps)
        before, told = self.schedule, self.targets
        self.x, self.schedule, self.targets, self.record = longer, schedule, targets, record
        if schedule.spec.bidirectional:
            self.position = 0
            return "The sequence is longer, so the backward direction was computed again."
        self.position = min(self.position, before.length)
        if schedule.spec.topology == "many-to-one":
            self._blank_outputs(slice(0, self.position))
        self._follow_targets(told)
        return ""

    def _check_continues(self, longer: Tensor) -> None:
        if len(longer) < len(self.x):
            raise SpecError(
                f"the sequence had {len(self.x)} steps and now has {len(longer)}: it can only be extended at its end"
            )
        fed_rows = 1 if self.schedule.spec.topology == "one-to-many" else len(self.x)
        if not torch.equal(longer[:fed_rows], self.x[:fed_rows]):
            raise SpecError(
                f"the {fed_rows} steps that the sequence had are no longer the same: it can only be extended at its end"
            )

    def _follow_targets(self, told: Targets) -> None:
        """Compute the losses of the steps reached anew where their targets are no longer what the run was told."""
        changed = np.flatnonzero(self.targets.differs(told, self.position))
        with torch.inference_mode():
            for block in np.unique(changed // BLOCK):
                self._read_out(int(block) * BLOCK, min(self.position, (int(block) + 1) * BLOCK))

    def advance(self, position: int) -> Iterator[int]:
        """Run on until a position, yielding the position reached after every few steps.

        Parameters
        ----------
        position : int
            Positions already reached cost nothing.

        Yields
        ------
        int
            The position up to which the record may be read.
        """
        position = max(0, min(position, self.schedule.positions))
        while self.position < position:
            with torch.inference_mode():
                self.position = self._some(position)
            yield self.position

    def _some(self, position: int) -> int:
        if not self.schedule.spec.bidirectional:
            start = self.position
            stop = start + 1 if self._fed else min(position, (start // BLOCK + 1) * BLOCK)
            self._all_layers(start, stop)
            return stop
        sweep, offset = divmod(self.position, self.schedule.steps)
        if sweep >= 2 * self.schedule.spec.num_layers:
            return self._outputs(position)
        return self._sweep(sweep, offset, position)

    def _all_layers(self, start: int, stop: int) -> None:
        self._store_inputs(start, stop)
        for at in self.network.cell_layers:
            self._cell(at, start, stop)
        self._read_out(start, stop)

    def _sweep(self, sweep: int, offset: int, position: int) -> int:
        """Advance one layer in one direction, at most to the next block."""
        steps = self.schedule.steps
        layer, direction = sweep // 2, ("forward", "backward")[sweep % 2]
        most = min(steps - offset, position - self.position)
        if direction == "forward":
            start = offset
            stop = min(start + most, (start // BLOCK + 1) * BLOCK)
        else:
            stop = steps - offset
            start = max(stop - most, (stop - 1) // BLOCK * BLOCK)
        if layer == 0 and direction == "forward":
            self._store_inputs(start, stop)
        self._cell(self.network.at(layer, _direction(direction)), start, stop)
        return self.position + stop - start

    def _outputs(self, position: int) -> int:
        """Compute outputs up to a position, at most to the end of the first block that has any."""
        before = 2 * self.schedule.spec.num_layers * self.schedule.steps
        steps = self.schedule.output_steps
        reached, wanted = self.position - before, position - before
        first = int(steps[reached - 1]) + 1 if reached else 0
        last = self.schedule.steps if position == self.schedule.positions else int(steps[wanted - 1]) + 1
        done = reached
        while done == reached:
            stop = min(last, (first // BLOCK + 1) * BLOCK)
            self._read_out(first, stop)
            first, done = stop, int(np.searchsorted(steps, stop))
        return before + done

    def _store_inputs(self, start: int, stop: int) -> None:
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

    def _cell(self, at: CellLayer, start: int, stop: int) -> None:
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

    def _read_out(self, start: int, stop: int) -> None:
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
        if self._fed:
            self._rows("y", start, stop)[:] = output[inside]
        self._rows("logits", start, stop)[:] = scores[inside]
        self._rows("output", start, stop)[:] = output[inside]
        self._rows("loss", start, stop)[:] = losses[inside, None]
        self._blank_outputs(slice(start, stop))

    def _blank_outputs(self, rows: slice) -> None:
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

    def _grown(self, record: Record, steps: int) -> Record:
        """A record of so many steps, with one more segment where they have no room yet; twice as long each time."""
        segments = record.segments
        room = segments[-1].info.first + segments[-1].info.rows if segments else 0
        if room < steps:
            rows = -(-max(steps - room, room) // BLOCK) * BLOCK
            info = self._make_segment(room, rows)
            segments = (*segments, Segment(record.layout, info, writable=True))
        return Record(record.layout, segments, steps)


def _direction(name: str) -> Direction:
    return "forward" if name == "forward" else "backward"
