"""Every panel draws every network at every moment, and is never empty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from rnnviz.engine import cells
from rnnviz.engine.messages import LossObjective, ProbeObjective
from rnnviz.engine.record import NETWORK, Record
from rnnviz.ui.controls.notice import Notice
from rnnviz.ui.panel import Panel, panel_classes
from rnnviz.ui.plots.base.view import PlotView
from rnnviz.ui.theme import THEMES, metrics
from rnnviz.ui.timepanel import TimePanel
from rnnviz.ui.view import View
from tests.ui.panels.pictures import gradients_of, make_view, text_source, wave_source

PANELS = panel_classes()
TIME = tuple(panel for panel in PANELS if issubclass(panel, TimePanel))
Show = Callable[..., Any]
every_panel = pytest.mark.parametrize("panel_class", PANELS, ids=lambda panel: panel.name)
every_time_panel = pytest.mark.parametrize("panel_class", TIME, ids=lambda panel: panel.name)


def pixels(widget: QWidget) -> np.ndarray[Any, Any]:
    """The picture of a widget, [rows, columns, 4]."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    flat = np.frombuffer(image.constBits(), np.uint8)
    return flat.reshape(image.height(), image.bytesPerLine() // 4, 4)[:, : image.width()].copy()


def inked(widget: QWidget) -> float:
    """The share of pixels that differ from the most frequent colour, colours being told apart by 16 bits."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB16)
    colours = np.frombuffer(image.constBits(), np.uint16).reshape(image.height(), image.bytesPerLine() // 2)
    counts = np.bincount(colours[:, : image.width()].ravel())
    return 1 - float(counts.max()) / (image.width() * image.height())


def notice_of(panel: QWidget) -> str:
    found = panel.findChild(Notice)
    return found.text() if isinstance(found, Notice) and found.isVisible() else ""


def test_the_panels_of_the_first_screen_stand_in_their_order() -> None:
    first = [panel for panel in PANELS if panel.at_first]
    assert [panel.name for panel in first if panel.area == "time"] == [
        "tokens",
        "states",
        "gates",
        "gradients",
        "outputs",
    ]
    assert [panel.name for panel in first if panel.area == "left"] == ["architecture", "sequence"]
    assert [panel.name for panel in first if panel.area == "right"] == ["inspector"]


@every_panel
@pytest.mark.parametrize("first", range(3))
def test_every_cell_is_drawn(panel_class: type[Panel], first: int, show: Show) -> None:
    names = cells.names()
    panel = show(panel_class, make_view(cell=names[first]))
    for cell in names[first::3]:
        panel.session.show(make_view(cell=cell))
        QApplication.processEvents()
        assert inked(panel) > 0.005, cell


@every_panel
@pytest.mark.parametrize(
    "fields",
    [
        {"topology": "many-to-one"},
        {"topology": "many-to-many", "delay": 3},
        {"topology": "one-to-many", "feedback": "choice"},
        {"bidirectional": True, "num_layers": 2},
        {"num_layers": 3, "hidden_size": (4, 3, 2)},
        {"readout": None, "output_size": None},
        {"cell": ("lstm", "gru"), "num_layers": 2},
        {"embedding_size": 3},
    ],
    ids=lambda fields: "-".join(map(str, fields.values())),
)
def test_every_kind_of_network_is_drawn(panel_class: type[Panel], fields: dict[str, Any], show: Show) -> None:
    panel = show(panel_class, make_view(**fields))
    assert inked(panel) > 0.005


@every_panel
def test_a_single_step_is_drawn(panel_class: type[Panel], show: Show) -> None:
    panel = show(panel_class, make_view(text_source(1), topology="one-to-one"))
    assert inked(panel) > 0.004


@every_panel
@pytest.mark.parametrize("source", [text_source(10_000), wave_source(10_000)], ids=["text", "signal"])
def test_ten_thousand_steps_are_drawn_and_stepped_through(panel_class: type[Panel], source: Any, show: Show) -> None:
    panel = show(panel_class, make_view(source, hidden_size=8))
    panel.session.go_to(5000)
    QApplication.processEvents()
    assert inked(panel) > 0.005


@every_panel
@pytest.mark.parametrize("position", [0, 1, 5, 12])
@pytest.mark.parametrize("bidirectional", [False, True], ids=["one way", "both ways"])
def test_a_run_that_is_under_way_is_drawn(
    panel_class: type[Panel], position: int, bidirectional: bool, show: Show
) -> None:
    view = make_view(bidirectional=bidirectional)
    panel = show(panel_class, replace(view, position=position, published=position, gradients=None))
    assert notice_of(panel) or inked(panel) > 0.005


@every_panel
def test_nothing_open_is_said_in_a_sentence(panel_class: type[Panel], show: Show) -> None:
    panel = show(panel_class, View(theme="light"))
    assert notice_of(panel).endswith(".")


@every_time_panel
def test_an_engine_that_still_builds_is_said_in_a_sentence(panel_class: type[Panel], show: Show) -> None:
    panel = show(panel_class, View(document=make_view().document, theme="light"))
    assert "building" in notice_of(panel)


@every_panel
@pytest.mark.parametrize("theme", ["light", "dark", "print"])
@pytest.mark.parametrize("lecture", [False, True], ids=["desk", "lecture"])
def test_theme_and_size_change_live(panel_class: type[Panel], theme: Any, lecture: bool, show: Show) -> None:
    panel = show(panel_class, make_view())
    panel.session.show(replace(panel.session.view, theme=theme, lecture=lecture))
    QApplication.processEvents()
    assert inked(panel) > 0.005
    for plot in panel.findChildren(PlotView):
        assert plot.theme is THEMES[theme]
        assert plot.sizes is metrics(lecture)


def spoil(record: Record, values: tuple[float, ...]) -> None:
    """Put special values into the first rows of every block."""
    for block in record.segments[0].blocks.values():
        for row, value in enumerate(values):
            block[row] = value


@every_panel
def test_what_is_not_a_finite_number_is_drawn(panel_class: type[Panel], show: Show) -> None:
    view = make_view()
    assert view.trace is not None
    assert view.gradients is not None
    spoil(view.trace.record, (np.nan, np.inf, -np.inf))
    spoil(view.gradients.record, (np.nan, np.inf, -np.inf))
    panel = show(panel_class, replace(view, options=MappingProxyType({"gates.mode": "mean"})))
    for step in (0, 1, 2, 3):
        panel.session.go_to(step)
        QApplication.processEvents()
    assert inked(panel) > 0.005


@every_panel
def test_an_unbounded_record_of_nothing_but_nan_is_drawn(panel_class: type[Panel], show: Show) -> None:
    view = make_view(cell="rnn", activation="relu")
    assert view.trace is not None
    for block in view.trace.record.segments[0].blocks.values():
        block[:] = np.nan
    assert inked(show(panel_class, view)) > 0.004


@every_panel
@pytest.mark.parametrize("mode", ["heatmap", "curves", "both", "heatmaps", "unit", "mean", "signals", "layers"])
def test_every_way_of_drawing_works(panel_class: type[Panel], mode: str, show: Show) -> None:
    choice = MappingProxyType({f"{panel_class.name}.mode": mode, "gates.candidate": "yes"})
    panel = show(panel_class, replace(make_view(num_layers=2), options=choice, units=(1, 3)))
    assert inked(panel) > 0.005


@every_time_panel
def test_plots_keep_the_margins_of_the_axis(panel_class: type[TimePanel], show: Show) -> None:
    panel = show(panel_class, make_view())
    for plot in panel.time_plots:
        if plot.isVisible():
            assert plot.mapTo(panel, plot.rect().topLeft()).x() == 0
            assert plot.width() == panel.width()
            assert plot.data_rect.left() == panel.axis.margins[0]


@every_time_panel
def test_a_hidden_panel_does_no_work_until_it_is_shown(
    panel_class: type[TimePanel], show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = show(panel_class, make_view())
    panel.hide()
    drawn: list[View] = []
    monkeypatch.setattr(panel, "draw", lambda view, old: drawn.append(view))
    panel.session.go_to(3)
    panel.session.go_to(4)
    assert not drawn
    panel.show()
    assert [view.step for view in drawn] == [4]


@every_time_panel
def test_moving_the_cursor_alone_leaves_the_data_alone(
    panel_class: type[TimePanel], show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = show(panel_class, make_view())
    touched: list[str] = []
    for plot in panel.time_plots:
        for name in ("set_data", "update_rows", "set_curves", "set_probabilities"):
            if hasattr(plot, name):
                monkeypatch.setattr(plot, name, lambda *_, n=name, **__: touched.append(n))
    panel.session.go_to(4)
    panel.session.go_to(7)
    assert touched == []
    assert all(plot.cursor_step == 7 for plot in panel.time_plots)


@every_time_panel
def test_what_lies_ahead_can_be_covered(panel_class: type[TimePanel], show: Show) -> None:
    panel = show(panel_class, make_view())
    panel.session.go_to(4)
    panel.session.hide_ahead(True)
    assert all(plot.is_hidden(5) and not plot.is_hidden(4) for plot in panel.time_plots)


def with_another_future(view: View, places: int) -> View:
    """Move all that a run has not reached at the cursor by some steps, so that scales over the run stay as they are.

    What the network is fed is left alone.
    """
    assert view.trace is not None
    for field in view.trace.record.signals:
        if field.signal != "x":
            ahead = np.ones(view.trace.steps, np.bool_)
            ahead[view.trace.reached(view.position, field.layer, field.direction)] = False
            columns = view.trace.record.segments[0].blocks[field.block][:, field.start : field.stop]
            columns[ahead] = np.roll(columns[ahead], places, axis=0)
    return view


@every_panel
@pytest.mark.parametrize(("bidirectional", "position"), [(False, 5), (True, 16), (True, 27)])
def test_what_lies_ahead_changes_no_pixel_while_it_is_hidden(
    panel_class: type[Panel], bidirectional: bool, position: int, show: Show
) -> None:
    pictures = []
    for places in (0, 2):
        view = replace(make_view(bidirectional=bidirectional), position=position, ahead_hidden=True, gradients=None)
        pictures.append(pixels(show(panel_class, with_another_future(view, places))))
    one, two = pictures
    np.testing.assert_array_equal(one, two)


@every_time_panel
def test_a_click_goes_to_its_step(panel_class: type[TimePanel], show: Show) -> None:
    panel = show(panel_class, make_view())
    panel.session.go_to(1)
    panel.time_plots[0].stepClicked.emit(6)
    assert panel.session.view.step == 6


@every_time_panel
@pytest.mark.parametrize("bidirectional", [False, True], ids=["one way", "both ways"])
def test_the_data_has_one_row_per_step(panel_class: type[TimePanel], bidirectional: bool, show: Show) -> None:
    view = make_view(num_layers=2, bidirectional=bidirectional)
    panel = show(panel_class, view)
    arrays = panel.data(panel.session.view)
    assert view.trace is not None
    assert arrays
    assert all(len(array) == view.trace.steps for array in arrays.values())


@every_panel
def test_data_of_nothing_is_nothing(panel_class: type[Panel], show: Show) -> None:
    assert show(panel_class, View(theme="light")).data(View()) == {}


@pytest.mark.parametrize(
    "objective", [LossObjective("at", 3), LossObjective("whole"), ProbeObjective("h", 2, 5, 0)], ids=str
)
@every_panel
def test_every_objective_is_drawn(panel_class: type[Panel], objective: Any, show: Show) -> None:
    view = make_view()
    assert view.trace is not None
    probe = objective if isinstance(objective, ProbeObjective) else None
    panel = show(panel_class, replace(view, gradients=gradients_of(view.trace, objective), probe=probe))
    assert inked(panel) > 0.005
    assert view.trace.fields(NETWORK, "forward")


def test_a_low_panel_of_states_leaves_the_curves_out_and_brings_them_back(show: Show) -> None:
    states = next(panel for panel in PANELS if panel.name == "states")
    panel = show(states, make_view(), 900, 300)
    panel.setMinimumHeight(84)  # as its dock allows
    panel.resize(900, 110)
    QApplication.processEvents()
    assert panel.heatmap.isVisible()
    assert not panel.curves.isVisible()
    panel.resize(900, 300)
    QApplication.processEvents()
    assert panel.curves.isVisible()
    panel.session.set_option("states.mode", "curves")
    panel.resize(900, 110)
    QApplication.processEvents()
    assert panel.curves.isVisible()
    assert not panel.heatmap.isVisible()
