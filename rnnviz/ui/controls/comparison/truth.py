"""The truth beside a comparison: the gradients of all networks held against autograd, and the largest difference."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from rnnviz.engine.messages import LossObjective
from rnnviz.engine.requests import Norms, Request, Truth
from rnnviz.ui.comparing import common_state
from rnnviz.ui.controls.truth import TruthButton
from rnnviz.ui.view import View

_ASK = "check"
_HINT = "Compute the gradients of all networks once more with autograd and tell the largest difference of their norms"


class TruthOfAll(TruthButton):
    """Asks for the truth about the gradients of all networks, and tells it until other gradients are shown.

    A panel wants `wanted_of` for each network, calls `show_truths` when it draws, and asks anew on
    `pressed_for_truth`.

    Parameters
    ----------
    parent : QWidget or None
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._about: tuple[object, ...] | None = None
        self._seen: tuple[object, ...] = ()

    def wanted_of(self, views: Sequence[View], place: int) -> tuple[Request, ...]:
        """Return what is wanted to know of the network of a place, while the truth is wanted."""
        request = _request(views[place]) if self._about == _key(views) else None
        return () if request is None else (request,)

    def show_truths(self, views: Sequence[View]) -> None:
        """Tell what is known of the truth about the gradients of networks."""
        self._seen = _key(views)
        if self._about != self._seen:
            self._about = None
        requests = [_request(view) for view in views]
        possible = all(request is not None for request in requests)
        self.setEnabled(possible)
        if self._about is None or not possible:
            self._say(_ASK, _HINT)
            return
        found = [view.analyses.get(request) for view, request in zip(views, requests, strict=True) if request]
        faults = [answer.fault for answer in found if answer is not None and answer.fault]
        if faults:
            self._say("not checked", faults[0])
        elif any(a is None or not view.current(a) for view, a in zip(views, found, strict=True)):
            self._say("checking", "Autograd is computing the gradients")
        else:
            facts = [answer.facts for answer in found if answer is not None]
            difference = max(float(one["difference"]) for one in facts)  # type: ignore[arg-type]
            largest = max(float(one["largest"]) for one in facts)  # type: ignore[arg-type]
            text = f"autograd: ± {difference:.0e}" if difference else "autograd: equal"
            self._say(
                text,
                f"The norms of the gradients of all {len(facts)} networks were computed once more with autograd. "
                f"The largest difference is {difference:.2e}, the largest norm {largest:.2e}.",
            )

    def _on_clicked(self) -> None:
        self._about = self._seen
        self.pressed_for_truth.emit()


def _request(view: View) -> Truth | None:
    field = common_state(view, "h")
    objective = view.gradients.objective if view.gradients is not None else None
    if field is None or not isinstance(objective, LossObjective):
        return None
    return Truth(Norms(field.signal, field.layer, field.direction, objective.scope, objective.step))


def _key(views: Sequence[View]) -> tuple[object, ...]:
    return tuple((view.gradients, view.trace, view.published, view.layer, view.direction) for view in views)
