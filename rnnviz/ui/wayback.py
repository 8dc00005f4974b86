"""How far the way back through backpropagation has come, and what of a plot it has not come to."""

from __future__ import annotations

from rnnviz.engine.record import NETWORK
from rnnviz.engine.spec import Direction
from rnnviz.ui.plots import TimeWidget
from rnnviz.ui.view import View


def gone_back_to(view: View, layer: int, direction: Direction) -> int:
    """Return the step of a layer (NETWORK: of the outputs) that the way back has come to at the cursor.

    The backward direction of a layer is gone back over from its first step to its last. One step before the first of
    that way stands for not begun: S, or -1.
    """
    if view.trace is None:
        return 0
    left = view.trace.reached(view.position - 1, layer, direction)
    return left.start - 1 if direction == "backward" else left.stop


def arrived(view: View, layer: int, direction: Direction) -> slice:
    """Return the steps of a layer whose gradient is shown: on the way back, while what lies ahead is hidden, a part."""
    steps = view.trace.steps if view.trace is not None else 0
    if not (view.backward and view.ahead_hidden):
        return slice(0, steps)
    step = gone_back_to(view, layer, direction)
    return slice(0, step + 1) if direction == "backward" else slice(step, steps)


def loss_reach(view: View) -> int:
    """Return how many steps, from the first, can have a gradient of the loss of all that has been run."""
    if view.trace is None:
        return 0
    if view.trace.schedule.spec.bidirectional:
        return view.trace.steps
    return view.trace.reached(view.published, NETWORK, "forward").stop


def cover(plot: TimeWidget, view: View, layer: int, direction: Direction) -> None:
    """Hide the steps of a plot of gradients that the way back has not come to, while what lies ahead is hidden.

    To be called after the panel has covered what lies ahead on the way forward.
    """
    if view.trace is None or not (view.backward and view.ahead_hidden):
        plot.set_hidden_before(None)
        return
    seen = arrived(view, layer, direction)
    plot.set_hidden_before(seen.start)
    plot.set_ahead_hidden(seen.stop - 1 if seen.stop < view.trace.steps else None)
