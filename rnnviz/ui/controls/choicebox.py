"""A choice among many, of which only the present one is in sight."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from rnnviz.ui.controls.look import Look, set_type
from rnnviz.ui.controls.wheel import ComboBox
from rnnviz.ui.plaintext import plain_tip

_SHOWN = 4
"""Letters of the present choice for which there is always room; the list that opens shows all of them."""

_MOST_SHOWN = 12
"""Letters that there is room for, where an entry has so many."""
_ROOM = 32
"""Pixels beside the entries of the list, for its scroll bar."""

Group = Sequence[tuple[str, str, str]]
"""(value, label, help) of what belongs together."""


class ChoiceBox(ComboBox):
    """A list that opens; groups of entries are parted by a line.

    Parameters
    ----------
    name : str
        What is chosen, for screen readers.
    parent : QWidget or None
    """

    chosen = Signal(str)
    """The user chose a value."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setToolTip(plain_tip(name))
        self._groups: tuple[tuple[tuple[str, str, str], ...], ...] = ()
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(_SHOWN)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.activated.connect(self._on_activated)

    def set_groups(self, *groups: Group) -> None:
        """Offer other values; nothing happens where they are the same."""
        wanted = tuple(tuple(group) for group in groups if group)
        if wanted == self._groups:
            return
        self._groups = wanted
        with QSignalBlocker(self):
            self.clear()
            for group in wanted:
                if self.count():
                    self.insertSeparator(self.count())
                for value, label, hint in group:
                    self.addItem(label, value)
                    self.setItemData(self.count() - 1, plain_tip(hint), Qt.ItemDataRole.ToolTipRole)
        longest = max((len(label) for group in wanted for _, label, _ in group), default=0)
        self.setMinimumContentsLength(max(_SHOWN, min(longest, _MOST_SHOWN)))
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + _ROOM)

    def set_value(self, value: str) -> None:
        """Select a value without telling anybody; nothing where it is not on offer."""
        with QSignalBlocker(self):
            self.setCurrentIndex(self.findData(value))

    def values(self) -> tuple[str, ...]:
        """Return the values on offer."""
        return tuple(value for group in self._groups for value, _, _ in group)

    def set_look(self, look: Look) -> None:
        """Dress the field in a theme and its sizes."""
        set_type(self, look.sizes.small, look.theme.text)

    def _on_activated(self, index: int) -> None:
        self.chosen.emit(str(self.itemData(index)))
