"""Text that Qt would read a file for, were it taken for markup; and whether it has."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPoint, Qt
from PySide6.QtGui import QAction, QHelpEvent, QTextDocument
from PySide6.QtGui import Qt as TextQt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QComboBox,
    QGraphicsItem,
    QGraphicsTextItem,
    QGraphicsView,
    QLabel,
    QMenu,
    QTabBar,
    QTableView,
    QTextEdit,
    QToolTip,
)

_IN_OPEN = 0x20


@contextmanager
def no_waiting(seconds: int = 60) -> Iterator[None]:
    """Fail where something waits, rather than wait with it."""
    before = signal.signal(signal.SIGALRM, partial(_too_late, seconds))
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _too_late(seconds: int, _number: int, _frame: object) -> None:
    pytest.fail(f"waited for {seconds} seconds")


class Bait:
    """A picture, and the kernel's word on whether anybody has opened it.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "bait.png"
        Image.new("RGB", (40, 30), "red").save(self.path)
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._notes = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        assert self._notes >= 0
        assert self._libc.inotify_add_watch(self._notes, os.fsencode(self.path), _IN_OPEN) >= 0

    @property
    def text(self) -> str:
        """Markup with the picture in it."""
        return f"<img src='{self.path}'>&amp;<b>x"

    @property
    def name(self) -> str:
        """The same as the name of a file, which has no slashes of its own."""
        return f"<img src='{str(self.path).replace('/', '&#47;')}'>&<b>"

    def taken(self) -> bool:
        """Whether the picture was opened since it was asked last."""
        try:
            return bool(os.read(self._notes, 4096))
        except BlockingIOError:
            return False

    def close(self) -> None:
        os.close(self._notes)


def fill_menus() -> None:
    """Let every menu fill itself as if it opened."""
    for widget in QApplication.allWidgets():
        if isinstance(widget, QMenu):
            widget.aboutToShow.emit()


def hover() -> set[str]:
    """Rest the mouse on all widgets of the program, also where they answer by place; return the hints that come up."""
    said = set()
    for widget in QApplication.allWidgets():
        if not widget.isVisible() or not type(widget).__module__.startswith(("rnnviz", "tests")):
            continue
        for down in range(1, 8):
            place = QPoint(widget.width() // 2, widget.height() * down // 8)
            QApplication.sendEvent(widget, QHelpEvent(QHelpEvent.Type.ToolTip, place, widget.mapToGlobal(place)))
            if QToolTip.isVisible():
                said.add(QToolTip.text())
    QApplication.processEvents()
    return said


def texts() -> Iterator[tuple[str, str]]:
    """Yield whatever Qt shows as markup or may take for it, with where it stands."""
    for widget in QApplication.allWidgets():
        where = f"{type(widget).__name__} {widget.objectName()} {widget.accessibleName()}"
        yield from ((f"hint of {where}", text) for text in (widget.toolTip(), widget.whatsThis()))
        if isinstance(widget, QLabel) and widget.textFormat() != Qt.TextFormat.PlainText:
            yield where, widget.text()
        elif isinstance(widget, QTextEdit):
            yield where, _markup(widget.document())
        elif isinstance(widget, QTabBar):
            yield from ((f"hint of a tab of {where}", widget.tabToolTip(n)) for n in range(widget.count()))
        elif isinstance(widget, QAbstractItemView | QComboBox):
            yield from ((f"hint of an entry of {where}", text) for text in _hints(widget))
        elif isinstance(widget, QGraphicsView):
            for item in widget.scene().items() if widget.scene() is not None else ():
                yield f"hint of {type(item).__name__} of {where}", QGraphicsItem.toolTip(item)
                if isinstance(item, QGraphicsTextItem):
                    yield f"{type(item).__name__} of {where}", _markup(item.document())
        for action in {
            *widget.actions(),
            *widget.findChildren(QAction, options=Qt.FindChildOption.FindDirectChildrenOnly),
        }:
            yield f"hint of the action {action.text()}", action.toolTip()


def _markup(document: QTextDocument) -> str:
    pictures = any(form.isImageFormat() for form in document.allFormats())
    return "<img>" if pictures else ""


def _hints(view: QAbstractItemView | QComboBox) -> Iterator[str]:
    model: QAbstractItemModel | None = view.model()
    if model is None:
        return
    columns = model.columnCount(QModelIndex()) if isinstance(view, QTableView) else 1
    for row in range(model.rowCount(QModelIndex())):
        for column in range(columns):
            yield str(model.data(model.index(row, column), Qt.ItemDataRole.ToolTipRole) or "")


def as_markup() -> list[str]:
    """Return where text of a bait would be taken for markup."""
    return [f"{where}: {text[:80]}" for where, text in texts() if "<img" in text and TextQt.mightBeRichText(text)]
