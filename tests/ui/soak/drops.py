"""Files and other things that are dragged over the window and dropped there."""

from __future__ import annotations

from pathlib import Path
from random import Random

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

_ACTIONS, _BUTTONS, _KEYS = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def drop(window: QWidget, files: list[Path], random: Random) -> None:
    """Drag something over the window, and most often drop it: a file, several, an address, a text."""
    kind = random.random()
    mime = QMimeData()
    if kind < 0.8:
        mime.setUrls([QUrl.fromLocalFile(str(random.choice(files)))])
    elif kind < 0.87:
        mime.setUrls([QUrl.fromLocalFile(str(path)) for path in random.sample(files, 3)])
    elif kind < 0.94:
        mime.setUrls([QUrl("https://example.org/table.csv")])
    else:
        mime.setText("a text")
    at = QPoint(random.randrange(window.width()), random.randrange(window.height()))
    enter = QDragEnterEvent(at, _ACTIONS, mime, _BUTTONS, _KEYS)
    enter.ignore()
    QApplication.sendEvent(window, enter)
    if enter.isAccepted() and random.random() < 0.9:
        QApplication.sendEvent(window, QDropEvent(QPointF(at), _ACTIONS, mime, _BUTTONS, _KEYS))
    else:
        QApplication.sendEvent(window, QDragLeaveEvent())
