"""Which steps have an input and an output, and in which order a run reaches them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.errors import SpecError
from rnnviz.engine.spec import Direction, NetworkSpec

MAX_STEPS = 100_000


@dataclass(frozen=True)
class Position:
    """One moment of a run: what has just been computed.

    Parameters
    ----------
    phase : {"start", "layer", "output"}
        Nothing yet, one step of a layer (of all layers at once where there is one direction), or one output.
    layer : int
        The layer, or -1 where all layers advance together.
    direction : {"forward", "backward"}
    step : int
        The step t, counted from 0; -1 at the start.
    """

    phase: Literal["start", "layer", "output"]
    layer: int
    direction: Direction
    step: int


@dataclass(frozen=True)
class Schedule:
    """The steps of a sequence of length T through a network, and the order of a run.

    With one direction a run has one position per step. With two directions every layer runs from the first step to
    the last, then back, and the outputs come at the end; each of these is a position of its own, so that a run can
    stop between any two of them.

    Parameters
    ----------
    spec : NetworkSpec
    length : int
        Number of input steps T.

    Raises
    ------
    SpecError
        When the topology does not fit the length, or there are more than 100,000 steps.
    """

    spec: NetworkSpec
    length: int

    def __post_init__(self) -> None:
        if self.length < 1:
            raise SpecError("the sequence is empty, but a network needs at least one step")
        if self.spec.topology == "one-to-one" and self.length > 1:
            raise SpecError(
                f"one-to-one has one step, but the sequence has {self.length}: shorten it or choose many-to-many"
            )
        if self.steps > MAX_STEPS:
            raise SpecError(f"the sequence has {self.steps:,} steps, but at most {MAX_STEPS:,} are supported")

    @property
    def steps(self) -> int:
        """Number of steps S: T, and d more with a delay."""
        return self.length + self.spec.delay

    @property
    def has_input(self) -> NDArray[np.bool_]:
        """[S], True where a step is fed an element of the sequence."""
        steps = np.arange(self.steps)
        fed = 1 if self.spec.topology == "one-to-many" else self.length
        return np.less(steps, fed)

    @property
    def first_output(self) -> int:
        """The first step that has an output; all later ones have one too."""
        return self.steps - 1 if self.spec.topology == "many-to-one" else self.spec.delay

    @property
    def has_output(self) -> NDArray[np.bool_]:
        """[S], True where a step has an output."""
        return np.greater_equal(np.arange(self.steps), self.first_output)

    @property
    def output_steps(self) -> NDArray[np.intp]:
        """[K], the steps that have an output."""
        return np.flatnonzero(self.has_output)

    @property
    def positions(self) -> int:
        """Number of positions of a whole run, without the start."""
        if not self.spec.bidirectional:
            return self.steps
        return self.spec.num_layers * 2 * self.steps + self.steps - self.first_output

    def at(self, position: int) -> Position:
        """What a run has just computed when it stands at a position, 0 being the start."""
        position = max(0, min(position, self.positions))
        if position == 0:
            return Position("start", -1, "forward", -1)
        if not self.spec.bidirectional:
            return Position("layer", -1, "forward", position - 1)
        sweep, offset = divmod(position - 1, self.steps)
        if sweep >= 2 * self.spec.num_layers:
            output = position - 1 - 2 * self.spec.num_layers * self.steps
            return Position("output", -1, "forward", self.first_output + output)
        if sweep % 2 == 0:
            return Position("layer", sweep // 2, "forward", offset)
        return Position("layer", sweep // 2, "backward", self.steps - 1 - offset)

    def reached(self, position: int, layer: int, direction: Direction) -> slice:
        """The steps of a layer and direction that a run has computed at a position."""
        position = max(0, min(position, self.positions))
        if not self.spec.bidirectional:
            return slice(0, position)
        before = (2 * layer + (direction == "backward")) * self.steps
        count = max(0, min(self.steps, position - before))
        return slice(0, count) if direction == "forward" else slice(self.steps - count, self.steps)

    def outputs_reached(self, position: int) -> slice:
        """The steps whose output a run has computed at a position, as far as they have one."""
        position = max(0, min(position, self.positions))
        if not self.spec.bidirectional:
            return slice(0, position)
        count = position - 2 * self.spec.num_layers * self.steps
        if count <= 0:
            return slice(0, 0)
        return slice(0, self.first_output + count)

    def position_of(self, step: int) -> int:
        """The position at which everything about a step has been computed."""
        step = max(-1, min(step, self.steps - 1))
        if not self.spec.bidirectional:
            return step + 1
        before = 2 * self.spec.num_layers * self.steps
        return before + int(np.searchsorted(self.output_steps, step, side="right")) if step >= 0 else 0
