"""The vanishing laboratory over the real engine: what it draws is what autograd and numpy find, at every turn."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from torch import Tensor

from rnnviz.engine.messages import Open, Scaling
from rnnviz.engine.network import Network
from rnnviz.engine.requests import PathsFrom
from rnnviz.engine.rescale import rescaled
from rnnviz.engine.run import run
from rnnviz.engine.sequence import encode
from rnnviz.engine.trace import Trace
from rnnviz.ui.enginelink import LocalLink
from rnnviz.ui.laboratory import reach_of
from rnnviz.ui.panels.laboratory import LaboratoryPanel
from rnnviz.ui.session import Session
from rnnviz.ui.view import AnalysisView
from tests.ui.panels.pictures import make_view, wave_source
from tests.ui.panels.runs import real_panel

STEPS = 20
LEFT = Qt.MouseButton.LeftButton

Bench = tuple[Any, Session, Any]


@pytest.fixture(autouse=True)
def few_scales(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a sweep have eleven values: the tests turn the knob often."""
    monkeypatch.setattr("rnnviz.ui.panels.laboratory._MANY", 11)


@pytest.fixture
def rnn(qapp: object, tmp_path: Path) -> Iterator[Bench]:
    fields: dict[str, Any] = {"cell": "rnn", "hidden_size": 8, "initialisation": "orthogonal"}
    with real_panel(LaboratoryPanel, tmp_path, wave_source(STEPS), size=(1300, 420), **fields) as bench:
        yield bench


@pytest.fixture
def lstm(qapp: object, tmp_path: Path) -> Iterator[Bench]:
    with real_panel(LaboratoryPanel, tmp_path, wave_source(STEPS), size=(1300, 420), cell="lstm") as bench:
        yield bench


def turned(bench: Bench, scaling: Scaling | None) -> None:
    _, session, link = bench
    session.set_scaling(scaling)
    link.run_until_idle()


def theirs(session: Session, value: float | None) -> Trace:
    """The same run by the public API, scaled to a spectral radius."""
    document = session.view.document
    assert document is not None
    sequence = encode(document.source)
    network = Network(document.spec)
    return run(network if value is None else rescaled(network, value), sequence.x, sequence.target)


def curve(graph: Any, name: str) -> np.ndarray:
    (found,) = [item.getData()[1] for item in graph.plot.curves if item.name() == name]
    return np.asarray(found)


@pytest.mark.parametrize("value", [0.7, 1.0, 1.3])
def test_the_eigenvalues_stand_on_the_circle_that_the_knob_sets(rnn: Bench, value: float) -> None:
    panel, session, _ = rnn
    turned(rnn, Scaling(value))
    (group,) = panel.plane.groups
    matrix: Tensor = theirs(session, value).network.get_parameter("U_l0")
    found = np.linalg.eigvals(matrix.detach().double().numpy())
    np.testing.assert_allclose(np.sort_complex(group.values), np.sort_complex(found), atol=1e-6)
    assert panel.plane.circles[0].radius == pytest.approx(value, abs=1e-6)
    assert (panel.knob.value, panel.knob.face.text) == (value, f"{value:.2f}")


def test_paths_scalar_and_bound_are_drawn_as_they_are(rnn: Bench) -> None:
    panel, session, _ = rnn
    turned(rnn, Scaling(1.2))
    trace = theirs(session, 1.2)
    np.testing.assert_allclose(curve(panel.paths, "‖∂sₜ/∂sₖ‖"), trace.path_log10_norms(anchors=[0])[:, 0], atol=1e-5)
    scalar = curve(panel.paths, "scalar 1.20ⁿ")
    np.testing.assert_allclose(scalar, np.arange(101) * math.log10(1.2))
    np.testing.assert_allclose(
        curve(panel.paths, "Pascanu's bound")[:STEPS], trace.bound().log10(np.arange(float(STEPS))), atol=1e-6
    )
    assert "may explode, it need not" in panel.lab.words.text()


def test_the_gradient_over_the_knob_is_that_of_autograd_at_the_marker(rnn: Bench) -> None:
    panel, session, _ = rnn
    turned(rnn, Scaling(1.1))
    assert panel.sweep.marker == pytest.approx(1.1)
    place = int(np.abs(panel.sweep.curves[0].x - 1.1).argmin())
    trace = theirs(session, 1.1)
    size = np.log10(np.linalg.norm(trace.gradients().parameters["U_l0"]))
    assert curve(panel.sweep, "∂L/∂U")[place] == pytest.approx(size, abs=1e-5)


def test_a_drag_of_the_knob_scales_the_network_and_is_one_step_of_undo(rnn: Bench) -> None:
    panel, session, link = rnn
    knob = panel.knob
    middle = QPointF(knob.rect().center())

    def around(degrees: float) -> Any:
        angle = math.radians(degrees - 90)
        return (middle + QPointF(60 * math.cos(angle), 60 * math.sin(angle))).toPoint()

    QTest.mousePress(knob, LEFT, Qt.KeyboardModifier.NoModifier, around(0))
    for degrees in range(0, 55, 3):
        QTest.mouseMove(knob, around(degrees))
        QApplication.processEvents()
        link.run_until_idle()
    QTest.mouseRelease(knob, LEFT, Qt.KeyboardModifier.NoModifier, around(54))
    link.run_until_idle()
    assert session.view.document is not None
    assert session.view.document.scaling is not None
    assert session.view.document.scaling.value == knob.value == pytest.approx(1.2, abs=0.03)
    assert panel.plane.circles[0].radius == pytest.approx(knob.value, abs=1e-6)
    assert session.undo_stack.count() == 1
    session.undo_stack.undo()
    link.run_until_idle()
    assert session.scaling is None
    assert not panel.knob.face.own


def test_nothing_disappears_while_the_knob_turns(rnn: Bench) -> None:
    panel, session, link = rnn
    seen: list[tuple[bool, int, int]] = []

    def look(*_: object) -> None:
        seen.append((panel.notice.isVisible(), len(panel.plane.groups), len(panel.sweep.curves)))

    session.changed.connect(look)
    for value in np.linspace(0.9, 1.1, 9):
        panel.knob.turned.emit(float(value), 3)
        link.run_until_idle()
    assert set(seen) == {(False, 1, 2)}


def test_turning_back_to_as_trained_gives_the_same_numbers(rnn: Bench) -> None:
    panel, session, link = rnn
    before = np.array(session.view.trace.values("h", STEPS)) if session.view.trace is not None else None
    panel.knob.turned.emit(1.4, 1)
    link.run_until_idle()
    assert panel.trained.isEnabled()
    panel.trained.click()
    link.run_until_idle()
    assert session.view.trace is not None
    np.testing.assert_array_equal(session.view.trace.values("h", STEPS), before)
    assert not panel.trained.isEnabled()
    assert "unscaled" in panel.knob.face.caption


def test_one_gate_is_scaled_alone(lstm: Bench) -> None:
    panel, session, link = lstm
    assert panel.blocks.values() == ("all", "U_i", "U_f", "U_g", "U_o")
    before = {group.name: group.values for group in panel.plane.groups}
    panel.blocks.button("U_f").click()
    panel.knob.turned.emit(1.5, 1)
    link.run_until_idle()
    assert session.scaling == Scaling(1.5, "radius", ("0:forward:U_f",))
    after = {group.name: group.values for group in panel.plane.groups}
    assert np.abs(after["U_f"]).max() == pytest.approx(1.5, abs=1e-6)
    np.testing.assert_array_equal(after["U_g"], before["U_g"])
    panel.blocks.button("all").click()
    link.run_until_idle()
    assert session.scaling == Scaling(1.5)


def test_the_singular_value_can_be_chosen_instead_of_the_radius(lstm: Bench) -> None:
    panel, session, link = lstm
    panel.by.button("singular").click()
    panel.knob.turned.emit(0.9, 1)
    link.run_until_idle()
    assert session.scaling == Scaling(0.9, "singular")
    assert [mark.value for mark in panel.knob.face.marks] == pytest.approx([0.9] * 4, abs=1e-6)
    assert panel.sweep.curves[0].name == "∂L/∂U_i"


def test_no_bound_is_drawn_for_an_lstm_and_the_words_say_why(lstm: Bench) -> None:
    panel, _, _ = lstm
    assert not [curve for curve in panel.paths.curves if "bound" in curve.name]
    assert "Pascanu's bound is for h = phi(U h + ...), but this cell carries 2 states" in panel.lab.words.text()


def test_the_direct_path_of_an_lstm_is_drawn_beside_its_full_jacobian(lstm: Bench) -> None:
    panel, session, _ = lstm
    gates = np.asarray(theirs(session, None).signal("f"), np.float64)
    products = np.vstack([np.ones(gates.shape[1]), np.cumprod(gates[1:], axis=0)])
    np.testing.assert_allclose(curve(panel.paths, "direct path of c"), np.log10(products.mean(1)), atol=1e-5)
    assert "The direct path of c is free of U_i, U_f, U_g and U_o" in panel.lab.words.text()


def test_the_sweep_is_computed_once_for_all_turns(rnn: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    panel, _, link = rnn
    calls: list[int] = []
    monkeypatch.setattr("rnnviz.engine.analyses.sweep.point", lambda *_: calls.append(1))
    for value in (0.9, 1.1, 1.3):
        panel.knob.turned.emit(value, 1)
        link.run_until_idle()
    assert calls == []
    assert len(panel.sweep.curves) == 2


def test_a_click_in_the_paths_goes_to_the_step(rnn: Bench) -> None:
    panel, session, _ = rnn
    panel.paths.clicked.emit(7.0)
    assert session.view.step == 7
    assert panel.paths.marker == 7


def test_the_backward_direction_starts_from_its_own_first_step(qapp: object, tmp_path: Path) -> None:
    fields: dict[str, Any] = {"cell": "rnn", "bidirectional": True}
    with real_panel(LaboratoryPanel, tmp_path, wave_source(12), size=(1300, 420), **fields) as (panel, session, link):
        session.pick_layer(0, "backward")
        link.run_until_idle()
        document = session.view.document
        assert document is not None
        trace = run(Network(document.spec), encode(document.source).x)
        expected = trace.path_log10_norms(0, "backward", anchors=[11])[::-1, 0]
        np.testing.assert_allclose(curve(panel.paths, "‖∂sₜ/∂sₖ‖"), expected, atol=1e-5)


def test_truth_is_told_on_demand(rnn: Bench) -> None:
    panel, _, link = rnn
    panel.truth.click()
    link.run_until_idle()
    assert panel.truth.text().startswith("autograd: ")


def test_the_numbers_can_be_exported(rnn: Bench) -> None:
    panel, session, _ = rnn
    arrays = panel.data(session.view)
    (group,) = panel.plane.groups
    found = arrays["spectra eigenvalues U real"] + 1j * arrays["spectra eigenvalues U imaginary"]
    np.testing.assert_array_equal(found[: len(group.values)], group.values)
    assert np.isnan(found[len(group.values) :]).all()
    assert len({len(array) for array in arrays.values()}) == 1
    np.testing.assert_array_equal(arrays["sweep values"][:11], panel.sweep.curves[0].x)


def test_what_explodes_is_drawn_as_such_and_the_finite_part_stays(qapp: object, tmp_path: Path) -> None:
    fields: dict[str, Any] = {"cell": "rnn", "activation": "identity", "initialisation": "orthogonal"}
    with real_panel(LaboratoryPanel, tmp_path, wave_source(600), size=(1300, 420), **fields) as (panel, session, link):
        session.set_scaling(Scaling(1.5))
        link.run_until_idle()
        sizes = curve(panel.sweep, "∂L/∂U")
        assert np.isfinite(sizes[:5]).all()
        assert not np.isfinite(sizes[-1])
        assert "grows to" in panel.lab.words.text() or "exploded" in panel.lab.words.text()
        panel.grab()


def test_a_network_without_recurrence_is_told_in_a_sentence_and_opened_as_it_is(
    qapp: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[object] = []
    send = LocalLink.send

    def note(link: LocalLink, command: Any) -> None:
        sent.append(command)
        send(link, command)

    monkeypatch.setattr(LocalLink, "send", note)
    with real_panel(LaboratoryPanel, tmp_path, wave_source(6), cell="feedforward") as (panel, _, _):
        assert panel.notice.text().startswith("This network has no square recurrent matrix")
        assert all(command.scaling is None for command in sent if isinstance(command, Open))


def test_a_matrix_that_cannot_be_scaled_leaves_the_knob_as_it_was(qapp: object, tmp_path: Path) -> None:
    fields: dict[str, Any] = {"cell": "rnn", "initialisation": "zeros"}
    with real_panel(LaboratoryPanel, tmp_path, wave_source(6), **fields) as (panel, session, link):
        panel.knob.turned.emit(1.2, 1)
        link.run_until_idle()
        assert "cannot be scaled" in session.view.message
        assert not panel.knob.face.own
        assert "cannot be scaled" in panel.lab.words.text()


def test_what_has_no_room_is_left_out_and_nothing_overlaps(rnn: Bench) -> None:
    panel, _, _ = rnn
    lab = panel.lab
    for size in ((1900, 900), (900, 330), (560, 220), (300, 300), (300, 84), (1280, 110)):
        panel.resize(*size)
        QApplication.processEvents()
        shown = [part for part in (lab.plane, lab.knob, lab.paths, lab.sweep, lab.words) if part.isVisible()]
        assert lab.knob in shown
        assert not [
            (size, part, other)
            for place, part in enumerate(shown)
            for other in shown[place + 1 :]
            if part.geometry().intersects(other.geometry())
        ]


def test_a_path_that_was_not_followed_to_its_end_is_not_taken_for_an_explosion() -> None:
    view = make_view(wave_source(12), cell="rnn")
    assert view.trace is not None
    values = np.where(np.arange(12) <= 5, -0.5 * np.arange(12.0), np.nan)
    paths = AnalysisView(PathsFrom(0), view.trace, 12, {"largest": values}, {"reach": 5.0})
    found = reach_of(paths, 0)
    assert found is not None
    assert (found.start, found.end, found.log10) == (1, 6, -2.5)
    exploded = AnalysisView(PathsFrom(0), view.trace, 12, {"largest": values}, {"reach": 256.0})
    found = reach_of(exploded, 0)
    assert found is not None
    assert math.isnan(found.log10)
