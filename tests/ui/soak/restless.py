"""A restless user: random but repeatable use of every control, file and shortcut, with an eye on memory and faults."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from rnnviz.ui.actions import ACTIONS
from rnnviz.ui.layouts import DEFAULT
from rnnviz.ui.start import plain_document
from tests.growth import growth, kilobytes_resident
from tests.leaks import flush_deferred_deletes
from tests.ui.real_window import RealWindow, assert_same_numbers
from tests.ui.soak.controls import Control, controls
from tests.ui.soak.doors import Doors
from tests.ui.soak.drops import drop
from tests.ui.soak.faults import FaultWatch
from tests.ui.soak.hands import press_keys, use
from tests.ui.soak.log import Deed, Log, Tell
from tests.ui.soak.material import write_material
from tests.ui.soak.requests import Requests

USE, PRESS, DROP, OPEN, REQUEST = "use", "press", "drop", "open", "request"
_WEIGHTS = {USE: 66, PRESS: 12, DROP: 3, OPEN: 3, REQUEST: 16}
_SIZES = ((1400, 900), (1280, 720), (1000, 640), (1900, 1050))
_PATIENCE = 300.0
"""Seconds after which the application hangs: an engine may have to start anew on a machine that has other work."""
_NEVER = ("quit",)
"""Actions whose keys are not pressed: there is nothing to be done after them."""


class Restless:
    """Uses the application at random.

    Parameters
    ----------
    folder : Path
        For the files of the engine, for sessions and figures; deeds are done in it.
    seed : int
        Of the order of things.
    log : Path, optional
        Where the deeds are written to.
    """

    def __init__(self, folder: Path, seed: int, log: Path | None = None) -> None:
        self.folder, self.seed = folder, seed
        self.random = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.used: Counter[str] = Counter()
        self.met: Counter[str] = Counter()
        self.memory: list[tuple[float, float]] = []
        """Hours since the beginning, and kilobytes of the window at rest."""
        self.log = Log(seed, log)
        self._place = Path.cwd()
        self.files = write_material(folder / "material")
        os.chdir(folder)
        self.desk = RealWindow(folder / "engine")
        self.desk.patience = _PATIENCE
        self.faults = FaultWatch(self.desk.link)
        self.desk.begin()
        self.requests = Requests(self.desk, folder)
        self.doors = Doors(self.desk.window, lambda: self.random, self._any_file)
        self._began = time.monotonic()
        self._closed = False

    def live(self, deeds: int, every: int = 100, tell: Tell = lambda line: None) -> None:
        """Do so many things, one after the other, often without waiting for the one before; rest in between."""
        for number in range(len(self.log.deeds), len(self.log.deeds) + deeds):
            self._begin(number)
            self._do(self._choose(number))
            if (number + 1) % every == 0:
                self.measure()
                tell(self._told(number + 1))

    def repeat(self, deeds: Iterable[Deed], tell: Tell = lambda line: None) -> None:
        """Do what a log says."""
        for deed in deeds:
            self._begin(deed.number)
            tell(str(deed))
            self._do(deed)

    def measure(self) -> None:
        """Come to rest, and note how much memory there is in use."""
        self.rest()
        self.memory.append(((time.monotonic() - self._began) / 3600, kilobytes_resident()))

    def rest(self) -> None:
        """Bring everything to where measures are alike: one document, one layout, nothing to undo."""
        desk, session = self.desk, self.desk.session
        self.doors.close_all()
        session.pause()
        session.turn(False)
        desk.window.set_lecture(False)
        session.rivals.restore(())
        session.set_theme("light")
        desk.window.docks.choose(DEFAULT)  # no panel in it has a long question
        desk.settle()
        session.open_document(plain_document())
        desk.settle()
        session.undo_stack.clear()
        session.show_message("")
        QGuiApplication.clipboard().clear()
        desk.spin(0.05)
        flush_deferred_deletes()

    def grows(self) -> float:
        """Return the kilobytes per hour by which the window grew in the later half."""
        return growth(self.memory)

    def compare(self) -> None:
        """See that the numbers are those of a session that has not been through all this."""
        fresh, view = RealWindow(self.folder / "fresh"), self.desk.view
        assert view.document is not None
        fresh.session.open_document(view.document, position=view.position, run_to=view.published)
        fresh.settle()
        fresh.session.set_scope(view.scope)
        fresh.session.set_probe(view.probe)
        fresh.settle()
        assert_same_numbers(self.desk.numbers(), fresh.numbers())
        one, other = view.gradients, fresh.view.gradients
        if one is not None and other is not None and one.objective == other.objective:
            assert one.value == other.value
            assert (one.norms == other.norms).all()
        fresh.session.show_message("")
        fresh.close()

    def end(self) -> list[str]:
        """Close, and return what was wrong, in sentences."""
        self.close()
        left = [str(path) for name in ("engine", "fresh") for path in self.folder.glob(f"{name}/*")]
        return [*dict.fromkeys(self.faults.found), *(f"{path} was left behind" for path in left)]

    def close(self) -> None:
        """Close everything, also after a fault; a second time nothing is left to be done."""
        if self._closed:
            return
        self._closed = True
        self.doors.shut()
        self.desk.session.pause()
        self.desk.session.show_message("")
        self.faults.end()
        self.desk.close()
        QGuiApplication.clipboard().clear()  # an image that is left there crashes an exit offscreen
        self.log.close()
        os.chdir(self._place)

    def unused(self) -> list[str]:
        """Return the controls that were seen and never used."""
        return sorted(set(self.met) - set(self.used))

    # One deed

    def _begin(self, number: int) -> None:
        """Let chance depend on the seed and the number of the deed alone."""
        self.random = self.requests.random = random.Random(f"{self.seed} {number}")

    def _choose(self, number: int) -> Deed:
        name = self.random.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
        if name == USE:
            return Deed(number, USE, self._least_used())
        if name == PRESS:
            return Deed(number, PRESS, self.random.choice(self._shortcuts()))
        if name == OPEN:
            return Deed(number, OPEN, self.random.choice(self.files).name)
        if name == REQUEST:
            deeds = self.requests.deeds
            return Deed(number, REQUEST, _name(self.random.choices(list(deeds), list(deeds.values()))[0]))
        return Deed(number, DROP)

    def _least_used(self) -> str:
        """Choose a control, mostly one that was not used as often as the others."""
        names = [control.name for control in controls()]
        self.met.update(names)
        return self.random.choices(names, [1 / (1 + self.used[name]) for name in names])[0] if names else ""

    @staticmethod
    def _shortcuts() -> list[str]:
        return sorted({keys for spec in ACTIONS if spec.name not in _NEVER for keys in spec.keys})

    def _do(self, deed: Deed) -> None:
        self.log.note(deed)
        self.done[deed.name if deed.name != REQUEST else deed.target] += 1
        doers: dict[str, Callable[[str], object]] = {
            USE: self._use,
            PRESS: self._press,
            DROP: lambda _: drop(self.desk.window, self.files, self.random),
            OPEN: lambda name: self.desk.window.files.open(self.folder / "material" / name),
            REQUEST: self._request,
        }
        doers[deed.name](deed.target)
        self._go_on()

    def _use(self, name: str) -> None:
        control: Control | None = next((control for control in controls() if control.name == name), None)
        if control is not None:
            self.used[name] += 1
            use(control, self.random)

    def _press(self, keys: str) -> None:
        self.used[f"keys {keys}"] += 1
        press_keys(QApplication.focusWidget() or self.desk.window, keys)

    def _request(self, name: str) -> None:
        next(deed for deed in self.requests.deeds if _name(deed) == name)()

    def _go_on(self) -> None:
        """Let the window live for a moment, or until everything has been answered; nothing may stay open for long."""
        if self.random.random() < 0.6:
            self.desk.spin(self.random.choice((0.0, 0.0, 0.02, 0.05)))
        else:
            self.desk.settle()
        if QApplication.activeModalWidget() is not None and self.random.random() < 0.3:
            self.doors.close_all()
        if self.random.random() < 0.01 and not self.desk.view.lecture:
            self.desk.window.resize(*self.random.choice(_SIZES))
        assert not self.faults.found, f"at deed {self.log.deeds[-1]}: {self.faults.found[0]}"

    def _any_file(self, chance: random.Random) -> Path:
        """Return a file to open, or one to save to."""
        return chance.choice(self.files) if chance.random() < 0.7 else self.folder / f"saved-{chance.randrange(3)}"

    def _told(self, number: int) -> str:
        hours, size = self.memory[-1]
        return (
            f"{hours * 3600:6.0f} s  {number:6} deeds  {size / 1024:6.1f} MB  "
            f"{len(self.met):4} controls met, {len(self.met) - len(self.unused()):4} used"
        )


def _name(deed: Callable[[], object]) -> str:
    return str(getattr(deed, "__name__", ""))
