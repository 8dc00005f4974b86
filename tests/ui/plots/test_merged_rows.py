"""Where there is no room for a row for each unit, a row of the picture stands for several, and the plot says so."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from rnnviz.ui.plots import HeatmapPlot, TimeAxis
from rnnviz.ui.plots.time.heatmap_item import LEAST_ROW
from rnnviz.ui.theme import DIVERGING, GATES, LIGHT, MAGNITUDES, NORMAL, ColourMap
from rnnviz.ui.theme.colormaps import colour_index

STEPS = 5


def shown(qtbot: QtBot, units: int, height: int, colours: ColourMap = GATES) -> HeatmapPlot:
    axis = TimeAxis()
    axis.set_steps([str(step) for step in range(STEPS)])
    plot = HeatmapPlot(axis)
    axis.setParent(plot)
    plot.set_theme(LIGHT, NORMAL)
    values = np.random.default_rng(units).random((STEPS, units)).astype(np.float32)
    plot.set_data(values, (0.0, 1.0), colours)
    qtbot.addWidget(plot)
    margins = plot.margins
    plot.resize(600, height + margins.top + margins.bottom)
    plot.show()
    return plot


def colour_in(plot: HeatmapPlot, step: int, row: float) -> int:
    image = plot.grab().toImage()
    return image.pixel(round(plot.x_of(step)), round(plot.y_of(row)))


@pytest.mark.parametrize("colours", [GATES, DIVERGING, MAGNITUDES], ids=lambda found: f"{found.name} {found.pivot}")
@pytest.mark.parametrize("units", [24, 25, 61, 400])
def test_each_row_shows_what_is_farthest_from_saying_nothing(qtbot: QtBot, units: int, colours: ColourMap) -> None:
    plot = shown(qtbot, units, 41, colours)
    each = plot.image.merged
    assert each == -(-units * LEAST_ROW // 41)
    table = colours.table(LIGHT)
    for step in range(STEPS):
        for first in range(0, units, each):
            group = plot.values[step, first : first + each]
            extreme = group[np.abs(group - colours.pivot).argmax()]
            middle = (first + min(first + each, units)) / 2
            if plot.y_of(first + each) - plot.y_of(first) < LEAST_ROW or first + each > units:
                continue  # the last row stands for what is left, and may be lower
            red, green, blue = table[colour_index(np.array(extreme), 0.0, 1.0), :3].tolist()
            assert colour_in(plot, step, middle) & 0xFFFFFF == (red << 16) + (green << 8) + blue


@pytest.mark.parametrize(
    ("colours", "told"), [(GATES, "rows: extremes of 3 units"), (MAGNITUDES, "rows: maxima of 3 units")]
)
def test_the_plot_says_what_its_rows_are_while_that_is_so(qtbot: QtBot, colours: ColourMap, told: str) -> None:
    plot = shown(qtbot, 60, 48, colours)
    assert plot.merged_text == told
    with qtbot.waitSignal(plot.mergedChanged):
        plot.resize(600, 200)
    assert plot.merged_text == ""
    assert plot.image.merged == 1


@pytest.mark.parametrize("height", [48, 49, 47])
def test_rows_of_two_pixels_are_the_least(qtbot: QtBot, height: int) -> None:
    plot = shown(qtbot, 24, height)
    assert (plot.image.merged == 1) == (height >= 48)


def test_who_zooms_in_sees_each_unit(qtbot: QtBot) -> None:
    plot = shown(qtbot, 60, 48)
    plot.box.values_zoomed = True
    plot.box.setYRange(10, 20, padding=0)
    plot._on_values_zoomed()
    assert plot.image.merged == 1
    assert plot.merged_text == ""
