"""Files that become sequences: encodings are told by their mark, every refusal names file and place."""

from __future__ import annotations

import codecs
import io
from os import PathLike
from pathlib import Path

from rnnviz.engine.errors import SequenceError
from rnnviz.engine.regularfile import read_file
from rnnviz.engine.sequence.image import ImageSource, fitting_rows, open_image
from rnnviz.engine.sequence.table import TableSource

MAX_BYTES = 50_000_000
"""The largest file that is read."""

# The mark of UTF-32 begins with that of UTF-16 and has to be tried before it.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)


def read_text_file(path: str | PathLike[str]) -> str:
    """Read a text file.

    Parameters
    ----------
    path : path
        A file in UTF-8, or in UTF-16 or UTF-32 with a byte order mark.

    Returns
    -------
    str
        With line feeds as line ends.

    Raises
    ------
    SequenceError
        If the file is missing, empty, above 50 MB, or not text in one of these encodings.
    """
    text = _decode(_read(Path(path)), Path(path).name)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_table_file(path: str | PathLike[str]) -> TableSource:
    """Read a CSV or TSV file; which columns to use is still to be chosen.

    Returns
    -------
    TableSource

    Raises
    ------
    SequenceError
        As `read_text_file`; whether the text is a table shows when it is described or encoded.
    """
    name = Path(path).name
    return TableSource(name=name, content=_decode(_read(Path(path)), name))


def read_image_file(path: str | PathLike[str]) -> ImageSource:
    """Read an image file of any common format.

    Returns
    -------
    ImageSource
        Holding a PNG; a photograph is turned upright, and one that is too large is resampled when it is encoded.

    Raises
    ------
    SequenceError
        If the file is missing, above 50 MB, or not an image of an acceptable size.
    """
    from PIL import ImageOps

    name = Path(path).name
    data = _read(Path(path))
    image = open_image(data, name)
    rows = fitting_rows(*image.size)
    if image.format == "PNG":
        return ImageSource(name=name, png=data, rows=rows)
    buffer = io.BytesIO()
    try:
        ImageOps.exif_transpose(image).save(buffer, "PNG")
    except (OSError, ValueError) as error:
        raise SequenceError(f"{name}: an image of the kind {image.mode!r} cannot be used: {error}") from error
    return ImageSource(name=name, png=buffer.getvalue(), rows=rows)


def _read(path: Path) -> bytes:
    try:
        data = read_file(path, MAX_BYTES)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise SequenceError(f"{path.name} cannot be read: {reason or error}") from error
    if not data:
        raise SequenceError(f"{path.name} is empty, 0 bytes")
    if len(data) > MAX_BYTES:
        raise SequenceError(f"{path.name} is larger than {MAX_BYTES // 1_000_000} MB, the most that is read")
    return data


def _decode(data: bytes, name: str) -> str:
    codec, title = next(((codec, title) for mark, codec, title in _MARKS if data.startswith(mark)), ("utf-8", "UTF-8"))
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        place = f"byte {error.start + 1:,}, 0x{data[error.start]:02X} in line {line:,}"
        raise SequenceError(f"{name} is not {title} text: {place}, fits no character: save it as UTF-8") from error
    if "\0" in text:
        raise SequenceError(f"{name} is not text: character {text.index(chr(0)) + 1:,} is a zero byte")
    return text
