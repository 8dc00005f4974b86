"""Networks beside that of the session: in step, each with the numbers it has alone, undoable, and gone when removed."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent

from rnnviz.engine.messages import LossObjective, ProbeObjective
from rnnviz.engine.record import NETWORK
from rnnviz.engine.sequence import TextSource
from rnnviz.ui.counting import parameter_count
from rnnviz.ui.enginelink import LocalLink
from rnnviz.ui.samples import first_sample
from rnnviz.ui.session import Session
from rnnviz.ui.view import Document, View
from tests.ui.panels.pictures import text_source
from tests.ui.panels.runs import real_session

Pair = tuple[Session, LocalLink]


@pytest.fixture
def pair(qapp: object, tmp_path: Path) -> Iterator[Pair]:
    """A session whose network, an LSTM, has run over twelve words."""
    with real_session(tmp_path / "engine", cell="lstm", hidden_size=6, readout="softmax") as made:
        yield made


@pytest.fixture
def trio(pair: Pair) -> Pair:
    """The same with an RNN and a GRU beside it."""
    session, link = pair
    session.rivals.add_trio()
    link.run_until_idle()
    return pair


def documents(session: Session) -> list[Document]:
    return [view.document for view in session.view.rivals if view.document is not None]


def cells_of(session: Session) -> list[object]:
    return [document.spec.cell for document in documents(session)]


def assert_in_step(session: Session) -> None:
    view = session.view
    for rival in view.rivals:
        assert rival.trace is not None
        assert (rival.position, rival.published) == (view.position, view.published)
        assert (
            rival.gradients is None or view.gradients is None or (rival.gradients.objective == view.gradients.objective)
        )


def assert_same_numbers(found: View, alone: View) -> None:
    """Bit for bit."""
    assert found.trace is not None
    assert alone.trace is not None
    assert found.trace.record.layout == alone.trace.record.layout
    for field in alone.trace.record.signals:
        place = (field.signal, field.layer, field.direction)
        np.testing.assert_array_equal(found.trace.record.signal(*place), alone.trace.record.signal(*place))
    assert found.gradients is not None
    assert alone.gradients is not None
    assert found.gradients.objective == alone.gradients.objective
    np.testing.assert_array_equal(found.gradients.norms, alone.gradients.norms)
    assert found.gradients.value == alone.gradients.value


def test_rnn_and_gru_come_beside_an_lstm(trio: Pair) -> None:
    session, _ = trio
    assert cells_of(session) == ["rnn", "gru"]
    assert_in_step(session)


def test_every_network_has_the_numbers_that_it_has_alone(trio: Pair, tmp_path: Path) -> None:
    session, _ = trio
    for view in session.view.rivals:
        assert view.document is not None
        with real_session(tmp_path / "alone", cell=view.document.spec.cell, hidden_size=6, readout="softmax") as other:
            assert_same_numbers(view, other[0].view)


def test_steps_forward_and_back_are_taken_together(trio: Pair) -> None:
    session, link = trio
    for request in (session.go_to_start, lambda: session.step(3), lambda: session.step(-1), session.go_to_end):
        request()
        link.run_until_idle()
        assert_in_step(session)
    assert session.view.position == 12


def test_a_run_from_the_start_is_made_step_by_step_by_all(trio: Pair) -> None:
    session, link = trio
    session.restart_run()
    link.run_until_idle()
    assert session.view.published == 0
    assert_in_step(session)
    for step in range(4):
        session.step(1)
        link.run_until_idle()
        assert session.view.published == step + 1
        assert_in_step(session)
    session.run_all()
    link.run_until_idle()
    assert session.view.published == 12
    assert_in_step(session)


def test_nothing_is_drawn_out_of_step(trio: Pair) -> None:
    """Whatever listeners are told of a cursor that moves, all networks stand where the session does."""
    session, _ = trio
    told: list[View] = []
    session.changed.connect(lambda view, old: told.append(view))
    session.go_to(4)
    session.hide_ahead(True)
    session.step(2)
    assert len(told) == 3
    for view in told:
        assert {rival.position for rival in view.rivals} == {view.position}
        assert {rival.ahead_hidden for rival in view.rivals} == {view.ahead_hidden}


def test_all_follow_to_another_sequence_and_what_is_appended(trio: Pair) -> None:
    session, link = trio
    session.set_source(text_source(7))
    link.run_until_idle()
    assert [document.source for document in documents(session)] == [session.view.document.source] * 2  # type: ignore[union-attr]
    assert_in_step(session)
    session.append("mat")
    link.run_until_idle()
    assert session.view.trace is not None
    assert session.view.trace.steps == 8
    assert_in_step(session)


def test_scope_probe_and_topology_are_those_of_the_session(trio: Pair) -> None:
    session, link = trio
    session.go_to(7)
    session.set_scope("at")
    link.run_until_idle()
    assert [view.gradients.objective for view in session.view.rivals if view.gradients] == [LossObjective("at", 7)] * 2
    probe = ProbeObjective("output", 2, 5)
    session.set_probe(probe)
    link.run_until_idle()
    assert [view.gradients.objective for view in session.view.rivals if view.gradients] == [probe] * 2
    session.set_probe(None)
    session.change_spec(topology="many-to-one")
    link.run_until_idle()
    assert [document.spec.topology for document in documents(session)] == ["many-to-one"] * 2
    assert_in_step(session)


def test_a_probe_of_a_unit_that_another_network_has_not_stays_with_the_session(trio: Pair) -> None:
    session, link = trio
    session.set_probe(ProbeObjective("c", 0, 5, 0))
    link.run_until_idle()
    assert session.view.probe is not None
    assert [view.probe for view in session.view.rivals] == [None, None]
    assert session.view.message_kind == "info"


def test_changes_are_undone_and_redone(pair: Pair) -> None:
    session, link = pair
    session.rivals.add_copy(cell="gru")
    session.rivals.add_copy(seed=5)
    link.run_until_idle()
    session.rivals.change(0, hidden_size=9)
    session.rivals.remove(1)
    link.run_until_idle()
    assert [document.spec.hidden_size for document in documents(session)] == [9]
    counts = []
    while session.undo_stack.canUndo():
        session.undo_stack.undo()
        link.run_until_idle()
        counts.append(len(session.view.rivals))
    assert counts == [2, 2, 1, 0]
    for _ in counts:
        session.undo_stack.redo()
        link.run_until_idle()
    assert [document.spec.hidden_size for document in documents(session)] == [9]
    assert_in_step(session)


def test_equal_parameters_are_as_equal_as_can_be(trio: Pair) -> None:
    session, link = trio
    session.rivals.equal_parameters()
    link.run_until_idle()
    assert session.view.document is not None
    assert session.view.trace is not None
    wanted = sum(part.count for part in session.view.trace.parts)
    assert wanted == parameter_count(session.view.document.spec)
    for view in session.view.rivals:
        assert view.document is not None
        assert view.trace is not None
        true = sum(part.count for part in view.trace.parts)
        units = view.document.spec.units_of(0)
        for other in (units - 1, units + 1):
            assert abs(true - wanted) <= abs(parameter_count(view.document.spec.replace(hidden_size=other)) - wanted)
    session.rivals.equal_size()
    link.run_until_idle()
    assert [document.spec.hidden_size for document in documents(session)] == [6, 6]


def test_one_network_reads_two_sequences(pair: Pair) -> None:
    session, link = pair
    source = session.view.document.source  # type: ignore[union-attr]
    assert isinstance(source, TextSource)
    words = tuple(dict.fromkeys(source.text.split()))
    session.set_source(TextSource(source.text, vocabulary=tuple(sorted(words))))
    link.run_until_idle()
    main = session.view.document
    assert main is not None
    session.rivals.add_sequence(TextSource("the mat sat on a cat", vocabulary=tuple(sorted(words))))
    link.run_until_idle()
    (view,) = session.view.rivals
    assert view.document is not None
    assert view.trace is not None
    assert view.document.spec == main.spec
    assert view.trace.steps == 6
    assert view.published == 6
    session.go_to(3)
    assert view is not session.view.rivals[0]
    assert session.view.rivals[0].step == 3
    session.set_source(TextSource("a cat", vocabulary=tuple(sorted(words))))
    link.run_until_idle()
    assert session.view.rivals[0].document.source == view.document.source  # type: ignore[union-attr]


def test_another_sequence_that_would_need_another_network_is_refused(pair: Pair) -> None:
    session, _ = pair
    session.rivals.add_sequence(TextSource("something else entirely"))
    assert session.view.message_kind == "error"
    assert "same network" in session.view.message
    assert session.view.rivals == ()


def test_what_is_impossible_is_said_and_changes_nothing(trio: Pair) -> None:
    session, _ = trio
    before = session.view.rivals
    session.rivals.change(0, hidden_size=0)
    assert "hidden_size" in session.view.message
    session.rivals.add_copy(seed=1)
    session.rivals.add_copy(seed=2)
    assert "at most 4" in session.view.message
    assert session.view.rivals[:2] == before


def test_a_restarted_engine_brings_all_back(trio: Pair) -> None:
    session, link = trio
    session.go_to(6)
    link.run_until_idle()
    before = [np.array(view.trace.record.signal("h", 0)) for view in session.view.rivals if view.trace]
    traces = [view.trace for view in session.view.rivals]
    link.restart("the tests ask for it")
    link.run_until_idle()
    assert_in_step(session)
    assert session.view.step == 6
    for view, trace, states in zip(session.view.rivals, traces, before, strict=True):
        assert view.trace is not None
        assert view.trace is not trace
        np.testing.assert_array_equal(view.trace.record.signal("h", 0), states)


def test_a_network_that_is_removed_leaves_neither_memory_nor_files(trio: Pair) -> None:
    session, link = trio
    assert link.directory is not None
    traces = [weakref.ref(view.trace) for view in session.view.rivals]
    assert any(link.directory.rglob("slot-*/*"))
    session.rivals.clear()
    session.undo_stack.clear()
    link.run_until_idle()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
    assert not any(link.directory.rglob("slot-*/*"))
    assert [trace() for trace in traces] == [None, None]
    session.step(-1)
    assert session.view.rivals == ()


def test_the_time_per_step_is_in_the_view(trio: Pair) -> None:
    session, _ = trio
    assert all(view.per_step and view.per_step < 1 for view in (session.view, *session.view.rivals))


def test_networks_of_one_and_of_two_directions_keep_in_step(pair: Pair) -> None:
    session, link = pair
    session.rivals.add_copy(bidirectional=True)
    link.run_until_idle()
    session.go_to(5)
    link.run_until_idle()
    (view,) = session.view.rivals
    assert view.step == 5
    assert view.trace is not None
    assert view.published == view.trace.schedule.positions
    assert view.trace.reached(view.position, NETWORK, "forward").stop >= 6


def test_beside_a_trained_sample_stand_the_samples_that_were_trained_alike(pair: Pair) -> None:
    session, link = pair
    saved = first_sample()
    session.open_document(saved.document)
    link.run_until_idle()
    session.rivals.add_trio()
    link.run_until_idle()
    assert cells_of(session) == ["rnn", "gru"]
    assert all(document.weights for document in documents(session))
    step = 22  # the word before the last is where the ending is predicted
    session.go_to(step)
    for view in (session.view, *session.view.rivals):
        assert view.trace is not None
        assert view.trace.sequence.target_classes is not None
        output = view.trace.record.signal("output", NETWORK)[step]
        assert int(output.argmax()) == view.trace.sequence.target_classes[step]


def test_an_lstm_beside_an_untrained_rnn_starts_with_open_forget_gates(pair: Pair) -> None:
    session, link = pair
    session.change_spec(cell="rnn")
    session.rivals.add_trio()
    link.run_until_idle()
    assert [(document.spec.cell, document.spec.forget_bias) for document in documents(session)] == [
        ("lstm", 1.0),
        ("gru", None),
    ]


def test_weights_that_belong_to_other_words_are_left_out_and_that_is_said(pair: Pair) -> None:
    session, link = pair
    session.rivals.add_document(first_sample().document)
    link.run_until_idle()
    (document,) = documents(session)
    assert document.weights is None
    assert "fresh weights" in session.view.message
    session.rivals.put_document(0, first_sample().document)
    link.run_until_idle()
    assert_in_step(session)
