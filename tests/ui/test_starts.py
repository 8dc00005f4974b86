"""The states before the first step: what the document gives comes before what the cell says, and that before zero."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from rnnviz.engine.requests import Starts
from rnnviz.ui.cellreading import unit_values
from rnnviz.ui.starts import has_come, start_of, wanted
from rnnviz.ui.view import AnalysisView, View
from tests.ui.panels.pictures import make_view

OWN = "h[0] = 0.5\nh[t] = tanh(W @ x[t] + U @ h[t-1] + b)"


def given(view: View, rows: list[list[float]]) -> View:
    assert view.document is not None
    return replace(view, document=replace(view.document, given={"h": rows}))


def told(view: View, **fields: Any) -> Any:
    found = start_of(view, fields.get("layer", 0), fields.get("direction", "forward"), "h")
    return None if found is None else found.tolist()


def test_states_start_from_zero_where_nothing_else_is_said() -> None:
    assert told(make_view(hidden_size=3)) == [0.0, 0.0, 0.0]
    assert wanted(make_view(hidden_size=3)) == ()


def test_a_cell_says_what_it_starts_from_unless_the_document_does() -> None:
    view = make_view(cell=OWN, hidden_size=2)
    assert told(view) == [0.5, 0.5]
    assert told(given(view, [[1.0, 2.0]])) == [1.0, 2.0]


def test_every_layer_and_direction_has_its_own_row() -> None:
    view = given(make_view(hidden_size=1, num_layers=2, bidirectional=True), [[1.0], [2.0], [3.0], [4.0]])
    places = [(layer, way) for layer in (0, 1) for way in ("forward", "backward")]
    assert [told(view, layer=layer, direction=way) for layer, way in places] == [[1.0], [2.0], [3.0], [4.0]]


def test_learned_states_are_those_that_the_engine_tells() -> None:
    view = make_view(hidden_size=2, initial_state="learned")
    assert told(view) is None
    assert wanted(view) == (Starts(),)
    assert view.trace is not None
    answer = AnalysisView(Starts(), view.trace, 0, {"0.forward.h": np.array([0.25, -1.0])})
    now = replace(view, analyses=MappingProxyType({Starts(): answer}))
    assert told(now) == [0.25, -1.0]
    assert has_come(now, view)
    assert not has_come(now, now)
    other = replace(now, analyses=MappingProxyType({Starts(): replace(answer, trace=replace(view.trace))}))
    assert told(other) is None


@pytest.mark.parametrize("unit", [0, 1])
def test_a_formula_reads_the_state_that_is_given(unit: int) -> None:
    view = replace(given(make_view(hidden_size=2), [[0.75, -0.75]]), position=1)
    assert unit_values(view, unit)["h[t-1]"] == [0.75, -0.75][unit]
