"""The sequence that is fed to the network: text, signal, table or image, and what is to be predicted."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.sequence import (
    ImageSource,
    SequenceSource,
    SignalSource,
    TableSource,
    TextSource,
    append,
    encode,
)
from rnnviz.engine.sequence.gallery import SAMPLES, SampleName, sample, sample_messages
from rnnviz.engine.sequence.text import joined
from rnnviz.ui import reading
from rnnviz.ui.controls.column import Column
from rnnviz.ui.controls.look import Look, look
from rnnviz.ui.controls.notice import Notice
from rnnviz.ui.controls.segmented import Segmented
from rnnviz.ui.controls.sources.base import SourceEditor
from rnnviz.ui.controls.sources.image import ImageEditor
from rnnviz.ui.controls.sources.refusal import Refusal
from rnnviz.ui.controls.sources.signal import SignalEditor
from rnnviz.ui.controls.sources.table import TableEditor
from rnnviz.ui.controls.sources.text import TextEditor
from rnnviz.ui.controls.wheel import ComboBox
from rnnviz.ui.panel import Area, Panel
from rnnviz.ui.plaintext import plain_tip
from rnnviz.ui.plots import TimeAxis
from rnnviz.ui.session import Session
from rnnviz.ui.theme import icon
from rnnviz.ui.view import LOOKS, View

_KINDS: dict[str, type[SequenceSource]] = {
    "text": TextSource,
    "signal": SignalSource,
    "table": TableSource,
    "image": ImageSource,
}
_EDITORS: dict[str, type[SourceEditor]] = {
    "text": TextEditor,
    "signal": SignalEditor,
    "table": TableEditor,
    "image": ImageEditor,
}
_FIRST: dict[str, SampleName] = {"text": "messages", "signal": "waves", "table": "hourly", "image": "digit"}
_APPEND = {
    "text": ("one more word", "What comes next in the text; Enter appends it and runs on"),
    "signal": ("more steps, as in 10", "How many further steps; Enter appends them and runs on"),
    "table": ("one more row, as in the file", "A further row, delimited as the table is; Enter appends it"),
    "image": ("an image has all of its rows", "An image cannot be extended"),
}


class SourceEditors(dict[str, SourceEditor]):
    """The editors by kind of sequence, each made when it is first asked for.

    Parameters
    ----------
    make : callable
        Called with a kind, returns its editor.
    """

    def __init__(self, make: Callable[[str], SourceEditor]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, kind: str) -> SourceEditor:
        self[kind] = self._make(kind)
        return self[kind]


class SequencePanel(Panel):
    """Chooses, edits and extends the sequence; changes apply at once and can be undone."""

    name: ClassVar[str] = "sequence"
    title: ClassVar[str] = "Sequence"
    area: ClassVar[Area] = "left"
    order: ClassVar[int] = 1
    stretch: ClassVar[int] = 2
    watches: ClassVar[tuple[str, ...]] = (
        *("document", *LOOKS),
        *("ahead_hidden", "position", "operation", "backward", "trace"),
    )

    def __init__(self, session: Session, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(session, axis, parent)
        self.notice = Notice(self)
        self.column = Column(self)
        body = self.column.body
        self.kind = Segmented("Kind of sequence", [(kind, kind.capitalize(), "") for kind in _KINDS], body)
        self.samples = ComboBox(body)
        self.error = Refusal(self)
        self.piece = QLineEdit()
        self.append_button = QToolButton()
        self.editors = SourceEditors(self._editor)
        self._shown: SequenceSource | None = None
        self._lay_out()
        self._fill_samples()
        self.kind.chosen.connect(self._on_kind)
        self.samples.activated.connect(self._on_sample)
        self.piece.returnPressed.connect(self._on_append)
        self.append_button.clicked.connect(self._on_append)
        self.error.accepted.connect(self._on_longer)

    def draw(self, view: View, old: View | None) -> None:
        """Show the sequence of the document."""
        if view.differs(old, *LOOKS):
            self._dress(look(view))
        if view.document is None:
            self.notice.say("The sequence stands here as soon as a session is open.")
            self.column.hide()
            self.extension.hide()
            return
        hidden = self._hides(view)
        self.notice.say("What lies ahead is hidden, and so is the whole sequence. H shows it again." if hidden else "")
        self.column.setVisible(not hidden)
        self.extension.show()
        source = view.document.source
        if source is not self._shown:
            self._shown = source
            self._show(source)

    def _hides(self, view: View) -> bool:
        """Whether the sequence goes on after what may be seen."""
        last = reading.cover_after(view)
        return last is not None and view.trace is not None and last < view.trace.steps - 1

    def _editor(self, kind: str) -> SourceEditor:
        """Make an editor, in its place above what is said of errors; hidden until its kind is shown."""
        editor = _EDITORS[kind](self.column.body)
        editor.hide()
        editor.set_look(look(self.session.view))
        editor.edited.connect(self._on_edited)
        editor.failed.connect(editor.refusal.say)
        editor.refusal.accepted.connect(self._on_edited)
        self.column.rows.insertWidget(self.column.rows.count() - 1, editor)
        return editor

    def kind_of(self, source: SequenceSource) -> str:
        """Return the name of the kind of a source."""
        return next(kind for kind, cls in _KINDS.items() if isinstance(source, cls))

    def _show(self, source: SequenceSource) -> None:
        kind = self.kind_of(source)
        self.kind.set_value(kind)
        shown = self.editors[kind]
        for editor in self.editors.values():
            editor.setVisible(editor is shown)
        shown.show_source(source)
        for other in self.editors.values():
            if other is not shown or kind != "text":  # a text that was refused stays in its box, with the reason
                other.refusal.say("")
        placeholder, hint = _APPEND[kind]
        self.piece.setPlaceholderText(placeholder)
        self.piece.setToolTip(plain_tip(hint))
        for widget in (self.piece, self.append_button):
            widget.setEnabled(kind != "image")
        self.error.say("")

    def _lay_out(self) -> None:
        self.kind.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.samples.setAccessibleName("Samples")
        self.samples.setPlaceholderText("Samples")
        self.samples.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.samples.setToolTip("Sequences that come with rnnviz")
        self.piece.setAccessibleName("Append to the sequence")
        self.append_button.setAccessibleName("Append")
        self.append_button.setToolTip("Append, and watch the network run on")
        self.extension = QWidget()
        fields = self.extension_row = QHBoxLayout(self.extension)
        fields.addWidget(self.piece, 1)
        fields.addWidget(self.append_button)
        for widget in (self.kind, self.samples):
            self.column.add(widget)
        self.column.finish()
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.notice)
        rows.addWidget(self.column, 1)
        rows.addWidget(self.error)
        rows.addWidget(self.extension)

    def _fill_samples(self) -> None:
        for name, title in SAMPLES.items():
            if name != "messages":
                self.samples.addItem(title, name)
        try:
            for message in sample_messages():
                self.samples.addItem(message, "messages")
        except RnnvizError as error:
            self.error.say(str(error))
        self.samples.setCurrentIndex(-1)

    def _dress(self, now: Look) -> None:
        self.column.set_look(now)
        self.notice.set_look(now)
        self.kind.set_look(now)
        self.append_button.setIcon(icon("plus", now.theme))
        space = now.sizes.padding
        self.extension_row.setContentsMargins(space + 2, 0, space + 2, space)
        self.error.set_look(now)
        self.error.setContentsMargins(space + 2, 0, space + 2, space)
        for editor in self.editors.values():
            editor.set_look(now)

    @property
    def complaint(self) -> str:
        """What is said of what was typed last, in its box or beside it; empty for nothing."""
        editors = [editor.refusal.sentence for editor in self.editors.values()]
        return next(filter(None, (self.error.sentence, *editors)), "")

    def _on_edited(self, source: SequenceSource) -> None:
        refusal = self.editors[self.kind_of(source)].refusal
        try:
            encode(source)
        except RnnvizError as error:
            refusal.say(str(error), source)
            QTimer.singleShot(0, self._reveal)  # when there is room made for it
            return
        refusal.say("")
        self.error.say("")
        self.session.set_source(source)

    def _reveal(self) -> None:
        """Scroll to why something is refused."""
        for editor in self.editors.values():
            if editor.refusal.isVisible():
                self.column.reveal(editor.refusal, editor.refusal.rect())

    def _on_kind(self, kind: str) -> None:
        held = self.editors[kind].source
        self._take(held if held is not None else _FIRST[kind])

    def _on_sample(self, index: int) -> None:
        name = self.samples.itemData(index)
        if name == "messages":
            source = sample("messages")
            assert isinstance(source, TextSource)
            self._take(TextSource(self.samples.itemText(index), source.level, source.vocabulary))
        else:
            self._take(name)

    def _take(self, source: SequenceSource | SampleName) -> None:
        try:
            chosen = sample(source) if isinstance(source, str) else source
        except RnnvizError as error:
            self.error.say(str(error))
            return
        self._on_edited(chosen)

    def _on_longer(self, source: SequenceSource) -> None:
        self.piece.clear()
        self._on_edited(source)

    def _on_append(self) -> None:
        if self._shown is not None:
            self.editors[self.kind_of(self._shown)].settle()  # what was just typed there comes first
        document, piece = self.session.view.document, self.piece.text()
        if document is None or not piece.strip():
            return
        try:
            append(document.source, piece)
        except RnnvizError as error:
            wanted = joined(document.source, piece) if isinstance(document.source, TextSource) else None
            self.error.say(str(error), wanted)
            return
        self.error.say("")
        self.piece.clear()
        self.session.append(piece)
