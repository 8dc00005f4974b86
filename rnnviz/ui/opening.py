"""A document on its way from a request to the screen, and the change of documents that can be undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtGui import QUndoCommand

from rnnviz.engine.interventions import Intervention
from rnnviz.engine.messages import Opened
from rnnviz.engine.record import Record
from rnnviz.engine.recording import Recording, gradient_record, gradient_signals, run_record
from rnnviz.engine.schedule import Schedule
from rnnviz.engine.spec import NetworkSpec
from rnnviz.ui.readbyhand import tokens_by_hand
from rnnviz.ui.undostack import Change
from rnnviz.ui.view import Document, GradientView, TraceView


@dataclass(frozen=True)
class Aim:
    """Where the cursor is on its way to, with the operation within that position, and how far the run is to go."""

    goal: int | None = None
    operation: int | None = None
    extent: int = 0


@dataclass
class Opening:
    """A document that the engine has been asked to open.

    What was open before stays in the view until this one can be shown, so that a document that cannot be
    opened disturbs nothing.

    Parameters
    ----------
    document : Document
    position : int or None
        Where the cursor is to stand; None: at ``step``, or at the end of what is run.
    step : int or None
        A step at which the cursor is to stand.
    run_to : int or None
        The position up to which to run; None: all; -1: as far as the cursor.
    whole : bool
        Whether to show it only once everything has been run (an interrupted session comes back as it was).
    undoable : bool
    index : int or None
        Where the undo stack must go back to when the document cannot be opened.
    fields : dict
        Fields of the view that come with the document.
    then : list
        What belongs to the document; it is done once the document is shown, and not at all where it cannot be.
    queue : list
        Requests that arrived meanwhile; they are met once the document is shown, or what is shown in its place.
    in_turn : bool
        Whether undo or redo is in the queue, so that changes must follow it there.
    refusal : str
        What a refusal begins with, such as the file that cannot be opened; empty where the cause says it all.
    again : bool
        Whether it is what the view shows, which the engine does not have: the cursor may be moved meanwhile.
    before : Aim
        Where cursor and run before were on their way to; they go on there when the document cannot be opened.
    gesture : int
        What the user does with the knob that scales recurrent matrices; all of one gesture is one step of undo.
    pieces : tuple of str
        What the sequence before was to be extended by, and the document has; it is wanted also should that be refused.
    instead : Opening or None
        What was on its way when this was asked for; it is opened when the document cannot be.
    base : tuple or None
        The document, and the position in it, that undo goes back to; None: what is shown.
    name : str
        What the Edit menu calls the change; empty: what changes tells.
    """

    document: Document
    position: int | None = None
    step: int | None = None
    run_to: int | None = None
    whole: bool = False
    undoable: bool = False
    index: int | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    then: list[Callable[[], None]] = field(default_factory=list)
    queue: list[Callable[[], object]] = field(default_factory=list)
    in_turn: bool = False
    refusal: str = ""
    again: bool = False
    before: Aim = Aim()
    gesture: int = 0
    pieces: tuple[str, ...] = ()
    instead: Opening | None = None
    base: tuple[Document, int] | None = None
    name: str = ""
    trace: TraceView | None = None

    def target(self, schedule: Schedule) -> int:
        """Return the position up to which to run."""
        if self.run_to is None:
            return schedule.positions
        wanted = self.cursor(schedule) if self.run_to < 0 else self.run_to
        return max(0, min(wanted, schedule.positions))

    def cursor(self, schedule: Schedule) -> int:
        """Return the position at which the cursor is to stand."""
        if self.position is not None:
            return max(0, min(self.position, schedule.positions))
        if self.step is not None:
            return schedule.position_of(self.step)
        return self.target(schedule) if self.run_to is None or self.run_to >= 0 else 0

    def give_up_others(self) -> None:
        """Let nothing be opened in its place: the undo stack then goes back to where it stood before all of them."""
        while self.instead is not None:
            if self.instead.index is not None:
                self.index = self.instead.index
            self.pieces, self.before = self.instead.pieces, self.instead.before
            self.instead = self.instead.instead


@dataclass(frozen=True)
class RecordedRun:
    """A run that was recorded with its session, as panels draw it."""

    trace: TraceView
    gradients: GradientView | None


def recorded_run(recording: Recording, spec: NetworkSpec) -> RecordedRun:
    """Bring a recording of a network to the form that panels draw from."""
    record, sequence, found = run_record(recording, spec), recording.sequence, recording.gradients
    trace = TraceView(sequence, Schedule(spec, sequence.length), record, recording.parts)
    if found is None:
        return RecordedRun(trace, None)
    own = gradient_record(found, record)
    gradients = GradientView(found.objective, found.value, own, gradient_signals(own), found.initial, found.parameters)
    return RecordedRun(trace, gradients)


def trace_view(event: Opened, interventions: Sequence[Intervention] = ()) -> TraceView:
    """Map the record of a document that the engine has opened or extended, with interventions in it.

    Raises
    ------
    OSError
        When the files of the record cannot be mapped.
    """
    return TraceView(
        sequence=event.sequence,
        schedule=Schedule(event.spec, event.sequence.length),
        record=Record.attach(event.layout, event.segments, event.steps),
        parts=event.parts,
        notice=event.notice,
        original=_original(event),
        by_hand=tokens_by_hand(event.sequence, event.spec, interventions),
        untouched=dict(event.untouched),
    )


def _original(event: Opened) -> Record | None:
    """Map the record of the run without interventions."""
    layout = event.original_layout
    return Record.attach(layout, event.original, event.steps) if layout is not None else None


class DocumentChange(Change):
    """One document in place of another; it comes on the stack once it is open, so its first redo does nothing.

    Parameters
    ----------
    text : str
        What the Edit menu calls it.
    go : callable
        Opens a document, with the cursor at a position.
    old, new : tuple of Document and int
        Each with the position of the cursor.
    gesture : int
        Changes of one gesture become one; those of gesture 0 stand alone.
    """

    _MERGED = 1

    def __init__(
        self,
        text: str,
        go: Callable[[Document, int], None],
        old: tuple[Document, int],
        new: tuple[Document, int],
        gesture: int = 0,
    ) -> None:
        super().__init__(text, done=True)
        self._go = go
        self.old = old
        self.new = new
        self._gesture = gesture

    def id(self) -> int:
        """Tell Qt which changes may become one."""
        return self._MERGED if self._gesture else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Take in the next change of the same gesture; a gesture that comes to nothing leaves no trace."""
        if not isinstance(other, DocumentChange) or other._gesture != self._gesture:
            return False
        self.new = other.new
        self.setObsolete(self.new[0] == self.old[0])
        return True

    def bring_about(self) -> None:
        """Open the newer document."""
        self._go(*self.new)

    def undo(self) -> None:
        """Open the older document."""
        self._go(*self.old)

    def documents(self) -> tuple[Document, Document]:
        """Return both documents."""
        return self.old[0], self.new[0]

    def again(self) -> DocumentChange:
        """Return the same change for another stack."""
        return DocumentChange(self.text(), self._go, self.old, self.new, self._gesture)
