"""The panel of the cell: what it shows is what the run has computed, and it follows cursor, unit and mouse."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from rnnviz.engine import cells
from rnnviz.engine.interventions import Clamp
from rnnviz.engine.record import Record
from rnnviz.engine.requests import Memory
from rnnviz.ui.diagram.canvas import HINT
from rnnviz.ui.diagram.flow import Flow
from rnnviz.ui.diagram.words import short
from rnnviz.ui.drawing.ticks import number
from rnnviz.ui.export.figures import WidgetFigure
from rnnviz.ui.export.write import svg_document
from rnnviz.ui.panel import Panel
from rnnviz.ui.panels.cell import CellPanel
from rnnviz.ui.session import Session
from rnnviz.ui.theme import THEMES, signal_style
from tests.ui.export.pictures import elements
from tests.ui.panels.pictures import make_view
from tests.ui.panels.runs import real_panel

LEAKY = "a[t] = sigmoid(W @ x[t] + V @ h[t-1])  # leak\nq[t] = tanh(U @ x[t])\nh[t] = h[t-1] + a[t] * (q[t] - h[t-1])\n"


pytestmark = pytest.mark.usefixtures("qapp")


def run_of(session: Session) -> Record:
    assert session.view.trace is not None
    return session.view.trace.record


def shown(panel: Any, key: str) -> float:
    return float(panel.canvas.flow.values[key])


def test_the_numbers_are_those_of_the_run(tmp_path: Path) -> None:
    with real_panel(CellPanel, tmp_path, hidden_size=4) as (panel, session, _):
        session.pick_unit(2)
        session.go_to(5)
        record = run_of(session)
        now = {name: record.signal(name, 0, "forward")[5, 2] for name in "ifgoch"}
        before = record.signal("c", 0, "forward")[4, 2]
        for name, value in now.items():
            assert shown(panel, name) == pytest.approx(value, abs=0)
        assert shown(panel, "c[t-1]") == pytest.approx(before, abs=0)
        assert shown(panel, "c.1") == pytest.approx(now["f"] * before)
        assert shown(panel, "c.2") == pytest.approx(now["i"] * now["g"])
        assert shown(panel, "h.1") == pytest.approx(np.tanh(now["c"]), rel=1e-5)


def test_the_mean_is_taken_of_the_products(tmp_path: Path) -> None:
    with real_panel(CellPanel, tmp_path, options={"cell.over": "mean"}, hidden_size=4) as (panel, session, _):
        session.go_to(3)
        record = run_of(session)
        products = record.signal("i", 0, "forward")[3] * record.signal("g", 0, "forward")[3]
        assert shown(panel, "c.2") == pytest.approx(products.mean(), rel=1e-5)


def test_the_first_step_reads_the_initial_state(tmp_path: Path) -> None:
    with real_panel(CellPanel, tmp_path) as (panel, session, _):
        session.go_to(0)
        assert shown(panel, "h[t-1]") == 0.0
        assert shown(panel, "c.1") == 0.0


def test_a_backward_direction_reads_the_step_after(tmp_path: Path) -> None:
    with real_panel(CellPanel, tmp_path, bidirectional=True) as (panel, session, _):
        session.pick_layer(0, "backward")
        session.go_to(4)
        record = run_of(session)
        assert shown(panel, "c[t-1]") == record.signal("c", 0, "backward")[5, 0]
        panel.canvas.pointed_at(place_of(panel, "c[t-1]"))
        assert panel.header.read_out.startswith("c[t+1] = ")
        texts = [(text.text or "") for text in elements(svg_document(WidgetFigure(panel, "cell", "Cell")), "text")]
        assert (texts.count("t+1"), texts.count("t−1")) == (2, 0)
        session.pick_layer(0, "forward")
        texts = [(text.text or "") for text in elements(svg_document(WidgetFigure(panel, "cell", "Cell")), "text")]
        assert (texts.count("t+1"), texts.count("t−1")) == (0, 2)


@pytest.mark.parametrize("cell", ["lstm", "gru", "gru-cho", "mgu", "minlstm", "slstm", LEAKY])
def test_kept_and_written_are_those_of_the_composition(cell: str, tmp_path: Path) -> None:
    with real_panel(CellPanel, tmp_path, cell=cell) as (panel, session, link):
        session.pick_unit(1)
        session.go_to(6)
        request = Memory(state=panel.bars.state, unit=1, bands=False)
        session.want("a test", (request,))
        link.run_until_idle()
        answer = session.view.analyses[request]
        assert not answer.fault
        kept, written = panel.bars.values[1]
        assert kept == pytest.approx(answer.arrays["kept"][6], abs=1e-6)
        assert written == pytest.approx(answer.arrays["written"][6], abs=1e-6)
        values = run_of(session).signal(panel.bars.state, 0, "forward")
        assert kept + written == pytest.approx(values[6, 1], abs=1e-6)


def test_a_cell_that_writes_its_state_anew_has_no_bars(show: Any) -> None:
    assert not show(CellPanel, make_view(cell="rnn"), 1200, 400).bars.isVisible()
    assert show(CellPanel, make_view(cell="lstm"), 1200, 400).bars.isVisible()


def place_of(panel: Any, key: str) -> QPointF:
    return panel.canvas.frame.at(*panel.canvas.diagram.by_key[key].at)


def test_the_mouse_lights_a_signal_in_every_plot(show: Any) -> None:
    panel = show(CellPanel, make_view(), 1200, 400)
    panel.canvas.pointed_at(place_of(panel, "f"))
    assert panel.session.view.signal == "f"
    assert panel.header.read_out.startswith("f[t] (forget gate) = ")
    route = next(one for one in panel.canvas.diagram.routes if one.wire.source == "g")
    (ax, ay), (bx, by) = route.points[:2]
    panel.canvas.pointed_at(panel.canvas.frame.at((ax + bx) / 2, (ay + by) / 2))
    assert panel.session.view.signal == "g"
    panel.canvas.pointed_at(None)
    assert panel.session.view.signal == ""


def test_a_click_on_a_state_shows_it_among_the_states(show: Any) -> None:
    panel = show(CellPanel, make_view(), 1200, 400)
    panel.canvas.clicked_at(place_of(panel, "out:c"))
    assert panel.session.view.options["states.state"] == "c"


def test_a_click_on_a_bar_picks_its_unit(show: Any) -> None:
    panel = show(CellPanel, make_view(), 1200, 400)
    field = panel.bars.field
    panel.bars.clicked_at(QPointF(field.center().x(), field.top() + field.height() * 0.5))
    assert panel.session.view.units == (2,)


def test_the_wheel_zooms_and_a_double_click_fits(show: Any, qtbot: Any) -> None:
    panel = show(CellPanel, make_view(), 1200, 400)
    whole = panel.canvas.frame
    panel.canvas._zoom = 3.0
    assert panel.canvas.frame.unit == pytest.approx(3 * whole.unit)
    qtbot.mouseDClick(panel.canvas, Qt.MouseButton.LeftButton)
    assert panel.canvas.frame == whole


def test_a_cell_of_sixty_signals_is_refused_in_a_sentence(show: Any) -> None:
    rows = [f"s{k}[t] = tanh(W{k} @ x[t] + U{k} @ s{k}[t-1])\n" for k in range(60)]
    panel = show(CellPanel, make_view(cell="".join(rows)))
    assert "cannot be read" in panel.notice.text()


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
@pytest.mark.parametrize("name", cells.names())
def test_every_diagram_shows_every_part(name: str, theme: Any, show: Any) -> None:
    panel: Panel = show(CellPanel, make_view(cell=name), 1400, 520)
    panel.session.apply(theme=theme)
    canvas = panel.canvas  # type: ignore[attr-defined]
    image = canvas.grab().toImage()
    ground = image.pixelColor(1, 1)
    for placed in canvas.diagram.placed:
        rect = canvas.frame.rect(placed.rect).toRect().adjusted(-1, -1, 1, 1)
        colours = {image.pixelColor(x, rect.center().y()).rgb() for x in range(rect.left(), rect.right())}
        assert colours - {ground.rgb()}, placed.node.key


def test_the_figure_is_made_of_lines_and_type(show: Any) -> None:
    panel = show(CellPanel, make_view(), 1200, 480)
    document = svg_document(WidgetFigure(panel, "cell", "Cell"))
    assert not elements(document, "image")
    texts = {(text.text or "").strip() for text in elements(document, "text")}
    assert {"tanh", "σ", "kept", "written", short(panel.canvas.flow.values["f"])} <= texts
    colour = signal_style("f", THEMES["print"]).colour
    assert any(colour in (path.get("stroke") or "") for path in elements(document, "path"))


@pytest.mark.parametrize("width", range(560, 760, 20))
def test_a_number_that_does_not_fit_has_fewer_digits_and_is_never_cut(width: int, tmp_path: Path) -> None:
    with real_panel(CellPanel, tmp_path, size=(width, 300), hidden_size=4) as (panel, _, _):
        arrived = {placed.node.key: -0.0099 for placed in panel.canvas.diagram.placed}
        panel.canvas.show_flow(Flow(values=dict.fromkeys(arrived, 0.5), arrived=arrived))
        document = svg_document(WidgetFigure(panel, "cell", "Cell"))
        texts = [(text.text or "").strip() for text in elements(document, "text")]
        assert not [text for text in texts if text.endswith("…")]
        assert {"−0.0099", "−0.01"} & set(texts)


def test_what_is_told_of_the_part_under_the_mouse_follows_the_run(tmp_path: Path) -> None:
    with real_panel(CellPanel, tmp_path, hidden_size=4) as (panel, session, link):
        session.go_to(5)
        panel.canvas.pointed_at(place_of(panel, "o"))
        for change in (partial(session.go_to, 2), partial(session.set_interventions, [Clamp("o", 0.0)])):
            change()
            link.run_until_idle()
            assert panel.header.read_out.startswith(f"o[t] (output gate) = {number(shown(panel, 'o'), 6)}")
        session.change_spec(cell="gru")
        link.run_until_idle()
        assert (panel.header.read_out, session.view.signal) == ("", "")


def test_a_cell_too_large_to_be_read_says_so_and_can_be_enlarged_until_it_is(show: Any) -> None:
    many = [f"s{k}[t] = tanh(W{k} @ x[t] + U{k} @ h[t-1])" for k in range(40)]
    text = "\n".join([*many, "h[t] = " + " + ".join(f"s{k}[t]" for k in range(40))])
    panel = show(CellPanel, make_view(cell=text), 900, 200)
    canvas = panel.canvas
    top, bottom = canvas.frame.at(0, canvas.diagram.bounds.top), canvas.frame.at(0, canvas.diagram.bounds.bottom)
    assert top.y() >= 0
    assert bottom.y() <= canvas.height()
    assert HINT in [text.text for text in elements(svg_document(WidgetFigure(panel, "cell", "Cell")), "text")]
    for _ in range(60):
        turn(canvas, QPointF(canvas.rect().center()), 120)
    assert canvas.frame.unit >= canvas.sizes.small
    assert HINT not in [text.text for text in elements(svg_document(WidgetFigure(panel, "cell", "Cell")), "text")]


def turn(canvas: Any, place: QPointF, by: int) -> None:
    """Turn the wheel over a place."""
    none, still = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    at = QPointF(canvas.mapToGlobal(place.toPoint()))
    event = QWheelEvent(place, at, QPoint(), QPoint(0, by), none, still, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(canvas, event)


def test_a_double_click_shows_the_whole_again_beside_the_nodes_and_is_a_click_on_one_of_them(show: Any) -> None:
    panel = show(CellPanel, make_view(cell="lstm"), 900, 500)
    canvas = panel.canvas
    told: list[str] = []
    canvas.clicked.connect(told.append)
    turn(canvas, QPointF(canvas.rect().center()), 240)
    zoomed = canvas.frame.unit
    node = canvas.frame.rect(canvas.diagram.by_key["f"].rect).center().toPoint()
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=node)
    QTest.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=node)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=node)
    assert told == ["f", "f"]
    assert canvas.frame.unit == zoomed
    beside = next(QPoint(x, 3) for x in range(3, canvas.width(), 7) if not canvas.key_at(QPointF(x, 3)))
    QTest.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=beside)
    assert canvas.frame.unit < zoomed
    assert told == ["f", "f"]
