"""Stacks, maps, bars and thresholds are plots of pyqtgraph: items hold their values, and the mouse zooms and drags."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pyqtgraph import InfiniteLine
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from rnnviz.engine.requests import Memory
from rnnviz.ui.controls.comparison.namedcurves import NamedCurves
from rnnviz.ui.controls.highway import HighwayPlot
from rnnviz.ui.controls.strengthbars import StrengthBars
from rnnviz.ui.plots import Curve, ProbabilityPlot, StackPlot, TimeAxis, TimePlot
from rnnviz.ui.plots.time.clip_plot import ClipPlot, Level
from rnnviz.ui.plots.time.column_axis import ColumnAxis
from rnnviz.ui.plots.time.connectivity_map import ConnectivityMap
from rnnviz.ui.plots.time.loss_bars import LossStack
from rnnviz.ui.plots.time.loss_map import LossMapPlot
from rnnviz.ui.plots.time.path_plots import PathCurvesPlot, PathMap
from rnnviz.ui.theme import LIGHT, series_style
from tests.ui.mouse import click, double_click, drag, move, wheel

CONTROL = Qt.KeyboardModifier.ControlModifier


def fill_stack(plot: Any, values: Any) -> None:
    plot.set_stack(values, [f"part {k}" for k in range(values.shape[1])], line=values.sum(1), line_name="c")


def fill_losses(plot: Any, values: Any) -> None:
    steps = np.arange(values.shape[1])
    plot.set_losses(steps, values, values.sum(1), line_name="Σₖ", power=0, span=(-9.0, 9.0))


def fill_loss_map(plot: Any, values: Any) -> None:
    plot.set_losses(np.arange(values.shape[1]), values)
    plot.set_own(1)


def fill_connectivity(plot: Any, values: Any) -> None:
    steps, rows = values.shape
    plot.show_table(values.T, np.arange(rows), np.arange(steps) < rows, np.ones(steps, np.bool_))
    plot.set_row(1)


def fill_paths(plot: Any, values: Any) -> None:
    square = np.resize(values, (len(values), len(values)))
    plot.show_table(square, np.arange(len(values)), backward=False)
    plot.set_row(1)


def fill_curves(plot: Any, values: Any) -> None:
    plot.set_curves({k: Curve(column, series_style(k, LIGHT), f"curve {k}") for k, column in enumerate(values.T)})


def fill_clip(plot: Any, values: Any) -> None:
    fill_curves(plot, values[:, :2])
    plot.set_value_range(-4.0, 2.0)
    plot.set_levels((Level(1.0, "|g| before 10"), Level(np.nan, "NaN")), Level(-1.0, "threshold 0.1"))


def fill_highway(plot: Any, values: Any) -> None:
    plot.show_ways(None, Memory(0, "forward", "", None, anchor=1, bands=False), None, slice(0, len(values)))
    fill_curves(plot, values[:, :1])


def fill_bars(plot: Any, values: Any) -> None:
    column = np.abs(values[:, 0])
    plot.set_bars(column, np.ones(len(column), np.bool_), float(np.nanmax(column, initial=0.0, where=column < np.inf)))
    plot.set_focus(1)


def fill_probabilities(plot: Any, values: Any) -> None:
    plot.set_probabilities([f"word {k}" for k in range(values.shape[1])], values)
    plot.set_targets(np.arange(len(values)) % max(1, values.shape[1]))


Fill = Callable[[Any, Any], None]
KINDS: dict[Any, Fill] = {
    StackPlot: fill_stack,
    LossStack: fill_losses,
    LossMapPlot: fill_loss_map,
    ConnectivityMap: fill_connectivity,
    PathMap: fill_paths,
    PathCurvesPlot: fill_curves,
    ClipPlot: fill_clip,
    HighwayPlot: fill_highway,
    NamedCurves: fill_curves,
    StrengthBars: fill_bars,
    ProbabilityPlot: fill_probabilities,
}
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


def made(kind: Any, steps: int, width: int = 800, height: int = 260) -> tuple[QWidget, Any]:
    window = QWidget()
    axis = TimeAxis(window)
    axis.set_steps([f"w{k}" for k in range(steps)])
    plot = kind(axis, "title", window)
    window.resize(width, height)
    plot.resize(width, height)
    window.show()
    return window, plot


def numbers(steps: int = 12, parts: int = 4) -> Any:
    return np.random.default_rng(1).normal(size=(steps, parts))


@every_kind
def test_the_wheel_zooms_the_steps_a_drag_moves_them_a_double_click_shows_all(kind: Any, qtbot: QtBot) -> None:
    window, plot = made(kind, 12)
    qtbot.addWidget(window)
    KINDS[kind](plot, numbers())
    axis, middle = plot.axis, plot.data_rect.center()
    place = QPointF(plot.x_of(8), middle.y() + 25)
    wheel(plot, place, 3)
    assert not axis.shows_all
    assert plot.x_of(8) == pytest.approx(place.x(), abs=1)
    first = axis.view[0]
    drag(plot, place, place + QPointF(30, 0), place + QPointF(60, 0))
    assert axis.view[0] < first
    double_click(plot, place.toPoint())
    assert axis.shows_all
    steps: list[int] = []
    plot.stepClicked.connect(steps.append)
    QApplication.processEvents()
    click(plot, QPoint(round(plot.x_of(3)), round(middle.y() + 25)))
    assert steps[-1] == 3
    move(plot, QPoint(round(plot.x_of(4)), round(middle.y())))
    assert plot._hover[0] == 4


@every_kind
def test_values_zoom_and_come_back(kind: Any, qtbot: QtBot) -> None:
    window, plot = made(kind, 12)
    qtbot.addWidget(window)
    KINDS[kind](plot, numbers())
    plot.set_cursor(5)
    before = plot.value_range
    wheel(plot, plot.data_rect.center(), 4, CONTROL)
    assert abs(plot.value_range[1] - plot.value_range[0]) < abs(before[1] - before[0]) / 2
    KINDS[kind](plot, numbers())
    plot.grab()
    double_click(plot, plot.data_rect.center().toPoint() + QPoint(0, 30))
    assert plot.value_range == before


@every_kind
@pytest.mark.parametrize("size", [(30, 30), (800, 260)])
@pytest.mark.parametrize("steps", [0, 1, 5])
def test_whatever_the_values_are_is_painted(kind: Any, steps: int, size: tuple[int, int], qtbot: QtBot) -> None:
    window, plot = made(kind, steps, *size)
    qtbot.addWidget(window)
    plot.set_cursor(0)
    plot.set_ahead_hidden(1)
    huge = 1e308 if kind in (StackPlot, LossStack, StrengthBars, ProbabilityPlot) else 400.0  # the others show log10
    for value in (np.nan, np.inf, -np.inf, 0.0, huge, -huge, 1e-320):
        values = np.full((steps, min(3, max(steps, 1))), value)
        values[2:3] = 1.0
        with np.errstate(over="ignore", invalid="ignore"):
            KINDS[kind](plot, values[:, :steps] if kind is ConnectivityMap else values)
        plot.grab()


def test_the_items_of_a_stack_hold_its_parts_and_its_line_as_they_are(qtbot: QtBot) -> None:
    window, plot = made(StackPlot, 12)
    qtbot.addWidget(window)
    values, line = numbers(), numbers()[:, 0]
    values[3, 1], values[4], line[5] = np.inf, np.nan, -np.inf
    plot.set_stack(values, list("abcd"), line=line, line_name="c")
    bars, over = plot.plot.items[:2]
    for drawn, known in zip(bars.getData(), (np.arange(12), values), strict=True):
        np.testing.assert_array_equal(drawn, known)
    assert plot.plot.listDataItems() == [over]
    assert over.name() == "c"
    for drawn, known in zip(over.getData(), (np.arange(12), line), strict=True):
        np.testing.assert_array_equal(drawn, known)
    plot.set_stack(values[2:], list("abcd"), first=2)
    assert bars.getData()[0].tolist() == list(range(2, 12))
    assert plot.plot.items[:2] == [bars, over], "items are made once"


def test_the_item_of_bars_holds_their_numbers(qtbot: QtBot) -> None:
    window, plot = made(StrengthBars, 5)
    qtbot.addWidget(window)
    plot.set_bars(np.array([1.0, np.inf, 3.0, np.nan, 5.0]), np.array([True, True, True, True, False]), 3.0)
    (item,) = plot.plot.listDataItems()
    steps, drawn = item.getData()
    assert steps.tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_array_equal(drawn, [1.0, np.inf, 3.0, np.nan, np.nan])


def test_levels_and_threshold_are_lines_with_their_values(qtbot: QtBot) -> None:
    window, plot = made(ClipPlot, 12)
    qtbot.addWidget(window)
    fill_clip(plot, numbers())
    lines = [item for item in plot.plot.items if isinstance(item, InfiniteLine) and item.isVisible()]
    assert [line.value() for line in lines] == [1.0, -1.0]
    assert plot.threshold_height == plot.y_of(-1.0)
    at = plot.threshold_line.mapToScene(QPointF(0, 0))
    assert at.y() == pytest.approx(plot.threshold_height)
    plot.axis.set_view(3, 8)
    plot.resize(700, 200)
    assert plot.threshold_line.mapToScene(QPointF(0, 0)).y() == pytest.approx(plot.threshold_height)


def test_the_threshold_is_dragged_within_the_scale_whatever_is_hidden(qtbot: QtBot) -> None:
    window, plot = made(ClipPlot, 12)
    qtbot.addWidget(window)
    fill_clip(plot, numbers())
    plot.set_cursor(2)
    plot.set_ahead_hidden(4)
    told: list[float] = []
    dropped: list[bool] = []
    plot.dragged.connect(told.append)
    plot.dropped.connect(lambda: dropped.append(True))
    QApplication.processEvents()
    for step in (2.5, 8.0):  # where the cursor has an edge, and where the steps are hidden
        start = QPointF(plot.x_of(step), plot.y_of(-1.0))
        plot.set_levels((), Level(-1.0, "threshold"))
        drag(plot, start, QPointF(start.x(), plot.y_of(-2.0)), QPointF(start.x(), plot.y_of(-3.0)))
        assert told[-1] == pytest.approx(-3.0, abs=0.05)
        drag(plot, QPointF(start.x(), plot.y_of(told[-1])), QPointF(start.x(), plot.height() + 90.0))
        assert told[-1] == -4.0
    assert len(dropped) == 4
    double_click(plot, QPointF(plot.x_of(8), plot.threshold_height or 0).toPoint())
    assert plot.axis.shows_all


def test_a_column_is_zoomed_with_all_that_shares_its_steps(qtbot: QtBot) -> None:
    window, plot = made(StackPlot, 12)
    qtbot.addWidget(window)
    column = ColumnAxis(plot.axis, window)
    column.show_steps(plot.axis.labels, 12)
    beside = ProbabilityPlot(column, "", window)
    beside.setGeometry(0, 0, 300, 100)
    beside.show()
    wheel(beside, QPointF(beside.x_of(5), 50.0), 3)
    assert not plot.axis.shows_all
    assert beside.axis.view == plot.axis.view == column.view
    double_click(plot, plot.data_rect.center().toPoint())
    assert column.shows_all


@every_kind
def test_plots_come_and_go_under_an_eager_collector(kind: Any, qtbot: QtBot) -> None:
    threshold = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    try:
        for _ in range(3):
            window, plot = made(kind, 6, 300, 120)
            KINDS[kind](plot, numbers(6))
            plot.set_cursor(2)
            QApplication.processEvents()
            window.close()
            window.deleteLater()
            del window, plot
            QApplication.sendPostedEvents(None, 52)  # QEvent.DeferredDelete
            QApplication.processEvents()
    finally:
        gc.set_threshold(*threshold)


def test_no_item_holds_the_plot_it_stands_in(qtbot: QtBot) -> None:
    for kind, fill in KINDS.items():
        window, plot = made(kind, 6)
        qtbot.addWidget(window)
        fill(plot, numbers(6))
        for item in plot.plot.items:
            assert not [name for name, value in vars(item).items() if isinstance(value, TimePlot)], kind
