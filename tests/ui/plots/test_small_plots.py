"""Plots with little room: what is written beside them never overlaps."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from rnnviz.ui.plots import Curve, LogCurvesPlot, TimeAxis
from rnnviz.ui.theme import LIGHT, NORMAL, signal_style


@pytest.mark.parametrize("height", [60, 84, 120, 300])
def test_powers_of_ten_and_names_of_rails_stand_apart_at_any_height(qtbot: QtBot, height: int) -> None:
    axis = TimeAxis()
    axis.set_steps(tuple("abcdefgh"))
    plot = LogCurvesPlot(axis)
    qtbot.addWidget(plot)
    plot.set_theme(LIGHT, NORMAL)
    plot.resize(600, height)
    plot.set_value_range(-9.0, 3.0)
    plot.set_curves({"h": Curve(np.linspace(-9, 3, 8), signal_style("h", LIGHT), "h")})
    plot.relayout()
    written = sorted([y for y, _ in plot._value_axis._ticks] + plot.named_heights())
    assert np.diff(written).min() >= NORMAL.small * 0.9
    assert plot.scale_rect.height() >= 0.3 * plot.data_rect.height()


def test_a_tall_plot_shows_both_ends_of_its_scale(qtbot: QtBot) -> None:
    axis = TimeAxis()
    axis.set_steps(tuple("abc"))
    plot = LogCurvesPlot(axis)
    qtbot.addWidget(plot)
    plot.set_theme(LIGHT, NORMAL)
    plot.resize(600, 400)
    plot.set_value_range(-4.0, 0.0)
    plot.relayout()
    assert [tick.value for _, tick in plot._value_axis._ticks][:: len(plot._value_axis._ticks) - 1] == [-4.0, 0.0]
