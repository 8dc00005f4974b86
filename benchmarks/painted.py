"""Notices that a window has been painted, at no cost to what else it does."""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget


class Painted(QObject):
    """Waits for the first paint of a window."""

    def __init__(self) -> None:
        super().__init__()
        self.watched: QWidget | None = None

    def watch(self, window: QWidget) -> None:
        """Wait for the first paint of this window."""
        self.watched = window
        window.installEventFilter(self)

    def painted(self) -> None:
        """Do what is to be done when the window with all that it holds has been painted."""
        raise NotImplementedError

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """See paint events go by; what the window holds is painted after it."""
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self.painted)
        return False


def tell() -> None:
    """Print a moment of the monotonic clock, in nanoseconds."""
    print(time.monotonic_ns(), flush=True)
