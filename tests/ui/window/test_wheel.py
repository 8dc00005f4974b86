"""The wheel changes no control unless it has the focus, and none while it scrolls."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QScrollBar,
    QWidget,
)

from rnnviz.ui.controls.column import Column
from rnnviz.ui.controls.interventions.slider import ValueSlider
from rnnviz.ui.controls.knob import Knob
from rnnviz.ui.controls.wheel import GESTURE, ComboBox, DoubleSpinBox, Slider, SpinBox
from rnnviz.ui.exportdialog import ExportDialog
from rnnviz.ui.layouts import LAYOUTS
from rnnviz.ui.panel import panel_classes
from tests.ui.window.conftest import Desk

_CONTROLS = (QComboBox, QAbstractSpinBox, QAbstractSlider, Knob, ValueSlider)


def turn(widget: QWidget, notches: int = -1, at: int = 0) -> bool:
    """Turn the wheel over a widget, at a moment in milliseconds; return whether it took the event."""
    place = QPointF(widget.rect().center())
    event = QWheelEvent(
        *(place, widget.mapToGlobal(place), QPoint(), QPoint(0, 120 * notches)),
        *(Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False),
    )
    event.setTimestamp(at)
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def told(control: QWidget) -> object:
    """Return what a control shows."""
    match control:
        case QComboBox():
            return control.currentIndex(), control.currentText()
        case QAbstractSpinBox():
            return control.text()
        case QAbstractSlider() | Knob() | ValueSlider():
            value = control.value
            return value() if callable(value) else value
    raise TypeError(type(control).__name__)


def controls(window: QWidget) -> list[QWidget]:
    found = [child for child in window.findChildren(QWidget) if isinstance(child, _CONTROLS)]
    return [child for child in found if not isinstance(child, QScrollBar) and child.isVisible() and child.isEnabled()]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_no_control_of_the_window_is_turned_unless_it_has_the_focus(desk: Desk, layout: object) -> None:
    desk.window.docks.choose(layout)  # type: ignore[arg-type]
    desk.window.docks["architecture"].show()
    desk.window.docks["inspector"].show()
    desk.settle()
    desk.window.take_keys()
    found = controls(desk.window)
    assert len(found) > 10
    before = desk.view
    for control in found:
        shown = told(control)
        for notches in (1, -1, -1):
            turn(control, notches)
        assert told(control) == shown, type(control).__name__
        assert not control.hasFocus()
    after = desk.settle()
    assert after.document is before.document
    assert (after.position, after.layer, after.units) == (before.position, before.layer, before.units)


def test_no_control_of_the_export_dialog_is_turned_unless_it_has_the_focus(desk: Desk, tmp_path: Path) -> None:
    dialog = ExportDialog(panel_classes(), tmp_path, desk.window)
    dialog.show()
    assert controls(dialog)
    for control in controls(dialog):
        dialog.folder.setFocus()
        shown = told(control)
        turn(control)
        assert told(control) == shown
    dialog.close()
    dialog.deleteLater()


def _box() -> ComboBox:
    box = ComboBox()
    box.addItems(["a", "b", "c"])
    return box


_MADE: dict[str, Callable[[], QWidget]] = {
    "list": _box,
    "whole": SpinBox,
    "number": DoubleSpinBox,
    "handle": lambda: Slider(Qt.Orientation.Horizontal),
    "knob": lambda: Knob("scale"),
}


@pytest.fixture(params=list(_MADE))
def control(request: pytest.FixtureRequest, desk: Desk) -> QWidget:
    made = _MADE[request.param]()
    column = Column(desk.window)
    column.add(made)
    below = QWidget()
    below.setFixedHeight(2000)
    column.add(below)
    column.resize(300, 300)
    column.show()
    return made


def test_a_control_with_the_focus_is_turned(control: QWidget) -> None:
    control.setFocus()
    shown = told(control)
    turn(control, -1 if isinstance(control, QComboBox) else 1, at=10_000)
    assert told(control) != shown


def test_a_control_that_comes_under_the_mouse_while_its_panel_is_scrolled_is_not_turned(
    control: QWidget, desk: Desk
) -> None:
    column = next(c for c in desk.window.findChildren(Column) if c.isAncestorOf(control))
    control.setFocus()
    shown = told(control)
    turn(column.viewport(), at=20_000)
    scrolled = column.verticalScrollBar().value()
    assert scrolled > 0
    assert not turn(control, at=20_000 + GESTURE - 1)
    assert told(control) == shown
    turn(control, -1 if isinstance(control, QComboBox) else 1, at=20_000 + 3 * GESTURE)
    assert told(control) != shown


def test_the_wheel_over_a_control_without_the_focus_scrolls_its_panel(control: QWidget, desk: Desk) -> None:
    column = next(c for c in desk.window.findChildren(Column) if c.isAncestorOf(control))
    desk.window.take_keys()
    asked: QWidget | None = control
    while asked is not None and not turn(asked, at=40_000):  # as Qt passes on what a device has sent
        asked = asked.parentWidget()
    assert column.verticalScrollBar().value() > 0
