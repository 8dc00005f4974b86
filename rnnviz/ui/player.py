"""The clock that lets the cursor run."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer

from rnnviz.ui.session import Session
from rnnviz.ui.view import View


class Player(QObject):
    """Steps the session while it plays; a step that has not been computed yet is waited for.

    Parameters
    ----------
    session : Session
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        session.changed.connect(self._on_changed)

    def _on_changed(self, view: View, old: View) -> None:
        if not view.differs(old, "playing", "speed"):
            return
        if view.playing:
            self._timer.start(round(1000 / view.speed))
        else:
            self._timer.stop()

    def _tick(self) -> None:
        if not self._session.waiting:
            self._session.step_along(1)
