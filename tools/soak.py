"""Use the whole application at random for a long time, and see whether it errs or grows.

    QT_QPA_PLATFORM=offscreen .venv/bin/python tools/soak.py                       # 20,000 deeds
    QT_QPA_PLATFORM=offscreen .venv/bin/python tools/soak.py --deeds 2000 --seed 7 --log soak.log
    QT_QPA_PLATFORM=offscreen .venv/bin/python tools/soak.py --repeat soak.log     # the same deeds again

A deed is what hands do with one control, which is found by walking the window: a click, a drag, the wheel, words that
are typed, a menu; or a shortcut, a file that is dropped or opened, or a request to the session. What chance decides
within a deed follows from the seed and its number alone; the log names each deed before it is done.

Every 100 deeds the application comes to rest, with one small document in one layout, and the memory of the window that
is its own is noted. A line through the later half of these notes tells by how much it grows in an hour.

Ends with status 0 when nothing was raised, neither Qt nor Python warned, every control that was met was used, the
numbers in the end are those of a fresh session, nothing was left behind, and memory grew by less than 5 MB an hour.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("QT_API", "pyside6")

MOST_GROWTH = 5.0
"""Megabytes an hour."""
EVERY = 100


def main(arguments: list[str]) -> int:
    """Soak, and tell how it went."""
    parser = argparse.ArgumentParser(description="Use rnnviz at random, and see whether it errs or grows.")
    parser.add_argument("--deeds", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log", type=Path, help="where each deed is written to before it is done")
    parser.add_argument("--repeat", type=Path, help="a log whose deeds are done again")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="rnnviz-soak-") as folder:
        os.environ["XDG_CONFIG_HOME"] = os.environ["XDG_CACHE_HOME"] = str(Path(folder) / "user")
        return _soak(Path(folder) / "work", options)


def _soak(folder: Path, options: argparse.Namespace) -> int:
    from rnnviz.ui.app import application
    from tests.ui.soak.log import read_log
    from tests.ui.soak.restless import Restless

    folder.mkdir()
    seed, deeds = read_log(options.repeat) if options.repeat else (options.seed, [])
    log = options.log.absolute() if options.log else None
    application()
    restless = Restless(folder, seed, log)
    try:
        if options.repeat:
            restless.repeat(deeds, _tell)
        else:
            restless.live(options.deeds, EVERY, _tell)
        restless.rest()
        restless.compare()
        found = restless.end()
    except BaseException:  # noqa: BLE001 - whatever ends it is told
        traceback.print_exc()
        print(f"ended at deed {restless.log.deeds[-1]}", flush=True)
        os._exit(1)  # with a window that was not closed an orderly end would end in a crash that says nothing
    found += [f"never used: {name}" for name in restless.unused()]
    if not options.repeat:
        found += _growth(restless.memory)
    for sentence in found:
        print(sentence)
    return 1 if found else 0


def _growth(memory: list[tuple[float, float]]) -> list[str]:
    from tests.growth import growth

    try:
        megabytes = growth(memory) / 1024
    except ValueError as error:
        return [str(error)]
    print(f"memory grows by {megabytes:.1f} MB an hour")
    return [] if megabytes < MOST_GROWTH else [f"that is more than {MOST_GROWTH:.0f} MB an hour"]


def _tell(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
