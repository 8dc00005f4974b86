"""What diagrams and formulas of a cell read from a view: the numbers of one step of the picked layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnviz.engine.language.model import Cell
from rnnviz.engine.record import NETWORK
from rnnviz.ui import reading
from rnnviz.ui.diagram.values import Vector
from rnnviz.ui.diagram.words import short
from rnnviz.ui.starts import start_of
from rnnviz.ui.view import View


@dataclass(frozen=True)
class StepReader:
    """Reads the signals of one step of the picked layer and direction."""

    view: View
    cell: Cell
    step: int

    def __call__(self, name: str, before: bool) -> Vector | None:
        """Return a signal [units] at the step, or at the one before it in the order of the run; None if not known."""
        view, trace = self.view, self.view.trace
        if trace is None or not reading.is_known(view, view.layer, view.direction, self.step):
            return None
        row = self.step
        if before:
            row += -1 if view.direction == "forward" else 1
            if not 0 <= row < trace.steps:
                return start_of(view, view.layer, view.direction, name)
        recorded = trace.record.signal(name, view.layer, view.direction)
        return np.asarray(recorded[row], np.float64)


def element(view: View) -> str:
    """Return what stands along the time axis at the cursor: the token that is x, or its number; empty for none."""
    if view.trace is None or not 0 <= view.step < view.trace.steps or view.layer > 0:
        return ""
    if label := view.trace.labels[view.step]:
        return label
    recorded = view.trace.record.signal("x", NETWORK)
    return short(float(recorded[view.step, 0])) if recorded.shape[1] == 1 else ""


def unit_values(view: View, unit: int) -> dict[str, float]:
    """Return what a unit of the picked layer has at the cursor, for the formula with numbers.

    Keys are names of signals, and ``c[t-1]`` for states before; what is not known is missing.
    """
    trace, step, cell = view.trace, view.step, reading.cell_of(view)
    if trace is None or cell is None or not reading.is_known(view, view.layer, view.direction, step):
        return {}
    values = {
        field.signal: float(trace.record.signal(field.signal, view.layer, view.direction)[step, unit])
        for field in trace.fields(view.layer, view.direction)
        if unit < field.size
    }
    before = step - 1 if view.direction == "forward" else step + 1
    for state in cell.states:
        if 0 <= before < trace.steps:
            recorded = trace.record.signal(state, view.layer, view.direction)
            values[f"{state}[t-1]"] = float(recorded[before, unit])
        elif (start := start_of(view, view.layer, view.direction, state)) is not None:
            values[f"{state}[t-1]"] = float(start[unit])
    return values
