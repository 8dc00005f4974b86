"""The networks that run beside that of a session for comparison: which there are, and how they are changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.requests import Request
from rnnviz.engine.sequence import SequenceSource
from rnnviz.engine.spec import NetworkSpec
from rnnviz.ui.contenders import (
    Rival,
    RivalsChange,
    changed,
    like,
    of_cell,
    on_sequence_of,
    reading,
    respecified,
)
from rnnviz.ui.counting import matched, parameter_count
from rnnviz.ui.fitting import Fitted
from rnnviz.ui.follower import Follower, newest
from rnnviz.ui.rivalweights import gather_weights
from rnnviz.ui.view import Document, View

if TYPE_CHECKING:
    from rnnviz.ui.enginelink import EngineLink
    from rnnviz.ui.session import Session

TRIO = ("rnn", "lstm", "gru")
MOST = 3
"""How many networks can run beside that of a session."""

_SHOWN = (
    *("document", "trace", "published", "position", "gradients", "per_step", "analyses", "unheld", "refused"),
    *("scope", "probe", "layer", "direction", "units", "ahead_hidden"),
)
"""What is seen of a network that is compared; reports of work under way are not."""


class Rivals(QObject):
    """Up to three further networks, each in a session of its own that keeps in step with the main one.

    What they show stands in ``View.rivals`` of the main session, in their order. Like all requests those of this
    object never raise; an impossible one becomes the message of the session.

    Parameters
    ----------
    main : Session
    make : callable
        Makes a session, given its link to the engine.
    """

    def __init__(self, main: Session, make: Callable[[EngineLink], Session]) -> None:
        super().__init__(main)
        self._main = main
        self._make = make
        self._followers: dict[int, Follower] = {}
        self._keys, self._slots = count(1), count(1)

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The sessions, in their order."""
        return tuple(follower.session for follower in self._followers.values())

    @property
    def chosen(self) -> tuple[Rival, ...]:
        """Which networks there are."""
        found = []
        for key, follower in self._followers.items():
            document = newest(follower.session)
            if document is not None:
                found.append(Rival(key, document, follower.own_source))
        return tuple(found)

    @property
    def waiting(self) -> bool:
        """Whether any of them has still to come to where it is to be."""
        return any(follower.waiting for follower in self._followers.values())

    @property
    def settled(self) -> bool:
        """Whether all show everything, their gradients too, at the place of the main session."""
        return all(follower.settled for follower in self._followers.values())

    # Requests, each one step of undo

    def add_copy(self, **changes: object) -> None:
        """Put the session's network beside itself, with some fields of its specification changed."""
        document = newest(self._main)
        if document is not None:
            self._try(lambda: self._add([changed(document, changes)]))

    def add_trio(self) -> None:
        """Put those of RNN, LSTM and GRU beside the session's network that it is not itself.

        Beside a trained sample stand the samples of the other cells that were trained alike.
        """
        document = newest(self._main)
        if document is not None:
            others = [cell for cell in TRIO if cell != document.spec.cell]
            self._try(lambda: self._add([of_cell(document, cell) for cell in others][: MOST - len(self._followers)]))

    def add_document(self, document: Document) -> None:
        """Put another network, such as that of a session file, beside the session's, on the same sequence."""
        main = newest(self._main)
        if main is not None:
            self._try(lambda: self._add_fitted(on_sequence_of(document, main)))

    def add_sequence(self, source: SequenceSource) -> None:
        """Let the session's network read another sequence beside the first."""
        document = newest(self._main)
        if document is not None:
            self._try(lambda: self._add([reading(document, source)], own_source=True))

    def change(self, index: int, **changes: object) -> None:
        """Change some fields of the specification of a network, counted from 0."""
        rivals = self.chosen
        if not 0 <= index < len(rivals):
            return
        document = rivals[index].document
        self._try(lambda: self._put(index, changed(document, changes)))

    def put_document(self, index: int, document: Document) -> None:
        """Put another network, such as that of a session file, in the place of one, counted from 0."""
        main = newest(self._main)
        if main is not None and 0 <= index < len(self.chosen):
            self._try(lambda: self._put_fitted(index, on_sequence_of(document, main)))

    def remove(self, index: int) -> None:
        """Remove a network, counted from 0."""
        rivals = self.chosen
        if 0 <= index < len(rivals):
            self._choose("removal of a network", rivals[:index] + rivals[index + 1 :])

    def clear(self) -> None:
        """Remove all."""
        if self._followers:
            self._choose("removal of networks", ())

    def equal_size(self) -> None:
        """Give all networks as many units as the session's has."""
        main = newest(self._main)
        if main is not None:
            self._resize("equal size", lambda spec: like(spec, main.spec))

    def equal_parameters(self) -> None:
        """Give all networks that size whose number of parameters comes nearest to that of the session's."""
        main = newest(self._main)
        if main is not None:
            wanted = parameter_count(main.spec)
            self._resize("equal number of parameters", lambda spec: matched(spec, wanted))

    # What the session asks

    def restore(self, networks: Sequence[tuple[Document, bool]]) -> None:
        """Show these networks and no others, as a session file names them; there is nothing to undo."""
        kept = networks[:MOST]
        self._become(tuple(Rival(next(self._keys), document, own) for document, own in kept))

    def want(self, owner: str, requests: Sequence[Sequence[Request]]) -> None:
        """Ask the engine what a panel wants to know of each of them; the answers come in their views."""
        for place, session in enumerate(self.sessions):
            session.want(owner, requests[place] if place < len(requests) else ())

    def change_of(self, text: str, before: tuple[Rival, ...], after: tuple[Rival, ...]) -> RivalsChange:
        """Return a change of which networks there are, that can be undone."""
        return RivalsChange(text, self._go_to, before, after)

    def new_key(self) -> int:
        """Return a key that no network has."""
        return next(self._keys)

    def follow(self) -> None:
        """Bring all to where the session stands."""
        for follower in tuple(self._followers.values()):
            follower.follow()

    def rerun(self) -> None:
        """Run all anew as far as the session."""
        for follower in self._followers.values():
            follower.rerun()

    def cancel(self) -> None:
        """Stop what is under way for all."""
        for session in self.sessions:
            session.cancel()

    def request_weights(self, callback: Callable[[tuple[bytes | None, ...]], None]) -> None:
        """Ask for the parameters of all, in their order; of one that is not open its document says them."""
        gather_weights(self.chosen, self._session_to_ask, callback)

    def _session_to_ask(self, rival: Rival) -> Session | None:
        follower = self._followers.get(rival.key)
        there = follower is not None and follower.session.view.trace is not None
        return follower.session if follower is not None and there and self._main.view.engine != "dead" else None

    # How they come about

    def _try(self, request: Callable[[], None]) -> None:
        try:
            request()
        except (RnnvizError, TypeError) as error:
            self._main.show_message(str(error), "error")

    def _add(self, documents: Sequence[Document], *, own_source: bool = False) -> None:
        if len(self._followers) + len(documents) > MOST:
            self._main.show_message(f"at most {MOST + 1} networks are compared: remove one first", "error")
            return
        new = tuple(Rival(next(self._keys), document, own_source) for document in documents)
        self._choose("network for comparison" if len(new) == 1 else "networks for comparison", self.chosen + new)

    def _add_fitted(self, fitted: Fitted) -> None:
        self._add([fitted.document])
        if fitted.notice:
            self._main.show_message(fitted.notice)

    def _put_fitted(self, index: int, fitted: Fitted) -> None:
        rivals = list(self.chosen)
        rivals[index] = Rival(next(self._keys), fitted.document)
        self._choose("change of a compared network", tuple(rivals))
        if fitted.notice:
            self._main.show_message(fitted.notice)

    def _put(self, index: int, document: Document) -> None:
        rivals = list(self.chosen)
        rivals[index] = replace(rivals[index], document=document)
        self._choose("change of a compared network", tuple(rivals))

    def _resize(self, text: str, resized: Callable[[NetworkSpec], NetworkSpec]) -> None:
        def request() -> None:
            rivals = self.chosen
            new = [
                replace(rival, document=respecified(rival.document, resized(rival.document.spec))) for rival in rivals
            ]
            self._choose(text, tuple(new))

        self._try(request)

    def _choose(self, text: str, rivals: tuple[Rival, ...]) -> None:
        before = self.chosen
        if rivals != before:
            self._main.undo_stack.push(self.change_of(text, before, rivals))

    def _go_to(self, rivals: tuple[Rival, ...]) -> None:
        if not self._main.stack_moves:
            self._become(rivals)

    def _become(self, rivals: tuple[Rival, ...]) -> None:
        """Have exactly these networks; those that stay as they are go on undisturbed."""
        kept = {rival.key for rival in rivals}
        for key in [key for key in self._followers if key not in kept]:
            self._release(key)
        now = {rival.key: rival for rival in self.chosen}
        followers: dict[int, Follower] = {}
        for rival in rivals:
            followers[rival.key] = self._followers.get(rival.key) or self._follower(rival)
        self._followers = followers
        for rival in rivals:
            if rival.key not in now:
                followers[rival.key].begin(self._sequenced(rival))
            elif now[rival.key].document != rival.document:
                followers[rival.key].session.set_document(self._sequenced(rival))
        self._publish()

    def _sequenced(self, rival: Rival) -> Document:
        """Give a network that was chosen before the sequence changed the one that is read now."""
        main = newest(self._main)
        if rival.own_source or main is None or main.source == rival.document.source:
            return rival.document
        try:
            return on_sequence_of(rival.document, main).document
        except RnnvizError:
            return rival.document  # the engine says what is wrong with it

    def _follower(self, rival: Rival) -> Follower:
        session = self._make(self._main.link.slot(next(self._slots)))
        session.undo_stack.setUndoLimit(1)  # changes are undone in the main session
        session.apply(engine=self._main.view.engine)
        follower = Follower(self._main, session, rival.own_source)
        session.setParent(self)
        session.changed.connect(self._on_changed)
        return follower

    def _release(self, key: int) -> None:
        follower = self._followers.pop(key)
        follower.session.changed.disconnect(self._on_changed)
        follower.release()

    def _on_changed(self, view: View, old: View) -> None:
        if view.differs(old, *_SHOWN):
            self._publish()

    def _publish(self) -> None:
        """Let the view of the main session show what they show."""
        views: tuple[View, ...] = tuple(session.view for session in self.sessions)
        self._main.apply(rivals=views)
