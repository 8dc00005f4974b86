"""The menus and the toolbar."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, get_args

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from rnnviz.engine import cells
from rnnviz.ui.actions import MENUS
from rnnviz.ui.controls.emptying import empty
from rnnviz.ui.layouts import DEFAULT, LAYOUTS, Layout
from rnnviz.ui.plaintext import add_entry, plain_tip
from rnnviz.ui.samples import samples
from rnnviz.ui.theme import TYPE_SIZES
from rnnviz.ui.view import Scope, ThemeChoice, View

if TYPE_CHECKING:
    from rnnviz.ui.window import MainWindow

_TOOLBAR = ("open", "save", "", "undo", "redo", "", "restore", "", "export", "", "lecture", "dark", "palette")
_SCOPES: tuple[tuple[Scope, str], ...] = (
    ("upto", "Loss of all steps up to the cursor, L₁‥ₜ"),
    ("at", "Loss of the cursor's step alone, Lₜ"),
    ("whole", "Loss of the whole sequence, L"),
)


class Menus(QObject):
    """Fills the menu bar of a window, and makes its toolbar.

    Parameters
    ----------
    window : MainWindow
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._choices: list[tuple[QAction, str, str]] = []
        window.session.changed.connect(self._on_changed)
        self._menus = {name: window.menuBar().addMenu(f"&{name}") for name in MENUS}
        for name, menu in self._menus.items():
            for action in window.actions_.of_menu(name):
                if action is None:
                    menu.addSeparator()
                else:
                    menu.addAction(action)
            menu.setToolTipsVisible(True)
        self._add_file_menus()
        self._add_view_menus()
        self._add_network_menus()
        self._add_scopes()

    def _choice(self, menu: QMenu, title: str, field: str, value: str) -> QAction:
        """Add an action that is checked while a field of the view has a value."""
        action = menu.addAction(title)
        action.setCheckable(True)
        action.setChecked(getattr(self._window.session.view, field) == value)
        self._choices.append((action, field, value))
        return action

    def _on_changed(self, view: View, _old: View) -> None:
        for action, field, value in self._choices:
            action.setChecked(getattr(view, field) == value)
            action.setEnabled(field != "scope" or not view.backward)  # the way back is that of the whole loss

    def toolbar(self) -> QToolBar:
        """Make the toolbar."""
        bar = QToolBar("Tools")
        bar.setObjectName("tools")
        bar.setMovable(False)
        for name in _TOOLBAR:
            if name:
                bar.addAction(self._window.actions_[name])
            else:
                bar.addSeparator()
        spring = QWidget()
        spring.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(spring)
        button = QToolButton()
        button.setText("Layout  ▾")
        button.setStyleSheet("QToolButton::menu-indicator { image: none; }")  # its own arrow is cut by the style
        button.setToolTip("Arrange the panels for a question: gradients, memory, comparison")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setMenu(self._layouts)
        bar.addWidget(button)
        return bar

    def commands(self) -> list[QAction]:
        """Every action of every menu, for the command palette."""
        self._fill_samples()
        return [action for menu in self._menus.values() for action in _leaves(menu)]

    def _insert(self, menu: str, title: str, before: str) -> QMenu:
        submenu = QMenu(title, self._menus[menu])
        self._menus[menu].insertMenu(self._window.actions_[before], submenu)
        submenu.setToolTipsVisible(True)
        return submenu

    def _add_file_menus(self) -> None:
        self._samples = self._insert("File", "Sa&mples", "restore")
        self._menus["File"].aboutToShow.connect(self._fill_samples)
        self._recent = self._insert("File", "Open &recent", "restore")
        self._recent.aboutToShow.connect(self._fill_recent)
        self._menus["File"].aboutToShow.connect(self._fill_recent)

    def _fill_samples(self) -> None:
        """List the samples when they are first looked for: their files say what they are called."""
        if self._samples.actions():
            self._mark_sample()
            return
        for sample in samples():
            action = self._samples.addAction(sample.title)
            action.setCheckable(True)
            action.setToolTip(plain_tip(sample.description))
            action.triggered.connect(partial(self._window.files.open_sample, sample.path))
        self._samples.setEnabled(bool(self._samples.actions()))
        self._mark_sample()

    def _choose(self, layout: Layout) -> None:
        """Arrange the panels, and show the gradients that the layout is about."""
        self._window.docks.choose(layout)
        if layout.scope is not None:
            self._window.session.set_scope(layout.scope)

    def _mark_layout(self) -> None:
        """Mark the layout that is present."""
        for action in self._layouts.actions():
            action.setChecked(action.text() == self._window.docks.layout.name)

    def _mark_type_size(self) -> None:
        """Mark the size of type that is chosen."""
        for action in self._type_sizes.actions():
            action.setChecked(action.data() == self._window.type.wanted)

    def _mark_sample(self) -> None:
        """Mark the sample that is open."""
        for sample, action in zip(samples(), self._samples.actions(), strict=True):
            action.setChecked(sample.path == self._window.files.sample)

    def _fill_recent(self) -> None:
        window = self._window
        empty(self._recent)
        for path in window.settings.recent():
            action = add_entry(self._recent, path.name, str(path))
            action.triggered.connect(partial(window.files.open, path))
        self._recent.setEnabled(bool(self._recent.actions()))
        self._recent.addSeparator()
        self._recent.addAction("&Clear this list").triggered.connect(window.settings.clear_recent)

    def _add_view_menus(self) -> None:
        window = self._window
        menu = self._menus["View"]
        panels = menu.addMenu("&Panels")
        for dock in window.docks.all:
            action = dock.toggleViewAction()
            action.setToolTip(plain_tip(f"Show or hide the panel {dock.kind.title}"))
            panels.addAction(action)
        self._layouts = layouts = menu.addMenu("&Layout")
        layouts.setToolTipsVisible(True)
        for layout in LAYOUTS:
            action = layouts.addAction(layout.name)
            action.setToolTip(plain_tip(layout.hint))
            action.setCheckable(True)
            action.triggered.connect(partial(self._choose, layout))
        layouts.aboutToShow.connect(self._mark_layout)
        layouts.addSeparator()
        layouts.addAction("&Reset").triggered.connect(partial(window.docks.choose, DEFAULT))
        sizes = menu.addMenu("&Type size")
        sizes.aboutToShow.connect(self._mark_type_size)
        for per_cent in TYPE_SIZES:
            action = sizes.addAction(f"{per_cent} %")
            action.setCheckable(True)
            action.setData(per_cent)
            action.triggered.connect(partial(window.type.choose, per_cent))
        self._type_sizes = sizes
        themes = menu.addMenu("&Colours")
        for name in get_args(ThemeChoice):
            action = self._choice(themes, name.capitalize(), "theme", name)
            action.triggered.connect(partial(window.session.set_theme, name))

    def _add_network_menus(self) -> None:
        session = self._window.session
        cells_menu = self._insert("Network", "&Cell", "reseed")
        for family, names in cells.families().items():
            family_menu = cells_menu.addMenu(family)
            for name in names:
                action = family_menu.addAction(cells.title(name))
                action.triggered.connect(partial(session.change_spec, cell=name))

    def _add_scopes(self) -> None:
        scopes = self._menus["Run"].addMenu("&Gradient of")
        for scope, title in _SCOPES:
            action = self._choice(scopes, title, "scope", scope)
            action.triggered.connect(partial(self._window.session.set_scope, scope))


def _leaves(menu: QMenu) -> Iterator[QAction]:
    for action in menu.actions():
        submenu = action.menu()
        if isinstance(submenu, QMenu):
            yield from _leaves(submenu)
        elif not action.isSeparator():
            yield action
