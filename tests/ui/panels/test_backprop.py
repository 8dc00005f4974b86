"""The panel of the way back: what is drawn is what autograd says, and what the way has not come to is hidden."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyqtgraph as pg
import pytest
import torch
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from rnnviz.engine.autogradrun import AutogradRun
from rnnviz.engine.network import Network
from rnnviz.engine.requests import Accumulated, Arrival
from rnnviz.engine.run import run
from rnnviz.engine.sequence import encode
from rnnviz.engine.trace import Trace
from rnnviz.ui.gathering import choices, in_words
from rnnviz.ui.panels.backprop import BackpropPanel
from rnnviz.ui.plots import TimeAxis
from rnnviz.ui.plots.xy.block_strip import BlockStrip, NamedMatrix
from rnnviz.ui.session import Session
from rnnviz.ui.theme import LIGHT, NORMAL
from tests.ui.mouse import under_mouse
from tests.ui.panels.pictures import text_source
from tests.ui.panels.runs import real_panel, real_session

STEPS = 12
OPTIONS: dict[str, Any] = {"cell": "lstm", "dtype": "float64"}
TALL = (1000, 480)

pytestmark = pytest.mark.usefixtures("qapp")


def trace_of(session: Session) -> Trace:
    """The run of the session once more, by the public way."""
    document = session.view.document
    assert document is not None
    sequence = encode(document.source)
    return run(Network(document.spec), sequence.x, sequence.target)


def autograd(trace: Trace, name: str, layer: int = 0, direction: Any = "forward") -> NDArray[np.float64]:
    """dL_k/ds_t, [S, S, H], by one backward pass per loss; zero for steps without one."""
    graph = AutogradRun(trace)
    tensors = graph.signals[layer, direction, name]
    found = np.zeros((trace.steps, trace.steps, len(tensors[0])))
    for step in trace.loss_steps().tolist():
        parts = torch.autograd.grad(
            graph.loss(step), tensors, retain_graph=True, materialize_grads=True, allow_unused=True
        )
        found[step] = torch.stack(parts).numpy()
    return found


def parts_of(items: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    whole, steps = items.sum(0), np.arange(items.shape[1])
    return {"own": items[steps, steps], "others": whole - items[steps, steps], "whole": whole}


def norms(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.linalg.norm(vectors.reshape(len(vectors), -1), axis=1)


@pytest.mark.parametrize(
    ("fields", "layer", "direction", "signal"),
    [
        ({"num_layers": 2}, 0, "forward", "c"),
        ({}, 0, "forward", "h"),
        ({"bidirectional": True}, 0, "backward", "f"),
        ({"cell": "gru", "delay": 2}, 0, "forward", "h"),
    ],
)
def test_the_curves_are_the_norms_that_autograd_finds(
    fields: dict[str, Any], layer: int, direction: Any, signal: str, tmp_path: Path
) -> None:
    options = {"backprop.signal": signal}
    with real_panel(BackpropPanel, tmp_path, text_source(STEPS), options, **{**OPTIONS, **fields}) as opened:
        panel, session, link = opened
        session.pick_layer(layer, direction)
        link.run_until_idle()
        wanted = parts_of(autograd(trace_of(session), signal, layer, direction))
        data = panel.data(session.view)
        for part, vectors in wanted.items():
            curve = panel.norms.curves[part].values
            np.testing.assert_allclose(10**curve, norms(vectors), atol=1e-12)
            assert any(np.array_equal(curve, array, equal_nan=True) for array in data.values())
        assert panel.norms.isVisible()
        assert not panel.values.isVisible()
        assert "norms do not add up" in panel.header.subtitle


def test_of_one_unit_the_two_parts_add_up_with_their_signs(tmp_path: Path) -> None:
    options = {"backprop.mode": "unit"}
    with real_panel(BackpropPanel, tmp_path, text_source(STEPS), options, **OPTIONS) as (panel, session, link):
        session.pick_unit(3)
        link.run_until_idle()
        wanted = parts_of(autograd(trace_of(session), "h"))
        curves = {key: curve.values for key, curve in panel.values.curves.items()}
        for part, vectors in wanted.items():
            np.testing.assert_allclose(curves[part], vectors[:, 3], atol=1e-13)
        np.testing.assert_array_equal(curves["own"] + curves["others"], curves["whole"])
        assert panel.values.isVisible()
        assert panel.header.title == "∂L / ∂hₜ"
        assert "unit 4" in panel.header.subtitle


def terms(trace: Trace, gate: str) -> NDArray[np.float64]:
    """What each step adds to dL/dU, [S, H, H], from autograd's adjoint of the sum inside the gate."""
    deltas = autograd(trace, f"{gate}.pre").sum(0)
    before = np.concatenate([np.zeros((1, deltas.shape[1])), trace.signal("h")[:-1]])
    return np.asarray(deltas[:, :, None] * before[:, None, :])


def test_below_stand_the_norms_of_sum_and_term_and_the_line_of_the_whole(tmp_path: Path) -> None:
    with real_panel(BackpropPanel, tmp_path, text_source(STEPS), size=TALL, **OPTIONS) as (panel, session, _):
        added = np.stack([terms(trace_of(session), gate) for gate in "ifgo"], axis=1)
        sums = added[::-1].cumsum(0)[::-1]
        curves = {key: curve.values for key, curve in panel.sums.curves.items()}
        np.testing.assert_allclose(curves["sum"], norms(sums), atol=1e-12)
        np.testing.assert_allclose(curves["term"], norms(added), atol=1e-12)
        np.testing.assert_allclose(curves["whole"], norms(sums)[0])
        assert (panel.sums._low, panel.sums._high) == pytest.approx((0.0, 1.08 * norms(sums).max()))


def test_the_matrices_fill_up_as_the_cursor_goes_back(tmp_path: Path) -> None:
    with real_panel(BackpropPanel, tmp_path, text_source(STEPS), size=TALL, **OPTIONS) as (panel, session, link):
        session.turn(True)
        added = {gate: terms(trace_of(session), gate) for gate in "ifgo"}
        tops = set()
        for step in (STEPS - 1, 7, 3, 0):
            session.go_to(step)
            link.run_until_idle()
            assert [block.name for block in panel.strip.blocks] == ["U_i", "U_f", "U_g", "U_o"]
            for block, gate in zip(panel.strip.blocks, "ifgo", strict=True):
                np.testing.assert_allclose(block.values, added[gate][step:].sum(0), atol=1e-13)
            span = f"t = {STEPS} … {step + 1}" if step < STEPS - 1 else f"t = {STEPS}"
            sums = [item.image for item in panel.plots["sum so far"].items]
            np.testing.assert_array_equal(sums, [block.values for block in panel.strip.blocks])
            assert panel.strip.caption[1] == span.removeprefix("t = ")
            assert f"gathered from {span}" in panel.gathered.subtitle
            tops.add(panel.strip.top)
        assert len(tops) == 1
        assert "100 % of ‖whole‖, cosine 1.000" in panel.gathered.subtitle
        session.go_to_position(0)
        link.run_until_idle()
        assert "100 % of ‖whole‖" in panel.gathered.subtitle


def test_a_moved_cursor_asks_for_the_sum_alone(tmp_path: Path) -> None:
    with real_panel(BackpropPanel, tmp_path, text_source(STEPS), size=TALL, **OPTIONS) as (panel, session, link):
        session.turn(True)
        before = panel.sums.curves, panel.norms.curves, panel.wants(session.view)
        session.go_to(5)
        link.run_until_idle()
        assert panel.sums.curves is before[0]
        assert panel.norms.curves is before[1]
        changed = set(panel.wants(session.view)) - set(before[2])
        assert changed == {Accumulated(("U_i_l0", "U_f_l0", "U_g_l0", "U_o_l0"), 5)}


def test_what_the_way_back_has_not_come_to_is_not_painted(tmp_path: Path) -> None:
    with real_panel(BackpropPanel, tmp_path, text_source(STEPS), size=TALL, **OPTIONS) as (panel, session, link):
        session.set_theme("light")
        session.turn(True)
        session.hide_ahead(True)
        session.go_to(6)
        link.run_until_idle()
        QApplication.processEvents()
        ground = QColor(panel.norms.theme.surface).rgb()
        for plot in (panel.norms, panel.sums):
            image = plot.grab().toImage()
            area = plot.data_rect.toRect()
            edge = round(plot.x_of(5.5)) - 6
            assert colours(image, area.left() + 2, edge, area.top() + 1, area.bottom() - 1) == {ground}
            right = colours(image, edge + 20, area.right(), area.top() + 1, area.bottom() - 1)
            assert len(right) > 3
            assert [plot.is_hidden(step) for step in (5, 6, 11)] == [True, False, False]
        session.hide_ahead(False)
        assert not any(panel.norms.is_hidden(step) for step in range(STEPS))


def colours(image: QImage, left: int, right: int, top: int, bottom: int) -> set[int]:
    return {image.pixel(x, y) for x in range(left, right) for y in range(top, bottom)}


def test_the_backward_direction_arrives_from_the_first_step_on(tmp_path: Path) -> None:
    fields = {**OPTIONS, "bidirectional": True}
    with real_panel(BackpropPanel, tmp_path, text_source(STEPS), size=TALL, **fields) as (panel, session, link):
        session.pick_layer(0, "backward")
        session.turn(True)
        session.hide_ahead(True)
        link.run_until_idle()
        assert "has not arrived yet" in panel.header.subtitle
        assert panel.gathered.subtitle.startswith("nothing yet")
        assert not any(block.values.any() for block in panel.strip.blocks)
        assert all(panel.sums.is_hidden(step) for step in range(STEPS))
        session.go_to_position(2 * STEPS - 4)
        link.run_until_idle()
        assert session.view.at.direction == "backward"
        assert session.view.step == 4
        assert "arrived back to t = 5" in panel.header.subtitle
        assert [panel.norms.is_hidden(step) for step in (0, 4, 5, 11)] == [False, False, True, True]
        assert "gathered from t = 1 … 5" in panel.gathered.subtitle
        whole = trace_of(session).gradients().parameters["U_f_l0_reverse"]
        session.go_to_position(STEPS)
        link.run_until_idle()
        np.testing.assert_allclose(panel.strip.blocks[1].values, whole, atol=1e-13)


def test_the_truth_of_both_halves_is_told_and_stays_while_the_cursor_moves(tmp_path: Path) -> None:
    with real_panel(BackpropPanel, tmp_path, text_source(STEPS), size=TALL, **OPTIONS) as (panel, session, link):
        panel.truth.click()
        panel.sum_truth.click()
        link.run_until_idle()
        session.go_to(4)
        link.run_until_idle()
        for button in (panel.truth, panel.sum_truth):
            assert button.text().startswith("autograd")
            difference = button.text().removeprefix("autograd: ")
            assert difference == "equal" or float(difference.removeprefix("± ")) < 1e-12


@pytest.mark.parametrize("fields", [{}, {"cell": "lstm-peephole", "biases": "two"}, {"embedding_size": 3}])
def test_all_parameters_that_act_at_steps_can_be_chosen(fields: dict[str, Any], tmp_path: Path) -> None:
    source = text_source(STEPS)
    fields = {**OPTIONS, "initial_state": "learned", **fields}
    with real_panel(BackpropPanel, tmp_path, source, size=TALL, **fields) as (panel, session, link):
        found = choices(session.view)
        names = {name for chosen in found.values() for name in chosen.names}
        whole = trace_of(session).gradients().parameters
        assert names == {name for name in whole if not name.startswith(("h0", "c0"))}
        assert list(found)[:2] == ["recurrent", "input"]
        session.go_to(0)
        for key, chosen in found.items():
            session.set_option("backprop.parameter", key)
            link.run_until_idle()
            for block, name in zip(panel.strip.blocks, chosen.names, strict=True):
                np.testing.assert_allclose(block.values, whole[name], atol=1e-12)
            assert panel.parameter.currentText() == key


def test_a_sequence_without_a_target_is_said_to_have_no_way_back(tmp_path: Path) -> None:
    source = msgspec.structs.replace(text_source(STEPS), targets="none")
    with real_panel(BackpropPanel, tmp_path, source, **OPTIONS) as (panel, session, _):
        assert panel.notice.isVisible()
        assert "no target" in panel.notice.text()
        assert panel.wants(session.view) == ()


@pytest.mark.parametrize(("height", "halves"), [(84, (False, False)), (230, (True, False)), (480, (True, True))])
def test_what_does_not_fit_is_left_out(height: int, halves: tuple[bool, bool], tmp_path: Path) -> None:
    with real_panel(BackpropPanel, tmp_path, text_source(STEPS), size=(700, height), **OPTIONS) as (panel, *_):
        panel.setMinimumHeight(84)
        panel.resize(700, height)
        QApplication.processEvents()
        assert panel.norms.isVisible()
        assert (panel.sums.isVisible(), panel.strip.isVisible()) == halves
        assert panel.gathered.isVisible() == panel.sums.isVisible()


def test_choices_change_what_is_asked(tmp_path: Path) -> None:
    with real_session(tmp_path, text_source(STEPS), **OPTIONS) as (session, link):
        panel = BackpropPanel(session, TimeAxis(session))
        panel.show()
        panel.signal.chosen.emit("c")
        panel.mode.chosen.emit("unit")
        link.run_until_idle()
        assert panel.wants(session.view)[0] == Arrival("c", unit=0)
        panel.parameter.chosen.emit("U_f")
        assert Accumulated(("U_f_l0",), 0) in panel.wants(session.view)
        panel.close()
        panel.deleteLater()


def test_words_say_how_much_is_gathered() -> None:
    facts = {"whole": 2.0, "share": 0.5, "cosine": -0.25, "every": 4.0}
    words = in_words(facts, "t = 9 … 3")
    assert (
        words == "gathered from t = 9 … 3, ‖sum‖ is 50 % of ‖whole‖, cosine -0.250, norm of the sum at every 4th step"
    )
    nothing = {"share": float("nan"), "cosine": float("nan"), "every": 1.0}
    assert in_words({"whole": 0.0, **nothing}, "nothing yet") == "nothing yet, the whole gradient is zero"
    assert in_words({"whole": float("inf"), **nothing}, "t = 3").endswith("the whole gradient is not finite")


@pytest.mark.parametrize(("radius", "finite"), [(5.0, True), (60.0, False)])
def test_an_explosion_is_drawn_and_said(radius: float, finite: bool, tmp_path: Path) -> None:
    fields = {**OPTIONS, "cell": "rnn", "activation": "relu", "spectral_radius": radius, "hidden_size": 8}
    with real_panel(BackpropPanel, tmp_path, text_source(300), size=TALL, **fields) as (panel, session, link):
        session.turn(True)
        for position in (300, 150, 1, 0):
            session.go_to_position(position)
            link.run_until_idle()
            panel.grab()
        for name in ("sum", "term"):
            assert np.isfinite(panel.sums.curves[name].values).all() == finite
        assert ("the whole gradient is not finite" in panel.gathered.subtitle) != finite
        if finite:
            assert panel.sums.curves["whole"].values[0] > 1e154
        assert not panel.notice.isVisible()


def test_matrices_stand_between_the_margins_and_read_out_what_is_under_the_mouse(tmp_path: Path) -> None:
    with real_session(tmp_path, text_source(STEPS), **OPTIONS) as (session, _):
        axis = TimeAxis(session)
        strip = BlockStrip(axis)
        strip.set_theme(LIGHT, NORMAL)
        strip.resize(800, 120)
        strip.show()
        first = np.arange(6.0).reshape(2, 3) - 3
        second = np.array([np.nan, 1.0])
        blocks = [NamedMatrix("U", first, "#000000"), NamedMatrix("b", second, "#000000")]
        strip.show_blocks(blocks, 3.0, ("Σ", "t = 1"))
        rects, (left, width) = strip.rects(), axis.area(800)
        assert rects[0].left() == pytest.approx(left)
        assert rects[1].right() == pytest.approx(left + width)
        assert rects[0].width() > rects[1].width() > 10
        told: list[str] = []
        strip.told.connect(told.append)
        for place in (rects[0].bottomRight() - QPointF(2, 2), rects[1].center() + QPointF(0, 5), QPointF(2, 2)):
            QTest.mouseMove(under_mouse(strip), place.toPoint())
        assert told == ["U[2, 3]: 2", "b[2]: 1", ""]
        images = [item for item in strip.plot.items if isinstance(item, pg.ImageItem)]
        for image, values in zip(images, (first, second[:, None]), strict=True):
            np.testing.assert_array_equal(image.image, values)
        axis.set_steps([str(step) for step in range(STEPS)])
        axis.set_view(2.5, 7.5)
        assert strip.box.viewRange()[0] == [2.5, 7.5]
        image = strip.grab().toImage()
        strange = rects[1].center() - QPointF(0, rects[1].height() / 4)
        assert image.pixelColor(strange.toPoint()) == QColor(LIGHT.warning)
        strip.deleteLater()


def test_of_many_entries_in_one_pixel_the_one_farthest_from_zero_is_seen(tmp_path: Path) -> None:
    with real_session(tmp_path, text_source(STEPS), **OPTIONS) as (session, _):
        strip = BlockStrip(TimeAxis(session))
        strip.set_theme(LIGHT, NORMAL)
        strip.resize(500, 60)
        values = np.full((4000, 4000), 1e-3)
        values[2000, 2000] = -1.0
        strip.show_blocks([NamedMatrix("U", values, "#000000")], 1.0, ("", ""))
        image, rect = strip.grab().toImage(), strip.rects()[0].toRect()
        inside = colours(image, rect.left() + 1, rect.right() - 1, rect.top() + 1, rect.bottom() - 1)
        assert len(inside) == 2
        strip.deleteLater()
