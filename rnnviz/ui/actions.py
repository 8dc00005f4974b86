"""Every action of the window, declared once: for menus, toolbar, keys and command palette."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow

from rnnviz.ui.plaintext import plain_tip
from rnnviz.ui.theme import Theme, icon

MENUS = ("File", "Edit", "View", "Network", "Run", "Tools", "Help")


@dataclass(frozen=True)
class ActionSpec:
    """One action.

    Parameters
    ----------
    name : str
    menu : str
        One of MENUS.
    text : str
        As in the menu, with a mnemonic.
    tip : str
        What it means, in a sentence; the keys are added to it.
    keys : tuple of str
        Portable names; the first is the one that is shown.
    icon : str
    checkable : bool
    group : int
        Groups of a menu are parted by lines.
    """

    name: str
    menu: str
    text: str
    tip: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    checkable: bool = False
    group: int = 0


ACTIONS = (
    ActionSpec("open", "File", "&Open…", "Open a session, text, table or image", ("Ctrl+O",), "folder-open"),
    ActionSpec("restore", "File", "&Restore", "Bring the session back as it was opened", ("Ctrl+0",), "rotate-ccw"),
    ActionSpec("save", "File", "&Save", "Save the session", ("Ctrl+S",), "save", group=1),
    ActionSpec("save_as", "File", "Save &as…", "Save the session under another name", ("Ctrl+Shift+S",), group=1),
    ActionSpec("export", "File", "&Export figures…", "Write figures for slides", ("Ctrl+E",), "image", group=2),
    ActionSpec("export_window", "File", "Export &window…", "Write the whole window as one figure", group=2),
    ActionSpec("quit", "File", "&Quit", "Close rnnviz", ("Ctrl+Q",), group=3),
    ActionSpec("undo", "Edit", "&Undo", "Undo the last change of network or sequence", ("Ctrl+Z",), "undo-2"),
    ActionSpec("redo", "Edit", "&Redo", "Redo what was undone", ("Ctrl+Shift+Z", "Ctrl+Y"), "redo-2"),
    ActionSpec("copy", "Edit", "&Copy the window", "Copy the window as a figure", ("Ctrl+Shift+C",), "copy", group=1),
    ActionSpec(
        "hide_ahead", "View", "&Hide what lies ahead", "Cover the steps after the cursor", ("H",), "eye-off", True
    ),
    ActionSpec("lecture", "View", "&Lecture mode", "Large type, full screen", ("F11",), "projector", True),
    ActionSpec("larger", "View", "Lar&ger type", "The next larger type", ("Ctrl++", "Ctrl+="), group=1),
    ActionSpec("smaller", "View", "S&maller type", "The next smaller type", ("Ctrl+-",), group=1),
    ActionSpec("reset_view", "View", "Show &all steps", "Show the whole time axis", ("Ctrl+R",), "maximize"),
    ActionSpec("dark", "View", "&Dark colours", "Dark or light colours", ("Ctrl+D",), "sun-moon", True, group=1),
    ActionSpec("reseed", "Network", "&New random weights", "Draw the weights anew", ("Ctrl+Shift+R",), "shuffle"),
    ActionSpec(
        "interventions",
        "Network",
        "Switch &interventions",
        "Switch all interventions off, and on again: the run with and without them",
        ("I",),
        "sliders-horizontal",
        True,
    ),
    ActionSpec("next_unit", "Network", "Next &unit", "Pick the next unit of the layer", ("]",), group=1),
    ActionSpec("previous_unit", "Network", "&Previous unit", "Pick the unit before", ("[",), group=1),
    ActionSpec("next_layer", "Network", "Next &layer", "Pick the next layer or direction", ("L",), group=1),
    ActionSpec("play", "Run", "&Play", "Let the steps run, or pause them", ("Space",), "play", True),
    ActionSpec(
        "backward",
        "Run",
        "Back&ward pass",
        "Turn round: go back from the last step to the first and see the gradient arrive",
        ("B",),
        "rewind",
        True,
    ),
    ActionSpec(
        "forward",
        "Run",
        "Step &forward",
        "One step, layer or operation to the right, as chosen beside it",
        ("Right",),
        "step-forward",
        group=1,
    ),
    ActionSpec(
        "back",
        "Run",
        "Step &back",
        "One step, layer or operation to the left, as chosen beside it",
        ("Left",),
        "step-back",
        group=1,
    ),
    ActionSpec(
        "next",
        "Run",
        "&Next step",
        "One step on: to the right, in the backward pass to the left",
        ("N", "PgDown"),
        group=1,
    ),
    ActionSpec("previous", "Run", "P&revious step", "One step back in the pass that is shown", ("PgUp",), group=1),
    ActionSpec("first", "Run", "To the &start", "Before the first step", ("Home",), "skip-back", group=1),
    ActionSpec("last", "Run", "To the &end", "The last step", ("End",), "skip-forward", group=1),
    ActionSpec(
        "next_operation",
        "Run",
        "Next operat&ion",
        "One operation of the cell on, in the pass that is shown",
        (".",),
        group=2,
    ),
    ActionSpec("previous_operation", "Run", "Previous opera&tion", "One operation of the cell back", (",",), group=2),
    ActionSpec(
        "layer_on",
        "Run",
        "Mo&ve on by a layer",
        "One layer on, in the pass that is shown",
        (">", "Shift+PgDown"),
        group=2,
    ),
    ActionSpec("layer_back", "Run", "&Move back by a layer", "One layer back", ("<", "Shift+PgUp"), group=2),
    ActionSpec(
        "grain",
        "Run",
        "C&hange the step granularity",
        "Step and play by time steps, by layers or by single operations",
        ("G",),
        group=2,
    ),
    ActionSpec("faster", "Run", "F&aster", "Play faster", ("+", "="), "plus", group=3),
    ActionSpec("slower", "Run", "S&lower", "Play slower", ("-",), "minus", group=3),
    ActionSpec(
        "run_all",
        "Run",
        "Run &whole",
        "Compute all steps; the cursor stays",
        ("Ctrl+Return",),
        "chevrons-right",
        group=4,
    ),
    ActionSpec(
        "run_to_cursor", "Run", "Run to the &cursor", "Forget what lies after the cursor, and stand there", group=4
    ),
    ActionSpec(
        "restart", "Run", "Start &over", "Forget the run, to compute it step by step", ("Ctrl+Home",), "repeat", group=4
    ),
    ActionSpec("cancel", "Run", "Stop the wor&k", "Stop what is being computed", ("Esc",), group=5),
    ActionSpec("palette", "Tools", "&Command palette…", "Find any command by its name", ("Ctrl+Shift+P",), "search"),
    ActionSpec("restart_engine", "Tools", "Restart the &engine", "Start the engine anew; the session stays", group=1),
    ActionSpec("keyboard", "Help", "&Keyboard and mouse…", "All keys, and all of the mouse", ("F1",), "keyboard"),
    ActionSpec("about", "Help", "&About rnnviz…", "Version, licences and system", (), "info"),
)


class Actions(QObject):
    """The QActions of a window, by name.

    Parameters
    ----------
    window : QMainWindow
        Its whole window listens to the keys, whichever dock has the focus.
    """

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._actions = {spec.name: self._made(spec, window) for spec in ACTIONS}
        self._theme: Theme | None = None
        self._backward = False

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def __iter__(self) -> Iterator[QAction]:
        return iter(self._actions.values())

    def connect_all(self, slots: dict[str, Callable[[], object]]) -> None:
        """Say what each action does."""
        for name, slot in slots.items():
            self._actions[name].triggered.connect(slot)

    def of_menu(self, menu: str) -> Iterator[QAction | None]:
        """The actions of a menu in order, None where a line parts two groups."""
        group = None
        for spec in ACTIONS:
            if spec.menu == menu:
                if group not in (None, spec.group):
                    yield None
                group = spec.group
                yield self._actions[spec.name]

    def set_theme(self, theme: Theme) -> None:
        """Draw the icons in the colours of a theme."""
        self._theme = theme
        for spec in ACTIONS:
            if spec.icon:
                self._actions[spec.name].setIcon(icon(spec.icon, theme))
        self._draw_play()

    def turn(self, backward: bool) -> None:
        """Let playing point where it goes: to the left in the backward pass."""
        if backward != self._backward:
            self._backward = backward
            self._draw_play()

    def _draw_play(self) -> None:
        if self._theme is not None:
            self._actions["play"].setIcon(icon("play-back" if self._backward else "play", self._theme))

    @staticmethod
    def _made(spec: ActionSpec, window: QMainWindow) -> QAction:
        action = QAction(spec.text, window)
        action.setObjectName(spec.name)
        action.setCheckable(spec.checkable)
        action.setShortcuts([QKeySequence.fromString(key) for key in spec.keys])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setMenuRole(QAction.MenuRole.NoRole)
        action.setToolTip(plain_tip(described(spec.tip, action)))
        action.setStatusTip(spec.tip)
        window.addAction(action)  # so that its keys work while the menu bar is hidden
        return action


def described(tip: str, action: QAction) -> str:
    """A tool tip with the keys of an action."""
    keys = " or ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts())
    return f"{tip} ({keys})" if keys else tip


def plain(action: QAction) -> str:
    """The text of an action without its mnemonic and dots."""
    return action.text().replace("&", "").rstrip("…")
