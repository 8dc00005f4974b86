"""What the panels show while the user steps by single operations, over the real engine."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication

from rnnviz.engine.record import NETWORK
from rnnviz.ui.diagram.canvas import DiagramCanvas
from rnnviz.ui.diagram.words import short, small
from rnnviz.ui.drawing.ticks import number
from rnnviz.ui.networkdiagram.graph import Node, Place, Y
from rnnviz.ui.operations import operations_at
from rnnviz.ui.panels.backprop import BackpropPanel
from rnnviz.ui.panels.cell import CellPanel
from rnnviz.ui.panels.gates import GatesPanel
from rnnviz.ui.panels.inspector import InspectorPanel
from rnnviz.ui.panels.network import NetworkPanel
from rnnviz.ui.panels.outputs import OutputsPanel
from rnnviz.ui.panels.tokens import TokensPanel, note
from rnnviz.ui.plots import TimePlot
from rnnviz.ui.session import Session
from rnnviz.ui.status import loss_text
from tests.ui.panels.pictures import text_source, wave_source
from tests.ui.panels.runs import real_panel
from tests.ui.panels.test_repainting import FORMAT, Painted, on_screen

pytestmark = pytest.mark.usefixtures("qapp")

STEP = 4


def begun(session: Session) -> None:
    """Stand before the operations of a step."""
    session.set_grain("operation")
    session.go_to(STEP - 1)


def value(session: Session, signal: str, unit: int = 0, layer: int = 0) -> float:
    assert session.view.trace is not None
    return float(session.view.trace.record.signal(signal, layer, "forward")[session.view.step, unit])


# The cell


@pytest.mark.parametrize("cell", ["lstm", "gru", "gru-cho", "rnn", "slstm"])
def test_the_operator_that_is_computed_is_marked_and_the_later_ones_are_quiet(cell: str, tmp_path: Path) -> None:
    with real_panel(CellPanel, tmp_path, cell=cell, hidden_size=4) as (panel, session, _):
        begun(session)
        assert session.view.trace is not None
        operations = [one for one in operations_at(session.view.trace, STEP + 1) if one.part == "cell"]
        canvas: DiagramCanvas = panel.canvas
        for done, one in enumerate(operations, 1):
            session.step(1)
            flow = canvas.flow
            come = {other.operator for other in operations[:done]}
            assert flow.computed == one.operator
            assert flow.led == (one.kind != "function")
            assert canvas.diagram is not None
            nodes = canvas.diagram.graph.nodes
            assert {node.key for node in nodes if node.kind in ("box", "operator")} - flow.quiet == come
            known = {name for other in operations[:done] for name in other.gives}
            for node in nodes:
                if node.kind == "output":
                    assert (node.key in flow.quiet) == (node.signal not in known)
                elif node.signal:
                    assert (node.key in flow.values) == (node.signal in known)
            assert not flow.quiet & set(flow.values)
            assert one.text in panel.header.subtitle
        session.step(1)
        assert (canvas.flow.computed, canvas.flow.quiet) == ("", frozenset())


def test_a_box_whose_sum_is_taken_shows_the_sum(tmp_path: Path) -> None:
    with real_panel(CellPanel, tmp_path, hidden_size=4) as (panel, session, _):
        begun(session)
        session.pick_unit(2)
        session.step(1)
        assert panel.canvas.flow.texts["i"] == f"Σ {short(value(session, 'i.pre', 2))}"
        assert "i" not in panel.canvas.flow.values
        session.step(1)
        assert "i" not in panel.canvas.flow.texts
        assert panel.canvas.flow.values["i"] == value(session, "i", 2)


def test_nothing_is_kept_or_written_before_the_state_is_computed(tmp_path: Path) -> None:
    with real_panel(CellPanel, tmp_path, hidden_size=4) as (panel, session, _):
        begun(session)
        session.step(10)
        assert np.isnan(panel.bars.values).all()
        session.step(1)
        assert np.isfinite(panel.bars.values).all()


def test_on_the_way_back_each_operator_shows_what_arrives_there(tmp_path: Path) -> None:
    with real_panel(CellPanel, tmp_path, hidden_size=4, dtype="float64") as (panel, session, link):
        session.set_grain("operation")
        session.turn(True)
        session.go_to(STEP + 1)
        session.pick_unit(1)
        link.run_until_idle()
        arrivals: dict[str, float] = {}
        while session.view.step != STEP - 1:
            session.step_along(1)
            link.run_until_idle()
            flow = panel.canvas.flow
            if session.view.step == STEP and flow.computed:
                assert flow.arrived is not None
                assert not set(flow.arrived) & flow.quiet
                arrivals[flow.computed] = flow.arrived[flow.computed]
        gradients = session.view.gradients
        assert gradients is not None
        for key, signal in {"h": "h", "c": "c", "o": "o.pre", "g": "g.pre", "f": "f.pre", "i": "i.pre"}.items():
            assert arrivals[key] == gradients.record.signal(signal, 0, "forward")[STEP, 1], key
        assert arrivals["c.1"] == arrivals["c.2"] == arrivals["c"]
        session.set_grain("step")
        session.go_to(STEP)
        whole = panel.canvas.flow.arrived
        assert {key: whole[key] for key in ("h", "c", "c.1", "c.2")} == {
            key: arrivals[key] for key in ("h", "c", "c.1", "c.2")
        }
        session.turn(False)
        assert panel.canvas.flow.arrived is None


def test_a_number_that_arrives_is_written_beside_its_operator(tmp_path: Path) -> None:
    with real_panel(CellPanel, tmp_path, hidden_size=4) as (panel, session, link):
        session.set_grain("operation")
        session.turn(True)
        session.go_to(STEP)
        link.run_until_idle()
        assert session.view.gradients is not None
        exact = float(session.view.gradients.record.signal("i.pre", 0, "forward")[STEP, 0])
        assert panel.canvas.flow.arrived["i"] == exact
        assert number(exact, 4) in panel.header.subtitle
        assert small(exact) == number(exact, 2)
        assert panel.grab().toImage() is not None


def test_a_marked_wire_is_followed_back_to_its_source(tmp_path: Path) -> None:
    with real_panel(CellPanel, tmp_path, hidden_size=4) as (panel, session, _):
        begun(session)
        diagram = panel.canvas.diagram
        for route in diagram.routes:
            way, source = diagram.way(route), diagram.by_key[route.wire.source].rect
            assert source.left <= way[0].x <= source.right
            assert source.top <= way[0].y <= source.bottom
            assert way[-1] == route.points[-1]
            assert all(a.x == b.x or a.y == b.y for a, b in pairwise(way))


# The network


def lit(panel: Any) -> set[Place]:
    return {node.place for node, face in panel.canvas.contents.faces.items() if face.lit}


def test_the_layer_that_is_computed_is_lit_in_the_network_and_later_ones_are_empty(tmp_path: Path) -> None:
    fields: dict[str, Any] = {"num_layers": 2, "cell": "rnn", "hidden_size": 4, "readout_sizes": (3,)}
    with real_panel(NetworkPanel, tmp_path, **fields) as (panel, session, _):
        begun(session)
        below, above, dense = Place("h", 0), Place("h", 1), Place("dense", 0)
        order = [below, below, above, above, dense, Y, Y, Place("target")]
        complete = [0, 1, 1, 2, 3, 3, 4, 4]
        for place, count in zip(order, complete, strict=True):
            session.step(1)
            assert lit(panel) == {place}
            faces = panel.canvas.contents.faces
            known = [faces[Node(one, STEP)].known for one in (below, above, dense, Y)]
            assert known == [True] * count + [False] * (4 - count)
            assert all(faces[Node(one, STEP - 1)].known for one in (below, above, dense, Y))


def test_without_readout_the_output_is_known_with_the_last_layer(tmp_path: Path) -> None:
    fields: dict[str, Any] = {"cell": "rnn", "num_layers": 2, "readout": None, "output_size": None, "hidden_size": 1}
    with real_panel(NetworkPanel, tmp_path, wave_source(8), **fields) as (panel, session, _):
        begun(session)
        for expected in (False, False, False, True):
            session.step(1)
            assert panel.canvas.contents.faces[Node(Y, STEP)].known == expected


# The inspector


def test_the_inspector_marks_the_line_and_leaves_out_what_is_not_computed(tmp_path: Path) -> None:
    with real_panel(InspectorPanel, tmp_path, size=(380, 800), hidden_size=4) as (panel, session, _):
        begun(session)
        session.step(4)
        assert panel.formula._computed == {"f"}
        told = {line.signal: bool(line.numbers) for line in panel.formula._lines}
        assert told == {"i": True, "f": True, "g": False, "o": False, "c": False, "h": False}
        rows = {row.signal: row.cells[:4] for row in panel.table._rows}
        assert all(rows["f.pre"])
        assert not any(rows["g.pre"])
        session.go_to(STEP)
        assert all(row.cells[0] for row in panel.table._rows)


# The way back


def test_the_backpropagation_tells_what_arrives_at_the_operation_it_has_come_to(tmp_path: Path) -> None:
    with real_panel(BackpropPanel, tmp_path, text_source(8), size=(900, 700), cell="gru", hidden_size=4) as (
        panel,
        session,
        link,
    ):
        assert panel.come_to.isHidden()
        session.set_grain("operation")
        session.turn(True)
        session.go_to(STEP + 1)
        link.run_until_idle()
        while session.view.step != STEP or session.view.operation is not None:
            session.step_along(1)
            link.run_until_idle()
            told = panel.come_to.line.text()
            assert f"t = {session.view.step + 1}" in told
            for signal in ("z.pre", "n", "h", "logits"):
                layer = NETWORK if signal == "logits" else 0
                gradients = session.view.gradients
                assert gradients is not None
                if f"∂L/∂{signal} =" in told:
                    row = np.asarray(gradients.record.signal(signal, layer, "forward")[session.view.step], np.float64)
                    assert f"= {number(float(row[0]), 4)} at" in told
                    assert told.endswith(f"norm {number(float(np.linalg.norm(row)), 3)}")
        assert not panel.come_to.isHidden()
        panel.come_to.set_roomy(False)
        assert panel.come_to.isHidden()
        session.turn(False)
        assert not panel.come_to.line.text()


# Speed


def test_an_operation_paints_nothing_over_time(tmp_path: Path) -> None:
    with real_panel(GatesPanel, tmp_path, hidden_size=8) as (_panel, session, _):
        begun(session)
        session.step(1)
        QApplication.processEvents()
        painted = Painted((TimePlot,))
        QCoreApplication.instance().installEventFilter(painted)  # type: ignore[union-attr]
        for _ in range(5):
            session.step(1)
            QApplication.processEvents()
        QCoreApplication.instance().removeEventFilter(painted)  # type: ignore[union-attr]
        assert not painted.shares


@pytest.mark.parametrize("cell", ["lstm", "gru", "slstm"])
@pytest.mark.parametrize("loops", ["cut", "closed"])
def test_the_diagram_after_many_operations_is_what_a_fresh_picture_is(cell: str, loops: str, tmp_path: Path) -> None:
    with real_panel(CellPanel, tmp_path, options={"cell.loops": loops}, cell=cell, hidden_size=4) as (
        panel,
        session,
        link,
    ):
        for backward in (False, True):
            session.turn(backward)
            begun(session)
            link.run_until_idle()
            for _ in range(25):
                session.step_along(1)
                QApplication.processEvents()
            assert on_screen(panel) == panel.grab().toImage().convertToFormat(FORMAT)


def test_an_operation_paints_little_of_the_diagram(tmp_path: Path) -> None:
    with real_panel(CellPanel, tmp_path, size=(1200, 500), hidden_size=4) as (_panel, session, _):
        begun(session)
        session.step(1)
        QApplication.processEvents()
        painted = Painted((DiagramCanvas,))
        QCoreApplication.instance().installEventFilter(painted)  # type: ignore[union-attr]
        for _ in range(5):
            session.step(1)
            QApplication.processEvents()
        QCoreApplication.instance().removeEventFilter(painted)  # type: ignore[union-attr]
        assert 0 < max(painted.shares.values()) < 5 * 0.4


# What is hidden


def test_a_step_under_way_is_covered_where_it_is_computed_and_not_where_it_is_fed(tmp_path: Path) -> None:
    with real_panel(GatesPanel, tmp_path, hidden_size=4) as (panel, session, link):
        tokens = TokensPanel(session, panel.axis)
        tokens.show()
        session.hide_ahead(True)
        begun(session)
        link.run_until_idle()
        covers = []
        for _ in range(len(operations_at(session.view.trace, STEP + 1))):  # type: ignore[arg-type]
            session.step(1)
            assert {plot.hidden_after for plot in tokens.time_plots} == {STEP}
            covers.append({plot.hidden_after for plot in panel.time_plots})
        assert covers == [{STEP - 1}] * (len(covers) - 1) + [{STEP}]
        tokens.close()
        tokens.deleteLater()


def test_the_loss_of_a_step_is_told_when_it_is_computed(tmp_path: Path) -> None:
    with real_panel(TokensPanel, tmp_path, hidden_size=4) as (_panel, session, _):
        begun(session)
        for _ in range(len(operations_at(session.view.trace, STEP + 1)) - 1):  # type: ignore[arg-type]
            session.step(1)
            assert "loss" not in note(session.view)
            assert loss_text(session.view).endswith(f"over {STEP} steps")
        session.step(1)
        assert "loss" in note(session.view)
        assert loss_text(session.view).endswith(f"over {STEP + 1} steps")


def test_the_likeliest_class_is_told_when_the_step_is_done(tmp_path: Path) -> None:
    with real_panel(OutputsPanel, tmp_path, hidden_size=4) as (panel, session, _):
        begun(session)
        told = []
        for _ in range(len(operations_at(session.view.trace, STEP + 1))):  # type: ignore[arg-type]
            session.step(1)
            told.append("likeliest" in panel.header.subtitle)
        assert told == [False] * (len(told) - 1) + [True]
