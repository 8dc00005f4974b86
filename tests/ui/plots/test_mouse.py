"""Wheel, drag, double click and menu do in every plot over time what they do in pyqtgraph."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QMenu, QWidget
from pytestqt.qtbot import QtBot

from rnnviz.ui.plots import CurvesPlot, HeatmapPlot, LogCurvesPlot, TimeAxis, TimePlot
from rnnviz.ui.theme import GATES, LIGHT, signal_style
from rnnviz.ui.theme.colormaps import LEVELS
from tests.ui.mouse import click, double_click, drag, wheel

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
Make = Callable[..., Any]


@pytest.fixture(autouse=True)
def nothing_fails_while_painting(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert not [record.getMessage() for record in caplog.get_records("call") if record.levelname == "ERROR"]


@pytest.fixture
def make(qtbot: QtBot) -> Make:
    def made(kind: type[TimePlot], steps: int = 40, rows: int = 8) -> TimePlot:
        axis = TimeAxis()
        axis.set_steps([str(step) for step in range(steps)])
        plot = kind(axis)
        qtbot.addWidget(plot)
        plot.resize(900, 300)
        values = np.random.default_rng(0).uniform(0, 1, (steps, rows))
        if isinstance(plot, HeatmapPlot):
            plot.set_data(values, (0.0, 1.0), GATES)
        else:
            assert isinstance(plot, CurvesPlot)
            log = isinstance(plot, LogCurvesPlot)
            plot.set_value_range(*((-6.0, 0.0) if log else (0.0, 1.0)))
            plot.set_curve("h", np.log10(values[:, 0]) if log else values[:, 0], signal_style("h", LIGHT))
        plot.show()
        qtbot.waitExposed(plot)
        return plot

    return made


every_kind = pytest.mark.parametrize("kind", [HeatmapPlot, CurvesPlot, LogCurvesPlot])


@every_kind
def test_the_wheel_zooms_the_steps_about_the_mouse_and_stops_at_four(kind: type[TimePlot], make: Make) -> None:
    plot = make(kind)
    at = QPointF(plot.x_of(30), plot.data_rect.center().y())
    for _ in range(6):
        wheel(plot, at)
        assert abs(plot.x_of(30) - at.x()) < 3  # the mouse stands at whole pixels
    for _ in range(6):
        wheel(plot, at)
    first, last = plot.axis.view
    assert last - first == pytest.approx(4.0)
    assert plot.value_range == plot._given, "the values keep their scale"
    for _ in range(30):
        wheel(plot, at, -1)
    assert plot.axis.shows_all


@every_kind
def test_shift_and_the_wheel_move_along_the_steps(kind: type[TimePlot], make: Make) -> None:
    plot = make(kind)
    plot.axis.set_view(9.5, 19.5)
    wheel(plot, plot.data_rect.center(), -1, SHIFT)
    first, last = plot.axis.view
    assert (first, last) == pytest.approx((10.75, 20.75))


@every_kind
def test_ctrl_and_the_wheel_zoom_the_values_about_the_mouse_until_all_is_shown(
    kind: type[TimePlot], make: Make
) -> None:
    plot = make(kind)
    low, high = plot.value_range
    middle = low + 0.3 * (high - low)
    at = QPointF(plot.data_rect.center().x(), plot.y_of(middle))
    wheel(plot, at, 3, CTRL)
    zoomed = plot.value_range
    assert abs(zoomed[1] - zoomed[0]) < 0.5 * abs(high - low)
    assert abs(plot.y_of(middle) - at.y()) < 3
    assert plot.axis.shows_all
    plot.set_value_range(low, high)
    assert plot.value_range == zoomed, "what a panel says again does not undo what the user did"
    double_click(plot, at.toPoint())
    assert plot.value_range == (low, high)
    plot.set_value_range(low, 2 * high + 1)
    assert plot.value_range == (low, 2 * high + 1), "what the panel says counts again"


def test_the_wheel_over_the_axis_zooms_its_values(make: Make) -> None:
    plot = make(CurvesPlot)
    wheel(plot, QPointF(20, plot.data_rect.center().y()), 2)
    low, high = plot.value_range
    assert high - low < 1.0
    assert plot.axis.shows_all


def test_a_scale_that_may_not_be_changed_is_not(make: Make) -> None:
    plot = make(CurvesPlot)
    plot.box.let_values_zoom(False)
    wheel(plot, plot.data_rect.center(), 2, CTRL)
    wheel(plot, QPointF(20, plot.data_rect.center().y()), 2)
    plot.box.showAxRect(plot.box.viewRect().adjusted(0, 0.2, 0, -0.2))
    assert plot.value_range == (0.0, 1.0)


def test_dragging_moves_zoomed_values_too(make: Make) -> None:
    plot = make(CurvesPlot)
    at = plot.data_rect.center()
    wheel(plot, at, 3, CTRL)
    wheel(plot, at, 3)
    (low, high), (first, last) = plot.value_range, plot.axis.view
    drag(plot, at, at + QPointF(20, 15), at + QPointF(40, 30))
    moved = plot.value_range
    assert moved[0] > low
    assert moved[1] - moved[0] == pytest.approx(high - low)
    assert plot.axis.view[0] < first
    assert plot.axis.view[1] - plot.axis.view[0] == pytest.approx(last - first)


def test_zoomed_rows_show_their_values_their_numbers_and_are_clicked(make: Make) -> None:
    plot = make(HeatmapPlot)
    wheel(plot, QPointF(plot.x_of(10), plot.y_of(5.5)), 5, CTRL)
    bottom, top = plot.value_range
    assert 0 < top < 5.5 < bottom < 8
    image = plot.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    table = GATES.table(LIGHT)
    for step, row in ((3, 5), (20, 5), (39, 5)):
        expected = table[round(float(plot.values[step, row]) * (LEVELS - 1)), :3]
        seen = QColor(image.pixel(int(plot.x_of(step)), int(plot.y_of(row + 0.5))))
        assert np.abs(np.array([seen.red(), seen.green(), seen.blue()]) - expected).max() <= 3
    rows: list[int] = []
    plot.rowClicked.connect(rows.append)
    click(plot, QPoint(int(plot.x_of(3)), int(plot.y_of(5.5))))
    assert rows == [5]
    numbers = [int(tick.text) for _, tick in plot.value_axis.shown]
    assert 6 in numbers
    assert all(top <= number <= bottom + 1 for number in numbers)
    plot.set_data(plot.values[:, :4], (0.0, 1.0), GATES)
    assert plot.value_range == (4, 0.0), "another signal is shown whole"


def test_a_hidden_plot_follows_the_steps_when_it_is_shown(make: Make) -> None:
    plot = make(CurvesPlot)
    plot.hide()
    plot.axis.set_view(9.5, 19.5)
    assert plot.plot.viewRange()[0] == [9.5, 19.5]
    plot.show()
    plot.grab()
    x = plot.item("h").points.x
    assert abs(x[np.abs(x - plot.x_of(15)).argmin()] - plot.x_of(15)) < 1e-6
    wheel(plot, plot.data_rect.center(), 2)
    assert abs(plot.item("h").getData()[0][15] - 15) == 0


def test_the_menu_offers_what_pyqtgraph_does_without_its_exporters(make: Make, qtbot: QtBot) -> None:
    plot = make(CurvesPlot)
    holder = QWidget()
    qtbot.addWidget(holder)
    menu = QMenu(holder)
    plot.offer_view(menu)
    texts = [action.text().replace("&", "") for action in menu.actions()]
    assert texts == ["View All", "Mouse mode", "Grid"]
    modes, grid = (inner.actions() for inner in menu.findChildren(QMenu))
    assert [action.text() for action in modes] == ["3 button", "1 button"]
    plot.axis.set_view(3.5, 9.5)
    menu.actions()[0].trigger()
    assert plot.axis.shows_all
    before = plot.grab().toImage()
    values, steps = grid
    assert values.isChecked()
    values.trigger()
    assert plot.grab().toImage() != before
    values.trigger()
    assert plot.grab().toImage() == before
    steps.trigger()
    assert plot.grab().toImage() != before
    modes[1].trigger()
    at = plot.data_rect.center()
    plot.axis.show_all()
    drag(plot, at, at + QPointF(60, 20), at + QPointF(200, 40))
    first, last = plot.axis.view
    assert first == pytest.approx(plot.axis.steps * 0.5 - 0.5, abs=0.1)
    assert last < plot.axis.steps - 1


def test_a_click_with_the_right_button_asks_for_the_menu_of_the_panel(make: Make, qtbot: QtBot) -> None:
    plot = make(CurvesPlot)
    asked: list[QPoint] = []

    class Holder(QWidget):
        def contextMenuEvent(self, event: Any) -> None:
            asked.append(event.globalPos())

    holder = Holder()
    qtbot.addWidget(holder)
    holder.resize(900, 300)
    plot.setParent(holder)
    holder.show()
    plot.show()
    qtbot.waitExposed(holder)
    at = plot.data_rect.center().toPoint()
    click(plot, at, button=Qt.MouseButton.RightButton)
    assert asked == [plot.viewport().mapToGlobal(at)]
    before = plot.axis.view
    drag(plot, *(QPointF(at) + QPointF(by, 0) for by in (0, 30, 60)), button=Qt.MouseButton.RightButton)
    assert len(asked) == 1
    assert plot.axis.view[1] - plot.axis.view[0] <= before[1] - before[0]


@every_kind
def test_nothing_goes_beyond_the_steps_there_are(kind: type[TimePlot], make: Make) -> None:
    plot = make(kind)
    at = plot.data_rect.center()
    wheel(plot, at, 2)
    for way in (-300, 300, 300, 300):
        drag(plot, at, at + QPointF(way / 2, 0), at + QPointF(way, 0))
        first, last = plot.axis.view
        assert first >= -0.5 - 1e-9
        assert last <= plot.axis.steps - 0.5 + 1e-9
    wheel(plot, at, -5)
    wheel(plot, at, -5)
    assert plot.axis.view == pytest.approx((-0.5, plot.axis.steps - 0.5))
    other = plot.plot.getViewBox()
    other.setXRange(-50, 500, padding=0)
    assert plot.axis.view == pytest.approx((-0.5, plot.axis.steps - 0.5))
