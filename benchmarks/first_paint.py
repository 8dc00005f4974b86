"""Starts the application as a user does, and says when its window was first painted and when it showed the sample.

``python -m benchmarks.first_paint FOLDER`` prints two moments of the monotonic clock, in nanoseconds. The settings are
kept in the folder, so that those of the user are neither read nor written.
"""

from __future__ import annotations

import sys
import time

from PySide6.QtCore import QEvent, QObject, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from rnnviz.cli import main
from rnnviz.ui.app import application
from rnnviz.ui.window import MainWindow


class Watch(QObject):
    """Waits for the first paint of the window, then for the sample, and ends the application."""

    def __init__(self) -> None:
        super().__init__()
        self._painted = False
        self._timer = QTimer(self)
        self._timer.setInterval(5)
        self._timer.timeout.connect(self._look)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """See paint events go by."""
        if event.type() == QEvent.Type.Paint and isinstance(watched, MainWindow) and not self._painted:
            self._painted = True
            print(time.monotonic_ns(), flush=True)
            self._timer.start()
        return False

    def _look(self) -> None:
        for window in QApplication.topLevelWidgets():
            if isinstance(window, MainWindow) and window.session.view.published:
                self._timer.stop()
                QApplication.processEvents()
                print(time.monotonic_ns(), flush=True)
                QApplication.exit(0)


if __name__ == "__main__":
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, sys.argv[1])
    app, watch = application(), Watch()
    app.installEventFilter(watch)
    sys.exit(main([]))
