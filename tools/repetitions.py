"""Do what is done in front of a class 500 times each, and tell how much memory every repetition leaves behind.

    QT_QPA_PLATFORM=offscreen .venv/bin/python tools/repetitions.py                  # all, 500 times each
    QT_QPA_PLATFORM=offscreen .venv/bin/python tools/repetitions.py 100 theme copy   # what has these words in its name

Measured is the memory that the window and the engine hold for themselves, after all that is free was given back, as a
line through the later half tells. What is kept within limits does not count: what can be undone, and the pictures of
Qt's style. Ends with status 1 when a repetition leaves 10 kB or more.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("QT_API", "pyside6")

MOST = 10.0
"""Kilobytes."""


def main(arguments: list[str]) -> int:
    """Repeat, and tell what it left."""
    times = int(arguments[0]) if arguments else 500
    with tempfile.TemporaryDirectory(prefix="rnnviz-repetitions-") as folder:
        os.environ["XDG_CONFIG_HOME"] = os.environ["XDG_CACHE_HOME"] = folder
        return _repeat(Path(folder), times, arguments[1:])


def _repeat(folder: Path, times: int, words: list[str]) -> int:
    from rnnviz.ui.app import application
    from tests.growth import growth, kilobytes_resident, repeat
    from tests.ui.real_window import RealWindow
    from tests.ui.soak.repetitions import Repetitions

    app = application()
    desk = RealWindow(folder / "engine").begin()
    repetitions = Repetitions(desk, folder)
    worst = 0.0
    for name, deed in repetitions.deeds.items():
        if words and not any(word in name for word in words):
            continue
        engine: list[tuple[float, float]] = []

        def rest(engine: list[tuple[float, float]] = engine) -> None:
            repetitions.rest()
            if desk.link.pid is not None:
                engine.append((len(engine), kilobytes_resident(desk.link.pid)))

        found = repeat(deed, times, kilobytes_resident, rest)
        each = growth(engine) * len(engine) / times
        worst = max(worst, found.kilobytes, each)
        print(
            f"{name:40s} window {found.kilobytes:7.2f} kB, {found.objects:6.2f} objects   engine {each:7.2f} kB",
            flush=True,
        )
    desk.session.show_message("")
    app.clipboard().clear()
    desk.close()
    return 1 if worst >= MOST else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
