"""Which keys belong to the widget that has the focus, rather than to the actions of the window."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

_COMMANDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
_PRESSING = (Qt.Key.Key_Space, Qt.Key.Key_Select)


def keeps_key(widget: QWidget | None, key: int, modifiers: Qt.KeyboardModifier) -> bool:
    """Whether a key is typed into the widget that has the focus, so that no action may take it.

    Parameters
    ----------
    widget : QWidget or None
        What has the focus.
    key : int
    modifiers : Qt.KeyboardModifier
    """
    if widget is None or modifiers & _COMMANDS or Qt.Key.Key_F1 <= key <= Qt.Key.Key_F35:
        return False
    if key == Qt.Key.Key_Escape:
        return False
    if isinstance(widget, QLineEdit | QTextEdit | QPlainTextEdit | QAbstractSpinBox):
        return True
    if isinstance(widget, QComboBox):
        return widget.isEditable() or key in (*_PRESSING, Qt.Key.Key_Up, Qt.Key.Key_Down)
    if isinstance(widget, QAbstractItemView):
        return True
    return isinstance(widget, QAbstractButton) and key in _PRESSING


def claimed(event: QEvent) -> bool:
    """Claim a key for the widget that has the focus, before it becomes the shortcut of an action.

    To be asked by the ``event`` of a window: what the widget itself has not claimed comes there.
    """
    if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
        return False
    if not keeps_key(QApplication.focusWidget(), event.key(), event.modifiers()):
        return False
    event.accept()
    return True
