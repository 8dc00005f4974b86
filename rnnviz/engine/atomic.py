"""Files of the engine that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from rnnviz.engine.errors import SessionFileError

_CAUSES = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.ENOENT: "there is no such folder",
    errno.EACCES: "writing there is not permitted",
    errno.EPERM: "writing there is not permitted",
    errno.EISDIR: "a folder has that name",
    errno.ENOTDIR: "a part of the path is a file, not a folder",
}


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Write a file beside its place and move it there once it is complete.

    Parameters
    ----------
    path : path-like
        The place; a symbolic link keeps pointing to the same file.

    Yields
    ------
    binary file
        Open for writing. When the block raises, nothing is moved and nothing is left.

    Raises
    ------
    SessionFileError
        When the system refuses; the message names the cause and the path.
    """
    target = Path(os.path.realpath(path))
    part = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        cause = _CAUSES.get(error.errno or 0) or error.strerror or str(error)
        raise SessionFileError(f"{path} cannot be written: {cause}") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
