"""What is in a table, for a window in which columns are picked."""

from __future__ import annotations

from dataclasses import dataclass

from rnnviz.engine.errors import SequenceError
from rnnviz.engine.sequence.grid import Grid, read_grid
from rnnviz.engine.sequence.numbers import Decimal, Kind, column_kind, detect_decimal, read_column

PREVIEW_ROWS = 8
"""How many rows a preview shows."""


@dataclass(frozen=True)
class ColumnInfo:
    """A column as the column picker shows it; `problem` says why it cannot be an input, or is None."""

    name: str
    kind: Kind
    example: str
    problem: str | None


@dataclass(frozen=True)
class TableInfo:
    """What was detected in a table: its format, its columns, the number of its rows and the first of them."""

    delimiter: str
    decimal: Decimal
    header: bool
    columns: tuple[ColumnInfo, ...]
    rows: int
    preview: tuple[tuple[str, ...], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns."""
        return tuple(column.name for column in self.columns)

    @property
    def numeric(self) -> tuple[str, ...]:
        """The names of the columns that can be inputs or the target."""
        return tuple(column.name for column in self.columns if column.problem is None)


def columns(
    content: str, *, delimiter: str | None = None, decimal: Decimal | None = None, header: bool | None = None
) -> TableInfo:
    """Describe a table without encoding it.

    Parameters
    ----------
    content : str
        The CSV or TSV text.
    delimiter, decimal, header
        As in `TableSource`; None detects.

    Returns
    -------
    TableInfo

    Raises
    ------
    SequenceError
        If the text is not a table, or its decimal mark cannot be told.
    """
    grid = read_grid(content, delimiter, header)
    mark: Decimal = decimal or detect_decimal(grid)
    return TableInfo(
        delimiter=grid.delimiter,
        decimal=mark,
        header=grid.header,
        columns=tuple(_describe(grid, name, mark) for name in grid.names),
        rows=len(grid.lines),
        preview=tuple(zip(*(cells[:PREVIEW_ROWS] for cells in grid.columns), strict=True)),
    )


def _describe(grid: Grid, name: str, decimal: Decimal) -> ColumnInfo:
    cells = grid.column(name)
    try:
        read_column(grid, name, decimal)
    except SequenceError as error:
        return ColumnInfo(name, column_kind(cells, decimal), cells[0].strip(), str(error))
    return ColumnInfo(name, "number", cells[0].strip(), None)
