"""What the inspector says in numbers is what the network has at the cursor, of the unit, layer and direction picked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnviz.engine.language.numbers import equation_numbers_tex
from rnnviz.engine.messages import LossObjective, Objective, ProbeObjective
from rnnviz.ui import reading
from rnnviz.ui.controls.valuetable import brief
from rnnviz.ui.drawing.ticks import number
from rnnviz.ui.formula import placeholder
from rnnviz.ui.panels.inspector import InspectorPanel
from rnnviz.ui.view import View
from tests.ui.panels.runs import real_panel
from tests.ui.panels.truth import KINDS, Truth, somewhere, words

pytestmark = pytest.mark.usefixtures("qapp")

SIZE = (420, 900)


def objective_at(view: View) -> Objective | None:
    """What is differentiated where the cursor stands, as the help has it."""
    if view.probe is not None:
        return view.probe
    return LossObjective("whole") if view.scope == "whole" else LossObjective(view.scope, view.step)


def columns(truth: Truth, view: View, signal: str) -> list[str]:
    """The five columns of a signal: the unit, mean, least, greatest, and the gradient of the unit."""
    at = truth.signal(signal, view.layer, view.direction)[view.step]
    objective = objective_at(view)
    slope = "–"
    if view.gradients is not None and objective is not None:
        slope = brief(float(truth.gradient(objective, signal, view.layer, view.direction)[view.step, view.units[0]]))
    return [brief(float(value)) for value in (at[view.units[0]], at.mean(), at.min(), at.max())] + [slope]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scope", ["upto", "at", "whole", "probe"])
def test_every_number_is_that_of_the_unit_and_step(kind: str, scope: Any, tmp_path: Path) -> None:
    random = np.random.default_rng(sum(map(ord, kind + scope)))
    with real_panel(InspectorPanel, tmp_path, words(kind), size=SIZE, dtype="float64", **KINDS[kind]) as (
        panel,
        session,
        link,
    ):
        truth = Truth(session.view)
        if scope == "probe":
            last = int(truth.schedule.output_steps[-1])
            session.set_probe(ProbeObjective("output", last, 2, -1))
        else:
            session.set_scope(scope)
        for turn in range(6):
            somewhere(session, truth, random, turn)
            link.run_until_idle()
            view = session.view
            assert [row.signal for row in panel.table.rows] == [
                name for layer, way, name in truth.run.signals if (layer, way) == (view.layer, view.direction)
            ]
            for row in panel.table.rows:
                assert list(row.cells) == columns(truth, view, row.signal), (row.signal, view.step, view.units)
            assert panel.unit.value() == view.units[0] + 1
            assert panel.layer.currentData() == (view.layer, view.direction)
            loss = truth.loss(view.step)
            told = f" loss {number(loss, 4)}" if loss is not None else ""
            label = (*truth.sequence.labels, "")[view.step]
            assert panel.state.text() == f"t = {view.step + 1} / {truth.steps}{' ' + label if label else ''}{told}"


@pytest.mark.parametrize("kind", ["both ways", "one way"])
def test_the_formulas_have_the_numbers_of_the_unit_and_step(kind: str, tmp_path: Path) -> None:
    random = np.random.default_rng(len(kind))
    with real_panel(InspectorPanel, tmp_path, words(kind), size=SIZE, dtype="float64", **KINDS[kind]) as (
        panel,
        session,
        _,
    ):
        truth = Truth(session.view)
        for turn in range(4):
            view = somewhere(session, truth, random, turn)
            cell = reading.cell_of(view)
            assert cell is not None
            before = view.step + (-1 if view.direction == "forward" else 1)
            values = {
                name: float(truth.signal(name, layer, way)[view.step, view.units[0]])
                for layer, way, name in truth.run.signals
                if (layer, way) == (view.layer, view.direction)
            }
            for state in cell.states:
                known = 0 <= before < truth.steps
                past = truth.signal(state, view.layer, view.direction)[before] if known else np.zeros(9)
                values[f"{state}[t-1]"] = float(past[view.units[0]])
            colours = {name: placeholder(index) for index, name in enumerate((*cell.order, "x", "y"))}
            for line in panel.formula._lines:
                expected = equation_numbers_tex(cell, line.signal, values, colours=colours)
                assert line.numbers.replace("t+1", "t-1") == expected, (line.signal, view.step)
