"""Single numbers out of the bytes of a safetensors file, which the window reads without the library."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

_KINDS = {"F64": "<f8", "F32": "<f4", "F16": "<f2"}


def entry_value(data: bytes, name: str, row: int, column: int | None) -> float:
    """Return an entry of a parameter; 0 where the file has none such.

    Parameters
    ----------
    data : bytes
        Eight bytes with the length of the header, the header in JSON, and the numbers.
    name : str
    row : int
    column : int or None
        None for vectors.
    """
    length = int.from_bytes(data[:8], "little")
    try:
        entry: Any = msgspec.json.decode(data[8 : 8 + length])[name]
        start, stop = entry["data_offsets"]
        values = np.frombuffer(data[8 + length + start : 8 + length + stop], _KINDS[entry["dtype"]])
        shaped = values.reshape(entry["shape"])
        return float(shaped[row] if column is None else shaped[row, column])
    except (msgspec.DecodeError, KeyError, ValueError, IndexError, TypeError):
        return 0.0
