"""Opening and saving: what kind a file is, what becomes of it, and which file the session belongs to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Signal

from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.sequence import (
    SequenceSource,
    TextSource,
    encode,
    read_image_file,
    read_table_file,
    read_text_file,
    token_vocabulary,
)
from rnnviz.ui import cellfiles
from rnnviz.ui.celluse import use_cell
from rnnviz.ui.history import History
from rnnviz.ui.openfile import OpenFile, stamp_of
from rnnviz.ui.samples import first_sample, first_sample_path
from rnnviz.ui.session import Session
from rnnviz.ui.sessionfile import SUFFIX, SavedSession, read_session, saved_session, write_session
from rnnviz.ui.settings import Settings
from rnnviz.ui.start import plain_document

TABLES = (".csv", ".tsv")
TEXTS = (".txt", ".md")
IMAGES = (".png", ".jpg", ".jpeg", ".bmp", ".gif")
MODELS = (".pt", ".pth", ".safetensors", ".onnx", ".keras", ".h5")

OPENABLE = (
    f"All that rnnviz opens (*{SUFFIX} *.csv *.tsv *.txt *.png *.jpg *.jpeg *.bmp *.gif *{cellfiles.SUFFIX});;"
    f"Sessions (*{SUFFIX});;Tables (*.csv *.tsv);;Texts (*.txt);;Images (*.png *.jpg *.jpeg *.bmp *.gif);;"
    f"Cells (*{cellfiles.SUFFIX});;All (*)"
)


_DEFAULT = b'{"layout": "Default"}'
"""The layout of the samples that bring none of their own."""


class FileError(RnnvizError):
    """A file is of no kind that rnnviz opens."""


def read_source(path: Path, present: SequenceSource | None) -> SequenceSource:
    """Read a text, table or image as a sequence.

    Parameters
    ----------
    path : Path
    present : SequenceSource or None
        The sequence that is open: a text keeps its level and, where it can, its vocabulary, so that trained weights
        stay of use.

    Raises
    ------
    RnnvizError
        When the file is of another kind or cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix in TABLES:
        return read_table_file(path)
    if suffix in IMAGES:
        return read_image_file(path)
    if suffix in TEXTS:
        try:
            return _text(read_text_file(path), present)
        except RnnvizError as error:
            raise error if str(error).startswith(path.name) else FileError(f"{path.name}: {error}") from error
    if suffix in MODELS:
        raise FileError(f"{path.name} cannot be opened here: a model is taken over in Python, with rnnviz.from_torch")
    raise FileError(
        f"{path.name} cannot be opened: rnnviz opens sessions ({SUFFIX}), tables (.csv, .tsv), texts (.txt), "
        f"cells ({cellfiles.SUFFIX}) and images"
    )


def _text(text: str, present: SequenceSource | None) -> SequenceSource:
    fresh = TextSource(text=text)
    if isinstance(present, TextSource):
        kept = msgspec.structs.replace(present, text=text)
        try:
            encode(kept)
        except RnnvizError:
            fresh = msgspec.structs.replace(kept, vocabulary=None)
        else:
            return kept
    token_vocabulary(fresh)  # refused here, where the file is known, rather than when it is put to the network
    return fresh


def session_path(path: Path, _filter: str = "") -> Path:
    """Return a path with the ending of sessions."""
    return path if path.suffix.lower() == SUFFIX else path.with_name(path.name + SUFFIX)


@dataclass(frozen=True)
class _Opened:
    """A session as it was opened: from where, how the docks stood then, and whether its file was written over since."""

    saved: SavedSession
    path: Path | None
    sample: Path | None
    arrangement: bytes
    overwritten: bool = False


class Files(QObject):
    """The files of a session.

    Parameters
    ----------
    session : Session
    settings : Settings
    layout : callable
        Returns the arrangement of the docks, for the session file.
    arrange : callable
        Brings an arrangement of a session file back.
    """

    changed = Signal()
    """The session belongs to another file, or was saved."""
    restored = Signal()
    """The session is as it was opened again."""

    def __init__(
        self,
        session: Session,
        settings: Settings,
        layout: Callable[[], bytes],
        arrange: Callable[[bytes], object],
    ) -> None:
        super().__init__(session)
        self._session = session
        self._settings = settings
        self._layout = layout
        self._arrange = arrange
        self.path: Path | None = None
        self.sample: Path | None = None
        self._opened: _Opened | None = None
        self._file: OpenFile | None = None
        self.changed.connect(self._hold)

    @property
    def modified(self) -> bool:
        """Whether network or sequence were changed since the session was opened or saved."""
        return not self._session.undo_stack.isClean()

    def open(self, path: Path) -> None:
        """Open a file of any kind; a refusal becomes the message of the session."""
        try:
            if path.suffix.lower() == SUFFIX:
                self._open_session(path)
            elif path.suffix.lower() == cellfiles.SUFFIX:
                self._open_cell(path)
            else:
                self._open_source(path)
        except RnnvizError as error:
            self._session.show_message(str(error), "error")

    def open_sample(self, path: Path) -> None:
        """Open a sample session; saving it asks for a new place."""
        try:
            self._show(read_session(path), None, path)
        except RnnvizError as error:
            self._session.show_message(str(error), "error")

    def open_first(self) -> None:
        """Open the first sample; without it, an untrained network, and the reason is told.

        Its run was recorded with it, so that it is looked at while the engine is still starting.
        """
        try:
            saved = first_sample()
            if (run := saved.run) is None:
                self._show(saved, None)
            else:
                self._session.show_recorded(saved.document, run, saved.position, **saved.fields())
                self._shown(saved, None)
            self.sample = first_sample_path()
        except RnnvizError as error:
            self._session.open_document(plain_document())
            self._session.show_message(str(error), "error")

    def recover(
        self, saved: SavedSession, path: Path | None, then: Callable[[], None], history: History | None = None
    ) -> None:
        """Open a session that was kept and not saved, with what can be undone; `then` is called when it is open."""
        self._show(saved, path, then=partial(self._recovered, then, history))

    def _recovered(self, then: Callable[[], None], history: History | None) -> None:
        if history is not None:
            history.put_back(self._session)
        self._session.undo_stack.resetClean()
        self.changed.emit()
        then()

    def disturbed(self) -> str:
        """Return what something else has done to the file that is open; empty where nothing has."""
        return "" if self._file is None else self._file.disturbed()

    def close(self) -> None:
        """Let go of the file that is open."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _hold(self) -> None:
        """Take hold of the file that is open, and say who else has."""
        if self._file is not None and self._file.path == self.path:
            return
        self.close()
        if self.path is not None:
            self._file = OpenFile(self.path)
            if self._file.elsewhere:
                self._session.show_message(self._file.elsewhere, "error")

    def restore(self) -> None:
        """Bring the session back as it was opened, with its layout; undo brings the present document back."""
        if (opened := self._opened) is None:
            self.open_first()
            return
        saved = opened.saved
        self._session.open_document(
            saved.document,
            position=saved.position,
            run_to=saved.manifest.published,
            undoable=True,
            fields=saved.fields(),
            then=[partial(self._restored, opened)],
        )

    def _restored(self, opened: _Opened) -> None:
        overwritten = opened.path is not None and opened.overwritten
        self.path, self.sample = opened.path, opened.sample
        self._session.rivals.restore(opened.saved.rivals)
        self._arrange(opened.arrangement)
        if not overwritten:
            self._session.undo_stack.setClean()
        self.restored.emit()
        self.changed.emit()

    def save(self, path: Path) -> None:
        """Save the session; done, or refused, when the engine has answered with the weights."""
        path = session_path(path)
        view = self._session.view
        if view.engine == "dead" and view.document is not None:  # its weights, or those that its seed gives
            self._gather(path, view.document.weights)
        else:
            self._session.request_weights(partial(self._gather, path))

    def _open_session(self, path: Path) -> None:
        self._show(read_session(path), path)

    def _open_cell(self, path: Path) -> None:
        """Put the cell of a file into the network that is open."""
        text = cellfiles.read_cell_file(path)
        if self._session.view.document is None:
            self._session.open_document(plain_document())
        fault = use_cell(self._session, text)
        if fault:
            raise FileError(f"{path.name}: {fault}")
        self._settings.add_recent(path)
        self.changed.emit()

    def _open_source(self, path: Path) -> None:
        document = self._session.view.document
        source = read_source(path, document.source if document is not None else None)
        if document is None:
            self._session.open_document(plain_document())
        if self._session.set_source(source):
            self._settings.add_recent(path)
            self.changed.emit()

    def _show(
        self,
        saved: SavedSession,
        path: Path | None,
        sample: Path | None = None,
        then: Callable[[], None] | None = None,
    ) -> None:
        self._session.open_document(
            saved.document,
            position=saved.position,
            run_to=saved.manifest.published,
            fields=saved.fields(),
            then=[partial(self._shown, saved, path, sample), *([] if then is None else [then])],
            refusal=f"the session {path or saved.manifest.name} cannot be opened",
        )

    def _shown(self, saved: SavedSession, path: Path | None, sample: Path | None = None) -> None:
        """Take note of a session that is open now; one that could not be opened never comes here."""
        self.path, self.sample = path, sample
        self._session.rivals.restore(saved.rivals)
        self._session.undo_stack.clear()
        if saved.layout or sample is not None:
            self._arrange(saved.layout or _DEFAULT)
        self._opened = _Opened(saved, path, sample, self._layout())
        if path is not None:
            self._settings.add_recent(path)
        if saved.manifest.description:
            self._session.show_message(saved.manifest.description)
        self.changed.emit()

    def _gather(self, path: Path, weights: bytes | None) -> None:
        """Ask for the weights of the networks that are compared, and write the file when they are there."""
        self._session.rivals.request_weights(partial(self._write, path, weights))

    def _write(self, path: Path, weights: bytes | None, rival_weights: tuple[bytes | None, ...] = ()) -> None:
        session, view = self._session, self._session.view
        document = view.document
        if document is not None and self.path != path:
            name = path.stem.encode("utf-8", "replace").decode()  # bytes that are no UTF-8 make half characters
            document = replace(document, name=name)
        try:
            rivals = [
                (replace(rival.document, weights=own), rival.own_source)
                for rival, own in zip(session.rivals.chosen, rival_weights, strict=True)
            ]
            saved = saved_session(replace(view, document=document), weights, self._layout(), rivals)
            write_session(saved, path)
        except RnnvizError as error:
            session.show_message(str(error), "error")
            return
        session.apply(document=document)
        self.path, self.sample = path, None
        if self._opened is not None and self._opened.path == path:
            self._opened = replace(self._opened, overwritten=True)
        session.undo_stack.setClean()
        self._settings.add_recent(path)
        session.show_message(f"Saved as {path}")
        self.changed.emit()
        if self._file is not None:
            self._file.stamp = stamp_of(path)
