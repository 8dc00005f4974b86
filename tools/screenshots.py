"""Takes the screenshots of the README: the real window with the shipped sessions, without a display.

Usage: python tools/screenshots.py FOLDER
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

_SETTINGS = tempfile.mkdtemp(prefix="rnnviz-screenshots-")
os.environ["XDG_CONFIG_HOME"] = _SETTINGS
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, Qt, QTimer  # noqa: E402 - the environment must be set first

from rnnviz.assets import asset  # noqa: E402
from rnnviz.engine.messages import Scaling  # noqa: E402
from rnnviz.ui.app import application  # noqa: E402
from rnnviz.ui.enginelink import ProcessLink  # noqa: E402
from rnnviz.ui.layouts import layout  # noqa: E402
from rnnviz.ui.resolve import objective_of  # noqa: E402
from rnnviz.ui.session import Session  # noqa: E402
from rnnviz.ui.sessionfile import read_session  # noqa: E402
from rnnviz.ui.settings import Settings  # noqa: E402
from rnnviz.ui.window import MainWindow  # noqa: E402

PATIENCE = 60_000


@dataclass(frozen=True)
class Shot:
    """One picture: a session, and how the window is to show it."""

    name: str
    session: str
    size: tuple[int, int] = (1600, 1000)
    theme: str = "light"
    lecture: bool = False
    step: int | None = None
    options: dict[str, str] = field(default_factory=dict)
    units: tuple[int, ...] = ()
    layout: str = ""
    knob: float | None = None
    backward: bool = False
    operations: int = 0


SHOTS = (
    Shot("first-screen", "message-lstm"),
    Shot("first-screen-dark", "message-lstm", theme="dark"),
    Shot("lecture", "message-lstm", size=(1920, 1080), lecture=True),
    Shot("lecture-small", "message-lstm", size=(1280, 720), theme="dark", lecture=True),
    Shot("lecture-4k", "message-lstm", size=(3840, 2160), lecture=True),
    Shot("gru", "message-gru"),
    Shot("rnn", "message-rnn"),
    Shot("hourly-load", "hourly-load", theme="dark"),
    Shot("comparison", "gap-of-100", layout="Comparison"),
    Shot("comparison-columns", "gap-of-100", layout="Comparison", options={"comparison.mode": "columns"}),
    Shot("laboratory-0.9", "laboratory", layout="Vanishing laboratory", knob=0.9),
    Shot("laboratory-1.0", "laboratory", layout="Vanishing laboratory", knob=1.0),
    Shot("laboratory-1.1", "laboratory", layout="Vanishing laboratory", knob=1.1),
    Shot("observatory", "message-lstm", layout="Gradient observatory"),
    Shot("backpropagation", "message-lstm", layout="Backpropagation", backward=True, step=12),
    Shot("memory", "message-lstm", layout="Memory", step=22),
    Shot("connectivity", "message-lstm", layout="Connectivity", step=22, theme="dark"),
    Shot("clipping", "message-rnn", layout="Clipping"),
    Shot("weights", "message-lstm", layout="Weights"),
    Shot("network", "message-lstm", layout="Network"),
    Shot("cell", "message-lstm", layout="Cell"),
    Shot("formulas", "message-lstm", layout="Formulas", theme="dark"),
    Shot("cell-editor", "message-gru", layout="Cell editor"),
    Shot("state-space", "message-gru", layout="State space"),
    Shot("interventions", "closed-gate", layout="Interventions"),
    Shot("interventions-dark", "closed-gate", layout="Interventions", theme="dark", size=(1280, 720)),
    Shot("operation", "message-lstm", layout="Cell", operations=9),
    Shot("operation-formulas", "message-gru", layout="Formulas", operations=8),
)


def wait(milliseconds: int) -> None:
    """Let the window work for a while."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def complete(session: Session) -> bool:
    """Whether all questions are answered, those about the networks that are compared too."""
    return session.inquiries.complete and session.rivals.settled


def settle(session: Session) -> None:
    """Wait until what the view asks for is there and drawn."""
    for _ in range(PATIENCE // 100):
        wait(100)
        view = session.view
        wanted = objective_of(view)
        there = wanted is None or (view.gradients is not None and view.gradients.objective == wanted)
        if view.trace is not None and not session.waiting and there and complete(session):
            wait(700)  # formulas are typeset when the window is idle
            return
    raise SystemExit(f"nothing came of it: {session.view.message}")


def take(shot: Shot, session: Session, window: MainWindow, folder: Path) -> Path:
    """Bring the window to what a shot wants, and write its picture."""
    saved = read_session(asset("sessions", f"{shot.session}.rnnviz"))
    fields = {**saved.fields(), "theme": shot.theme}
    if shot.units:
        fields["units"] = shot.units
    session.turn(False)
    session.rivals.restore(())
    session.open_document(saved.document, position=saved.position, fields=fields)
    session.rivals.restore(saved.rivals)
    window.docks.choose(layout(shot.layout or "Default"))
    window.set_lecture(shot.lecture)
    window.setWindowState(Qt.WindowState.WindowNoState)  # full screen would be as small as a screen that is not there
    window.resize(*shot.size)
    settle(session)
    if shot.step is not None:
        session.go_to(shot.step)
    if shot.knob is not None:
        session.set_scaling(Scaling(shot.knob))
    session.turn(shot.backward)
    if shot.backward and shot.step is not None:
        settle(session)
        session.go_to(shot.step)
    for name, value in shot.options.items():
        session.set_option(name, value)
    for _ in range(shot.operations):
        window.actions_["next_operation"].trigger()
        settle(session)
    settle(session)
    path = folder / f"{shot.name}.png"
    window.grab().save(str(path))
    window.set_lecture(False)
    return path


def main() -> None:
    """Take all screenshots."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "assets/screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    wanted = sys.argv[2:]
    app = application()
    link = ProcessLink()
    link.start()
    session = Session(link)
    window = MainWindow(session, Settings())
    window.begin()
    window.show()
    try:
        for shot in SHOTS:
            if not wanted or shot.name in wanted:
                print(take(shot, session, window, folder))
    finally:
        link.stop()
        session.undo_stack.setClean()  # nobody is there to be asked whether to save
        window.close()
        app.processEvents()


if __name__ == "__main__":
    main()
