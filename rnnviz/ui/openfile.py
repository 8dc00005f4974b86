"""The file that a window has open: who else has it open, and whether something else has changed it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from PySide6.QtCore import QLockFile, QStandardPaths

Stamp = tuple[int, int] | None
"""Time of the last change in nanoseconds, and size; None where there is no file."""


def stamp_of(path: Path) -> Stamp:
    """Return what tells one state of a file from another."""
    try:
        told = path.stat()
    except OSError:
        return None
    return told.st_mtime_ns, told.st_size


class OpenFile:
    """One file, and the lock in the user's cache that tells other windows of it.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.stamp = stamp_of(path)
        name = hashlib.sha256(str(path.absolute()).encode("utf-8", "surrogateescape")).hexdigest()[:32]
        folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.CacheLocation)) / "open"
        self._lock = QLockFile(str(folder / f"{name}.lock"))
        self._lock.setStaleLockTime(0)
        self.elsewhere = ""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            return  # without a cache windows do not know of each other
        if not self._lock.tryLock(0) and self._lock.error() == QLockFile.LockError.LockFailedError:
            self.elsewhere = f"{path.name} is open in another window of rnnviz, too: what is saved last stays"

    def disturbed(self) -> str:
        """Return what has happened to the file behind the back of this window; empty where nothing has."""
        now = stamp_of(self.path)
        if now == self.stamp or self.stamp is None:
            return ""
        return f"{self.path.name} was {'removed' if now is None else 'changed'} by something else since it was opened."

    def close(self) -> None:
        """Tell others that this window has let go of it."""
        self._lock.unlock()
