"""What can be undone: no more changes, and no more memory for them, than are of use to anyone."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from PySide6.QtCore import QObject
from PySide6.QtGui import QUndoCommand, QUndoStack

from rnnviz.ui.view import Document

MOST_CHANGES = 100
"""How many changes can be undone."""
MOST_BYTES = 256 << 20
"""How much memory the sequences and weights that changes go back to may take."""


class Change(QUndoCommand):
    """One change that can be undone.

    Parameters
    ----------
    text : str
        What the Edit menu calls it.
    done : bool
        Whether it has come about when it is put on the stack, which then has nothing to do.
    """

    def __init__(self, text: str, *, done: bool) -> None:
        super().__init__(text)
        self._done = done

    def redo(self) -> None:
        """Bring the newer state about."""
        if not self._done:
            self.bring_about()
        self._done = False

    def bring_about(self) -> None:
        """Go to the newer state."""
        raise NotImplementedError

    def documents(self) -> Iterable[Document]:
        """Return what is kept so that it can be brought back."""
        raise NotImplementedError

    def again(self) -> Change:
        """Return the same change, which has come about, for another stack."""
        raise NotImplementedError


class UndoStack(QUndoStack):
    """The changes of a session; the oldest are forgotten where there are too many, or where they hold too much.

    Parameters
    ----------
    parent : QObject
    most_bytes : int, optional
    """

    def __init__(self, parent: QObject, most_bytes: int = MOST_BYTES) -> None:
        super().__init__(parent)
        self.setUndoLimit(MOST_CHANGES)
        self._most_bytes = most_bytes

    def push(self, change: QUndoCommand) -> None:
        """Take a change on the stack; what was undone before can no longer be redone."""
        super().push(change)
        changes = [change for place in range(self.count()) if isinstance(change := self.command(place), Change)]
        kept = _newest(changes, self._most_bytes)
        if len(kept) < len(changes):
            self._begin_with([change.again() for change in kept], self.cleanIndex() - len(changes) + len(kept))

    def _begin_with(self, changes: list[Change], clean: int) -> None:
        """Hold these changes alone; ``clean`` of them lead to what is saved, none does where it is negative."""
        self.blockSignals(True)
        self.clear()
        self.resetClean()
        for number, change in enumerate(changes):
            if number == clean:
                self.setClean()
            super().push(change)
        if clean == len(changes):
            self.setClean()
        self.blockSignals(False)
        self.indexChanged.emit(self.index())
        self.cleanChanged.emit(self.isClean())


def _newest(changes: list[Change], most: int) -> list[Change]:
    """Return the newest changes that together hold no more bytes than that, but one in any case."""
    held: dict[int, int] = {}
    for number, change in enumerate(reversed(changes)):
        for document in change.documents():
            held.update(_large_parts(document))
        if number and sum(held.values()) > most:
            return changes[len(changes) - number :]
    return changes


def _large_parts(document: Document) -> Iterator[tuple[int, int]]:
    """Return what takes memory, by its identity, since documents share what they have in common, and its bytes."""
    source = document.source
    for part in (document.weights, *(getattr(source, name) for name in source.__struct_fields__)):
        if isinstance(part, str | bytes):
            yield id(part), sys.getsizeof(part)
