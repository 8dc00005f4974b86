"""The connectivity panel shows what autograd finds, of the step that is pointed at, and says what it shows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPointF

from rnnviz.engine.interventions import Clamp
from rnnviz.engine.network import Network
from rnnviz.engine.sequence import TextSource, encode
from rnnviz.ui import connections
from rnnviz.ui.panels.connectivity import ConnectivityPanel
from rnnviz.ui.session import Session
from rnnviz.ui.theme import tint
from tests.engine import reference
from tests.ui.panels.pictures import text_source, wave_source
from tests.ui.panels.runs import real_panel
from tests.ui.panels.test_every_panel import inked

KINDS: list[dict[str, Any]] = [
    {"topology": "many-to-one"},
    {"topology": "many-to-many", "delay": 3},
    {"topology": "one-to-many", "feedback": "choice"},
    {"topology": "one-to-many", "feedback": "output", "cell": "rnn"},
    {"topology": "one-to-one"},
    {"bidirectional": True, "num_layers": 2},
    {"cell": "jordan"},
    {"cell": "feedforward"},
    {"embedding_size": 3, "cell": "gru"},
    {"initial_state": "learned", "cell": "lstm-peephole"},
]


def text_for(fields: dict[str, Any]) -> TextSource:
    """A text that a topology takes, with a target at its last step."""
    text = "the" if fields.get("topology") == "one-to-one" else "the cat sat on a mat ,"
    return TextSource(text, targets="same")


def by_autograd(session: Session, t: int) -> Any:
    """[S], the norm of the derivative of the right class's logit (else of the outputs) at t by every input."""
    view = session.view
    assert view.trace is not None
    assert view.document is not None
    sequence = encode(view.document.source)
    network = Network(view.trace.schedule.spec)
    unrolled = reference.unroll(network, sequence.x)
    numbers = list(unrolled.own("output")[t])
    if network.spec.readout == "softmax":
        assert sequence.target is not None
        numbers = [unrolled.own("logits")[t][int(sequence.target[t - network.spec.delay])]]
    squares: Any = 0.0
    for number in numbers:
        parts = torch.autograd.grad(
            number, unrolled.own("x"), retain_graph=True, allow_unused=True, materialize_grads=True
        )
        squares = squares + np.array([float(part.square().sum()) for part in parts])
    return np.sqrt(squares)


@pytest.mark.parametrize(
    "fields", [{"cell": "lstm"}, {"cell": "gru", "num_layers": 2}, {"cell": "rnn", "bidirectional": True}], ids=str
)
def test_the_text_is_coloured_by_what_autograd_finds(fields: dict[str, Any], qtbot: Any, tmp_path: Path) -> None:
    with real_panel(ConnectivityPanel, tmp_path, text_source(8), dtype="float64", **fields) as (panel, session, _):
        for step in (6, 2):
            session.go_to(step)
            wanted = by_autograd(session, panel.text.focus)
            shown = panel.text.strengths
            asked = shown.asked
            np.testing.assert_allclose(shown.shares[asked], (wanted / wanted[asked].max())[asked], atol=1e-9)
            if "bidirectional" not in fields:
                assert asked.tolist() == [k <= panel.text.focus for k in range(8)]


@pytest.mark.parametrize("fields", KINDS, ids=str)
def test_every_kind_of_network_is_answered_and_drawn(fields: dict[str, Any], qtbot: Any, tmp_path: Path) -> None:
    with real_panel(ConnectivityPanel, tmp_path, text_for(fields), **fields) as (panel, session, link):
        for way in ("prediction", "input"):
            session.set_option("connectivity.way", way)
            link.run_until_idle()
            for step in range(session.view.trace.steps if session.view.trace is not None else 0):
                session.go_to(step)
                panel._on_pointed(step)
            assert not panel.notice.isVisible()
            assert panel.header.title.startswith("Wh")
            assert panel.text.strengths is not None
            assert inked(panel) > 0.005
            panel._on_pointed(-1)
        session.set_option("connectivity.mode", "map")
        link.run_until_idle()
        assert panel.map.values.size > 0
        assert inked(panel) > 0.005
        assert len(panel.data(session.view)) == 3


def test_another_sequence_takes_nothing_of_the_old_one_along(qtbot: Any, tmp_path: Path) -> None:
    with real_panel(ConnectivityPanel, tmp_path, wave_source(8), readout="linear") as (panel, session, link):
        document = session.view.document
        assert document is not None
        session.open_document(replace(document, source=wave_source(11)))
        session.run_all()
        link.run_until_idle()
        assert len(panel.bars.values) == 11
        assert inked(panel) > 0.005


def test_bars_of_numbers_are_what_autograd_finds(qtbot: Any, tmp_path: Path) -> None:
    fields: dict[str, Any] = {"cell": "lstm", "readout": "linear", "dtype": "float64"}
    with real_panel(ConnectivityPanel, tmp_path, wave_source(9), **fields) as (panel, session, _):
        panel._on_pointed(5)
        wanted = by_autograd(session, 5)
        np.testing.assert_allclose(panel.bars.values[:6], wanted[:6], rtol=1e-9)
        assert np.isnan(panel.bars.values[6:]).all()
        (item,) = panel.plots["bars"].listDataItems()
        for drawn, known in zip(item.getData(), (np.arange(9), panel.bars.values), strict=True):
            np.testing.assert_array_equal(drawn, known)
        assert panel.header.title == "What the output at t = 6 rests on"
        strongest = int(wanted[:6].argmax())
        assert f"at k = {strongest + 1}" in panel.header.subtitle


def test_the_reverse_is_the_column_of_an_input(qtbot: Any, tmp_path: Path) -> None:
    options = {"connectivity.way": "input"}
    with real_panel(ConnectivityPanel, tmp_path, text_source(8), options, dtype="float64") as (panel, session, _):
        panel._on_pointed(2)
        column = np.array([by_autograd(session, t)[2] for t in range(2, 7)])
        shown = panel.text.strengths
        assert shown.asked.tolist() == [k >= 2 for k in range(8)]
        largest = panel._connections(session.view, panel._answer(session.view)).largest
        np.testing.assert_allclose(shown.shares[2:7] * largest, column, rtol=1e-9)
        assert panel.header.title == "Which predictions rest on k = 3 ‘sat’"


def test_pointing_moves_what_is_looked_at_and_leaving_returns_to_the_cursor(qtbot: Any, tmp_path: Path) -> None:
    with real_panel(ConnectivityPanel, tmp_path, text_source(8)) as (panel, session, _):
        session.go_to(5)
        cursor = session.view.step
        place = panel.text.place_of(2).center()
        assert panel.text.step_at(place) == 2
        panel.text._point_at(2)
        assert panel.text.focus == 2
        assert "‘on’ at t = 3" in panel.header.title
        panel.text._point_at(-1)
        assert panel.text.focus == cursor


def test_every_token_is_found_where_it_is_painted_and_a_click_goes_there(qtbot: Any, tmp_path: Path) -> None:
    with real_panel(ConnectivityPanel, tmp_path, text_source(30)) as (panel, session, _):
        for step in range(30):
            assert panel.text.step_at(QPointF(panel.text.place_of(step).center())) == step
        panel.text.stepClicked.emit(4)
        assert session.view.step == 4


def test_the_strongest_token_has_the_strongest_ground(qtbot: Any, tmp_path: Path) -> None:
    with real_panel(ConnectivityPanel, tmp_path, text_source(8)) as (panel, session, _):
        session.go_to(6)
        shown, now = panel.text.strengths, panel.text.theme
        strongest = int(np.nanargmax(np.where(shown.asked, shown.shares, np.nan)))
        image = panel.text.grab().toImage()
        place = panel.text.place_of(strongest)
        ground = image.pixelColor(round(place.left() + 5), round(place.center().y())).name()
        assert ground == tint(1.0, now).ground


def test_a_step_without_output_says_so_and_shows_the_next_that_has_one(qtbot: Any, tmp_path: Path) -> None:
    source = TextSource("the cat sat on a mat", targets="label", label="yes", classes=("no", "yes"))
    with real_panel(ConnectivityPanel, tmp_path, source, topology="many-to-one") as (panel, session, _):
        session.go_to(2)
        assert panel.header.title == "What the prediction of ‘yes’ at t = 6 rests on"
        assert panel.header.subtitle.startswith(f"step {session.view.step + 1} has no output")
        session.set_option("connectivity.mode", "map")
        assert "steps 1 to 5 have no output" in panel.header.subtitle
        assert panel.map.value_text(0, 2) == "no output"


def test_the_map_has_a_row_per_prediction_and_reads_out_its_numbers(qtbot: Any, tmp_path: Path) -> None:
    options = {"connectivity.mode": "map"}
    fields: dict[str, Any] = {"delay": 2, "dtype": "float64"}
    with real_panel(ConnectivityPanel, tmp_path, text_source(6), options, **fields) as (panel, session, _):
        table = panel.map.logarithms
        assert table.shape == (8, 8)
        for t in (2, 4, 6):
            with np.errstate(divide="ignore"):
                wanted = np.log10(by_autograd_with_delay(session, t))
            np.testing.assert_allclose(table[: min(t + 1, 6), t], wanted[: min(t + 1, 6)], atol=1e-8)
        assert np.isneginf(table[5, 3])
        assert panel.map.describe(1, 4).startswith("t = 5 ‘a’ on k = 2 ‘cat’: ")
        assert panel.map.value_text(7, 4) == "no input"
        assert panel.map.value_text(0, 1) == "no output"


def by_autograd_with_delay(session: Session, t: int) -> Any:
    view = session.view
    assert view.trace is not None
    assert view.document is not None
    sequence = encode(view.document.source)
    network = Network(view.trace.schedule.spec)
    unrolled = reference.unroll(network, sequence.x)
    logits = unrolled.own("logits")[t]
    assert sequence.target is not None
    right = int(sequence.target[t - 2])
    number = logits[right if right >= 0 else int(logits.argmax())]
    parts = torch.autograd.grad(number, unrolled.own("x"), allow_unused=True, materialize_grads=True)
    return np.array([float(part.norm()) for part in parts])


def test_a_hidden_target_is_not_told_and_later_predictions_are_not_shown(qtbot: Any, tmp_path: Path) -> None:
    with real_panel(ConnectivityPanel, tmp_path, text_source(8)) as (panel, session, _):
        session.go_to(4)
        session.hide_ahead(True)
        assert panel.header.title == f"What the prediction at t = {session.view.step + 1} rests on"
        session.set_option("connectivity.way", "input")
        panel._on_pointed(1)
        assert np.flatnonzero(panel.text.strengths.asked).max() == session.view.step
        panel._on_pointed(7)
        assert panel.text.focus == session.view.step


def test_of_a_long_run_the_row_that_is_looked_at_is_asked_for(
    qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "LONG", 8)
    with real_panel(ConnectivityPanel, tmp_path, text_source(12), dtype="float64") as (panel, session, link):
        session.go_to(9)
        link.run_until_idle()
        before = panel.text.strengths
        panel._on_pointed(5)
        assert panel.text.strengths is before  # what is drawn stays until the answer is there
        link.run_until_idle()
        wanted = by_autograd(session, 5)
        assert panel.text.focus == 5
        np.testing.assert_allclose(panel.text.strengths.shares[:6], wanted[:6] / wanted[:6].max(), atol=1e-9)


def test_the_truth_is_told_on_demand(qtbot: Any, tmp_path: Path) -> None:
    with real_panel(ConnectivityPanel, tmp_path, text_source(8), dtype="float64") as (panel, _, link):
        panel.truth.click()
        link.run_until_idle()
        assert panel.truth.text().startswith("autograd: ")


def test_an_exploding_network_is_drawn_on_a_scale_of_its_own(qtbot: Any, tmp_path: Path) -> None:
    log10 = np.array([400.0, 399.0, -np.inf, np.nan, np.inf])
    found = connections.Connections.of(0, log10, np.ones(5, np.bool_))
    assert found.largest_name == "1.0e400"
    np.testing.assert_allclose(found.shares(logarithmic=False), [1.0, 0.1, 0.0, np.nan, np.inf])
    np.testing.assert_allclose(found.shares(logarithmic=True), [1.0, 0.75, 0.0, np.nan, np.inf])
    assert found.strange == 2
    with real_panel(ConnectivityPanel, tmp_path, wave_source(12)) as (panel, _, _):
        panel.bars.set_bars(found.values, found.asked, found.largest)
        assert inked(panel) > 0.005


def test_only_choices_that_have_room_stand_in_the_header(qtbot: Any, tmp_path: Path) -> None:
    with real_panel(ConnectivityPanel, tmp_path, text_source(8)) as (panel, _, _):
        assert panel.scale.isVisible()
        panel.resize(320, 200)
        assert not panel.scale.isVisible()
        assert not panel.truth.isVisible()
        assert panel.mode.isVisible()


def test_of_a_sure_prediction_it_says_that_slopes_are_small_and_where_the_cause_is_shown(
    qtbot: Any, tmp_path: Path
) -> None:
    with real_panel(ConnectivityPanel, tmp_path, text_source(8), size=(1400, 400)) as (panel, session, link):
        session.go_to(5)
        link.run_until_idle()
        assert "see Causes" not in panel.header.subtitle
        session.set_interventions([Clamp("logits", 30.0, layer=-1, units=(2,))])
        link.run_until_idle()
        session.go_to(5)
        link.run_until_idle()
        assert "p = 1: a sure prediction has small slopes, see Causes" in panel.header.subtitle
