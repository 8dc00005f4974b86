"""What the panel of memory composition draws is what the recurrence, written out by hand, says of the recorded run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from rnnviz.engine.answer import Fact
from rnnviz.engine.requests import Memory, PathsFrom
from rnnviz.ui.panels.memory import MemoryPanel
from rnnviz.ui.view import AnalysisView
from tests.ui.mouse import move
from tests.ui.panels.pictures import make_view, text_source
from tests.ui.panels.runs import real_panel

S_LSTM = """\
m[t] = max(l[t] + m[t-1], a[t])
a[t] = W_i @ x[t] + R_i @ h[t-1] + b_i
l[t] = log_sigmoid(W_f @ x[t] + R_f @ h[t-1] + b_f)
i[t] = exp(a[t] - m[t])
f[t] = exp(l[t] + m[t-1] - m[t])
c[t] = f[t] * c[t-1] + i[t] * tanh(W_z @ x[t] + R_z @ h[t-1])
n[t] = f[t] * n[t-1] + i[t]
h[t] = c[t] / n[t]
m[0] = -inf
"""


def recorded(session: Any, name: str, unit: int, layer: int = 0, direction: Any = "forward") -> Any:
    return session.view.trace.record.signal(name, layer, direction)[:, unit].astype(np.float64)


def by_hand(f: Any, w: Any, start: float, backward: bool = False) -> Any:
    """[S, S + 1]: what is left of the start, then of what every step wrote."""
    steps = len(f)
    bands = np.zeros((steps, steps + 1))
    parts = np.zeros(steps + 1)
    parts[0] = start
    for t in range(steps)[:: -1 if backward else 1]:
        parts = parts * f[t]
        parts[1 + t] = w[t]
        bands[t] = parts
    return bands


@pytest.mark.parametrize(
    "fields",
    [{}, {"delay": 3}, {"bidirectional": True}, {"topology": "many-to-one"}, {"num_layers": 2}],
    ids=lambda fields: "-".join(fields) or "plain",
)
@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_the_bars_of_the_picked_unit_are_those_written_out_by_hand(
    cell: str, fields: dict[str, Any], direction: Any, tmp_path: Path, qtbot: QtBot
) -> None:
    if direction == "backward" and "bidirectional" not in fields:
        return
    with real_panel(MemoryPanel, tmp_path, cell=cell, dtype="float64", **fields) as (panel, session, link):
        layer = 1 if "num_layers" in fields else 0
        session.pick_layer(layer, direction)
        session.pick_unit(3)
        link.run_until_idle()
        state, gate = ("c", "f") if cell == "lstm" else ("h", "z")
        f = recorded(session, gate, 3, layer, direction)
        if cell == "lstm":
            w = recorded(session, "i", 3, layer, direction) * recorded(session, "g", 3, layer, direction)
        else:
            w = (1 - f) * recorded(session, "n", 3, layer, direction)
        np.testing.assert_allclose(panel.stack.values, by_hand(f, w, 0.0, direction == "backward"), atol=1e-13)
        np.testing.assert_array_equal(panel.stack.line, recorded(session, state, 3, layer, direction))
        bars, line = panel.plots["memory"].items[:2]
        np.testing.assert_array_equal(bars.getData()[1], panel.stack.values)
        np.testing.assert_array_equal(line.getData()[1], recorded(session, state, 3, layer, direction))
        np.testing.assert_allclose(panel.stack.values.sum(1), panel.stack.line, atol=1e-12)
        assert panel.header.title == f"Memory: {state}"
        assert "unit 4" in panel.header.subtitle
        arrays = panel.data(session.view)
        np.testing.assert_array_equal(arrays[f"{state} by origin"], panel.stack.values)
        session.set_option("memory.mode", "flows")
        link.run_until_idle()
        np.testing.assert_allclose(panel.stack.values[:, 1], w, atol=1e-12)
        np.testing.assert_allclose(panel.stack.values[:, 0], panel.stack.line - w, atol=1e-12)


def test_a_state_that_was_given_is_a_part_of_its_own(tmp_path: Path, qtbot: QtBot) -> None:
    fields: dict[str, Any] = {"cell": "lstm", "dtype": "float64", "initial_state": "learned"}
    with real_panel(MemoryPanel, tmp_path, **fields) as (panel, session, _):
        f, c = recorded(session, "f", 0), recorded(session, "c", 0)
        w = recorded(session, "i", 0) * recorded(session, "g", 0)
        start = (c[0] - w[0]) / f[0]
        np.testing.assert_allclose(panel.stack.values[:, 0], start * np.cumprod(f), atol=1e-13)
        assert panel.stack.bands[0].name == "start"


@pytest.mark.parametrize("mode", ["flows", "highway"])
def test_the_truth_stands_beside_every_picture(mode: str, tmp_path: Path, qtbot: QtBot) -> None:
    options = {"memory.mode": mode}
    with real_panel(MemoryPanel, tmp_path, cell="lstm", dtype="float64", options=options) as (panel, _, link):
        panel.truth.click()
        link.run_until_idle()
        assert panel.truth.text() == "autograd: equal" or float(panel.truth.text().split("± ")[1]) < 1e-12


def test_the_mean_is_that_over_all_units_and_the_truth_agrees(tmp_path: Path, qtbot: QtBot) -> None:
    options = {"memory.over": "mean"}
    with real_panel(MemoryPanel, tmp_path, cell="gru", dtype="float64", options=options) as (panel, session, link):
        h = np.stack([recorded(session, "h", unit) for unit in range(5)], 1)
        np.testing.assert_allclose(panel.stack.line, h.mean(1), atol=1e-12)
        np.testing.assert_allclose(panel.stack.values.sum(1), h.mean(1), atol=1e-12)
        assert "mean over the units" in panel.header.subtitle
        panel.truth.click()
        link.run_until_idle()
        assert panel.truth.text().startswith("autograd: ")
        assert panel.truth.text() == "autograd: equal" or float(panel.truth.text().split("± ")[1]) < 1e-12


def test_a_plain_rnn_says_that_it_overwrites_and_shows_what_it_writes(tmp_path: Path, qtbot: QtBot) -> None:
    with real_panel(MemoryPanel, tmp_path, cell="rnn", size=(900, 400)) as (panel, session, link):
        said = panel.banner.text()
        assert said.startswith("h is overwritten at every step: h[t] = tanh(W @ x[t] + U @ h[t-1] + b).")
        assert "Nothing of h[t-1] is carried over but through the matrix U" in said
        h = recorded(session, "h", 0)
        np.testing.assert_array_equal(panel.stack.values, np.hstack([np.zeros((12, 1)), np.diag(h)]))
        session.set_option("memory.mode", "flows")
        link.run_until_idle()
        np.testing.assert_array_equal(panel.stack.values, np.stack([np.zeros(12), h], 1))
        assert "nothing is kept" in panel.header.subtitle
        session.set_option("memory.mode", "highway")
        link.run_until_idle()
        values = panel.curves.curves["highway"].values
        assert values[0] == 0
        assert np.isneginf(values[1:]).all()
        panel.resize(900, 150)
        assert panel.banner.isVisible()
        assert not panel.plots_area.isVisible()


def test_the_output_of_an_lstm_is_overwritten_too(tmp_path: Path, qtbot: QtBot) -> None:
    with real_panel(MemoryPanel, tmp_path, cell="lstm", options={"memory.state": "h"}) as (panel, session, link):
        assert panel.banner.text().startswith("h is overwritten at every step: h[t] = o[t] * tanh(c[t]).")
        assert "the matrices U_f, U_g, U_i and U_o" in panel.banner.text()
        session.set_option("memory.state", "c")
        link.run_until_idle()
        assert not panel.banner.isVisible()
        np.testing.assert_array_equal(panel.stack.line, recorded(session, "c", 0))


@pytest.mark.parametrize("state", ["m", "c", "n", "h"])
def test_every_state_of_a_cell_that_was_typed_is_taken_apart(state: str, tmp_path: Path, qtbot: QtBot) -> None:
    options = {"memory.state": state}
    with real_panel(MemoryPanel, tmp_path, cell=S_LSTM, dtype="float64", options=options) as (panel, session, _):
        assert not panel.notice.isVisible()
        s = recorded(session, state, 0)
        np.testing.assert_allclose(panel.stack.values.sum(1), s, atol=1e-13)
        assert panel.state.values() == ("m", "c", "n", "h")
        if state in "cn":
            i, f = recorded(session, "i", 0), recorded(session, "f", 0)
            w = i if state == "n" else s - f * np.r_[0.0, s[:-1]]
            np.testing.assert_allclose(panel.stack.values, by_hand(f, w, 0.0), atol=1e-13)


def test_the_highway_begins_at_the_step_that_is_pinned_or_at_the_cursor(tmp_path: Path, qtbot: QtBot) -> None:
    options = {"memory.mode": "highway", "memory.pinned": "4"}
    with real_panel(MemoryPanel, tmp_path, cell="lstm", dtype="float64", options=options) as (panel, session, link):
        logs = np.log10(recorded(session, "f", 0))
        values = panel.curves.curves["highway"].values
        np.testing.assert_allclose(values[4:], np.r_[0.0, np.cumsum(logs[5:])], atol=1e-12)
        assert np.isnan(values[:4]).all()
        assert not panel.curves._crosses.content
        assert "step 5" in panel.header.subtitle
        whole = panel.curves.curves["jacobian"].values
        assert whole[4] == 0
        assert np.isnan(whole[:4]).all()
        assert np.isfinite(whole[5:]).all()
        session.set_option("memory.since", "cursor")
        session.go_to(7)
        link.run_until_idle()
        np.testing.assert_allclose(panel.curves.curves["highway"].values[7:], np.r_[0.0, np.cumsum(logs[8:])])
        panel.since.button("pinned").click()
        link.run_until_idle()
        session.go_to(2)
        link.run_until_idle()
        assert "step 8" in panel.header.subtitle


def test_the_jacobian_stands_beside_the_highway(qtbot: QtBot, show: Any) -> None:
    view: Any = make_view()
    request = Memory(unit=0, bands=False)
    paths = AnalysisView(PathsFrom(0), view.trace, view.published, {"largest": np.linspace(0, -3, 12)})
    facts: dict[str, Fact] = {"state": "c", "kind": "kept", "factor": "f", "bound": "", "first": 0.0}
    arrays = {name: np.linspace(0, -1, 12) for name in ("values", "kept", "written", "highway", "widest")}
    answer = AnalysisView(request, view.trace, view.published, arrays, facts)
    view = replace(
        view,
        analyses=MappingProxyType({request: answer, PathsFrom(0): paths}),
        options=MappingProxyType({"memory.mode": "highway"}),
    )
    panel = show(MemoryPanel, view)
    assert [curve.label for curve in panel.curves.curves.values()] == ["∏ f", "Jacobian"]
    np.testing.assert_array_equal(panel.curves.curves["jacobian"].values, np.linspace(0, -3, 12))


def test_pointing_tells_from_which_token_a_part_comes(tmp_path: Path, qtbot: QtBot) -> None:
    with real_panel(MemoryPanel, tmp_path, cell="lstm") as (panel, *_):
        QApplication.processEvents()
        value = panel.stack.values[6]
        part = int(np.abs(value[1:]).argmax()) + 1
        side = np.where(np.sign(value) == np.sign(value[part]), value, 0.0)
        middle = side[:part].sum() + value[part] / 2
        move(panel.stack, QPointF(panel.stack.x_of(6), panel.stack.y_of(middle)).toPoint())
        assert panel.header.said.startswith(f"t = 7   from {text_source().text.split()[part - 1]} ")
        assert panel.stack.bars_item.lit == panel.stack.band_of(part)


def test_tokens_that_occur_twice_are_told_with_their_steps(tmp_path: Path, qtbot: QtBot) -> None:
    with real_panel(MemoryPanel, tmp_path, source=text_source(14), cell="lstm") as (panel, *_):
        names = [band.name for band in panel.stack.bands]
        assert names[:4] == ["start", "the (1)", "cat (2)", "sat"]
        assert names[13:] == ["the (13)", "cat (14)"]


def test_of_a_long_run_blocks_are_drawn_and_zooming_in_takes_steps_apart(
    tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Memory, "apart", 100)
    monkeypatch.setattr(Memory, "window", 500)
    monkeypatch.setattr("rnnviz.engine.analyses.memory._MOST", 30_000)
    source = text_source(600)
    with real_panel(MemoryPanel, tmp_path, source=source, cell="lstm", dtype="float64") as (panel, session, link):
        assert "origins in blocks of 13" in panel.header.subtitle
        assert len(panel.stack.values) == 600
        np.testing.assert_allclose(panel.stack.values.sum(1), recorded(session, "c", 0), atol=1e-13)
        panel.axis.set_view(300, 330)
        link.run_until_idle()
        assert panel.stack.stack.first == 100
        assert len(panel.stack.values) == 500
        assert "of steps 101–600 alone" in panel.header.subtitle
        rows = slice(panel.stack.stack.first, panel.stack.stack.first + 500)
        np.testing.assert_allclose(panel.stack.values.sum(1), recorded(session, "c", 0)[rows], atol=1e-13)
        panel.axis.show_all()
        link.run_until_idle()
        assert len(panel.stack.values) == 600


def test_the_state_is_drawn_while_the_answer_is_on_its_way(qtbot: QtBot, show: Any) -> None:
    view: Any = make_view()
    panel = show(MemoryPanel, view)
    np.testing.assert_array_equal(panel.stack.line, view.trace.record.signal("c", 0, "forward")[:, 0])
    assert "being computed" in panel.stack._notice.text


def test_an_answer_stays_until_the_next_one_is_there(tmp_path: Path, qtbot: QtBot) -> None:
    options = {"memory.mode": "highway", "memory.since": "cursor"}
    with real_panel(MemoryPanel, tmp_path, cell="lstm", options=options) as (panel, session, link):
        session.go_to(3)
        link.run_until_idle()
        assert panel.curves._anchor == 3
        before = panel.curves.curves["highway"]
        session.go_to(5)
        QApplication.processEvents()
        assert panel.curves.curves["highway"].label == before.label
        link.run_until_idle()
        assert panel.curves._anchor == 5


@pytest.mark.parametrize(("cell", "words"), [("jordan", "carries no state"), ("feedforward", "carries no state")])
def test_a_cell_without_state_is_explained(cell: str, words: str, qtbot: QtBot, show: Any) -> None:
    assert words in show(MemoryPanel, make_view(cell=cell)).notice.text()


def test_with_two_directions_nothing_beyond_the_cursor_is_told(tmp_path: Path, qtbot: QtBot) -> None:
    with real_panel(MemoryPanel, tmp_path, cell="lstm", bidirectional=True) as (panel, session, link):
        session.go_to_position(5)
        session.hide_ahead(True)
        link.run_until_idle()
        assert np.isfinite(panel.stack.values[:5]).all()
        assert np.isnan(panel.stack.values[5:]).all()
        assert np.isnan(panel.stack.line[5:]).all()


def test_controls_that_do_not_fit_give_way_to_the_choice_of_the_picture(tmp_path: Path, qtbot: QtBot) -> None:
    with real_panel(MemoryPanel, tmp_path, cell="lstm", size=(640, 200)) as (panel, *_):
        controls = (panel.mode, panel.state, panel.truth, panel.over)
        assert all(control.isVisible() for control in controls)
        panel.stack.hovered.emit(3, 1)
        assert panel.header.said.startswith("t = 4   from the")
        assert panel.mode.isVisible()
        assert not panel.over.isVisible()
        panel.stack.hovered.emit(-1, -1)
        assert all(control.isVisible() for control in controls)
        panel.resize(330, 200)
        assert [control.isVisible() for control in controls] == [True, False, False, False]
