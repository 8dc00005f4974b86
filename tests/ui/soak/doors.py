"""Who minds the doors while nobody sits there: menus and dialogs that open get an answer, and the window stays open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QFileDialog,
    QInputDialog,
    QMainWindow,
    QMenu,
    QMessageBox,
    QWidget,
)

from tests.ui.mouse import LEFT, NO_KEY

EVERY = 15
"""Milliseconds between two looks."""
_PATIENCE = 4
"""How often something is used before it is closed."""


class Doors(QObject):
    """Answers menus and dialogs at random, also those that hold up whoever opened them.

    Parameters
    ----------
    window : QMainWindow
        Stays open whatever asks it to close.
    random : callable
        Returns what chance decides with now.
    file : callable
        Returns a file to open or to save to.
    """

    def __init__(self, window: QMainWindow, random: Callable[[], Random], file: Callable[[Random], Path]) -> None:
        super().__init__(window)
        self._window, self._random, self._file = window, random, file
        self.met: Counter[str] = Counter()
        self._seen: tuple[QWidget | None, int] = (None, 0)
        window.installEventFilter(self)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)
        self._timer.start(EVERY)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let nothing close the window."""
        if watched is self._window and event.type() == QEvent.Type.Close:
            event.ignore()
            self.met["the window was asked to close"] += 1
            return True
        return super().eventFilter(watched, event)

    def look(self) -> None:
        """Answer what is open: what opened last, and longer than a few looks nothing."""
        self._timer.start(EVERY)  # anew, since a timer is not heard while it is being answered
        door = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        if door is None:
            self._seen = (None, 0)
            return
        times = self._seen[1] + 1 if self._seen[0] is door else 1
        self._seen = (door, times)
        self.met[type(door).__name__] += times == 1
        if times > _PATIENCE:
            door.close()
        elif isinstance(door, QMenu):
            self._choose(door)
        elif isinstance(door, QFileDialog):
            self._name_file(door)
        elif isinstance(door, QMessageBox):
            self._press(door, door.buttons())
        elif isinstance(door, QInputDialog):
            door.setTextValue(self._random().choice(("to be", "", "7", "the moon")))
            door.done(self._random().randrange(2))
        elif not isinstance(door, QDialog):
            door.close()

    def shut(self) -> None:
        """Close everything but the window, and mind nothing more."""
        self._timer.stop()
        self.close_all()
        self._window.removeEventFilter(self)

    def close_all(self) -> None:
        """Close every menu and dialog."""
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QDialog | QMenu) and widget.isVisible():
                widget.close()

    def _choose(self, menu: QMenu) -> None:
        """Click an entry; a submenu opens, and is looked at next."""
        entries = [action for action in menu.actions() if action.isEnabled() and not action.isSeparator()]
        if not entries or self._random().random() < 0.1:
            menu.close()
            return
        chosen = self._random().choice(entries)
        QTest.mouseClick(menu, LEFT, NO_KEY, menu.actionGeometry(chosen).center())

    def _name_file(self, dialog: QFileDialog) -> None:
        if self._random().random() < 0.3:
            dialog.reject()
            return
        path = self._file(self._random())
        if dialog.fileMode() == QFileDialog.FileMode.Directory:
            path = path.parent
        dialog.selectFile(str(path))
        dialog.done(QDialog.DialogCode.Accepted)

    def _press(self, box: QMessageBox, buttons: list[QAbstractButton]) -> None:
        if buttons:
            self._random().choice(buttons).click()
        else:
            box.close()
