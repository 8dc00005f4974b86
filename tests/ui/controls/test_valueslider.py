"""The slider of an intervention, moved with a real mouse and real keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from rnnviz.ui.controls.interventions.slider import ValueSlider
from rnnviz.ui.controls.look import Look
from rnnviz.ui.theme import THEMES, metrics

LEFT = Qt.MouseButton.LeftButton


class Told:
    """What a slider told."""

    def __init__(self, slider: ValueSlider) -> None:
        self.turns: list[tuple[float, int]] = []
        slider.turned.connect(self._on_turned)

    def _on_turned(self, value: float, gesture: int) -> None:
        self.turns.append((value, gesture))


@pytest.fixture
def slider(qtbot: QtBot) -> ValueSlider:
    slider = ValueSlider()
    qtbot.addWidget(slider)
    slider.set_look(Look(THEMES["light"], metrics(0)))
    slider.resize(240, slider.height())
    slider.show_value(0.5, 0.0, 1.0, 0.25, "#ff0000")
    slider.show()
    qtbot.waitExposed(slider)
    return slider


def test_one_drag_is_one_gesture_and_reaches_both_ends(slider: ValueSlider) -> None:
    told, y = Told(slider), slider.height() // 2
    QTest.mousePress(slider, LEFT, pos=QPoint(120, y))
    assert slider.dragging
    for x in (150, 300, -50):
        QTest.mouseMove(slider, QPoint(x, y))
    QTest.mouseRelease(slider, LEFT, pos=QPoint(-50, y))
    assert [value for value, _ in told.turns][-2:] == [1.0, 0.0]
    assert len({gesture for _, gesture in told.turns}) == 1
    QTest.mousePress(slider, LEFT, pos=QPoint(120, y))
    QTest.mouseRelease(slider, LEFT, pos=QPoint(120, y))
    assert len({gesture for _, gesture in told.turns}) == 2


def test_what_is_in_the_hand_stays_there(slider: ValueSlider) -> None:
    QTest.mousePress(slider, LEFT, pos=QPoint(200, 8))
    held = slider.value
    slider.show_value(0.1, -5.0, 5.0, None, "#ff0000")
    assert (slider.value, slider.low, slider.high) == (held, 0.0, 1.0)
    QTest.mouseRelease(slider, LEFT, pos=QPoint(200, 8))
    slider.show_value(0.1, -5.0, 5.0, None, "#ff0000")
    assert (slider.value, slider.low, slider.high) == (0.1, -5.0, 5.0)


def test_keys_turn_by_hundredths_of_the_scale_and_one_row_of_presses_is_one_gesture(slider: ValueSlider) -> None:
    told = Told(slider)
    slider.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_PageDown):
        QTest.keyClick(slider, key)
    assert [round(value, 6) for value, _ in told.turns] == [0.51, 0.52, 0.42]
    QTest.keyClick(slider, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(slider, Qt.Key.Key_End)
    assert [round(value, 6) for value, _ in told.turns[3:]] == [0.419, 1.0]
    assert len({gesture for _, gesture in told.turns}) == 1


def test_a_click_leaves_the_keys_to_the_plots(slider: ValueSlider) -> None:
    assert not slider.focusPolicy() & Qt.FocusPolicy.ClickFocus.value
    assert slider.focusPolicy() & Qt.FocusPolicy.TabFocus.value


@pytest.mark.parametrize(("low", "high", "step"), [(0, 1, 0.01), (-1, 1, 0.01), (-5, 5, 0.1), (-200, 200, 1.0)])
def test_the_step_goes_with_the_scale(slider: ValueSlider, low: float, high: float, step: float) -> None:
    slider.show_value(0.0, low, high, None, "#ff0000")
    assert slider.step == pytest.approx(step)


def test_no_mark_is_left_behind_the_handle_where_the_value_is_the_original_one(slider: ValueSlider) -> None:
    pictures = []
    for mark in (None, 0.5, 0.25):
        slider.show_value(0.5, 0.0, 1.0, mark, "#ff0000")
        pictures.append(slider.grab().toImage())
    bare, same, other = pictures
    assert same == bare
    assert other != bare
