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


def name_fault(path: object) -> str:
    """Say why something cannot be the path of a file, whether there is one or not; empty where it can."""
    try:
        name = os.fspath(path)  # type: ignore[call-overload]
        if not isinstance(name, str):
            return "it is not the path of a file"
        os.fsencode(name)
    except TypeError:
        return "it is not the path of a file"
    except UnicodeEncodeError:
        return "its name has characters that no name of a file can have here"
    return "no file has a zero byte in its name" if "\0" in name else ""


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
    if fault := name_fault(path):
        raise NoFileError(0, fault, repr(path))
    name = os.fspath(path)
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


def kind_fault(mode: int) -> str:
    """Say what something is that is no file, by its mode; empty where it is one."""
    reason = next((reason for is_kind, reason in _KINDS if is_kind(mode)), "")
    return reason or ("" if stat.S_ISREG(mode) else "it is not a file")


def _check(mode: int, name: str) -> None:
    if fault := kind_fault(mode):
        raise NoFileError(0, fault, name)


def _without_waiting(name: str, flags: int) -> int:
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))
