"""The PlotItem that makes its controls late is in everything else one of pyqtgraph."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from pytestqt.qtbot import QtBot

from rnnviz.ui.plots import CurvesPlot, TimeAxis
from rnnviz.ui.plots.base.plot_item import Plot

LATE = {"ctrl", "ctrlMenu", "stateGroup", "titleLabel"}


def shown(qtbot: QtBot) -> CurvesPlot:
    axis = TimeAxis()
    axis.set_steps([str(step) for step in range(20)])
    view = CurvesPlot(axis)
    qtbot.addWidget(view)
    view.resize(700, 240)
    view.show()
    qtbot.waitExposed(view)
    return view


def test_it_has_the_attributes_of_the_installed_version(qtbot: QtBot) -> None:
    plot = shown(qtbot).plot
    theirs = pg.PlotItem(enableMenu=False)
    assert isinstance(plot, Plot)
    assert set(vars(theirs)) - LATE <= set(vars(plot))
    assert not LATE & set(vars(plot))
    for name in LATE:
        assert type(getattr(plot, name)) is type(getattr(theirs, name)), name
    for row in range(1, 4):
        assert plot.layout.rowStretchFactor(row) == theirs.layout.rowStretchFactor(row)
    assert [action.text() for action in plot.ctrlMenu.actions()] == [
        action.text() for action in theirs.ctrlMenu.actions()
    ]
    ours, other = plot.saveState(), theirs.saveState()
    assert set(ours) == set(other)


def test_grid_title_and_items_are_those_of_any_plot(qtbot: QtBot) -> None:
    view = shown(qtbot)
    plot = view.plot
    before = view.grab().toImage()
    plot.showGrid(x=True, y=True)
    assert view.step_axis.has_grid
    assert view.grab().toImage() != before
    plot.showGrid(x=False, y=False)
    assert not view.value_axis.has_grid
    curve = plot.plot(np.arange(20.0), np.linspace(0, 1, 20), pen="r", name="mine")
    assert curve in plot.listDataItems()
    np.testing.assert_array_equal(curve.getData()[0], np.arange(20.0))
    plot.setLogMode(y=True)
    assert plot.ctrl.logYCheck.isChecked()
    plot.setLogMode(y=False)
    plot.setTitle("A title")
    assert plot.titleLabel.text == "A title"
    plot.removeItem(curve)
    assert curve not in plot.listDataItems()


def test_its_signals_tell_of_the_ranges(qtbot: QtBot) -> None:
    view = shown(qtbot)
    seen: list[tuple[float, float]] = []
    view.plot.sigXRangeChanged.connect(lambda _, ends: seen.append(ends))
    view.axis.set_view(2.5, 9.5)
    assert seen[-1] == (2.5, 9.5)
