"""A lecturer who cannot keep still: random but fixed use of the whole application, with an eye on memory."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec
from PySide6.QtCore import QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication

from rnnviz.engine.interventions import Clamp, Edit, clamped_signals, parameter_shapes
from rnnviz.engine.messages import ProbeObjective
from rnnviz.engine.sequence import SignalSource, TextSource, Wave
from rnnviz.engine.sequence.gallery import SAMPLES, sample
from rnnviz.ui.export import ExportError
from rnnviz.ui.exporting import write_figures
from rnnviz.ui.layouts import DEFAULT, LAYOUTS
from rnnviz.ui.view import Scope
from tests.ui.real_window import RealWindow, assert_same_numbers

CELLS = ("feedforward", "rnn", "jordan", "lstm", "lstm-goodfellow", "lstm-peephole", "gru", "gru-cho")
TEXTS = ("to be or not to be", "the cat sat on the mat and looked at the moon", "a b c", "good morning everyone")
SCOPES: tuple[Scope, ...] = ("upto", "at", "whole")
MOST_GROWTH = 1.5
"""Megabytes per minute of private memory, from the middle to the end, that count as a leak."""
QUIET = ("propagateSizeHints", "does not support raise", "does not support grabbing")


def private_megabytes(pid: int | str = "self") -> float:
    """Memory of a process that is its own: mapped files, which the system takes back, are left out."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1024


class Restless:
    """Uses the application at random.

    Parameters
    ----------
    folder : Path
        For the files of the engine, for sessions and figures.
    seed : int
        Of the order of things.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.random = random.Random(seed)
        self.warnings: list[str] = []
        self.done: Counter[str] = Counter()
        self.memory: list[tuple[float, float, float]] = []
        qInstallMessageHandler(self._note)
        self.desk = RealWindow(folder / "engine").begin()
        self.deeds: dict[Callable[[], object], int] = {
            self.step: 30,
            self.scrub: 12,
            self.play: 8,
            self.turn: 4,
            self.grain: 8,
            self.intervene: 10,
            self.pick: 10,
            self.look_at: 6,
            self.option: 6,
            self.change_network: 10,
            self.change_sequence: 8,
            self.append: 5,
            self.compare: 5,
            self.undo_or_redo: 12,
            self.run: 5,
            self.theme: 3,
            self.lecture: 2,
            self.docks: 4,
            self.save_and_open: 2,
            self.restore: 2,
            self.export: 1,
            self.copy: 1,
            self.nonsense: 4,
        }

    def live(self, seconds: float, tell: Callable[[str], object] = lambda line: None) -> None:
        """Do one thing after the other, often without waiting for the one before."""
        begin = time.monotonic()
        told = 0.0
        while (now := time.monotonic() - begin) < seconds:
            deed = self.random.choices(list(self.deeds), list(self.deeds.values()))[0]
            deed()
            self.done[deed.__name__] += 1
            if self.random.random() < 0.5:
                self.desk.spin(self.random.choice((0.0, 0.0, 0.01, 0.05)))
            else:
                self.desk.settle()
            if now - told > max(1.0, seconds / 60):
                told = now
                self._measure(now)
                count, window, engine = sum(self.done.values()), *self.memory[-1][1:]
                tell(f"{now:6.0f} s  {count:6} deeds  window {window:6.1f} MB  engine {engine:6.1f} MB")
            assert not self.desk.faults, self.desk.faults[0]
        self.desk.session.pause()
        self.desk.session.turn(False)
        self.desk.window.docks.choose(DEFAULT)  # no panel in it has a long question
        self.desk.settle()
        self.desk.wait(lambda: self.desk.idle and self.desk.link.state in ("ready", "dead"))

    def end(self) -> list[str]:
        """Compare with a fresh session, close, and return what was wrong, in sentences."""
        found = [f"Qt warned: {text}" for text in dict.fromkeys(self.warnings)]
        if self.growth() > MOST_GROWTH:
            found.append(f"the window grows by {self.growth():.2f} MB a minute")
        fresh = RealWindow(self.folder / "fresh")
        view = self.desk.view
        assert view.document is not None
        fresh.session.open_document(view.document, position=view.position, run_to=view.published)
        fresh.settle()
        fresh.session.set_scope(view.scope)
        fresh.session.set_probe(view.probe)
        fresh.settle()
        assert_same_numbers(self.desk.numbers(), fresh.numbers())
        self._compare_gradients(fresh)
        for desk in (fresh, self.desk):
            desk.session.show_message("")
            desk.close()
        QGuiApplication.clipboard().clear()  # an image that is left there crashes an exit offscreen
        left = [str(path) for name in ("engine", "fresh") for path in (self.folder / name).iterdir()]
        found += [f"{path} was left behind" for path in left]
        qInstallMessageHandler(None)
        return found

    def growth(self) -> float:
        """Megabytes per minute by which the window grew in the second half, as the slope of a line."""
        half = self.memory[len(self.memory) // 2 :]
        if len(half) < 10:
            return 0.0
        times, sizes = [at / 60 for at, _, _ in half], [window for _, window, _ in half]
        mean_t, mean_s = sum(times) / len(times), sum(sizes) / len(sizes)
        spread = sum((t - mean_t) ** 2 for t in times)
        return sum((t - mean_t) * (s - mean_s) for t, s in zip(times, sizes, strict=True)) / spread

    @staticmethod
    def memory_now() -> float:
        """Megabytes of private memory of the window."""
        return private_megabytes()

    # deeds

    def step(self) -> None:
        keys = ("forward", "back", "forward", "next", "next", "previous", "first", "last")
        for _ in range(self.random.randrange(1, 5)):
            self.desk.window.actions_[self.random.choice(keys)].trigger()

    def scrub(self) -> None:
        slider = self.desk.window.transport.slider
        for _ in range(self.random.randrange(1, 12)):
            slider.setValue(self.random.randrange(slider.maximum() + 1))
            self.desk.spin()

    def play(self) -> None:
        self.desk.session.set_speed(self.random.choice((1.0, 8.0, 30.0, 60.0)))
        self.desk.window.actions_["play"].trigger()
        self.desk.spin(self.random.random() * 0.2)

    def turn(self) -> None:
        self.desk.window.actions_["backward"].trigger()

    def grain(self) -> None:
        keys = ("grain", "next_operation", "next_operation", "previous_operation", "layer_on", "layer_back", "next")
        for _ in range(self.random.randrange(1, 6)):
            self.desk.window.actions_[self.random.choice(keys)].trigger()

    def intervene(self) -> None:
        session, choose = self.desk.session, self.random.choice
        if self.desk.view.document is None:
            return
        if self.random.random() < 0.3:
            self.desk.window.actions_["interventions"].trigger()
            return
        spec, made = self.desk.view.document.spec, list(session.interventions)
        if made and self.random.random() < 0.4:
            made.pop(self.random.randrange(len(made)))
        layer = self.random.randrange(-1, spec.num_layers)
        signal = choose(clamped_signals(spec, layer))
        units = choose((None, (0,), (0, 2, 7)))
        first = self.random.randrange(20)
        made.append(Clamp(signal, choose((0.0, 0.5, 1.0, -3.0)), layer, units=units, first=first))
        made.append(Edit(choose(tuple(parameter_shapes(spec))), choose((0.0, 2.0)), row=choose((None, 0, 5))))
        for value in (0.1, 0.4, 0.8):  # as a slider does
            session.set_interventions([*made[-4:-1], msgspec.structs.replace(made[-1], value=value)], gesture=7)

    def pick(self) -> None:
        session = self.desk.session
        session.pick_unit(self.random.randrange(40), add=self.random.random() < 0.5)
        session.pick_layer(self.random.randrange(3), self.random.choice(("forward", "backward")))
        session.light(self.random.choice(("", "h", "c", "f", "no such signal")))

    def look_at(self) -> None:
        session = self.desk.session
        session.set_scope(self.random.choice(SCOPES))
        session.hide_ahead(self.random.random() < 0.4)
        probe = ProbeObjective("h", self.random.randrange(8), self.random.randrange(12), 0)
        session.set_probe(probe if self.random.random() < 0.2 else None)

    def option(self) -> None:
        segments = [segment for panel in self.desk.window.docks.panels for segment in getattr(panel, "segments", ())]
        buttons = self.random.choice(segments)._buttons if segments else []
        if buttons:
            self.random.choice(buttons).click()

    def change_network(self) -> None:
        choose = self.random.choice
        fields = choose(
            (
                {"cell": choose(CELLS)},
                {"hidden_size": choose((1, 3, 8, 24, 64))},
                {"num_layers": choose((1, 2, 3)), "hidden_size": 6, "cell": choose(CELLS)},
                {"bidirectional": choose((True, False))},
                {"topology": choose(("many-to-many", "many-to-one", "one-to-many", "one-to-one")), "delay": 0},
                {"topology": "many-to-many", "delay": choose((0, 1, 3)), "feedback": "none"},
                {"seed": self.random.randrange(1000)},
                {"dtype": choose(("float32", "float64"))},
                {"initialisation": choose(("torch", "orthogonal", "identity", "zeros"))},
            )
        )
        self.desk.session.change_spec(**fields)

    def change_sequence(self) -> None:
        choices = [TextSource(text=text, level=level) for text in TEXTS for level in ("word", "character")]
        wave = SignalSource(
            (Wave("sine", period=7.0), Wave("noise", amplitude=0.1)), steps=self.random.randrange(1, 200)
        )
        self.desk.session.set_source(self.random.choice((*choices, wave, sample(self.random.choice(list(SAMPLES))))))

    def append(self) -> None:
        self.desk.session.append(self.random.choice(("the", "to", "5", "zebra", "a", "")))

    def compare(self) -> None:
        rivals, choose = self.desk.session.rivals, self.random.choice
        choose(
            (
                rivals.add_trio,
                lambda: rivals.add_copy(seed=self.random.randrange(100)),
                lambda: rivals.change(0, cell=choose(CELLS)),
                lambda: rivals.change(1, hidden_size=choose((2, 9, 30))),
                lambda: rivals.add_sequence(TextSource(choose(TEXTS))),
                rivals.equal_parameters,
                rivals.equal_size,
                lambda: rivals.remove(0),
                rivals.clear,
                rivals.clear,
            )
        )()

    def undo_or_redo(self) -> None:
        for _ in range(self.random.randrange(1, 4)):
            self.desk.window.actions_[self.random.choice(("undo", "undo", "redo"))].trigger()

    def run(self) -> None:
        self.desk.window.actions_[self.random.choice(("run_all", "run_to_cursor", "restart", "cancel"))].trigger()

    def theme(self) -> None:
        self.desk.session.set_theme(self.random.choice(("light", "dark", "system")))

    def lecture(self) -> None:
        self.desk.window.actions_["lecture"].trigger()

    def docks(self) -> None:
        dock = self.random.choice(self.desk.window.docks.all)
        dock.setVisible(not dock.isVisible())
        if self.random.random() < 0.2:
            dock.setFloating(not dock.isFloating())
        if self.random.random() < 0.2:
            self.desk.window.docks.choose(self.random.choice(LAYOUTS))

    def save_and_open(self) -> None:
        path = self.folder / f"{self.random.randrange(4)}.rnnviz"
        if self.random.random() < 0.5 or not path.exists():
            self.desk.window.files.save(path)
        else:
            self.desk.window.files.open(path)

    def restore(self) -> None:
        self.desk.window.actions_["restore"].trigger()

    def export(self) -> None:
        self.desk.settle()
        docks = [dock for dock in self.desk.window.docks.all if dock.kind.area != "left" and dock.isVisible()]
        formats = [self.random.choice(("png", "svg", "pdf", "csv", "npz"))]
        if self.desk.view.published and docks:
            kind = type(self.random.choice(docks).panel)
            try:
                assert list(write_figures(self.desk.view, [kind], [], formats, self.folder / "figures"))
            except ExportError as error:  # a sentence in place of a picture has no numbers, unlike lengths no table
                if not str(error).endswith(("shows no numbers", "choose .npz")):
                    raise

    def copy(self) -> None:
        self.desk.settle()
        self.desk.window.actions_["copy"].trigger()

    def nonsense(self) -> None:
        bad = self.folder / f"bad{self.random.choice(('.csv', '.txt', '.png', '.rnnviz', '.xyz'))}"
        bad.write_bytes(self.random.randbytes(200))
        self.desk.window.files.open(bad)
        self.desk.session.change_spec(hidden_size=self.random.choice((0, -1, 10**6)))

    def _compare_gradients(self, fresh: RealWindow) -> None:
        one, other = self.desk.view.gradients, fresh.view.gradients
        if one is not None and other is not None and one.objective == other.objective:
            assert one.value == other.value
            assert (one.norms == other.norms).all()

    def _measure(self, now: float) -> None:
        self.desk.settle()
        engine = private_megabytes(self.desk.link.pid) if self.desk.link.pid is not None else 0.0
        self.memory.append((now, private_megabytes(), engine))

    def _note(self, _kind: QtMsgType, _context: object, text: str) -> None:
        if not any(part in text for part in QUIET):
            self.warnings.append(text)
