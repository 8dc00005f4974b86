"""Stacked bars: every part where it belongs, nothing hidden, cheap to step through."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from rnnviz.ui.export import WidgetFigure
from rnnviz.ui.export.write import svg_document
from rnnviz.ui.plots.time.stacked_bands import MOST_BANDS, Stack, bands_at, bands_of
from rnnviz.ui.plots.time.stacked_bars import StackPlot
from rnnviz.ui.plots.time.stacked_items import band_colour
from rnnviz.ui.plots.time.time_axis import TimeAxis
from rnnviz.ui.theme import DARK, LECTURE, LIGHT
from tests.ui.mouse import click, move

NAMES = ["start", "the", "cat", "sat"]
VALUES = np.array([[2.0, 1.0, 0.0, 0.0], [1.0, 0.5, -1.5, 0.0], [0.5, 0.25, -0.75, 1.0]])


def image_of(plot: QWidget) -> QImage:
    return plot.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


def shown(qtbot: QtBot, steps: int = 3, width: int = 800, height: int = 300) -> StackPlot:
    axis = TimeAxis()
    axis.set_steps([str(step) for step in range(steps)])
    window = QWidget()
    qtbot.addWidget(window)
    plot = StackPlot(axis, "memory", window)
    plot.kept = (axis, window)
    plot.resize(width, height)
    window.resize(width, height)
    window.show()
    qtbot.waitExposed(window)
    return plot


def colour_at(image: QImage, plot: StackPlot, step: float, value: float) -> str:
    return QColor(image.pixel(int(plot.x_of(step)), int(plot.y_of(value)))).name()


def point(plot: StackPlot, step: float, value: float) -> QPoint:
    return QPointF(plot.x_of(step), plot.y_of(value)).toPoint()


def test_parts_are_stacked_upwards_and_downwards_in_their_colours(qtbot: QtBot) -> None:
    plot = shown(qtbot)
    plot.set_stack(VALUES, NAMES, colours=["#999999", "", "", ""])
    image = image_of(plot)
    colours = [band_colour(band, LIGHT) for band in plot.bands]
    assert colours[0] == "#999999"
    assert len(set(colours)) == 4
    assert colour_at(image, plot, 0.2, 1.0) == colours[0]
    assert colour_at(image, plot, 0.2, 2.5) == colours[1]
    assert colour_at(image, plot, 1.2, -0.7) == colours[2]
    assert colour_at(image, plot, 2.2, 0.6) == colours[1]
    assert colour_at(image, plot, 2.2, 1.2) == colours[3]
    assert colour_at(image, plot, 1.2, 1.9) == LIGHT.surface


def test_pointing_tells_step_part_value_and_share_and_lights_the_band_everywhere(qtbot: QtBot) -> None:
    plot = shown(qtbot)
    plot.set_stack(VALUES, NAMES, line=VALUES.sum(1), line_name="c")
    pointed: list[tuple[int, int]] = []
    plot.hovered.connect(lambda step, part: pointed.append((step, part)))
    bare = colour_at(image_of(plot), plot, 2.2, 1.2)
    move(plot, point(plot, 1.2, -0.7))
    assert pointed[-1] == (1, 2)
    assert plot.describe(1, 2) == "t = 2   cat \N{MINUS SIGN}1.500 (50%)   c 0.000"
    lit = image_of(plot)
    colour = band_colour(plot.bands[2], LIGHT)
    assert colour_at(lit, plot, 2.2, -0.4) == colour
    assert colour_at(lit, plot, 2.2, 1.2) != bare
    plot.light(-1)
    assert colour_at(image_of(plot), plot, 2.2, 1.2) == bare


def test_a_click_names_its_part_and_its_step(qtbot: QtBot) -> None:
    plot = shown(qtbot)
    plot.set_stack(VALUES, NAMES)
    parts: list[int] = []
    steps: list[int] = []
    plot.rowClicked.connect(parts.append)
    plot.stepClicked.connect(steps.append)
    click(plot, point(plot, 2, 1.2))
    assert (parts, steps) == ([3], [2])


def test_the_margin_names_the_bands_of_the_cursor_and_none_of_a_hidden_step(qtbot: QtBot) -> None:
    plot = shown(qtbot)
    plot.set_stack(VALUES, NAMES, line=VALUES.sum(1), line_name="c")
    plot.set_cursor(2)
    assert [(label.name, label.value) for label in plot._labels.content] == [
        ("c", "1.00"),
        ("start", "0.50"),
        ("the", "0.25"),
        ("cat", "\N{MINUS SIGN}0.75"),
        ("sat", "1.00"),
    ]
    plot.set_ahead_hidden(1)
    assert not plot._labels.content


def test_no_line_leads_to_a_hidden_value(qtbot: QtBot) -> None:
    plot = shown(qtbot)
    plot.set_value_range(-3.0, 3.0)
    plot.set_stack(np.zeros((3, 4)), NAMES, line=[0.0, 0.0, 3.0], fit=False)
    plot.set_ahead_hidden(1)
    hidden = image_of(plot)
    plot.set_stack(np.zeros((3, 4)), NAMES, line=[0.0, 0.0, -3.0], fit=False)
    assert image_of(plot) == hidden
    plot.set_ahead_hidden(None)
    assert image_of(plot) != hidden


def test_many_parts_are_gathered_into_bands_that_cover_all_of_them() -> None:
    names = [f"w{k}" for k in range(1001)]
    bands = bands_of(names, ["#888888"] + [""] * 1000)
    assert len(bands) == MOST_BANDS + 1
    assert bands[0].name == "w0"
    assert [band.first for band in bands[1:]] == [band.last + 1 for band in bands[:-1]]
    assert bands[-1].last == 1000


def test_zooming_in_takes_bands_apart() -> None:
    names = [f"w{k}" for k in range(1000)]
    bands = bands_of(names, places=np.arange(1000), view=(199.5, 209.5))
    assert [band.name for band in bands] == ["1–200", *(f"w{k}" for k in range(200, 210)), "211–1000"]


def test_long_numbers_of_steps_are_named_by_what_differs() -> None:
    names = [""] * 100
    assert [band.name for band in bands_of(names, places=np.arange(50_000, 50_100))][:2] == ["50001–06", "50007–12"]
    assert bands_of(names, places=np.arange(9_990, 10_090))[1].name == "9997–10002"


def test_bands_of_blocks_are_named_by_all_their_steps() -> None:
    blocks = np.stack([np.arange(0, 200, 5), np.arange(4, 204, 5)], 1)
    bands = bands_of([""] * 40, places=blocks, view=(-0.5, 49.5))
    assert bands[0].first == bands[0].last == 0
    assert [band.name for band in bands[10:]] == ["51–200"]


def test_the_heights_of_bars_do_not_depend_on_how_parts_are_gathered() -> None:
    values = np.random.default_rng(0).normal(size=(5, 100))
    stack, steps = Stack(values), np.arange(5)
    upper, lower = stack.edges(steps, bands_of([str(k) for k in range(100)]))
    np.testing.assert_allclose(upper[:, -1], np.maximum(values, 0).sum(1))
    np.testing.assert_allclose(lower[:, -1], np.minimum(values, 0).sum(1))


def test_the_part_under_a_value_is_found_within_a_band_of_many() -> None:
    stack = Stack(np.tile([1.0, -2.0, 0.0, 3.0], (2, 1)))
    assert [stack.part_at(1, v) for v in (0.5, 1.5, 3.9, 4.1, -1.0, -2.1, 0.0)] == [0, 3, 3, -1, 1, -1, -1]
    assert stack.part_at(7, 0.5) == -1


def test_a_pixel_of_many_steps_shows_the_one_that_reaches_farthest() -> None:
    values = np.ones((100_000, 3))
    values[77_777] = -50.0
    values[12_345, 1] = np.nan
    edges, steps = Stack(values).columns((-0.5, 99_999.5), 900.0)
    assert len(steps) == 900
    assert len(edges) == 901
    assert {77_777, 12_345} <= set(steps.tolist())
    assert np.all((steps > edges[:-1]) & (steps < edges[1:]))


def test_what_cannot_be_stacked_is_marked_and_named_and_leaves_the_rest_alone(qtbot: QtBot) -> None:
    plot = shown(qtbot)
    values = np.vstack([VALUES, VALUES])
    values[1, 2], values[2, 0], values[4] = np.inf, np.nan, np.nan
    plot.axis.set_steps([str(k) for k in range(8)])
    plot.set_stack(values, NAMES, line=values.sum(1), line_name="c")
    image = image_of(plot)
    assert colour_at(image, plot, 0.2, 1.0) == band_colour(plot.bands[0], LIGHT)
    assert colour_at(image, plot, 1.4, 1.0) not in (LIGHT.surface, band_colour(plot.bands[0], LIGHT))
    assert plot.stack.strange.tolist() == [False, True, True, False, False, False]
    assert "of 4 parts 1 infinite" in plot.describe(1, -1)
    assert "1 not a number" in plot.describe(2, -1)
    assert plot._high == pytest.approx(3.0, rel=0.1)


@pytest.mark.parametrize("values", [np.zeros((0, 0)), np.zeros((3, 4)), np.full((3, 4), np.nan), np.ones((3, 0))])
def test_nothing_to_stack_is_drawn_too(values: Any, qtbot: QtBot) -> None:
    plot = shown(qtbot)
    plot.set_stack(values, NAMES[: values.shape[1]])
    plot.set_cursor(1)
    image_of(plot)
    assert plot.describe(1, -1) == "t = 2"


def test_numbers_beyond_all_scales_are_drawn(qtbot: QtBot) -> None:
    plot = shown(qtbot)
    plot.set_stack(VALUES * 1e307 * 5, NAMES, line=VALUES.sum(1) * 1e307)
    image_of(plot)
    plot.set_stack(VALUES * 8e307, NAMES)
    image_of(plot)
    assert "overflows" in plot.describe(0, -1)


def test_narrow_bars_have_the_colours_of_wide_ones(qtbot: QtBot) -> None:
    plot = shown(qtbot, 3000)
    plot.set_stack(np.repeat(VALUES, 1000, axis=0), NAMES, colours=["#999999", "", "", ""])
    colours = [band_colour(band, LIGHT) for band in plot.bands]
    image = image_of(plot)
    wanted = {(500, 1.0): 0, (500, 2.5): 1, (1500, -0.7): 2, (2500, 0.6): 1, (2500, 1.2): 3, (2500, -0.4): 2}
    for (step, value), part in wanted.items():
        assert colour_at(image, plot, step, value) == colours[part]
    assert colour_at(image, plot, 2500, 2.5) == LIGHT.surface
    plot.light(1)
    lit = image_of(plot)
    assert colour_at(lit, plot, 2500, 0.6) == colours[1]
    assert colour_at(lit, plot, 2500, 1.2) not in colours


def test_the_band_over_a_height_is_found() -> None:
    stack = Stack([[1.0, -2.0, 3.0], [0.0, np.nan, 1.0]])
    upper, lower = stack.edges(np.arange(2), bands_of(["a", "b", "c"]))
    found = bands_at(upper, lower, np.array([0.5, 3.9, 4.1, -1.0, -2.5]))
    assert found.tolist() == [[0, 3], [2, 3], [3, 3], [1, 3], [3, 3]]


def test_moving_the_cursor_does_not_draw_the_bars_again(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    plot = shown(qtbot, 200)
    plot.set_stack(np.random.default_rng(0).normal(size=(200, 50)), [str(k) for k in range(50)])
    QApplication.processEvents()
    image_of(plot)
    drawn: list[object] = []
    monkeypatch.setattr(plot.bars_item, "_draw", drawn.append)
    for step in range(20):
        plot.set_cursor(step)
        QApplication.processEvents()
    assert not drawn


@pytest.mark.parametrize("sizes", [(300, 84), (1000, 300)])
def test_it_is_drawn_small_dark_and_for_a_lecture(sizes: tuple[int, int], qtbot: QtBot) -> None:
    plot = shown(qtbot, 3, *sizes)
    plot.set_theme(DARK, LECTURE)
    plot.set_stack(VALUES, NAMES, line=VALUES.sum(1), line_name="c")
    plot.set_cursor(1)
    assert image_of(plot).pixelColor(1, 1).name() == DARK.surface


def test_figures_hold_the_bars_as_shapes(qtbot: QtBot) -> None:
    plot = shown(qtbot)
    plot.set_stack(VALUES, NAMES)
    svg = svg_document(WidgetFigure(plot, "memory", "Memory")).decode()
    assert band_colour(plot.bands[2], LIGHT) in svg
    assert "<image" not in svg


def test_rows_may_begin_at_any_step(qtbot: QtBot) -> None:
    plot = shown(qtbot, 9)
    plot.set_stack(VALUES, NAMES, first=4, line=np.full(9, 1.0), line_name="c", lead="from")
    image = image_of(plot)
    assert colour_at(image, plot, 4.2, 0.4) == band_colour(plot.bands[0], LIGHT)
    assert plot.describe(5, 2).startswith("t = 6   from cat \N{MINUS SIGN}1.500")
    assert plot.describe(0, -1) == "t = 1   c 1.000"
    plot.set_cursor(6)
    assert [label.name for label in plot._labels.content] == ["c", *NAMES]
    plot.set_cursor(2)
    assert not plot._labels.content
    assert plot.stack.columns((2.5, 5.5), 900)[0].tolist() == [3.5, 4.5, 5.5]


def test_what_is_in_view_is_not_lost_beside_an_explosion(qtbot: QtBot) -> None:
    plot = shown(qtbot, 100)
    values = np.tile(VALUES[1], (100, 1))
    values[90:] *= 1e20
    plot.set_stack(values, NAMES, line=values.sum(1))
    assert plot._high == pytest.approx(1.6e20, rel=0.1)
    assert all("e20" in tick.text or tick.text == "0" for tick in plot.automatic_ticks(4))
    plot.axis.set_view(10, 30)
    assert plot._high == pytest.approx(1.5, rel=0.2)
    plot.axis.set_view(60, 95)
    assert plot._high == pytest.approx(1.6e20, rel=0.1)
