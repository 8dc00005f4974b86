"""What every analysis is made of: the request it answers, how, and how its numbers are held against autograd."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from rnnviz.engine.answer import Answer
from rnnviz.engine.jobs import Job
from rnnviz.engine.requests import Request

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace
    from rnnviz.engine.truth import Truth

R = TypeVar("R", bound=Request)
T = TypeVar("T")

_MOST_KEPT = 8


class Memo:
    """What was computed for one state of a run and serves more than one question.

    It belongs to one trace; the engine throws it away when the run goes on.

    Parameters
    ----------
    lasting : Memo, optional
        What holds however the recurrent matrices of the network are scaled, and so outlives a turn of the knob.
    """

    def __init__(self, lasting: Memo | None = None) -> None:
        self.lasting = lasting
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable, job: Callable[[], Job[T]]) -> Job[T]:
        """Return what was kept under a key, or else run the job and keep its result."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return cast("T", self._kept[key])
        found = yield from job()
        self._kept[key] = found
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return found


@dataclass(frozen=True)
class Analysis(Generic[R]):
    """How one kind of request is answered.

    Parameters
    ----------
    request : type
    answer : callable
        (trace, request, memo) -> a job that returns an Answer. It raises RnnvizError, with one sentence for the
        screen, where the question has no answer.
    truth : callable or None
        (trace, request, memo) -> a job that returns the largest difference from autograd.
    """

    request: type[R]
    answer: Callable[[Trace, R, Memo], Job[Answer]]
    truth: Callable[[Trace, R, Memo], Job[Truth]] | None = None
