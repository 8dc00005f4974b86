"""Interventions in the session: undone step by step, saved, and refused in a sentence where they cannot be."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnviz.engine.errors import SessionFileError
from rnnviz.engine.interventions import Clamp, Edit, Intervention
from rnnviz.engine.messages import Open
from rnnviz.ui.session import Session
from rnnviz.ui.sessionfile import read_session, saved_session, write_session
from tests.ui.panels.runs import real_session
from tests.ui.session.conftest import Bench

ENTRIES: tuple[Intervention, ...] = (
    Clamp("f", 0.25, units=(0, 2), first=3, last=5),
    Clamp("x", 0.0, -1, units=(1,), first=2, last=2),
    Edit("U_f_l0", 0.5, 1, 2, on=False),
)


def states(session: Session) -> np.ndarray[tuple[int, ...], np.dtype[np.floating]]:
    assert session.view.trace is not None
    return session.view.trace.record.signal("h").copy()


def test_cursor_and_run_stay(opened: Bench) -> None:
    opened.session.go_to_position(4)
    opened.session.set_interventions([Clamp("h", 0.5)])
    view = opened.settle()
    assert (view.position, view.published) == (4, 9)
    assert opened.session.interventions == (Clamp("h", 0.5),)


def test_of_many_values_in_a_row_the_last_is_shown_and_few_are_run(opened: Bench) -> None:
    before = opened.sent(Open)
    for value in np.linspace(0.0, 1.0, 50):
        opened.session.set_interventions([Clamp("h", float(value))], gesture=1)
    view = opened.settle()
    assert view.document is not None
    assert view.document.interventions == (Clamp("h", 1.0),)
    assert opened.sent(Open) - before == 2


def test_one_drag_is_one_step_of_undo_and_each_click_is_one_too(opened: Bench) -> None:
    for gesture, values in ((1, (0.1, 0.2, 0.3)), (2, (0.4, 0.5)), (0, (0.6,)), (0, (0.7,))):
        for value in values:
            opened.session.set_interventions([Clamp("h", value)], gesture=gesture)
            opened.settle()
    stack = opened.session.undo_stack
    assert (stack.count(), stack.undoText()) == (4, "intervention")
    for expected in (0.6, 0.5, 0.3):
        stack.undo()
        opened.settle()
        assert opened.session.interventions == (Clamp("h", expected),)
    stack.undo()
    opened.settle()
    assert opened.session.interventions == ()


def test_switching_off_and_on_is_remembered_for_the_very_list(opened: Bench) -> None:
    entries = (Clamp("h", 0.5), Clamp("h", 0.1, units=(1,), on=False))
    opened.session.set_interventions(entries)
    opened.settle()
    opened.session.switch_interventions()
    opened.session.switch_interventions()
    opened.settle()
    assert opened.session.interventions == entries
    opened.session.switch_interventions()
    opened.settle()
    opened.session.set_interventions([*opened.session.interventions, Clamp("h", 0.9, units=(2,), on=False)])
    opened.settle()
    opened.session.switch_interventions()
    opened.settle()
    assert all(entry.on for entry in opened.session.interventions)


def test_what_another_network_cannot_have_is_left_out_told_and_brought_back_by_undo(tmp_path: Path) -> None:
    with real_session(tmp_path, cell="lstm") as (session, link):
        session.set_interventions(ENTRIES)
        link.run_until_idle()
        session.change_spec(cell="gru")
        link.run_until_idle()
        assert session.interventions == (ENTRIES[1],)
        assert session.view.message.startswith("2 interventions are left out")
        session.undo_stack.undo()
        link.run_until_idle()
        assert session.interventions == ENTRIES


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (Clamp("f", 0.0), "the signal 'f' of layer 1 is to be clamped, but there are"),
        (Clamp("h", float("nan")), "a value is to be set to nan, but it must be a number"),
        (Clamp("h", 0.0, units=(99,)), "unit 100 of h is to be clamped, but there are"),
        (Clamp("h", 0.0, 4), "layer 5, forward, but the network has none such"),
        (Edit("V_l0", 0.0), "the parameter 'V_l0' is to be set, but the network has none such"),
    ],
    ids=str,
)
def test_what_the_network_cannot_have_is_refused_at_once(opened: Bench, entry: Intervention, words: str) -> None:
    before = opened.sent(Open)
    opened.session.set_interventions([entry])
    view = opened.settle()
    assert words in view.message
    assert view.message_kind == "error"
    assert (opened.sent(Open), opened.session.interventions) == (before, ())


def test_a_session_comes_back_from_its_file_with_its_interventions_and_the_weights_as_trained(
    qapp: object, tmp_path: Path
) -> None:
    weights: list[Any] = []
    with real_session(tmp_path / "engine", cell="lstm") as (session, link):
        session.request_weights(weights.append)
        trained = states(session)
        session.set_interventions([*ENTRIES[:2], Edit("U_f_l0", 0.5, 1, 2)])
        link.run_until_idle()
        session.request_weights(weights.append)
        link.run_until_idle()
        turned = states(session)
        write_session(saved_session(session.view, weights[1]), tmp_path / "turned.rnnviz")
        assert weights[0] == weights[1]
        saved = read_session(tmp_path / "turned.rnnviz")
        assert saved.document.interventions == session.interventions
        session.set_interventions([])
        link.run_until_idle()
        np.testing.assert_array_equal(states(session), trained)
        session.open_document(saved.document, fields=saved.fields())
        link.run_until_idle()
        np.testing.assert_array_equal(states(session), turned)
        session.switch_interventions()
        link.run_until_idle()
        np.testing.assert_array_equal(states(session), trained)


def edited(path: Path, interventions: object) -> None:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members["manifest.json"])
    manifest["interventions"] = interventions
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", json.dumps(manifest))


@pytest.fixture
def file(opened: Bench, tmp_path: Path) -> Path:
    path = tmp_path / "hamlet.rnnviz"
    write_session(saved_session(opened.view, None), path)
    return path


CLAMP = {"type": "clamp", "signal": "h", "value": 0.5}


@pytest.mark.parametrize(
    ("interventions", "place"),
    [
        ([{**CLAMP, "signal": "f" * 1000}], "is to be clamped, but there are"),
        ([{**CLAMP, "units": [99]}], "unit 100 of h is to be clamped"),
        ([{**CLAMP, "units": [-1]}], r"\$\.interventions\[0\]\.units\[0\]"),
        ([{**CLAMP, "units": []}], "clamped in no unit"),
        ([{**CLAMP, "value": 1e300}], r"1e\+300"),
        ([{**CLAMP, "value": "open"}], r"\$\.interventions\[0\]\.value"),
        ([{**CLAMP, "first": 5, "last": 2}], "from step 6 to step 3"),
        ([{**CLAMP, "layer": 7}], "layer 8"),
        ([{**CLAMP, "surprise": 1}], "surprise"),
        ([{"type": "edit", "parameter": "V" * 1000, "value": 0.0}], "is to be set, but the network has none such"),
        ([{"type": "magic"}], "magic"),
        ([CLAMP] * 10_000, "a session can have 64|length"),
        ("much", r"\$\.interventions"),
        ({"f": 0}, r"\$\.interventions"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_interventions_edited_into_nonsense_are_refused_with_the_place(
    file: Path, interventions: object, place: str
) -> None:
    edited(file, interventions)
    with pytest.raises(SessionFileError, match=place) as refusal:
        read_session(file)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 400


def test_a_list_that_can_be_is_read(file: Path) -> None:
    edited(file, [CLAMP])
    assert read_session(file).document.interventions == (Clamp("h", 0.5),)
