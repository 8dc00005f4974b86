"""A row of buttons of which one is down."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from rnnviz.ui.controls.look import Look
from rnnviz.ui.plaintext import plain_tip
from rnnviz.ui.theme import MEDIUM


class Segmented(QWidget):
    """A choice among a few, all of them in sight.

    Parameters
    ----------
    name : str
        What is chosen, for screen readers.
    options : sequence of (value, label, help)
    parent : QWidget or None
    """

    chosen = Signal(str)
    """The user chose a value."""

    def __init__(self, name: str, options: Sequence[tuple[str, str, str]] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._look: Look | None = None
        self._options: tuple[tuple[str, str, str], ...] = ()
        self._buttons: list[QToolButton] = []
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._group.buttonClicked.connect(self._on_clicked)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.set_options(options)

    def set_options(self, options: Sequence[tuple[str, str, str]]) -> None:
        """Offer other values; nothing happens where they are the same."""
        if tuple(options) == self._options:
            return
        self._options = tuple(options)
        for button in self._buttons:
            self._group.removeButton(button)
            self._row.removeWidget(button)
            button.deleteLater()
        self._buttons = []
        for value, label, hint in options:
            button = QToolButton(self)
            button.setText(label)
            button.setToolTip(plain_tip(hint))
            button.setAccessibleName(f"{self.accessibleName()}: {label}")
            button.setCheckable(True)
            button.setProperty("value", value)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            self._group.addButton(button)
            self._row.addWidget(button)
            self._buttons.append(button)
        if self._look is not None:
            self.set_look(self._look)

    def set_value(self, value: str) -> None:
        """Press the button of a value without telling anybody; of a value that is not on offer, none."""
        if value not in self.values():
            self._group.setExclusive(False)
            for button in self._buttons:
                button.setChecked(False)
            self._group.setExclusive(True)
            return
        for button in self._buttons:
            if button.property("value") == value:
                button.setChecked(True)

    def set_disabled(self, reasons: dict[str, str]) -> None:
        """Disable the values named, each with its reason in the tooltip."""
        for button, (value, _, hint) in zip(self._buttons, self._options, strict=True):
            reason = reasons.get(value, "")
            button.setEnabled(not reason)
            button.setToolTip(plain_tip(f"{hint}\nNot now: {reason}." if reason else hint))

    def values(self) -> tuple[str, ...]:
        """Return the values on offer."""
        return tuple(value for value, _, _ in self._options)

    def button(self, value: str) -> QToolButton:
        """Return the button of a value.

        Raises
        ------
        KeyError
            When it is not on offer.
        """
        for button in self._buttons:
            if button.property("value") == value:
                return button
        raise KeyError(value)

    def set_look(self, look: Look) -> None:
        """Dress the buttons in a theme and its sizes."""
        self._look = look
        theme, sizes = look.theme, look.sizes
        last = len(self._buttons) - 1
        for index, button in enumerate(self._buttons):
            left = 5 if index == 0 else 0
            right = 5 if index == last else 0
            button.setStyleSheet(
                f"QToolButton {{ font-size: {sizes.small}px; font-weight: {MEDIUM.value};"
                f" border: 1px solid {theme.border}; border-radius: 0;"
                f" border-right-width: {1 if index == last else 0}px;"
                f" border-top-left-radius: {left}px; border-bottom-left-radius: {left}px;"
                f" border-top-right-radius: {right}px; border-bottom-right-radius: {right}px;"
                f" padding: 2px {sizes.padding}px; color: {theme.muted}; background: {theme.surface}; }}"
                f"QToolButton:checked {{ background: {theme.selection}; color: {theme.text};"
                f" border-bottom: 2px solid {theme.accent}; padding-bottom: 1px; }}"
                f"QToolButton:hover {{ color: {theme.text}; }}"
                f"QToolButton:focus {{ border-color: {theme.accent}; border-right-width: 1px; }}"
                f"QToolButton:disabled {{ color: {theme.faint}; }}"
            )

    def _on_clicked(self, button: QAbstractButton) -> None:
        self.chosen.emit(str(button.property("value")))
