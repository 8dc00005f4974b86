"""The parts of the window on their own: keys, palette, actions."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit, QListWidget, QPushButton, QSlider, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from rnnviz.ui.actions import ACTIONS, MENUS
from rnnviz.ui.keys import keeps_key
from rnnviz.ui.palette import Palette, rank
from rnnviz.ui.transport import SPEEDS, next_speed

Key = Qt.Key
NONE = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier


def test_no_key_is_given_twice() -> None:
    keys = [key for spec in ACTIONS for key in spec.keys]
    assert len(keys) == len(set(keys))


def test_every_action_stands_in_a_menu_and_says_what_it_means() -> None:
    assert all(spec.menu in MENUS and spec.tip and spec.text for spec in ACTIONS)
    assert len({spec.name for spec in ACTIONS}) == len(ACTIONS)


@pytest.mark.parametrize(
    ("kind", "key", "modifier", "kept"),
    [
        (QLineEdit, Key.Key_Space, NONE, True),
        (QLineEdit, Key.Key_PageDown, NONE, True),
        (QLineEdit, Key.Key_S, CTRL, False),
        (QLineEdit, Key.Key_F11, NONE, False),
        (QLineEdit, Key.Key_Escape, NONE, False),
        (QSpinBox, Key.Key_Minus, NONE, True),
        (QListWidget, Key.Key_Home, NONE, True),
        (QPushButton, Key.Key_Space, NONE, True),
        (QPushButton, Key.Key_Right, NONE, False),
        (QComboBox, Key.Key_Down, NONE, True),
        (QComboBox, Key.Key_Right, NONE, False),
        (QSlider, Key.Key_Space, NONE, False),
        (QWidget, Key.Key_H, NONE, False),
    ],
)
def test_a_widget_keeps_the_keys_that_are_typed_into_it(
    qtbot: QtBot, kind: type[QWidget], key: Qt.Key, modifier: Qt.KeyboardModifier, kept: bool
) -> None:
    widget = kind()
    qtbot.addWidget(widget)
    assert keeps_key(widget, key, modifier) is kept


def test_the_palette_finds_a_command_by_a_few_of_its_letters(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    done: list[str] = []
    actions = []
    for name in ("&Open…", "Export &window…", "Export &figures…"):
        action = QAction(name, parent)
        action.triggered.connect(lambda _checked=False, name=name: done.append(name))
        actions.append(action)
    palette = Palette(actions, parent)
    QTest.keyClicks(palette.field, "exfig")
    assert [palette.list.item(row).text() for row in range(palette.list.count())] == ["Export figures"]
    QTest.keyClick(palette.field, Key.Key_Return)
    assert done == ["Export &figures…"]


def test_words_in_one_piece_come_before_scattered_letters() -> None:
    assert rank("run", "Run whole") == 0
    scattered, none = rank("rw", "Run whole"), rank("xyz", "Run whole")
    assert scattered is not None
    assert scattered > 0
    assert none is None


def test_speeds_stop_at_both_ends() -> None:
    assert next_speed(SPEEDS[0], -1) == SPEEDS[0]
    assert next_speed(SPEEDS[-1], 1) == SPEEDS[-1]
    assert next_speed(2.2, 1) == 4.0
