"""What the session does with each event of the engine; answers to what is no longer open are dropped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from rnnviz.engine.messages import (
    Advance,
    Advanced,
    Analysed,
    AnyEvent,
    Differentiated,
    Failed,
    Opened,
    Progress,
    WeightsReady,
)
from rnnviz.engine.record import Record
from rnnviz.ui.grains import Place, landing
from rnnviz.ui.inquiries import fitting, same_shapes
from rnnviz.ui.opening import Opening, trace_view
from rnnviz.ui.view import Document, GradientView, TraceView

if TYPE_CHECKING:
    from rnnviz.ui.sessioncore import SessionCore


NOT_RUNNING = "the engine is not running: Tools > Restart the engine starts it again"


class Answers(QObject):
    """Takes the events of the engine and brings the session to the state that follows.

    Parameters
    ----------
    session : SessionCore
    """

    def __init__(self, session: SessionCore) -> None:
        super().__init__(session)
        self._session = session

    def take(self, event: AnyEvent) -> None:
        """Take one event."""
        if isinstance(event, Failed):
            self._failed(event)
        elif event.ticket != self._session.ticket:
            return
        elif isinstance(event, Opened):
            self._opened(event)
        elif isinstance(event, Advanced):
            self._advanced(event)
        elif isinstance(event, Differentiated):
            self._differentiated(event)
        elif isinstance(event, Analysed):
            self._session.inquiries.answered(event)
        elif isinstance(event, WeightsReady):
            self._weights_ready(event)
        elif isinstance(event, Progress) and not self._session.turning.active:
            self._session.apply(progress=(event.what, event.done, event.total))

    def _opened(self, event: Opened) -> None:
        session = self._session
        session.held = event.ticket
        try:
            document = session.opening.document if session.opening is not None else session.view.document
            trace = trace_view(event, document.interventions if document is not None else ())
        except OSError as error:
            self._failed(Failed(event.ticket, "Open", f"the record of the run cannot be read: {error}"))
            return
        opening = session.opening
        if opening is None:
            self._extended(event, trace)
            return
        opening.trace = trace
        opening.document = replace(opening.document, spec=event.spec, source=event.source)
        target = opening.target(trace.schedule)
        if target > event.position:
            session.send(Advance(event.ticket, target))
        else:
            self._show(opening, trace, event.position, done=True)

    def _show(
        self, opening: Opening, trace: TraceView, published: int, *, done: bool, per_step: float | None = None
    ) -> None:
        """Put the document that was on its way on the screen."""
        session = self._session
        old = session.view
        cursor = old.position if opening.again else opening.cursor(trace.schedule)
        session.opening, session.shown = None, session.ticket
        session.running_to = max(published, opening.target(trace.schedule))
        session.extent = max(session.extent if opening.again else 0, session.running_to)
        kept = (opening.again or _turned_alone(old.document, opening.document)) and same_shapes(old.trace, trace)
        session.gradients_late = kept
        session.keep_calm()
        if not opening.again:
            session.goal = None if done or cursor <= published else cursor
            session.goal_operation = None
        session.apply(
            document=opening.document,
            trace=trace,
            published=published,
            position=min(cursor, published),
            gradients=old.gradients if kept else None,
            analyses=MappingProxyType(fitting(dict(old.analyses), old.trace, trace)),
            progress=None,
            per_step=per_step,
            playing=old.playing and (opening.whole or kept),
            message="" if old.message_kind == "error" and not opening.whole else old.message,
            **{"probe": old.probe if kept or opening.document == old.document else None, **opening.fields},
        )
        if trace.notice:
            session.show_message(trace.notice)
        if opening.undoable and old.document is not None and old.document != opening.document:
            change = opening.name or _change(old.document, opening.document)
            session.remember_change(change, opening.base or (old.document, old.position), opening.gesture)
        _meet([*opening.then, *opening.queue])

    def _extended(self, event: Opened, trace: TraceView) -> None:
        """Let the run follow a sequence that has grown to its new end."""
        session, old = self._session, self._session.view
        if old.document is None:
            return
        steps = None if old.document.steps is None else event.sequence.length
        document = replace(old.document, spec=event.spec, source=event.source, steps=steps)
        session.gradients_late = False
        session.inquiries.forget()
        del session.growing[:1]
        session.running_to, session.extent = 0, trace.schedule.positions
        if session.follows and not session.growing:
            session.goal, session.goal_operation, session.follows = trace.schedule.positions, None, False
        session.apply(
            refused=None,
            document=document,
            trace=trace,
            published=event.position,
            position=min(old.position, event.position),
            gradients=None,
            analyses=MappingProxyType({}),
            message="" if old.message_kind == "error" else old.message,
        )
        session.remember_change("append", (old.document, old.position))
        if trace.notice:
            session.show_message(trace.notice)
        if session.goal is not None and session.goal <= event.position:
            position, session.goal = session.goal, None
            session.apply(position=position)

    def _advanced(self, event: Advanced) -> None:
        session, opening = self._session, self._session.opening
        if opening is not None:
            trace = opening.trace
            if trace is None:
                return
            reached = event.position >= opening.target(trace.schedule)
            if reached or (event.position > 0 and not (opening.whole or opening.gesture)):
                self._show(opening, trace, event.position, done=event.done, per_step=event.per_step)
            return
        view, goal = session.view, session.goal
        place = Place(view.position, view.operation) if goal is None else Place(min(goal, event.position))
        if goal is not None and event.position >= goal:
            session.goal, place = None, Place(goal, session.goal_operation)
        done = view.trace is not None and event.position >= view.trace.schedule.positions
        progress = None if session.goal is None or done else view.progress
        moves = landing(view, place) if goal is not None else place._asdict()
        session.apply(published=event.position, progress=progress, per_step=event.per_step, **moves)

    def _differentiated(self, event: Differentiated) -> None:
        session = self._session
        session.asked = None
        trace = session.view.trace
        if trace is None or session.opening is not None or event.steps != trace.steps:
            session.ask_gradients()
            return
        try:
            record = Record.attach(event.layout, event.segments, event.steps)
        except OSError as error:
            message = f"the gradients cannot be read: {error}"
            session.apply(refused=(event.objective, message), message=message, message_kind="error")
            return
        gradients = GradientView(event.objective, event.value, record, event.signals, event.initial, event.parameters)
        session.gradients_late = False
        session.apply(gradients=gradients, progress=None)

    def _weights_ready(self, event: WeightsReady) -> None:
        self._hand_on(event.weights)

    def _hand_on(self, weights: bytes | None) -> None:
        """Give the parameters to those who asked; None means that the seed gives them."""
        wanted, self._session.weights_wanted = self._session.weights_wanted, []
        for callback in wanted:
            callback(weights)

    def _failed(self, event: Failed) -> None:
        session = self._session
        if event.command == "engine":
            session.show_message(f"{event.message}{session.given_up}", "error")
            session.given_up = ""
            return
        if event.ticket != session.ticket:
            return
        message = event.message
        if event.command == "Differentiate":
            view, asked = session.view, session.asked
            gradients = None if session.gradients_late else view.gradients
            session.asked, session.gradients_late = None, False
            session.apply(gradients=gradients, refused=view.refused if asked is None else (asked, message))
        elif event.command == "GetWeights":
            session.weights_wanted.clear()
        elif event.command == "Append":
            del session.growing[:1]
            session.inquiries.forget()
        elif session.opening is not None:
            if session.opening.refusal and session.view.engine != "dead":
                message = f"{session.opening.refusal}: {message}"
            self._opening_failed(session.opening, message)
        else:
            session.goal, session.extent, session.running_to = None, session.view.published, 0
            session.inquiries.forget()
        session.apply(message=message, message_kind="error", progress=None, playing=False)

    def _opening_failed(self, opening: Opening, message: str) -> None:
        session = self._session
        if session.view.engine == "dead":
            self.engine_lost()
            return
        self._put_back(opening)
        if opening.instead is not None:
            if opening.instead.queue is not opening.queue:
                opening.instead.queue.extend(opening.queue)
            session.begin(opening.instead)
            return
        if session.view.trace is None:
            session.opening = None
            session.apply(document=None)
            _meet([*opening.then, *opening.queue])  # nothing was open that they could have been meant for
            return
        session.return_to_shown(opening, message)
        if opening.again:  # what is shown stays, though the engine cannot have it
            self._hand_on(session.view.document.weights if session.view.document is not None else None)
            _meet([request for request in opening.then if request != session.ask_weights])
        _meet(opening.queue)

    def engine_lost(self) -> None:
        """Wait no longer for an engine that is not started again by itself; what is shown can still be looked at."""
        session, opening = self._session, self._session.opening
        left = ["what was to be appended"] if session.growing else []
        if opening is not None:
            opening.give_up_others()
            self._put_back(opening)
            if session.view.trace is None:
                session.parked = opening
            elif not opening.again:
                left.append(f"the {opening.name or _change(session.view.document, opening.document)}")
        session.given_up = f". Not done: {' and '.join(left)}" if left else ""
        session.opening, session.goal, session.asked, session.held = None, None, None, 0
        session.extent = session.view.published
        session.growing.clear()
        session.turning.forget()
        session.inquiries.forget()
        session.apply(progress=None, playing=False, engine="dead", unheld=NOT_RUNNING)
        self._hand_on(session.view.document.weights if session.view.document is not None else None)
        if opening is not None and session.view.trace is not None:
            _meet(opening.queue)

    def _put_back(self, opening: Opening) -> None:
        """Let the undo stack stand where it stood before a change that did not come about."""
        if opening.index is not None:
            session = self._session
            session.stack_moves = True
            session.undo_stack.setIndex(opening.index)
            session.stack_moves = False


def _meet(requests: Sequence[Callable[[], object]]) -> None:
    """Meet the requests that waited for a document."""
    for request in requests:
        request()


def _turned_alone(old: Document | None, new: Document) -> bool:
    """Whether a document differs from an older one only in what is turned by hand."""
    if old is None or old == new:
        return False
    return replace(old, scaling=new.scaling, interventions=new.interventions) == new


def _change(old: object, new: object) -> str:
    """Name the change from one document to another, for the Edit menu."""
    if isinstance(old, Document) and isinstance(new, Document) and _turned_alone(old, new):
        return "intervention" if old.interventions != new.interventions else "scaling of the recurrent matrices"
    if getattr(old, "spec", None) != getattr(new, "spec", None):
        if getattr(old, "source", None) != getattr(new, "source", None):
            return "change of sequence and network"
        return "change of network"
    return "change of sequence"
