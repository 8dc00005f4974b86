"""What the actions of the window do, and what they show of the session."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

from rnnviz.engine.interventions import in_force
from rnnviz.ui.askplace import ask_for_place, file_name
from rnnviz.ui.controls.look import look
from rnnviz.ui.files import OPENABLE, session_path
from rnnviz.ui.grains import may_move
from rnnviz.ui.help import ABOUT, HelpDialog, gestures_table, keys_table
from rnnviz.ui.keys import keeps_key
from rnnviz.ui.palette import Palette
from rnnviz.ui.plaintext import PlainBox
from rnnviz.ui.sessionfile import SUFFIX
from rnnviz.ui.transport import next_speed
from rnnviz.ui.view import Grain, View

if TYPE_CHECKING:
    from rnnviz.ui.window import MainWindow


WAY_BACK, WAY_BACK_LAYOUT = "backprop", "Backpropagation"
"""The panel in which the way back is seen, and the layout that has it."""


_MOVES: tuple[tuple[str, int, Grain | None], ...] = (
    ("forward", 1, None),
    ("back", -1, None),
    ("next", 1, None),
    ("previous", -1, None),
    ("next_operation", 1, "operation"),
    ("previous_operation", -1, "operation"),
    ("layer_on", 1, "layer"),
    ("layer_back", -1, "layer"),
)
"""The actions that step: by how much, and by which grain where that is not the chosen one."""


class Chores(QObject):
    """Connects the actions of a window with its session.

    Parameters
    ----------
    window : MainWindow
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._session = window.session
        self._actions = window.actions_
        self._actions.connect_all(self._slots())
        stack = self._session.undo_stack
        stack.canUndoChanged.connect(self._show_undo)
        stack.canRedoChanged.connect(self._show_undo)
        stack.indexChanged.connect(self._show_undo)
        self._show_undo()

    def _slots(self) -> dict[str, Callable[[], object]]:
        session, window = self._session, self._window
        return {
            "open": self.open,
            "restore": window.files.restore,
            "save": self.save,
            "save_as": self.save_as,
            "export": window.figures.export,
            "export_window": window.figures.export_window,
            "quit": window.close,
            "undo": session.undo,
            "redo": session.redo,
            "copy": window.figures.copy_window,
            "hide_ahead": session.toggle_ahead,
            "lecture": self._lecture,
            "reset_view": window.axis.show_all,
            "dark": self._dark,
            "larger": window.type.larger,
            "smaller": window.type.smaller,
            "reseed": self._reseed,
            "interventions": self._interventions,
            "next_unit": self._next_unit,
            "previous_unit": self._previous_unit,
            "next_layer": self._next_layer,
            "play": session.toggle_play,
            "backward": self._backward,
            "next": self._next,
            "previous": self._previous,
            "forward": self._forward,
            "back": self._back,
            "next_operation": self._next_operation,
            "previous_operation": self._previous_operation,
            "layer_on": self._layer_on,
            "layer_back": self._layer_back,
            "grain": session.next_grain,
            "first": session.go_to_start,
            "last": session.go_to_end,
            "faster": self._faster,
            "slower": self._slower,
            "run_all": session.run_all,
            "run_to_cursor": session.run_to_cursor,
            "restart": session.restart_run,
            "cancel": self._cancel,
            "palette": self._palette,
            "restart_engine": self._restart_engine,
            "keyboard": self._keyboard,
            "about": self._about,
        }

    def mark(self, view: View) -> None:
        """Bring the marks of the actions to a view."""
        actions, window = self._actions, self._window
        actions["play"].setChecked(view.playing)
        actions["backward"].setChecked(view.backward)
        actions.turn(view.backward)
        actions["hide_ahead"].setChecked(view.ahead_hidden)
        entries = self._session.interventions
        actions["interventions"].setChecked(bool(in_force(entries)))
        actions["interventions"].setEnabled(bool(entries))
        actions["lecture"].setChecked(bool(view.lecture))
        actions["dark"].setChecked(look(view).theme.dark)
        actions["larger"].setEnabled(window.type.may_grow)
        actions["smaller"].setEnabled(window.type.may_shrink)
        opened = view.trace is not None
        running = ("play", "backward", "last", "run_all", "run_to_cursor", "restart")
        for name in (*running, "save", "save_as", "export", "copy"):
            actions[name].setEnabled(opened)
        actions["first"].setEnabled(view.position > 0)
        for name, by, grain in _MOVES:
            along = name not in ("forward", "back")
            actions[name].setEnabled(may_move(view, -by if along and view.backward else by, grain))

    def _interventions(self) -> None:
        self._session.switch_interventions()
        self.mark(self._session.view)  # the action has checked itself

    def open(self) -> None:
        """Ask for a file, and open it."""
        folder = self._window.settings.get("folder", "")
        name, _ = QFileDialog.getOpenFileName(self._window, "Open", folder, OPENABLE)
        if name:
            self._window.settings.set("folder", str(Path(name).parent))
            self._window.files.open(Path(name))

    def save(self) -> None:
        """Save the session where it belongs; ask where it has no place yet."""
        files = self._window.files
        if files.path is None:
            self.save_as()
        elif (told := files.disturbed()) and not (choice := self._ask_over(told)):
            if choice is None:
                self.save_as()
        else:
            files.save(files.path)

    def _ask_over(self, told: str) -> bool | None:
        """Ask whether to save over a file that something else has changed; None: elsewhere."""
        button = QMessageBox.StandardButton
        box = PlainBox("Save over it?", told, self._window)
        box.setInformativeText("Save anyway, or under another name?")
        over = box.addButton("Save &anyway", QMessageBox.ButtonRole.AcceptRole)
        elsewhere = box.addButton("Save &as…", QMessageBox.ButtonRole.ActionRole)
        box.setDefaultButton(box.addButton(button.Cancel))
        box.exec()
        clicked = box.clickedButton()
        box.deleteLater()
        return True if clicked is over else None if clicked is elsewhere else False

    def save_as(self) -> None:
        """Ask for a place, and save the session there."""
        files, view = self._window.files, self._session.view
        name = file_name(view.document.name if view.document is not None else "", "session")
        start = files.path or Path(self._window.settings.get("folder", "")) / f"{name}{SUFFIX}"
        path = ask_for_place(self._window, "Save as", start, f"Sessions (*{SUFFIX})", session_path)
        if path is not None:
            files.save(path)

    def _show_undo(self) -> None:
        stack = self._session.undo_stack
        for name, text, able in (
            ("undo", stack.undoText(), stack.canUndo()),
            ("redo", stack.redoText(), stack.canRedo()),
        ):
            self._actions[name].setText(f"&{name.capitalize()} {text}".rstrip())
            self._actions[name].setEnabled(able)

    def _lecture(self) -> None:
        self._window.set_lecture(not self._session.view.lecture)

    def _dark(self) -> None:
        self._session.set_theme("light" if look(self._session.view).theme.dark else "dark")

    def _reseed(self) -> None:
        document = self._session.view.document
        if document is not None:
            self._session.reseed(document.spec.seed + 1)

    def _next_unit(self) -> None:
        self._move_unit(1)

    def _previous_unit(self) -> None:
        self._move_unit(-1)

    def _move_unit(self, by: int) -> None:
        view = self._session.view
        if view.document is not None:
            size = view.document.spec.units_of(view.layer, view.direction)
            self._session.pick_unit((view.units[-1] + by) % size)

    def _next_layer(self) -> None:
        view = self._session.view
        if view.document is not None:
            spec = view.document.spec
            places = [(layer, way) for layer in range(spec.num_layers) for way in spec.directions]
            here = places.index((view.layer, view.direction))
            self._session.pick_layer(*places[(here + 1) % len(places)])

    def _forward(self) -> None:
        self._session.step(1)

    def _back(self) -> None:
        self._session.step(-1)

    def _backward(self) -> None:
        self._session.toggle_backward()
        seen = any(dock.kind.name == WAY_BACK and not dock.isHidden() for dock in self._window.docks.all)
        if self._session.view.backward and not seen:
            self._session.show_message(f"the layout {WAY_BACK_LAYOUT} shows how the gradient arrives at each step")

    def _next(self) -> None:
        self._session.step_along(1)

    def _previous(self) -> None:
        self._session.step_along(-1)

    def _next_operation(self) -> None:
        self._session.step_along(1, "operation")

    def _previous_operation(self) -> None:
        self._session.step_along(-1, "operation")

    def _layer_on(self) -> None:
        self._session.step_along(1, "layer")

    def _layer_back(self) -> None:
        self._session.step_along(-1, "layer")

    def _faster(self) -> None:
        self._session.set_speed(next_speed(self._session.view.speed, 1))

    def _slower(self) -> None:
        self._session.set_speed(next_speed(self._session.view.speed, -1))

    def _cancel(self) -> None:
        if self._session.view.progress is not None or self._session.waiting:
            self._session.cancel()
        elif keeps_key(QApplication.focusWidget(), Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier):
            self._window.take_keys()
        elif self._session.view.lecture:
            self._window.set_lecture(False)
        else:
            self._session.show_message("")

    def _restart_engine(self) -> None:
        self._session.link.restart("it was asked to start anew")

    def _palette(self) -> None:
        palette = Palette(self._window.menus.commands(), self._window)
        palette.open()

    def _keyboard(self) -> None:
        theme = look(self._session.view).theme
        html = f"{keys_table(self._actions, theme)}<h3>Mouse</h3>{gestures_table(theme)}"
        HelpDialog("Keyboard and mouse", html, "", self._window).open()

    def _about(self) -> None:
        from rnnviz.commands import information

        HelpDialog("About rnnviz", ABOUT, information(), self._window).open()
