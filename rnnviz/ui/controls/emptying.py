"""Emptying menus that are filled anew each time they are opened."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu


def empty(menu: QMenu) -> None:
    """Take everything out of a menu, its submenus too, which ``QMenu.clear`` leaves behind for ever."""
    menu.clear()
    for submenu in menu.findChildren(QMenu, options=Qt.FindChildOption.FindDirectChildrenOnly):
        submenu.deleteLater()
