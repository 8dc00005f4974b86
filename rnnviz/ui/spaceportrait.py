"""What is drawn behind the states of a layer of one or two units: where a step takes each of them, and what is held."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.language.tex import symbol_text
from rnnviz.engine.requests import Phase, Principal
from rnnviz.ui import reading, spacereading
from rnnviz.ui.cellreading import StepReader
from rnnviz.ui.plots.xy.state_space.items import FixedDots, Portrait, ReturnMap
from rnnviz.ui.view import AnalysisView, View

IN_PLANE = 0.01
"""How far a state may be from where it is held, against the larger of 1 and its size, to lie in the plane shown."""

Floats = NDArray[np.float64]


def portrait_of(phase: AnalysisView) -> Portrait | ReturnMap:
    """Return what the answer to a request for a portrait draws."""
    arrays = {name: np.asarray(array, np.float64) for name, array in phase.arrays.items()}
    state = symbol_text(str(phase.facts["state"]))
    if "map" in arrays:
        return ReturnMap(arrays["first"], arrays["map"], (f"one step from {state}", f"{state} unchanged"))
    names = tuple(f"Δ{state} of unit {unit} = 0" for unit in (1, 2))
    lines = arrays["nullcline 1"], arrays["nullcline 2"]
    return Portrait(arrays["first"], arrays["second"], arrays["field"], lines, names)


def told(phase: AnalysisView) -> str:
    """Return what a portrait holds: its input, and the other states of the cell."""
    request, names = phase.request, phase.facts["held"]
    assert isinstance(request, Phase)
    assert isinstance(names, tuple)
    held = "fixed: x = 0" if request.step is None else f"fixed: x of t = {request.step + 1}"
    if not names:
        return held
    others = ", ".join(symbol_text(name) for name in names)
    return f"{held}, {others} " + ("= 0" if request.at is None else f"of t = {request.at + 1}")


def axes_of(view: View, state: str) -> tuple[str, str]:
    """Return the names of the axes of a map of one unit."""
    symbol = symbol_text(state)
    return f"{symbol} at t {'−' if view.direction == 'forward' else '+'} 1", f"{symbol} at t"


def pairs(view: View, request: Principal, steps: NDArray[np.int64]) -> Floats:
    """Return the state of a single unit before some steps and after them, [n, 2]; NaN where it is not known."""
    trace, cell = view.trace, reading.cell_of(view)
    assert trace is not None
    assert cell is not None
    recorded = np.asarray(trace.record.signal(request.state, request.layer, request.direction)[:, 0], np.float64)
    before = steps + (-1 if request.direction == "forward" else 1)
    inside = (before >= 0) & (before < len(recorded))
    found = np.stack([np.full(len(steps), np.nan), recorded[steps]], 1)
    found[inside, 0] = recorded[before[inside]]
    for row in np.flatnonzero(~inside).tolist():
        start = StepReader(view, cell, int(steps[row]))(request.state, True)
        found[row, 0] = np.nan if start is None else float(start[0])
    return found


def fixed_of(
    answer: AnalysisView, found: AnalysisView, phase: AnalysisView | None, state: str, *, mapped: bool
) -> FixedDots | None:
    """Return the fixed points on the axes that are shown, and which of them lie in the plane of the portrait."""
    dots = spacereading.fixed_of(answer, found, state)
    if dots is None:
        return None
    if mapped:
        dots = replace(dots, points=np.repeat(dots.points, 2, 1))
    states, units = found.facts["states"], int(float(str(found.facts["units"])))
    names = phase.facts["held"] if phase is not None else ()
    if phase is None or not names or not isinstance(states, tuple) or not isinstance(names, tuple):
        return dots
    points = np.asarray(found.arrays["points"], np.float64)
    inside = np.ones(len(points), np.bool_)
    for name, held in zip(names, np.asarray(phase.arrays["held"], np.float64), strict=True):
        first = states.index(name) * units
        gaps = np.abs(points[:, first : first + units] - held).max(1, initial=0.0)
        inside &= gaps <= IN_PLANE * max(1.0, float(np.abs(held).max(initial=0.0)))
    return replace(dots, inside=tuple(inside.tolist()))
