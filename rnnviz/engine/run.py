"""Running a network over a sequence: step by step, up to a position, or whole, always with the same numbers.

Products with x are taken in blocks of 64 steps whose place and size are fixed, padded with zeros where the sequence
is not that far; everything else is computed step by step by the compiled loop. So a run in many pieces and a run in
one piece do the same arithmetic, bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from rnnviz.engine.arguments import as_inputs
from rnnviz.engine.arithmetic import in_own_modes
from rnnviz.engine.bench import BLOCK
from rnnviz.engine.errors import SpecError
from rnnviz.engine.interventions import Intervention
from rnnviz.engine.loss import Targets
from rnnviz.engine.network import Network
from rnnviz.engine.runcore import RunCore
from rnnviz.engine.schedule import Schedule
from rnnviz.engine.spec import Direction
from rnnviz.engine.trace import Trace


@in_own_modes
def run(
    network: Network,
    x: ArrayLike | Tensor,
    target: ArrayLike | Tensor | None = None,
    initial_state: Mapping[str, ArrayLike | Tensor] | Sequence[ArrayLike | Tensor] | None = None,
    interventions: Iterable[Intervention] = (),
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
    interventions : iterable of Clamp or Edit
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


class Running(RunCore):
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
        record = self.grown(self.record, schedule.steps)
        before, told = self.schedule, self.targets
        self.x, self.schedule, self.targets, self.record = longer, schedule, targets, record
        if schedule.spec.bidirectional:
            self.position = 0
            return "The sequence is longer, so the backward direction was computed again."
        self.position = min(self.position, before.length)
        if schedule.spec.topology == "many-to-one":
            self.blank_outputs(slice(0, self.position))
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
                self.compute_outputs(int(block) * BLOCK, min(self.position, (int(block) + 1) * BLOCK))

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
            stop = start + 1 if self.returns else min(position, (start // BLOCK + 1) * BLOCK)
            self._all_layers(start, stop)
            return stop
        sweep, offset = divmod(self.position, self.schedule.steps)
        if sweep >= 2 * self.schedule.spec.num_layers:
            return self._outputs(position)
        return self._sweep(sweep, offset, position)

    def _all_layers(self, start: int, stop: int) -> None:
        self.store_inputs(start, stop)
        for at in self.network.cell_layers:
            self.compute_cell(at, start, stop)
        self.compute_outputs(start, stop)

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
            self.store_inputs(start, stop)
        self.compute_cell(self.network.at(layer, _direction(direction)), start, stop)
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
            self.compute_outputs(first, stop)
            first, done = stop, int(np.searchsorted(steps, stop))
        return before + done


def _direction(name: str) -> Direction:
    return "forward" if name == "forward" else "backward"
