"""A double click does one thing: in a plot it shows everything, and chooses neither step nor unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from rnnviz.ui.panel import Panel, panel_classes
from rnnviz.ui.plots.base.view import PlotView
from rnnviz.ui.plots.time.time_widget import TimeWidget
from rnnviz.ui.view import View
from tests.ui.mouse import click, double_click
from tests.ui.panels.pictures import make_view, text_source
from tests.ui.panels.test_plots_of_panels import modes

Show = Callable[..., Any]


def chosen(view: View) -> tuple[object, ...]:
    """What a click can choose."""
    return view.position, view.operation, view.layer, view.direction, view.units, view.signal, dict(view.options)


def places(view: PlotView | TimeWidget) -> list[QPointF]:
    """Some pixels within the data."""
    area = view.data_rect
    return [QPointF(area.left() + x * area.width(), area.top() + y * area.height()) for x in (0.2, 0.9) for y in (0.3,)]


@pytest.mark.parametrize("panel_class", panel_classes(), ids=lambda panel: panel.name)
def test_a_double_click_in_a_plot_chooses_nothing(panel_class: type[Panel], show: Show) -> None:
    panel = show(panel_class, make_view(text_source(12), num_layers=2, hidden_size=6), 1000, 500)
    for mode in modes(panel):
        for view in [*panel.findChildren(PlotView), *panel.findChildren(TimeWidget)]:
            for place in places(view) if view.isVisible() else ():
                before = chosen(panel.session.view)
                double_click(view, place)
                QApplication.processEvents()
                assert chosen(panel.session.view) == before, (mode, type(view).__name__)


def test_a_single_click_still_chooses(show: Show) -> None:
    states = next(panel for panel in panel_classes() if panel.name == "states")
    panel = show(states, make_view(text_source(12), num_layers=2, hidden_size=6), 1000, 500)
    before = chosen(panel.session.view)
    click(panel.heatmap, places(panel.heatmap)[0].toPoint())
    after = chosen(panel.session.view)
    assert after[0] != before[0]
    assert after[4] != before[4]


def test_what_was_computed_anew_between_two_clicks_is_not_taken_back(show: Show) -> None:
    states = next(panel for panel in panel_classes() if panel.name == "states")
    panel = show(states, make_view(text_source(12), num_layers=2, hidden_size=6), 1000, 500)
    panel.heatmap.box.clicking.emit()
    panel.session.show(replace(make_view(text_source(12), num_layers=2, hidden_size=6), position=3))
    panel.heatmap.box.takenBack.emit()
    assert panel.session.view.position == 3
