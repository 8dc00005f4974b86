"""The check for what a test leaves behind sees what it is meant to see, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QThread, QTimer
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests import leaks
from tests.leaks import Before, Watch


@pytest.fixture
def before(watch: Watch, qapp: object, monkeypatch: pytest.MonkeyPatch) -> Before:
    monkeypatch.setattr(leaks, "GRACE", 0.0)
    return Before(watch, qt=True)


def test_a_widget_that_was_not_closed_is_named(before: Before) -> None:
    widget = QWidget()
    widget.setObjectName("forgotten")
    assert before.left_behind() == ["the widget QWidget 'forgotten' still exists"]
    widget.deleteLater()
    del widget
    assert before.left_behind() == []


def test_a_widget_in_a_reference_cycle_is_no_leak(before: Before, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaks, "GRACE", 1.0)
    widget = QWidget()
    widget.setProperty("cycle", [widget])
    widget.cycle = widget  # type: ignore[attr-defined]
    del widget
    assert before.left_behind() == []


def test_an_active_timer_is_named_with_the_line_that_started_it(before: Before) -> None:
    timer = QTimer()
    timer.start(10_000)
    assert "a QTimer started at test_leaks.py:" in before.left_behind()[0]
    timer.stop()
    assert before.left_behind() == []


def test_a_pending_single_shot_is_named(before: Before, watch: Watch) -> None:
    QTimer.singleShot(60_000, lambda: None)
    assert "a single shot set at test_leaks.py:" in before.left_behind()[0]
    watch.single_shots.clear()


def test_a_running_qthread_is_named(before: Before) -> None:
    thread = QThread()
    thread.start()
    assert "a QThread started at test_leaks.py:" in before.left_behind()[0]
    thread.quit()
    thread.wait()
    assert before.left_behind() == []


def test_a_running_thread_of_python_is_named(before: Before) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait, name="reader")
    thread.start()
    assert before.left_behind() == ["the thread 'reader' still runs"]
    stop.set()
    thread.join()
    assert before.left_behind() == []


def test_a_running_child_process_is_named_and_ended(before: Before) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        assert "a process started at test_leaks.py:" in before.left_behind()[0]
        process.wait(timeout=10)
    assert before.left_behind() == []


def test_closed_widgets_leave_nothing(before: Before, qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    widget.close()
    widget.deleteLater()
    del widget
    qtbot.wait(1)


FAILING = """
import subprocess, sys
def test_that_fails(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"])
    print("started", process.pid)
    raise AssertionError
"""


def test_a_test_that_fails_leaves_no_process_behind(tmp_path: Path) -> None:
    (tmp_path / "test_failing.py").write_text(FAILING)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider", "--rootdir", "."]
    done = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, timeout=60)
    assert "1 failed" in done.stdout, done.stdout
    number = next(int(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("started"))
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)
