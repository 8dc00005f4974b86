"""A column of widgets that scrolls when it does not fit."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QToolButton, QVBoxLayout, QWidget

from rnnviz.ui.controls.look import Look
from rnnviz.ui.controls.wheel import scrolled
from rnnviz.ui.theme import SEMIBOLD, icon


class Column(QScrollArea):
    """Widgets below one another, as wide as the panel, scrolled only vertically.

    The room of the scroll bar is kept free while it is hidden. Contents that are lower where they are narrower, as
    formulas are, would otherwise make it come and go without end, which ends in an overflow of the stack.

    Parameters
    ----------
    parent : QWidget or None
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        whole = QWidget(self)
        self.body = QWidget(whole)
        self.rows = QVBoxLayout(self.body)
        sides = QHBoxLayout(whole)
        sides.setContentsMargins(0, 0, 0, 0)
        sides.setSpacing(0)
        sides.addWidget(self.body, 1)
        sides.addStretch()
        self.setWidget(whole)

    def add(self, widget: QWidget, stretch: int = 0) -> None:
        """Put a widget below the others."""
        self.rows.addWidget(widget, stretch)

    def finish(self) -> None:
        """Let the room that is left stay at the bottom."""
        self.rows.addStretch(1)

    def reveal(self, widget: QWidget, place: QRect) -> None:
        """Scroll as far as it takes to see a place of a widget that stands in the column."""
        top = self.body.mapFromGlobal(widget.mapToGlobal(place.topLeft())).y()
        self.ensureVisible(0, top + place.height(), 0, 0)
        self.ensureVisible(0, top, 0, 0)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll; what comes under the mouse by that is not turned."""
        super().wheelEvent(event)
        scrolled(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the width that is left beside the scroll bar, whether it is shown or not."""
        bar = self.verticalScrollBar().sizeHint().width()
        self.body.setMaximumWidth(max(1, self.contentsRect().width() - bar))
        super().resizeEvent(event)

    def set_look(self, look: Look) -> None:
        """Dress the column in a theme and its sizes."""
        space = look.sizes.padding
        self.rows.setContentsMargins(space + 2, space, space + 2, space)
        self.rows.setSpacing(space)
        self.body.setStyleSheet("")


class Disclosure(QWidget):
    """A heading that opens and closes what stands below it.

    Parameters
    ----------
    title : str
    content : QWidget
    parent : QWidget or None
    """

    toggled = Signal(bool)

    def __init__(self, title: str, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = QToolButton(self)
        self.button.setText(title)
        self.button.setCheckable(True)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setCursor(Qt.CursorShape.PointingHandCursor)
        self.button.toggled.connect(self._on_toggled)
        self.content = content
        self._look: Look | None = None
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(4)
        rows.addWidget(self.button)
        rows.addWidget(content)
        content.hide()

    def set_open(self, is_open: bool) -> None:
        """Open or close it."""
        self.button.setChecked(is_open)

    def set_look(self, look: Look) -> None:
        """Dress the heading in a theme and its sizes."""
        self._look = look
        self.button.setStyleSheet(
            f"QToolButton {{ font-size: {look.sizes.small}px; font-weight: {SEMIBOLD.value}; border: 0;"
            f" padding: 2px 0; color: {look.theme.muted}; background: transparent; }}"
            f"QToolButton:hover, QToolButton:focus {{ color: {look.theme.accent}; }}"
        )
        self._on_toggled(self.button.isChecked())

    def _on_toggled(self, is_open: bool) -> None:
        self.content.setVisible(is_open)
        if self._look is not None:
            name = "chevron-down" if is_open else "chevron-right"
            self.button.setIcon(icon(name, self._look.theme))
        self.toggled.emit(is_open)
