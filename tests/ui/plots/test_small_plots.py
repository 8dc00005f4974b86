"""Plots with little room: what is written beside them never overlaps."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRect
from pytestqt.qtbot import QtBot

from rnnviz.ui.plots import Curve, CurvesPlot, HeatmapPlot, LogCurvesPlot, ProbabilityPlot, TimeAxis, TokenStrip
from rnnviz.ui.plots.base.colour_bar import ColourBar
from rnnviz.ui.theme import GATES, LIGHT, NORMAL, series_style, signal_style


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
    written = sorted([y for y, _ in plot.value_axis.shown] + plot.named_heights())
    assert np.diff(written).min() >= NORMAL.small * 0.9
    assert plot.scale_rect.height() >= 0.3 * plot.data_rect.height()


@pytest.mark.parametrize("bounds", [(-9.0, 3.0), (-3.0, 0.0), (-2.0, 0.0), (-40.0, -30.0)])
@pytest.mark.parametrize("height", [52, 56, 60, 66, 75, 84, 100])
def test_a_low_plot_says_what_power_of_ten_its_curves_have(
    qtbot: QtBot, height: int, bounds: tuple[float, float]
) -> None:
    plot = LogCurvesPlot(axis_of(8))
    qtbot.addWidget(plot)
    plot.set_theme(LIGHT, NORMAL)
    plot.resize(600, height)
    plot.set_value_range(*bounds)
    plot.relayout()
    assert [bounds[0] <= tick.value <= bounds[1] for _, tick in plot.value_axis.shown].count(True) >= 1


def test_a_tall_plot_shows_both_ends_of_its_scale(qtbot: QtBot) -> None:
    axis = TimeAxis()
    axis.set_steps(tuple("abc"))
    plot = LogCurvesPlot(axis)
    qtbot.addWidget(plot)
    plot.set_theme(LIGHT, NORMAL)
    plot.resize(600, 400)
    plot.set_value_range(-4.0, 0.0)
    plot.relayout()
    assert [tick.value for _, tick in plot.value_axis.shown][:: len(plot.value_axis.shown) - 1] == [-4.0, 0.0]


def axis_of(steps: int) -> TimeAxis:
    axis = TimeAxis()
    axis.set_steps([str(step) for step in range(steps)])
    return axis


@pytest.mark.parametrize("height", [60, 90, 140])
def test_names_and_shares_of_many_classes_stand_apart_and_are_not_cut(qtbot: QtBot, height: int) -> None:
    plot = ProbabilityPlot(axis_of(24))
    qtbot.addWidget(plot)
    plot.resize(600, height)
    plot.set_probabilities([f"word{k}" for k in range(24)], np.eye(24) * 0.9 + 0.1 / 24)
    for step in (0, 7, 23):
        plot.set_cursor(step)
        bars = plot.bars.bars
        middles = sorted(bar.y for bar in bars)
        assert np.diff(middles).min() >= NORMAL.small * 1.2
        assert middles[0] - NORMAL.small / 2 >= plot.data_rect.top()
        assert middles[-1] + NORMAL.small / 2 <= plot.data_rect.bottom()
        assert [bar.share for bar in bars if bar.strongest] == [pytest.approx(0.9 + 0.1 / 24)]
        assert f"word{step}" in [tick.text for _, tick in plot.value_axis.shown]


def test_where_labels_do_not_fit_the_first_curve_keeps_its_own(qtbot: QtBot) -> None:
    plot = CurvesPlot(axis_of(8))
    qtbot.addWidget(plot)
    plot.resize(600, 50)
    plot.relayout()
    plot.set_curves({k: Curve(np.full(8, k / 10), series_style(k, LIGHT), f"unit {k}") for k in range(8)})
    labels = plot._labels
    row = labels.sizes.small * 1.35
    assert labels.rect.height() / row < len(plot.curves)
    assert labels.content[0].name == "unit 0"


@pytest.mark.parametrize("rows", [1, 4, 30])
def test_rows_are_counted_from_one_as_everything_on_the_screen(qtbot: QtBot, rows: int) -> None:
    plot = HeatmapPlot(axis_of(3))
    qtbot.addWidget(plot)
    plot.resize(500, 120)
    plot.set_data(np.zeros((3, rows)), (0.0, 1.0))
    ticks = plot.automatic_ticks(5)
    assert all(tick.text == str(int(tick.value + 0.5)) for tick in ticks)
    assert plot.row_name(0) == "unit 1"
    assert plot.describe(0, rows - 1).startswith(f"t = 1   unit {rows} ")


def strip_of(labels: list[str], qtbot: QtBot) -> TokenStrip:
    axis = TimeAxis()
    axis.set_steps(labels)
    strip = TokenStrip(axis)
    axis.setParent(strip)
    qtbot.addWidget(strip)
    strip.resize(800, strip.sizeHint().height())
    strip.relayout()
    return strip


def test_tokens_never_rise_higher_than_their_strip(qtbot: QtBot) -> None:
    strip = strip_of([f"word{k}" for k in range(5000)], qtbot)
    strip.axis.set_view(100, 128)
    assert strip._numbered
    short = strip_of([f"word{k}" for k in range(28)], qtbot)
    assert not short._numbered
    assert short.data_rect.height() >= int(short._slanted_height)


def test_labels_that_only_count_are_numbers_and_not_told_twice(qtbot: QtBot) -> None:
    assert strip_of([str(k + 1) for k in range(28)], qtbot)._numbered
    assert not strip_of([str(k) for k in range(28)], qtbot)._numbered


@pytest.mark.parametrize(
    ("names", "height", "stacked"), [("temperature", 200, True), ("temperature", 60, False), ("h", 200, False)]
)
def test_a_value_goes_below_a_name_that_has_no_room_beside_it(
    names: str, height: int, stacked: bool, qtbot: QtBot
) -> None:
    plot = CurvesPlot(axis_of(8))
    qtbot.addWidget(plot)
    plot.resize(600, height)
    plot.relayout()
    plot.set_cursor(3)
    plot.set_curves({k: Curve(np.full(8, k / 4), series_style(k, LIGHT), f"{names}{k}") for k in range(3)})
    assert plot._labels.stacked == stacked
    assert not plot.grab().isNull()


@pytest.mark.parametrize("height", [14.0, 21.0, 24.0, 40.0, 60.0, 120.0])
def test_the_numbers_beside_a_bar_of_colours_stand_apart_and_name_both_ends(qapp: object, height: float) -> None:
    bar, size = ColourBar(), NORMAL.small
    bar.set_scale(GATES, -1.0, 1.0)
    numbers = bar.numbers(height)
    middles = [min(max(share * height, size / 2), height - size / 2) for share, _ in numbers]
    assert min(np.diff(middles), default=size) >= size * 0.9
    written = " ".join(text for _, text in numbers).split()
    assert (written[0], written[-1]) == ("−1", "1")


def test_a_sentence_in_a_plot_is_read_wherever_the_cursor_stands(qtbot: QtBot) -> None:
    plot = CurvesPlot(axis_of(12))
    qtbot.addWidget(plot)
    plot.set_theme(LIGHT, NORMAL)
    plot.resize(600, 200)
    plot.set_notice("There are no interventions.")
    pictures = []
    for step in (0, 5, 6):
        plot.set_cursor(step)
        middle = plot.data_rect.center().toPoint()
        pictures.append(plot.grab(QRect(middle.x() - 80, middle.y() - 8, 160, 16)).toImage())
    assert pictures[0] == pictures[1] == pictures[2]
