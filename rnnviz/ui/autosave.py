"""What is open and not saved, kept every few seconds in the user's cache, for the case that the program is killed.

Each window has a folder of its own there, beside a lock that is held as long as its program lives: a folder whose lock
nobody holds is what a killed one left. The weights stand in a file of their own, written once, so that what a change
costs does not grow with the network.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
from PySide6.QtCore import QLockFile, QObject, QStandardPaths, QTimer

from rnnviz.engine import sessionfile
from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.regularfile import read_file
from rnnviz.ui.files import Files
from rnnviz.ui.history import MOST_BYTES, MOST_STEPS, Digest, History, gather, read_history
from rnnviz.ui.session import Session
from rnnviz.ui.sessionfile import SavedSession, read_session, saved_session
from rnnviz.ui.view import Document

EVERY = 2000
"""Milliseconds between two looks at whether something has changed."""
MOST_KEPT = 5
"""Folders of killed programs that are kept; the oldest go first."""
_SESSION, _ABOUT, _HISTORY = "session.rnnviz", "about.json", "history.json"
_ABOUT_BYTES = 1 << 16


class About(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said of a kept session before it is opened: its name, file and the seconds since 1970.

    ``undo`` tells how many steps can be undone, ``lost`` how many older ones there was no room for.
    """

    name: Annotated[str, msgspec.Meta(max_length=4096)]
    path: Annotated[str, msgspec.Meta(max_length=4096)]
    kept: float
    weights: Digest
    rivals: Annotated[tuple[Digest, ...], msgspec.Meta(max_length=8)]
    undo: Annotated[int, msgspec.Meta(ge=0, le=MOST_STEPS)] = 0
    lost: Annotated[int, msgspec.Meta(ge=0)] = 0


def autosave_root() -> Path:
    """Return the folder in the user's cache under which sessions are kept."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.CacheLocation)) / "autosave"


class Autosave(QObject):
    """Keeps the session of a window while it has changes that are not saved.

    Parameters
    ----------
    session : Session
    files : Files
    layout : callable
        Returns the arrangement of the docks.
    root : Path, optional
        Where the folders stand; None: in the user's cache.
    """

    def __init__(self, session: Session, files: Files, layout: Callable[[], bytes], root: Path | None = None) -> None:
        super().__init__(session)
        self._session, self._files, self._layout = session, files, layout
        self._folder = (root or autosave_root()) / f"{os.getpid()}-{secrets.token_hex(4)}"
        self._lock = _lock_of(self._folder)
        self._kept: tuple[object, ...] = ()
        self._hashes: dict[int, tuple[bytes, str]] = {}
        self._failed = False
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self.keep)
        self._timer.start()

    @property
    def folder(self) -> Path:
        """Where the session is kept."""
        return self._folder

    def keep(self) -> None:
        """Write what is open, if it has changed since that was done last; nothing where all is saved."""
        if not self._files.modified:
            self.discard()
            return
        view = self._session.view
        if view.document is None or view.trace is None:
            return  # it is being built: what was kept before stays
        rivals = [(rival.document, rival.own_source) for rival in self._session.rivals.chosen]
        chosen = (view.position, view.options, view.units, view.layer, view.scope)
        stack = self._session.undo_stack
        now = (view.document, *chosen, self._files.path, stack.count(), stack.index(), *rivals)
        if now == self._kept:
            return
        try:
            self._write(saved_session(view, None, self._layout(), rivals), view.document.weights)
        except (RnnvizError, OSError) as error:
            if not self._failed:
                told = f"What is not saved cannot be kept for the case of a crash: {error}"
                self._session.show_message(told, "error")
            self._failed = True
            return
        self._kept, self._failed = now, False

    def discard(self) -> None:
        """Forget what was kept: it was saved, or is not wanted."""
        if self._kept:
            self._kept = ()
            self._hashes.clear()
            shutil.rmtree(self._folder, ignore_errors=True)
            self._lock.unlock()

    def stop(self) -> None:
        """Keep nothing more; what was kept stays."""
        self._timer.stop()

    def _write(self, saved: SavedSession, weights: bytes | None) -> None:
        if not self._folder.is_dir():
            self._folder.parent.mkdir(parents=True, exist_ok=True)
            if not self._lock.tryLock(0):  # first, or another program that starts would take the folder for a leftover
                raise OSError(0, f"{self._folder} cannot be locked")
            self._folder.mkdir()
        names = [self._stored(each) for each in (weights, *saved.rival_weights)]
        seen = set(names)
        history = gather(self._session, lambda each: self._noted(each, seen))
        plain = replace(saved, weights=None, rival_weights=tuple(None for _ in saved.rival_weights))
        self._replace(_SESSION, lambda file: sessionfile.write(file, plain.manifest, None, plain.rival_weights))
        path = "" if self._files.path is None else str(self._files.path)
        self._replace(_HISTORY, lambda file: file.write(history.content))
        now, digests = datetime.now(UTC).timestamp(), (names[0], tuple(names[1:]))
        about = About(saved.manifest.name, path, now, *digests, history.steps, history.left_out)
        self._replace(_ABOUT, lambda file: file.write(msgspec.json.encode(about)))
        for old in self._folder.glob("*.weights"):
            if old.stem not in seen:
                old.unlink(missing_ok=True)

    def _noted(self, weights: bytes | None, seen: set[str]) -> str:
        name = self._stored(weights)
        seen.add(name)
        return name

    def _stored(self, weights: bytes | None) -> str:
        """Write weights, unless they stand there, and return their name."""
        if weights is None:
            return "none"
        known = self._hashes.get(id(weights))
        name = known[1] if known is not None and known[0] is weights else hashlib.sha256(weights).hexdigest()
        self._hashes = {**dict(list(self._hashes.items())[-8:]), id(weights): (weights, name)}
        if not (self._folder / f"{name}.weights").exists():
            self._replace(f"{name}.weights", lambda file: file.write(weights))
        return name

    def _replace(self, name: str, write: Callable[..., object]) -> None:
        """Write a file whole or not at all; it must outlive this program, not the computer's power."""
        part = self._folder / f"{name}.part"
        with part.open("wb") as file:
            write(file)
        part.replace(self._folder / name)


@dataclass(frozen=True, eq=False)
class Leftover:
    """A session that a program kept which ended without saving it; its lock is held.

    Parameters
    ----------
    folder : Path
    about : About
    lock : QLockFile
    """

    folder: Path
    about: About
    lock: QLockFile

    @property
    def path(self) -> Path | None:
        """The file that the session belongs to."""
        return Path(self.about.path) if self.about.path else None

    @property
    def when(self) -> datetime:
        """When it was kept, in the time of the place."""
        return datetime.fromtimestamp(self.about.kept, UTC).astimezone()

    def read(self) -> SavedSession:
        """Read the session.

        Raises
        ------
        RnnvizError
            When it is damaged.
        """
        saved = read_session(self.folder / _SESSION)
        weights, *rivals = (self._weights(name) for name in (self.about.weights, *self.about.rivals))
        return replace(saved, weights=weights, rival_weights=tuple(rivals))

    def history(self, shown: Document) -> tuple[History | None, str]:
        """Read what can be undone in what was kept; where it cannot be read, None and the reason in one sentence."""
        if not self.about.undo and not (self.folder / _HISTORY).exists():
            return None, ""  # an older rnnviz kept it
        try:
            content = read_file(self.folder / _HISTORY, 2 * MOST_BYTES)
        except OSError as error:
            return None, f"the steps of undo that were kept cannot be read: {error.strerror or error}"
        return read_history(content, self._weights, shown)

    def _weights(self, name: str) -> bytes | None:
        if name == "none":
            return None
        try:
            content = read_file(self.folder / f"{name}.weights", sessionfile.MOST[sessionfile.WEIGHTS])
        except OSError as error:
            raise RnnvizError(f"the weights that were kept cannot be read: {error.strerror or error}") from error
        if hashlib.sha256(content).hexdigest() != name:
            raise RnnvizError("the weights that were kept are damaged")
        return content

    def remove(self) -> None:
        """Forget it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.lock.unlock()

    def release(self) -> None:
        """Leave it for another start."""
        self.lock.unlock()


def leftovers(root: Path | None = None) -> list[Leftover]:
    """Return what killed programs left, the newest first; what is damaged or too old is removed."""
    root = root or autosave_root()
    try:
        folders = [folder for folder in root.iterdir() if folder.is_dir()]
    except OSError:
        return []  # nothing was ever kept
    found = [left for left in map(_leftover, folders) if left is not None]
    found.sort(key=lambda left: -left.about.kept)
    for left in found[MOST_KEPT:]:
        left.remove()
    return found[:MOST_KEPT]


def _leftover(folder: Path) -> Leftover | None:
    lock = _lock_of(folder)
    if not lock.tryLock(0):
        return None  # its program lives, or another one that starts has it
    try:
        about = msgspec.json.decode(read_file(folder / _ABOUT, _ABOUT_BYTES), type=About)
        left = Leftover(folder, about, lock)
        if (folder / _SESSION).is_file() and abs(about.kept) < 1e11:
            return left
    except (OSError, msgspec.DecodeError, UnicodeError, RecursionError):
        pass  # it was killed before it had kept anything whole
    shutil.rmtree(folder, ignore_errors=True)
    lock.unlock()
    return None


def _lock_of(folder: Path) -> QLockFile:
    lock = QLockFile(str(folder.with_name(f"{folder.name}.lock")))
    lock.setStaleLockTime(0)  # a lock is stale when its process is gone, never because it is old
    return lock
