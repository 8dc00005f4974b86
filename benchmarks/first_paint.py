"""Starts the application as a user does, and says when its window was first painted and when it showed the sample.

``python -m benchmarks.first_paint`` prints two moments of the monotonic clock, in nanoseconds. Nothing of rnnviz is
loaded before its own command line does that.
"""

from __future__ import annotations

import sys
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow

from benchmarks.painted import Painted, tell


class Watch(Painted):
    """Waits for the first paint of the window, then for the sample, and ends the application."""

    def __init__(self) -> None:
        super().__init__()
        self._timer = QTimer(self)
        self._timer.setInterval(5)
        self._timer.timeout.connect(self._look)

    def painted(self) -> None:
        """Tell the moment, and look for the sample."""
        tell()
        self._look()

    def _look(self) -> None:
        window: Any = self.watched
        if not window.session.view.published:
            self._timer.start()
            return
        if self._timer.isActive():  # it came after the first paint, and is still to be painted itself
            self._timer.stop()
            QApplication.processEvents()
        tell()
        QApplication.exit(0)


if __name__ == "__main__":
    watch, show = Watch(), QMainWindow.show

    def watched(window: QMainWindow) -> None:
        """Show a window, and watch it."""
        watch.watch(window)
        show(window)

    QMainWindow.show = watched  # type: ignore[method-assign, assignment]
    from rnnviz.cli import main

    sys.exit(main([]))
