"""The numbers behind a figure as a table (CSV) or as arrays (NPZ)."""

from __future__ import annotations

import csv
import io
import itertools
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from rnnviz.atomic import replacing
from rnnviz.ui.export.errors import ExportError, NoNumbersError
from rnnviz.ui.export.figures import Figure

_STEP = "step"
_ROWS_AT_ONCE = 1024
# A fixed date, the first that zip knows, keeps equal data equal files.
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)

Arrays = Mapping[str, NDArray[Any]]


def save_data(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Write the numbers behind a figure.

    A `.csv` is one table: UTF-8, commas, one row per step. The first column is "step", counted from 1 as on
    screen, or the figure's own array of that name. An array [S] is a column of its name, an array [S, H] the
    columns `h[0]`, `h[1]`, ..., one [S, A, B] the columns `j[0,0]`, `j[0,1]`, ... Numbers have every digit
    that is needed to read back the same float64. NaN is written `nan`, not as an empty cell, and infinities
    `inf` and `-inf`, so that nothing is lost. A `.npz` holds the arrays as they are.

    Parameters
    ----------
    figure : Figure
        Gives the arrays.
    path : path-like
        Ends in `.csv` or `.npz`.

    Raises
    ------
    ExportError
        For an unknown suffix, a figure without numbers, arrays that do not fit into one table, or a system
        that refuses to write. A file that stood there stays as it was.
    """
    writers: dict[str, Callable[[BinaryIO, Arrays], None]] = {".csv": _write_csv, ".npz": _write_npz}
    write = writers.get(Path(path).suffix.lower())
    if write is None:
        raise ExportError(f"cannot write {path}: data are written as .csv or .npz")
    arrays = {name: np.asarray(array) for name, array in figure.data().items()}
    if not arrays:
        raise NoNumbersError(f"cannot write {path}: {figure.title} shows no numbers")
    for name, array in arrays.items():
        if array.dtype.hasobject:
            raise ExportError(f"cannot write {path}: {name} holds Python objects, not numbers or text")
    try:
        with replacing(path, ExportError) as file:
            write(file, arrays)
    except _MisfitError as misfit:
        raise ExportError(f"cannot write {path}: {misfit}") from None


class _MisfitError(Exception):
    """Arrays that have no common table."""


def _write_npz(file: BinaryIO, arrays: Arrays) -> None:
    """Write what `numpy.savez` would, for any names of arrays."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy", _ZIP_DATE)
            with archive.open(entry, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def _write_csv(file: BinaryIO, arrays: Arrays) -> None:
    rows = _number_of_rows(arrays)
    steps = arrays.get(_STEP, np.arange(1, rows + 1))
    series = {_STEP: steps, **{name: array for name, array in arrays.items() if name != _STEP}}
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(itertools.chain.from_iterable(_headers(name, array) for name, array in series.items()))
    for start in range(0, rows, _ROWS_AT_ONCE):
        blocks = [_cells(array[start : start + _ROWS_AT_ONCE]) for array in series.values()]
        writer.writerows([*itertools.chain(*parts)] for parts in zip(*blocks, strict=True))
    text.detach()


def _number_of_rows(arrays: Arrays) -> int:
    """Return the common length of the first axes."""
    first = next(iter(arrays))
    for name, array in arrays.items():
        if array.ndim == 0:
            raise _MisfitError(f"{name} is a single number, which has no column in a table by step; choose .npz")
        if len(array) != len(arrays[first]):
            raise _MisfitError(
                f"{name} has {len(array)} rows and {first} has {len(arrays[first])}, "
                "which makes no common table; choose .npz"
            )
    return len(arrays[first])


def _headers(name: str, array: NDArray[Any]) -> Iterator[str]:
    """Name the columns of an array."""
    if array.ndim == 1:
        return iter([name])
    return (f"{name}[{','.join(map(str, index))}]" for index in np.ndindex(array.shape[1:]))


def _cells(block: NDArray[Any]) -> list[list[Any]]:
    """Return rows of Python values, which the csv module writes with repr; truth values as 0 and 1."""
    flat = block.reshape(len(block), -1)
    cells: list[list[Any]] = (flat.astype(np.int8) if flat.dtype == np.bool_ else flat).tolist()
    return cells
