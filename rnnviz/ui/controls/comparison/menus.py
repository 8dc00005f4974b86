"""What can be put beside a network, and how a compared network can be changed: the menus of the comparison."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMenu, QWidget

from rnnviz.engine import cells
from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.sequence import SequenceSource, SignalSource, TextSource, token_vocabulary
from rnnviz.engine.sequence.gallery import sample_messages
from rnnviz.ui.controls.emptying import empty
from rnnviz.ui.files import read_source
from rnnviz.ui.plaintext import plain_tip
from rnnviz.ui.samples import samples
from rnnviz.ui.session import Session
from rnnviz.ui.sessionfile import SUFFIX, read_session

UNITS = (4, 8, 16, 32, 64, 128, 256)
INITIALISATIONS = (
    ("torch", "Uniform (torch)"),
    ("orthogonal", "Orthogonal"),
    ("identity", "Identity"),
    ("zeros", "Zeros"),
)
_MOST_MESSAGES = 8
_SESSIONS = f"Sessions (*{SUFFIX})"
_SEQUENCES = "Sequences (*.txt *.csv *.tsv *.png *.jpg *.jpeg *.bmp *.gif);;All (*)"


class NetworkMenus(QObject):
    """Fills menus; what is chosen becomes a request to the session.

    Parameters
    ----------
    session : Session
    parent : QWidget
        The owner of the dialogs.
    """

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._widget = parent

    def fill_add(self, menu: QMenu) -> None:
        """Offer what can be put beside the session's network."""
        empty(menu)
        menu.addAction("RNN, LSTM and GRU").triggered.connect(self.add_trio)
        menu.addSeparator()
        self._add_choices(menu, -1)
        menu.addSeparator()
        self._add_sequences(menu.addMenu("The same network on another sequence"))
        if self._session.view.rivals:
            menu.addSeparator()
            menu.addAction("Remove all").triggered.connect(self._session.rivals.clear)

    def fill_change(self, menu: QMenu, place: int) -> None:
        """Offer what can be done with the network of a place; 0 is the session's own."""
        self._add_choices(menu, place)
        if place > 0:
            menu.addSeparator()
            menu.addAction("Remove").triggered.connect(partial(self._session.rivals.remove, place - 1))

    def add_trio(self) -> None:
        """Put RNN, LSTM and GRU beside one another."""
        self._session.rivals.add_trio()

    def add_seed(self) -> None:
        """Put the same network with another seed beside the session's: the next that is not there yet."""
        self._change(-1, seed=self._next_seed())

    def offer_sequences(self, menu: QMenu) -> None:
        """Offer other sequences for the session's network."""
        empty(menu)
        self._add_sequences(menu)

    def _add_choices(self, menu: QMenu, place: int) -> None:
        """Offer other cells, sizes, initialisations and seeds; of place -1 a copy of the session's network has them."""
        cell_menu = menu.addMenu("Another cell" if place < 0 else "Cell")
        for family, names in cells.families().items():
            family_menu = cell_menu.addMenu(family)
            for name in names:
                family_menu.addAction(cells.title(name)).triggered.connect(partial(self._change, place, cell=name))
        size_menu = menu.addMenu("Another size" if place < 0 else "Units")
        for units in UNITS:
            size_menu.addAction(f"{units} units").triggered.connect(partial(self._change, place, hidden_size=units))
        start_menu = menu.addMenu("Another initialisation" if place < 0 else "Initialisation")
        for value, title in INITIALISATIONS:
            start_menu.addAction(title).triggered.connect(partial(self._change, place, initialisation=value))
        menu.addAction("Another seed").triggered.connect(partial(self._reseed, place))
        if place != 0:
            menu.addSeparator()
            sample_menu = menu.addMenu("A sample")
            for sample in samples():
                action = sample_menu.addAction(sample.title)
                action.setToolTip(plain_tip(sample.description))
                action.triggered.connect(partial(self._open, place, sample.path))
            menu.addAction("From a session file…").triggered.connect(partial(self._ask_session, place))

    def _add_sequences(self, menu: QMenu) -> None:
        document = self._session.view.document
        if document is None:
            return
        for title, source in other_sequences(document.source):
            menu.addAction(title).triggered.connect(partial(self._read, source))
        if isinstance(document.source, TextSource):
            menu.addAction("Another text…").triggered.connect(self._ask_text)
        menu.addAction("From a file…").triggered.connect(self._ask_sequence)

    def _change(self, place: int, **changes: object) -> None:
        session = self._session
        if place < 0:
            session.rivals.add_copy(**changes)
        elif place == 0:
            session.change_spec(**changes)
        else:
            session.rivals.change(place - 1, **changes)

    def _reseed(self, place: int) -> None:
        self._change(place, seed=self._next_seed())

    def _next_seed(self) -> int:
        views = (self._session.view, *self._session.view.rivals)
        return 1 + max((view.document.spec.seed for view in views if view.document is not None), default=0)

    def _open(self, place: int, path: Path) -> None:
        try:
            document = read_session(path).document
        except RnnvizError as error:
            self._session.show_message(str(error), "error")
            return
        if place < 0:
            self._session.rivals.add_document(document)
        else:
            self._session.rivals.put_document(place - 1, document)

    def _ask_session(self, place: int) -> None:
        path, _ = QFileDialog.getOpenFileName(self._widget, "Compare with the network of a session", "", _SESSIONS)
        if path:
            self._open(place, Path(path))

    def _ask_sequence(self) -> None:
        document = self._session.view.document
        path, _ = QFileDialog.getOpenFileName(self._widget, "Compare with another sequence", "", _SEQUENCES)
        if not path or document is None:
            return
        try:
            self._read(read_source(Path(path), document.source))
        except RnnvizError as error:
            self._session.show_message(str(error), "error")

    def _ask_text(self) -> None:
        document = self._session.view.document
        if document is None or not isinstance(document.source, TextSource):
            return
        text, wanted = QInputDialog.getMultiLineText(
            self._widget, "Compare with another text", "The same network reads:", document.source.text
        )
        if wanted and text:
            try:
                self._read(with_text(document.source, text))
            except RnnvizError as error:
                self._session.show_message(str(error), "error")

    def _read(self, source: SequenceSource) -> None:
        self._session.rivals.add_sequence(source)


def with_text(source: TextSource, text: str) -> TextSource:
    """Return another text in the vocabulary of a text, so that the same network can read it."""
    return msgspec.structs.replace(source, text=text, vocabulary=token_vocabulary(source))


def other_sequences(source: SequenceSource) -> Sequence[tuple[str, SequenceSource]]:
    """Return sequences that the network of a sequence can read as well, each with its name."""
    if isinstance(source, SignalSource):
        waves = source.components
        slower = tuple(msgspec.structs.replace(wave, period=2 * wave.period) for wave in waves)
        lower = tuple(msgspec.structs.replace(wave, amplitude=wave.amplitude / 2) for wave in waves)
        found: list[tuple[str, SequenceSource]] = [
            ("The signal at half the speed", msgspec.structs.replace(source, components=slower)),
            ("The signal at half the height", msgspec.structs.replace(source, components=lower)),
        ]
        if any(wave.kind == "noise" for wave in waves):
            found.append(("Other noise", msgspec.structs.replace(source, seed=source.seed + 1)))
        return found
    if not isinstance(source, TextSource):
        return []
    return [
        (message if len(message) <= 60 else f"{message[:59]}…", with_text(source, message))
        for message in _messages()
        if message != source.text and _readable(source, message)
    ][:_MOST_MESSAGES]


def _messages() -> tuple[str, ...]:
    try:
        return sample_messages()
    except RnnvizError:
        return ()


def _readable(source: TextSource, text: str) -> bool:
    try:
        with_text(source, text).encode()
    except RnnvizError:
        return False
    return True
