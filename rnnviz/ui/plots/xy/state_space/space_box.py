"""The view of a space of states: what wheel, drag and click do in it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal

from rnnviz.ui.plots.xy.equal_plot import EqualBox


class SpaceBox(EqualBox):
    """A view in which the left button turns a space of three axes; the middle one, or Shift, moves it as elsewhere.

    Signals
    -------
    swung(right, down)
        The mouse drags by so many pixels.
    """

    swung = Signal(float, float)

    def __init__(self) -> None:
        super().__init__()
        self.turns = False

    def mouseDragEvent(self, ev: Any, axis: int | None = None) -> None:
        """Turn the space, or move what is seen of it."""
        shift = ev.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if not self.turns or axis is not None or shift or ev.button() != Qt.MouseButton.LeftButton:
            super().mouseDragEvent(ev, axis)
            return
        ev.accept()
        way = ev.pos() - ev.lastPos()
        self.swung.emit(way.x(), way.y())
