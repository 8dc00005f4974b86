"""What is not saved is kept while the program runs, offered when it was killed, and gone when it was saved."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PySide6.QtWidgets import QMessageBox

from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.interventions import Clamp
from rnnviz.engine.sequence import TextSource
from rnnviz.ui.autosave import EVERY, MOST_KEPT, About, Autosave, Leftover, leftovers
from rnnviz.ui.recoverybar import sentence
from rnnviz.ui.sessionfile import read_session, saved_session, write_session
from tests.ui.window.conftest import Desk
from tools.killings import MOST_LOST, work_and_kill


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "autosave"


@pytest.fixture
def guarded(desk: Desk, root: Path) -> Desk:
    desk.window.guard(root)
    return desk


def autosave(desk: Desk) -> Autosave:
    assert desk.window.autosave is not None
    return desk.window.autosave


def killed(desk: Desk) -> None:
    """Leave the folder as a program leaves it that is killed: its lock belongs to nobody."""
    autosave(desk).stop()
    autosave(desk)._lock.unlock()
    autosave(desk)._kept = ()


def test_it_is_looked_after_at_least_every_five_seconds(guarded: Desk) -> None:
    assert autosave(guarded)._timer.isActive()
    assert autosave(guarded)._timer.interval() == EVERY
    assert EVERY <= 2500  # a look may come late by as much again


def test_nothing_is_kept_of_what_was_not_changed(guarded: Desk, root: Path) -> None:
    autosave(guarded).keep()
    assert not root.exists()


def test_what_was_changed_is_kept_with_sequence_edits_and_interventions(guarded: Desk, root: Path) -> None:
    guarded.session.change_spec(hidden_size=4)
    guarded.settle()
    guarded.session.set_source(TextSource("to be or not"))
    guarded.settle()
    guarded.session.set_interventions((Clamp("h", 0.5, units=(1,)),))
    guarded.settle()
    guarded.session.go_to(2)
    autosave(guarded).keep()
    killed(guarded)
    (left,) = leftovers(root)
    saved = left.read()
    document = guarded.view.document
    assert document is not None
    assert saved.document == document
    assert saved.position == guarded.view.position
    assert saved.layout == guarded.window.docks.state()
    left.remove()
    assert not list(root.glob("*-*"))


def test_weights_are_kept_once_and_come_back(guarded: Desk, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = os.urandom(5000)
    document = guarded.view.document
    assert document is not None
    guarded.session.change_spec(hidden_size=4)
    guarded.settle()
    changed = guarded.view.document
    assert changed is not None
    guarded.session.apply(document=replace(changed, weights=weights))
    autosave(guarded).keep()
    (file,) = autosave(guarded).folder.glob("*.weights")
    written = file.stat().st_mtime_ns
    guarded.session.apply(document=replace(changed, weights=weights, name="renamed"))
    autosave(guarded).keep()
    assert file.stat().st_mtime_ns == written
    guarded.session.apply(document=replace(changed, weights=weights[::-1]))
    autosave(guarded).keep()
    (other,) = autosave(guarded).folder.glob("*.weights")
    assert other != file
    killed(guarded)
    (left,) = leftovers(root)
    assert left.read().weights == weights[::-1]
    other.write_bytes(b"something else")
    with pytest.raises(RnnvizError, match="weights that were kept are damaged"):
        left.read()
    left.remove()


def test_it_is_written_again_only_when_something_has_changed(guarded: Desk) -> None:
    guarded.session.change_spec(hidden_size=4)
    guarded.settle()
    autosave(guarded).keep()
    about = autosave(guarded).folder / "about.json"
    written = about.stat().st_mtime_ns
    autosave(guarded).keep()
    assert about.stat().st_mtime_ns == written
    guarded.session.go_to(1)
    autosave(guarded).keep()
    assert about.stat().st_mtime_ns > written


def test_what_was_saved_is_kept_no_longer(guarded: Desk, tmp_path: Path) -> None:
    guarded.session.change_spec(hidden_size=4)
    guarded.settle()
    autosave(guarded).keep()
    assert autosave(guarded).folder.exists()
    guarded.window.files.save(tmp_path / "mine.rnnviz")
    guarded.settle()
    autosave(guarded).keep()
    assert not autosave(guarded).folder.exists()


def test_a_window_that_is_closed_leaves_nothing(guarded: Desk, root: Path) -> None:
    guarded.session.change_spec(hidden_size=4)
    guarded.settle()
    autosave(guarded).keep()
    guarded.session.undo_stack.setClean()
    guarded.window.close()
    assert not [path for path in root.iterdir() if path.is_dir()]


def test_where_nothing_can_be_written_it_is_told_once_and_the_window_works(guarded: Desk, root: Path) -> None:
    root.write_text("a file stands where the folder should")
    guarded.session.change_spec(hidden_size=4)
    guarded.settle()
    autosave(guarded).keep()
    assert "cannot be kept for the case of a crash" in guarded.view.message
    guarded.session.show_message("")
    autosave(guarded).keep()
    assert guarded.view.message == ""


def test_a_living_program_is_left_alone(guarded: Desk, root: Path) -> None:
    guarded.session.change_spec(hidden_size=4)
    guarded.settle()
    autosave(guarded).keep()
    assert leftovers(root) == []
    assert autosave(guarded).folder.exists()


# what is left by others


@pytest.fixture
def left(desk: Desk, root: Path) -> Path:
    """A folder that a killed program left, of a session with 3 units that belongs to lecture.rnnviz."""
    return _left(desk, root, "1-a", kept=1_764_590_000.0)


def _left(desk: Desk, root: Path, name: str, kept: float, path: str = "/nowhere/lecture.rnnviz") -> Path:
    folder = root / name
    folder.mkdir(parents=True)
    document = desk.view.document
    assert document is not None
    view = replace(desk.view, document=replace(document, name=f"session {name}"))
    write_session(saved_session(view, None), folder / "session.rnnviz")
    about = About(f"session {name}", path, kept, "none", ())
    (folder / "about.json").write_bytes(msgspec.json.encode(about))
    return folder


def test_what_was_kept_is_offered_with_name_file_and_time_and_not_opened(desk: Desk, left: Path, root: Path) -> None:
    before = desk.view.document
    desk.window.guard(root)
    desk.settle()
    bar = desk.window.recovery
    assert bar.isVisible()
    assert bar.text.startswith("rnnviz ended on 1 December at ")
    assert "‘session 1-a’ (lecture.rnnviz)" in bar.text
    assert desk.view.document is before
    assert left.exists()


def test_it_is_opened_as_something_not_saved_that_belongs_to_its_file(desk: Desk, left: Path, root: Path) -> None:
    desk.window.guard(root)
    desk.window.recovery.open_button.click()
    view = desk.settle()
    assert view.document is not None
    assert view.document.name == "session 1-a"
    assert desk.window.files.path == Path("/nowhere/lecture.rnnviz")
    assert desk.window.files.modified
    assert not desk.window.recovery.isVisible()
    assert not left.exists()
    assert autosave(desk).folder.exists()  # it is kept by this window now
    desk.session.undo_stack.setClean()


def test_it_can_be_discarded_or_left_for_another_start(desk: Desk, left: Path, root: Path) -> None:
    desk.window.guard(root)
    desk.window.recovery.later_button.click()
    assert not desk.window.recovery.isVisible()
    assert left.exists()
    desk.window.recovery.offer(leftovers(root))
    desk.window.recovery.discard_button.click()
    assert not left.exists()
    assert leftovers(root) == []


def test_several_are_offered_one_after_the_other_the_newest_first_and_not_too_many(desk: Desk, root: Path) -> None:
    for number in range(MOST_KEPT + 2):
        _left(desk, root, f"1-{number}", kept=1e9 + number)
    desk.window.guard(root)
    seen = []
    while desk.window.recovery.isVisible():
        seen.append(desk.window.recovery.text.split("‘")[1].split("’")[0])
        desk.window.recovery.discard_button.click()
    assert seen == [f"session 1-{number}" for number in range(MOST_KEPT + 1, 1, -1)]
    assert not [path for path in root.iterdir() if path.is_dir()]


def test_two_windows_that_start_do_not_offer_the_same(desk: Desk, left: Path, root: Path) -> None:
    (first,) = leftovers(root)
    assert leftovers(root) == []
    first.release()
    (again,) = leftovers(root)
    again.release()


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "about.json").unlink(),
        lambda folder: (folder / "about.json").write_bytes(b"{}"),
        lambda folder: (folder / "about.json").write_bytes(b"\xff" * 100),
        lambda folder: (folder / "about.json").write_bytes(b"[" * 100_000),
        lambda folder: (folder / "session.rnnviz").unlink(),
    ],
    ids=["no note", "an empty note", "bytes", "nested", "no session"],
)
def test_what_is_damaged_beyond_use_is_cleared_away(desk: Desk, left: Path, root: Path, damage: Any) -> None:
    damage(left)
    assert leftovers(root) == []
    assert not left.exists()


def test_a_note_cannot_lead_to_other_files(desk: Desk, left: Path, root: Path) -> None:
    note = (left / "about.json").read_bytes().replace(b'"none"', b'"../../secret"')
    (left / "about.json").write_bytes(note)
    assert leftovers(root) == []


def test_a_session_that_cannot_be_read_is_refused_and_stays(desk: Desk, left: Path, root: Path) -> None:
    (left / "session.rnnviz").write_bytes(b"no session")
    desk.window.guard(root)
    before = desk.view.document
    desk.window.recovery.open_button.click()
    view = desk.settle()
    assert view.document is before
    assert "‘session 1-a’ cannot be opened" in view.message
    assert left.exists()


def test_the_sentence_of_a_session_without_a_file_names_none(desk: Desk, root: Path) -> None:
    _left(desk, root, "1-b", kept=1e9, path="")
    (found,) = leftovers(root)
    assert isinstance(found, Leftover)
    assert found.path is None
    assert "(" not in sentence(found)
    found.release()


# the real program, killed


@pytest.mark.skipif(sys.platform == "win32", reason="sends signals as Unix does")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "asked to end"])
def test_a_program_that_is_ended_loses_at_most_five_seconds(
    number: signal.Signals, tmp_path: Path, qapp: object
) -> None:
    lost, words = work_and_kill(tmp_path, 3.5, number)
    assert words > 0
    assert lost <= (1.0 if number == signal.SIGTERM else MOST_LOST)


# a file that others change


@pytest.fixture
def opened(desk: Desk, tmp_path: Path) -> Path:
    path = tmp_path / "lecture.rnnviz"
    desk.window.files.save(path)
    desk.settle()
    desk.session.change_spec(hidden_size=4)
    desk.settle()
    return path


def answer(monkeypatch: pytest.MonkeyPatch, text: str) -> list[str]:
    """Press a button of the next question; return what was asked."""
    asked: list[str] = []

    def clicked(box: QMessageBox) -> Any:
        asked.append(box.text())
        return next(button for button in box.buttons() if button.text().replace("&", "").startswith(text))

    monkeypatch.setattr(QMessageBox, "exec", lambda _self: 0)
    monkeypatch.setattr(QMessageBox, "clickedButton", clicked)
    return asked


def test_a_file_that_was_changed_is_saved_over_only_when_that_is_wanted(
    desk: Desk, opened: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.write_bytes(b"changed by something else")
    asked = answer(monkeypatch, "Cancel")
    desk.window.chores.save()
    desk.settle()
    assert asked == ["lecture.rnnviz was changed by something else since it was opened."]
    assert opened.read_bytes() == b"changed by something else"
    answer(monkeypatch, "Save anyway")
    desk.window.chores.save()
    desk.settle()
    assert read_session(opened).document.spec.hidden_size == 4
    asked = answer(monkeypatch, "Cancel")
    desk.window.chores.save()
    assert asked == []


def test_a_file_that_was_removed_is_noticed(desk: Desk, opened: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened.unlink()
    asked = answer(monkeypatch, "Cancel")
    desk.window.chores.save()
    desk.settle()
    assert asked == ["lecture.rnnviz was removed by something else since it was opened."]
    assert not opened.exists()
    desk.session.undo_stack.setClean()


def test_saving_elsewhere_is_offered(desk: Desk, opened: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    opened.write_bytes(b"x")
    answer(monkeypatch, "Save as")
    elsewhere = tmp_path / "other.rnnviz"
    monkeypatch.setattr("rnnviz.ui.askplace.QFileDialog.getSaveFileName", lambda *_, **__: (str(elsewhere), ""))
    desk.window.chores.save()
    desk.settle()
    assert opened.read_bytes() == b"x"
    assert read_session(elsewhere).document.spec.hidden_size == 4


def test_a_file_that_is_open_in_two_windows_is_told_of(desk: Desk, opened: Path) -> None:
    from rnnviz.ui.openfile import OpenFile

    other = OpenFile(opened)
    assert other.elsewhere == "lecture.rnnviz is open in another window of rnnviz, too: what is saved last stays"
    desk.window.files.close()
    assert OpenFile(opened).elsewhere == ""
    desk.session.undo_stack.setClean()


def test_the_window_says_that_its_file_is_open_elsewhere(desk: Desk, opened: Path, tmp_path: Path) -> None:
    from rnnviz.ui.openfile import OpenFile

    path = tmp_path / "shared.rnnviz"
    path.write_bytes(opened.read_bytes())
    other = OpenFile(path)
    desk.window.files.open(path)
    desk.settle()
    assert "shared.rnnviz is open in another window" in desk.view.message
    other.close()
    desk.session.undo_stack.setClean()
