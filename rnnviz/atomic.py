"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.regularfile import kind_fault, name_fault

_CAUSES = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would be larger than is allowed there",
    errno.EACCES: "writing there is not permitted",
    errno.EPERM: "writing there is not permitted",
    errno.EROFS: "the disk is read-only",
    errno.ENAMETOOLONG: "the name is too long",
    errno.EISDIR: "a folder has that name",
    errno.ENOTDIR: "a part of the path is a file, not a folder",
}


@contextmanager
def replacing(path: str | os.PathLike[str], refusal: type[RnnvizError] = RnnvizError) -> Iterator[BinaryIO]:
    """Write a file beside its place and move it there once it is complete.

    Parameters
    ----------
    path : path-like
        The place; a symbolic link keeps pointing to the same file.
    refusal : type of RnnvizError
        What is raised where the system refuses.

    Yields
    ------
    binary file
        Open for writing. When the block raises, nothing is moved and nothing is left.

    Raises
    ------
    RnnvizError
        Of the type ``refusal``, where the system refuses; the message names the cause and the path.
    """
    part: Path | None = None
    try:
        target = _checked(path, refusal)
        part = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}.part")
        with part.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, part)
        part.replace(target)
    except OSError as error:
        cause = _CAUSES.get(error.errno or 0) or error.strerror or str(error)
        raise refusal(f"cannot write {path}: {cause}") from error
    finally:
        if part is not None:
            with suppress(OSError):
                part.unlink(missing_ok=True)


def _checked(path: str | os.PathLike[str], refusal: type[RnnvizError]) -> Path:
    """Return the file to write, behind a symbolic link where there is one."""
    if fault := name_fault(path):
        raise refusal(f"cannot write {path!r}: {fault}")
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise refusal(f"cannot write {path}: a folder has that name")
    # Who may do everything would put a file where a device was, for all programs of the machine.
    if target.exists() and (fault := kind_fault(target.stat().st_mode)):
        raise refusal(f"cannot write {path}: {fault}")
    if not target.parent.is_dir():
        raise refusal(f"cannot write {path}: there is no folder {target.parent}")
    return target
