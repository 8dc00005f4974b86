"""Bars of strength, the map of connectivity and the lines of clipping, as they are painted."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from rnnviz.ui.controls.strengthbars import StrengthBars, scale_top
from rnnviz.ui.plots import Curve, TimeAxis
from rnnviz.ui.plots.time.clip_plot import ClipPlot, Level
from rnnviz.ui.plots.time.connectivity_map import SQUARE, ConnectivityMap
from rnnviz.ui.theme import LIGHT, SignalStyle, tint


@pytest.fixture
def axis(qapp: object) -> TimeAxis:
    return TimeAxis()


@pytest.fixture
def bars(axis: TimeAxis, qtbot: QtBot) -> Iterator[StrengthBars]:
    plot = StrengthBars(axis)
    qtbot.addWidget(plot)
    plot.resize(800, 220)
    plot.show()
    yield plot
    plot.close()


def column(plot: StrengthBars, step: int, image: QImage | None = None) -> list[str]:
    """The colours of a step's pixels, from below."""
    shown = image if image is not None else plot.grab().toImage()
    x, rect = round(plot.x_of(step)), plot.scale_rect
    return [shown.pixelColor(x, y).name() for y in range(int(rect.bottom()) - 2, int(rect.top()) + 2, -1)]


def test_a_bar_is_as_high_and_as_strong_as_its_number(axis: TimeAxis, bars: StrengthBars) -> None:
    axis.set_steps([str(k) for k in range(5)])
    values = np.array([0.1, 0.2, 0.4, 0.3, 0.0])
    bars.set_bars(values, np.ones(5, np.bool_), 0.4)
    image = bars.grab().toImage()
    for step, value in enumerate(values.tolist()):
        ground = tint(value / 0.4, LIGHT).ground
        high = column(bars, step, image).count(ground)
        if value:
            assert high == pytest.approx(value / 0.4 * bars.scale_rect.height(), abs=6)


def test_steps_that_are_not_asked_about_have_no_bar(axis: TimeAxis, bars: StrengthBars) -> None:
    axis.set_steps([str(k) for k in range(4)])
    asked = np.array([True, True, False, False])
    bars.set_bars(np.ones(4), asked, 1.0)
    strongest = tint(1.0, LIGHT).ground
    assert [strongest in column(bars, step) for step in range(4)] == asked.tolist()


def test_infinity_fills_its_step_and_what_is_not_a_number_is_crossed(axis: TimeAxis, bars: StrengthBars) -> None:
    axis.set_steps([str(k) for k in range(3)])
    bars.set_bars(np.array([np.inf, np.nan, 1.0]), np.ones(3, np.bool_), 1.0)
    assert LIGHT.plus_infinity in column(bars, 0)
    assert QColor(LIGHT.error).name() in column(bars, 1)


def test_the_largest_of_many_steps_stands_for_them_whatever_is_painted(axis: TimeAxis, bars: StrengthBars) -> None:
    axis.set_steps([str(k) for k in range(20_000)])
    values = np.zeros(20_000)
    values[12_345] = 1.0
    bars.set_bars(values, np.ones(20_000, np.bool_), 1.0)
    whole = bars.grab().toImage()
    strongest = tint(1.0, LIGHT).ground
    found = [x for x in range(whole.width()) if whole.pixelColor(x, 150).name() == strongest]
    assert found
    assert abs(found[0] - bars.x_of(12_345)) <= 2


@pytest.mark.parametrize(
    ("largest", "top"), [(0.256, 0.3), (1.0, 1.0), (1.1, 1.5), (0.0, 1.0), (7e-9, 8e-9), (1e-320, 1e-320)]
)
def test_the_scale_ends_at_a_round_number_not_far_above(largest: float, top: float) -> None:
    assert scale_top(largest) == pytest.approx(top)


def test_rows_without_output_are_empty_and_named(axis: TimeAxis, qtbot: QtBot) -> None:
    plot = ConnectivityMap(axis)
    qtbot.addWidget(plot)
    plot.resize(700, 300)
    axis.set_steps(tuple("abcdef"))
    known = np.array([False, False, True, True, True, True])
    table = np.where(np.tri(6, dtype=np.bool_), -1.0, -np.inf)[2:]
    plot.show_table(table, np.array([2, 3, 4, 5]), known, np.ones(6, np.bool_))
    assert plot.value_text(0, 0) == "no output"
    assert plot.value_text(0, 3) == "0.100"
    assert plot.value_text(5, 3) == "0"
    assert [tick.text for tick in plot.automatic_ticks(9)] == ["a 1", "b 2", "c 3", "d 4", "e 5", "f 6"]
    assert plot.grab().width() == 700


def test_of_a_long_run_the_rows_are_named_by_their_steps(axis: TimeAxis, qtbot: QtBot) -> None:
    count = SQUARE + 100
    plot = ConnectivityMap(axis)
    qtbot.addWidget(plot)
    plot.resize(700, 300)
    axis.set_steps([str(k + 1) for k in range(count)])
    steps = np.array([9, 300, count - 1])
    plot.show_table(np.zeros((3, count)), steps, np.ones(count, np.bool_), np.ones(count, np.bool_))
    assert [tick.text for tick in plot.automatic_ticks(9)] == ["10", "301", str(count)]
    assert plot.describe(4, 1).startswith("t = 301 on k = 5: ")


def test_the_lines_of_clipping_are_painted_whatever_they_are(axis: TimeAxis, qtbot: QtBot) -> None:
    plot = ClipPlot(axis)
    qtbot.addWidget(plot)
    axis.set_steps(("a", "b", "c"))
    values = np.array([np.nan, np.inf, -np.inf])
    plot.set_curves({"before": Curve(values, SignalStyle(LIGHT.muted, "circle"), "before")})
    for size in ((800, 300), (300, 84), (160, 40)):
        plot.resize(*size)
        levels = (Level(np.nan, "|g| before NaN"), Level(400.0, "largest entry 1e400"))
        plot.set_levels(levels, Level(-9.0, "threshold for |g| 1e-9"))
        height = plot.threshold_height
        assert height is not None
        assert plot.scale_rect.top() <= height <= plot.scale_rect.bottom()
        assert plot.grab().width() == size[0]
