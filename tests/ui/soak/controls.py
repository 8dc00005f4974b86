"""What a hand can take hold of now: found by walking the windows, by names that can be found again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QDockWidget,
    QGraphicsView,
    QLineEdit,
    QMenuBar,
    QPlainTextEdit,
    QTabBar,
    QTextEdit,
    QWidget,
)

KINDS: dict[str, tuple[type[QWidget], ...]] = {
    "menu bar": (QMenuBar,),
    "button": (QAbstractButton,),
    "choice": (QComboBox,),
    "number": (QAbstractSpinBox,),
    "slider": (QAbstractSlider,),
    "line": (QLineEdit,),
    "text": (QPlainTextEdit, QTextEdit),
    "list": (QAbstractItemView,),
    "tabs": (QTabBar,),
    "plot": (QGraphicsView,),
}
"""The kinds of control that have a hand of their own, most particular first."""
CANVAS = "canvas"
"""The kind of all else that listens to the mouse or to keys."""
_HANDLERS = ("mousePressEvent", "mouseReleaseEvent", "mouseDoubleClickEvent", "wheelEvent", "keyPressEvent")
_LEAST = 3


@dataclass(frozen=True)
class Control:
    """One control.

    Parameters
    ----------
    name : str
        Where it stands and what it is called; the same control has the same name in every run.
    kind : str
        One of KINDS, or CANVAS.
    widget : QWidget
    """

    name: str
    kind: str
    widget: QWidget


def controls() -> list[Control]:
    """Return all controls that can be seen and used, those of a dialog alone where one wants an answer."""
    modal = QApplication.activeModalWidget()
    windows = [modal] if modal is not None else [window for window in QApplication.topLevelWidgets() if _usable(window)]
    found: list[Control] = []
    counts: dict[str, int] = {}
    for window in sorted(windows, key=lambda window: (type(window).__name__, window.objectName())):
        for widget in (window, *window.findChildren(QWidget)):
            kind = kind_of(widget)
            if kind and _usable(widget) and widget.window() is window:
                name = _name(widget, window)
                counts[name] = counts.get(name, 0) + 1
                found.append(Control(name if counts[name] == 1 else f"{name} #{counts[name]}", kind, widget))
    return found


def kind_of(widget: QWidget) -> str:
    """Return the kind of control that a widget is; empty for what only shows something."""
    if _is_part(widget):
        return ""
    for kind, types in KINDS.items():
        if isinstance(widget, types):
            return kind
    return CANVAS if listens(widget) else ""


def listens(widget: QWidget) -> bool:
    """Whether a widget of this program does something with the mouse or with keys."""
    ours = [base for base in type(widget).__mro__ if base.__module__.startswith("rnnviz.")]
    return any(handler in vars(base) for base in ours for handler in _HANDLERS)


def _usable(widget: QWidget) -> bool:
    return (
        widget.isVisible()
        and widget.isEnabled()
        and min(widget.width(), widget.height()) >= _LEAST
        and not widget.visibleRegion().isEmpty()
        and widget.windowType() not in (Qt.WindowType.ToolTip, Qt.WindowType.Popup)
    )


def _is_part(widget: QWidget) -> bool:
    """Whether a widget is a part of a larger control, which has the hand: the line of a spin box, a viewport."""
    parent = widget.parentWidget()
    if parent is None or isinstance(widget, QDialog | QDockWidget):
        return False
    if isinstance(parent, QAbstractScrollArea) and parent.viewport() is widget:
        return True
    return isinstance(parent, QComboBox | QAbstractSpinBox | QTabBar | QMenuBar)


def _name(widget: QWidget, window: QWidget) -> str:
    """Return how to find it: the panel or window it stands in, its type, and what it calls itself."""
    owner = next((p.objectName() for p in _parents(widget) if isinstance(p, QDockWidget)), "")
    calls = widget.accessibleName() or widget.objectName()
    place = owner.removeprefix("dock-") or window.objectName() or type(window).__name__
    return f"{place}/{type(widget).__name__}" + (f"/{calls}" if calls and calls != place else "")


def _parents(widget: QWidget) -> Iterator[QWidget]:
    parent: QWidget | None = widget
    while parent is not None:
        yield parent
        parent = parent.parentWidget()
