"""Where a window stood, as data that is checked: Qt's own form of it trusts whatever it is given."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QScreen
from PySide6.QtWidgets import QWidget

from rnnviz.ui.arrangement import Extent, Pixel

_LEAST = 80
"""Pixels of a window that must be on a screen, so that it can be taken hold of."""


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rectangle of a window that is neither maximised nor on the full screen, and whether it was maximised."""

    x: Pixel
    y: Pixel
    width: Extent
    height: Extent
    maximised: bool = False


def place_of(window: QWidget) -> str:
    """Return where a window stands, as JSON."""
    rect = window.normalGeometry() if window.isMaximized() or window.isFullScreen() else window.geometry()
    if not rect.isValid():
        rect = window.geometry()
    place = Place(rect.x(), rect.y(), rect.width(), rect.height(), window.isMaximized())
    return msgspec.json.encode(place).decode()


def put(window: QWidget, text: str) -> bool:
    """Put a window where it stood, as far as there is a screen there; False where the text does not say."""
    try:
        place = msgspec.json.decode(text, type=Place)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False
    window.setGeometry(on_screen(QRect(place.x, place.y, place.width, place.height), window.screen()))
    if place.maximised:
        window.setWindowState(window.windowState() | Qt.WindowState.WindowMaximized)
    return True


def on_screen(rect: QRect, screen: QScreen) -> QRect:
    """Return a rectangle that can be seen and taken hold of on one of the screens, no larger than that is."""
    screens = [each.availableGeometry() for each in screen.virtualSiblings()]
    shown = [room for room in screens if _overlap(room, rect) >= _LEAST]
    room = shown[0] if shown else screen.availableGeometry()
    size = rect.size().boundedTo(room.size())
    if shown:
        return QRect(rect.topLeft(), size)
    fitted = QRect(rect.topLeft(), size)
    fitted.moveCenter(room.center())
    return fitted


def _overlap(room: QRect, rect: QRect) -> int:
    both = room.intersected(rect)
    return min(both.width(), both.height())
