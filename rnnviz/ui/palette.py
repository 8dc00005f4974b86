"""The command palette: every action of the window, found by a few letters of its name."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from rnnviz.ui.actions import plain

_ACTION = Qt.ItemDataRole.UserRole


def rank(query: str, text: str) -> int | None:
    """How well a text fits a query, 0 being best; None when its letters are not in it in this order."""
    query, text = query.casefold().replace(" ", ""), text.casefold()
    whole = text.replace(" ", "").find(query)
    if whole >= 0:
        return whole
    place, cost = -1, 100
    for letter in query:
        found = text.find(letter, place + 1)
        if found < 0:
            return None
        cost += found - place - 1
        place = found
    return cost


class Palette(QDialog):
    """A field and a list; Enter does the chosen action, Escape none.

    Parameters
    ----------
    actions : iterable of QAction
        Those that are on offer, in the order in which an empty field lists them.
    parent : QWidget
    """

    def __init__(self, actions: Iterable[QAction], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Commands")
        self._actions = tuple(actions)
        self.field = QLineEdit()
        self.field.setPlaceholderText("Type a few letters of a command")
        self.field.setAccessibleName("Command")
        self.field.setClearButtonEnabled(True)
        self.list = QListWidget()
        self.list.setAccessibleName("Commands that fit")
        self.list.setUniformItemSizes(True)
        rows = QVBoxLayout(self)
        rows.addWidget(self.field)
        rows.addWidget(self.list)
        self.resize(520, 420)
        self.field.textChanged.connect(self._filter)
        self.field.returnPressed.connect(self._do)
        self.field.installEventFilter(self)
        self.list.itemActivated.connect(self._do)
        self._filter("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrow keys of the field move through the list."""
        moving = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() in moving:
            self.list.event(event)
            return True
        return super().eventFilter(watched, event)

    def _filter(self, query: str) -> None:
        ranked = [
            (cost, index)
            for index, action in enumerate(self._actions)
            if action.isEnabled() and (cost := rank(query, plain(action))) is not None
        ]
        self.list.clear()
        for _, index in sorted(ranked):
            action = self._actions[index]
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            item = QListWidgetItem(action.icon(), plain(action) + (f"    {keys}" if keys else ""))
            item.setToolTip(action.toolTip())
            item.setData(_ACTION, index)
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _do(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self.accept()
            self._actions[item.data(_ACTION)].trigger()
