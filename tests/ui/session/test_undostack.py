"""What can be undone has a limit: in changes, and in the memory that they hold."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject

from rnnviz.ui.contenders import Rival, RivalsChange
from rnnviz.ui.opening import DocumentChange
from rnnviz.ui.undostack import MOST_CHANGES, UndoStack
from rnnviz.ui.view import Document
from tests.ui.session.conftest import Bench
from tests.ui.small_engine import document

LARGE = 1000
"""Bytes of the weights of a document, beside which all else is small."""


@pytest.fixture
def owner(qapp: object) -> Iterator[QObject]:
    owner = QObject()
    yield owner
    owner.deleteLater()


class Desk:
    """A history, and the number of the document to which it went last."""

    def __init__(self, owner: QObject, room: int) -> None:
        self.history = UndoStack(owner, room * (LARGE + 100))
        self.documents = [self._document(0)]
        self.shown = 0

    def change(self, *, gesture: int = 0, weights: bytes | None = None) -> None:
        """Put another document in the place of the one shown."""
        self.documents.append(self._document(len(self.documents), weights))
        old, new = self.documents[self.shown], self.documents[-1]
        self.history.push(DocumentChange("change", self._go, (old, 0), (new, 0), gesture))
        self.shown = len(self.documents) - 1

    def way_back(self) -> list[int]:
        """Undo all that can be undone; which documents came."""
        found = []
        while self.history.canUndo():
            self.history.undo()
            found.append(self.shown)
        return found

    def _document(self, number: int, weights: bytes | None = None) -> Document:
        made = document(seed=number)
        return Document(made.name, made.spec, made.source, weights or bytes([number]) * LARGE)

    def _go(self, document: Document, position: int) -> None:
        self.shown = next(place for place, made in enumerate(self.documents) if made is document)


def test_a_hundred_changes_can_be_undone_and_no_more(bench: Bench) -> None:
    of_others = {id(thing): thing for thing in gc.get_objects() if isinstance(thing, DocumentChange)}
    bench.session.open_document(document())
    bench.settle()
    for seed in range(100, 100 + MOST_CHANGES + 20):
        bench.session.change_spec(seed=seed)
        bench.settle()
    stack = bench.session.undo_stack
    assert stack.count() == stack.index() == MOST_CHANGES == 100
    gc.collect()
    kept = [thing for thing in gc.get_objects() if isinstance(thing, DocumentChange) and id(thing) not in of_others]
    assert len(kept) == MOST_CHANGES
    del kept
    for _ in range(MOST_CHANGES):
        stack.undo()
        bench.settle()
    assert not stack.canUndo()
    assert bench.view.document is not None
    assert bench.view.document.spec.seed == 119


def test_the_oldest_changes_go_when_all_hold_too_much(owner: QObject) -> None:
    desk = Desk(owner, room=5)
    for _ in range(9):
        desk.change()
    assert desk.way_back() == [8, 7, 6, 5]  # with 9, those five are what there is room for
    for _ in range(4):
        desk.history.redo()
    assert desk.shown == 9


def test_what_documents_share_counts_once(owner: QObject) -> None:
    desk, shared = Desk(owner, room=3), bytes(LARGE)
    for _ in range(20):
        desk.change(weights=shared)
    assert len(desk.way_back()) == 20


def test_a_change_that_holds_too_much_alone_can_be_undone_all_the_same(owner: QObject) -> None:
    desk = Desk(owner, room=1)
    desk.change()
    desk.change()
    assert desk.way_back() == [1]


@pytest.mark.parametrize(("saved_at", "clean"), [(2, None), (5, 0), (7, 2), (8, 3), (9, 4)])
def test_what_is_saved_stays_known_where_its_change_stays(owner: QObject, saved_at: int, clean: int | None) -> None:
    desk = Desk(owner, room=5)
    for number in range(1, 10):
        desk.change()
        if number == saved_at:
            desk.history.setClean()
    history = desk.history
    assert history.count() == 4
    assert history.isClean() == (clean == 4)
    found = [4] if history.isClean() else []
    while history.canUndo():
        history.undo()
        found += [history.index()] if history.isClean() else []
    assert found == ([] if clean is None else [clean])


def test_a_gesture_stays_one_change_and_others_stay_apart_when_the_oldest_go(owner: QObject) -> None:
    desk = Desk(owner, room=5)
    for gesture in (0, 0, 0, 7, 7, 7, 8, 0):
        desk.change(gesture=gesture)
    assert desk.way_back() == [7, 6, 3, 2]


def test_listeners_hear_that_the_oldest_went(owner: QObject) -> None:
    desk = Desk(owner, room=2)
    told: list[object] = []
    desk.history.indexChanged.connect(told.append)
    desk.history.cleanChanged.connect(told.append)
    desk.change()
    desk.change()
    told.clear()
    desk.change()
    assert told[-2:] == [1, False]
    assert desk.history.undoText() == "change"


def test_networks_that_are_compared_are_not_put_there_again_when_the_oldest_changes_go(owner: QObject) -> None:
    became: list[int] = []
    history = UndoStack(owner, 3 * (LARGE + 100))
    rivals: tuple[Rival, ...] = ()
    for number in range(6):
        made = document(seed=number)
        new = (Rival(number, Document(made.name, made.spec, made.source, bytes([number]) * LARGE)),)
        history.push(RivalsChange("network", lambda chosen: became.append(chosen[0].key), rivals, new))
        rivals = new
    assert became == [0, 1, 2, 3, 4, 5]
    assert history.count() == 2
    history.undo()
    history.redo()
    assert became[-2:] == [4, 5]
