"""Faults of the program itself: a dialog with a report to copy, and a file for crashes."""

from __future__ import annotations

import faulthandler
import sys
import traceback
from collections.abc import Callable
from html import escape
from pathlib import Path
from types import TracebackType
from typing import TextIO

from PySide6.QtCore import QObject, QStandardPaths, Signal
from PySide6.QtWidgets import QApplication

from rnnviz.ui.help import HelpDialog

_SENTENCE = (
    "<h3>Something in rnnviz went wrong</h3><p>What is open stays as it is, and can be saved. "
    "The report below says where it happened; please send it to the developers.</p><pre>{report}</pre>"
)


class Faults(QObject):
    """Shows exceptions that nothing else took, one dialog at a time.

    Parameters
    ----------
    information : callable
        Returns versions and platform, for the report.
    """

    _met = Signal(str)

    def __init__(self, information: Callable[[], str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._information = information
        self._dialog: HelpDialog | None = None
        self._crashes: TextIO | None = None
        self._before = sys.excepthook
        self._met.connect(self._show)

    def install(self) -> None:
        """Take over what no one catches, and write crashes into a file in the user's cache."""
        self._before = sys.excepthook
        sys.excepthook = self._hook
        folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.CacheLocation))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file = folder / "crashes.txt"
            if file.exists() and not file.is_file():  # to open a pipe would wait for whoever reads it
                return
            self._crashes = file.open("a", encoding="utf-8")
        except OSError:
            return  # without a place for the file crashes are told on standard error only
        faulthandler.enable(self._crashes)

    def uninstall(self) -> None:
        """Give back what was taken over."""
        sys.excepthook = self._before
        if self._crashes is not None:
            faulthandler.disable()
            self._crashes.close()

    def _hook(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        report = "".join(traceback.format_exception(kind, error, trace))
        sys.stderr.write(report)
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        self._met.emit(f"{report}\n{self._information()}")  # queued into the thread of the window where it must be

    def _show(self, report: str) -> None:
        if self._dialog is not None:
            return
        parent = QApplication.activeWindow()
        if parent is None:
            return
        self._dialog = HelpDialog("Error", _SENTENCE.format(report=escape(report)), report, parent)
        self._dialog.finished.connect(self._forget)
        self._dialog.show()

    def _forget(self) -> None:
        self._dialog = None
