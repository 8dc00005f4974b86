"""Delimited text as a grid of cells: delimiter and header are detected, every refusal names its line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from rnnviz.engine.errors import SequenceError
from rnnviz.engine.sequence.model import MAX_STEPS, quoted

DELIMITERS = {"\t": "tab", ";": "semicolon", ",": "comma", "|": "bar"}
"""The delimiters that are detected, the surest first: a comma may also be a decimal mark."""

_SAMPLE_CHARACTERS = 65_536
_SAMPLE_ROWS = 200
_NUMBER = re.compile(
    r"[+-]?(?:"
    r"(?:\d+[.,]?\d*|[.,]\d+)(?:e[+-]?\d+)?"
    r"|\d{1,3}(?:[.,' ]\d{3})+(?:[.,]\d+)?"
    r"|nan|inf|infinity)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Grid:
    """The cells of a table.

    Attributes
    ----------
    delimiter : str
    header : bool
        Whether the names were read from the first row.
    names : tuple of str
        One per column.
    columns : tuple of tuple of str
        The cells, column by column.
    lines : tuple of int
        The line of each row in the text, counted from 1.
    """

    delimiter: str
    header: bool
    names: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    def column(self, name: str) -> tuple[str, ...]:
        """Give the cells of the column called `name`.

        Raises
        ------
        SequenceError
            If there is no such column, listing those there are.
        """
        if name not in self.names:
            raise SequenceError(f"there is no column {name!r}: the columns are {quoted(self.names)}")
        return self.columns[self.names.index(name)]


def read_grid(content: str, delimiter: str | None = None, header: bool | None = None) -> Grid:
    """Split delimited text into its cells.

    Parameters
    ----------
    content : str
        The text of a CSV or TSV file; quoted cells, any line ends and a byte order mark are understood.
    delimiter : str or None
        One character; None detects tab, semicolon, comma or bar.
    header : bool or None
        Whether the first row holds the names; None decides by whether it looks unlike the data.

    Returns
    -------
    Grid
        With at least one column and one row.

    Raises
    ------
    SequenceError
        If the text is empty, ragged, has no rows, too many rows, a bad quotation or a name twice.
    """
    content = content.removeprefix("\ufeff")
    mark = _detect_delimiter(content) if delimiter is None else _check_delimiter(delimiter)
    lines, rows = _rows(content, mark)
    if not rows:
        raise SequenceError("the table is empty: it has neither a header nor a row")
    _check_rectangle(lines, rows)
    named = _looks_like_header(rows) if header is None else header
    names = _names(rows[0], lines[0]) if named else tuple(f"column {c + 1}" for c in range(len(rows[0])))
    first = 1 if named else 0
    if len(rows) == first:
        raise SequenceError(f"line {lines[0]}: the table has a header and no row below it")
    if len(rows) - first > MAX_STEPS:
        line = lines[first + MAX_STEPS]
        raise SequenceError(f"line {line:,} is beyond {MAX_STEPS:,} rows, the most that a table may have")
    return Grid(
        delimiter=mark,
        header=named,
        names=names,
        columns=tuple(zip(*rows[first:], strict=True)),
        lines=tuple(lines[first:]),
    )


def looks_numeric(cell: str) -> bool:
    """Whether a cell is meant as a number, with whatever decimal mark, NaN and infinity included."""
    return _NUMBER.fullmatch(cell.strip()) is not None


def _check_delimiter(delimiter: str) -> str:
    if len(delimiter) != 1 or delimiter in '"\r\n ':
        raise SequenceError(f"the delimiter {delimiter!r} cannot separate cells: use a tab, a semicolon or a comma")
    return delimiter


def _detect_delimiter(content: str) -> str:
    sample = content[:_SAMPLE_CHARACTERS]
    shares = {mark: _agreement(sample, mark) for mark in DELIMITERS}
    for mark, share in shares.items():
        if share >= 0.5:
            return mark
    # One column, or a first row that no other row resembles: the reader then names the first ragged line.
    best = max(shares, key=lambda mark: shares[mark])
    return best if shares[best] > 0 else ","


def _agreement(sample: str, delimiter: str) -> float:
    """Give the share of rows that have as many cells as the first, 0 if the first has a single one."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        sizes = [len(row) for row in islice(reader, _SAMPLE_ROWS) if row]
    except csv.Error:
        return 0.0
    if len(sample) == _SAMPLE_CHARACTERS and len(sizes) > 1:
        sizes.pop()
    if not sizes or sizes[0] < 2:
        return 0.0
    return sizes.count(sizes[0]) / len(sizes)


def _rows(content: str, delimiter: str) -> tuple[list[int], list[list[str]]]:
    lines: list[int] = []
    rows: list[list[str]] = []
    blank: list[int] = []
    for line, row in _read(content, delimiter):
        if not row or (len(row) == 1 and not row[0].strip()):
            blank.append(line)
            continue
        # Between the rows of a single column a blank line is a missing value, and is reported as one.
        if rows and len(rows[0]) == 1:
            lines.extend(blank)
            rows.extend([""] for _ in blank)
        blank.clear()
        lines.append(line)
        rows.append(row)
        if len(rows) > MAX_STEPS + 1:
            break
    return lines, rows


def _read(content: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    text = io.StringIO(content, newline="")
    reader = csv.reader(text, delimiter=delimiter, skipinitialspace=True, strict=True)
    line = 1
    try:
        for row in reader:
            yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        if "unexpected end" in str(error) or "field larger" in str(error):
            cause = "a quotation mark is opened and never closed"
        else:
            cause = "text follows a closing quotation mark"
        raise SequenceError(f"line {line}: {cause}") from error


def _check_rectangle(lines: list[int], rows: list[list[str]]) -> None:
    width = len(rows[0])
    for line, row in zip(lines, rows, strict=True):
        if len(row) != width:
            cells = "1 cell" if len(row) == 1 else f"{len(row):,} cells"
            raise SequenceError(f"line {line:,} has {cells} where line {lines[0]} has {width:,}")


def _looks_like_header(rows: list[list[str]]) -> bool:
    first = rows[0]
    if not any(looks_numeric(cell) for cell in first):
        return True
    if len(rows) == 1:
        return False
    pairs = zip(first, rows[1], strict=False)
    return any(above.strip() and not looks_numeric(above) and looks_numeric(below) for above, below in pairs)


def _names(row: list[str], line: int) -> tuple[str, ...]:
    names = tuple(cell.strip() or f"column {place}" for place, cell in enumerate(row, start=1))
    first: dict[str, int] = {}
    for place, name in enumerate(names, start=1):
        if name in first:
            raise SequenceError(
                f"line {line}: the column name {name!r} stands twice, in columns {first[name]} and {place}"
            )
        first[name] = place
    return names
