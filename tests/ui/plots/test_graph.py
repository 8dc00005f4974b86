"""Graphs over any axis: scales, rails, names that never overlap, and what is under the mouse."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from rnnviz.ui.drawing.ticks import Tick, apart
from rnnviz.ui.plots import GraphCurve, GraphPlot
from rnnviz.ui.plots.base.end_labels import spread
from rnnviz.ui.plots.xy.scales import fitted, rounded, ticks_along
from rnnviz.ui.plots.xy.xy_items import LineItem, thinned
from rnnviz.ui.theme import DARK, LECTURE, LIGHT, NORMAL
from tests.ui.mouse import click, double_click, drag, move, wheel

X = np.arange(11.0)


@pytest.fixture
def graph(qtbot: QtBot) -> Iterator[GraphPlot]:
    window, plot = QWidget(), GraphPlot()
    qtbot.addWidget(window)
    plot.setParent(window)
    plot.resize(700, 360)
    window.resize(1600, 900)
    window.show()
    qtbot.waitExposed(window)
    yield plot
    window.close()


def line(name: str, y: Any, x: Any = X, colour: str = "#0067a8", style: Any = "solid") -> GraphCurve:
    return GraphCurve(name, np.asarray(x, np.float64), np.asarray(y, np.float64), colour, style)


def colour_at(plot: GraphPlot, x: float, y: float) -> str:
    return plot.grab().toImage().pixelColor(int(x), int(y)).name()


def test_points_stand_where_the_ticks_say(graph: GraphPlot) -> None:
    graph.set_axes("n", "y", x_range=(0.0, 10.0), y_range=(0.0, 5.0))
    graph.set_curves([line("flat", np.full(11, 2.0))])
    scale = graph.scale_rect
    assert graph.x_of(0) == pytest.approx(scale.left())
    assert graph.x_of(10) == pytest.approx(scale.right())
    assert graph.y_of(5.0) == pytest.approx(scale.top())
    assert graph.y_of(2.0) == pytest.approx(scale.bottom() - 0.4 * scale.height())
    seen = QColor(colour_at(graph, graph.x_of(5.5), graph.y_of(2.0)))
    assert seen.blue() > 120 > seen.green() > seen.red()


def test_zero_and_infinity_of_logarithms_stand_on_rails_beyond_the_scale(graph: GraphPlot) -> None:
    graph.set_axes("n", "|w|", log10=True)
    graph.set_curves([line("a", [0.0, 1.0, -np.inf, 2.0, np.inf, np.nan, *[1.0] * 5])])
    assert graph.y_range == (0.0, 2.0)
    assert graph.y_of(-np.inf) > graph.scale_rect.bottom()
    assert graph.y_of(np.inf) < graph.scale_rect.top()
    rail = graph.data_rect.bottom() - graph.heights(np.array([-np.inf]))[0]
    assert 0 < rail < NORMAL.rail
    middle = graph.data_rect.top() + NORMAL.rail / 2
    cross = QColor(colour_at(graph, round(graph.x_of(5)), middle))
    assert cross.red() > 150 > 80 > cross.green(), "what is not a number has a red cross"


def test_a_linear_graph_has_rails_only_where_there_are_infinities(graph: GraphPlot) -> None:
    graph.set_curves([line("a", X)])
    assert graph.scale_rect.height() > graph.data_rect.height() - 6
    graph.set_curves([line("a", [np.inf, *X[1:]])])
    assert graph.scale_rect.top() >= graph.data_rect.top() + NORMAL.rail
    assert graph.y_range == (0.0, 10.0)


def test_a_line_that_leaves_a_given_range_does_not_run_over_the_rails(graph: GraphPlot) -> None:
    graph.set_axes("n", "y", log10=True, y_range=(-4.0, 0.0))
    graph.set_curves([line("falls", -X)])
    rail = graph.data_rect.bottom() - NORMAL.rail / 2
    seen = {colour_at(graph, graph.x_of(x), rail) for x in (4.2, 4.4, 4.6)}
    assert "#0067a8" not in seen


def test_whole_numbers_get_whole_ticks() -> None:
    assert [tick.text for tick in ticks_along(0.0, 3.0, 8, whole=True)] == ["0", "1", "2", "3"]
    assert [tick.text for tick in ticks_along(0.0, 1.0, 3, whole=False)] == ["0", "0.5", "1.0"]


def test_ticks_whose_numbers_would_meet_are_left_out_and_the_ends_stay() -> None:
    ticks = [(float(x), Tick(x, str(x))) for x in range(0, 30, 5)]
    assert [x for x, _ in apart(ticks, [], 9.0)] == [0.0, 10.0, 25.0]


def test_ranges_fit_what_is_finite() -> None:
    assert fitted([np.array([np.nan, 2.0, np.inf]), np.array([-1.0])]) == (-1.0, 2.0)
    assert fitted([]) == (0.0, 1.0)
    assert fitted([np.array([3.0])]) == (3.0, 4.0)
    assert rounded(0.13, 0.87, 6) == pytest.approx((0.0, 1.0))


def test_many_points_keep_their_extremes() -> None:
    x, y = np.linspace(0, 100, 100_000), np.zeros(100_000)
    y[54_321] = 7.0
    thin_x, thin_y = thinned(x, y, 100)
    assert len(thin_x) < 500
    assert thin_y.max() == 7.0
    assert thin_x[thin_y.argmax()] == pytest.approx(54.3, abs=1)


def test_the_mouse_reads_the_nearest_points(graph: GraphPlot, qtbot: QtBot) -> None:
    graph.set_axes("n", "y", log10=True)
    graph.set_curves([line("a", X - 10), line("b", -X, style="dash")])
    seen: list[float] = []
    graph.hovered.connect(seen.append)
    graph.clicked.connect(seen.append)
    at = QPoint(int(graph.x_of(7.2)), int(graph.data_rect.center().y()))
    move(graph, at)
    click(graph, at)
    assert seen == [7.0, 7.0]
    assert graph.read_out(7.0) == "n = 7   a 1.0e\N{MINUS SIGN}3   b 1.0e\N{MINUS SIGN}7"
    move(graph, QPoint(2, 2))
    assert np.isnan(seen[-1])


def test_the_marker_moves_without_touching_the_lines(graph: GraphPlot, monkeypatch: pytest.MonkeyPatch) -> None:
    graph.set_curves([line("a", X)])
    graph.grab()
    placed: list[object] = []
    monkeypatch.setattr(LineItem, "set_points", lambda *_: placed.append(1))
    graph.set_marker(4.0)
    graph.grab()
    graph.set_marker(None)
    graph.grab()
    assert not placed


def test_the_marker_is_a_line_in_the_colour_of_the_cursor(graph: GraphPlot) -> None:
    graph.set_curves([line("a", np.zeros(11))])
    graph.set_marker(4.0)
    assert colour_at(graph, graph.x_of(4.0), graph.data_rect.top() + 30) == LIGHT.cursor


def test_names_of_curves_that_end_together_stand_apart(graph: GraphPlot) -> None:
    graph.set_curves([line(name, np.ones(11)) for name in "abcde"])
    labels = graph._labels
    heights = [label.y or 0.0 for label in labels.content]
    assert len(heights) == 5
    row = NORMAL.small * 1.35
    placed = sorted(spread(heights, row, labels.rect.top() + row / 2, labels.rect.bottom() - row / 2))
    assert (np.diff(placed) >= row - 1e-9).all()
    assert labels.rect.left() > graph.data_rect.right()


@pytest.mark.parametrize("size", [(1, 1), (60, 40), (120, 300), (300, 84), (1600, 900)])
@pytest.mark.parametrize(
    "y", [[np.nan] * 11, [np.inf] * 11, [1e308] * 11, [-1e308, *[1e308] * 10], [5e-324] * 11], ids=str
)
def test_nothing_raises_while_painting(graph: GraphPlot, size: tuple[int, int], y: list[float]) -> None:
    graph.set_title("Title", "subtitle")
    for log10 in (False, True):
        graph.set_axes("x", "y", log10=log10)
        graph.set_curves([line("curve with a very long name", y), line("", [], x=[])])
        graph.set_marker(3.0)
        graph.resize(*size)
        graph.set_theme(DARK, LECTURE)
        graph.grab()


@pytest.mark.parametrize("log10", [False, True])
def test_the_items_of_the_plot_hold_exactly_the_points(graph: GraphPlot, log10: bool) -> None:
    strange = np.array([-np.inf, np.nan, np.inf, 1e308, -1e308, 5e-324, *[1.0] * 5])
    graph.set_axes("n", "y", log10=log10)
    for _ in range(2):
        graph.set_curves([line("a", X), line("b", strange, style="dash")])
        graph.grab()
        items = [item for item in graph.plot.curves if item.name()]
        assert [item.name() for item in items] == ["a", "b"]
        for item, expected in zip(items, (X, strange), strict=True):
            np.testing.assert_array_equal(item.getData(), [X, expected])
    ticks = [value for value, _ in graph.plot.getAxis("bottom")._tickLevels[0]]
    assert ticks == [tick.value for _, tick in graph.x_axis.shown] == X.tolist()


def test_items_are_kept_while_values_change(graph: GraphPlot) -> None:
    graph.set_curves([line("a", X), line("b", -X)])
    first, second = graph.item("a"), graph.item("b")
    graph.set_curves([line("a", 2 * X), line("b", X)])
    assert (graph.item("a"), graph.item("b")) == (first, second)
    graph.set_curves([line("a", X)])
    assert graph.item("a") is first
    assert second not in graph.plot.items


def test_what_the_user_zooms_to_stays_while_values_arrive_and_a_double_click_shows_all(graph: GraphPlot) -> None:
    graph.set_axes("n", "y")
    graph.set_curves([line("a", X)])
    at = QPointF(graph.x_of(6.0), graph.y_of(4.0))
    wheel(graph, at)
    low, high = graph.x_range
    assert 0 < low < 6 < high < 10
    assert graph.y_range == (0.0, 10.0)
    assert graph.x_of(6.0) == pytest.approx(at.x(), abs=0.1)
    wheel(graph, at, keys=Qt.KeyboardModifier.ControlModifier)
    assert graph.y_of(4.0) == pytest.approx(at.y(), abs=0.6)
    zoomed = graph.x_range, graph.y_range
    graph.set_curves([line("a", 3 * X)])
    graph.resize(500, 300)
    assert (graph.x_range, graph.y_range) == zoomed
    double_click(graph, graph.data_rect.center().toPoint())
    assert graph.x_range == (0.0, 10.0)
    assert graph.y_range == (0.0, 30.0)


def test_a_drag_moves_what_is_seen_and_clicks_nothing(graph: GraphPlot) -> None:
    graph.set_curves([line("a", X)])
    clicked: list[float] = []
    graph.clicked.connect(clicked.append)
    start = QPointF(graph.x_of(6.0), graph.y_of(4.0))
    drag(graph, start, start + QPointF(30, 5), start + QPointF(80, 10))
    assert graph.x_of(6.0) == pytest.approx(start.x() + 80, abs=1)
    assert graph.y_range == (0.0, 10.0)
    assert not clicked


def test_a_plugin_sets_ranges_and_other_quantities_begin_anew(graph: GraphPlot) -> None:
    graph.set_axes("n", "y")
    graph.set_curves([line("a", X)])
    graph.plot.setXRange(2.0, 4.0, padding=0)
    graph.plot.setYRange(1.0, 5.0, padding=0)
    graph.set_curves([line("a", X + 1)])
    assert graph.plot.viewRange() == [pytest.approx([2.0, 4.0]), pytest.approx([1.0, 5.0])]
    assert 2.0 < graph.x_range[0] < graph.x_range[1] < 4.0
    graph.set_axes("another", "y")
    assert graph.x_range == (0.0, 10.0)


def test_graphs_open_and_close_while_the_garbage_collector_runs_at_every_chance(qtbot: QtBot) -> None:
    before = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    try:
        for _ in range(4):
            plot = GraphPlot()
            plot.set_curves([line("a", X)])
            plot.show()
            plot.grab()
            plot.deleteLater()
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    finally:
        gc.set_threshold(*before)
