"""What is done over and over in front of a class, each in a form that comes back to where it began."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QPixmapCache
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QMenu, QToolButton

from rnnviz.engine.interventions import Clamp
from rnnviz.engine.sequence import TextSource
from rnnviz.ui.docks import PanelDock
from rnnviz.ui.exporting import write_figures
from rnnviz.ui.layouts import DEFAULT, LAYOUTS
from tests.leaks import flush_deferred_deletes
from tests.ui.real_window import RealWindow
from tests.ui.soak.material import ASSETS

SAMPLE = ASSETS / "sessions" / "message-lstm.rnnviz"
DIALOGS = ("palette", "keyboard", "about", "export")
QUESTIONS = ("open", "save_as", "export_window")
WORDS = ("to be or not to be", "the cat sat on the mat", "a b c d e f g")
FORMATS = ("png", "svg", "pdf")


class Repetitions:
    """The deeds by name; each is given the number of the repetition.

    Parameters
    ----------
    desk : RealWindow
    folder : Path
        Where figures go.
    """

    def __init__(self, desk: RealWindow, folder: Path) -> None:
        self.desk, self.folder = desk, folder
        self.window, self.session = desk.window, desk.session
        self.deeds: dict[str, Callable[[int], object]] = {
            "enter and leave a comparison": self.compare,
            "copy a figure": self.copy,
            **{f"write a figure as {suffix.upper()}": self._writes(suffix) for suffix in FORMATS},
            "open and close a panel": self.panel,
            "let a panel float and dock it again": self.floating,
            "choose a layout": self.layout,
            "open and close a dialog": self.dialog,
            "open and close the dialog of a file": self.question,
            "open and close the menu of a panel": self.menu,
            "open and close the menu of a button": self.button,
            "open a session": self.open,
            "open a sample": self.sample,
            "change the architecture": self.architecture,
            "draw other weights": self.reseed,
            "type another sequence": self.sequence,
            "append a token": self.append,
            "undo and redo": self.undo,
            "intervene": self.intervene,
            "change the theme": self.theme,
            "enter and leave the lecture": self.lecture,
            "step": self.step,
            "step by operations": self.operations,
            "turn round": self.turn,
            "play for a while": self.play,
        }

    def rest(self) -> None:
        """Let go of what is kept within limits: what can be undone, and the pictures that Qt's style keeps."""
        self.session.undo_stack.clear()
        self.session.show_message("")
        QPixmapCache.clear()
        flush_deferred_deletes()

    def compare(self, number: int) -> None:
        self.session.rivals.add_trio()
        self.desk.settle()
        self.session.rivals.clear()
        self.desk.settle()

    def copy(self, number: int) -> None:
        panels = self._drawn()
        self.window.figures.copy(type(panels[number % len(panels)].panel))
        QGuiApplication.clipboard().clear()

    def _writes(self, suffix: str) -> Callable[[int], None]:
        def write(number: int) -> None:
            panels = self._drawn()
            kind = type(panels[number % len(panels)].panel)
            assert list(write_figures(self.desk.view, [kind], [], [suffix], self.folder / "figures"))

        return write

    def panel(self, number: int) -> None:
        dock = self.window.docks.all[number % len(self.window.docks.all)]
        for shown in (not dock.isVisible(), dock.isVisible()):
            dock.setVisible(shown)
            self.desk.spin(0.01)

    def floating(self, number: int) -> None:
        docks = [dock for dock in self.window.docks.all if dock.isVisible()]
        for floating in (True, False):
            docks[number % len(docks)].setFloating(floating)
            self.desk.spin(0.01)

    def layout(self, number: int) -> None:
        for chosen in (LAYOUTS[number % len(LAYOUTS)], DEFAULT):
            self.window.docks.choose(chosen)
            self.desk.spin(0.01)

    def dialog(self, number: int) -> None:
        self.window.actions_[DIALOGS[number % len(DIALOGS)]].trigger()
        self.desk.spin()
        opened = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, QDialog)]
        for dialog in opened:
            dialog.reject()
        assert opened

    def question(self, number: int) -> None:
        """Ask for a file; who asks waits for the answer, so that a timer has to give it."""
        self.desk.soon(lambda: _reject(QApplication.activeModalWidget()))
        self.window.actions_[QUESTIONS[number % len(QUESTIONS)]].trigger()

    def menu(self, number: int) -> None:
        docks = [dock for dock in self.window.docks.all if dock.isVisible()]
        dock, at = docks[number % len(docks)], QPoint(40, 40)
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, dock.mapToGlobal(at))
        QApplication.sendEvent(dock, event)
        self.desk.spin()
        self._close_menu()

    def button(self, number: int) -> None:
        """Open the menus of all buttons that have one which is filled when it opens."""
        menus = [button.menu() for button in self.window.findChildren(QToolButton) if button.menu() is not None]
        menu = menus[number % len(menus)]
        menu.popup(self.window.mapToGlobal(QPoint(10, 10)))
        self.desk.spin()
        menu.close()

    def open(self, number: int) -> None:
        self.window.files.open(SAMPLE)
        self.desk.settle()

    def sample(self, number: int) -> None:
        paths = sorted(SAMPLE.parent.glob("*.rnnviz"))
        self.window.files.open_sample(paths[number % len(paths)])
        self.desk.settle()

    def architecture(self, number: int) -> None:
        cell, size = (("lstm", 8), ("gru", 24), ("rnn", 16), ("gru-cho", 5))[number % 4]
        self.session.change_spec(cell=cell, hidden_size=size, num_layers=1 + number % 2)
        self.desk.settle()

    def reseed(self, number: int) -> None:
        """Draw one of four networks: the numbers of ever new ones fill caches that hold thousands of them."""
        self.session.reseed(number % 4)
        self.desk.settle()

    def sequence(self, number: int) -> None:
        self.session.set_source(TextSource(text=WORDS[number % len(WORDS)]))
        self.desk.settle()

    def append(self, number: int) -> None:
        if number % 10 == 0:
            self.session.set_source(TextSource(text=f"{WORDS[0]} {number}"))
            self.desk.settle()
        self.session.append("be")
        self.desk.settle()

    def undo(self, number: int) -> None:
        if not self.session.undo_stack.canUndo():
            self.reseed(number)
        for action in ("undo", "redo"):
            self.window.actions_[action].trigger()
            self.desk.settle()

    def intervene(self, number: int) -> None:
        for entries in ([Clamp("h", 0.1 * (number % 7), 0)], []):
            self.session.set_interventions(entries)
            self.desk.settle()

    def theme(self, number: int) -> None:
        self.session.set_theme(("dark", "light")[number % 2])
        self.desk.spin()

    def lecture(self, number: int) -> None:
        for _ in range(2):
            self.window.actions_["lecture"].trigger()
            self.desk.spin(0.01)

    def step(self, number: int) -> None:
        for action in ("forward", "back"):
            self.window.actions_[action].trigger()
            self.desk.spin()

    def operations(self, number: int) -> None:
        for action in ("next_operation", "previous_operation"):
            self.window.actions_[action].trigger()
            self.desk.spin()

    def turn(self, number: int) -> None:
        for _ in range(2):
            self.window.actions_["backward"].trigger()
            self.desk.settle()

    def play(self, number: int) -> None:
        self.session.go_to_start()
        self.session.set_speed(60.0)
        self.window.actions_["play"].trigger()
        self.desk.spin(0.1)
        self.session.pause()
        self.desk.settle()

    def _drawn(self) -> list[PanelDock]:
        return [dock for dock in self.window.docks.all if dock.kind.area != "left" and dock.isVisible()]

    @staticmethod
    def _close_menu() -> None:
        opened = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, QMenu)]
        for menu in opened:
            menu.close()
        assert opened


def _reject(widget: object) -> None:
    assert isinstance(widget, QFileDialog), widget
    widget.reject()
