"""What is wrong with widgets: text wider than its room, widgets cut by their parents or lying over each other."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QComboBox,
    QDockWidget,
    QGroupBox,
    QLabel,
    QLineEdit,
    QMainWindow,
    QScrollArea,
    QTabBar,
    QWidget,
)

from rnnviz.ui.docks import Grip

_NATIVE = (QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit, QTabBar, QLabel)


def seen(window: QWidget) -> list[QWidget]:
    """Return the widgets of a window that are shown, those too that are scrolled out of sight."""
    return [widget for widget in window.findChildren(QWidget) if widget.isVisible() and widget.window() is window]


def named(widget: QWidget) -> str:
    """Return how a widget is called in a report: its panel, its class, and what it says."""
    text = getattr(widget, "text", None)
    said = text() if callable(text) else ""
    panel: QWidget = widget
    while (above := panel.parentWidget()) is not None and not isinstance(panel, QDockWidget):
        panel = above
    where = panel.windowTitle() if isinstance(panel, QDockWidget) else "window"
    return f"{where}: {type(widget).__name__} {str(said or widget.accessibleName())[:40]!r}"


def faults(window: QWidget) -> Iterator[str]:
    """Yield what is wrong, in sentences."""
    widgets = seen(window)
    for widget in widgets:
        if isinstance(widget, _NATIVE) and (told := _narrow(widget)):
            yield f"{named(widget)} {told}"
        if told := _outside(widget):
            yield f"{named(widget)} {told}"
    for widget in (window, *widgets):
        if not isinstance(widget, QAbstractScrollArea):
            yield from _overlapping(widget)


def _narrow(widget: QWidget) -> str:
    """Whether what a widget says has no room in it."""
    if isinstance(widget, QLabel):
        room = widget.contentsRect()
        if not widget.text() or widget.pixmap().width():
            return ""
        if widget.wordWrap():
            needed = widget.heightForWidth(widget.width())
            return f"needs {needed} px of height, has {widget.height()}" if needed > widget.height() + 1 else ""
        needed = widget.sizeHint().width() - (widget.width() - room.width())
        return f"needs {needed} px, has {room.width()}" if needed > room.width() + 1 else ""
    if isinstance(widget, QAbstractSpinBox):
        line = widget.findChild(QLineEdit)
        return _typed(line) if line is not None else ""
    if isinstance(widget, QLineEdit):
        return "" if isinstance(widget.parentWidget(), (QAbstractSpinBox, QComboBox)) else _typed(widget)
    least = widget.minimumSizeHint()
    if isinstance(widget, QComboBox):
        text = widget.fontMetrics().horizontalAdvance(widget.currentText())
        arrow = widget.fontMetrics().height()
        return f"needs {text + arrow} px, has {widget.width()}" if text + arrow > widget.width() else ""
    if widget.width() < least.width() - 1 or widget.height() < least.height() - 1:
        return f"needs {least.width()}x{least.height()}, has {widget.width()}x{widget.height()}"
    return ""


def _typed(line: QLineEdit) -> str:
    """Whether what stands in a field is cut; what a user types may be longer than any field."""
    text = line.text() or line.placeholderText()
    needed, room = line.fontMetrics().horizontalAdvance(text), line.width() - 4
    return f"shows {text!r} in {room} px of {needed}" if needed > room and line.text() else ""


def _outside(widget: QWidget) -> str:
    """Whether a widget is cut by its parent, in which it is not scrolled."""
    parent = widget.parentWidget()
    if parent is None or widget.isWindow() or _scrolls(widget):
        return ""
    place, room = widget.geometry(), parent.rect().adjusted(-1, -1, 1, 1)
    if place.isEmpty() or room.contains(place):
        return ""
    return f"stands at {_told(place)} in {parent.width()}x{parent.height()} of {type(parent).__name__}"


def _scrolls(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    area = parent.parentWidget() if parent is not None else None
    return isinstance(area, QAbstractScrollArea) and area.viewport() is parent


def _overlapping(parent: QWidget) -> Iterator[str]:
    """Yield the children of a widget that lie over each other, though a layout puts them side by side."""
    children = [child for child in parent.children() if isinstance(child, QWidget) and child.isVisible()]
    placed = [child for child in children if not child.isWindow() and _laid_out(parent, child)]
    for number, first in enumerate(placed):
        for second in placed[number + 1 :]:
            both = first.geometry().intersected(second.geometry())
            if both.width() > 1 and both.height() > 1:
                yield f"{named(first)} and {named(second)} overlap by {both.width()}x{both.height()}"


def _laid_out(parent: QWidget, child: QWidget) -> bool:
    if isinstance(parent, QMainWindow):
        return not isinstance(child, QTabBar)
    if isinstance(child, Grip):  # it lies on the header of its panel
        return False
    found = parent.layout()
    return found is not None and found.indexOf(child) >= 0


def _told(rect: QRect) -> str:
    return f"({rect.x()}, {rect.y()}) {rect.width()}x{rect.height()}"


def in_sight(widget: QWidget) -> bool:
    """Whether no scroll area hides any of a widget."""
    return widget.visibleRegion().boundingRect().size() == widget.size()


def scrolled(window: QWidget) -> list[str]:
    """Return the areas of a window in which there is more than can be seen at once."""
    return [
        named(area)
        for area in window.findChildren(QScrollArea)
        if area.isVisible() and (area.verticalScrollBar().maximum() or area.horizontalScrollBar().maximum())
    ]


def place_in(widget: QWidget, window: QWidget) -> QRect:
    """Return where a widget stands in its window."""
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


__all__ = ["QGroupBox", "faults", "in_sight", "named", "place_in", "scrolled", "seen"]
