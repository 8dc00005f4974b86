"""Probabilities by class: the right class is marked and its cell still read, whatever size rows have."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from rnnviz.ui.plots import ProbabilityPlot, TimeAxis
from rnnviz.ui.plots.time.target_marks import Mark, bars, mark_for
from rnnviz.ui.theme import DARK, LECTURE, LIGHT, NORMAL, PROBABILITIES, Metrics, Theme
from rnnviz.ui.theme.colormaps import colour_index
from tests.ui.mouse import double_click, wheel


def shown(qtbot: QtBot, rows: int, steps: int, width: int = 800, height: int = 240) -> ProbabilityPlot:
    axis, window = TimeAxis(), QWidget()
    axis.set_steps([str(step) for step in range(steps)])
    qtbot.addWidget(window)
    plot = ProbabilityPlot(axis, "", window)
    plot.kept = (axis, window)
    plot.resize(width, height)
    window.resize(width, height)
    window.show()
    qtbot.waitExposed(window)
    rng = np.random.default_rng(3)
    plot.set_probabilities([f"word {row}" for row in range(rows)], rng.dirichlet(np.full(rows, 0.5), steps))
    plot.set_targets(rng.integers(0, rows, steps))
    return plot


def grabbed(plot: QWidget) -> QImage:
    return plot.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


def cell_of(plot: ProbabilityPlot, step: int) -> list[tuple[int, int]]:
    """The pixels of the cell that was right at a step."""
    row = int(plot.targets[step])
    left, right = plot.x_of(step - 0.5), plot.x_of(step + 0.5)
    top, bottom = plot.y_of(row), plot.y_of(row + 1)
    return [(x, y) for x in range(round(left), round(right)) for y in range(round(top), round(bottom))]


@pytest.mark.parametrize(("theme", "sizes"), [(LIGHT, NORMAL), (DARK, LECTURE)], ids=["light", "dark"])
@pytest.mark.parametrize("steps", [6, 24, 70, 130])
def test_a_mark_leaves_the_colour_of_its_cell_to_most_of_it(
    steps: int, theme: Theme, sizes: Metrics, qtbot: QtBot
) -> None:
    rows = 5
    plot = shown(qtbot, rows, steps, 900, 400)
    plot.set_theme(theme, sizes)
    table, room = PROBABILITIES.table(theme), 400 - round(plot.data_rect.height())
    for each in (*range(3, 31), 37, 44, 52, 60):
        plot.resize(900, room + rows * each)
        assert plot.data_rect.height() == rows * each
        image = grabbed(plot)
        for step in range(0, steps, 1 + steps // 30):
            probability = np.array(plot.values[step, plot.targets[step]])
            colour = QColor(*table[int(colour_index(probability, 0.0, 1.0))][:3].tolist()).rgb()
            pixels = [image.pixel(x, y) for x, y in cell_of(plot, step)]
            assert pixels.count(colour) > len(pixels) / 2
            if min(plot.axis.scale(900), each) >= 4 and max(plot.axis.scale(900), each) >= 5:
                assert len(set(pixels)) > 1, "there is a mark"


@pytest.mark.parametrize("view", [(-0.5, 23.5), (7.0, 15.0), (12.5, 23.5)])
def test_a_mark_stands_in_the_cell_of_its_step_and_class_wherever_the_axis_is(
    view: tuple[float, float], qtbot: QtBot
) -> None:
    plot = shown(qtbot, 5, 24)
    plot.axis.set_view(*view)
    marked, _ = plot._target_marks.content
    places = {(round(rect.center().x()), round(rect.center().y())) for rect, _ in marked}
    for step in range(24):
        if view[0] + 0.5 <= step <= view[1] - 0.5:
            x, y = plot.x_of(step), plot.y_of(int(plot.targets[step]) + 0.5)
            assert any(abs(x - one) <= 1 and abs(y - other) <= 1 for one, other in places), step
    assert len(marked) <= view[1] - view[0] + 2


def test_marks_are_rings_where_there_is_room_and_bars_at_the_ends_of_low_cells() -> None:
    assert mark_for(28, 25, 1.5).ring == 3
    assert mark_for(100, 100, 1.5).ring == 6
    assert mark_for(28, 8, 1.5) == Mark(0, 5, upright=True)
    assert mark_for(9, 40, 1.5) == Mark(0, 4, upright=False)
    assert mark_for(7, 5, 1.5) == Mark(0, 2, both=False)
    assert mark_for(4, 4, 1.5).bar == 0
    cell = QRectF(10, 20, 30, 8)
    assert [edge.left() for edge, _ in bars(cell, Mark(0, 5))] == [10.0, 35.0]
    assert all(cell.contains(edge) and edge.contains(core) for edge, core in bars(cell, Mark(0, 5)))


def test_a_mark_stands_out_against_its_cell(qtbot: QtBot) -> None:
    plot = shown(qtbot, 3, 2)
    plot.set_probabilities("abc", [[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    plot.set_targets([0, 1])
    (_, on_bright), (_, on_dark) = plot._target_marks.content[0]
    assert (on_bright, on_dark) == (LIGHT.cursor, LIGHT.halo)
    plot.update_rows(0, [[0.0, 1.0, 0.0]])
    assert [ink for _, ink in plot._target_marks.content[0]] == [LIGHT.halo, LIGHT.halo]


def test_of_zoomed_rows_those_in_view_have_names_bars_and_marks(qtbot: QtBot) -> None:
    plot = shown(qtbot, 40, 24)
    plot.set_cursor(3)
    assert len(plot.value_axis.shown) < 40
    middle = plot.data_rect.center()
    for _ in range(6):
        wheel(plot, QPointF(middle.x(), plot.y_of(20.5)), keys=Qt.KeyboardModifier.ControlModifier)
    low, high = sorted(plot.value_range)
    assert high - low < 8
    inside = set(plot.rows_in_view)
    assert 20 in inside
    assert {tick.text for _, tick in plot.value_axis.shown} <= {f"word {row}" for row in inside}
    rows, shares = plot.bars.getData()
    assert len(rows) >= len(inside) - 2
    assert set(rows.tolist()) <= inside
    np.testing.assert_array_equal(shares, plot.values[3, rows])
    heights = [bar.y for bar in plot.bars.bars]
    assert plot.data_rect.top() <= min(heights) < max(heights) <= plot.data_rect.bottom()
    marked = [cell.center() for cell, _ in plot._target_marks.content[0]]
    assert {int(plot.value_at(at.y())) for at in marked} == inside & set(plot.targets.tolist())
    grabbed(plot)
    double_click(plot, middle.toPoint())
    assert len(plot._target_marks.content[0]) == 24
    assert plot.value_range == (40, 0)


@pytest.mark.parametrize("values", [np.zeros((0, 0)), np.full((3, 4), np.nan), np.full((3, 4), np.inf), np.eye(1)])
@pytest.mark.parametrize("size", [(30, 30), (500, 84)])
def test_whatever_is_not_there_is_drawn_too(values: np.ndarray, size: tuple[int, int], qtbot: QtBot) -> None:
    plot = shown(qtbot, 4, 3, *size)
    plot.set_probabilities("abcd"[: values.shape[1]], values)
    plot.set_targets([0, 3, -1, 7])
    plot.set_original(values[:1])
    plot.set_cursor(0)
    assert not grabbed(plot).isNull()
