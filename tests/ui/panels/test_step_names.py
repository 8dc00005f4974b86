"""The steps are named once in a window: by the row of tokens, or by the lowest plot of a panel that stands alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from rnnviz.ui.panels.gates import GatesPanel
from rnnviz.ui.panels.states import StatesPanel
from rnnviz.ui.panels.tokens import TokensPanel
from rnnviz.ui.plots import TimeAxis
from tests.ui.panels.pictures import PictureSession, make_view

Show = Callable[..., Any]


def named(panel: Any) -> list[bool]:
    return [plot.below_height > 0 for plot in panel.time_plots if plot.isVisible()]


def test_a_panel_that_stands_alone_names_the_steps_below_its_lowest_plot(show: Show) -> None:
    view = make_view()
    panel = show(StatesPanel, view, height=420)
    assert named(panel) == [False, True]
    assert [text for _, text in panel.curves.step_axis.marks()] == list(view.trace.labels)  # type: ignore[union-attr]
    assert panel.curves.plot.getAxis("bottom").isVisible()
    panel.session.set_option("states.mode", "heatmap")
    QApplication.processEvents()
    assert named(panel) == [True]
    gates = show(GatesPanel, view, height=420)
    assert named(gates) == [False, False, True]


def test_beside_the_row_of_tokens_no_plot_names_them(qtbot: QtBot) -> None:
    session = PictureSession(make_view())
    axis = TimeAxis(session)
    window = QWidget()
    qtbot.addWidget(window)
    rows = QVBoxLayout(window)
    tokens, states = TokensPanel(session, axis), StatesPanel(session, axis)
    rows.addWidget(tokens)
    rows.addWidget(states)
    window.resize(900, 600)
    window.show()
    qtbot.waitExposed(window)
    assert named(states) == [False, False]
    tokens.hide()
    assert named(states) == [False, True]
    tokens.show()
    assert named(states) == [False, False]
    states.setParent(None)
    qtbot.addWidget(states)
    states.show()
    assert named(states) == [False, True], "in a window of its own it stands alone"
    session.deleteLater()
