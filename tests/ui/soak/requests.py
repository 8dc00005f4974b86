"""What a lecturer who cannot keep still asks of the session, without the detour over a control."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import msgspec

from rnnviz.engine.interventions import Clamp, Edit, clamped_signals, parameter_shapes
from rnnviz.engine.messages import ProbeObjective
from rnnviz.engine.sequence import SignalSource, TextSource, Wave
from rnnviz.engine.sequence.gallery import SAMPLES, sample
from rnnviz.ui.export import ExportError
from rnnviz.ui.exporting import write_figures
from rnnviz.ui.layouts import LAYOUTS
from rnnviz.ui.view import Scope
from tests.ui.real_window import RealWindow

CELLS = ("feedforward", "rnn", "jordan", "lstm", "lstm-goodfellow", "lstm-peephole", "gru", "gru-cho")
TEXTS = ("to be or not to be", "the cat sat on the mat and looked at the moon", "a b c", "good morning everyone")
SCOPES: tuple[Scope, ...] = ("upto", "at", "whole")


class Requests:
    """Deeds that go to the session and to the actions of the window directly, often many at a time.

    Parameters
    ----------
    desk : RealWindow
    folder : Path
        For sessions and figures.
    """

    def __init__(self, desk: RealWindow, folder: Path) -> None:
        self.desk, self.folder = desk, folder
        self.random = Random(0)
        self.deeds: dict[Callable[[], object], int] = {
            self.step: 15,
            self.scrub: 6,
            self.play: 4,
            self.grain: 4,
            self.intervene: 6,
            self.pick: 4,
            self.look_at: 4,
            self.change_network: 8,
            self.change_sequence: 6,
            self.append: 3,
            self.compare: 4,
            self.undo_or_redo: 6,
            self.run: 3,
            self.theme: 2,
            self.lecture: 1,
            self.docks: 8,
            self.save_and_open: 2,
            self.restore: 2,
            self.export: 1,
            self.copy: 1,
            self.nonsense: 2,
        }

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
