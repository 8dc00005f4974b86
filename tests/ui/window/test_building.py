"""Panels are made when they are first seen: what is never looked at costs nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from rnnviz.ui import panelregistry
from rnnviz.ui.enginelink import LocalLink
from rnnviz.ui.layouts import DEFAULT, layout
from rnnviz.ui.panel import panel_classes
from rnnviz.ui.panelregistry import panel_entries
from rnnviz.ui.session import Session
from rnnviz.ui.settings import Settings
from rnnviz.ui.window import MainWindow
from tests.ui.small_engine import SmallEngine
from tests.ui.window.conftest import Desk

AT_FIRST = {"sequence", "architecture", "tokens", "states", "gates", "gradients", "outputs", "inspector"}


def built(window: MainWindow) -> set[str]:
    return {dock.kind.name for dock in window.docks.all if dock.built}


def test_after_the_start_there_are_the_panels_of_the_first_screen_and_no_others(desk: Desk) -> None:
    assert built(desk.window) == AT_FIRST
    assert [panel.name for panel in desk.window.docks.panels] == [
        dock.kind.name for dock in desk.window.docks.all if dock.isVisible()
    ]


def test_neither_looks_nor_runs_nor_saving_nor_figures_make_a_panel(desk: Desk, tmp_path: Path) -> None:
    desk.session.set_theme("dark")
    desk.session.go_to_start()
    desk.session.run_all()
    desk.settle()
    desk.window.files.save(tmp_path / "saved.rnnviz")
    desk.settle()
    assert (tmp_path / "saved.rnnviz").exists()
    desk.window.set_lecture(True)
    desk.settle()
    desk.window.set_lecture(False)
    desk.settle()
    assert len(desk.window.places()) == len(AT_FIRST)
    desk.window.actions_["copy"].trigger()
    assert desk.window.docks.restore(desk.window.docks.state())
    assert built(desk.window) == AT_FIRST


def test_a_layout_makes_its_panels_and_they_stay(desk: Desk) -> None:
    desk.window.docks.choose(layout("Memory"))
    assert built(desk.window) == AT_FIRST | {"memory", "saturation"}
    memory = desk.window.docks["memory"].panel
    assert memory.isVisible()
    assert memory.height() >= 40
    desk.window.docks.choose(DEFAULT)
    desk.window.docks.choose(layout("Memory"))
    assert desk.window.docks["memory"].panel is memory


def test_a_panel_that_is_asked_for_is_made_without_being_shown(desk: Desk) -> None:
    dock = desk.window.docks["cell"]
    assert not dock.built
    panel = dock.panel
    assert (panel.name, panel.isVisible(), dock.isHidden()) == ("cell", False, True)
    dock.show()
    assert panel.isVisible()
    assert dock.widget() is panel


def test_a_panel_made_late_looks_like_the_others(desk: Desk) -> None:
    desk.session.set_theme("dark")
    desk.window.set_lecture(True)
    desk.settle()
    desk.window.docks["inputs"].show()
    desk.settle()
    inputs, states = desk.window.docks["inputs"].panel, desk.window.docks["states"].panel
    assert inputs.font() == states.font()
    assert inputs.palette().window().color() == states.palette().window().color()


def test_a_window_left_in_another_layout_makes_the_panels_of_that_one_alone(qtbot: QtBot, tmp_path: Path) -> None:
    settings = Settings()
    for chosen, expected in ((layout("Weights"), AT_FIRST), (None, {"weights", "inspector"})):
        session = Session(LocalLink(SmallEngine, tmp_path / "engine"))
        window = MainWindow(session, settings)
        window.begin()
        window.show()
        QCoreApplication.processEvents()
        assert built(window) == expected
        if chosen is not None:
            window.docks.choose(chosen)
            QCoreApplication.processEvents()
        window.close()
        window.deleteLater()
        session.link.deleteLater()
        session.deleteLater()


def test_what_is_known_of_a_panel_before_it_is_loaded_is_what_its_class_states() -> None:
    classes = panel_classes()
    entries = panel_entries()
    assert [entry.load() for entry in entries] == list(classes)
    for entry, panel in zip(entries, classes, strict=True):
        stated = (panel.name, panel.title, panel.area, panel.order, panel.stretch, panel.at_first)
        assert (entry.name, entry.title, entry.area, entry.order, entry.stretch, entry.at_first) == stated


def test_panels_that_are_not_seen_are_not_even_loaded() -> None:
    code = (
        "import sys; from rnnviz.ui.panelregistry import panel_entries; found = panel_entries();"
        "print(len(found), [name for name in sys.modules if name.startswith('rnnviz.ui.panels.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split(" ", 1) == [str(len(panel_classes())), "[]\n"]


@pytest.mark.parametrize(
    "stated",
    [
        '    name: ClassVar[str] = "odd"\n    title: ClassVar[str] = TITLE\n',
        '    name = "odd"\n    title = "Odd"\n',
        '    name: ClassVar[str] = "odd"\n    title: ClassVar[str] = "Odd"\n' * 2,
        "",
    ],
)
def test_a_file_that_states_it_in_another_way_is_loaded(monkeypatch: pytest.MonkeyPatch, stated: str) -> None:
    monkeypatch.setattr(panelregistry, "_source", lambda module: stated)
    assert [entry.load() for entry in panel_entries()] == list(panel_classes())
