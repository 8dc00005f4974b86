"""What a step costs the window: the real one, in its default layout and with all diagrams, against one bare image."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyqtgraph
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from benchmarks.timing import Row, Times, milliseconds
from rnnviz.engine.messages import Event
from rnnviz.engine.sequence import SignalSource, Wave
from rnnviz.engine.service import Engine
from rnnviz.engine.spec import NetworkSpec
from rnnviz.ui.app import application
from rnnviz.ui.controls.formulaview import FormulaView
from rnnviz.ui.enginelink import LocalLink
from rnnviz.ui.fitting import fit
from rnnviz.ui.layouts import DEFAULT, Layout
from rnnviz.ui.panels.states import StatesPanel
from rnnviz.ui.session import Session
from rnnviz.ui.settings import Settings
from rnnviz.ui.view import Document
from rnnviz.ui.window import SIZE, MainWindow

AIM = "< 16 ms"
"""A frame of 60 a second."""

LONG = 100
"""How many times longer a long run is."""

DIAGRAMS = Layout(
    "Diagrams",
    "Every picture of the network, its cell and its formulas above the run",
    (("tokens",), ("states",), ("gates",), ("network",), ("cell",), ("formulas",)),
)
"""More than a screen is meant for: all that follows the cursor with a drawing of its own."""


class PatientLink(LocalLink):
    """A link whose engine works when it is told to, and whose events wait until they are asked for."""

    def __init__(self, root: Path) -> None:
        self._events: list[Event] = []
        super().__init__(Engine, root)

    def work(self) -> None:
        """Let the engine do all that it was asked for; nothing of it reaches the window."""
        self.run_until_idle()

    def tell(self) -> None:
        """Hand all events to the window."""
        events, self._events = self._events, []
        for event in events:
            super()._deliver(event)

    def _deliver(self, event: Event) -> None:
        self._events.append(event)

    def _slice(self) -> None:
        self._timer.stop()


class Desk:
    """A window on a long run of a network, and a bare image of as many numbers beside it.

    Parameters
    ----------
    units, steps : int
        H and T.
    root : Path
        Where the engine stores its records.
    cell : str
    layout : Layout
        The panels that are seen.
    """

    def __init__(self, units: int, steps: int, root: Path, cell: str = "lstm", layout: Layout = DEFAULT) -> None:
        self.app = application()
        waves = (Wave("sine", period=24.0), Wave("noise", amplitude=0.1))
        source = SignalSource(waves, steps=steps)
        spec = NetworkSpec(cell=cell, hidden_size=units, output_size=1)
        self.link = PatientLink(root)
        self.session = Session(self.link)
        self.window = MainWindow(self.session, Settings())
        self.window.docks.choose(layout)
        self.window.resize(*SIZE)
        self.window.show()
        self.window.docks.share_room()
        self.link.start()
        self.session.open_document(fit(Document("Waves", spec, source), source).document, run=False)
        self.settle()
        self.image = pyqtgraph.ImageItem(np.zeros((steps, units)), levels=(-1, 1))
        self.plot = pyqtgraph.PlotWidget()
        self.plot.addItem(self.image)
        self.plot.resize(self.window.size())
        self.plot.show()
        self.numbers = np.random.default_rng(0).uniform(-1, 1, (2, steps, units)).astype(np.float32)
        paint()

    def settle(self) -> None:
        """Bring the window to rest."""
        for _ in range(4):
            self.link.work()
            self.link.tell()
            paint()

    def rest(self) -> None:
        """Bring the window to rest, as who looks at a step does: what is typeset in idle moments has its time."""
        self.settle()
        for formulas in self.window.findChildren(FormulaView):
            formulas.finish()
        paint()

    def show_answers(self) -> None:
        """Hand the engine's answers to the window, and let it paint."""
        self.link.tell()
        paint()

    def close(self) -> None:
        """Take everything down, without a word to the user's settings."""
        self.link.stop()
        self.plot.close()
        for part in (self.window, self.plot, self.session, self.link):
            part.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def paint() -> None:
    """Let everything be drawn that waits for it."""
    QCoreApplication.processEvents()


@contextmanager
def desk(units: int, steps: int, cell: str = "lstm", layout: Layout = DEFAULT) -> Iterator[Desk]:
    """A window for as long as it is needed."""
    with TemporaryDirectory(prefix="rnnviz-benchmark-") as folder:
        made = Desk(units, steps, Path(folder), cell, layout)
        try:
            yield made
        finally:
            made.close()


def rows(units: int, steps: int, repetitions: int) -> list[Row]:
    """Time the window at the front of a run, from its middle on.

    Parameters
    ----------
    units, steps : int
        H and T.
    repetitions : int
        Steps taken.

    Returns
    -------
    list of Row
        The window's time over that of a bare image [T, H]: with a step that has been computed, with its gradients, and
        with a step that was computed before; then the same with all diagrams open.
    """
    with desk(units, steps) as at:
        step, gradients, moved, bare = _timed(at, steps, repetitions)
        zoomed = _zoomed(at, repetitions)
    with desk(units // 2, LONG * steps) as at:
        far = _moved(at, LONG * steps, repetitions // 8 + 1)  # few: each step's gradients go back over all others
    found = [
        Row("a step that was computed just now", step, bare, AIM),
        Row("its gradients, when they arrive", gradients, bare, AIM),
        Row("a step that had been computed before", moved, bare, AIM),
        Row("zoom and pan, by a notch of the wheel", zoomed, bare, "< 20 ms"),
        Row(f"a step computed before, T = {LONG * steps:,}, over the same at T = {steps:,}", far, moved, "≤ 1.3 times"),
    ]
    for cell in ("lstm", "gru"):
        with desk(units, steps, cell, DIAGRAMS) as at:
            step, answers, moved, bare = _timed(at, steps, repetitions)
        name = f"with all diagrams open, {cell.upper()}"
        found += [
            Row(f"{name}: a step that was computed just now", step, bare, AIM),
            Row("its gradients and numbers, when they arrive", answers, bare, AIM),
            Row("a step that had been computed before", moved, bare, AIM),
        ]
    return found


def _timed(at: Desk, steps: int, repetitions: int) -> tuple[Times, Times, Times, Times]:
    """Times of steps computed just now, of what is told of them later, of steps computed before, and of an image."""
    at.session.go_to(steps // 2)
    at.rest()
    bare, step, answers, moved = Times(), Times(), Times(), Times()
    for turn in range(repetitions + 1):
        one_step(at, step, answers)
        at.rest()
        at.session.step(-1)
        at.rest()
        moved.take(partial(_step_and_paint, at))
        at.rest()
        bare.take(partial(_redraw_bare, at, turn))
    for times in (bare, step, answers, moved):
        times.drop_first()
    return step, answers, moved, bare


def _moved(at: Desk, steps: int, repetitions: int) -> Times:
    """Times of steps that had been computed before."""
    times = Times()
    at.session.go_to(steps // 2)
    at.rest()
    for turn in range(repetitions + 1):
        times.take(partial(_step_and_paint, at, 1 if turn % 2 == 0 else -1))
        at.rest()
    times.drop_first()
    return times


def _zoomed(at: Desk, repetitions: int) -> Times:
    """Times of notches of the wheel over the states, in and out."""
    states, times = at.window.docks["states"].panel, Times()
    assert isinstance(states, StatesPanel)
    plot = states.heatmap
    place = QPointF(plot.data_rect.center().toPoint())
    plot.axis.set_view(0.25 * plot.axis.steps, 0.75 * plot.axis.steps)  # so that there is room to both sides
    for turn in range(repetitions + 1):
        keys = Qt.KeyboardModifier.ShiftModifier if turn % 3 == 2 else Qt.KeyboardModifier.NoModifier
        notch = QPoint(0, 120 if turn % 6 < 3 else -120)
        event = QWheelEvent(
            *(place, QPointF(plot.viewport().mapToGlobal(place)), QPoint(), notch),
            *(Qt.MouseButton.NoButton, keys, Qt.ScrollPhase.NoScrollPhase, False),
        )
        times.take(partial(_send_and_paint, plot.viewport(), event))
        at.rest()
    times.drop_first()
    return times


def _send_and_paint(widget: QWidget, event: QWheelEvent) -> None:
    QApplication.sendEvent(widget, event)
    paint()


def one_step(at: Desk, step: Times, gradients: Times) -> None:
    """Let the engine compute one more step; time what the window does with it, then with its gradients."""
    at.session.step(1)
    at.link.work()
    step.take(at.show_answers)
    at.link.work()
    gradients.take(at.show_answers)


def _step_and_paint(at: Desk, steps: int = 1) -> None:
    at.session.step(steps)
    paint()


def _redraw_bare(at: Desk, turn: int) -> None:
    at.image.setImage(at.numbers[turn % 2], autoLevels=False)
    paint()


def cells(row: Row) -> tuple[str, ...]:
    """A row as it stands in the table of the window: with the time on the clock, which is what is seen."""
    ours, theirs = row.ours, row.theirs
    return (
        row.what,
        milliseconds(min(theirs.cpu)),
        milliseconds(min(ours.cpu)),
        f"{row.ratio:.2f}",
        milliseconds(ours.median_wall),
        row.aim,
    )
