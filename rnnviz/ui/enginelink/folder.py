"""The folder with the files that window and engine share, which goes when the program goes, however that ends."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from pathlib import Path

from PySide6.QtCore import QLockFile, QStandardPaths

from rnnviz.engine.errors import EngineError


class RunFolder:
    """A folder of one link, beside a lock file that is held as long as it is in use.

    Folders whose lock nobody holds are what crashed programs left; they are removed first.

    Parameters
    ----------
    root : Path or None
        Where such folders stand; None: in the user's cache, which unlike the temporary folder is seldom in memory. The
        temporary folder takes its place where nothing can be written in the cache.

    Raises
    ------
    EngineError
        When the folder cannot be made; the message names it.
    """

    def __init__(self, root: Path | None = None) -> None:
        root, self._borrowed = _default_root() if root is None else (root, None)
        self.path = root / f"{os.getpid()}-{secrets.token_hex(4)}"
        self._lock = _lock_of(self.path)
        self._parts = 0
        try:
            root.mkdir(parents=True, exist_ok=True)
            remove_stale(root)
            # The lock comes first: a folder without one may be removed by any program that starts.
            if not self._lock.tryLock(0):
                raise EngineError(f"The folder for recorded signals cannot be locked: {self.path}")
            self.path.mkdir()
        except OSError as error:
            self._lock.unlock()
            raise EngineError(
                f"The folder for recorded signals cannot be made: {error.strerror} ({error.filename})"
            ) from error

    def new_part(self) -> Path:
        """Make a folder for one engine: the files of an earlier one are still mapped and must not be written again."""
        self._parts += 1
        part = self.path / str(self._parts)
        part.mkdir()
        return part

    def remove_earlier_parts(self) -> None:
        """Remove the folders of engines that ended, once nothing more is going to be mapped from them."""
        for number in range(1, self._parts):
            shutil.rmtree(self.path / str(number), ignore_errors=True)

    def remove(self) -> None:
        """Remove the folder; what the system still holds (Windows: mapped files) goes at the next start."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.unlock()
        if self._borrowed is not None:
            shutil.rmtree(self._borrowed, ignore_errors=True)


def default_root() -> Path:
    """Return the folder in the user's cache under which run folders stand."""
    cache = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.CacheLocation)
    return Path(cache) / "engine"


def _default_root() -> tuple[Path, Path | None]:
    """Return where run folders stand, and that folder again where it is a temporary one, to be removed at the end."""
    root = default_root()
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root):
            return root, None
    except OSError:
        borrowed = Path(tempfile.mkdtemp(prefix="rnnviz-"))
        return borrowed, borrowed


def remove_stale(root: Path) -> None:
    """Remove the run folders whose programs are gone."""
    for folder in root.iterdir():
        if not folder.is_dir():
            continue
        lock = _lock_of(folder)
        if lock.tryLock(0):
            shutil.rmtree(folder, ignore_errors=True)
            lock.unlock()


def _lock_of(folder: Path) -> QLockFile:
    lock = QLockFile(str(folder.with_name(f"{folder.name}.lock")))
    lock.setStaleLockTime(0)  # a lock is stale when its process is gone, never because it is old
    return lock
