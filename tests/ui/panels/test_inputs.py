"""The inputs as the first layer sees them, in their own units where these are known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from rnnviz.engine.record import NETWORK
from rnnviz.engine.sequence import TableSource, encode
from rnnviz.ui.panels.inputs import InputsPanel
from tests.ui.panels.conftest import Show
from tests.ui.panels.pictures import make_view, text_source, wave_source

TABLE = "load;heat;wind\n10;1,5;3\n20;2,5;1\n40;0,5;2\n30;1;7\n"


def with_true_inputs(view: Any) -> Any:
    """Write the encoded sequence into the record, as the engine does."""
    x = encode(view.document.source).x
    view.trace.record.segments[0].blocks["x"][: len(x)] = x
    return view


def test_a_table_is_shown_in_the_units_of_its_columns(show: Show) -> None:
    source = TableSource("weather.csv", TABLE, features=("load", "heat"), target="wind")
    panel = show(InputsPanel, with_true_inputs(make_view(source, output_size=1, readout="linear")))
    curves = {curve.label: curve.values for curve in panel.curves.curves.values()}
    np.testing.assert_allclose(curves["load"], [10, 20, 40, 30], rtol=1e-6)
    np.testing.assert_allclose(curves["heat"], [1.5, 2.5, 0.5, 1.0], rtol=1e-6)
    assert panel.curves.isVisible()
    assert not panel.heatmap.isVisible()


def test_many_inputs_are_a_heatmap_whose_rows_are_named(show: Show) -> None:
    view = with_true_inputs(make_view(text_source(12)))
    panel = show(InputsPanel, view, 900, 420)
    assert panel.heatmap.isVisible()
    assert panel.heatmap.names == view.trace.sequence.input_names
    assert panel.heatmap.levels == (0.0, 1.0)
    row = int(np.argmax(view.trace.record.signal("x", NETWORK)[3]))
    assert panel.heatmap.describe(3, row) == "t = 4   on   1.000"
    named = [tick.text for tick in panel.heatmap.automatic_ticks(50)]
    assert named == list(view.trace.sequence.input_names)


def test_an_embedding_has_numbers_for_names(show: Show) -> None:
    panel = show(InputsPanel, make_view(embedding_size=6))
    assert panel.heatmap.describe(0, 2).startswith("t = 1   x3 ")


def test_steps_that_are_fed_nothing_are_blank(show: Show) -> None:
    view = with_true_inputs(make_view(wave_source(), delay=3))
    panel = show(InputsPanel, view)
    (curve,) = panel.curves.curves.values()
    assert np.isfinite(curve.values[:12]).all()
    assert np.isnan(curve.values[12:]).all()
    np.testing.assert_array_equal(panel.data(view)["x"][:12], encode(view.document.source).x.astype(np.float32))


def test_outputs_fed_back_are_inputs_when_they_are_reached(show: Show) -> None:
    view: Any = make_view(topology="one-to-many", feedback="choice")
    panel = show(InputsPanel, replace(view, position=5, published=5))
    known = ~np.isnan(panel.heatmap.values).all(axis=1)
    assert known.tolist() == [True] * 5 + [False] * 7
    panel.session.show(view)
    QApplication.processEvents()
    assert not np.isnan(panel.heatmap.values).any()


@pytest.mark.parametrize("hidden", [False, True])
def test_what_lies_ahead_can_be_covered(hidden: bool, show: Show) -> None:
    panel = show(InputsPanel, replace(with_true_inputs(make_view()), position=4, ahead_hidden=hidden))
    assert panel.heatmap.is_hidden(4) == hidden
