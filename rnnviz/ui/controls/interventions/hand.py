"""A hand on the curves of a plot: a point that is dragged is held where it is dragged to, and the future follows."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import msgspec
from PySide6.QtCore import QObject

from rnnviz.ui.controls.gestures import gestures
from rnnviz.ui.controls.interventions.menus import Grip
from rnnviz.ui.intervening import with_added
from rnnviz.ui.plots import CurvesPlot
from rnnviz.ui.session import Session


class CurveHand(QObject):
    """Turns points that are dragged into clamps; one drag is one step of undo.

    Parameters
    ----------
    plot : CurvesPlot
    session : Session
    grip_of : callable
        Given the key of a curve and a step, what is taken hold of; None for nothing.
    """

    def __init__(self, plot: CurvesPlot, session: Session, grip_of: Callable[[Hashable, int], Grip | None]) -> None:
        super().__init__(plot)
        self._session = session
        self._grip_of = grip_of
        self._gesture = 0
        plot.held_by_hand = True
        plot.pointHeld.connect(self._on_held)

    def _on_held(self, key: Hashable, step: int, value: float, begins: bool) -> None:
        grip, session = self._grip_of(key, step), self._session
        if begins:
            self._gesture = next(gestures)
        if grip is not None:
            clamp = msgspec.structs.replace(grip.clamp, value=round(value, 3))
            session.set_interventions(with_added(session.interventions, clamp), self._gesture)
