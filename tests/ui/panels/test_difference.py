"""The difference that interventions make, the ghost of the original run, and the marks of what is held."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication, QMenu

from rnnviz.engine.interventions import Clamp, Edit, Intervention
from rnnviz.engine.record import NETWORK
from rnnviz.ui import reading
from rnnviz.ui.diagram.canvas import DiagramCanvas
from rnnviz.ui.differing import difference_of, norms_of
from rnnviz.ui.panel import Panel
from rnnviz.ui.panels.cell import CellPanel
from rnnviz.ui.panels.difference import ALL_OFF, NOTHING, DifferencePanel
from rnnviz.ui.panels.formulas import FormulasPanel
from rnnviz.ui.panels.gates import GatesPanel
from rnnviz.ui.panels.inputs import InputsPanel
from rnnviz.ui.panels.network import NetworkPanel
from rnnviz.ui.panels.outputs import OutputsPanel
from rnnviz.ui.panels.states import StatesPanel
from rnnviz.ui.panels.tokens import TokensPanel
from rnnviz.ui.panels.weights import WeightsPanel
from rnnviz.ui.plots import CurvesPlot
from rnnviz.ui.plots.time.clamp_marks import Held, groups
from rnnviz.ui.session import Session
from rnnviz.ui.view import View
from tests.ui.mouse import click, drag
from tests.ui.panels.pictures import make_view, record_of, wave_source
from tests.ui.panels.runs import real_panel

Bench = tuple[Any, Session, Any]
CTRL = Qt.KeyboardModifier.ControlModifier
CLOSED = Clamp("f", 0.0, first=5, last=7)


def made(session: Session) -> tuple[Intervention, ...]:
    return session.interventions


def settle(bench: Bench) -> None:
    bench[2].run_until_idle()
    QApplication.processEvents()


def intervene(bench: Bench, *entries: Intervention) -> None:
    bench[1].set_interventions(entries)
    settle(bench)


@pytest.fixture
def difference(qapp: object, tmp_path: Path) -> Iterator[Bench]:
    with real_panel(DifferencePanel, tmp_path, size=(900, 400), cell="lstm") as bench:
        yield bench


def records(session: Session, name: str, layer: int = 0) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    trace = session.view.trace
    assert trace is not None
    assert trace.original is not None
    return trace.record.signal(name, layer).astype(float), trace.original.signal(name, layer).astype(float)


def pretended(seed: int = 7, **fields: Any) -> View:
    """A view whose run has an original, both filled with plausible numbers."""
    view = make_view(**fields)
    assert view.trace is not None
    assert view.document is not None
    other = record_of(view.document.spec, view.trace.schedule, seed)
    return replace(view, trace=replace(view.trace, original=other))


# The difference


def test_without_interventions_the_panel_says_what_to_do(difference: Bench) -> None:
    panel, _, _ = difference
    assert panel.linear._notice.text == NOTHING
    assert not panel.linear.curves
    assert not panel.heatmap.isVisible()


def test_with_all_interventions_off_the_panel_says_how_to_switch_them_on(difference: Bench) -> None:
    panel, session, _ = difference
    intervene(difference, CLOSED)
    session.switch_interventions()
    settle(difference)
    assert panel.linear._notice.text == ALL_OFF
    session.switch_interventions()
    settle(difference)
    assert not panel.linear._notice.text
    assert panel.linear.curves


def test_the_norms_are_those_of_the_records_and_begin_with_the_intervention(difference: Bench) -> None:
    panel, session, _ = difference
    intervene(difference, CLOSED)
    for name, layer in (("h", 0), ("c", 0), ("output", NETWORK)):
        mine, other = records(session, name, layer)
        expected = np.linalg.norm(mine - other, axis=1)
        np.testing.assert_allclose(panel.linear.curves[layer, name].values, expected, rtol=1e-12)
        assert not expected[:5].any()
        assert expected[5:].all()


def test_on_the_logarithmic_scale_no_difference_is_a_true_zero(difference: Bench) -> None:
    panel, session, _ = difference
    intervene(difference, CLOSED)
    session.set_option("difference.scale", "log")
    mine, other = records(session, "h")
    values = panel.logs.curves[0, "h"].values
    assert np.isneginf(values[:5]).all()
    np.testing.assert_allclose(values[5:], np.log10(np.linalg.norm(mine - other, axis=1)[5:]), rtol=1e-9)
    assert panel.logs.isVisible()
    assert not panel.linear.isVisible()


@pytest.mark.parametrize("name", ["h", "c", "f", "f.pre", "g"])
def test_the_heatmap_is_the_signal_less_the_original_one(difference: Bench, name: str) -> None:
    panel, session, _ = difference
    intervene(difference, CLOSED)
    session.set_option("difference.signal", name)
    mine, other = records(session, name)
    np.testing.assert_allclose(panel.heatmap.values, mine - other, atol=1e-6)
    low, high = panel.heatmap.levels
    assert low == -high
    assert high >= np.abs(mine - other).max()


def test_the_numbers_behind_the_panel_are_the_differences(difference: Bench) -> None:
    panel, session, _ = difference
    intervene(difference, CLOSED)
    mine, other = records(session, "c")
    session.set_option("difference.signal", "c")
    data = panel.data(session.view)
    np.testing.assert_allclose(data["difference of c"], mine - other, atol=1e-6)
    np.testing.assert_allclose(data["norm of the difference of c"], np.linalg.norm(mine - other, axis=1))


def test_switched_off_again_nothing_is_left_to_differ(difference: Bench) -> None:
    panel, session, _ = difference
    intervene(difference, CLOSED)
    session.switch_interventions()
    settle(difference)
    assert not panel.linear.curves
    assert not panel.heatmap.isVisible()
    assert not panel.data(session.view)["norm of the difference of h"].any()


def test_infinities_that_are_alike_do_not_differ_and_steps_that_are_not_reached_are_blank() -> None:
    view = pretended(cell="lstm")
    assert view.trace is not None
    assert view.trace.original is not None
    field = view.trace.record.layout.field("h", 0)
    for record, values in ((view.trace.record, (np.inf, np.nan, np.inf)), (view.trace.original, (np.inf, np.nan, 0))):
        for step, value in enumerate(values):
            record.segments[0].blocks[field.block][step, field.start : field.stop] = value
    norms = norms_of(view.trace, field, slice(0, 6))
    assert (norms[0], norms[1], norms[2]) == (0.0, 0.0, np.inf)
    assert np.isnan(norms[6:]).all()
    assert np.isfinite(difference_of(view.trace, field, slice(0, 6)).top)


def test_in_both_directions_the_difference_of_the_output_follows_what_is_shown(qapp: object, tmp_path: Path) -> None:
    with real_panel(DifferencePanel, tmp_path, size=(900, 400), cell="lstm", bidirectional=True) as bench:
        panel, session, _ = bench
        intervene(bench, CLOSED)
        session.go_to(3)
        session.hide_ahead(True)
        for step in (3, 6):
            session.go_to(step)
            settle(bench)
            values = panel.linear.curves[NETWORK, "output"].values
            assert np.isfinite(values[: step + 1]).all()
            assert np.isnan(values[step + 1 :]).all()
        session.turn(True)
        settle(bench)
        assert np.isfinite(panel.linear.curves[NETWORK, "output"].values).all()


# The ghost


@pytest.mark.parametrize("mode", ["unit", "mean"])
def test_the_ghost_of_a_gate_is_the_original_run(qapp: object, tmp_path: Path, mode: str) -> None:
    with real_panel(GatesPanel, tmp_path, options={"gates.mode": mode}, cell="lstm") as bench:
        panel, session, _ = bench
        assert all(curve.ghost is None for curve in panel.curves.curves.values())
        session.pick_unit(2)
        intervene(bench, CLOSED)
        for name in ("i", "f", "o"):
            mine, other = records(session, name)
            curve = panel.curves.curves[name]
            for drawn, record in ((curve.values, mine), (curve.ghost, other)):
                expected = record[:, 2] if mode == "unit" else record.mean(axis=1)
                np.testing.assert_allclose(drawn, expected, rtol=1e-6)
        assert [label.name for label in panel.curves._labels.content].count("original") == 1


def test_the_ghost_of_a_state_is_the_original_run_and_can_be_hidden(qapp: object, tmp_path: Path) -> None:
    with real_panel(StatesPanel, tmp_path, options={"states.mode": "curves"}, cell="lstm") as bench:
        panel, session, _ = bench
        session.pick_unit(1)
        intervene(bench, CLOSED)
        np.testing.assert_allclose(panel.curves.curves[1].ghost, records(session, "h")[1][:, 1])
        session.set_option("interventions.ghost", "off")
        assert panel.curves.curves[1].ghost is None
        session.set_option("interventions.ghost", "on")
        session.switch_interventions()
        settle(bench)
        assert panel.curves.curves[1].ghost is None


def test_predicted_values_have_their_ghost(qapp: object, tmp_path: Path) -> None:
    with real_panel(OutputsPanel, tmp_path, wave_source(), cell="lstm") as bench:
        panel, session, _ = bench
        intervene(bench, CLOSED)
        np.testing.assert_allclose(panel.curves.curves["output", 0].ghost, records(session, "output", NETWORK)[1][:, 0])


def test_probabilities_tell_what_they_would_have_been(qapp: object, tmp_path: Path) -> None:
    with real_panel(OutputsPanel, tmp_path, cell="lstm") as bench:
        panel, session, _ = bench
        session.go_to(7)
        intervene(bench, CLOSED)
        other = records(session, "output", NETWORK)[1][7]
        assert f"original: {session.view.trace.sequence.target_names[int(other.argmax())]}" in panel.header.subtitle  # type: ignore[union-attr]
        assert sorted(bar.original for bar in panel.probabilities.bars.bars) == pytest.approx(sorted(other), abs=1e-6)


def test_an_input_set_by_hand_has_its_ghost_and_its_mark(qapp: object, tmp_path: Path) -> None:
    with real_panel(InputsPanel, tmp_path, wave_source(), cell="lstm") as bench:
        panel, session, _ = bench
        intervene(bench, Clamp("x", 0.75, NETWORK, units=(0,), first=3, last=3))
        mine, other = records(session, "x", NETWORK)
        np.testing.assert_allclose(panel.curves.curves[0].values, mine[:, 0])
        np.testing.assert_allclose(panel.curves.curves[0].ghost, other[:, 0])
        assert mine[3, 0] == 0.75 != other[3, 0]
        assert panel.curves.held == (Held(3, 4, (0,)),)


def test_nothing_is_called_the_original_where_it_is_what_is_shown(qapp: object, tmp_path: Path) -> None:
    with real_panel(InputsPanel, tmp_path, wave_source(), cell="lstm") as bench:
        panel, _, _ = bench
        for entry, count in ((CLOSED, 0), (Clamp("x", 0.75, NETWORK, units=(0,), first=3, last=3), 1)):
            intervene(bench, entry)
            panel.curves.grab()
            assert [label.name for label in panel.curves._labels.content].count("original") == count


# Marks of what is held


@pytest.mark.parametrize(
    ("panel_class", "entry", "plot"),
    [
        (StatesPanel, Clamp("h", 0.5, units=(0, 2), first=2, last=4), "heatmap"),
        (TokensPanel, Clamp("x", 0.5, NETWORK, units=(0, 2), first=2, last=4), "strip"),
        (DifferencePanel, Clamp("h", 0.5, units=(0, 2), first=2, last=4), "heatmap"),
        (OutputsPanel, Clamp("logits", 0.5, NETWORK, units=(0, 2), first=2, last=4), "probabilities"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_held_steps_are_marked(panel_class: type[Panel], entry: Clamp, plot: str, qapp: object, tmp_path: Path) -> None:
    with real_panel(panel_class, tmp_path, cell="lstm") as bench:
        intervene(bench, entry)
        assert getattr(bench[0], plot).held == (Held(2, 5, (0, 2)),)
        bench[1].switch_interventions()
        settle(bench)
        assert getattr(bench[0], plot).held == ()


def test_curves_are_marked_only_where_a_unit_that_is_drawn_is_held(qapp: object, tmp_path: Path) -> None:
    with real_panel(StatesPanel, tmp_path, cell="lstm") as bench:
        intervene(bench, Clamp("h", 0.5, units=(2,), first=2))
        assert bench[0].curves.held == ()
        bench[1].pick_unit(2)
        assert bench[0].curves.held == (Held(2, 12, (2,)),)


def test_gates_are_marked_one_by_one(qapp: object, tmp_path: Path) -> None:
    with real_panel(GatesPanel, tmp_path, cell="lstm") as bench:
        intervene(bench, CLOSED)
        assert [plot.held for plot in bench[0].heatmaps] == [(), (Held(5, 8),), ()]


def test_held_rows_are_framed_in_groups() -> None:
    assert groups([6, 1, 2, 3, 3]) == [(1, 4), (6, 7)]
    assert groups([]) == []


# Where a signal is shown one can take hold of it


def offered(panel: Panel, at: QPoint) -> dict[str, list[str]]:
    menu = QMenu()
    panel.offer(menu, at)
    return {
        action.text(): [one.text() for one in inner.actions() if one.text()]
        if isinstance(inner := action.menu(), QMenu)
        else []
        for action in menu.actions()
    }


def choose(panel: Panel, at: QPoint, title: str, entry: str) -> None:
    menu = QMenu()
    panel.offer(menu, at)
    inner = next(action for action in menu.actions() if action.text().startswith(title)).menu()
    assert isinstance(inner, QMenu)
    next(action for action in inner.actions() if action.text() == entry).trigger()


def test_a_row_of_a_gate_is_held_from_its_menu(qapp: object, tmp_path: Path) -> None:
    with real_panel(GatesPanel, tmp_path, cell="lstm") as bench:
        panel, session, _ = bench
        plot = panel.heatmaps[1]
        place = plot.mapTo(panel, QPoint(round(plot.x_of(4)), round(plot.y_of(2.5))))
        choose(panel, place, "Clamp f of unit 3", "At 1 from step 5 on")
        settle(bench)
        assert made(session) == (Clamp("f", 1.0, units=(2,), first=4),)
        assert list(offered(panel, place))[-1] == "Release f"
        menu = QMenu()
        panel.offer(menu, place)
        menu.actions()[-1].trigger()
        settle(bench)
        assert made(session) == ()


def test_a_curve_of_a_state_is_held_as_it_is(qapp: object, tmp_path: Path) -> None:
    with real_panel(StatesPanel, tmp_path, options={"states.mode": "curves"}, cell="lstm") as bench:
        panel, session, _ = bench
        session.pick_unit(3)
        value = float(session.view.trace.record.signal("h")[6, 3])  # type: ignore[union-attr]
        plot = panel.curves
        place = plot.mapTo(panel, QPoint(round(plot.x_of(6)), round(plot.y_of(value))))
        titles = offered(panel, place)
        (own,) = [title for title in titles if title.startswith("Clamp h of unit 4")]
        (entry,) = [title for title in titles[own] if title.startswith("As it is") and title.endswith("at step 7")]
        choose(panel, place, "Clamp h of unit 4", entry)
        settle(bench)
        assert made(session) == (Clamp("h", value, units=(3,), first=6, last=6),)


def test_an_input_is_held_from_its_menu(qapp: object, tmp_path: Path) -> None:
    with real_panel(InputsPanel, tmp_path, wave_source(), cell="lstm") as bench:
        panel, session, _ = bench
        plot = panel.curves
        value = float(plot.curves[0].values[3])
        place = plot.mapTo(panel, QPoint(round(plot.x_of(3)), round(plot.y_of(value))))
        choose(panel, place, "Clamp x of input 1", "At 0 at step 4")
        settle(bench)
        assert made(session) == (Clamp("x", 0.0, NETWORK, units=(0,), first=3, last=3),)


def test_an_entry_of_a_matrix_is_set_from_its_menu(qapp: object, tmp_path: Path) -> None:
    with real_panel(WeightsPanel, tmp_path, cell="lstm", size=(900, 500)) as bench:
        panel, session, _ = bench
        block = next(block for block in panel.values.blocks if block.name == "U_f")
        row, column = block.rows[0] + 2, block.columns[0] + 3
        rect = panel.values.rect_of((row, row + 1), (column, column + 1))
        place = panel.values.mapTo(panel, rect.center().toPoint())
        present = float(panel._sheet.values[row, column])
        led: list[str] = []
        session.panel_wanted.connect(led.append)
        choose(panel, place, "Set U_f[3, 4]", "To a value, beginning with this")
        choose(panel, place, "Set U_f[3, 4]", "Row 3 to 0")
        settle(bench)
        assert made(session) == (Edit("U_f_l0", present, 2, 3), Edit("U_f_l0", 0.0, 2))
        assert led == ["interventions"] * 2


CELLS_SHOWN = [(CellPanel, {}), (NetworkPanel, {"network.inside": "yes"})]
"""Where a cell is shown: in its own panel, and in that of the network once it has been entered."""


def diagram_in(panel: Any) -> DiagramCanvas:
    canvas: DiagramCanvas = panel.cell.canvas if isinstance(panel, NetworkPanel) else panel.canvas
    return canvas


def place_of(canvas: DiagramCanvas, key: str) -> QPoint:
    assert canvas.diagram is not None
    return canvas.frame.rect(canvas.diagram.by_key[key].rect).center().toPoint()


SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.mark.parametrize(("kind", "options"), CELLS_SHOWN)
@pytest.mark.parametrize(
    ("keys", "place"),
    [(CTRL, {"units": (1,), "first": 3, "last": 3}), (CTRL | SHIFT, {})],
    ids=["the unit and the step that are shown", "everywhere"],
)
def test_a_valve_of_the_cell_is_closed_opened_and_let_go(
    kind: type[Panel],
    options: dict[str, str],
    keys: Qt.KeyboardModifier,
    place: dict[str, Any],
    qapp: object,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with real_panel(kind, tmp_path, options=options, cell="lstm", size=(1000, 500)) as bench:
        panel, session, _ = bench
        session.go_to(3)
        session.pick_unit(1)
        monkeypatch.setattr("rnnviz.ui.controls.cellvalves.held_keys", lambda: keys)
        canvas = diagram_in(panel)
        for expected in ((Clamp("f", 0.0, **place),), (Clamp("f", 1.0, **place),), ()):
            canvas.clicked_at(QPointF(place_of(canvas, "f")))
            settle(bench)
            assert made(session) == expected
            assert canvas.held == ({"f"} if expected else set())
            assert not expected or canvas.flow.values["f"] == expected[0].value


def test_turning_a_valve_here_leaves_what_is_clamped_elsewhere(
    qapp: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, options = CELLS_SHOWN[0]
    with real_panel(kind, tmp_path, options=options, cell="lstm", size=(1000, 500)) as bench:
        panel, session, _ = bench
        elsewhere = (Clamp("f", 0.5), Clamp("f", 0.0, units=(0,), first=1, last=1), Clamp("i", 1.0, first=3, last=3))
        session.set_interventions(elsewhere)
        settle(bench)
        session.go_to(3)
        session.pick_unit(1)
        monkeypatch.setattr("rnnviz.ui.controls.cellvalves.held_keys", lambda: CTRL)
        canvas = diagram_in(panel)
        for value in (0.0, 1.0):
            canvas.clicked_at(QPointF(place_of(canvas, "f")))
            settle(bench)
            assert made(session) == (*elsewhere, Clamp("f", value, units=(1,), first=3, last=3))
        canvas.clicked_at(QPointF(place_of(canvas, "f")))
        settle(bench)
        assert made(session) == elsewhere


@pytest.mark.parametrize("keys", [Qt.KeyboardModifier.NoModifier, SHIFT], ids=["no key", "Shift"])
def test_a_click_on_a_valve_without_ctrl_clamps_nothing(
    keys: Qt.KeyboardModifier, qapp: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, options = CELLS_SHOWN[0]
    with real_panel(kind, tmp_path, options=options, cell="lstm", size=(1000, 500)) as bench:
        panel, session, _ = bench
        monkeypatch.setattr("rnnviz.ui.controls.cellvalves.held_keys", lambda: keys)
        canvas = diagram_in(panel)
        canvas.clicked_at(QPointF(place_of(canvas, "f")))
        settle(bench)
        assert made(session) == ()


@pytest.mark.parametrize(("kind", "options"), CELLS_SHOWN)
def test_a_signal_of_the_cell_is_held_from_its_menu(
    kind: type[Panel], options: dict[str, str], qapp: object, tmp_path: Path
) -> None:
    with real_panel(kind, tmp_path, options=options, cell="lstm", size=(1000, 500)) as bench:
        panel, session, _ = bench
        session.go_to(3)
        canvas = diagram_in(panel)
        choose(panel, canvas.mapTo(panel, place_of(canvas, "f")), "Clamp f of all units", "At 0 at step 4")
        settle(bench)
        assert made(session) == (Clamp("f", 0.0, first=3, last=3),)
        assert canvas.held == {"f"}
        canvas.pointed_at(QPointF(place_of(canvas, "f")))
        assert "Ctrl+click" in panel.header.read_out
        session.go_to(4)
        assert canvas.held == set()


def test_the_network_offers_nothing_of_a_cell_that_is_not_entered(qapp: object, tmp_path: Path) -> None:
    with real_panel(NetworkPanel, tmp_path, cell="lstm", size=(1000, 500)) as bench:
        assert offered(bench[0], QPoint(500, 250)) == {}


def test_beside_the_data_nothing_is_offered(qapp: object, tmp_path: Path) -> None:
    with real_panel(GatesPanel, tmp_path, cell="lstm") as bench:
        assert offered(bench[0], QPoint(5, 5)) == {}


# What else tells of a hand


def test_formulas_say_what_is_held_and_not_computed(qapp: object, tmp_path: Path) -> None:
    with real_panel(FormulasPanel, tmp_path, cell="lstm", size=(1100, 500)) as bench:
        panel, session, _ = bench
        session.go_to(6)
        intervene(bench, CLOSED)
        cell = reading.cell_of(session.view)
        assert cell is not None
        lines = panel.tex(session.view, cell, numbers=True).splitlines()
        (held,) = [line for line in lines if "held" in line]
        assert r"= 0 \quad \text{(held)}" in held
        session.go_to(9)
        settle(bench)
        assert "held" not in panel.tex(session.view, cell, numbers=True)


def test_the_diagram_of_the_cell_frames_what_is_held_at_the_cursor(qapp: object, tmp_path: Path) -> None:
    with real_panel(CellPanel, tmp_path, cell="lstm", size=(1000, 500)) as bench:
        panel, session, _ = bench
        intervene(bench, replace_units(CLOSED, (1,)), Clamp("x", 0.0, NETWORK, first=6, last=6))
        session.go_to(6)
        session.pick_unit(1)
        assert panel.canvas.held == {"f", "x"}
        session.pick_unit(0)
        assert panel.canvas.held == {"x"}
        session.set_option("cell.over", "mean")
        assert panel.canvas.held == {"f", "x"}
        session.go_to(9)
        assert panel.canvas.held == frozenset()


def replace_units(clamp: Clamp, units: tuple[int, ...]) -> Clamp:
    return msgspec.structs.replace(clamp, units=units)


def test_the_token_that_is_fed_by_hand_stands_along_the_time_axis(qapp: object, tmp_path: Path) -> None:
    with real_panel(TokensPanel, tmp_path, cell="lstm") as bench:
        _, session, _ = bench
        trace = session.view.trace
        assert trace is not None
        names, before = trace.sequence.input_names, trace.labels
        one = Clamp("x", 0.0, NETWORK, first=2, last=2), Clamp("x", 1.0, NETWORK, units=(4,), first=2, last=2)
        intervene(bench, *one, Clamp("x", 0.25, NETWORK, first=5, last=5))
        assert session.view.trace is not None
        labels = session.view.trace.labels
        assert labels[2] == names[4] != before[2]
        assert labels[:2] + labels[3:] == before[:2] + before[3:]
        session.switch_interventions()
        settle(bench)
        assert session.view.trace.labels == before


def dragged(plot: CurvesPlot, *places: QPoint, modifiers: Qt.KeyboardModifier = CTRL) -> None:
    drag(plot, *map(QPointF, places), keys=modifiers)


def test_a_point_of_a_curve_is_dragged_with_ctrl_and_the_future_follows(qapp: object, tmp_path: Path) -> None:
    with real_panel(GatesPanel, tmp_path, options={"gates.mode": "unit"}, cell="lstm", size=(900, 400)) as bench:
        panel, session, _ = bench
        session.go_to(9)
        session.pick_unit(2)
        settle(bench)
        QApplication.processEvents()
        plot = panel.curves
        before = np.array(session.view.trace.record.signal("c"))  # type: ignore[union-attr]
        x, y = round(plot.x_of(4)), round(plot.y_of(float(plot.curves["f"].values[4])))
        dragged(plot, QPoint(x, y), QPoint(x, y - 20), QPoint(x + 60, -50))
        settle(bench)
        assert made(session) == (Clamp("f", 1.0, units=(2,), first=4, last=4),)
        assert session.undo_stack.count() == 1
        assert session.view.step == 9
        mine, other = records(session, "c")
        np.testing.assert_array_equal(other, before)
        assert not (mine - other)[:4].any()
        assert (mine - other)[4, 2] != 0
        dragged(plot, QPoint(x, round(plot.y_of(1.0))), QPoint(x, round(plot.y_of(0.5))))
        settle(bench)
        (entry,) = made(session)
        assert entry.value == pytest.approx(0.5, abs=0.01)
        assert session.undo_stack.count() == 2


def test_without_ctrl_a_drag_holds_nothing_and_a_click_moves_the_cursor_as_ever(qapp: object, tmp_path: Path) -> None:
    with real_panel(StatesPanel, tmp_path, options={"states.mode": "curves"}, cell="lstm") as bench:
        panel, session, _ = bench
        plot = panel.curves
        x, y = round(plot.x_of(4)), round(plot.y_of(float(plot.curves[0].values[4])))
        before = session.view.step
        dragged(plot, QPoint(x, y), QPoint(x, y - 10), modifiers=Qt.KeyboardModifier.NoModifier)
        settle(bench)
        assert made(session) == ()
        assert session.view.step == before != 4
        click(plot, QPoint(x, y))
        settle(bench)
        assert made(session) == ()
        assert session.view.step == 4


def test_another_token_is_read_from_the_menu_of_a_token_and_back_again(qapp: object, tmp_path: Path) -> None:
    with real_panel(TokensPanel, tmp_path, cell="lstm") as bench:
        panel, session, _ = bench
        for token, count in (("mat", 2), ("sat", 2), ("cat", 0)):
            place = panel.strip.mapTo(panel, QPoint(round(panel.strip.x_of(1)), panel.strip.height() - 8))
            choose(panel, place, "Read another token at step 2", token)
            settle(bench)
            assert session.view.trace is not None
            assert session.view.trace.labels[1] == token
            assert len(made(session)) == count


def test_a_column_of_a_table_is_no_token(qapp: object, tmp_path: Path) -> None:
    with real_panel(TokensPanel, tmp_path, wave_source(), cell="lstm") as bench:
        panel, session, _ = bench
        before = session.view.trace.labels  # type: ignore[union-attr]
        intervene(bench, Clamp("x", 1.0, NETWORK, first=3, last=3))
        assert session.view.trace.labels == before  # type: ignore[union-attr]
        place = panel.strip.mapTo(panel, QPoint(round(panel.strip.x_of(1)), panel.strip.height() - 8))
        assert list(offered(panel, place)) == ["Clamp x of all inputs", "Release x"]


def test_the_one_label_of_the_ghosts_stands_at_the_curve_that_is_farthest_off(qapp: object, tmp_path: Path) -> None:
    with real_panel(GatesPanel, tmp_path, options={"gates.mode": "unit"}, cell="lstm") as bench:
        panel, session, _ = bench
        intervene(bench, Clamp("o", 0.0, first=11))
        mine, other = records(session, "o")
        assert np.abs(mine - other)[11, 0] > 0
        (label,) = [label for label in panel.curves._labels.content if label.name == "original"]
        assert label.style.colour == panel.curves.curves["o"].style.colour


def test_all_units_are_offered_their_mean_and_one_what_it_has(qapp: object, tmp_path: Path) -> None:
    with real_panel(StatesPanel, tmp_path, cell="lstm") as bench:
        panel, _, _ = bench
        plot = panel.heatmap
        titles = offered(panel, plot.mapTo(panel, QPoint(round(plot.x_of(4)), round(plot.y_of(2.5)))))
        (own,) = [entries for title, entries in titles.items() if title.startswith("Clamp h of unit 3")]
        assert [entry.split(",")[0] for entry in own[3:]] == ["As it is"] * 3
        assert [entry.split(",")[0] for entry in titles["Clamp h of all units"][3:]] == ["At their mean"] * 3
