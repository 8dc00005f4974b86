"""The whole application as a user has it: the window in this process, the real engine in its own."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QEvent, QTimer

from rnnviz.ui.enginelink import ProcessLink
from rnnviz.ui.session import Session
from rnnviz.ui.settings import Settings
from rnnviz.ui.start import plain_document
from rnnviz.ui.view import View
from rnnviz.ui.window import MainWindow

PATIENCE = 60.0
"""Seconds after which the application hangs, for a test."""


class RealWindow:
    """The window, its session and the engine process, with a memory of what was told and what went wrong.

    Parameters
    ----------
    root : Path
        Where the folder for recorded signals is made.
    arguments : list of str or None
        The command of the engine; None: the real one.
    """

    def __init__(self, root: Path, arguments: list[str] | None = None) -> None:
        self.root = root
        self.patience = PATIENCE
        self.told: list[tuple[str, str]] = []
        self.faults: list[str] = []
        self._excepthook, sys.excepthook = sys.excepthook, self._on_fault
        self.link = ProcessLink(arguments, root)
        self.session = Session(self.link)
        self.window = MainWindow(self.session, Settings())
        self.window.begin()
        self.window.resize(1400, 900)
        self.window.show()
        self.session.changed.connect(self._on_changed)
        self.link.start()

    def begin(self) -> RealWindow:
        """Open a sentence, and stand in the middle of it with something to undo."""
        self.session.open_document(plain_document())
        self.settle()
        self.session.undo_stack.clear()
        self.session.set_scope("upto")
        self.session.change_spec(seed=5)
        self.settle()
        self.session.go_to(3)
        self.settle()
        return self

    @property
    def view(self) -> View:
        return self.session.view

    @property
    def errors(self) -> list[str]:
        return [text for kind, text in self.told if kind == "error"]

    @property
    def idle(self) -> bool:
        session = self.session
        opens = session.waiting or session.opening is not None
        waits = opens or session.asked is not None or session.weights_wanted
        # Long questions of panels give way to everything else, so nothing has to wait for their answers.
        return not waits and (self.link.state in ("ready", "dead") or session.inquiries.pending)

    def spin(self, seconds: float = 0.0) -> None:
        """Let the window live for a while."""
        end = time.monotonic() + seconds
        while True:
            QCoreApplication.processEvents()
            if time.monotonic() >= end:
                return
            time.sleep(0.002)

    def soon(self, request: Callable[[], object]) -> None:
        """Do something while what comes next waits for it, such as a dialog that waits for its answer."""
        QTimer.singleShot(20, self.window, request)

    def wait(self, condition: Callable[[], bool], seconds: float | None = None) -> None:
        """Wait for something, and fail when it does not come."""
        end = time.monotonic() + (self.patience if seconds is None else seconds)
        while not condition():
            assert time.monotonic() < end, f"the application hangs: {self.view.message!r}, engine {self.link.state}"
            self.spin()
            time.sleep(0.002)

    def settle(self, seconds: float | None = None) -> View:
        """Wait until nothing is under way."""
        for _ in range(2):
            self.wait(lambda: self.idle, seconds)
            self.spin(0.02)
        self.wait(lambda: self.idle, seconds)
        return self.view

    def state(self) -> dict[str, Any]:
        """What must not change when something is refused."""
        view, stack = self.view, self.session.undo_stack
        return {
            "document": view.document,
            "trace": view.trace,
            "gradients": view.gradients,
            "cursor": (view.position, view.published),
            "picked": (view.layer, view.direction, view.units, view.probe, view.scope),
            "playing": view.playing,
            "undo": (stack.count(), stack.index(), stack.isClean()),
            "title": (self.window.windowTitle(), self.window.isWindowModified()),
            "file": self.window.files.path,
            "recent": self.window.settings.recent(),
        }

    def refuse(self, act: Callable[[], object]) -> str:
        """Do what must be refused: one sentence is told and nothing else changes; return the sentence."""
        self.session.show_message("")
        self.settle()
        before = self.state()
        self.told.clear()
        act()
        self.settle()
        after = self.state()
        changed = [name for name in before if before[name] is not after[name] and before[name] != after[name]]
        assert not changed, f"{changed} changed, told {self.told}"
        assert len(self.told) == 1, self.told
        kind, sentence = self.told[0]
        assert kind == "error", self.told
        assert self.window.messages.text.casefold() == sentence.casefold()
        assert len(sentence) < 500, sentence
        assert "\n" not in sentence, sentence
        assert not self.faults, self.faults
        return sentence

    def numbers(self) -> dict[tuple[int, str, str], NDArray[np.floating]]:
        """Copy every recorded signal as it is known."""
        view = self.view
        assert view.trace is not None
        return {
            (f.layer, f.direction, f.signal): view.trace.values(f.signal, view.published, f.layer, f.direction).copy()
            for f in view.trace.record.signals
        }

    def close(self) -> None:
        """Close everything, without asking."""
        self.session.undo_stack.setClean()
        self.window.close()
        self.link.stop()
        for thing in (self.window, self.session, self.link):
            thing.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        sys.excepthook = self._excepthook
        assert not self.faults, self.faults

    def _on_changed(self, view: View, old: View) -> None:
        if view.message and (view.message, view.message_kind) != (old.message, old.message_kind):
            self.told.append((view.message_kind, view.message))

    def _on_fault(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        self.faults.append("".join(traceback.format_exception(kind, error, trace)))
        sys.stderr.write(self.faults[-1])


def assert_same_numbers(
    one: dict[tuple[int, str, str], NDArray[np.floating]], other: dict[tuple[int, str, str], NDArray[np.floating]]
) -> None:
    """Every signal has the same values, bit for bit."""
    assert one.keys() == other.keys()
    for key, values in one.items():
        np.testing.assert_array_equal(values, other[key], err_msg=str(key))
