"""Windows as they are seen: every layout at every size, in every theme, at a desk and in a lecture, in every type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap

from rnnviz.assets import asset
from rnnviz.ui.layouts import LAYOUTS, for_lecture, layout
from rnnviz.ui.sessionfile import read_session
from rnnviz.ui.window import MainWindow

SIZES = ((1280, 720), (1600, 1000), (3840, 2160))
THEMES = ("light", "dark")
TYPE_SIZES = (80, 100, 150, 250)

SESSIONS = {
    "Comparison": "gap-of-100",
    "Interventions": "closed-gate",
    "Vanishing laboratory": "laboratory",
}
"""The samples that a layout is looked at with, where it is not the first."""

_STEP = 12


@dataclass(frozen=True)
class Shot:
    """One picture of the window."""

    layout: str
    size: tuple[int, int]
    theme: str = "light"
    lecture: bool = False
    type_size: int = 100

    def __str__(self) -> str:
        lecture = ", lecture" if self.lecture else ""
        return f"{self.layout}, {self.size[0]}x{self.size[1]}, {self.theme}{lecture}, type {self.type_size} %"


_NAMES = tuple([layout.name for layout in LAYOUTS])


def shots(layouts: tuple[str, ...] = _NAMES) -> Iterator[Shot]:
    """Yield all pictures of some layouts; what takes longest to change changes least."""
    for name, theme, lecture, type_size, size in product(layouts, THEMES, (False, True), TYPE_SIZES, SIZES):
        yield Shot(name, size, theme, lecture, type_size)


def open_sample(window: MainWindow, name: str) -> None:
    """Open the sample that a layout is looked at with."""
    saved = read_session(asset("sessions", f"{SESSIONS.get(name, 'message-lstm')}.rnnviz"))
    session = window.session
    session.rivals.restore(())
    session.open_document(saved.document, position=saved.position, fields=saved.fields())
    session.rivals.restore(saved.rivals)


def pose(window: MainWindow, shot: Shot) -> None:
    """Bring a window to what a shot wants; what it asks the engine for is still to be answered."""
    session = window.session
    if shot.layout not in SESSIONS and session.view.step != _STEP and session.view.trace is not None:
        session.go_to(_STEP)
    session.apply(theme=shot.theme)
    chosen = layout(shot.layout)
    if window.docks.layout not in (chosen, for_lecture(chosen)):
        window.set_lecture(False)
        window.docks.choose(chosen)
    window.set_lecture(shot.lecture)
    window.setWindowState(Qt.WindowState.WindowNoState)  # full screen would be as small as a screen that is not there
    window.type.choose(shot.type_size)
    window.resize(*shot.size)
    window.docks.share_room()


def picture(window: MainWindow) -> QPixmap:
    """Take the picture of a window, in pixels of the screen."""
    return window.grab()
