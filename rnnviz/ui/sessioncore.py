"""What holds a session together: the view and its changes, documents on their way, the engine's attention."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from rnnviz.engine.messages import Advance, AnyCommand, Differentiate, GetWeights, Objective, Open
from rnnviz.engine.requests import Request
from rnnviz.ui.answers import Answers
from rnnviz.ui.grains import keeps_operation
from rnnviz.ui.growth import grown_by, steps_of
from rnnviz.ui.inquiries import Inquiries
from rnnviz.ui.opening import Aim, DocumentChange, Opening, RecordedRun
from rnnviz.ui.resolve import objective_of, resolve
from rnnviz.ui.turning import Turn, Turning
from rnnviz.ui.undostack import UndoStack
from rnnviz.ui.view import Document, View

if TYPE_CHECKING:
    from rnnviz.ui.enginelink import EngineLink


BUSY_AFTER, BUSY_AFTER_A_TURN = 150, 800
"""Milliseconds after which the engine counts as busy, at rest and while a knob is turned."""

_LONGEST_MESSAGE = 2000
"""Letters of a message: one of a million, such as an address with data in it, takes more memory than there is."""


class SessionCore(QObject):
    """The view, its changes, and the way to the engine; what panels may ask for is in Session.

    Parameters
    ----------
    link : EngineLink
        Where commands go and events come from.
    parent : QObject or None
    """

    changed = Signal(object, object)
    """(new View, old View), once per change, at once."""
    panel_wanted = Signal(str)
    """A panel leads to another, by its name."""

    def __init__(self, link: EngineLink, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.link = link
        self.undo_stack = UndoStack(self)
        self._view = View()
        self._telling = False
        self._answers = Answers(self)
        self.inquiries = Inquiries(self)
        self.ticket = 0
        self.held = 0  # the ticket of what the engine has open, 0 for nothing
        self.shown = 0  # the ticket of what the view shows
        self._tickets = 0
        self.opening: Opening | None = None
        self.parked: Opening | None = None  # the first document, of which an engine that is lost never told
        self.goal: int | None = None
        self.goal_operation: int | None = None  # where within the position of the goal the cursor is to stand
        self.extent = 0  # the position up to which the run is wanted
        self.running_to = 0  # the one that the engine was asked for
        self.growing: list[str] = []  # what the sequence is to be extended by, in its order
        self.follows = False  # whether the cursor goes to the new end of a sequence that grows
        self.asked: Objective | None = None
        self.gradients_late = False  # those on the screen are of the run before
        self.stack_moves = False
        self.weights_wanted: list[Callable[[bytes | None], None]] = []
        self.given_up = ""  # what a dead engine left undone
        self._busy = QTimer(self)
        self._busy.setSingleShot(True)
        self._busy.timeout.connect(self._on_busy)
        self.turning = Turning(self)
        link.received.connect(self._answers.take)
        link.state_changed.connect(self._on_engine_state)
        link.restarted.connect(self._on_restarted)

    @property
    def view(self) -> View:
        """The current view."""
        return self._view

    @property
    def newest(self) -> Document | None:
        """The document that a change starts from: what was asked for last, whether it is shown already or not."""
        if self.opening is not None:
            return self.opening.document
        document = self._view.document
        return document if document is None or not self.growing else grown_by(document, self.growing)

    @property
    def waiting(self) -> bool:
        """Whether the cursor, or a document, is on its way."""
        moving = self.goal is not None or bool(self.growing)
        return moving or (self.opening is not None and not self.looking)

    @property
    def looking(self) -> bool:
        """Whether what is shown can be looked at, step by step, while the engine opens it again."""
        return self.opening is not None and self.opening.again

    def open_document(
        self,
        document: Document,
        *,
        position: int | None = None,
        run: bool = True,
        undoable: bool = False,
        **more: Any,
    ) -> None:
        """Open a document in place of the current one, which stays until the new one can be shown.

        Parameters
        ----------
        document : Document
        position : int or None
            Where the cursor is to stand; None: at the end of what is run.
        run : bool
            Whether to run the whole sequence at once.
        undoable : bool
            Whether the current document can be brought back with undo.
        more
            Further fields of Opening.
        """
        more.setdefault("run_to", None if run else (-1 if position else 0))
        self.turning.forget()
        self.open(Opening(document, position, undoable=undoable, **more))

    def show_recorded(self, document: Document, run: RecordedRun, position: int, **fields: Any) -> None:
        """Show a run that was recorded with its session, while the engine opens the session.

        Parameters
        ----------
        document : Document
        run : RecordedRun
        position : int
            Where the cursor is to stand.
        fields
            Fields of the view that come with the document.
        """
        self._tickets += 1
        self.shown = self._tickets  # which the engine never held
        positions = run.trace.schedule.positions
        self.growing.clear()
        shown = {"trace": run.trace, "published": positions, "gradients": run.gradients}
        self.apply(document=document, **shown, position=position, **fields)
        self.reopen()

    def show_message(self, text: str, kind: str = "info") -> None:
        """Show one sentence to the user; an empty one takes it away. What is too long to be read is cut."""
        text = text if len(text) <= _LONGEST_MESSAGE else f"{text[: _LONGEST_MESSAGE - 1]}…"
        self.apply(message=text, message_kind="error" if kind == "error" else "info")

    def afterwards(self, request: Callable[[], None]) -> None:
        """Meet a request now, or once the document on its way is shown; not at all should that fail."""
        if self.opening is None:
            request()
        else:
            self.opening.then.append(request)

    def apply(self, **changes: Any) -> None:
        """Bring the view to a new state, tell it once, and ask the engine for the gradients that follow."""
        moved = replace(self._view, **changes)
        if "operation" not in changes and not keeps_operation(moved, self._view):
            moved = replace(moved, operation=None)
        new = resolve(moved)
        if new == self._view:
            if not self._telling:
                self._ask()
            return
        old, self._view = self._view, new
        if self._telling:
            return  # asked for by a listener: the loop below tells it after the change under way
        self._telling = True
        try:
            while self._view is not old:
                self.before_telling()
                current = self._view
                self.changed.emit(current, old)
                old = current
        finally:
            self._telling = False

    def before_telling(self) -> None:
        """Do what follows from a new view; a further change of it is told together with it."""
        self._ask()

    def open(self, opening: Opening) -> None:
        """Open a document in place of what is shown, or on its way; that goes on where this one is refused."""
        before = self.opening
        if before is None or before.again:
            opening.before = Aim(self.goal, self.goal_operation, self.extent)
            opening.pieces, self.growing = tuple(self.growing), []
            if not opening.again:
                self.goal = None
        else:
            opening.before, opening.pieces = before.before, before.pieces
            # Of one gesture the latest wins: the values on the way there are wanted no more.
            gesture = opening.gesture and opening.gesture == before.gesture
            opening.instead = before.instead if gesture else before
        self.begin(opening)

    def begin(self, opening: Opening) -> None:
        """Ask the engine for a document that is to be opened next."""
        self._tickets += 1
        self.ticket = self._tickets
        self.opening = replace(opening, trace=None)
        self.asked, self.parked, self.given_up = None, None, ""
        self.inquiries.forget()
        if self.weights_wanted and self.ask_weights not in opening.then:
            opening.then.append(self.ask_weights)  # what was asked of the document before gets no answer
        new, why = opening.document, self._view.unheld
        self.apply(unheld="", refused=None, **({"document": new} if self._view.document is None else {}))
        self.inquiries.take_back(why)
        sequence = (new.source, new.weights, new.steps, new.given)
        self.send(Open(self.ticket, new.spec, *sequence, new.scaling, new.interventions))

    def want(self, owner: str, requests: Sequence[Request]) -> None:
        """Ask the engine what a panel wants to know of the run; the answers come in ``View.analyses``."""
        self.inquiries.want(owner, requests)

    def take_turn(self, turn: Turn) -> None:
        """Open the document as it was turned by hand, at once."""
        raise NotImplementedError

    def run_on(self, position: int, operation: int | None = None) -> None:
        """Let the engine run on, and the cursor follow to a place beyond what is computed."""
        if not self.unable():
            self.goal, self.goal_operation, self.follows = position, operation, False
            self.run_as_far_as(position)

    def run_as_far_as(self, position: int) -> None:
        """Let the engine run on, whatever the cursor does."""
        if not self.unable():
            self.extent = max(self.extent, position)
            self._ask_run()

    def unable(self) -> bool:
        """Whether the engine can do nothing with what is shown; it is said why."""
        why = self._view.unheld
        if why:
            self.show_message(self.link.last_words if self._view.engine == "dead" else why, "error")
        return bool(why)

    def ask_weights(self) -> None:
        """Ask the engine for the parameters."""
        self.send(GetWeights(self.ticket))

    def ask_gradients(self) -> None:
        """Ask for the gradients of what is shown: one request at a time, the newest after each answer."""
        if self.asked is not None or not self.answering:
            return
        wanted, refused = objective_of(self._view), self._view.refused
        gradients = self._view.gradients
        late = self.gradients_late or gradients is None or gradients.objective != wanted
        if wanted is not None and late and (refused is None or wanted != refused[0]):
            self.asked = wanted
            self.send(Differentiate(self.ticket, wanted))

    def remember_change(self, text: str, old: tuple[Document, int], gesture: int = 0) -> None:
        """Make the change from an older document to the present one undoable."""
        assert self._view.document is not None
        new = (self._view.document, self._view.position)
        self.undo_stack.push(self.change_of(text, old, new, gesture))

    def change_of(
        self, text: str, old: tuple[Document, int], new: tuple[Document, int], gesture: int = 0
    ) -> DocumentChange:
        """Return a change from one document to another, each with the position of the cursor, that can be undone."""
        return DocumentChange(text, self._go_back_to, old, new, gesture)

    def undo(self) -> None:
        """Take the newest change back, also one that is on its way."""
        if not self._after_change(self.undo):
            self.undo_stack.undo()

    def redo(self) -> None:
        """Make the change again that was taken back last."""
        if not self._after_change(self.redo):
            self.undo_stack.redo()

    def return_to_shown(self, opening: Opening, why: str) -> None:
        """Go on with what the view shows, because what was to take its place cannot be opened, for this reason."""
        self.opening = None
        self.turning.forget()
        if not opening.again:
            aim = opening.before
            self.goal, self.goal_operation, self.extent = aim.goal, aim.operation, aim.extent
            self.growing = list(opening.pieces)
        # Where pieces were on their way the engine may have taken in none, some or all of them.
        self.held = 0 if self.growing else self.link.held
        if self.held == self.shown:
            self.ticket, self.running_to = self.shown, 0
            if self.weights_wanted:
                self.ask_weights()
            self._ask()
        elif not opening.again:
            self.reopen()
        else:
            self.goal = None
            self.apply(unheld=why)

    def reopen(self) -> None:
        """Open what is wanted once more, after the engine lost it; it takes its place when all is as it was."""
        view, turn = self._view, self.turning.next
        document = self.newest
        if document is None or view.trace is None:
            return
        if turn is not None:
            document = replace(document, scaling=turn.scaling, interventions=turn.interventions)
        self.turning.forget()
        if document == view.document:
            self.open(Opening(document, view.position, run_to=view.published, whole=True, again=True))
            return
        name, gesture = ("append", 0) if self.growing else ("", turn.gesture if turn is not None else 0)
        opening = Opening(document, undoable=True, whole=True, name=name, gesture=gesture, **self.place())
        self.growing = []  # the document has it: should it be refused, it is refused with it
        self.open(opening)

    def place(self) -> dict[str, Any]:
        """Where the cursor is to stand in a changed document, and how far that is to be run (fields of Opening)."""
        view, trace = self._view, self._view.trace
        if trace is None:
            return {"step": None, "run_to": None}
        step = trace.schedule.at(view.position if self.goal is None else self.goal).step
        if self.growing:
            end = steps_of(self.newest) - 1
            return {"step": end if self.follows else step, "run_to": None}
        whole = max(self.extent, view.published) >= trace.schedule.positions
        return {"step": step, "run_to": None if whole else -1}

    def keep_calm(self) -> None:
        """Count anew how long the engine is at work: it has just shown something."""
        if self._busy.isActive():
            self._busy.start(BUSY_AFTER_A_TURN if self.turning.active else BUSY_AFTER)

    def send(self, command: AnyCommand) -> None:
        """Send a command to the engine."""
        self.link.send(command)

    def _go_back_to(self, document: Document, position: int) -> None:
        """Undo or redo a change of the document; should that fail, the stack goes back to where it stands."""
        if not self.stack_moves:
            queue = [] if self.opening is None else self.opening.queue
            self.open_document(document, position=position, index=self.undo_stack.index(), queue=queue)

    def later(self, request: Callable[[], None], *, looks: bool = False) -> bool:
        """Keep a request until the document on its way is shown; False when there is none on its way.

        One that ``looks`` at what has been computed is not kept while that can be looked at, unless others wait.
        """
        if self.opening is None or (looks and self.looking and not self.opening.queue):
            return False
        self.opening.queue.append(request)
        return True

    @property
    def answering(self) -> bool:
        """Whether the engine can be asked about what is shown."""
        return self.opening is None and self.held == self.shown and not self._view.unheld

    def _after_change(self, request: Callable[[], None]) -> bool:
        """Keep a request for undo or redo until a change that is on its way is shown; False when there is none."""
        self.bundle()
        opening = self.opening
        if opening is None or not (opening.undoable or opening.queue):
            return False
        opening.in_turn = True
        return self.later(request)

    def bundle(self) -> None:
        """Let what is turned or appended, and not shown yet, be a document on its way, which a request can follow."""
        if self.growing:
            self.reopen()
        else:
            self.turning.finish()

    def in_turn(self, request: Callable[[], object]) -> bool:
        """Keep a request for a change while undo or redo waits for an earlier one; False when it can be met."""
        opening = self.opening
        if opening is None or not opening.in_turn:
            return False
        opening.queue.append(request)
        return True

    def _ask(self) -> None:
        """Ask the engine for all that is wanted of what is shown, and is neither there nor on its way."""
        self._ask_run()
        self.ask_gradients()
        self.inquiries.ask()

    def _ask_run(self) -> None:
        if self.answering and self.extent > max(self._view.published, self.running_to):
            self.running_to = self.extent
            self.send(Advance(self.ticket, self.extent))

    def _on_engine_state(self, state: str) -> None:
        if state == "busy" and self._view.engine == "ready":
            # Work that is done at once is not worth telling, and while a knob is turned the next follows at once.
            self._busy.start(BUSY_AFTER_A_TURN if self.turning.active else BUSY_AFTER)
            return
        self._busy.stop()
        if state == "dead":
            self._answers.engine_lost()
        else:
            self.apply(engine=state)

    def _on_busy(self) -> None:
        self.apply(engine="busy")

    def _on_restarted(self) -> None:
        self.held = 0
        opening = self.opening or self.parked
        if opening is not None:
            self.begin(opening)
        else:
            self.reopen()
