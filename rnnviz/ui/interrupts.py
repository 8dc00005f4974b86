"""Ctrl+C and the system's request to end, heard while Qt waits: Python alone hears of them at its next event."""

from __future__ import annotations

import signal
import socket
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier, Signal

_HEARD = (signal.SIGINT, signal.SIGTERM)


class Interrupts(QObject):
    """Tells the event loop of signals that ask the program to end; one that is ignored stays ignored.

    Parameters
    ----------
    parent : QObject or None

    Attributes
    ----------
    number : int
        The signal that was met last; 0 for none.
    """

    met = Signal(int)
    """The number of the signal, in the thread of the window."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.number = 0
        self._ear, self._mouth = socket.socketpair()
        for end in (self._ear, self._mouth):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._ear.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_heard)
        self._before = {n: signal.getsignal(n) for n in _HEARD if signal.getsignal(n) is not signal.SIG_IGN}
        self._wakeup = signal.set_wakeup_fd(self._mouth.fileno())
        for number in self._before:
            signal.signal(number, _leave_to_the_loop)

    def remove(self) -> None:
        """Give the signals back to whoever had them."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._wakeup)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        for end in (self._ear, self._mouth):
            end.close()
        self.deleteLater()

    def _on_heard(self) -> None:
        for number in self._ear.recv(64):
            if number in self._before:
                self.number = number
                self.met.emit(number)


def _leave_to_the_loop(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: the number stands in the socket, from which the event loop reads it."""
