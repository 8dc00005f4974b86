"""Moving the cursor: by time steps, layers and single operations, to a step, to the ends, and back again."""

from __future__ import annotations

from functools import partial
from types import MappingProxyType
from typing import get_args

from rnnviz.ui.byhand import ByHand
from rnnviz.ui.grains import Place, beginning_of_way_back, landing, moved
from rnnviz.ui.view import GRAIN, Grain


class Stepping(ByHand):
    """The requests that move the cursor."""

    _hidden_forward = False
    """Whether what lies ahead is hidden in the forward pass, while the backward pass is shown."""

    def step(self, by: int, grain: Grain | None = None) -> None:
        """Move the cursor to the right or, with a negative number, to the left; the engine runs on where needed.

        Parameters
        ----------
        by : int
        grain : {"step", "layer", "operation"} or None
            What to move by; None: what the transport moves by.
        """
        if self.later(partial(self.step, by, grain), looks=True) or self._view.trace is None:
            return
        view, trace = self._view, self._view.trace
        assert trace is not None
        start = Place(view.position, view.operation) if self.goal is None else Place(self.goal, self.goal_operation)
        along = -by if view.backward else by
        self._go(moved(trace, start, along, grain or view.grain, backward=view.backward))

    def step_along(self, by: int, grain: Grain | None = None) -> None:
        """Move the cursor on or back in the sense of the pass that is shown: on the way back, on is to the left."""
        self.step(-by if self._view.backward else by, grain)

    def go_to(self, step: int) -> None:
        """Move the cursor to where everything about a step, counted from 0, is shown."""
        if not self.later(partial(self.go_to, step), looks=True) and self._view.trace is not None:
            self.go_to_position(self._view.trace.schedule.position_of(step))

    def go_to_position(self, position: int) -> None:
        """Move the cursor to a position of the schedule, all of whose operations are done."""
        if self.later(partial(self.go_to_position, position), looks=True) or self._view.trace is None:
            return
        position = max(0, min(position, self._view.trace.schedule.positions))
        if position <= self._view.published:
            self.goal, self.follows = None, False
            self.apply(position=position, operation=None)
        elif not self.later(partial(self.go_to_position, position)):
            self.run_on(position)

    def go_to_start(self) -> None:
        """Move the cursor before the first step."""
        self.go_to_position(0)

    def go_to_end(self) -> None:
        """Move the cursor to the end, running on where needed."""
        if not self.later(self.go_to_end, looks=True) and self._view.trace is not None:
            self.go_to_position(self._view.trace.schedule.positions)

    def turn(self, backward: bool) -> None:
        """Turn the transport round: back through backpropagation, from the end of the run, or forward again.

        In the backward pass what lies ahead is hidden at first, so that the gradient is seen to arrive; forward again
        it is as it was.
        """
        trace = self._view.trace
        if self.later(partial(self.turn, backward), looks=True) or trace is None or backward == self._view.backward:
            return
        hidden = backward or self._hidden_forward
        self._hidden_forward = self._view.ahead_hidden
        self.apply(backward=backward, playing=False, ahead_hidden=hidden)
        if backward:
            self._go(beginning_of_way_back(trace, trace.schedule.positions, self._view.grain))

    def toggle_backward(self) -> None:
        """Turn the transport round."""
        self.turn(not self._view.backward)

    def set_grain(self, grain: Grain) -> None:
        """Set what the transport moves by; by whole steps, the step under way is shown whole."""
        if grain not in get_args(Grain):
            self.show_message(f"the step granularity is one of {', '.join(get_args(Grain))}, not {grain!r}", "error")
            return
        operation = None if grain == "step" else self._view.operation
        self.apply(options=MappingProxyType({**self._view.options, GRAIN: grain}), operation=operation)

    def next_grain(self) -> None:
        """Set the next finer grain; after the finest, the coarsest."""
        grains = get_args(Grain)
        self.set_grain(grains[(grains.index(self._view.grain) + 1) % len(grains)])

    def play(self) -> None:
        """Let the cursor run, to the left on the way back; from the end of the pass it starts over."""
        view = self._view
        if view.trace is None:
            return
        first, last = Place(0), view.trace.schedule.positions
        if view.backward:
            first, last = beginning_of_way_back(view.trace, view.published, view.grain), 0
        here = Place(view.position, view.operation)
        start = first if here == Place(last) else here
        self.apply(playing=True, position=start.position, operation=start.operation)

    def pause(self) -> None:
        """Stop playing."""
        self.apply(playing=False)

    def toggle_play(self) -> None:
        """Play, or pause."""
        if self._view.playing:
            self.pause()
        else:
            self.play()

    def set_speed(self, steps_per_second: float) -> None:
        """Set how fast to play."""
        self.apply(speed=float(steps_per_second))

    def _go(self, place: Place) -> None:
        """Move the cursor to a place; the layer that is being computed there is picked."""
        if place.position <= self._view.published:
            self.goal, self.follows = None, False
            self.apply(**landing(self._view, place))
        elif not self.later(partial(self._go, place)):
            self.run_on(*place)
