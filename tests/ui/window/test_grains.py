"""Stepping by layers and by single operations with the keys and controls of the real window."""

from __future__ import annotations

from html import escape

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from rnnviz.ui.actions import Actions
from rnnviz.ui.grains import told_place
from rnnviz.ui.help import HelpDialog, keys_table
from rnnviz.ui.mousehelp import GESTURES
from rnnviz.ui.operations import operations_at
from rnnviz.ui.theme import LIGHT, lecture_factor
from rnnviz.ui.transport import GRAINS, phase, where
from tests.ui.window.conftest import Desk

Key = Qt.Key
SHIFT, NONE = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.NoModifier


def press(desk: Desk, *keys: Qt.Key, shift: bool = False) -> None:
    for key in keys:
        QTest.keyClick(QApplication.focusWidget() or desk.window, key, SHIFT if shift else NONE)
        desk.settle()


def place(desk: Desk) -> tuple[int, int | None]:
    return desk.view.position, desk.view.operation


def count(desk: Desk, position: int) -> int:
    assert desk.view.trace is not None
    return len(operations_at(desk.view.trace, position))


def test_the_full_stop_and_the_comma_step_by_operations_whatever_the_grain(desk: Desk) -> None:
    assert desk.view.grain == "step"
    press(desk, Key.Key_Period, Key.Key_Period, Key.Key_Period)
    assert place(desk) == (6, 3)
    press(desk, Key.Key_Comma)
    assert place(desk) == (6, 2)
    press(desk, Key.Key_Comma, Key.Key_Comma)
    assert place(desk) == (5, None)
    press(desk, Key.Key_Comma)
    assert place(desk) == (5, count(desk, 5) - 1)


def test_the_angles_step_by_layers(desk: Desk) -> None:
    press(desk, Key.Key_Greater)
    inside = place(desk)
    assert inside[0] == 6
    assert told_place(desk.view).startswith("layer 1")
    press(desk, Key.Key_Greater)
    assert place(desk) == (6, None)
    press(desk, Key.Key_Less, Key.Key_Less)
    assert place(desk) == (5, None)


def test_shift_and_page_keys_step_by_layers_for_a_remote(desk: Desk) -> None:
    press(desk, Key.Key_PageDown, shift=True)
    assert desk.view.position == 6
    assert desk.view.operation is not None
    press(desk, Key.Key_PageUp, shift=True)
    assert place(desk) == (5, None)


def test_g_changes_the_grain_and_the_arrows_and_remote_move_by_it(desk: Desk) -> None:
    press(desk, Key.Key_G, Key.Key_G)
    assert desk.view.grain == "operation"
    assert desk.window.transport.grain.currentData() == "operation"
    press(desk, Key.Key_Right, Key.Key_PageDown, Key.Key_N)
    assert place(desk) == (6, 3)
    press(desk, Key.Key_Left, Key.Key_PageUp)
    assert place(desk) == (6, 1)
    press(desk, Key.Key_G)
    assert (desk.view.grain, place(desk)) == ("step", (6, None))


def test_on_the_way_back_next_goes_from_the_loss_to_the_input(desk: Desk) -> None:
    press(desk, Key.Key_G, Key.Key_G, Key.Key_B)
    assert desk.view.backward
    assert place(desk) == (9, 1)
    press(desk, Key.Key_Period)
    assert place(desk) == (9, 2)
    press(desk, Key.Key_Left)
    assert place(desk) == (9, 3)
    press(desk, Key.Key_Right)
    assert place(desk) == (9, 2)
    press(desk, Key.Key_Home)
    assert place(desk) == (0, None)
    assert not desk.window.actions_["next_operation"].isEnabled()


def test_the_choice_in_the_transport_sets_the_grain(desk: Desk) -> None:
    box = desk.window.transport.grain
    assert box.values() == tuple(value for value, _, _ in GRAINS)
    box.setCurrentIndex(box.findData("layer"))
    box.activated.emit(box.currentIndex())
    assert desk.view.grain == "layer"
    desk.session.set_grain("step")
    assert box.currentData() == "step"


def test_the_read_out_tells_where_one_is(desk: Desk) -> None:
    press(desk, Key.Key_Period)
    bar = desk.window.transport
    assert bar.readout.text() == where(desk.view) == "t = 6 / 9"
    whole = [one for one in operations_at(desk.view.trace, 6) if one.part == "cell"]  # type: ignore[arg-type]
    assert bar.phase.text() == phase(desk.view) == f"· layer 1 · 1 / {len(whole)}"
    press(desk, Key.Key_Greater)
    assert bar.phase.text() == f"· layer 1 · {len(whole)} / {len(whole)}"


def test_the_bar_keeps_its_layout_from_operation_to_operation(desk: Desk) -> None:
    desk.session.set_grain("operation")
    desk.settle()
    bar = desk.window.transport
    seen = set()
    for _ in range(2 * count(desk, 6)):
        press(desk, Key.Key_Period)
        seen.add((bar.slider.mapTo(bar, QPoint()).x(), bar.slider.width(), bar.readout.width(), bar.phase.width()))
    assert len(seen) == 1


@pytest.mark.parametrize("lecture", [False, True])
def test_all_of_the_bar_fits_on_a_small_projector(desk: Desk, lecture: bool) -> None:
    desk.session.change_spec(bidirectional=True, num_layers=2)
    desk.settle()
    desk.session.set_grain("operation")
    desk.session.turn(True)
    desk.session.set_lecture(lecture, lecture_factor(720))
    desk.settle()
    bar = desk.window.transport
    assert bar.minimumSizeHint().width() <= 1280
    for position in (9, 12, 36, desk.view.published):
        desk.session.go_to_position(position)
        desk.session.step_along(1)
        desk.settle()
        assert not bar.phase.toolTip(), f"{bar.phase.text()} is cut"


def test_buttons_and_actions_rest_where_there_is_nothing_further(desk: Desk) -> None:
    actions = desk.window.actions_
    press(desk, Key.Key_End)
    for name in ("forward", "next", "next_operation", "layer_on"):
        assert not actions[name].isEnabled(), name
    press(desk, Key.Key_Comma)
    for name in ("forward", "next", "next_operation", "layer_on", "back"):
        assert actions[name].isEnabled(), name
    press(desk, Key.Key_Home)
    for name in ("back", "previous", "previous_operation", "layer_back"):
        assert not actions[name].isEnabled(), name


def test_f1_lists_all_keys_and_what_the_mouse_does(desk: Desk) -> None:
    press(desk, Key.Key_F1)
    dialog = desk.window.findChild(HelpDialog)
    assert dialog is not None
    told = " ".join(label.text() for label in dialog.findChildren(QLabel))
    for action in desk.window.actions_.of_menu("Run"):
        if action is not None and action.shortcuts():
            assert escape(action.shortcut().toString()) in told
    for place, gestures in GESTURES.items():
        assert place in told
        for gesture, does in gestures:
            assert escape(gesture) in told
            assert escape(does) in told
    dialog.close()


def test_the_keys_are_told_in_the_help(desk: Desk) -> None:
    actions: Actions = desk.window.actions_
    table = keys_table(actions, LIGHT)
    for name in ("next_operation", "previous_operation", "layer_on", "layer_back", "grain"):
        assert actions[name].text().replace("&", "") in table
