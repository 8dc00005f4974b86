"""A session that keeps in step with another one: same sequence, same cursor, same loss."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.sequence import SequenceSource
from rnnviz.ui.fitting import fit
from rnnviz.ui.resolve import objective_of, probe_fault
from rnnviz.ui.view import LOOKS, Document, TraceView, View

if TYPE_CHECKING:
    from rnnviz.ui.session import Session

_LOOKS = (*LOOKS, "ahead_hidden", "scope", "layer", "direction", "units", "backward")
"""The fields of a view that are those of the session that is followed."""

_TASK = ("topology", "delay", "feedback")
"""What of a specification is asked of the network, rather than a choice of its own."""


class Follower(QObject):
    """Keeps one session in step with the main one, which knows nothing of it.

    Parameters
    ----------
    main : Session
        The session that is followed.
    session : Session
        The one that follows; it has a slot of its own in the engine.
    own_source : bool
        Whether it has a sequence of its own; it then follows in everything else.
    """

    def __init__(self, main: Session, session: Session, own_source: bool) -> None:
        super().__init__(session)
        self.session = session
        self.own_source = own_source
        self._main = main
        self._source: SequenceSource | None = None
        self._task: tuple[object, ...] = ()
        document = newest(main)
        if document is not None:
            self._source, self._task = document.source, _task_of(document)
        session.changed.connect(self._on_own_change)

    @property
    def waiting(self) -> bool:
        """Whether the session has still to come to where it is to be."""
        session = self.session
        return session.opening is not None or session.goal is not None or bool(session.growing)

    @property
    def settled(self) -> bool:
        """Whether the session shows everything, its gradients too, at its place."""
        return is_settled(self.session)

    def begin(self, document: Document) -> None:
        """Open a document at the place of the main session."""
        view = self._main.view
        at_end = view.trace is None or view.published == view.trace.schedule.positions
        step = view.step if view.trace is not None else None
        self.session.open_document(document, step=step, run_to=None if at_end else -1)
        self.follow()

    def rerun(self) -> None:
        """Forget the run, as the main session does; what follows brings it to the same place."""
        self.session.restart_run()

    def release(self) -> None:
        """Follow no more, and let the engine forget the network."""
        self.session.changed.disconnect(self._on_own_change)
        link = self.session.link
        link.stop()
        self.session.deleteLater()
        link.deleteLater()

    def follow(self) -> None:
        """Bring the session to where the main one stands; what it has to compute for that comes later."""
        main, session = self._main, self.session
        looks = {name: getattr(main.view, name) for name in _LOOKS}
        session.apply(**looks, probe=self._probe())
        if main.opening is not None or main.view.trace is None or main.view.document is None:
            return
        self._take_sequence(main.view.document)
        if session.opening is None and session.view.trace is not None:
            self._keep_up(main.view, main.view.trace, session.view.trace)

    def _probe(self) -> object:
        """Return the number that the main session differentiates, where this network has it too."""
        probe = self._main.view.probe
        return probe if probe is None or not probe_fault(self.session.view, probe) else None

    def _take_sequence(self, document: Document) -> None:
        """Take over another sequence, and what the network is to do with it."""
        task = _task_of(document)
        new_source, new_task = document.source != self._source, task != self._task
        self._source, self._task = document.source, task
        own = newest(self.session)
        if own is None or not (new_task or (new_source and not self.own_source)):
            return
        try:
            if new_task:
                own = replace(own, spec=own.spec.replace(**dict(zip(_TASK, task, strict=True))))
            if new_source and not self.own_source:
                own = fit(own, document.source).document
        except RnnvizError as error:
            self._tell(str(error))
            return
        self.session.set_document(own if self.own_source else replace(own, steps=document.steps))

    def _keep_up(self, view: View, main: TraceView, trace: TraceView) -> None:
        session = self.session
        position = _place(view.position, main, trace)
        done = view.published == main.schedule.positions
        published = trace.schedule.positions if done else _place(view.published, main, trace)
        if position not in (session.view.position, session.goal) or session.goal not in (None, position):
            session.go_to_position(position)
        if published > max(session.view.published, session.goal or 0):
            session.run_as_far_as(published)

    def _on_own_change(self, view: View, old: View) -> None:
        if view.message and view.message_kind == "error" and view.differs(old, "message"):
            self._tell(view.message)
        if view.differs(old, "trace", "published", "engine"):
            self.follow()

    def _tell(self, sentence: str) -> None:
        document, main = newest(self.session), self._main.view
        if main.engine != "dead" and sentence not in main.message:
            name = document.name if document is not None else "the other network"
            self._main.show_message(f"{name}: {sentence}", "error")


def newest(session: Session) -> Document | None:
    """Return the document of a session: one on its way comes before the one shown."""
    return session.newest


def is_settled(session: Session) -> bool:
    """Whether a session shows everything at its place, the gradients too, or why there are none."""
    view = session.view
    moving = session.opening is not None or session.goal is not None or bool(session.growing)
    if view.trace is None or moving:
        return False
    wanted = objective_of(view)
    refused = bool(view.unheld) or (view.refused is not None and view.refused[0] == wanted)
    return wanted is None or refused or (view.gradients is not None and view.gradients.objective == wanted)


def _task_of(document: Document) -> tuple[object, ...]:
    return tuple(getattr(document.spec, name) for name in _TASK)


def _place(position: int, main: TraceView, own: TraceView) -> int:
    """Return the position of one run that belongs to that of another: the same, or that of the same step."""
    ours, theirs = own.schedule, main.schedule
    same = (ours.spec.bidirectional, ours.spec.num_layers) == (theirs.spec.bidirectional, theirs.spec.num_layers)
    if same and ours.steps == theirs.steps:
        return position
    return ours.position_of(theirs.at(position).step)
