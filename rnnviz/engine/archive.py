"""A stored zip of arrays and other members, read without believing what it says of itself."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import IO, BinaryIO, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from rnnviz.engine.errors import RnnvizError, SessionFileError
from rnnviz.engine.regularfile import opened

_EPOCH = (1980, 1, 1, 0, 0, 0)
_BROKEN = (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, RuntimeError, ValueError)


class Writer:
    """Adds members to an archive, which is complete when the block ends; the same members always give the same bytes.

    Parameters
    ----------
    file : binary file
    """

    def __init__(self, file: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)

    def add(self, name: str, content: bytes) -> None:
        """Add a member."""
        self._zip.writestr(zipfile.ZipInfo(name, _EPOCH), content)

    def add_array(self, name: str, array: NDArray[np.generic]) -> None:
        """Add an array as ``name.npy``, without Python objects."""
        info = zipfile.ZipInfo(f"{name}.npy", _EPOCH)
        with self._zip.open(info, "w", force_zip64=True) as member:
            np.lib.format.write_array(member, np.ascontiguousarray(array), (1, 0), allow_pickle=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Write the table of contents; after an error, which is the one to tell, the file is given up anyway."""
        with suppress(*((OSError, ValueError) if error else ())):
            self._zip.close()


class Reader:
    """Reads the members of an archive.

    Members must be stored as they are, and together be no larger than the file: what is read is never more than what is
    there, so that a small file cannot ask for much memory.

    Parameters
    ----------
    file : binary file
        Stays open while members are read.

    Raises
    ------
    SessionFileError
        When it is no archive, or a member is compressed, there twice, or larger than the file.
    OSError
        When the file cannot be read.
    """

    def __init__(self, file: IO[bytes]) -> None:
        size = os.fstat(file.fileno()).st_size
        try:
            self._zip = zipfile.ZipFile(file)
        except _BROKEN as error:
            raise SessionFileError(f"it is none, or it was cut short ({error})") from error
        self._members: dict[str, zipfile.ZipInfo] = {}
        try:
            for info in self._zip.infolist():
                self._check(info)
                self._members[info.filename] = info
            if sum(info.file_size for info in self._members.values()) > size:
                raise SessionFileError("its members are said to be larger than the file")
        except SessionFileError:
            self._zip.close()
            raise

    def _check(self, info: zipfile.ZipInfo) -> None:
        name = info.filename[:100]
        if info.filename in self._members:
            raise SessionFileError(f"it has two members named {name}")
        if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size:
            raise SessionFileError(f"its member {name} is compressed, but members are stored as they are")

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def read(self, name: str) -> bytes:
        """Read a member.

        Raises
        ------
        SessionFileError
            When there is none of that name.
        """
        with self._member(name) as member:
            return member.read()

    def read_array(self, name: str, dtype: DTypeLike, shape: tuple[int, ...]) -> NDArray[np.generic]:
        """Read the member ``name.npy``.

        Returns
        -------
        ndarray
            Of that dtype and shape.

        Raises
        ------
        SessionFileError
            When it is missing, or of another dtype or shape.
        """
        with self._member(f"{name}.npy") as member:
            found = self._header(name, member)
            if found != (shape, False, np.dtype(dtype)):
                held = f"{'Fortran-ordered ' if found[1] else ''}{found[2]} {list(found[0])}"
                raise SessionFileError(
                    f"its member {name}.npy holds {held}, but it must be {np.dtype(dtype)} {list(shape)}"
                )
            content = member.read()
        wanted = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
        if len(content) != wanted:
            raise SessionFileError(f"its member {name}.npy has {len(content):,} bytes of numbers, not {wanted:,}")
        return np.frombuffer(content, dtype).reshape(shape)

    @staticmethod
    def _header(name: str, member: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[np.generic]]:
        try:
            if np.lib.format.read_magic(member) != (1, 0):
                raise SessionFileError(f"its member {name}.npy is of another version of the format than 1.0")
            found: tuple[tuple[int, ...], bool, np.dtype[np.generic]] = np.lib.format.read_array_header_1_0(member)
        except (ValueError, RecursionError, MemoryError) as error:
            cause = str(error).partition("\n")[0]
            raise SessionFileError(f"its member {name}.npy is no array: {cause}") from error
        return found

    @contextmanager
    def _member(self, name: str) -> Iterator[IO[bytes]]:
        if name not in self._members:
            raise SessionFileError(f"it has no member {name}")
        try:
            with self._zip.open(self._members[name]) as member:
                yield member
        except _BROKEN as error:
            raise SessionFileError(f"its member {name} is damaged ({str(error) or 'cut short'})") from error


@contextmanager
def reading(path: str | os.PathLike[str], what: str) -> Iterator[Reader]:
    """Open an archive.

    Parameters
    ----------
    path : path-like
    what : str
        What the file should be, for messages: "trace".

    Yields
    ------
    Reader

    Raises
    ------
    SessionFileError
        When the file cannot be read or the block refuses what is in it; the message names the file and the cause.
    """
    refusal = f"the {what} {path} cannot be opened"
    try:
        with opened(path) as file:
            reader = Reader(file)
            try:
                yield reader
            finally:
                reader.close()
    except RnnvizError as error:
        raise SessionFileError(f"{refusal}: {error}") from error
    except OSError as error:
        raise SessionFileError(f"{refusal}: {error.strerror or error}") from error
    except MemoryError as error:
        raise SessionFileError(f"{refusal}: there is not enough memory") from error
