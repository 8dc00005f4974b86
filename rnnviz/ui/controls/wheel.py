"""Controls that the wheel turns only while they have the focus, and never while it scrolls what they stand in."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QSlider, QSpinBox

GESTURE = 500
"""Milliseconds of rest after which a turn of the wheel is meant for what lies under it now."""


class _Scrolling:
    """When a column was last scrolled, by the clock of the events."""

    at: int = -GESTURE


def scrolled(event: QWheelEvent) -> None:
    """Take note that a turn of the wheel has scrolled something."""
    if event.timestamp():  # one that no device has sent has none
        _Scrolling.at = event.timestamp()


def turns(widget: Any, event: QWheelEvent) -> bool:
    """Whether a turn of the wheel over a control is meant for it."""
    return widget.hasFocus() and not 0 <= event.timestamp() - _Scrolling.at < GESTURE


class CalmWheel:
    """Mixed into a control, leaves the wheel to what it stands in unless it is meant for the control."""

    def __init__(self: Any, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # Qt would give the focus to whatever the wheel turns over

    def wheelEvent(self: Any, event: QWheelEvent) -> None:
        """Turn, or let go."""
        if turns(self, event):
            super().wheelEvent(event)  # type: ignore[misc]
        else:
            event.ignore()


class ComboBox(CalmWheel, QComboBox):
    """A list to choose from."""


class SpinBox(CalmWheel, QSpinBox):
    """A whole number with arrows."""


class DoubleSpinBox(CalmWheel, QDoubleSpinBox):
    """A number with arrows."""


class Slider(CalmWheel, QSlider):
    """A handle on a line."""
