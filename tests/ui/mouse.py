"""Where the mouse meets a widget."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractScrollArea, QWidget


def under_mouse(widget: QWidget) -> QWidget:
    """Return the widget that gets the events of the mouse over a widget: of a graphics view, its viewport."""
    return widget.viewport() if isinstance(widget, QAbstractScrollArea) else widget
