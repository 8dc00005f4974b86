"""The size of type is a setting: everything follows it, it is remembered, and it never takes the room of the plots."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QApplication, QLabel, QToolBar
from pytestqt.qtbot import QtBot

from rnnviz.ui.controls.formulaview import FormulaView
from rnnviz.ui.controls.segmented import Segmented
from rnnviz.ui.drawing.canvas import Canvas
from rnnviz.ui.figures import panel_figure
from rnnviz.ui.layouts import LAYOUTS, layout
from rnnviz.ui.panels.states import StatesPanel
from rnnviz.ui.plots import TimeWidget
from rnnviz.ui.plots.base.view import PlotView
from rnnviz.ui.settings import Settings
from rnnviz.ui.theme import NORMAL, TYPE_SIZES, largest_type, lecture_factor, metrics
from rnnviz.ui.typesize import TypeSize
from tests.ui.window.conftest import Desk

LARGE = (3840, 2160)


def choose(desk: Desk, per_cent: int) -> None:
    desk.window.type.choose(per_cent)
    desk.settle()
    QCoreApplication.processEvents()


def test_everything_is_drawn_in_the_size_that_is_chosen(desk: Desk) -> None:
    desk.window.resize(*LARGE)
    for per_cent in (TYPE_SIZES[-1], TYPE_SIZES[0]):  # panels are made in the first, and dressed anew for the second
        choose(desk, per_cent)
        assert_drawn(desk, per_cent)


def assert_drawn(desk: Desk, per_cent: int) -> None:
    sizes = metrics(0.0, per_cent)
    assert sizes.text == round(NORMAL.text * per_cent / 100)
    for chosen in LAYOUTS:
        desk.window.docks.choose(chosen)
        desk.settle()
        drawn: list[Any] = [each for kind in (PlotView, TimeWidget, Canvas) for each in desk.window.findChildren(kind)]
        for each in drawn:
            if each.isVisible():
                assert each.sizes is sizes, (chosen.name, each)
        for control in desk.window.findChildren(Segmented):
            if control.isVisible():
                sheets = [button.styleSheet() for button in control._buttons]
                assert all(f"font-size: {sizes.small}px" in sheet for sheet in sheets)
        for formula in desk.window.findChildren(FormulaView):
            if formula.isVisible():
                assert formula._look.sizes is sizes
    title = QApplication.font("QDockWidgetTitle")  # type: ignore[call-overload]
    assert QApplication.font().pixelSize() == title.pixelSize() == sizes.text
    for bar in desk.window.findChildren(QToolBar):
        assert bar.iconSize().height() == sizes.icon
    labels = [label for label in desk.window.findChildren(QLabel) if label.isVisible() and label.text()]
    assert labels
    assert {label.fontInfo().pixelSize() for label in labels} <= {sizes.text, sizes.small, sizes.title}


def test_the_sides_have_room_for_larger_type(desk: Desk) -> None:
    desk.window.resize(*LARGE)
    widths = {}
    for per_cent in (100, 200):
        choose(desk, per_cent)
        widths[per_cent] = desk.window.docks["architecture"].width()
    assert widths[200] == pytest.approx(2 * widths[100], rel=0.1)
    desk.window.resize(1280, 720)
    choose(desk, 125)
    for name, usual in (("architecture", 270), ("inspector", 290)):
        assert desk.window.docks[name].panel.minimumWidth() == pytest.approx(1.25 * usual, abs=7)


def test_a_lecture_multiplies_it(desk: Desk) -> None:
    choose(desk, 110)
    desk.window.set_lecture(True)
    desk.window.setWindowState(Qt.WindowState.WindowNoState)
    desk.window.resize(1920, 1080)
    desk.settle()
    states: Any = desk.window.docks["states"].panel
    assert states.heatmap.sizes is metrics(lecture_factor(desk.window.height()), 110)
    desk.window.set_lecture(False)
    assert desk.window.type.wanted == 110


def test_it_is_remembered(desk: Desk) -> None:
    choose(desk, 90)
    assert TypeSize(desk.session, Settings()).wanted == 90


@pytest.mark.parametrize("stored", [0, 95, 1000, "large", 2.5, None, True])
def test_a_size_that_there_is_not_counts_as_the_usual_one(desk: Desk, stored: Any) -> None:
    desk.window.settings.set("type_size", stored)
    assert TypeSize(desk.session, Settings()).wanted == 100


def test_keys_go_up_and_down_to_the_ends(desk: Desk, qtbot: QtBot) -> None:
    desk.window.resize(*LARGE)
    desk.settle()
    larger, smaller = desk.window.actions_["larger"], desk.window.actions_["smaller"]
    assert [key.toString() for key in (*larger.shortcuts(), *smaller.shortcuts())] == ["Ctrl++", "Ctrl+=", "Ctrl+-"]
    larger.trigger()
    assert desk.view.type_size == 110
    smaller.trigger()
    smaller.trigger()
    smaller.trigger()
    assert desk.view.type_size == TYPE_SIZES[0]
    assert larger.isEnabled()
    assert not smaller.isEnabled()
    choose(desk, TYPE_SIZES[-2])
    larger.trigger()
    assert desk.view.type_size == TYPE_SIZES[-1]
    assert not larger.isEnabled()


def test_the_menu_marks_the_size_that_is_chosen(desk: Desk) -> None:
    menu = desk.window.menus._type_sizes
    assert [action.text() for action in menu.actions()] == [f"{size} %" for size in TYPE_SIZES]
    menu.actions()[3].trigger()
    menu.aboutToShow.emit()
    assert desk.view.type_size == TYPE_SIZES[3]
    assert [action.isChecked() for action in menu.actions()] == [size == TYPE_SIZES[3] for size in TYPE_SIZES]


def test_in_a_small_window_type_leaves_room_for_plots_and_says_so(desk: Desk) -> None:
    desk.window.resize(1280, 720)
    most = largest_type(1280, 720)
    assert 100 < most < 250
    choose(desk, 250)
    assert desk.view.type_size == most
    assert f"room for type at {most} %" in desk.view.message
    assert not desk.window.actions_["larger"].isEnabled()
    desk.window.resize(*LARGE)
    assert desk.view.type_size == 250
    desk.window.resize(1280, 720)
    assert desk.view.type_size == most
    assert (desk.window.width(), desk.window.height()) == (1280, 720), "large type does not hold the window open"
    desk.window.actions_["smaller"].trigger()
    assert desk.view.type_size < most, "from what is seen, not from what has no room"


@pytest.mark.parametrize("window", [(900, 500), (1280, 720), (1600, 1000), LARGE])
def test_the_usual_size_is_always_there(window: tuple[int, int]) -> None:
    assert largest_type(*window) >= 100


def test_networks_that_are_compared_follow(desk: Desk) -> None:
    desk.window.docks.choose(layout("Comparison"))
    desk.session.rivals.add_copy()
    desk.settle()
    choose(desk, 125)
    assert [session.view.type_size for session in desk.session.rivals.sessions] == [125]


def test_figures_do_not_depend_on_it(desk: Desk) -> None:
    sizes = []
    for per_cent in (100, 125):
        choose(desk, per_cent)
        with panel_figure(StatesPanel, desk.view) as figure:
            sizes.append({plot.sizes for plot in figure._widget.findChildren(PlotView)})
    assert sizes == [{NORMAL}, {NORMAL}]
