"""How far the way back through backpropagation has come, and what of a plot it has not come to."""

from __future__ import annotations

from rnnviz.engine.language.tex import symbol_text
from rnnviz.engine.record import NETWORK
from rnnviz.engine.spec import Direction
from rnnviz.ui import reading
from rnnviz.ui.plots import TimePlot, TimeWidget
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


def cover(plot: TimeWidget | TimePlot, view: View, layer: int, direction: Direction) -> None:
    """Hide the steps of a plot of gradients that the way back has not come to, while what lies ahead is hidden.

    To be called after the panel has covered what lies ahead on the way forward.
    """
    if view.trace is None or not (view.backward and view.ahead_hidden):
        plot.set_hidden_before(None)
        return
    seen = arrived(view, layer, direction)
    plot.set_hidden_before(seen.start)
    plot.set_ahead_hidden(seen.stop - 1 if seen.stop < view.trace.steps else None)


# in words


def part_names(view: View) -> dict[str, str]:
    """Return what the parts of an arriving gradient are called in the margin of a plot."""
    both = view.trace is not None and view.trace.schedule.spec.bidirectional
    return {"own": "own", "others": "others" if both else "future", "whole": "both"}


def arrival_title(view: View, signal: str, unit: bool) -> tuple[str, str]:
    """Return what is drawn of an arriving gradient, as a formula and in words, and how far it has come."""
    assert view.trace is not None
    steps, reached = view.trace.steps, loss_reach(view)
    done = view.published == view.trace.schedule.positions
    others = "other steps" if part_names(view)["others"] == "others" else "the future"
    parts = f"own loss + {others}"
    words = [
        _came(view, steps) if view.backward else "",
        f"unit {view.units[0] + 1}: {parts}" if unit else f"{parts}, of which the norms do not add up",
        "loss of all steps" if done else f"loss of steps 1 to {reached}",
        reading.where(view),
    ]
    symbol = f"∂L / ∂{symbol_text(signal)}ₜ"
    return symbol if unit else f"‖{symbol}‖", ", ".join(filter(None, words))


def _came(view: View, steps: int) -> str:
    step = gone_back_to(view, view.layer, view.direction)
    return f"arrived back to t = {step + 1}" if 0 <= step < steps else "has not arrived yet"
