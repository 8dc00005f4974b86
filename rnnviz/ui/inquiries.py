"""What visible panels want to know of the run beyond signals and gradients: asked for, kept, and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from rnnviz.engine.answer import unpack
from rnnviz.engine.messages import Analyse, Analysed, Withdraw
from rnnviz.engine.requests import AnyRequest, Request
from rnnviz.ui.view import AnalysisView, TraceView

if TYPE_CHECKING:
    from rnnviz.ui.sessioncore import SessionCore

_MOST_KEPT = 64
"""Answers that nobody wants at present and that are kept for a cursor which comes back."""


class Inquiries:
    """The requests of the panels, each asked once for every state of the run.

    Parameters
    ----------
    session : SessionCore
    """

    def __init__(self, session: SessionCore) -> None:
        self._session = session
        self._wanted: dict[str, tuple[Request, ...]] = {}
        self._asked: list[Request] = []

    @property
    def wanted(self) -> tuple[Request, ...]:
        """What is wanted, without repetitions."""
        return tuple(dict.fromkeys(request for requests in self._wanted.values() for request in requests))

    @property
    def pending(self) -> bool:
        """Whether the engine has been asked something that it has not answered."""
        return bool(self._asked)

    @property
    def complete(self) -> bool:
        """Whether everything that is wanted is answered for what is shown; of a run that has not begun nothing is."""
        view = self._session.view
        return view.trace is not None and not self.missing

    @property
    def missing(self) -> tuple[Request, ...]:
        """What is wanted and not answered for what is shown; of a run that has not begun nothing can be asked."""
        view = self._session.view
        if view.trace is None or not view.published:
            return ()
        answers = {request: view.analyses.get(request) for request in self.wanted}
        return tuple(request for request, known in answers.items() if known is None or not view.current(known))

    @property
    def short_ones_asked(self) -> bool:
        """Whether an answer is awaited that does not take long."""
        return any(not request.long for request in self._asked)

    def want(self, owner: str, requests: Sequence[Request]) -> None:
        """Note what a panel wants in place of what it wanted before, and ask for what is missing."""
        if tuple(requests) == self._wanted.get(owner, ()):
            return
        self._wanted[owner] = tuple(requests)
        self.ask()

    def ask(self) -> None:
        """Ask for everything that is wanted and not known; take back what is no longer wanted."""
        session, view = self._session, self._session.view
        wanted = self.wanted
        for request in [asked for asked in self._asked if asked not in wanted]:
            self._asked.remove(request)
            session.send(Withdraw(session.ticket, _any(request)))
        if view.unheld:
            self._say_why_not(view.unheld)
        if not session.answering or view.trace is None or not view.published:
            return
        for request in wanted:
            known = view.analyses.get(request)
            if request not in self._asked and (known is None or not view.current(known)):
                self._asked.append(request)
                session.send(Analyse(session.ticket, _any(request)))

    def again(self, request: Request) -> None:
        """Forget an answer, such as that of a request that was cancelled, so that it is asked for anew."""
        view = self._session.view
        left = {known: answer for known, answer in view.analyses.items() if known != request}
        if len(left) != len(view.analyses):
            self._session.apply(analyses=MappingProxyType(left))

    def answered(self, event: Analysed) -> None:
        """Take an answer of the engine in."""
        session, view = self._session, self._session.view
        if event.request in self._asked:
            self._asked.remove(event.request)
        if view.trace is None or session.opening is not None:
            return
        kept = {request: answer for request, answer in view.analyses.items() if request != event.request}
        kept[event.request] = _answer(event, view.trace, view.published)
        session.apply(analyses=MappingProxyType(self._pruned(kept)), progress=None)

    def forget(self) -> None:
        """Wait for no answer any more: the engine, or the run, is another one."""
        self._asked.clear()

    def take_back(self, why: str) -> None:
        """Take back this reason that questions were not answered for: they can be asked again."""
        view = self._session.view
        left = {request: answer for request, answer in view.analyses.items() if not why or answer.fault != why}
        if len(left) != len(view.analyses):
            self._session.apply(analyses=MappingProxyType(left))

    def _say_why_not(self, why: str) -> None:
        """Give what is wanted a reason in place of an answer."""
        session, view = self._session, self._session.view
        if view.trace is not None and self.missing:
            told = {request: AnalysisView(request, view.trace, view.published, fault=why) for request in self.missing}
            session.apply(analyses=MappingProxyType({**view.analyses, **told}))

    def _pruned(self, kept: dict[Request, AnalysisView]) -> dict[Request, AnalysisView]:
        wanted = self.wanted
        idle = [request for request in kept if request not in wanted]
        for request in idle[: max(0, len(idle) - _MOST_KEPT)]:
            del kept[request]
        return kept


def fitting(
    analyses: dict[Request, AnalysisView], old: TraceView | None, new: TraceView
) -> dict[Request, AnalysisView]:
    """Return the answers that can stand on the screen until those of a new run are there: those of the same shapes."""
    return analyses if same_shapes(old, new) else {}


def same_shapes(old: TraceView | None, new: TraceView) -> bool:
    """Whether two runs have the same signals at the same steps."""
    return old is not None and _shape(old) == _shape(new)


def _shape(trace: TraceView) -> tuple[object, ...]:
    schedule = trace.schedule
    signals = tuple((f.layer, f.direction, f.signal, f.size) for f in trace.record.signals)
    return signals, schedule.steps, schedule.positions, schedule.has_output.tobytes()


def _answer(event: Analysed, trace: TraceView, published: int) -> AnalysisView:
    position = event.position if event.position >= 0 else published
    if event.fault:
        return AnalysisView(event.request, trace, position, fault=event.fault)
    try:
        arrays = unpack(event.answer)
    except OSError as error:
        return AnalysisView(event.request, trace, position, fault=f"the answer cannot be read: {error}")
    return AnalysisView(event.request, trace, position, MappingProxyType(arrays), MappingProxyType(event.facts))


def _any(request: Request) -> AnyRequest:
    assert isinstance(request, AnyRequest)
    return request
