"""A form, generated from declarations of parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from rnnviz.ui.controls.fields import Editor, editor_for
from rnnviz.ui.controls.look import Look, set_type
from rnnviz.ui.controls.parameters import Parameter
from rnnviz.ui.plaintext import PlainLabel, plain_tip
from rnnviz.ui.theme import SEMIBOLD

DEBOUNCE = 200
"""Milliseconds of quiet after which what was typed is applied."""


class Form(QWidget):
    """Labels, fields and sentences about wrong entries.

    Parameters
    ----------
    parameters : sequence of Parameter
        In the order in which they stand; a heading is put wherever the section changes.
    parent : QWidget or None
    """

    changed = Signal(dict)
    """New values by name, given since the last time."""

    def __init__(self, parameters: Sequence[Parameter], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.editors: dict[str, Editor] = {}
        self._labels: dict[str, QLabel] = {}
        self._errors: dict[str, QLabel] = {}
        self._headings: list[QLabel] = []
        self._pending: dict[str, Any] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setColumnStretch(1, 1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DEBOUNCE)
        self._timer.timeout.connect(self.flush)
        section = ""
        for parameter in parameters:
            if parameter.section and parameter.section != section:
                section = parameter.section
                self._add_heading(section)
            self._add(parameter)

    def set_state(self, values: Mapping[str, Any], context: Any) -> None:
        """Show values, and disable what does not apply in this context, with the reason."""
        for name, editor in self.editors.items():
            if name in values and name not in self._pending:
                editor.set_value(values[name])
                self.set_error(name, "")
            reason = editor.parameter.applies(context)
            hint = f"{editor.parameter.help}\nNot in use: {reason}." if reason else editor.parameter.help
            for widget in (editor, self._labels[name]):
                widget.setEnabled(not reason)
                widget.setToolTip(plain_tip(hint))
            editor.focus.setToolTip(plain_tip(hint))

    def set_error(self, name: str, sentence: str) -> None:
        """Say under a field what is wrong with its entry; an empty sentence takes it away."""
        label = self._errors[name]
        label.setText(sentence)
        label.setVisible(bool(sentence))

    def error(self, name: str) -> str:
        """Return the sentence under a field."""
        return self._errors[name].text()

    def flush(self) -> None:
        """Apply what was typed now."""
        self._timer.stop()
        if self._pending:
            pending, self._pending = self._pending, {}
            self.changed.emit(pending)

    def set_look(self, look: Look) -> None:
        """Dress the form in a theme and its sizes."""
        theme, sizes = look.theme, look.sizes
        self._grid.setHorizontalSpacing(sizes.padding)
        self._grid.setVerticalSpacing(sizes.padding // 2 + 1)
        for heading in self._headings:
            set_type(heading, sizes.small, theme.muted, SEMIBOLD, f"padding-top: {sizes.padding}px;")
        for label in self._errors.values():
            set_type(label, sizes.small, theme.error)
        for editor in self.editors.values():
            editor.set_look(look)

    def _add_heading(self, section: str) -> None:
        heading = PlainLabel(section, self)
        self._headings.append(heading)
        self._grid.addWidget(heading, self._grid.rowCount(), 0, 1, 2)

    def _add(self, parameter: Parameter) -> None:
        row = self._grid.rowCount()
        editor = editor_for(parameter, self)
        editor.edited.connect(self._on_edited)
        editor.refused.connect(self._on_refused)
        label = PlainLabel(parameter.label, self)
        label.setBuddy(editor.focus)
        error = PlainLabel(parent=self)
        error.setWordWrap(True)
        error.hide()
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(editor, row, 1)
        self._grid.addWidget(error, row + 1, 0, 1, 2)
        self.editors[parameter.name] = editor
        self._labels[parameter.name] = label
        self._errors[parameter.name] = error

    def _on_edited(self, name: str, value: Any) -> None:
        self.set_error(name, "")
        self._pending[name] = value
        self._timer.start()

    def _on_refused(self, name: str, sentence: str) -> None:
        self._pending.pop(name, None)
        self.set_error(name, sentence)
