"""The zoom from the network into a cell: it starts at the node, follows the cursor, and leads back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from rnnviz.engine.interventions import Clamp
from rnnviz.ui.export.figures import WidgetFigure
from rnnviz.ui.export.write import svg_document
from rnnviz.ui.networkdiagram.graph import Node, Place
from rnnviz.ui.panels.network import NetworkPanel
from rnnviz.ui.view import View
from tests.ui.export.pictures import elements
from tests.ui.panels.pictures import make_view, text_source
from tests.ui.panels.runs import real_panel

pytestmark = pytest.mark.usefixtures("qapp")

H = Place("h", 0)


def middle_of(panel: Any, node: Node) -> QPointF:
    return QPointF(*panel.canvas.picture.nodes[node].middle)


def entered(view: View) -> View:
    return replace(view, options=MappingProxyType({**view.options, "network.inside": "yes"}))


def arrive(panel: Any, qtbot: Any) -> None:
    qtbot.waitUntil(lambda: not panel.zoom.moving, timeout=3000)


def test_a_double_click_enters_the_cell_in_its_place(show: Any, qtbot: Any) -> None:
    panel = show(NetworkPanel, make_view(num_layers=2), 1280, 500)
    wanted: list[str] = []
    panel.session.panel_wanted.connect(wanted.append)
    place = middle_of(panel, Node(Place("h", 1), 2)).toPoint()
    qtbot.mouseDClick(panel.canvas, Qt.MouseButton.LeftButton, pos=place)
    assert (panel.session.view.step, panel.session.view.layer) == (2, 1)
    assert panel.crumb.isVisible()
    assert panel.header.title == "layer 2, t = 3"
    assert not wanted
    arrive(panel, qtbot)
    assert panel.cell.isVisible()
    assert not panel.canvas.isVisible()


def test_the_cell_grows_from_the_place_of_its_node(show: Any, qtbot: Any) -> None:
    panel = show(NetworkPanel, make_view(), 1280, 400)
    place = panel.canvas.place_of(Node(H, 2))
    panel.canvas.entered.emit(Node(H, 2))
    motion = panel.zoom._motion
    assert panel.zoom.moving
    motion.share = 0.0
    assert motion.frame() == place
    motion.share = 1.0
    assert motion.frame() == QRectF(motion.rect())
    for share in (0.0, 0.3, 1.0):
        motion.share = share
        assert not motion.grab().isNull()
    arrive(panel, qtbot)


def test_the_entered_cell_follows_the_cursor(tmp_path: Path) -> None:
    options = {"network.inside": "yes"}
    with real_panel(NetworkPanel, tmp_path, options=options, hidden_size=4) as (panel, session, _):
        trace = session.view.trace
        assert trace is not None
        for step in (3, 7):
            session.go_to(step)
            expected = trace.record.signal("h", 0)[step, 0]
            assert panel.cell.canvas.flow.values["h"] == pytest.approx(expected)
            assert panel.header.title == f"t = {step + 1}"


@pytest.mark.parametrize("how", ["breadcrumb", "escape", "double click", "wheel"])
def test_the_cell_is_left_for_the_network(how: str, show: Any, qtbot: Any) -> None:
    panel = show(NetworkPanel, entered(make_view()), 1280, 400)
    canvas, corner = panel.cell.canvas, QPointF(2, 2)
    if how == "breadcrumb":
        qtbot.mouseClick(panel.crumb, Qt.MouseButton.LeftButton)
    elif how == "escape":
        qtbot.keyClick(panel.cell, Qt.Key.Key_Escape)
    elif how == "double click":
        qtbot.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=corner.toPoint())
    else:
        turn(canvas, corner, -120)
        assert panel.zoom.inside
        turn(canvas, corner, -120)
    assert not panel.zoom.inside
    arrive(panel, qtbot)
    assert panel.canvas.isVisible()
    assert not panel.crumb.isVisible()
    assert panel.header.title == "Network"


def turn(canvas: Any, place: QPointF, by: int) -> None:
    """Turn the wheel over a place."""
    no_phase, none = Qt.ScrollPhase.NoScrollPhase, Qt.MouseButton.NoButton
    globally = QPointF(canvas.mapToGlobal(place.toPoint()))
    event = QWheelEvent(place, globally, QPoint(), QPoint(0, by), none, Qt.KeyboardModifier.NoModifier, no_phase, False)
    QApplication.sendEvent(canvas, event)


def test_the_wheel_enters_a_state_once_it_is_large(show: Any, qtbot: Any) -> None:
    panel = show(NetworkPanel, make_view(), 1280, 400)
    place, turns = middle_of(panel, Node(H, 5)), 0
    while not panel.zoom.inside and turns < 40:
        seen = panel.canvas.place_of(Node(H, 5))
        turn(panel.canvas, place, 120)
        turns += 1
    assert panel.zoom.inside
    assert seen.height() >= 0.6 * panel.canvas.height() or panel.canvas._zoom == 6.0
    assert panel.session.view.step == 5
    arrive(panel, qtbot)


def test_a_cell_that_cannot_be_drawn_is_not_entered(show: Any) -> None:
    rows = [f"s{k}[t] = tanh(W{k} @ x[t] + U{k} @ s{k}[t-1])\n" for k in range(60)]
    panel = show(NetworkPanel, make_view(cell="".join(rows)), 1280, 400)
    panel.canvas.entered.emit(Node(H, 2))
    assert not panel.zoom.inside
    assert "cannot be read" in panel.session.view.message


def test_the_figure_of_an_entered_cell_is_that_of_the_cell(show: Any) -> None:
    panel = show(NetworkPanel, entered(make_view()), 1280, 420)
    texts = {(text.text or "").strip() for text in elements(svg_document(WidgetFigure(panel, "n", "N")), "text")}
    assert "tanh" in texts
    assert "cat" not in texts


def test_the_data_within_a_cell_are_those_of_the_cell(show: Any) -> None:
    panel = show(NetworkPanel, entered(make_view(hidden_size=5)), 1280, 420)
    data = panel.data(panel.session.view)
    assert {"f", "i", "g", "o", "c", "h", "kept", "written"} <= set(data)
    assert data["h"].shape == (5,)


@pytest.mark.parametrize("form", ["folded", "unfolded"])
def test_the_way_in_starts_at_the_node_in_both_forms(form: str, show: Any, qtbot: Any) -> None:
    view = make_view(num_layers=2)
    panel = show(NetworkPanel, replace(view, options=MappingProxyType({"network.form": form})), 900, 500)
    panel.session.go_to(4)
    node = Node(Place("h", 1), 4)
    place = panel.canvas.place_of(node)
    panel.canvas.entered.emit(node)
    assert panel.zoom.moving
    assert panel.zoom._motion.place == place
    arrive(panel, qtbot)
    panel._leave()
    assert panel.zoom._motion.place == place
    arrive(panel, qtbot)


def test_a_hidden_panel_shows_the_cell_once_it_is_seen(show: Any) -> None:
    panel = show(NetworkPanel, make_view(), 900, 400)
    panel.hide()
    panel.session.set_option("network.inside", "yes")
    panel.show()
    assert panel.zoom.inside


def test_what_a_run_starts_from_is_no_cell(show: Any) -> None:
    panel = show(NetworkPanel, make_view(), 1280, 400)
    panel.canvas.entered.emit(Node(H, -1))
    assert not panel.zoom.inside
    panel.canvas.clicked.emit(Node(H, -1))
    assert panel.session.view.step == -1


def test_a_narrow_header_keeps_the_way_back_and_leaves_the_choice_out(show: Any) -> None:
    panel = show(NetworkPanel, entered(make_view()), 300, 200)
    assert panel.crumb.isVisible()
    assert not panel.over.isVisible()


def test_wheel_and_drag_navigate(show: Any, qtbot: Any) -> None:
    panel = show(NetworkPanel, make_view(text_source(300)), 900, 400)
    panel.session.go_to(150)
    canvas = panel.canvas
    canvas._go_along(20)
    assert {0, 170, 299} <= set(canvas.picture.columns)
    panel.session.go_to(100)
    assert {0, 100, 299} <= set(canvas.picture.columns)
    fitted = canvas.picture.unit
    canvas._zoom = 2.0
    assert canvas.picture.unit == pytest.approx(2 * fitted)
    qtbot.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=canvas.rect().topLeft())
    assert canvas.picture.unit == pytest.approx(fitted)


def test_interventions_leave_the_network_where_the_user_has_enlarged_it(tmp_path: Path) -> None:
    with real_panel(NetworkPanel, tmp_path, size=(1280, 500), hidden_size=4) as (panel, session, link):
        fitted = panel.canvas.picture.unit
        turn(panel.canvas, QPointF(4, 4), 240)
        enlarged = panel.canvas.place_of(Node(H, 1))
        assert panel.canvas.picture.unit > fitted
        session.set_interventions([Clamp("h", 0.5)])
        link.run_until_idle()
        assert panel.canvas.place_of(Node(H, 1)) == enlarged
        session.change_spec(num_layers=2)
        link.run_until_idle()
        assert panel.canvas.picture.unit <= fitted
