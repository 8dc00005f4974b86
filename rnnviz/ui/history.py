"""What can be undone, as data: kept beside a session for the case that the program is killed, and put back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Annotated

import msgspec
from PySide6.QtGui import QUndoCommand

from rnnviz.engine.errors import RnnvizError, SessionFileError
from rnnviz.engine.interventions import interventions_fault
from rnnviz.engine.scalable import scaling_fault
from rnnviz.engine.sessionfile import MOST_RIVALS, SavedNetwork
from rnnviz.ui.contenders import Rival, RivalsChange
from rnnviz.ui.opening import DocumentChange
from rnnviz.ui.sessionfile import document_of, saved_network
from rnnviz.ui.view import Document

if TYPE_CHECKING:
    from rnnviz.ui.session import Session

MOST_STEPS = 100
"""How many steps of undo are kept; older ones are left out."""
MOST_BYTES = 8 << 20
"""How large their documents may be, without weights."""
MOST_WEIGHTS = 64 << 20
"""How many bytes the weights of all their documents may have, each counted once."""

_Count = Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]
_Text = Annotated[str, msgspec.Meta(max_length=200)]
Digest = Annotated[str, msgspec.Meta(pattern=r"^(none|[0-9a-f]{64})$")]
"""The SHA-256 of weights, which names their file; "none" where the seed gives them."""


class _Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A document, with the name of its weights."""

    network: SavedNetwork
    weights: Digest = "none"


class _Edit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="document"):
    """One document in place of another, each by its number, with the position of the cursor."""

    text: _Text
    old: tuple[_Count, _Count]
    new: tuple[_Count, _Count]


class _Beside(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A network that is compared: its key, the number of its document, and whether its sequence is its own."""

    key: _Count
    document: _Count
    own_source: bool


_Beside_ = Annotated[tuple[_Beside, ...], msgspec.Meta(max_length=MOST_RIVALS)]


class _Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="rivals"):
    """Other networks beside that of the session in place of those before."""

    text: _Text
    old: _Beside_
    new: _Beside_


class _History(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of it: how many of the steps are done, what is shown then, and the keys of the networks compared with it."""

    documents: Annotated[tuple[_Kept, ...], msgspec.Meta(max_length=8 * MOST_STEPS)]
    steps: Annotated[tuple[_Edit | _Choice, ...], msgspec.Meta(max_length=MOST_STEPS)]
    done: _Count
    shown: _Count
    keys: tuple[_Count, ...] = ()


@dataclass(frozen=True)
class Gathered:
    """What is written of the steps of undo.

    Parameters
    ----------
    content : bytes
    steps : int
        How many of them can be undone.
    left_out : int
        How many could be undone and are not kept.
    """

    content: bytes
    steps: int
    left_out: int


def gather(session: Session, stored: Callable[[bytes | None], str]) -> Gathered:
    """Write down what can be undone and redone in a session; the oldest steps are left out where there is no room.

    Parameters
    ----------
    session : Session
    stored : callable
        Stores weights, and returns their name.
    """
    stack = session.undo_stack
    commands = [stack.command(place) for place in range(stack.count())]
    first, end = _range_that_fits(commands, stack.index())
    table = _Table()
    steps = tuple([_step(command, table) for command in commands[first:end]])
    shown = session.view.document
    assert shown is not None
    number = table.number(shown)
    documents = tuple(_Kept(saved_network(each, True), stored(each.weights)) for each in table.documents)
    keys = tuple(rival.key for rival in session.rivals.chosen)
    history = _History(documents, steps, stack.index() - first, number, keys)
    return Gathered(msgspec.json.encode(history), stack.index() - first, first)


def _range_that_fits(commands: Sequence[QUndoCommand | None], done: int) -> tuple[int, int]:
    """Return which steps there is room for: from the present one back, and then those that were undone."""
    table, first, end = _Table(), done, done
    while first > 0 and done - first < MOST_STEPS and _fits(commands[first - 1], table):
        first -= 1
    if first > 0 and done - first < MOST_STEPS:
        return first, done
    while end < len(commands) and end - first < MOST_STEPS and _fits(commands[end], table):
        end += 1
    return first, end


def _fits(command: QUndoCommand | None, table: _Table) -> bool:
    _step(command, table)
    return table.size <= MOST_BYTES and table.weight <= MOST_WEIGHTS


def _step(command: QUndoCommand | None, table: _Table) -> _Edit | _Choice:
    """Write a step down, and its documents in the table."""
    if isinstance(command, DocumentChange):
        (old, before), (new, after) = command.old, command.new
        return _Edit(command.text()[:200], (table.number(old), before), (table.number(new), after))
    assert isinstance(command, RivalsChange), "there is no other kind"
    return _Choice(command.text()[:200], table.beside(command.before), table.beside(command.after))


class _Table:
    """The documents of all steps, each once."""

    def __init__(self) -> None:
        self.documents: list[Document] = []
        self.size = 0

    @property
    def weight(self) -> int:
        """How many bytes their weights have."""
        return sum(len(each) for each in {each.weights for each in self.documents} if each is not None)

    def number(self, document: Document) -> int:
        """Return the number of a document."""
        for number in range(len(self.documents) - 1, -1, -1):
            if self.documents[number] == document:
                return number
        self.documents.append(document)
        self.size += len(msgspec.json.encode(saved_network(document, True)))
        return len(self.documents) - 1

    def beside(self, rivals: Sequence[Rival]) -> tuple[_Beside, ...]:
        """Write networks down that are compared."""
        return tuple(_Beside(rival.key, self.number(rival.document), rival.own_source) for rival in rivals)


class History:
    """Steps of undo that were kept.

    Parameters
    ----------
    content : bytes
        What `gather` wrote.
    weights : callable
        Returns weights by their name.
    shown : Document
        What was kept with them.

    Raises
    ------
    RnnvizError
        When it is damaged, or was kept with something else.
    """

    def __init__(self, content: bytes, weights: Callable[[str], bytes | None], shown: Document) -> None:
        try:
            self._kept = msgspec.json.decode(content, type=_History)
            self._documents = [document_of(each.network, weights(each.weights)) for each in self._kept.documents]
            _check(self._kept)
        except RecursionError as error:
            raise SessionFileError("the steps of undo that were kept are nested too deeply") from error
        except (msgspec.DecodeError, UnicodeError) as error:
            raise SessionFileError(f"the steps of undo that were kept are damaged: {error}") from error
        if self._documents[self._kept.shown] != shown:
            raise SessionFileError("the steps of undo that were kept are those of a moment before")

    def put_back(self, session: Session) -> None:
        """Let the session undo and redo them; it shows what was shown when they were kept."""
        stack, rivals = session.undo_stack, session.rivals
        known = dict(zip(self._kept.keys, (rival.key for rival in rivals.chosen), strict=False))
        session.stack_moves = True
        for step in self._kept.steps:
            if isinstance(step, _Edit):
                stack.push(session.change_of(step.text, self._place(step.old), self._place(step.new)))
            else:
                before, after = self._rivals(step.old, known, session), self._rivals(step.new, known, session)
                stack.push(rivals.change_of(step.text, before, after))
        stack.setIndex(self._kept.done)
        session.stack_moves = False

    def _place(self, place: tuple[int, int]) -> tuple[Document, int]:
        return self._documents[place[0]], place[1]

    def _rivals(self, beside: Sequence[_Beside], known: dict[int, int], session: Session) -> tuple[Rival, ...]:
        """Return networks with keys of the session, to whom those that are shown are known by theirs."""
        for each in beside:
            if each.key not in known:
                known[each.key] = session.rivals.new_key()
        return tuple(Rival(known[each.key], self._documents[each.document], each.own_source) for each in beside)


def _check(kept: _History) -> None:
    """Refuse steps that name a document that there is not, and documents that no network can be built of."""
    numbers = chain.from_iterable(
        (step.old[0], step.new[0]) if isinstance(step, _Edit) else [each.document for each in (*step.old, *step.new)]
        for step in kept.steps
    )
    if max([kept.shown, *numbers]) >= len(kept.documents) or kept.done > len(kept.steps):
        raise SessionFileError("the steps of undo that were kept name what there is not")
    for each in kept.documents:
        spec = each.network.spec
        fault = interventions_fault(each.network.interventions, spec) or scaling_fault(each.network.scaling, spec)
        if fault:
            raise SessionFileError(f"the steps of undo that were kept are damaged: {fault}")


def read_history(content: bytes, weights: Callable[[str], bytes | None], shown: Document) -> tuple[History | None, str]:
    """Read steps of undo that were kept with a document, or say in one sentence why they cannot be."""
    try:
        return History(content, weights, shown), ""
    except RnnvizError as error:
        return None, str(error)
