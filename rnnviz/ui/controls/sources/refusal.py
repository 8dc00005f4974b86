"""Why something that was typed is not read, said beside where it was typed, with what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.sequence import SequenceSource, TextSource, encode
from rnnviz.engine.sequence.text import with_own_vocabulary
from rnnviz.ui.controls.look import Look, set_type
from rnnviz.ui.plaintext import PlainLabel


class Refusal(QWidget):
    """A sentence, and a button that makes a new vocabulary where that is what is missing; hidden until there is one.

    Parameters
    ----------
    parent : QWidget or None
    """

    accepted = Signal(object)
    """The user wants this source instead: the same text with a vocabulary of its own."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._remedy: TextSource | None = None
        self.label = PlainLabel(parent=self)
        self.label.setWordWrap(True)
        self.button = QPushButton("Make a vocabulary of this text", self)
        self.button.setToolTip("The tokens of this text become the inputs; weights that were trained no longer fit")
        self.button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.button.clicked.connect(self._on_clicked)
        buttons = QHBoxLayout()
        buttons.addWidget(self.button)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(4)
        rows.addWidget(self.label)
        rows.addLayout(buttons)
        buttons.addStretch()
        self.hide()

    @property
    def sentence(self) -> str:
        """What is said; empty for nothing."""
        return self.label.text()

    def say(self, sentence: str, wanted: SequenceSource | None = None) -> None:
        """Say why something is refused; nothing with an empty sentence.

        Parameters
        ----------
        sentence : str
        wanted : SequenceSource or None
            What was refused; where it is a text that could be read with a vocabulary of its own, that is offered.
        """
        self._remedy = remedy_for(wanted) if sentence else None
        self.label.setText(sentence)
        self.button.setVisible(self._remedy is not None)
        self.setVisible(bool(sentence))

    def set_look(self, look: Look) -> None:
        """Dress the sentence in a theme and its sizes."""
        set_type(self.label, look.sizes.small, look.theme.error)

    def _on_clicked(self) -> None:
        if self._remedy is not None:
            self.accepted.emit(self._remedy)


def remedy_for(wanted: SequenceSource | None) -> TextSource | None:
    """Return a refused text with a vocabulary of its own, where that would be read."""
    if not isinstance(wanted, TextSource):
        return None
    remedy = with_own_vocabulary(wanted)
    try:
        encode(remedy)
    except RnnvizError:
        return None
    return remedy
