"""Use the whole application for a long time as a restless lecturer would, and watch what it costs.

    QT_QPA_PLATFORM=offscreen .venv/bin/python tools/soak.py [SECONDS] [SEED]

Steps, plays, scrubs, changes cell and text, undoes, switches theme and lecture mode, closes and opens docks, exports
and saves, in a random order that the seed fixes. Prints the memory of both processes as it goes; ends with status 1
when something was raised or Qt warned, when memory keeps growing, or when the numbers in the end are not those of a
fresh session.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("QT_API", "pyside6")


def main(arguments: list[str]) -> int:
    """Soak, and tell how it went."""
    from rnnviz.ui.app import application
    from tests.ui.restless import Restless

    seconds = float(arguments[0]) if arguments else 600.0
    seed = int(arguments[1]) if len(arguments) > 1 else 1
    app = application()
    with tempfile.TemporaryDirectory() as folder:
        restless = Restless(Path(folder), seed)
        try:
            restless.live(seconds, tell=lambda line: print(line, flush=True))
            found = restless.end()
        finally:
            app.clipboard().clear()  # an image that is left there crashes an exit offscreen
    for sentence in found:
        print(sentence)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
