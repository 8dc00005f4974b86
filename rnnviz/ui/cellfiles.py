"""Files that hold a cell: the text of its equations, under comments that name it."""

from __future__ import annotations

from pathlib import Path

from rnnviz.atomic import replacing
from rnnviz.engine.errors import CellError, RnnvizError
from rnnviz.engine.language import parse_cell
from rnnviz.engine.language.tokens import MAX_CHARACTERS
from rnnviz.engine.regularfile import read_file

SUFFIX = ".cell"
_LARGEST = 4 * MAX_CHARACTERS
"""Bytes that a file may have: as many characters as a cell may, each as long as UTF-8 makes any."""


class CellFileError(RnnvizError):
    """A file does not hold a cell, or cannot be read or written."""


def read_cell_file(path: Path) -> str:
    """Return the text of the cell in a file; it is read and checked, never run.

    Parameters
    ----------
    path : Path
        Plain UTF-8 text, with or without a byte order mark.

    Raises
    ------
    CellFileError
        One sentence with the name of the file, and line and column where a place is at fault.
    """
    try:
        data = read_file(path, _LARGEST)
    except OSError as error:
        raise CellFileError(f"{path.name} cannot be read: {error.strerror or error}") from error
    if len(data) > _LARGEST:
        raise CellFileError(f"{path.name} is larger than {_LARGEST:,} bytes, which no cell is")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CellFileError(f"{path.name}, line {line}: the file is not UTF-8 text") from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        parse_cell(text)
    except CellError as error:
        raise CellFileError(f"{path.name}, {error}") from error
    return text


def cell_path(path: Path, _filter: str = "") -> Path:
    """Return a path with the ending of cells."""
    return path if path.suffix.lower() == SUFFIX else path.with_name(path.name + SUFFIX)


def write_cell_file(text: str, path: Path) -> Path:
    """Write a cell, whole or not at all, and return the file; the suffix is added where it is missing.

    Parameters
    ----------
    text : str
        The equations; comments above them give title and description.
    path : Path

    Raises
    ------
    CellError
        When the text is not a cell, with line and column.
    CellFileError
        When the system refuses; the sentence names the cause.
    """
    parse_cell(text)
    path = cell_path(path)
    with replacing(path, CellFileError) as file:
        file.write((text.rstrip() + "\n").encode("utf-8", "replace"))
    return path
