"""Menus that are filled anew leave nothing of what they held before."""

from __future__ import annotations

from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from rnnviz.ui.controls.comparison.menus import NetworkMenus
from rnnviz.ui.controls.emptying import empty
from tests.leaks import flush_deferred_deletes
from tests.ui.window.conftest import Desk, desk

__all__ = ["desk"]


def test_an_emptied_menu_holds_nothing(qtbot: QtBot) -> None:
    menu = QMenu()
    qtbot.addWidget(menu)
    for _ in range(3):
        empty(menu)
        menu.addAction("one")
        menu.addMenu("more").addMenu("still more").addAction("two")
    flush_deferred_deletes()
    assert len(menu.actions()) == 2
    assert len(menu.findChildren(QMenu)) == 2


def test_the_menu_of_networks_to_add_is_as_large_the_tenth_time_as_the_first(desk: Desk) -> None:
    menus, menu = NetworkMenus(desk.session, desk.window), QMenu(desk.window)
    sizes = []
    for _ in range(10):
        menus.fill_add(menu)
        flush_deferred_deletes()
        sizes.append(len(menu.findChildren(QMenu)))
    assert sizes[0] > 5
    assert sizes == sizes[:1] * 10
