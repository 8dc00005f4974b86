"""Kill the application at random instants while it is worked with, and say what of the work was lost.

    .venv/bin/python tools/killings.py            # 100 times
    .venv/bin/python tools/killings.py 10

Every time a window appends words to its sequence, is killed, and what it kept is read. Ends with status 1 if more than
five seconds of work were lost, or what was kept cannot be read.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from PySide6.QtCore import QCoreApplication

from rnnviz.ui.autosave import leftovers

MOST_LOST = 5.0
"""Seconds of work that a program that is killed may lose."""

PROGRAM = """
from PySide6.QtCore import QTimer
from rnnviz.ui import app
from rnnviz.ui.window import MainWindow
guard = MainWindow.guard
def guarded(window, root=None):
    guard(window, root)
    def work():
        session = window.session
        if session.view.trace is None or session.opening is not None or session.view.engine != "ready":
            return
        print(len(session.view.document.source.text.split()), flush=True)
        session.append("will")
    window.timer = QTimer(window)
    window.timer.timeout.connect(work)
    window.timer.start(150)
MainWindow.guard = guarded
raise SystemExit(app.main())
"""
"""A window that appends a word as often as it can, and says how many there are."""


def work_and_kill(cache: Path, seconds: float, number: int) -> tuple[float, int]:
    """Let a window work for some seconds after its first word, and end it by a signal.

    Returns
    -------
    lost : float
        Seconds between the last word that was kept and the end.
    words : int
        How many words were kept of it.

    Raises
    ------
    RuntimeError
        When it ended by itself, or kept nothing.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "XDG_CACHE_HOME": str(cache), "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    told: list[tuple[float, int]] = []
    try:
        while not told or time.monotonic() - told[0][0] < seconds:
            line = process.stdout.readline()
            if not line:
                raise RuntimeError("the program ended by itself")
            told.append((time.monotonic(), int(line)))
    finally:
        ended = time.monotonic()
        process.send_signal(number)
        process.wait(20)
        process.stdout.close()
    left = leftovers(cache / "rnnviz" / "autosave")
    if not left:
        if seconds > MOST_LOST:
            raise RuntimeError("it kept nothing")
        return ended - told[0][0], 0
    kept = len(left[0].read().document.source.text.split())  # type: ignore[union-attr]
    for each in left:
        each.remove()
    return ended - next((at for at, count in told if count > kept), ended), kept - told[0][1]


def main(times: int) -> int:
    """Kill it so many times; the status."""
    application = QCoreApplication.instance() or QCoreApplication(["rnnviz"])
    chance, worst = random.Random(1), 0.0
    for turn in range(1, times + 1):
        seconds = chance.uniform(0.2, 9.0)
        with TemporaryDirectory(prefix="rnnviz-killings-") as cache:
            lost, words = work_and_kill(Path(cache), seconds, 9)
        worst = max(worst, lost)
        print(f"{turn:4d}  killed after {seconds:.1f} s  kept {words} words  lost {lost:.1f} s", flush=True)
    print(f"the most that was lost: {worst:.1f} s of work (at most {MOST_LOST:.0f})")
    del application
    return int(worst > MOST_LOST)


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100))
