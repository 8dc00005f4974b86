"""Stepping back through backpropagation with the keys and buttons of the real window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton

from rnnviz.ui.chores import WAY_BACK, WAY_BACK_LAYOUT
from rnnviz.ui.layouts import LAYOUTS
from rnnviz.ui.transport import BACKWARD
from tests.ui.window.conftest import Desk

STEPS = 9
Key = Qt.Key


def press(desk: Desk, *keys: Qt.Key) -> None:
    for key in keys:
        QTest.keyClick(QApplication.focusWidget() or desk.window, key)
        desk.settle()


def icon(desk: Desk, name: str) -> QImage:
    return desk.window.actions_[name].icon().pixmap(QSize(24, 24)).toImage()


@pytest.fixture
def turned(desk: Desk) -> Desk:
    press(desk, Key.Key_B)
    return desk


def test_b_turns_round_and_back(turned: Desk) -> None:
    assert (turned.view.backward, turned.view.position) == (True, STEPS)
    assert turned.window.actions_["backward"].isChecked()
    press(turned, Key.Key_B)
    assert (turned.view.backward, turned.view.position) == (False, STEPS)
    assert not turned.window.actions_["backward"].isChecked()


@pytest.mark.parametrize(
    ("keys", "position"),
    [
        ((Key.Key_N, Key.Key_N), STEPS - 2),
        ((Key.Key_PageDown,), STEPS - 1),
        ((Key.Key_N, Key.Key_N, Key.Key_PageUp), STEPS - 1),
        ((Key.Key_Left,), STEPS - 1),
        ((Key.Key_Left, Key.Key_Left, Key.Key_Right), STEPS - 1),
        ((Key.Key_Home,), 0),
        ((Key.Key_Home, Key.Key_End), STEPS),
    ],
)
def test_next_goes_down_and_arrows_keep_their_direction(turned: Desk, keys: tuple[Qt.Key, ...], position: int) -> None:
    press(turned, *keys)
    assert turned.view.position == position


def test_space_plays_down_to_the_start(turned: Desk) -> None:
    turned.session.set_speed(60)
    press(turned, Key.Key_Space)
    assert turned.view.playing
    turned.qtbot.waitUntil(lambda: turned.view.position == 0, timeout=5000)
    assert not turned.view.playing


def test_forward_n_is_one_step_on(desk: Desk) -> None:
    press(desk, Key.Key_N)
    assert desk.view.position == 6


def test_who_turns_round_is_told_where_the_gradient_is_seen_to_arrive(turned: Desk) -> None:
    layout = next(layout for layout in LAYOUTS if layout.name == WAY_BACK_LAYOUT)
    assert (WAY_BACK,) in layout.rows
    assert f"layout {WAY_BACK_LAYOUT}" in turned.window.status.note
    press(turned, Key.Key_B)
    turned.session.show_message("")
    turned.window.docks.choose(layout)
    turned.settle()
    press(turned, Key.Key_B)
    assert turned.view.backward
    assert "layout" not in turned.window.status.note


def test_the_button_in_the_transport_turns_round(desk: Desk) -> None:
    found = desk.window.transport.findChildren(QToolButton)
    buttons = {button.defaultAction().objectName(): button for button in found if button.defaultAction() is not None}
    buttons["backward"].click()
    desk.settle()
    assert desk.view.backward


def test_the_transport_looks_turned_round(desk: Desk) -> None:
    bar = desk.window.transport
    before, forward = bar.grab().toImage(), icon(desk, "play")
    assert not bar.turned.isVisible()
    press(desk, Key.Key_B)
    assert bar.turned.isVisible()
    assert bar.turned.text() == BACKWARD
    assert "backward pass" in BACKWARD
    assert bar.turned.height() >= bar.readout.height()
    assert bar.grab().toImage() != before
    # The triangle of play is mirrored: it points to the left.
    assert icon(desk, "play") != forward
    left, right = ([image.pixelColor(x, 9).alpha() > 0 for x in range(24)] for image in (icon(desk, "play"), forward))
    assert left == right[::-1] != right
    desk.session.set_theme("dark")
    desk.settle()
    assert "add-page" in bar.styleSheet()
    press(desk, Key.Key_B)
    assert not bar.turned.isVisible()
    assert "sub-page" in bar.styleSheet()


def test_the_status_line_tells_that_it_goes_backward(turned: Desk) -> None:
    assert turned.window.status.where == f"backward: step {STEPS} of {STEPS}, back from {STEPS}"
    loss = turned.window.status.loss
    press(turned, Key.Key_N, Key.Key_N)
    assert turned.window.status.where == f"backward: step {STEPS - 2} of {STEPS}, back from {STEPS}"
    assert turned.window.status.loss == loss
    press(turned, Key.Key_B)
    assert turned.window.status.where == f"step {STEPS - 2} of {STEPS}"


def test_the_actions_are_possible_where_there_is_a_step(turned: Desk) -> None:
    actions = turned.window.actions_
    assert actions["next"].isEnabled()
    assert not actions["previous"].isEnabled()
    press(turned, Key.Key_Home)
    assert not actions["next"].isEnabled()
    assert actions["previous"].isEnabled()
    assert actions["play"].isEnabled()


def test_the_gradient_of_the_whole_loss_is_the_only_one_to_go_back_with(turned: Desk) -> None:
    gradients = next(panel for panel in turned.window.docks.panels if panel.name == "gradients")
    assert "the backward pass is that of the whole loss" in gradients.scope.button("upto").toolTip()  # type: ignore[attr-defined]
    scopes = [action for action in turned.window.menus.commands() if action.text().startswith("Loss of")]
    assert len(scopes) == 3
    assert not any(action.isEnabled() for action in scopes)
    press(turned, Key.Key_B)
    assert all(action.isEnabled() for action in scopes)
    assert gradients.scope.button("upto").isEnabled()  # type: ignore[attr-defined]


def test_while_what_lies_ahead_is_hidden_gradients_come_from_the_right(turned: Desk) -> None:
    press(turned, Key.Key_N, Key.Key_N, Key.Key_N)
    gradients = next(panel for panel in turned.window.docks.panels if panel.name == "gradients")
    states = next(panel for panel in turned.window.docks.panels if panel.name == "states")
    plot = gradients.curves  # type: ignore[attr-defined]
    step = turned.view.step
    assert step == STEPS - 4
    assert [plot.is_hidden(k) for k in range(STEPS)] == [k < step for k in range(STEPS)]
    assert not any(states.heatmap.is_hidden(k) for k in range(STEPS))  # type: ignore[attr-defined]
    press(turned, Key.Key_B)
    assert not any(plot.is_hidden(k) for k in range(STEPS))
    press(turned, Key.Key_H)
    assert [plot.is_hidden(k) for k in range(STEPS)] == [k > step for k in range(STEPS)]
