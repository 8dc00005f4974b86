"""One editor per kind of parameter."""

from __future__ import annotations

import secrets
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QCompleter,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from rnnviz.ui.controls.look import Look, box_rules
from rnnviz.ui.controls.parameters import (
    Choice,
    EntryError,
    Flag,
    Parameter,
    Seed,
    Typed,
    TypedChoice,
    Whole,
)
from rnnviz.ui.controls.wheel import ComboBox, SpinBox
from rnnviz.ui.plaintext import plain_tip
from rnnviz.ui.theme import icon

_NARROWEST = 56


class Editor(QWidget):
    """The field of one parameter.

    Parameters
    ----------
    parameter : Parameter
    parent : QWidget or None
    """

    edited = Signal(str, object)
    """The user gave a value: (name, value)."""
    refused = Signal(str, str)
    """What the user typed cannot be read: (name, sentence)."""

    def __init__(self, parameter: Parameter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parameter = parameter
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self.focus: QWidget = self

    def set_value(self, value: Any) -> None:
        """Show a value without telling anybody."""
        raise NotImplementedError

    def set_look(self, look: Look) -> None:
        """Dress the field in a theme and its sizes, as far as palette and type do not do it."""

    def _hold(self, widget: QWidget) -> None:
        widget.setAccessibleName(self.parameter.label)
        widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        widget.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        widget.setMinimumWidth(_NARROWEST)
        self._row.addWidget(widget, 1)
        self.focus = widget
        self.setFocusProxy(widget)

    def _tell(self, value: Any) -> None:
        self.edited.emit(self.parameter.name, value)


class ChoiceEditor(Editor):
    """A list to choose from."""

    def __init__(self, parameter: Choice, parent: QWidget | None = None) -> None:
        super().__init__(parameter, parent)
        self.box = ComboBox(self)
        self._values = [value for value, _, _ in parameter.options]
        for index, (_, label, hint) in enumerate(parameter.options):
            self.box.addItem(label)
            self.box.setItemData(index, plain_tip(hint), Qt.ItemDataRole.ToolTipRole)
        self.box.activated.connect(self._on_activated)
        self._hold(self.box)

    def set_value(self, value: Any) -> None:
        """Select a value; nothing where it is not in the list."""
        self.box.setCurrentIndex(self._values.index(value) if value in self._values else -1)

    def _on_activated(self, index: int) -> None:
        self._tell(self._values[index])


class FlagEditor(Editor):
    """A box to tick."""

    def __init__(self, parameter: Flag, parent: QWidget | None = None) -> None:
        super().__init__(parameter, parent)
        self.box = QCheckBox(self)
        self.box.clicked.connect(self._tell)
        self._hold(self.box)

    def set_value(self, value: Any) -> None:
        """Tick the box or not."""
        self.box.setChecked(bool(value))

    def set_look(self, look: Look) -> None:
        """Draw the box so that it is seen."""
        self.box.setStyleSheet(box_rules("QCheckBox", look))


class WholeEditor(Editor):
    """A whole number with arrows."""

    def __init__(self, parameter: Whole, parent: QWidget | None = None) -> None:
        super().__init__(parameter, parent)
        self.box = SpinBox(self)
        self.box.setRange(parameter.low, parameter.high)
        self.box.setSuffix(f" {parameter.unit}" if parameter.unit else "")
        self.box.setCorrectionMode(QAbstractSpinBox.CorrectionMode.CorrectToNearestValue)
        self.box.setKeyboardTracking(False)
        self.box.valueChanged.connect(self._tell)
        self._hold(self.box)

    def set_value(self, value: Any) -> None:
        """Show a number."""
        with QSignalBlocker(self.box):
            self.box.setValue(int(value))


class TypedEditor(Editor):
    """A line of text that is read as it is typed."""

    def __init__(self, parameter: Typed, parent: QWidget | None = None) -> None:
        super().__init__(parameter, parent)
        self._typed = parameter
        self.line = QLineEdit(self)
        self.line.setPlaceholderText(parameter.placeholder)
        self.line.textEdited.connect(self._on_text)
        self._hold(self.line)

    def set_value(self, value: Any) -> None:
        """Write a value; what the user has typed stays where it means the same."""
        try:
            same = self._typed.parse(self.line.text()) == value
        except EntryError:
            same = False
        if not same:
            self.line.setText(self._typed.show(value))

    def _on_text(self, text: str) -> None:
        try:
            value = self._typed.parse(text)
        except EntryError as error:
            self.refused.emit(self.parameter.name, str(error))
        else:
            self._tell(value)


class TypedChoiceEditor(Editor):
    """A line of text with a list of frequent entries."""

    def __init__(self, parameter: TypedChoice, parent: QWidget | None = None) -> None:
        super().__init__(parameter, parent)
        self._typed = parameter
        self.box = ComboBox(self)
        self.box.setEditable(True)
        self.box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._line = QLineEdit()
        self.box.setLineEdit(self._line)
        completer = QCompleter(self.box.model(), self)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.box.setCompleter(completer)
        for index, (text, label, hint) in enumerate(parameter.options):
            self.box.addItem(label, text)
            self.box.setItemData(index, plain_tip(hint), Qt.ItemDataRole.ToolTipRole)
        self.box.activated.connect(self._on_activated)
        self._line.textEdited.connect(self._on_text)
        self._hold(self.box)

    def set_value(self, value: Any) -> None:
        """Write a value, by its label where the list has it."""
        text = self._typed.show(value)
        index = self.box.findData(text)
        if index >= 0:
            self.box.setCurrentIndex(index)
        elif self.box.currentText() != text:
            self.box.setCurrentIndex(-1)
            self.box.setEditText(text)
        if not self.box.hasFocus():
            self._line.setCursorPosition(0)

    def _on_activated(self, index: int) -> None:
        text = self.box.itemData(index)
        if text is not None:
            self._tell(self._typed.parse(text))

    def _on_text(self, text: str) -> None:
        try:
            value = self._typed.parse(text)
        except EntryError as error:
            self.refused.emit(self.parameter.name, str(error))
        else:
            self._tell(value)


class SeedEditor(TypedEditor):
    """A whole number and a dice that throws another."""

    def __init__(self, parameter: Seed, parent: QWidget | None = None) -> None:
        super().__init__(parameter, parent)
        self.dice = QToolButton(self)
        self.dice.setText("dice")
        self.dice.setToolTip("Throw another seed: the same network with other random weights")
        self.dice.setAccessibleName("Throw another seed")
        self.dice.clicked.connect(self._throw)
        self._row.addWidget(self.dice)

    def set_look(self, look: Look) -> None:
        """Dress the dice."""
        self.dice.setIcon(icon("shuffle", look.theme))

    def _throw(self) -> None:
        value = secrets.randbelow(10_000)
        self.line.setText(self._typed.show(value))
        self._tell(value)


_EDITORS: tuple[tuple[type[Parameter], type[Editor]], ...] = (
    (Choice, ChoiceEditor),
    (Flag, FlagEditor),
    (Whole, WholeEditor),
    (Seed, SeedEditor),
    (TypedChoice, TypedChoiceEditor),
    (Typed, TypedEditor),
)


def editor_for(parameter: Parameter, parent: QWidget | None = None) -> Editor:
    """Return a new editor for a parameter.

    Raises
    ------
    TypeError
        When there is no editor for its kind.
    """
    for kind, editor in _EDITORS:
        if isinstance(parameter, kind):
            return editor(parameter, parent)
    raise TypeError(f"no editor for a parameter of kind {type(parameter).__name__}")
