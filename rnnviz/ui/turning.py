"""What is turned by hand as it is turned: a new value waits for what the one before shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from rnnviz.engine.interventions import Intervention
from rnnviz.engine.messages import Scaling

if TYPE_CHECKING:
    from rnnviz.ui.sessioncore import SessionCore

PATIENCE = 300
"""Milliseconds that a value may be on the screen before the next one follows, answered by the engine or not."""


@dataclass(frozen=True)
class Turn:
    """What is wanted of the network, and the gesture of the user that it belongs to; 0 for none."""

    scaling: Scaling | None = None
    interventions: tuple[Intervention, ...] = ()
    gesture: int = 0


class Turning(QObject):
    """Hands turns on to the engine one by one, as fast as gradients and short analyses follow; the latest wins.

    Parameters
    ----------
    session : SessionCore
    """

    def __init__(self, session: SessionCore) -> None:
        super().__init__(session)
        self._session = session
        self._next: Turn | None = None
        self._turning = False
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE)
        self._patience.timeout.connect(self._on_patience)
        session.changed.connect(self._on_changed)

    @property
    def next(self) -> Turn | None:
        """The turn that waits."""
        return self._next

    @property
    def active(self) -> bool:
        """Whether a turn waits, is on its way, or is not yet followed by what is answered fast."""
        return self._turning

    def turn(self, turn: Turn) -> None:
        """Turn the network so now, or as soon as what was turned before is shown and answered."""
        self._next = turn
        if not self._turning or self._answered():
            self._go()

    def finish(self) -> None:
        """Turn at once as is wanted: something else is to follow."""
        if self._next is not None:
            self._go()

    def forget(self) -> None:
        """Drop what waits: another document is asked for, or the turn before was refused."""
        self._next, self._turning = None, False
        self._patience.stop()

    def _answered(self) -> bool:
        """Whether the turn before is shown, and everything that is answered fast follows it."""
        session = self._session
        return session.opening is None and session.asked is None and not session.inquiries.short_ones_asked

    def _go(self) -> None:
        turn, self._next = self._next, None
        self._patience.stop()
        self._turning = turn is not None
        if turn is not None:
            self._session.take_turn(turn)

    def _on_changed(self, *_: object) -> None:
        if not self._turning:
            return
        if self._answered():
            self._go()
        elif self._session.opening is None and not self._patience.isActive():
            self._patience.start()

    def _on_patience(self) -> None:
        if self._session.opening is None:
            self._go()
