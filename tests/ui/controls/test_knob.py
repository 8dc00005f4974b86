"""The knob, turned with a real mouse, a real wheel and real keys."""

from __future__ import annotations

import math

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from rnnviz.ui.controls.knob import Knob, Mark
from rnnviz.ui.theme import THEMES, metrics

LEFT = Qt.MouseButton.LeftButton


class Turned:
    """What a knob told."""

    def __init__(self, knob: Knob) -> None:
        self.told: list[tuple[float, int]] = []
        self.resets = 0
        knob.turned.connect(self._on_turned)
        knob.reset.connect(self._on_reset)

    @property
    def values(self) -> list[float]:
        return [value for value, _ in self.told]

    @property
    def gestures(self) -> set[int]:
        return {gesture for _, gesture in self.told}

    def _on_turned(self, value: float, gesture: int) -> None:
        self.told.append((value, gesture))

    def _on_reset(self) -> None:
        self.resets += 1


@pytest.fixture
def knob(qtbot: QtBot) -> Knob:
    knob = Knob("scale")
    qtbot.addWidget(knob)
    knob.resize(220, 220)
    knob.show()
    qtbot.waitExposed(knob)
    knob.show_value(1.0, "spectral radius\nof U")
    return knob


def around(knob: Knob, degrees: float, radius: float = 80) -> QPoint:
    """The place at an angle around the middle, clockwise from the top."""
    angle, middle = math.radians(degrees - 90), QPointF(knob.rect().center())
    return QPoint(round(middle.x() + radius * math.cos(angle)), round(middle.y() + radius * math.sin(angle)))


def moved(knob: Knob, to: QPoint, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    place = QPointF(to)
    event = QMouseEvent(QEvent.Type.MouseMove, place, knob.mapToGlobal(place), Qt.MouseButton.NoButton, LEFT, held)
    QApplication.sendEvent(knob, event)


def dragged(knob: Knob, begin: float, end: float, steps: int = 12) -> None:
    QTest.mousePress(knob, LEFT, Qt.KeyboardModifier.NoModifier, around(knob, begin))
    for step in range(1, steps + 1):
        moved(knob, around(knob, begin + (end - begin) * step / steps))
    QTest.mouseRelease(knob, LEFT, Qt.KeyboardModifier.NoModifier, around(knob, end))


def wheel(knob: Knob, notches: int, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    place = QPointF(knob.rect().center())
    event = QWheelEvent(
        place,
        knob.mapToGlobal(place),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        held,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(knob, event)


def test_going_around_by_a_tenth_of_the_dial_turns_by_a_tenth(knob: Knob) -> None:
    told = Turned(knob)
    dragged(knob, 0, 27)
    assert knob.value == pytest.approx(1.1, abs=0.011)
    assert told.values == sorted(told.values)
    assert all(round(100 * value, 6).is_integer() for value in told.values)


def test_a_press_alone_turns_nothing(knob: Knob) -> None:
    told = Turned(knob)
    QTest.mouseClick(knob, LEFT, Qt.KeyboardModifier.NoModifier, around(knob, 90))
    assert told.told == []


def test_one_drag_is_one_gesture_and_the_next_another(knob: Knob) -> None:
    told = Turned(knob)
    dragged(knob, 0, 40)
    assert len(told.gestures) == 1
    dragged(knob, 0, -40)
    assert len(told.gestures) == 2


def test_a_drag_across_the_lower_end_of_the_circle_does_not_jump(knob: Knob) -> None:
    told = Turned(knob)
    dragged(knob, 150, 210)
    assert max(abs(b - a) for a, b in zip([1.0, *told.values], told.values, strict=False)) < 0.05


def test_the_ends_hold(knob: Knob) -> None:
    dragged(knob, 0, 170)
    dragged(knob, 0, 170)
    assert knob.value == 1.5
    dragged(knob, 0, -175)
    dragged(knob, 0, -175)
    assert knob.value == 0.5


def test_control_makes_the_mouse_ten_times_as_fine(knob: Knob) -> None:
    QTest.mousePress(knob, LEFT, Qt.KeyboardModifier.NoModifier, around(knob, 0))
    moved(knob, around(knob, 27), Qt.KeyboardModifier.ControlModifier)
    assert knob.value == pytest.approx(1.01, abs=0.0015)
    QTest.mouseRelease(knob, LEFT, Qt.KeyboardModifier.NoModifier, around(knob, 27))


def test_the_value_in_the_hand_is_not_taken_away(knob: Knob) -> None:
    QTest.mousePress(knob, LEFT, Qt.KeyboardModifier.NoModifier, around(knob, 0))
    moved(knob, around(knob, 27))
    held = knob.value
    knob.show_value(0.7, "late")
    assert (knob.value, knob.dragging) == (held, True)
    QTest.mouseRelease(knob, LEFT, Qt.KeyboardModifier.NoModifier, around(knob, 27))
    knob.show_value(0.7, "late")
    assert knob.value == 0.7


def test_a_notch_of_the_wheel_is_a_hundredth(knob: Knob) -> None:
    told = Turned(knob)
    wheel(knob, 1)
    wheel(knob, 1)
    wheel(knob, -3)
    assert told.values == [1.01, 1.02, 0.99]
    assert len(told.gestures) == 1
    wheel(knob, 1, Qt.KeyboardModifier.ControlModifier)
    assert knob.value == 0.991
    wheel(knob, 1, Qt.KeyboardModifier.ShiftModifier)
    assert knob.value == pytest.approx(1.09)


def test_turns_of_the_wheel_after_a_while_are_another_gesture(knob: Knob, monkeypatch: pytest.MonkeyPatch) -> None:
    told, now = Turned(knob), [10.0]
    monkeypatch.setattr("rnnviz.ui.controls.knob.time.monotonic", lambda: now[0])
    wheel(knob, 1)
    now[0] += 0.5
    wheel(knob, 1)
    assert len(told.gestures) == 1
    now[0] += 5
    wheel(knob, 1)
    assert len(told.gestures) == 2


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (Qt.Key.Key_Right, 1.01),
        (Qt.Key.Key_Up, 1.01),
        (Qt.Key.Key_Left, 0.99),
        (Qt.Key.Key_Down, 0.99),
        (Qt.Key.Key_PageUp, 1.1),
        (Qt.Key.Key_PageDown, 0.9),
        (Qt.Key.Key_Home, 0.5),
        (Qt.Key.Key_End, 1.5),
    ],
)
def test_keys_turn(knob: Knob, key: Qt.Key, value: float) -> None:
    told = Turned(knob)
    QTest.keyClick(knob, key)
    assert told.values == [value]


def test_its_keys_are_not_taken_by_shortcuts_and_others_are(knob: Knob) -> None:
    for key, its_own in ((Qt.Key.Key_Left, True), (Qt.Key.Key_Home, True), (Qt.Key.Key_Space, False)):
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.NoModifier)
        event.ignore()
        QApplication.sendEvent(knob, event)
        assert event.isAccepted() == its_own


def test_a_double_click_lets_a_number_be_typed(knob: Knob) -> None:
    told = Turned(knob)
    QTest.mouseDClick(knob, LEFT, Qt.KeyboardModifier.NoModifier, knob.rect().center())
    (field,) = knob.findChildren(QLineEdit)
    assert field.isVisible()
    field.clear()
    QTest.keyClicks(field, "1.25")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert told.values == [1.25]
    assert not field.isVisible()


def test_a_number_beyond_the_ends_cannot_be_typed(knob: Knob) -> None:
    told = Turned(knob)
    knob.type_value()
    (field,) = knob.findChildren(QLineEdit)
    field.clear()
    QTest.keyClicks(field, "7")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert told.values == []


def test_escape_leaves_the_value_as_it_was(knob: Knob) -> None:
    told = Turned(knob)
    QTest.keyClick(knob, Qt.Key.Key_F2)
    (field,) = knob.findChildren(QLineEdit)
    QTest.keyClicks(field, "1.25")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert not field.isVisible()
    assert told.values == []


def test_delete_asks_for_the_reset(knob: Knob) -> None:
    told = Turned(knob)
    QTest.keyClick(knob, Qt.Key.Key_Delete)
    assert told.resets == 1


def test_a_value_that_is_not_its_own_is_set_by_the_first_turn(knob: Knob) -> None:
    told = Turned(knob)
    knob.show_value(0.6821, "unscaled", own=False)
    assert knob.face.text == "0.68"
    wheel(knob, 1)
    assert told.values == [0.69]
    assert knob.face.own


def test_a_value_beyond_the_ends_is_told_as_it_is(knob: Knob) -> None:
    knob.show_value(2.31, "unscaled", own=False)
    assert knob.face.text == "2.31"
    assert knob.face.share(2.31) == 1.0
    wheel(knob, -1)
    assert knob.value == 1.5


@pytest.mark.parametrize("size", [(220, 220), (120, 60), (400, 40), (60, 200), (20, 20)])
@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_it_is_painted_at_every_size(
    knob: Knob, size: tuple[int, int], theme: str, caplog: pytest.LogCaptureFixture
) -> None:
    knob.setMinimumSize(1, 1)
    knob.resize(*size)
    knob.set_theme(THEMES[theme], metrics(1.0))
    knob.show_value(math.nan, "", [Mark(math.inf, "#ff0000"), Mark(0.9, "#00ff00")])
    knob.grab()
    knob.show_value(1.2, "of U", [Mark(0.9, "#00ff00")])
    knob.grab()
    assert not caplog.records


def test_lying_down_it_is_dragged_along(knob: Knob) -> None:
    knob.resize(400, 40)
    assert knob.lies_down
    QTest.mousePress(knob, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(200, 20))
    moved(knob, QPoint(236, 20))
    assert knob.value == pytest.approx(1.1)
