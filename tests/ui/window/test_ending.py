"""How the application ends when it is asked to from outside: at once, and with nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from rnnviz.ui.enginelink.folder import RunFolder, default_root
from rnnviz.ui.interrupts import Interrupts

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends signals as Unix does")


def start(cache: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start the application as a shell does, and wait until its engine has a folder."""
    process = subprocess.Popen(
        [sys.executable, "-m", "rnnviz", *arguments],
        env={**os.environ, "XDG_CACHE_HOME": str(cache), "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 30
    while not list(cache.glob("**/engine.log")) and time.monotonic() < end and process.poll() is None:
        time.sleep(0.02)
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_window_ends_at_a_signal_without_a_word_and_without_a_file(tmp_path: Path, number: signal.Signals) -> None:
    process = start(tmp_path)
    time.sleep(0.5)
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert [line for line in errors.splitlines() if "plugin does not support" not in line] == []
    assert not list((tmp_path / "rnnviz" / "engine").iterdir())


def test_an_export_that_is_interrupted_says_so_in_a_line(tmp_path: Path) -> None:
    process = start(tmp_path, "export", "assets/sessions/many-to-one.rnnviz", "--out", str(tmp_path / "figures"))
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors.endswith("rnnviz: interrupted\n")
    assert "Traceback" not in errors
    assert not list((tmp_path / "rnnviz" / "engine").iterdir())


def test_a_signal_is_heard_while_the_event_loop_waits_and_given_back_after(qtbot: QtBot) -> None:
    before = signal.getsignal(signal.SIGINT)
    interrupts = Interrupts()
    with qtbot.waitSignal(interrupts.met, timeout=5000) as met:
        os.kill(os.getpid(), signal.SIGINT)
    assert met.args == [signal.SIGINT]
    assert interrupts.number == signal.SIGINT
    interrupts.remove()
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("name", ["test_a_signal_is_heard_while_the_event_loop_waits_and_given_back_after"])
def test_the_tests_of_signals_pass_where_whoever_calls_them_ignores_these(name: str) -> None:
    code = (
        "import os, signal, sys\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        f"command = [sys.executable, '-m', 'pytest', '-q', '-p', 'no:cacheprovider', '{__file__}::{name}']\n"
        "os.execv(sys.executable, command)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout


def test_a_signal_that_was_ignored_stays_ignored(qtbot: QtBot) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        interrupts = Interrupts()
        os.kill(os.getpid(), signal.SIGINT)
        QCoreApplication.processEvents()
        assert interrupts.number == 0
        interrupts.remove()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_where_nothing_can_be_written_in_the_cache_the_temporary_folder_takes_its_place(
    qapp: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    (tmp_path / "file").write_text("a file stands where the cache should")
    folder = RunFolder()
    assert folder.path.is_dir()
    assert not folder.path.is_relative_to(default_root())
    folder.remove()
    assert not folder.path.parent.exists()
