"""The editor of texts."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
from PySide6.QtCore import QSortFilterProxyModel, QStringListModel, Qt
from PySide6.QtWidgets import QLineEdit, QListView, QPlainTextEdit, QVBoxLayout, QWidget

from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.sequence import SequenceSource, TextSource, token_vocabulary
from rnnviz.engine.sequence.text import split, visible
from rnnviz.ui.controls.column import Disclosure
from rnnviz.ui.controls.form import Form
from rnnviz.ui.controls.look import Look
from rnnviz.ui.controls.parameters import Choice, Parameter
from rnnviz.ui.controls.sources.base import SourceEditor
from rnnviz.ui.controls.sources.label import LABEL_PARAMETERS, with_label

_PARAMETERS: tuple[Parameter, ...] = (
    Choice(
        name="level",
        label="One step is",
        help="Whether the text is read character by character or word by word.",
        options=(("word", "a word", "Words and punctuation marks."), ("character", "a character", "Every character.")),
    ),
    Choice(
        name="kept",
        label="Vocabulary",
        help="The tokens that the network knows. Keeping it keeps trained weights; other tokens are then refused.",
        options=((True, "kept as it is", ""), (False, "of this text", "Trained weights no longer fit.")),
    ),
    Choice(
        name="targets",
        label="To predict",
        help="What the outputs are compared with.",
        options=(
            ("next", "the next token", "At every step; the last has no target."),
            ("same", "the token itself", "At every step; with a delay, the text is repeated later."),
            ("label", "a class of the text", "At the last step."),
            ("none", "nothing", "No loss; gradients are those of a probe."),
        ),
    ),
    *LABEL_PARAMETERS,
)


class TextEditor(SourceEditor):
    """A text, how it is split, what is to be predicted, and its vocabulary."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._read = ""
        self.text = QPlainTextEdit(self)
        self.text.setAccessibleName("Text of the sequence")
        self.text.setPlaceholderText("Type a sentence")
        self.text.setTabChangesFocus(True)
        self.form = Form(_PARAMETERS, self)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search the vocabulary")
        self.search.setClearButtonEnabled(True)
        self.tokens = QListView()
        self.tokens.setUniformItemSizes(True)
        self.tokens.setAccessibleName("Vocabulary")
        self.tokens.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self._model = QStringListModel(self)
        self._found = QSortFilterProxyModel(self)
        self._found.setSourceModel(self._model)
        self._found.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.tokens.setModel(self._found)
        self.vocabulary = Disclosure("Vocabulary", self._vocabulary_view(), self)
        for widget in (self.text, self.form, self.vocabulary):
            self.rows.addWidget(widget)
        self.rows.insertWidget(0, self.text)  # before what is said of it
        self.text.textChanged.connect(self._quiet.start)
        self.form.changed.connect(self._on_changes)
        self.search.textChanged.connect(self._found.setFilterFixedString)
        self.vocabulary.toggled.connect(self._list_tokens)

    def show_source(self, source: SequenceSource) -> None:
        """Show a text."""
        assert isinstance(source, TextSource)
        self.source, before = source, self._read
        self._read = source.text
        typing = self._quiet.isActive() or bool(self.refusal.sentence)
        if not (typing and source.text.startswith(before)) and self.text.toPlainText() != source.text:
            self.refusal.say("")
            self.text.blockSignals(True)
            self.text.setPlainText(source.text)
            self.text.blockSignals(False)
        values = {name: getattr(source, name) for name in ("level", "targets", "classes", "label")}
        self.form.set_state({**values, "kept": source.vocabulary is not None}, source)
        self._list_tokens()

    def flush(self) -> None:
        """Apply the text as it stands."""
        super().flush()
        if self.source is not None:
            self._give(msgspec.structs.replace(self.source, text=self.text.toPlainText()))

    def set_look(self, look: Look) -> None:
        """Dress the editor in a theme and its sizes."""
        super().set_look(look)
        self.text.setFixedHeight(5 * look.sizes.token + 2 * look.sizes.padding)
        self.tokens.setFixedHeight(9 * look.sizes.text)
        self.form.set_look(look)
        self.vocabulary.set_look(look)

    def _vocabulary_view(self) -> QWidget:
        box = QWidget()
        rows = QVBoxLayout(box)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.search)
        rows.addWidget(self.tokens)
        return box

    def _list_tokens(self) -> None:
        if self.source is None:
            return
        try:
            known = token_vocabulary(self.source)
            used = split(self.source.text, self.source.level, self.source.lowercase)
        except RnnvizError:
            return  # the panel says what is wrong with the text; the last good vocabulary stays
        self.vocabulary.button.setText(f"Vocabulary: {len(known):,} tokens")
        if self.vocabulary.button.isChecked():
            counts = Counter(token.text for token in used)
            lines = [f"{visible(token)}    × {counts[token]}" for token in known]
            if lines != self._model.stringList():
                self._model.setStringList(lines)

    def _on_changes(self, changes: dict[str, Any]) -> None:
        source: TextSource = self.source
        try:
            if "kept" in changes or "level" in changes:
                kept = changes.pop("kept", source.vocabulary is not None) and "level" not in changes
                changes["vocabulary"] = token_vocabulary(source) if kept else None
        except RnnvizError as error:
            self.failed.emit(str(error))
            return
        self._give(msgspec.structs.replace(source, **with_label(source, changes)))
