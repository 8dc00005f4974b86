"""What every panel shows of numbers is a plot of pyqtgraph, and holds exactly the numbers of the trace."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from rnnviz.engine.record import NETWORK
from rnnviz.ui.controls.segmented import Segmented
from rnnviz.ui.panel import Panel, panel_classes
from rnnviz.ui.panels.gates import GatesPanel
from rnnviz.ui.panels.gradients import GradientsPanel, shown_norms
from rnnviz.ui.panels.inputs import InputsPanel
from rnnviz.ui.panels.outputs import OutputsPanel
from rnnviz.ui.panels.states import StatesPanel
from rnnviz.ui.plots import CurvesPlot, HeatmapPlot, TimeAxis
from rnnviz.ui.plots.base.view import PlotView
from rnnviz.ui.plots.time.time_widget import TimeWidget
from tests.ui.panels.pictures import PictureSession, make_view, text_source, wave_source

Show = Callable[..., Any]

NO_PLOTS = {
    *("CellView", "NetworkCanvas", "CellCanvas", "DiagramCanvas", "Legend", "FlowBars", "Knob", "KnobFace"),
    *("FormulaView", "FormulaLine", "ValueTable", "BlockTable", "RunningText", "Preview", "Picture", "Threshold"),
    *("OperationLine", "TextLine", "LitMark", "_Motion", "_Numbers", "SharesPlot"),
}
"""Widgets that paint themselves and are no plots of numbers: diagrams, formulas, tables, text, controls."""


def modes(panel: Panel) -> Iterator[str]:
    """Go through all choices that the panel has on offer, one after the other."""
    yield "as it opens"
    for segment in panel.findChildren(Segmented):
        for value in segment.values():
            option = segment.property("option")
            if option and segment.isVisible():
                panel.session.set_option(str(option), value)
                QApplication.processEvents()
                yield f"{option} = {value}"


def painters(panel: Panel) -> list[QWidget]:
    """The widgets of rnnviz in a panel that paint themselves."""
    return [
        widget
        for widget in panel.findChildren(QWidget)
        if type(widget).__module__.startswith("rnnviz.") and "paintEvent" in _own(type(widget))
    ]


def _own(kind: type) -> set[str]:
    return {name for base in kind.__mro__ if base.__module__.startswith("rnnviz.") for name in vars(base)}


@pytest.mark.parametrize("panel_class", panel_classes(), ids=lambda panel: panel.name)
@pytest.mark.parametrize("source", [text_source(12), wave_source(12)], ids=["text", "signal"])
def test_every_plot_of_every_panel_in_every_mode_is_a_plot_item(
    panel_class: type[Panel], source: Any, show: Show
) -> None:
    panel = show(panel_class, make_view(source, num_layers=2, hidden_size=6), 1000, 500)
    for mode in modes(panel):
        for view in panel.findChildren(PlotView):
            if view.isVisible():
                assert isinstance(view.plot, pg.PlotItem), mode
                assert view.plot.scene() is view.scene(), mode
                assert isinstance(view.plot.getViewBox(), pg.ViewBox), mode
                assert isinstance(view.plot.getAxis("left"), pg.AxisItem), mode
                assert view.key, (mode, type(view).__name__)
                assert view.key in panel.plots, mode
        strangers = {type(w).__name__ for w in painters(panel) if not isinstance(w, PlotView | TimeWidget)}
        assert strangers <= NO_PLOTS, mode


def test_the_heatmap_of_the_states_holds_the_recorded_states(show: Show) -> None:
    view = make_view(hidden_size=6)
    panel = show(StatesPanel, view)
    recorded = view.trace.record.signal("h")  # type: ignore[union-attr]
    (image,) = [item for item in panel.plots["h"].items if hasattr(item, "image")]
    np.testing.assert_array_equal(image.image, recorded.T)
    for unit, curve in panel.curves.curves.items():
        steps, values = panel.curves.item(unit).getData()
        np.testing.assert_array_equal(steps, np.arange(len(recorded)))
        np.testing.assert_array_equal(values, recorded[:, unit])
        assert curve.label == f"unit {unit + 1}"
    assert len(panel.plots["h of picked units"].listDataItems()) == 2 * len(panel.curves.curves)


def test_every_gate_has_a_plot_by_its_name_that_holds_its_values(show: Show) -> None:
    view = make_view(hidden_size=6)
    panel = show(GatesPanel, view, height=500)
    for gate in ("i", "f", "o"):
        (image,) = [item for item in panel.plots[gate].items if hasattr(item, "image")]
        np.testing.assert_array_equal(image.image, view.trace.record.signal(gate).T)  # type: ignore[union-attr]
    panel.session.set_option("gates.mode", "unit")
    for gate in ("i", "f", "o"):
        values = panel.curves.item(gate).getData()[1]
        np.testing.assert_array_equal(values, view.trace.record.signal(gate)[:, 0])  # type: ignore[union-attr]
    panel.session.set_option("gates.mode", "mean")
    for gate in ("i", "f", "o"):
        values = panel.curves.item(gate).getData()[1]
        mean = view.trace.record.signal(gate).mean(axis=1)  # type: ignore[union-attr]
        np.testing.assert_allclose(values, mean, rtol=1e-6)


def test_the_gradients_hold_the_logarithms_of_their_norms_true_zeros_too(show: Show) -> None:
    view = make_view(hidden_size=6)
    panel = show(GradientsPanel, view)
    assert view.gradients is not None
    found = {item.name(): item for item in panel.plots["gradients"].listDataItems() if item.name()}
    places = [p for p in view.gradients.signals if p[:2] == (0, "forward") and not p[2].endswith(".pre")]
    assert found
    assert {place[2] for place in places} == set(found)
    for place in places:
        np.testing.assert_array_equal(found[place[2]].getData()[1], shown_norms(view, view.gradients, place))


@pytest.mark.parametrize(("source", "kind"), [(text_source(12), HeatmapPlot), (wave_source(12), CurvesPlot)])
def test_inputs_and_outputs_hold_what_was_recorded(source: Any, kind: type, show: Show) -> None:
    view = make_view(source)
    assert view.trace is not None
    x = view.trace.record.signal("x", NETWORK)
    panel = show(InputsPanel, view)
    (seen,) = [plot for plot in panel.time_plots if plot.isVisible()]
    assert panel.plots["x"] is seen.plot
    if isinstance(seen, HeatmapPlot):
        np.testing.assert_array_equal(seen.image.image, x.T)
    else:
        assert all(len(seen.item(key).getData()[1]) == len(x) for key in seen.curves)
    outputs = show(OutputsPanel, view)
    (seen,) = [plot for plot in outputs.time_plots if plot.isVisible()]
    assert outputs.plots["outputs"] is seen.plot
    y = view.trace.record.signal("output", NETWORK)
    if isinstance(seen, HeatmapPlot):
        np.testing.assert_array_equal(seen.image.image, y.T)


def test_ticks_are_read_from_the_axes(show: Show) -> None:
    panel = show(GradientsPanel, make_view(hidden_size=6))
    ticks = panel.plots["gradients"].getAxis("left")._tickLevels[0]
    assert [(tick.value, tick.text + tick.exponent) for _, tick in panel.curves.value_axis.shown] == [
        (value, text.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789\N{MINUS SIGN}"))) for value, text in ticks
    ]
    assert len(ticks) >= 2


@pytest.mark.parametrize("panel_class", panel_classes(), ids=lambda panel: panel.name)
def test_a_panel_may_outlive_the_session_and_the_axis(panel_class: type[Panel], qapp: QApplication) -> None:
    session = PictureSession(make_view(hidden_size=4))
    axis = TimeAxis(session)
    panel = panel_class(session, axis)
    panel.resize(700, 300)
    panel.show()
    QApplication.processEvents()
    session.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert not isValid(axis)
    panel.resize(500, 200)
    QApplication.processEvents()
    panel.close()
    panel.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_plots_live_and_end_well_under_an_eager_collector(qapp: QApplication) -> None:
    thresholds = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    try:
        for panel_class in (StatesPanel, GatesPanel, GradientsPanel, OutputsPanel):
            session = PictureSession(replace(make_view(hidden_size=4), position=6))
            panel = panel_class(session, TimeAxis(session))
            panel.show()
            QApplication.processEvents()
            session.go_to(7)
            panel.axis.zoom(0.5, 4)
            QApplication.processEvents()
            panel.close()
            panel.deleteLater()
            session.deleteLater()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    finally:
        gc.set_threshold(*thresholds)
