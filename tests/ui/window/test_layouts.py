"""The named arrangements of the panels."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QToolButton

from rnnviz.assets import asset
from rnnviz.ui.layouts import DEFAULT, LAYOUTS, LECTURE, Layout, for_lecture, layout
from rnnviz.ui.panel import panel_classes
from rnnviz.ui.sessionfile import read_session
from tests.ui.window.conftest import Desk

every_layout = pytest.mark.parametrize("chosen", LAYOUTS, ids=lambda found: found.name)


@every_layout
def test_a_layout_names_panels_that_there_are_and_each_once(chosen: Layout) -> None:
    names = [name for row in chosen.rows for name in row]
    assert len(set(names)) == len(names)
    assert set(names) <= {panel.name for panel in panel_classes() if panel.area == "time"}
    assert chosen.hint.endswith(tuple("abcdefghijklmnopqrstuvwxyz"))


@every_layout
def test_a_layout_names_panels_of_the_sides_that_there_are(chosen: Layout) -> None:
    assert set(chosen.beside) <= {panel.name for panel in panel_classes() if panel.area in ("left", "right")}


def test_a_layout_shows_what_stands_beside_it_also_in_a_lecture(desk: Desk) -> None:
    for chosen in (layout("Interventions"), for_lecture(layout("Interventions"))):
        desk.window.docks.choose(DEFAULT)
        desk.window.docks.choose(chosen)
        desk.settle()
        sides = {dock.kind.name for dock in desk.window.docks.all if dock.kind.area != "time" and dock.isVisible()}
        assert sides == {"interventions"}


def test_every_panel_over_time_is_in_a_layout() -> None:
    shown = {name for found in LAYOUTS for row in found.rows for name in row}
    assert shown == {panel.name for panel in panel_classes() if panel.area == "time"}


@every_layout
def test_a_layout_shows_its_panels_and_no_others_row_by_row(desk: Desk, chosen: Layout) -> None:
    docks = desk.window.docks
    docks.choose(chosen)
    desk.settle()
    seen = {dock.kind.name for dock in docks.of("time") if dock.isVisible()}
    assert seen == {name for row in chosen.rows for name in row}
    tops = [[docks[name].y() for name in row] for row in chosen.rows]
    assert all(len(set(row)) == 1 for row in tops)
    assert [row[0] for row in tops] == sorted({row[0] for row in tops})
    for row in chosen.rows:
        lefts = [docks[name].x() for name in row]
        assert lefts == sorted(set(lefts))


def test_no_panel_is_squeezed_below_a_readable_height(desk: Desk) -> None:
    desk.window.resize(1280, 720)
    for chosen in LAYOUTS:
        desk.window.docks.choose(chosen)
        desk.settle()
        assert all(dock.panel.height() >= 40 for dock in desk.window.docks.all if dock.isVisible()), chosen.name
        assert desk.window.height() <= 720


def test_the_default_layout_brings_everything_back(desk: Desk) -> None:
    for chosen in LAYOUTS:
        desk.window.docks.choose(chosen)
    desk.window.docks.choose(DEFAULT)
    assert all(dock.isVisible() == dock.kind.at_first for dock in desk.window.docks.all)


def test_a_lecture_keeps_what_is_looked_at_and_leaves_the_sides_out() -> None:
    assert for_lecture(DEFAULT) == LECTURE
    laboratory = for_lecture(layout("Weights"))
    assert laboratory.rows == layout("Weights").rows
    assert not (laboratory.left)
    assert not (laboratory.right)


def test_a_layout_that_there_is_not_is_named() -> None:
    with pytest.raises(KeyError, match="no layout 'Nonsense': there are Default"):
        layout("Nonsense")


def test_layouts_are_chosen_from_the_toolbar(desk: Desk) -> None:
    (button,) = [found for found in desk.window.toolbar.findChildren(QToolButton) if found.text().startswith("Layout")]
    titles = {action.text(): action for action in button.menu().actions()}
    titles["Comparison"].trigger()
    assert desk.window.docks.layout == layout("Comparison")


def test_a_session_may_name_a_layout_and_a_wrong_name_moves_nothing(desk: Desk) -> None:
    docks = desk.window.docks
    assert docks.restore(b'{"layout": "Vanishing laboratory"}')
    assert docks["laboratory"].isVisible()
    for state in (b'{"layout": "Nonsense"}', b'{"layout": 3}', b'["layout"]', b'"layout"', b"7"):
        assert not docks.restore(state)
    assert docks["laboratory"].isVisible()


def choose_in_menu(desk: Desk, name: str) -> None:
    menu = desk.window.menus._layouts
    next(action for action in menu.actions() if action.text() == name).trigger()
    desk.settle()


def test_the_laboratory_shows_the_gradient_of_one_loss_since_that_of_a_sum_need_not_vanish(desk: Desk) -> None:
    desk.session.set_scope("whole")
    scopes = []
    for name in ("Memory", "Vanishing laboratory"):
        choose_in_menu(desk, name)
        scopes.append(desk.view.scope)
    assert scopes == ["whole", "at"]
    saved = read_session(asset("sessions", "laboratory.rnnviz"))
    assert (saved.manifest.scope, saved.manifest.position) == ("at", 99)
