"""Typesetting while the window is idle: each formula takes ziamath some 20 ms, too long for a step."""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import QObject, QTimer, Signal

from rnnviz.ui.digits import fill, typeset_zeros, zeroed
from rnnviz.ui.formula import Typeset, typeset
from rnnviz.ui.termsum import NAMED, put_together

_CACHED = 600
_QUIET = 40
"""Milliseconds before typesetting begins, so that the picture that asked for it is painted first."""

_Key = tuple[str, float, bool]


class Typesetter(QObject):
    """Typesets what is asked for while the window has nothing else to do, one formula at a time.

    Parameters
    ----------
    parent : QObject or None
    """

    ready = Signal()
    """Everything asked for is typeset."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: OrderedDict[_Key, None] = OrderedDict()
        self._done: OrderedDict[_Key, Typeset | None] = OrderedDict()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_timeout)
        self._quiet = False

    def get(self, tex: str, size: float) -> Typeset | None:
        """Return a formula if it has been typeset; otherwise ask for it and return None."""
        key = (tex, size, False)
        return self._done[key] if self._is_done(key) else None

    def numbers(self, tex: str, size: float) -> Typeset | None:
        """Return a formula full of numbers, at once where one that differs in its digits alone has been typeset."""
        if NAMED in tex:
            return put_together(tex, size, self.numbers, self.get)
        pattern, digits = zeroed(tex)
        if not self._is_done((pattern, size, True)):
            return None
        zeros = typeset_zeros(pattern, size)
        return fill(zeros, digits, size) if len(zeros.places) == len(digits) else self.get(tex, size)

    def forget(self) -> None:
        """Drop what is asked for but not typeset yet: it is no longer on the screen."""
        self._waiting.clear()
        self._timer.stop()

    def finish(self) -> None:
        """Typeset everything asked for at once, as an export needs it."""
        while self._waiting:
            self._next()

    def _is_done(self, key: _Key) -> bool:
        if key in self._done:
            self._done.move_to_end(key)
            return True
        self._waiting[key] = None
        self._quiet = False
        self._timer.start(0)
        return False

    def _on_timeout(self) -> None:
        """Begin when it was quiet for a while, counted from when the window first had nothing else to do."""
        if self._quiet:
            self._next()
        else:
            self._quiet = True
            self._timer.start(_QUIET)

    def _next(self) -> None:
        if self._waiting:
            self._timer.setInterval(0)
            (tex, size, zeros), _ = self._waiting.popitem(last=False)
            if zeros:
                typeset_zeros(tex, size)  # keeps what it has typeset
            self._done[tex, size, zeros] = None if zeros else typeset(tex, size)
            while len(self._done) > _CACHED:
                self._done.popitem(last=False)
        if not self._waiting:
            self._timer.stop()
            self.ready.emit()
