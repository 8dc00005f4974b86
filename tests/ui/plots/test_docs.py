"""The page on plots tells the truth: its example is run, and what it says of linking and reading back holds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from rnnviz.ui.panels.states import StatesPanel
from rnnviz.ui.plots import TimeAxis, TimePlot
from rnnviz.ui.theme import DARK, LECTURE
from tests.ui.mouse import move, wheel
from tests.ui.panels.pictures import PictureSession, make_view

PAGE = Path(__file__).parents[3] / "docs" / "plots.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def example() -> type[Any]:
    names: dict[str, Any] = {}
    (source,) = [block for block in BLOCKS if "class SpreadPlot" in block]
    exec(compile(source, str(PAGE), "exec"), names)
    made = names["SpreadPlot"]
    assert isinstance(made, type)
    return made


def test_the_example_is_a_plot_of_some_thirty_lines_on_the_shared_axis(qtbot: QtBot) -> None:
    axis = TimeAxis()
    axis.set_steps([str(step) for step in range(40)])
    plot = example()(axis)
    qtbot.addWidget(plot)
    plot.resize(800, 240)
    plot.show()
    qtbot.waitExposed(plot)
    values = np.random.default_rng(0).normal(size=(40, 5))
    plot.show_values(values)
    assert isinstance(plot, TimePlot)
    assert isinstance(plot.plot, pg.PlotItem)
    np.testing.assert_array_equal(plot.low.getData()[1], values.min(axis=1))
    np.testing.assert_array_equal(plot.high.getData()[1], values.max(axis=1))
    before = plot.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    plot.set_theme(DARK, LECTURE)
    plot.set_cursor(7)
    assert plot.grab().toImage().convertToFormat(QImage.Format.Format_RGB32) != before
    move(plot, QPointF(plot.x_of(7), plot.data_rect.center().y()).toPoint())
    assert plot.describe(7, -1) == f"t = 8   {values[7].min():.2f} to {values[7].max():.2f}"
    wheel(plot, plot.data_rect.center())
    assert not axis.shows_all
    (lines,) = [block for block in BLOCKS if "class SpreadPlot" in block]
    assert len([line for line in lines.splitlines() if line.strip()]) <= 36


def test_a_plot_of_a_panel_takes_items_and_links_as_any_of_pyqtgraph(qtbot: QtBot) -> None:
    session = PictureSession(make_view(hidden_size=5))
    panel = StatesPanel(session, TimeAxis(session))
    qtbot.addWidget(panel)
    panel.resize(900, 400)
    panel.show()
    qtbot.waitExposed(panel)
    plot = panel.plots["h"]
    assert isinstance(plot, pg.PlotItem)
    other = pg.PlotWidget()
    qtbot.addWidget(other)
    other.setXLink(plot)
    other.show()
    before = panel.heatmap.grab().toImage()
    plot.addItem(pg.InfiniteLine(7.0, pen=pg.mkPen("#ff0000", width=3)))
    assert panel.heatmap.grab().toImage() != before
    panel.axis.set_view(1.5, 8.5)
    assert plot.viewRange()[0] == [1.5, 8.5]
    first, last = other.viewRange()[0]
    assert last - first > 0
    np.testing.assert_array_equal(panel.heatmap.image.image, panel.heatmap.values.T)
    session.deleteLater()
