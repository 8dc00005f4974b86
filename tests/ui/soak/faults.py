"""What must never happen, whatever is done: exceptions in either process, warnings of Qt and of Python."""

from __future__ import annotations

import sys
import threading
import traceback
import warnings
from types import TracebackType

from PySide6.QtCore import QtMsgType, qInstallMessageHandler

from rnnviz.engine.messages import Analysed, AnyEvent, Failed
from rnnviz.ui.enginelink import EngineLink

QUIET = ("propagateSizeHints", "does not support raise", "does not support grabbing")
"""What the offscreen platform cannot do, and says so for every window."""


class FaultWatch:
    """Notes what goes wrong from its beginning to its end.

    Parameters
    ----------
    link : EngineLink
        Whose engine is watched too: what its commands meet comes with a traceback where it is a fault.
    """

    def __init__(self, link: EngineLink) -> None:
        self.found: list[str] = []
        link.received.connect(self._on_event)
        qInstallMessageHandler(self._on_message)
        self._before = (sys.excepthook, sys.unraisablehook, threading.excepthook, warnings.showwarning)
        sys.excepthook = self._on_exception
        sys.unraisablehook = self._on_unraisable
        threading.excepthook = self._on_thread
        warnings.showwarning = self._on_warning  # type: ignore[assignment]

    def end(self) -> None:
        """Watch no more."""
        qInstallMessageHandler(None)
        sys.excepthook, sys.unraisablehook, threading.excepthook, warnings.showwarning = self._before

    def _on_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        self.found.append("".join(traceback.format_exception(kind, error, trace)))

    def _on_unraisable(self, what: sys.UnraisableHookArgs) -> None:
        told = "".join(traceback.format_exception(what.exc_value)) if what.exc_value is not None else ""
        self.found.append(f"in {what.object!r}: {told}")

    def _on_thread(self, what: threading.ExceptHookArgs) -> None:
        self.found.append("".join(traceback.format_exception(what.exc_value)) if what.exc_value is not None else "")

    def _on_warning(self, message: Warning | str, category: type[Warning], name: str, line: int, *_: object) -> None:
        self.found.append(f"{name}:{line}: {category.__name__}: {message}")

    def _on_message(self, kind: QtMsgType, _context: object, text: str) -> None:
        if kind == QtMsgType.QtFatalMsg:
            sys.stderr.write(f"{text}\n")  # nothing is told any more after this
        if kind != QtMsgType.QtDebugMsg and not any(part in text for part in QUIET):
            self.found.append(f"Qt said: {text}")

    def _on_event(self, event: AnyEvent) -> None:
        if isinstance(event, Failed | Analysed) and event.report:
            self.found.append(f"in the engine: {event.report}")
