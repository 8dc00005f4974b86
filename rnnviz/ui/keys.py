"""Which keys belong to the widget that has the focus, rather than to the actions of the window."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
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


class QuietKeys(QObject):
    """Leaves keys to text fields, lists and buttons that have the focus; an event filter of the application."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Claim a key for the widget that has the focus, before it becomes the shortcut of an action."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            focus = QApplication.focusWidget()
            if watched is focus and keeps_key(focus, event.key(), event.modifiers()):
                event.accept()
                return True
        return False
