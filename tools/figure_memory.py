"""Make and write figures of a session for a long time, and tell by how much memory grew.

    QT_QPA_PLATFORM=offscreen .venv/bin/python tools/figure_memory.py [FIGURES] [SESSION]

Every figure is made anew and written as PNG, SVG, PDF or put on the clipboard, in turns; 1,000 of them unless told
otherwise. What the first two rounds fill, caches of fonts and of pictures, does not count. Ends with status 1 when
memory grew by 5 kB a figure or more. Reads the memory of the process as Linux tells it.
"""

from __future__ import annotations

import ctypes
import gc
import itertools
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("QT_API", "pyside6")

SAMPLE = ROOT / "assets/sessions/message-lstm.rnnviz"
BOUND = 5.0
ROUNDS_BEFORE = 2


def resident() -> float:
    """Return the memory that the process holds, in kB, after all that is free was given back."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024


def main(arguments: list[str]) -> int:
    """Write figures, and tell how memory grew."""
    from PySide6.QtGui import QGuiApplication

    from rnnviz.ui.export import Figure, copy_figure
    from rnnviz.ui.export.write import pdf_document, png_image, svg_document
    from rnnviz.ui.figures import panel_figure, slide_places, window_figure
    from rnnviz.ui.headless import settled_view
    from rnnviz.ui.panel import panel_classes

    count = int(arguments[0]) if arguments else 1000
    session = arguments[1] if len(arguments) > 1 else SAMPLE
    panels = [panel for panel in panel_classes() if panel.area != "left"]
    kinds: tuple[Callable[[Figure], object], ...] = (
        partial(png_image, scale=1.0),
        svg_document,
        pdf_document,
        copy_figure,
    )
    with settled_view(session, panels) as view:
        places = slide_places([panel for panel in panels if panel.at_first], view)
        makers: list[Callable[[], AbstractContextManager[Figure]]] = [
            *(partial(panel_figure, panel, view) for panel in panels),
            partial(window_figure, places, view),
        ]
        pairs = list(itertools.product(makers, kinds))
        skipped = ROUNDS_BEFORE * len(pairs)
        first = 0.0
        for done, (maker, write) in enumerate(itertools.islice(itertools.cycle(pairs), skipped + count), -skipped):
            if done == 0:
                first = resident()
            elif done > 0 and done % 100 == 0:
                print(f"{done:6d} figures: {resident() - first:+7.0f} kB", flush=True)
            with maker() as figure:
                write(figure)
        each = (resident() - first) / count
        QGuiApplication.clipboard().clear()
    print(f"{each:.2f} kB a figure")
    return 1 if each >= BOUND else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
