"""The answer to a request: named arrays and plain facts, and how the arrays pass from one process to the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

Fact = bool | float | str | tuple[str, ...]

_INLINE = 1 << 16
"""Bytes up to which arrays travel in the message itself: a file costs more than they do."""

_ALIGNMENT = 64
_KINDS = "biufcU"


@dataclass(frozen=True, eq=False)
class Answer:
    """What a request is answered with.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        Numbers of any shape, by the names that the module of the question gives them.
    facts : mapping of str to str, float, bool or tuple of str
        What is said beside them: sentences, single numbers, names.
    """

    arrays: Mapping[str, NDArray[np.generic]]
    facts: Mapping[str, Fact] = field(default_factory=dict)


class ArrayInfo(msgspec.Struct, frozen=True):
    """Where one array of an answer stands: its dtype, shape and first byte."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    offset: int


class Packed(msgspec.Struct, frozen=True):
    """The arrays of an answer, in ``data`` or in the file at ``path``."""

    arrays: tuple[ArrayInfo, ...]
    data: bytes = b""
    path: str = ""


def pack(arrays: Mapping[str, NDArray[np.generic]], path: Path | None) -> Packed:
    """Lay arrays side by side, in a file where they are large.

    Parameters
    ----------
    arrays : mapping of str to ndarray
    path : Path or None
        A file that does not exist yet; None: in the message, whatever their size.

    Raises
    ------
    OSError
        When the file cannot be written; nothing of it is left.
    """
    infos, offset = [], 0
    plain = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    for name, array in plain.items():
        infos.append(ArrayInfo(name, array.dtype.str, array.shape, offset))
        offset += -(-array.nbytes // _ALIGNMENT) * _ALIGNMENT
    raw = bytearray(offset)
    for info, array in zip(infos, plain.values(), strict=True):
        raw[info.offset : info.offset + array.nbytes] = array.tobytes()
    if path is None or offset <= _INLINE:
        return Packed(tuple(infos), bytes(raw))
    try:
        path.write_bytes(raw)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return Packed(tuple(infos), b"", str(path))


def unpack(packed: Packed) -> dict[str, NDArray[np.generic]]:
    """Map the arrays of an answer, for reading only.

    Raises
    ------
    OSError
        When the file is gone, or an array does not fit what is there.
    """
    raw: NDArray[np.uint8] = (
        np.memmap(packed.path, np.uint8, "r") if packed.path else np.frombuffer(packed.data, np.uint8)
    )
    found = {}
    for info in packed.arrays:
        dtype = np.dtype(info.dtype)
        if dtype.kind not in _KINDS:
            raise OSError(f"the array {info.name} of an answer is of a kind that is not read: {info.dtype}")
        size = int(np.prod(info.shape, dtype=np.int64)) * dtype.itemsize
        if info.offset + size > len(raw):
            raise OSError(f"the array {info.name} of an answer is cut short")
        view = raw[info.offset : info.offset + size].view(dtype).reshape(info.shape)
        view.flags.writeable = False
        found[info.name] = view
    return found
