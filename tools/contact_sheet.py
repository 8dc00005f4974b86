"""Render every layout x size x theme x lecture mode x type size into one picture, and say what is wrong in any of them.

    python tools/contact_sheet.py [FOLDER] [LAYOUT ...]

Writes FOLDER/contact-sheet.png (FOLDER is `contact-sheet` where it is not named): a row per layout, a column per
combination. The windows themselves tell what is cut, what overlaps, what is too small and what has too little contrast
(WCAG 2.2, level AA); the picture of a window in which something is found is written too. Ends with status 1 if anything
is found.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp(prefix="rnnviz-contact-sheet-")
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.setdefault("QT_API", "pyside6")

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtGui import QImage, QPainter

from rnnviz.ui.app import application
from rnnviz.ui.controls.formulaview import FormulaView
from rnnviz.ui.enginelink import ProcessLink
from rnnviz.ui.layouts import LAYOUTS
from rnnviz.ui.session import Session
from rnnviz.ui.settings import Settings
from rnnviz.ui.window import MainWindow
from tests.ui.sheet.contrasts import token_faults
from tests.ui.sheet.report import report
from tests.ui.sheet.stage import Shot, open_sample, pose, shots

THUMB = (240, 150)
PATIENCE = 60_000
PATIENCE_FOR_LAYOUT = 500
"""Milliseconds after which the heights of formulas have gone up through all layouts."""
_MOST_PLACES = 3


def wait(milliseconds: int) -> None:
    """Let the window work for a while."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def settle(session: Session, window: MainWindow) -> None:
    """Wait until everything that was asked for is there, and drawn."""
    for _ in range(PATIENCE // 20):
        wait(20)
        complete = session.inquiries.complete and session.rivals.settled
        if session.view.trace is not None and not session.waiting and complete:
            break
    else:
        raise SystemExit(f"nothing came of it: {session.view.message}")
    for formula in window.findChildren(FormulaView):
        if formula.isVisible():
            formula.finish()
    wait(60)


def taken(
    session: Session, window: MainWindow, wanted: Iterator[Shot], folder: Path
) -> Iterator[tuple[QImage, Shot, list[str]]]:
    """Take one picture after the other, each with what is wrong in it; keep those in which something is."""
    for name, group in groupby(wanted, key=lambda shot: shot.layout):
        open_sample(window, name)
        for shot in group:
            pose(window, shot)
            settle(session, window)
            picture, found = report(window, colours=shot.type_size == 100)
            if found:
                wait(PATIENCE_FOR_LAYOUT)
                picture, found = report(window, colours=shot.type_size == 100)
            if found:
                picture.save(str(folder / f"{shot}.png".replace("/", "-")))
            way = Qt.TransformationMode.SmoothTransformation
            yield picture.toImage().scaled(*THUMB, Qt.AspectRatioMode.KeepAspectRatio, way), shot, found
        print(f"{name}: taken", flush=True)


def main(arguments: list[str]) -> int:
    """Render the sheet, and tell what is wrong."""
    folder = Path(arguments[0] if arguments else "contact-sheet")
    folder.mkdir(parents=True, exist_ok=True)
    names = tuple(arguments[1:]) or tuple(found.name for found in LAYOUTS)
    every = list(shots(names))
    columns = len(every) // len(names)
    sheet = QImage(columns * THUMB[0], len(names) * THUMB[1], QImage.Format.Format_RGB32)
    sheet.fill(Qt.GlobalColor.gray)
    app = application()
    link = ProcessLink()
    link.start()
    session = Session(link)
    window = MainWindow(session, Settings())
    window.begin()
    window.show()
    faults: dict[str, list[str]] = defaultdict(list)
    for fault in token_faults():
        faults[fault].append("every window")
    painter = QPainter(sheet)
    try:
        for number, (thumb, shot, found) in enumerate(taken(session, window, iter(every), folder)):
            painter.drawImage(number % columns * THUMB[0], number // columns * THUMB[1], thumb)
            for fault in found:
                faults[fault].append(str(shot))
    finally:
        painter.end()
        link.stop()
        session.undo_stack.setClean()  # nobody is there to be asked whether to save
        window.close()
        app.processEvents()
    sheet.save(str(folder / "contact-sheet.png"))
    for fault, places in sorted(faults.items()):
        more = f" and {len(places) - _MOST_PLACES} more" if len(places) > _MOST_PLACES else ""
        print(f"{fault}\n    {'; '.join(places[:_MOST_PLACES])}{more}")
    print(f"{len(every)} windows, {len(faults)} faults; {folder / 'contact-sheet.png'}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
