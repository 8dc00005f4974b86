"""The cells of a table as numbers: decimal marks are detected, every refusal names line and column."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Literal

import numpy as np

from rnnviz.engine.errors import SequenceError
from rnnviz.engine.sequence.grid import Grid, looks_numeric
from rnnviz.engine.sequence.model import FloatArray

Decimal = Literal[".", ","]
Kind = Literal["number", "text", "empty"]

_COMMA_NUMBER = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")
_POINT_NUMBER = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?")
_THREE_DIGITS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:[.,' ]\d{3})+(?:[.,]\d+)?")


def detect_decimal(grid: Grid) -> Decimal:
    """Decide between decimal point and decimal comma from the cells of a table.

    Parameters
    ----------
    grid : Grid

    Returns
    -------
    "." or ","

    Raises
    ------
    SequenceError
        If all that speaks for a comma are cells like "1,234", which may as well be a thousand and more.
    """
    cells = [cell.strip() for column in grid.columns for cell in column if "," in cell or "." in cell]
    points = any(_POINT_NUMBER.fullmatch(cell) for cell in cells)
    commas = [cell for cell in cells if _COMMA_NUMBER.fullmatch(cell)]
    if any(_THREE_DIGITS.fullmatch(cell) is None for cell in commas):
        return "." if points and grid.delimiter == "," else ","
    if commas and not points:
        line, name, cell = _find(grid, commas[0])
        raise SequenceError(
            f"line {line:,}, column {name!r}: {cell!r} may have a decimal comma or a thousands separator: "
            "choose the decimal mark"
        )
    return "."


def column_kind(cells: Iterable[str], decimal: Decimal) -> Kind:
    """Tell whether a column is meant to hold numbers: at least half of its cells that are not empty do."""
    filled = [cell for cell in cells if cell.strip()]
    if not filled:
        return "empty"
    numeric = sum(1 for cell in filled if _number(cell, decimal) is not None or looks_numeric(cell))
    return "number" if 2 * numeric >= len(filled) else "text"


def read_column(grid: Grid, name: str, decimal: Decimal) -> FloatArray:
    """Read the column called `name` as numbers.

    Returns
    -------
    ndarray, float64, shape [T]

    Raises
    ------
    SequenceError
        At the first cell that is empty, not a number, NaN or infinite, with its line and column.
    """
    cells = grid.column(name)
    values = [_number(cell, decimal) for cell in cells]
    for line, cell, value in zip(grid.lines, cells, values, strict=True):
        if value is None or not math.isfinite(value):
            raise SequenceError(f"line {line:,}, column {name!r}: {_complaint(cell, value, decimal)}")
    return np.array(values, dtype=np.float64)


def _number(cell: str, decimal: Decimal) -> float | None:
    if decimal == ",":
        if "." in cell:
            return None
        cell = cell.replace(",", ".")
    try:
        # float() also takes "1_000", which no table means as a number.
        return None if "_" in cell else float(cell)
    except ValueError:
        return None


def _complaint(cell: str, value: float | None, decimal: Decimal) -> str:
    shown = cell if len(cell) <= 40 else f"{cell[:40]}…"
    if not cell.strip():
        return "the cell is empty"
    if value is not None:
        return f"{shown!r} is not a finite number"
    if _THOUSANDS.fullmatch(cell.strip()):
        return f"{shown!r} is not a number with the decimal mark {decimal!r}: thousands separators are not read"
    if looks_numeric(cell):
        return f"{shown!r} is not a number with the decimal mark {decimal!r}"
    return f"{shown!r} is not a number"


def _find(grid: Grid, wanted: str) -> tuple[int, str, str]:
    return next(
        (line, name, cell)
        for name, column in zip(grid.names, grid.columns, strict=True)
        for line, cell in zip(grid.lines, column, strict=True)
        if cell.strip() == wanted
    )
