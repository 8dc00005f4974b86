"""F11 goes into lecture mode and comes out of it, any number of times, whatever the state of the window."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from rnnviz.ui.layouts import LAYOUTS, layout
from tests.ui.window.conftest import Desk


class Look(NamedTuple):
    """Everything that lecture mode changes."""

    lecture: bool
    full_screen: bool
    bars: tuple[bool, bool, bool]
    window: QRect
    panels: dict[str, tuple[int, ...]]

    def like(self, other: Look) -> bool:
        """Whether all is as in another; splitters share out whole pixels, and so may be some apart."""
        return self[:4] == other[:4] and self.panels.keys() == other.panels.keys() and self.apart(other) <= 12

    def apart(self, other: Look) -> int:
        """By how many pixels the panels are elsewhere."""
        pairs = [(self.panels[name], other.panels[name]) for name in self.panels]
        return max(abs(a - b) for one, two in pairs for a, b in zip(one, two, strict=True))


def look(desk: Desk) -> Look:
    """What can be seen of it."""
    window = desk.window
    bars = window.menuBar().isVisible(), window.toolbar.isVisible(), window.status.isVisible()
    whole = bool(window.windowState() & Qt.WindowState.WindowFullScreen)
    panels = {dock.kind.name: _rect(dock) for dock in window.docks.all if dock.isVisible()}
    return Look(bool(desk.view.lecture), whole, bars, window.geometry(), panels)


def _rect(dock: QWidget) -> tuple[int, ...]:
    rect = dock.geometry()
    return rect.x(), rect.y(), rect.width(), rect.height()


def press_f11(desk: Desk, times: int = 1) -> None:
    for _ in range(times):
        QTest.keyClick(QApplication.focusWidget() or desk.window, Qt.Key.Key_F11)
        desk.settle()


def maximised(desk: Desk) -> None:
    desk.window.docks.choose(layout("Lecture"))  # which fits the small screen of the tests
    desk.window.showMaximized()


def moved(desk: Desk) -> None:
    desk.window.setGeometry(80, 60, 1380, 880)


def typing(desk: Desk) -> None:
    next(f for f in desk.window.findChildren(QLineEdit) if f.isVisible() and f.isEnabled()).setFocus()


def playing(desk: Desk) -> None:
    desk.session.set_speed(1)
    QTest.keyClick(desk.window, Qt.Key.Key_Space)


def floating(desk: Desk) -> None:
    dock = next(dock for dock in desk.window.docks.all if dock.isVisible())
    dock.setFloating(True)


def closed(desk: Desk) -> None:
    for dock in desk.window.docks.all[::2]:
        dock.hide()


def within(desk: Desk) -> None:
    QTest.keyClick(desk.window, Qt.Key.Key_G)
    QTest.keyClick(desk.window, Qt.Key.Key_Right)


STATES = [maximised, moved, typing, playing, floating, closed, within]


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_lecture_mode_goes_in_and_comes_out_from_any_state(desk: Desk, state: Callable[[Desk], None]) -> None:
    state(desk)
    desk.settle()
    before = look(desk)
    for _ in range(2):
        press_f11(desk)
        assert look(desk)[:3] == (True, True, (False, False, False))
        press_f11(desk)
        assert look(desk).like(before)


@pytest.mark.parametrize("name", [each.name for each in LAYOUTS[::9]])
def test_layouts_come_back_from_lecture_mode(desk: Desk, name: str) -> None:
    desk.window.docks.choose(layout(name))
    desk.settle()
    before = look(desk)
    press_f11(desk, times=4)
    assert look(desk).like(before)


def test_lecture_mode_can_be_left_where_the_window_system_ended_the_full_screen(desk: Desk) -> None:
    press_f11(desk)
    desk.window.showNormal()
    desk.settle()
    press_f11(desk)
    assert not desk.view.lecture
    assert desk.window.menuBar().isVisible()
    press_f11(desk)
    assert look(desk).full_screen


def test_a_window_that_was_full_screen_before_stays_so(desk: Desk) -> None:
    desk.window.docks.choose(layout("Lecture"))
    desk.window.showFullScreen()
    desk.settle()
    before = look(desk)
    press_f11(desk, times=2)
    assert look(desk).like(before)
