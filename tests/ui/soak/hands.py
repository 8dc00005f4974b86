"""What hands do with a control: click, drag, turn the wheel, type, press keys; all as events, as Qt would send them."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import shiboken6
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QMenuBar, QTabBar, QTableView, QWidget

from tests.ui import mouse
from tests.ui.soak.controls import Control

Key = Qt.Key
_MODIFIERS = (
    *(Qt.KeyboardModifier.NoModifier,) * 5,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
)
_KEYS = (
    *(Key.Key_Up, Key.Key_Down, Key.Key_Left, Key.Key_Right, Key.Key_Home, Key.Key_End),
    *(Key.Key_PageUp, Key.Key_PageDown, Key.Key_Return, Key.Key_Tab, Key.Key_Escape, Key.Key_Delete),
    *(Key.Key_Backspace, Key.Key_Space, Key.Key_Plus, Key.Key_Minus),
)
_NUMBERS = ("0", "1", "3", "8", "17", "-1", "0.5", "1e3", "", "99999999", "nan", "1,5", "abc")
_WORDS = (
    *("the", "tonight we eat", "to be or not to be", "a", " ", "zebra", "5", "1 2 3", "0:3", "1-4", "h", "tanh"),
    *("h[t] = tanh(W @ x[t] + U @ h[t-1])", "h[t] = ", "é", "<b>&amp;", "\N{SNOWMAN}", "%s %n", "x" * 200),
)

Hand = Callable[[QWidget, Random], None]


def use(control: Control, random: Random) -> None:
    """Do with a control what its kind is for, and now and then what any widget may meet."""
    hand = _HANDS[control.kind] if random.random() < 0.85 else _anything
    hand(control.widget, random)


def press_keys(widget: QWidget, keys: str) -> None:
    """Press a shortcut, such as "Ctrl+Shift+P", where the focus is."""
    QTest.keySequence(widget, keys)


def click_at(widget: QWidget, at: QPoint, keys: Qt.KeyboardModifier = mouse.NO_KEY) -> None:
    """Press and release the button; what the press opens may take the widget away, menu and all."""
    target = mouse.under_mouse(widget)
    QTest.mousePress(target, mouse.LEFT, keys, at)
    if shiboken6.isValid(target):
        QTest.mouseRelease(target, mouse.LEFT, keys, at)


def tap(widget: QWidget, key: Any, keys: Qt.KeyboardModifier = mouse.NO_KEY) -> None:
    """Press and release a key, where the widget is still there."""
    if shiboken6.isValid(widget):
        QTest.keyPress(widget, key, keys)
    if shiboken6.isValid(widget):
        QTest.keyRelease(widget, key, keys)


def _somewhere(widget: QWidget, random: Random) -> QPoint:
    area = mouse.under_mouse(widget)
    return QPoint(random.randrange(max(1, area.width())), random.randrange(max(1, area.height())))


def _click(widget: QWidget, random: Random) -> None:
    click_at(widget, _somewhere(widget, random), random.choice(_MODIFIERS))


def _press(widget: QWidget, random: Random) -> None:
    """Click a button in its middle, or press it by its key."""
    if random.random() < 0.8:
        click_at(widget, widget.rect().center())
    else:
        _take_focus(widget)
        tap(widget, Key.Key_Space)


def _double_click(widget: QWidget, random: Random) -> None:
    at = _somewhere(widget, random)
    click_at(widget, at)
    if shiboken6.isValid(widget):
        target = mouse.under_mouse(widget)
        QTest.mouseDClick(target, mouse.LEFT, mouse.NO_KEY, at)


def _drag(widget: QWidget, random: Random) -> None:
    places = [QPointF(_somewhere(widget, random)) for _ in range(random.randrange(2, 6))]
    mouse.drag(widget, *places, keys=random.choice(_MODIFIERS))


def _turn_wheel(widget: QWidget, random: Random) -> None:
    if random.random() < 0.5:
        _take_focus(widget)
    notches = random.choice((-4, -1, 1, 3))
    mouse.turn_wheel(widget, QPointF(_somewhere(widget, random)), notches, random.choice(_MODIFIERS))


def _move_over(widget: QWidget, random: Random) -> None:
    for _ in range(random.randrange(1, 6)):
        mouse.move(widget, _somewhere(widget, random))


def _ask_menu(widget: QWidget, random: Random) -> None:
    target, at = mouse.under_mouse(widget), _somewhere(widget, random)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, target.mapToGlobal(at))
    QApplication.sendEvent(target, event)


def _press_some_keys(widget: QWidget, random: Random) -> None:
    _take_focus(widget)
    for _ in range(random.randrange(1, 5)):
        tap(widget, random.choice(_KEYS), random.choice(_MODIFIERS))


def _choose(widget: QWidget, random: Random) -> None:
    """Choose in a box by keys, as its list is one more window."""
    _take_focus(widget)
    for _ in range(random.randrange(1, 6)):
        tap(widget, random.choice((Key.Key_Down, Key.Key_Up, Key.Key_End, Key.Key_Home)))
    if random.random() < 0.3 and shiboken6.isValid(widget):
        _turn_wheel(widget, random)


def _enter_number(widget: QWidget, random: Random) -> None:
    _type_in_place(widget, random.choice(_NUMBERS), random)


def _enter_words(widget: QWidget, random: Random) -> None:
    _type_in_place(widget, random.choice((*_WORDS, *_NUMBERS)), random)


def _type_in_place(widget: QWidget, text: str, random: Random) -> None:
    """Type over what stands there or after it, and enter it, leave it or take it back."""
    _take_focus(widget)
    if random.random() < 0.6:
        tap(widget, Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    else:
        tap(widget, Key.Key_End)
    for mark in text:
        _type(widget, mark)
    tap(widget, random.choice((Key.Key_Return, Key.Key_Return, Key.Key_Tab, Key.Key_Escape)))


def _type(widget: QWidget, mark: str) -> None:
    """Type one mark; what no plain keyboard has comes as it does from a method of input."""
    if mark.isascii() or not shiboken6.isValid(widget):
        tap(widget, mark)
        return
    event = QInputMethodEvent()
    event.setCommitString(mark)
    QApplication.sendEvent(widget, event)


def _choose_item(widget: QWidget, random: Random) -> None:
    """Click an item of a list, and now and then act on it."""
    assert isinstance(widget, QAbstractItemView)
    model = widget.model()
    if model.rowCount():
        columns = model.columnCount() if isinstance(widget, QTableView) else 1
        index = model.index(random.randrange(model.rowCount()), random.randrange(max(1, columns)))
        widget.scrollTo(index)
        click_at(widget, widget.visualRect(index).center())
    if random.random() < 0.4 and shiboken6.isValid(widget):
        _press_some_keys(widget, random)


def _open_menu(widget: QWidget, random: Random) -> None:
    """Open one of the menus of the window; who minds the doors chooses in it."""
    assert isinstance(widget, QMenuBar)
    click_at(widget, widget.actionGeometry(random.choice(widget.actions())).center())


def _choose_tab(widget: QWidget, random: Random) -> None:
    assert isinstance(widget, QTabBar)
    click_at(widget, widget.tabRect(random.randrange(max(1, widget.count()))).center())


def _explore(widget: QWidget, random: Random) -> None:
    """What is done with plots and diagrams."""
    hands = (_click, _click, _drag, _turn_wheel, _move_over, _ask_menu, _double_click, _press_some_keys)
    random.choice(hands)(widget, random)


def _anything(widget: QWidget, random: Random) -> None:
    _explore(widget, random)


def _take_focus(widget: QWidget) -> None:
    if widget.focusPolicy() != Qt.FocusPolicy.NoFocus:
        widget.setFocus(Qt.FocusReason.MouseFocusReason)


_HANDS: dict[str, Hand] = {
    "menu bar": _open_menu,
    "button": _press,
    "choice": _choose,
    "number": _enter_number,
    "slider": _explore,
    "line": _enter_words,
    "text": _enter_words,
    "list": _choose_item,
    "tabs": _choose_tab,
    "plot": _explore,
    "canvas": _explore,
}
