"""The knob on the recurrent matrices: a change of the document that follows the hand, and is undone in one step."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnviz.engine.errors import SessionFileError
from rnnviz.engine.messages import Differentiate, Open, ProbeObjective, Scaling
from rnnviz.engine.requests import Spectra
from rnnviz.engine.spec import NetworkSpec
from rnnviz.ui.resolve import fitting_scaling
from rnnviz.ui.session import Session
from rnnviz.ui.sessionfile import read_session, saved_session, write_session
from tests.ui.panels.runs import real_session
from tests.ui.session.conftest import Bench


def scaling_of(session: Session) -> Scaling | None:
    assert session.view.document is not None
    return session.view.document.scaling


def test_cursor_and_run_stay(opened: Bench) -> None:
    opened.session.go_to_position(4)
    opened.session.set_scaling(Scaling(1.2))
    view = opened.settle()
    assert (view.position, view.published) == (4, 9)
    assert scaling_of(opened.session) == Scaling(1.2)


def test_of_many_values_in_a_row_the_last_is_shown_and_few_are_run(opened: Bench) -> None:
    before = opened.sent(Open)
    for value in np.linspace(0.5, 1.5, 50):
        opened.session.set_scaling(Scaling(float(value)), gesture=1)
        assert opened.session.scaling == Scaling(float(value))
    opened.settle()
    assert scaling_of(opened.session) == Scaling(1.5)
    assert opened.sent(Open) - before == 2


def test_a_value_waits_until_gradients_and_answers_have_followed_the_one_before(opened: Bench) -> None:
    seen: list[tuple[Scaling | None, bool, bool]] = []
    opened.session.want("panel", [Spectra()])
    before = opened.settle().gradients

    def note(view: Any, old: Any) -> None:
        if view.document.scaling != old.document.scaling and old.document.scaling is not None:
            answer = old.analyses.get(Spectra())
            current = answer is not None and old.current(answer)
            seen.append((old.document.scaling, current, old.gradients is not before))

    opened.session.changed.connect(note)
    opened.session.set_scaling(Scaling(0.9), gesture=1)
    opened.session.set_scaling(Scaling(1.1), gesture=1)
    opened.settle()
    assert seen == [(Scaling(0.9), True, True)]


def test_one_drag_is_one_step_of_undo_and_two_are_two(opened: Bench) -> None:
    for gesture, values in ((1, (0.9, 0.8, 0.7)), (2, (0.8, 1.2))):
        for value in values:
            opened.session.set_scaling(Scaling(value), gesture=gesture)
            opened.settle()
    stack = opened.session.undo_stack
    assert (stack.count(), stack.undoText()) == (2, "scaling of the recurrent matrices")
    stack.undo()
    opened.settle()
    assert scaling_of(opened.session) == Scaling(0.7)
    stack.undo()
    opened.settle()
    assert scaling_of(opened.session) is None
    stack.redo()
    opened.settle()
    assert scaling_of(opened.session) == Scaling(0.7)


def test_a_drag_that_ends_where_it_began_leaves_nothing_to_undo(opened: Bench) -> None:
    opened.session.set_scaling(Scaling(1.0))
    opened.settle()
    for value in (1.1, 1.3, 1.0):
        opened.session.set_scaling(Scaling(value), gesture=5)
        opened.settle()
    assert opened.session.undo_stack.count() == 1


def test_changes_without_a_gesture_stand_alone(opened: Bench) -> None:
    for value in (0.9, 0.8):
        opened.session.set_scaling(Scaling(value))
        opened.settle()
    assert opened.session.undo_stack.count() == 2


def test_gradients_stay_on_the_screen_and_are_computed_anew(opened: Bench) -> None:
    before, asked = opened.view.gradients, opened.sent(Differentiate)
    opened.told.clear()
    for value in (0.9, 1.1):
        opened.session.set_scaling(Scaling(value), gesture=1)
        opened.settle()
    assert all(new.gradients is not None for new, _ in opened.told)
    assert opened.view.gradients is not before
    assert opened.sent(Differentiate) == asked + 2


def test_a_probe_stays(opened: Bench) -> None:
    probe = ProbeObjective("h", 1, 2, 0)
    opened.session.set_probe(probe)
    opened.session.set_scaling(Scaling(1.1))
    assert opened.settle().probe == probe


def test_no_one_is_told_that_the_engine_is_busy_while_the_knob_is_turned(opened: Bench) -> None:
    states = set()
    opened.session.changed.connect(lambda view, old: states.add(view.engine))
    for value in np.linspace(0.5, 1.5, 20):
        opened.session.set_scaling(Scaling(float(value)), gesture=1)
        opened.settle()
    assert states == {"ready"}


@pytest.mark.parametrize(
    ("scaling", "words"),
    [
        (Scaling(1e9), r"scaled to 1e\+09, but they can be scaled to numbers from 0 to 100"),
        (Scaling(float("nan")), "scaled to nan"),
        (Scaling(1.0, "radius", ("3:forward:U",)), "'3:forward:U' is to be scaled, but there is none such"),
    ],
)
def test_a_scaling_that_no_session_could_hold_is_refused_at_once(opened: Bench, scaling: Scaling, words: str) -> None:
    before = opened.sent(Open)
    opened.session.set_scaling(scaling)
    assert re.search(words, opened.settle().message)
    assert (opened.sent(Open), opened.session.scaling) == (before, None)


def test_another_change_takes_the_scaling_with_it(opened: Bench) -> None:
    opened.session.set_scaling(Scaling(1.1))
    opened.session.set_scaling(Scaling(1.2))
    opened.session.change_spec(seed=3)
    view = opened.settle()
    assert view.document is not None
    assert (view.document.spec.seed, view.document.scaling) == (3, Scaling(1.2))


def test_another_document_forgets_a_value_that_waits(opened: Bench) -> None:
    document = opened.view.document
    assert document is not None
    opened.session.set_scaling(Scaling(1.1), gesture=1)
    opened.session.set_scaling(Scaling(1.2), gesture=1)
    opened.session.open_document(document)
    opened.settle()
    assert scaling_of(opened.session) is None


def test_what_is_no_longer_there_is_no_longer_scaled() -> None:
    lstm, rnn = NetworkSpec(cell="lstm", output_size=1), NetworkSpec(cell="rnn", output_size=1)
    assert fitting_scaling(Scaling(1.1), rnn) == Scaling(1.1)
    assert fitting_scaling(Scaling(1.1, "radius", ("0:forward:U_f",)), rnn) is None
    both = Scaling(1.1, "radius", ("0:forward:U_f", "1:forward:U_f"))
    assert fitting_scaling(both, lstm) == Scaling(1.1, "radius", ("0:forward:U_f",))
    assert fitting_scaling(Scaling(1.1), lstm.replace(cell="feedforward")) is None


def test_a_matrix_of_zeros_is_told_in_a_sentence_and_what_was_open_stays(qapp: object, tmp_path: Path) -> None:
    with real_session(tmp_path, cell="rnn", initialisation="zeros") as (session, link):
        before = session.view.trace
        session.set_scaling(Scaling(1.1), gesture=1)
        session.set_scaling(Scaling(1.2), gesture=1)
        link.run_until_idle()
        assert session.view.trace is before
        assert (session.scaling, session.turning.next) == (None, None)
        assert session.view.message == "U of layer 1 has the spectral radius 0 and cannot be scaled to another"
        assert session.view.message_kind == "error"


def test_a_scaled_session_comes_back_from_its_file_with_the_weights_as_trained(qapp: object, tmp_path: Path) -> None:
    scaling = Scaling(1.3, "singular", ("0:forward:U_f", "0:forward:U_g"))
    weights: list[Any] = []
    with real_session(tmp_path / "engine", cell="lstm") as (session, link):
        session.request_weights(weights.append)
        session.set_scaling(scaling)
        link.run_until_idle()
        session.request_weights(weights.append)
        link.run_until_idle()
        view = session.view
        assert view.trace is not None
        states = view.trace.values("h", view.published).copy()
        write_session(saved_session(view, weights[1]), tmp_path / "scaled.rnnviz")
        assert weights[0] == weights[1]
        session.set_scaling(None)
        link.run_until_idle()
        saved = read_session(tmp_path / "scaled.rnnviz")
        session.open_document(saved.document, fields=saved.fields())
        link.run_until_idle()
        view = session.view
        assert view.trace is not None
        assert scaling_of(session) == scaling
        np.testing.assert_array_equal(view.trace.values("h", view.published), states)


def edited(path: Path, scaling: object) -> None:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members["manifest.json"])
    if scaling == "none at all":
        del manifest["scaling"]
    else:
        manifest["scaling"] = scaling
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", json.dumps(manifest))


@pytest.fixture
def file(opened: Bench, tmp_path: Path) -> Path:
    path = tmp_path / "hamlet.rnnviz"
    write_session(saved_session(opened.view, None), path)
    return path


def test_a_file_from_before_there_was_a_scaling_opens(file: Path) -> None:
    edited(file, "none at all")
    assert read_session(file).document.scaling is None


@pytest.mark.parametrize(
    ("scaling", "place"),
    [
        ({"value": -1.0}, r"scaled to -1, but they can be scaled to numbers from 0 to 100"),
        ({"value": 1e300}, r"scaled to 1e\+300"),
        ({"value": "much"}, r"\$\.scaling\.value"),
        ({}, r"\$\.scaling"),
        ({"value": 1.0, "by": "feeling"}, r"\$\.scaling\.by"),
        ({"value": 1.0, "blocks": ["0:forward:W"]}, "matrix '0:forward:W' is to be scaled, but there is none such"),
        ({"value": 1.0, "blocks": ["9" * 1000]}, "is to be scaled, but there is none such"),
        ({"value": 1.0, "surprise": 1}, "surprise"),
    ],
)
def test_a_scaling_edited_into_nonsense_is_refused_with_the_place(file: Path, scaling: object, place: str) -> None:
    edited(file, scaling)
    with pytest.raises(SessionFileError, match=place) as refusal:
        read_session(file)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 400
