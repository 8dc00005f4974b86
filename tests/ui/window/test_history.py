"""What could be undone when the program was killed can be undone when it starts again, or it is said why not."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from rnnviz.engine.interventions import Clamp
from rnnviz.engine.sequence import TextSource
from rnnviz.ui import history
from rnnviz.ui.autosave import Autosave, Leftover, leftovers
from rnnviz.ui.recoverybar import sentence
from rnnviz.ui.view import Document
from tests.ui.window.conftest import Desk

Shown = tuple[Document | None, tuple[Document | None, ...], str, str]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "autosave"


@pytest.fixture
def worked(desk: Desk, root: Path) -> Desk:
    """A window in which five things were changed, and the last two taken back."""
    desk.window.guard(root)
    session = desk.session
    requests: list[Callable[[], object]] = [
        lambda: session.change_spec(hidden_size=4),
        lambda: session.set_source(TextSource("to be or not", vocabulary=("be", "not", "or", "to"))),
        lambda: session.rivals.add_copy(cell="gru"),
        lambda: session.append("be"),
        lambda: session.set_interventions((Clamp("h", 0.5, units=(1,)),)),
        session.undo,
        session.undo,
    ]
    for request in requests:
        request()
        desk.settle()
    return desk


def killed(desk: Desk) -> Leftover:
    """Keep what is open, and leave it as a program leaves it that is killed."""
    autosave = desk.window.autosave
    assert isinstance(autosave, Autosave)
    autosave.discard()  # a look of its own may have kept it before the test came so far
    autosave.keep()
    autosave.stop()
    autosave._lock.unlock()
    autosave._kept = ()
    (left,) = leftovers(autosave.folder.parent)
    return left


def recover(desk: Desk, left: Leftover) -> None:
    left.release()
    desk.session.undo_stack.clear()
    desk.window.guard(left.folder.parent)
    desk.window.recovery.open_button.click()
    desk.settle()


def seen(desk: Desk) -> Shown:
    stack = desk.session.undo_stack
    others = tuple(view.document for view in desk.view.rivals)
    return desk.view.document, others, stack.undoText(), stack.redoText()


def walk(desk: Desk) -> list[Shown]:
    """What is seen on the way from all that can be undone to all that can be redone, and back to where it began."""
    session = desk.session
    done = session.undo_stack.index()
    moves = [session.undo] * done + [session.redo] * session.undo_stack.count()
    found = [seen(desk)]
    for move in moves + [session.undo] * (session.undo_stack.count() - done):
        move()
        desk.settle()
        found.append(seen(desk))
    return found


def test_what_was_done_and_taken_back_can_be_taken_back_and_done_after_the_program_was_killed(worked: Desk) -> None:
    expected = walk(worked)
    left = killed(worked)
    assert sentence(left).endswith("it was kept as it was then, and its last 3 changes can be undone.")
    recover(worked, left)
    assert worked.window.files.modified
    assert walk(worked) == expected
    assert len({shown[0] for shown in expected if shown[0] is not None}) == 5
    assert {len(shown[1]) for shown in expected} == {0, 1}
    worked.session.undo_stack.setClean()


def test_a_change_after_that_can_be_undone_as_well(worked: Desk) -> None:
    recover(worked, killed(worked))
    before = seen(worked)
    worked.session.change_spec(hidden_size=6)
    worked.settle()
    worked.session.undo()
    worked.settle()
    assert seen(worked)[:3] == before[:3]
    assert worked.session.undo_stack.count() == 4
    worked.session.undo_stack.setClean()


def test_weights_come_back_with_the_documents_that_had_them(desk: Desk, root: Path) -> None:
    desk.window.guard(root)
    document = desk.view.document
    assert document is not None
    got: list[bytes | None] = []
    desk.session.request_weights(got.append)
    desk.settle()
    trained = replace(document, weights=got[0])
    desk.session.set_document(trained)
    desk.settle()
    desk.session.change_spec(hidden_size=4)
    desk.settle()
    assert len(got[0] or b"") > 100
    recover(desk, killed(desk))
    assert desk.view.document != trained
    desk.session.undo()
    desk.settle()
    assert desk.view.document == trained
    desk.session.undo_stack.setClean()


LIMITS = [("MOST_STEPS", 2, 2, 3), ("MOST_BYTES", 1, 0, 0), ("MOST_BYTES", 1800, 1, 1)]


@pytest.mark.parametrize(("limit", "value", "least", "most"), LIMITS)
def test_where_there_is_no_room_the_oldest_steps_are_left_out_and_the_bar_says_so(
    worked: Desk, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, least: int, most: int
) -> None:
    expected = walk(worked)
    monkeypatch.setattr(history, limit, value)
    left = killed(worked)
    assert least <= left.about.undo <= most
    assert left.about.undo + left.about.lost == 3
    assert sentence(left).endswith("cannot be undone: there was no room for them.")
    monkeypatch.undo()
    recover(worked, left)
    assert worked.session.undo_stack.index() == left.about.undo
    for shown in expected[: left.about.undo + 1]:
        assert seen(worked)[:2] == shown[:2]
        worked.session.undo()
        worked.settle()
    worked.session.undo_stack.setClean()


def test_weights_for_which_there_is_no_room_end_what_is_kept(
    desk: Desk, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.window.guard(root)
    desk.session.change_spec(hidden_size=4)
    desk.settle()
    document = desk.view.document
    assert document is not None
    old = (replace(document, weights=os.urandom(5000)), 0)
    desk.session.undo_stack.push(desk.session.change_of("change of network", old, (document, 0)))
    monkeypatch.setattr(history, "MOST_WEIGHTS", 4000)
    left = killed(desk)
    assert (left.about.undo, left.about.lost) == (0, 2)
    assert not list(left.folder.glob("*.weights"))
    assert sentence(left).endswith("as it was then; its changes cannot be undone: there was no room for them.")
    left.release()


def _changed(key: str, value: object) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        return msgspec.json.encode({**msgspec.json.decode(content), key: value})

    return change


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "bytes": lambda content: b"\xff" * 100,
    "nested": lambda content: b"[" * 100_000,
    "cut short": lambda content: content[:-20],
    "a step that is done and is not there": _changed("done", 9),
    "no documents": _changed("documents", []),
    "a field of another program": _changed("run", "rm -rf"),
    "an impossible clamp": lambda content: content.replace(b'"signal":"h"', b'"signal":"q"'),
    "an impossible network": lambda content: content.replace(b'"hidden_size":4', b'"hidden_size":-4'),
    "weights elsewhere": lambda content: content.replace(b'"weights":"none"', b'"weights":"../../none"'),
    "weights that are not there": lambda content: content.replace(b'"none"', b'"' + b"0" * 64 + b'"'),
    "another sequence": lambda content: content.replace(b"to be or not", b"to be or to"),
    "no sequence": lambda content: content.replace(b'"source":{', b'"sauce":{'),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_steps_that_are_damaged_cost_undo_and_not_the_session(worked: Desk, damage: str) -> None:
    left = killed(worked)
    shown = worked.view.document
    file = left.folder / "history.json"
    content = file.read_bytes()
    file.write_bytes(DAMAGE[damage](content))
    assert file.read_bytes() != content
    recover(worked, left)
    assert worked.view.document == shown
    assert worked.session.undo_stack.count() == 0
    assert worked.view.message.startswith("The session is there, but nothing of it can be undone: ")
    assert len(worked.view.message) < 500
    worked.session.undo_stack.setClean()


def test_what_an_older_program_kept_is_opened_without_steps_and_without_a_word(worked: Desk) -> None:
    left = killed(worked)
    about = msgspec.json.decode((left.folder / "about.json").read_bytes())
    (left.folder / "about.json").write_bytes(
        msgspec.json.encode({name: value for name, value in about.items() if name not in ("undo", "lost")})
    )
    (left.folder / "history.json").unlink()
    left.release()
    (older,) = leftovers(left.folder.parent)
    assert sentence(older).endswith("it was kept as it was then.")
    recover(worked, older)
    assert "undone" not in worked.view.message
    worked.session.undo_stack.setClean()
