"""What a test left behind: widgets, timers, threads and processes that are still alive after it."""

from __future__ import annotations

import functools
import gc
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

GRACE = 2.0  # seconds in which what was asked to end may end


@dataclass(frozen=True)
class _Started:
    """Something that was started, and the line that started it."""

    ref: weakref.ref[Any]
    place: str


@dataclass
class Watch:
    """Notes what is started while the tests run; nothing is changed in how it runs."""

    timers: list[_Started] = field(default_factory=list)
    threads: list[_Started] = field(default_factory=list)
    processes: list[_Started] = field(default_factory=list)
    single_shots: list[tuple[float, str]] = field(default_factory=list)

    def watch_processes(self) -> None:
        """Note every ``subprocess.Popen`` from here on."""
        _note_calls(subprocess.Popen, "__init__", self.processes)

    def watch_qt(self) -> None:
        """Note every timer, thread and process that Python starts through Qt from here on."""
        from PySide6.QtCore import QProcess, QThread, QTimer

        _note_calls(QTimer, "start", self.timers)
        _note_calls(QThread, "start", self.threads)
        _note_calls(QProcess, "start", self.processes)
        original = QTimer.singleShot

        def single_shot(msec: int, *arguments: Any) -> None:
            # With a receiver, deleting the receiver ends the timer: only free functions can outlive a test.
            if len(arguments) == 1 and not hasattr(arguments[0], "__self__"):
                self.single_shots.append((time.monotonic() + msec / 1000, _place()))
            original(msec, *arguments)

        QTimer.singleShot = staticmethod(single_shot)  # type: ignore[method-assign]

    def forget(self) -> None:
        """Drop the notes of what ended long ago."""
        for notes in (self.timers, self.threads, self.processes):
            notes[:] = [note for note in notes if note.ref() is not None]
        self.single_shots[:] = [shot for shot in self.single_shots if shot[0] > time.monotonic()]


class Before:
    """What is alive when a test begins; fixtures of a wider scope may keep theirs.

    Parameters
    ----------
    watch : Watch
        The notes of what was started.
    qt : bool
        Whether the test uses Qt. Without it only Python's threads and processes are looked at.
    """

    def __init__(self, watch: Watch, qt: bool) -> None:
        watch.forget()
        self.watch = watch
        self.qt = qt
        self.python_threads = set(threading.enumerate())
        self.running = {id(thing) for thing, _ in _alive([*watch.timers, *watch.threads, *watch.processes])}
        self.single_shots = list(watch.single_shots)
        self.widgets = {_address(widget) for widget in _top_level_widgets()} if qt else set()

    def left_behind(self) -> list[str]:
        """Return one sentence per thing that began after this moment and is still alive."""
        deadline = time.monotonic() + GRACE
        while True:
            if self.qt:
                flush_deferred_deletes()
            found = self._look()
            if not found or time.monotonic() > deadline:
                self.end_processes()
                return found
            gc.collect()  # a cycle is no leak
            time.sleep(0.02)

    def _look(self) -> list[str]:
        found = [
            f"the thread {thread.name!r} still runs"
            for thread in threading.enumerate()
            if thread not in self.python_threads and not isinstance(thread, threading._DummyThread)
        ]
        found += [f"a process started at {place} still runs" for _, place in self._running_processes()]
        return found + self._look_at_qt() if self.qt else found

    def _look_at_qt(self) -> list[str]:
        found = [
            f"the widget {type(widget).__name__} {widget.objectName()!r} still exists"
            for widget in _top_level_widgets()
            if _address(widget) not in self.widgets
        ]
        found += [
            f"a QTimer started at {place} is still active"
            for timer, place in self._new(self.watch.timers)
            if timer.isActive()
        ]
        found += [
            f"a QThread started at {place} still runs"
            for thread, place in self._new(self.watch.threads)
            if thread.isRunning()
        ]
        now = time.monotonic()
        found += [
            f"a single shot set at {shot[1]} is still to come"
            for shot in self.watch.single_shots
            if shot not in self.single_shots and shot[0] > now
        ]
        return found

    def _running_processes(self) -> list[tuple[Any, str]]:
        return [(process, place) for process, place in self._new(self.watch.processes) if _process_runs(process)]

    def end_processes(self) -> None:
        """End what the test has started and not ended: it must not outlive the run as well."""
        for process, _ in self._running_processes():
            process.kill()
            if isinstance(process, subprocess.Popen):
                process.wait()

    def _new(self, notes: list[_Started]) -> list[tuple[Any, str]]:
        return [(thing, place) for thing, place in _alive(notes) if id(thing) not in self.running]


def flush_deferred_deletes() -> None:
    """Run what ``deleteLater`` asked for: ``processEvents`` alone deletes nothing."""
    from PySide6.QtCore import QCoreApplication, QEvent

    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    QCoreApplication.processEvents()


def _note_calls(owner: type, name: str, notes: list[_Started]) -> None:
    original: Callable[..., Any] = getattr(owner, name)

    @functools.wraps(original)
    def noted(self: Any, *arguments: Any, **keywords: Any) -> Any:
        notes[:] = [note for note in notes if note.ref() is not None and note.ref() is not self]
        notes.append(_Started(weakref.ref(self), _place()))
        return original(self, *arguments, **keywords)

    setattr(owner, name, noted)


def _place() -> str:
    """Return the line that started a thing: the nearest caller that belongs to the product or to a test."""
    caller = sys._getframe(2)
    while caller.f_back is not None and "site-packages" in caller.f_code.co_filename:
        caller = caller.f_back
    return f"{Path(caller.f_code.co_filename).name}:{caller.f_lineno}"


def _alive(notes: list[_Started]) -> list[tuple[Any, str]]:
    """Return the things that Python and, where they are Qt's, C++ still hold, each with its place."""
    things = [(thing, note.place) for note in notes if (thing := note.ref()) is not None]
    if "shiboken6" not in sys.modules:
        return things
    import shiboken6

    return [(thing, place) for thing, place in things if _is_valid(thing, shiboken6)]


def _is_valid(thing: Any, shiboken6: Any) -> bool:
    return not isinstance(thing, shiboken6.Object) or bool(shiboken6.isValid(thing))


def _process_runs(process: Any) -> bool:
    if isinstance(process, subprocess.Popen):
        return getattr(process, "pid", None) is not None and process.poll() is None
    return bool(process.state() != type(process).ProcessState.NotRunning)


def _top_level_widgets() -> list[Any]:
    from PySide6.QtWidgets import QApplication

    # Qt keeps one label for all tool tips and lets it go by itself.
    return [widget for widget in QApplication.topLevelWidgets() if not widget.inherits("QTipLabel")]


def _address(widget: Any) -> int:
    import shiboken6

    return int(shiboken6.getCppPointer(widget)[0])
