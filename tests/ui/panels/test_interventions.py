"""The panel of interventions over the real engine: what is clamped and edited is what the network then computes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from rnnviz.engine.interventions import Clamp, Edit, Intervention
from rnnviz.engine.record import NETWORK
from rnnviz.engine.requests import Weights
from rnnviz.engine.sequence import TextSource
from rnnviz.ui.intervening import ends_of
from rnnviz.ui.panels.interventions import HINT, InterventionsPanel
from rnnviz.ui.session import Session
from tests.ui.panels.pictures import make_view
from tests.ui.panels.runs import real_panel

LEFT = Qt.MouseButton.LeftButton
Bench = tuple[Any, Session, Any]
Show = Any


@pytest.fixture
def lstm(qapp: object, tmp_path: Path) -> Iterator[Bench]:
    with real_panel(InterventionsPanel, tmp_path, size=(360, 600), cell="lstm") as bench:
        yield bench


def made(session: Session) -> tuple[Intervention, ...]:
    return session.interventions


def settle(bench: Bench) -> None:
    bench[2].run_until_idle()
    QApplication.processEvents()


def signal(session: Session, name: str, layer: int = 0) -> np.ndarray[Any, Any]:
    trace = session.view.trace
    assert trace is not None
    return np.array(trace.record.signal(name, layer))


def click(menu: QMenu, *path: str) -> None:
    """Choose an entry of a menu, by the beginnings of the titles on the way to it."""
    menu.aboutToShow.emit()
    action = next(one for one in menu.actions() if one.text().startswith(path[0]))
    if len(path) == 1:
        action.trigger()
    else:
        inner = action.menu()
        assert isinstance(inner, QMenu)
        click(inner, *path[1:])


def add(bench: Bench, button: str, *path: str) -> None:
    menu = getattr(bench[0].add_bar, button).menu()
    click(menu, *path)
    settle(bench)


def test_without_interventions_the_panel_says_what_to_do(lstm: Bench) -> None:
    panel, _, _ = lstm
    assert panel.hint.isVisible()
    assert panel.hint.text() == HINT
    assert not panel.foot.isVisible()


def test_a_gate_is_closed_with_two_clicks_and_the_run_follows(lstm: Bench) -> None:
    panel, session, _ = lstm
    before = signal(session, "c")
    add(lstm, "hold", "f", "At 0")
    assert made(session) == (Clamp("f", 0.0),)
    assert not signal(session, "f").any()
    np.testing.assert_allclose(signal(session, "c"), signal(session, "i") * signal(session, "g"), rtol=1e-5, atol=1e-7)
    trace = session.view.trace
    assert trace is not None
    assert trace.original is not None
    np.testing.assert_array_equal(trace.original.signal("c"), before)
    assert panel.cards[0].isVisible()
    assert panel.cards[0].headline.text() == "f = 0.00 forget gate"
    assert not panel.hint.isVisible()


def test_a_unit_is_silenced_at_all_steps(lstm: Bench) -> None:
    panel, session, _ = lstm
    session.pick_unit(2)
    QTest.mouseClick(panel.add_bar.silence, LEFT)
    settle(lstm)
    assert made(session) == (Clamp("h", 0.0, units=(2,)),)
    assert not signal(session, "h")[:, 2].any()
    assert signal(session, "h")[:, 1].any()


def test_a_state_is_edited_from_its_present_value_on_so_that_nothing_jumps(lstm: Bench) -> None:
    _, session, _ = lstm
    session.go_to(4)
    session.pick_unit(1)
    before = signal(session, "c")
    add(lstm, "here", "c of unit 2 at step 5")
    (entry,) = session.interventions
    assert isinstance(entry, Clamp)
    assert (entry.signal, entry.units, entry.first, entry.last) == ("c", (1,), 4, 4)
    assert entry.value == before[4, 1]
    np.testing.assert_array_equal(signal(session, "c"), before)


def test_a_weight_begins_at_its_present_value(lstm: Bench) -> None:
    panel, session, _ = lstm
    session.pick_unit(3)
    before = signal(session, "h")
    add(lstm, "weight", "U_f ")
    (entry,) = session.interventions
    assert isinstance(entry, Edit)
    assert (entry.parameter, entry.row, entry.column) == ("U_f_l0", 3, 0)
    assert entry.value != 0
    np.testing.assert_array_equal(signal(session, "h"), before)
    panel.cards[0].slider.turned.emit(0.9, 0)
    settle(lstm)
    assert not np.array_equal(signal(session, "h"), before)


def test_another_token_is_read_as_if_it_stood_in_the_text(qapp: object, tmp_path: Path) -> None:
    words = ("cat", "mat", "on", "sat", "the")
    texts = [TextSource(text, vocabulary=words) for text in ("the cat sat on the mat", "the mat sat on the mat")]
    states = []
    for index, source in enumerate(texts):
        with real_panel(InterventionsPanel, tmp_path / str(index), source, cell="lstm") as bench:
            session = bench[1]
            if index == 0:
                session.go_to(1)
                add(bench, "here", "Read another token at step 2 than cat", "mat")
                assert len(session.interventions) == 2
            states.append(signal(session, "h"))
    np.testing.assert_array_equal(states[0], states[1])


def test_one_drag_is_one_step_of_undo(lstm: Bench) -> None:
    panel, session, _ = lstm
    add(lstm, "hold", "f", "At 0")
    slider = panel.cards[0].slider
    QTest.mousePress(slider, LEFT, pos=QPoint(20, 8))
    for x in (30, 60, slider.width() // 2):
        QTest.mouseMove(slider, QPoint(x, 8))
        settle(lstm)
    QTest.mouseRelease(slider, LEFT, pos=QPoint(slider.width() // 2, 8))
    settle(lstm)
    value = session.interventions[0].value
    assert 0.4 < value < 0.6
    assert np.all(signal(session, "f") == np.float32(value))
    assert session.undo_stack.count() == 2
    session.undo_stack.undo()
    settle(lstm)
    assert made(session) == (Clamp("f", 0.0),)
    session.undo_stack.undo()
    settle(lstm)
    assert made(session) == ()
    session.undo_stack.redo()
    session.undo_stack.redo()
    settle(lstm)
    assert session.interventions[0].value == value
    assert panel.cards[0].slider.value == value


def test_a_card_switches_its_intervention_off_and_on(lstm: Bench) -> None:
    panel, session, _ = lstm
    before = signal(session, "h")
    add(lstm, "hold", "f", "At 0")
    QTest.mouseClick(panel.cards[0].switch, LEFT)
    settle(lstm)
    assert made(session) == (Clamp("f", 0.0, on=False),)
    np.testing.assert_array_equal(signal(session, "h"), before)
    assert session.view.trace is not None
    assert session.view.trace.original is None
    assert "off" in panel.cards[0].headline.text()
    QTest.mouseClick(panel.cards[0].switch, LEFT)
    settle(lstm)
    assert not signal(session, "f").any()


def test_all_are_switched_off_and_those_that_were_on_come_back(lstm: Bench) -> None:
    panel, session, _ = lstm
    entries = (Clamp("f", 0.0), Clamp("i", 1.0, on=False), Edit("U_f_l0", 0.5, 1, 1))
    session.set_interventions(entries)
    settle(lstm)
    QTest.mouseClick(panel.all, LEFT)
    settle(lstm)
    assert not any(entry.on for entry in session.interventions)
    assert panel.all.text() == "On again"
    QTest.mouseClick(panel.all, LEFT)
    settle(lstm)
    assert made(session) == entries
    QTest.mouseClick(panel.none, LEFT)
    settle(lstm)
    assert made(session) == ()
    assert panel.hint.isVisible()


def test_what_was_switched_off_one_by_one_is_switched_on_whole(lstm: Bench) -> None:
    _, session, _ = lstm
    session.set_interventions([Clamp("f", 0.0, on=False), Clamp("i", 0.0, on=False)])
    settle(lstm)
    session.switch_interventions()
    settle(lstm)
    assert all(entry.on for entry in session.interventions)


def test_with_nothing_to_switch_that_is_said(lstm: Bench) -> None:
    _, session, _ = lstm
    session.switch_interventions()
    assert "there is no intervention to switch" in session.view.message


def test_units_and_steps_are_typed(lstm: Bench) -> None:
    panel, session, _ = lstm
    add(lstm, "hold", "f", "At 0")
    card = panel.cards[0]
    assert card.fields.isVisible()
    for field, text in ((card.first, "1-2, 4"), (card.second, "3-5")):
        field.line.setText(text)
        field.line.editingFinished.emit()
        settle(lstm)
    assert made(session) == (Clamp("f", 0.0, units=(0, 1, 3), first=2, last=4),)
    f = signal(session, "f")
    assert not f[2:5, [0, 1, 3]].any()
    assert f[2:5, 2].all()
    assert f[5:].all()
    card.first.line.setText("1-99")
    card.first.line.editingFinished.emit()
    assert card.error.isVisible()
    assert card.error.text() == "Units are numbered from 1 to 5, and 1-99 is not among them."
    assert card.first.line.text() == "1–2, 4"
    assert made(session) == (Clamp("f", 0.0, units=(0, 1, 3), first=2, last=4),)


def test_what_is_offered_for_units_and_steps_follows_the_cursor(lstm: Bench) -> None:
    panel, session, _ = lstm
    add(lstm, "hold", "f", "At 0")
    session.go_to(3)
    session.pick_unit(2)
    card = panel.cards[0]
    (action,) = [one for one in card.second.fill().actions() if one.text() == "From step 4 on"]
    action.trigger()
    (action,) = [one for one in card.first.fill().actions() if one.text() == "The picked unit 3"]
    action.trigger()
    settle(lstm)
    assert made(session) == (Clamp("f", 0.0, units=(2,), first=3),)


def test_a_value_is_typed_exactly_and_nonsense_is_refused(lstm: Bench) -> None:
    panel, session, _ = lstm
    add(lstm, "hold", "f", "At 0")
    card = panel.cards[0]
    card.exact.setText("0.123456")
    card.exact.editingFinished.emit()
    settle(lstm)
    assert made(session) == (Clamp("f", 0.123456),)
    card.exact.setText("much")
    card.exact.editingFinished.emit()
    assert card.error.text().startswith("A value is a number")
    assert made(session) == (Clamp("f", 0.123456),)


def test_presets_clamp_a_gate_at_its_ends(lstm: Bench) -> None:
    panel, session, _ = lstm
    add(lstm, "hold", "f", "At 0")
    opener = panel.cards[0].presets[1]
    assert opener.text() == "at 1"
    QTest.mouseClick(opener, LEFT)
    settle(lstm)
    assert made(session) == (Clamp("f", 1.0),)


def test_a_card_is_removed(lstm: Bench) -> None:
    panel, session, _ = lstm
    session.set_interventions([Clamp("f", 0.0), Clamp("i", 1.0), Clamp("o", 1.0)])
    settle(lstm)
    QTest.mouseClick(panel.cards[1].remove, LEFT)
    settle(lstm)
    assert made(session) == (Clamp("f", 0.0), Clamp("o", 1.0))
    assert [card.isVisible() for card in panel.cards] == [True, True, False]
    assert panel.cards[1].headline.text() == "o = 1.00 output gate"


def test_the_mark_of_a_slider_is_what_would_have_been(lstm: Bench) -> None:
    panel, session, _ = lstm
    session.go_to(6)
    session.pick_unit(1)
    expected = float(signal(session, "f")[6, 1])
    session.set_interventions([Clamp("f", 0.0, units=(1,))])
    settle(lstm)
    assert panel.cards[0].slider.mark == pytest.approx(expected)


def test_the_mark_of_a_weights_slider_is_what_it_has_been_trained_to(lstm: Bench) -> None:
    panel, session, _ = lstm
    session.want("test", (Weights(),))
    settle(lstm)
    found = session.view.analyses[Weights()]
    names = found.facts["names"]
    assert isinstance(names, tuple)
    weights = {
        name: found.arrays["values"][top:bottom, left:right]
        for name, (top, bottom, left, right) in zip(names, found.arrays["places"], strict=True)
    }
    entries = (Edit("U_f_l0", 5.0, 1, 2), Edit("b_i_l0", -0.5, 0), Edit("W_o_l0", 0.0))
    session.set_interventions(entries)
    settle(lstm)
    expected = [weights["U_f"][1, 2], weights["b_i"][0, 0], weights["W_o"].mean()]
    sliders = [card.slider for card in panel.cards]
    assert [slider.mark for slider in sliders] == pytest.approx(expected)
    sliders[0].turned.emit(0.25, 1)
    settle(lstm)
    assert session.interventions[0] == Edit("U_f_l0", 0.25, 1, 2)
    assert [slider.mark for slider in sliders] == pytest.approx(expected)


def test_the_scale_of_a_weight_reaches_to_its_mark(lstm: Bench) -> None:
    _, session, _ = lstm
    edit = Edit("U_f_l0", 0.25, 1, 2)
    view = session.view
    assert view.trace is not None
    far = replace(view, trace=replace(view.trace, untouched={msgspec.structs.replace(edit, value=0.0): -3.2}))
    assert ends_of(far, edit) == (-5.0, 5.0)
    assert ends_of(view, edit) == (-1.0, 1.0)


@pytest.mark.parametrize(
    ("entry", "ends"),
    [
        (Clamp("f", 0.0), (0.0, 1.0)),
        (Clamp("h", 0.0), (-1.0, 1.0)),
        (Clamp("x", 0.0, NETWORK), (0.0, 1.0)),
        (Edit("U_f_l0", 0.5, 0, 0), (-1.0, 1.0)),
        (Edit("U_f_l0", 3.0, 0, 0), (-5.0, 5.0)),
    ],
    ids=str,
)
def test_the_ends_of_a_slider_are_those_of_the_signal(
    lstm: Bench, entry: Intervention, ends: tuple[float, float]
) -> None:
    panel, session, _ = lstm
    session.set_interventions([entry])
    settle(lstm)
    assert (panel.cards[0].slider.low, panel.cards[0].slider.high) == ends


def test_the_same_place_held_again_gives_way(lstm: Bench) -> None:
    _, session, _ = lstm
    add(lstm, "hold", "f", "At 0")
    add(lstm, "hold", "f", "At 1")
    assert made(session) == (Clamp("f", 1.0),)


def test_what_no_longer_fits_another_network_is_dropped(lstm: Bench) -> None:
    panel, session, _ = lstm
    session.set_interventions([Clamp("f", 0.0), Clamp("h", 0.0, units=(1,))])
    settle(lstm)
    session.change_spec(cell="gru")
    settle(lstm)
    assert made(session) == (Clamp("h", 0.0, units=(1,)),)
    assert [card.isVisible() for card in panel.cards] == [True, False]


def test_more_than_a_session_can_have_is_refused_in_a_sentence(lstm: Bench) -> None:
    _, session, _ = lstm
    session.set_interventions([Clamp("f", 0.0, first=k) for k in range(65)])
    assert session.view.message == "there are 65 interventions, but a session can have 64"
    assert made(session) == ()


def test_all_64_can_be_scrolled_through(lstm: Bench) -> None:
    panel, session, _ = lstm
    session.set_interventions([Clamp("f", 0.0, first=k, last=k) for k in range(12)] * 5)
    settle(lstm)
    assert sum(card.isVisible() for card in panel.cards) == 60
    assert panel.column.verticalScrollBar().maximum() > 0


def test_the_numbers_behind_the_panel_are_those_of_the_list(show: Show) -> None:
    view = make_view(cell="lstm")
    assert view.document is not None
    entries = (Clamp("f", 0.25, units=(1,)), Edit("U_f_l0", 0.5, 1, 2, on=False))
    view = replace(view, document=replace(view.document, interventions=entries))
    panel = show(InterventionsPanel, view, 360, 500)
    data = panel.data(view)
    assert data["set"].tolist() == ["f", "U_f[2, 3]"]
    assert data["value"].tolist() == [0.25, 0.5]
    assert data["on"].tolist() == [True, False]


@pytest.mark.parametrize(("width", "height"), [(290, 84), (290, 500), (300, 200), (420, 900)])
def test_no_card_is_wider_than_the_panel(show: Show, width: int, height: int) -> None:
    view = make_view(cell="lstm", hidden_size=64)
    assert view.document is not None
    units = tuple(range(0, 64, 2))
    entries = (Clamp("f", 0.25, units=units, first=3, last=7), Edit("readout.0.weight", 0.5, 0, 2))
    view = replace(view, document=replace(view.document, interventions=entries), lecture=1.0)
    panel = show(InterventionsPanel, view, width, height)
    assert panel.width() == width
    for card in panel.cards:
        assert card.mapTo(panel, QPoint(card.width(), 0)).x() <= width
