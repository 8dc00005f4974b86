"""The one door through which a file from outside is opened: a file, and at once, or an error.

Opening a pipe would wait for whoever writes to it, and a device may never end.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_KINDS = (
    (stat.S_ISDIR, "it is a folder"),
    (stat.S_ISFIFO, "it is a pipe, not a file"),
    (stat.S_ISSOCK, "it is a socket, not a file"),
    (stat.S_ISCHR, "it is a device, not a file"),
    (stat.S_ISBLK, "it is a device, not a file"),
)


class NoFileError(OSError):
    """What was to be opened cannot be read as a file; ``strerror`` says why."""


@contextmanager
def opened(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a file for reading, without waiting for anybody.

    Yields
    ------
    binary file

    Raises
    ------
    NoFileError
        When it is a folder, a pipe, a socket or a device, also behind a link, or no name that a file can have.
    OSError
        When it cannot be opened.
    """
    name = os.fspath(path)
    if "\0" in name:
        raise NoFileError(0, "no file has a zero byte in its name", name.replace("\0", "\\0"))
    _check(Path(name).stat().st_mode, name)
    # What stands there may have been exchanged since: the file that was opened is looked at again.
    with open(name, "rb", opener=_without_waiting) as file:
        _check(os.fstat(file.fileno()).st_mode, name)
        yield file


def read_file(path: str | os.PathLike[str], most: int) -> bytes:
    """Return the bytes of a file, at most one more than `most`: a file that grows has an end too.

    Raises
    ------
    OSError
        As `opened`.
    """
    with opened(path) as file:
        return file.read(most + 1)


def _check(mode: int, name: str) -> None:
    reason = next((reason for is_kind, reason in _KINDS if is_kind(mode)), "")
    if reason or not stat.S_ISREG(mode):
        raise NoFileError(0, reason or "it is not a file", name)


def _without_waiting(name: str, flags: int) -> int:
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))
