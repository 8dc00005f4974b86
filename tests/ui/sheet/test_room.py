"""In a window of 1280 x 720 every panel keeps its room, and diagrams fill theirs on a large screen."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, QSize

from rnnviz.ui.networkdiagram.canvas import NetworkCanvas
from rnnviz.ui.plots import HeatmapPlot
from rnnviz.ui.plots.base.view import PlotView
from tests.ui.sheet.conftest import Stage
from tests.ui.sheet.stage import Shot

SMALL = (1280, 720)


def heights(stage: Stage) -> dict[str, list[float]]:
    docks = [dock for dock in stage.window.docks.of("time") if dock.isVisible()]
    found = {}
    for dock in docks:
        plots = [plot for plot in dock.panel.findChildren(PlotView) if plot.isVisible()]
        found[dock.kind.name] = [plot.data_rect.height() for plot in plots]
    return found


def test_gates_and_gradients_keep_their_room(stage: Stage) -> None:
    stage.open("Default")
    stage.pose(Shot("Default", SMALL))
    small = heights(stage)
    assert min(small["gates"]) >= 28
    assert min(small["gradients"]) >= 60
    assert min(small["states"]) >= 60
    assert min(small["outputs"]) >= 44
    scroll = stage.window.scroller
    assert scroll.verticalScrollBar().maximum() == scroll.horizontalScrollBar().maximum() == 0
    stage.session.set_option("states.mode", "both")
    stage.settle()
    gates: Any = stage.window.docks["gates"].panel
    states: Any = stage.window.docks["states"].panel
    for plot in gates.heatmaps:
        assert plot.row_height * plot.image.merged >= 2.0
        assert plot.merged_text in gates.header.said
    assert "no room for the curves" in states.header.said
    stage.pose(Shot("Default", (1600, 1000)))
    assert "no room" not in states.header.said
    assert "extremes" not in gates.header.said


@pytest.mark.parametrize(
    "layout", ["Default", "Interventions", "Memory", "Gradient observatory", "Vanishing laboratory"]
)
@pytest.mark.parametrize("title", [0, 30], ids=["whole screen", "with a title"])
def test_nothing_is_scrolled_in_a_small_window(stage: Stage, layout: str, title: int) -> None:
    stage.open(layout)
    stage.pose(Shot(layout, (SMALL[0], SMALL[1] - title)))
    scroll = stage.window.scroller
    assert scroll.verticalScrollBar().maximum() == scroll.horizontalScrollBar().maximum() == 0
    for name, found in heights(stage).items():
        assert not found or min(found) >= 26, name


def test_what_does_not_fit_is_scrolled_and_not_squeezed(stage: Stage) -> None:
    stage.open("Wide plots")
    stage.pose(Shot("Wide plots", SMALL))
    assert stage.window.size() == QSize(*SMALL)
    scroll = stage.window.scroller
    assert scroll.verticalScrollBar().maximum() > 0
    assert all(min(found) >= 26 for found in heights(stage).values() if found)
    last = stage.window.docks["outputs"]
    scroll.ensureWidgetVisible(last, 0, 0)
    assert scroll.viewport().rect().contains(last.mapTo(scroll.viewport(), QPoint(10, last.height() - 2)))


@pytest.mark.parametrize("layout", ["Cell", "Network"])
def test_diagrams_fill_their_panels_on_a_large_screen(stage: Stage, layout: str) -> None:
    stage.open(layout)
    stage.pose(Shot(layout, (3840, 2160)))
    cell: Any = stage.window.docks["cell"].panel
    view = cell.shown
    diagram, frame = view.canvas.diagram, view.canvas.frame
    assert diagram is not None
    bounds = view.canvas._bounds
    across = (bounds.right - bounds.left) * frame.unit / view.canvas.width()
    down = (bounds.bottom - bounds.top) * frame.unit / view.canvas.height()
    assert max(across, down) > 0.85
    if layout == "Network":
        network: Any = stage.window.docks["network"].panel
        canvas = network.canvas
        assert isinstance(canvas, NetworkCanvas)
        for form in ("unfolded", "folded"):
            stage.session.set_option("network.form", form)
            stage.settle()
            assert canvas.picture is not None
            nodes = list(canvas.picture.nodes.values())
            wide = max(node.right for node in nodes) - min(node.left for node in nodes)
            high = max(node.bottom for node in nodes) - min(node.top for node in nodes)
            assert wide > 0.9 * canvas.width() or high > 0.75 * canvas.height(), form


def test_a_heatmap_of_many_units_says_so_in_its_panel(stage: Stage) -> None:
    stage.open("Wide plots")
    stage.pose(Shot("Wide plots", SMALL))
    inputs: Any = stage.window.docks["inputs"].panel
    maps = [plot for plot in inputs.findChildren(HeatmapPlot) if plot.isVisible()]
    assert [plot.merged_text for plot in maps] == ["rows: maxima of 4 inputs"]
    assert inputs.header.said.endswith("rows: maxima of 4 inputs")
