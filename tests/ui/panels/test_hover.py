"""What is told of the place under the mouse is taken back when something else stands there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QPointF
from PySide6.QtWidgets import QWidget

from rnnviz.ui.controls.header import PanelHeader
from rnnviz.ui.panel import Panel, panel_classes
from rnnviz.ui.plots.base.view import PlotView
from rnnviz.ui.timepanel import TimePanel
from rnnviz.ui.view import View
from tests.ui.mouse import move
from tests.ui.panels.pictures import make_view, text_source

Show = Callable[..., Any]
TIME = [panel for panel in panel_classes() if issubclass(panel, TimePanel)]
LONG, SHORT = 12, 5


def read_outs(panel: QWidget) -> str:
    headers = [header.read_out for header in panel.findChildren(PanelHeader)]
    plots = [plot._header.note for plot in panel.findChildren(PlotView)]
    return " ".join(filter(None, [*headers, *plots]))


def point(panel: Panel, step: int) -> str:
    """Let the mouse rest at a step of each plot in turn, until one tells of it; return what it tells."""
    for plot in panel.findChildren(PlotView):
        if plot.isVisible() and hasattr(plot, "x_of"):
            move(plot, QPoint(int(plot.x_of(step)), int(plot.data_rect.center().y())))
            if said := read_outs(panel):
                return said
    return ""


@pytest.mark.parametrize("panel_class", TIME, ids=lambda panel: panel.name)
def test_no_step_is_named_that_a_shorter_sequence_does_not_have(panel_class: type[Panel], show: Show) -> None:
    panel = show(panel_class, make_view(text_source(LONG)))
    said = point(panel, LONG - 2)
    panel.session.show(make_view(text_source(SHORT)))
    QCoreApplication.processEvents()
    assert not said or str(LONG - 1) in said
    assert [number for number in re.findall(r"t = (\d+)", read_outs(panel)) if int(number) > SHORT] == []


@pytest.mark.parametrize("name", ["states", "gates"])
def test_no_unit_is_named_that_a_smaller_network_does_not_have(name: str, show: Show) -> None:
    panel_class = next(panel for panel in TIME if panel.name == name)
    panel = show(panel_class, make_view(hidden_size=9))
    plot = panel.findChildren(PlotView)[0]
    move(plot, QPointF(plot.x_of(3), plot.data_rect.bottom() - 2).toPoint())
    assert "unit 9" in read_outs(panel)
    panel.session.show(make_view(hidden_size=2))
    QCoreApplication.processEvents()
    assert "unit 9" not in read_outs(panel)


@pytest.mark.parametrize(
    "change",
    [
        lambda view: replace(view, ahead_hidden=True, position=3),
        lambda view: replace(view, position=3, published=3),
        lambda view: replace(view, layer=1),
    ],
    ids=["hidden", "run anew", "another layer"],
)
def test_nothing_is_told_any_more_of_what_is_no_longer_seen(change: Callable[[View], View], show: Show) -> None:
    panel_class = next(panel for panel in TIME if panel.name == "states")
    panel = show(panel_class, make_view(num_layers=2))
    assert point(panel, 8).startswith("t = 9")
    panel.session.show(change(panel.session.view))
    QCoreApplication.processEvents()
    assert read_outs(panel).strip() == ""


def test_what_is_told_stays_while_the_cursor_moves(show: Show) -> None:
    panel_class = next(panel for panel in TIME if panel.name == "states")
    panel = show(panel_class, make_view())
    said = point(panel, 8)
    panel.session.go_to(4)
    QCoreApplication.processEvents()
    assert read_outs(panel) == said
