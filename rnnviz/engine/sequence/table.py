"""Tables as a sequence: one step per row, chosen columns as inputs, one column as target."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import msgspec
import numpy as np

from rnnviz.engine.errors import SequenceError
from rnnviz.engine.sequence.grid import Grid, read_grid
from rnnviz.engine.sequence.model import (
    FloatArray,
    Sequence,
    check_choice,
    check_distinct,
    check_size,
    step_labels,
)
from rnnviz.engine.sequence.numbers import Decimal, column_kind, detect_decimal, read_column
from rnnviz.engine.sequence.times import short_times


class ColumnScale(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a column is normalised: ``(value - mean) / scale``."""

    column: str
    mean: float
    scale: float


class TableSource(msgspec.Struct, frozen=True, tag="table", forbid_unknown_fields=True):
    """A table whose rows are the steps.

    Parameters
    ----------
    name : str
        What the table is called in messages, its file name as a rule.
    content : str
        The CSV or TSV text itself, so that a session is complete without the file.
    features : tuple of str, or None
        The columns that are inputs. None takes all columns of numbers but the target and the labels.
    target : str or None
        The column to be predicted at each step.
    normalisation : "none", "standard" or "minmax"
        Raw values; mean 0 and standard deviation 1; or least value 0 and greatest 1. It also applies to the
        target. A constant column becomes 0.
    label_column : str or None
        The column written along the time axis; None numbers the steps.
    delimiter : str or None
    decimal : "." or ",", or None
    header : bool or None
        None detects each of the three.
    statistics : tuple of ColumnScale, or None
        The scales a network was trained with, one per feature and target; None computes them from the rows.
    """

    name: str
    content: str
    features: tuple[str, ...] | None = None
    target: str | None = None
    normalisation: Literal["none", "standard", "minmax"] = "standard"
    label_column: str | None = None
    delimiter: str | None = None
    decimal: Literal[".", ","] | None = None
    header: bool | None = None
    statistics: tuple[ColumnScale, ...] | None = None

    def encode(self) -> Sequence:
        """Encode the table.

        Returns
        -------
        Sequence
            With ``x`` of shape [T, I] for I features, and ``target`` of shape [T, 1] if there is one.

        Raises
        ------
        SequenceError
            If the text is not a table, a column is missing, or a cell that is needed is not a finite number.
        """
        with _named(self.name):
            return self._read().sequence()

    def append(self, piece: str) -> TableSource:
        """Add rows at the end; the steps already there stay as they are.

        Parameters
        ----------
        piece : str
            One or more rows, without header, delimited as the table is.

        Returns
        -------
        TableSource
            With the features, the detected format and the statistics written down, so that the added rows
            cannot change how the earlier ones are read.

        Raises
        ------
        SequenceError
            If the piece holds no row, or one that does not fit.
        """
        if not piece.strip():
            raise SequenceError(f"{piece!r} adds no row to the table")
        joint = "" if self.content.endswith(("\n", "\r")) else "\n"
        fixed = fix_statistics(self)
        longer = msgspec.structs.replace(fixed, content=self.content + joint + piece)
        longer.encode()
        return longer

    def _read(self) -> _Reading:
        check_choice(self.normalisation, ("none", "standard", "minmax"), "the normalisation of the table")
        if self.decimal is not None:
            check_choice(self.decimal, (".", ","), "the decimal mark of the table")
        grid = read_grid(self.content, self.delimiter, self.header)
        decimal: Decimal = self.decimal or detect_decimal(grid)
        features = self._features(grid, decimal)
        check_size(len(grid.lines), len(features), "the table")
        needed = features if self.target is None else (*features, self.target)
        values = {name: read_column(grid, name, decimal) for name in needed}
        labels = None if self.label_column is None else grid.column(self.label_column)
        return _Reading(grid, decimal, features, self.target, values, self._scales(values), labels)

    def _features(self, grid: Grid, decimal: Decimal) -> tuple[str, ...]:
        if self.features is None:
            aside = (self.target, self.label_column)
            features = tuple(
                name
                for name, cells in zip(grid.names, grid.columns, strict=True)
                if name not in aside and column_kind(cells, decimal) == "number"
            )
            if not features:
                raise SequenceError("the table has no column of numbers that could be an input")
            return features
        if not self.features:
            raise SequenceError("no column is chosen as input: choose at least one")
        check_distinct(self.features, "the list of input columns")
        return self.features

    def _scales(self, values: dict[str, FloatArray]) -> dict[str, ColumnScale]:
        if self.normalisation == "none":
            return {name: ColumnScale(name, 0.0, 1.0) for name in values}
        if self.statistics is None:
            measure = _standard if self.normalisation == "standard" else _minmax
            return {name: measure(name, column) for name, column in values.items()}
        given = {scale.column: scale for scale in self.statistics}
        for name in values:
            if name not in given:
                raise SequenceError(f"the statistics of the training hold no column {name!r}")
            if not np.isfinite([given[name].mean, given[name].scale]).all() or given[name].scale <= 0:
                raise SequenceError(
                    f"the statistics of column {name!r} are not usable: mean {given[name].mean}, "
                    f"scale {given[name].scale}"
                )
        return given


@dataclass(frozen=True)
class _Reading:
    """A table that has been read: everything that the source left to be detected is decided."""

    grid: Grid
    decimal: Decimal
    features: tuple[str, ...]
    target: str | None
    values: dict[str, FloatArray]
    scales: dict[str, ColumnScale]
    labels: tuple[str, ...] | None

    def sequence(self) -> Sequence:
        scales = [self.scales[name] for name in self.features]
        target = None if self.target is None else self._normalised(self.target)[:, None]
        own = None if self.target is None else self.scales[self.target]
        return Sequence(
            x=np.stack([self._normalised(name) for name in self.features], axis=1),
            labels=step_labels(len(self.grid.lines)) if self.labels is None else short_times(self.labels),
            input_names=self.features,
            target=target,
            target_kind=None if target is None else "value",
            target_names=() if self.target is None else (self.target,),
            input_scale=(np.array([s.mean for s in scales]), np.array([s.scale for s in scales])),
            target_scale=None if own is None else (own.mean, own.scale),
        )

    def _normalised(self, name: str) -> FloatArray:
        scale = self.scales[name]
        with np.errstate(over="ignore"):
            values = (self.values[name] - scale.mean) / scale.scale
        if not np.isfinite(values).all():
            line = self.grid.lines[int(np.argmin(np.isfinite(values)))]
            raise SequenceError(f"line {line:,}, column {name!r}: the value is too large to be normalised")
        return values


def fix_statistics(source: TableSource) -> TableSource:
    """Write down what encoding the source decides: format, features and the scale of each column.

    Returns
    -------
    TableSource
        Encodes to the same numbers, and its statistics can be given to another table.

    Raises
    ------
    SequenceError
        As `TableSource.encode`.
    """
    with _named(source.name):
        reading = source._read()
    raw = source.normalisation == "none"
    return msgspec.structs.replace(
        source,
        features=reading.features,
        delimiter=reading.grid.delimiter,
        decimal=reading.decimal,
        header=reading.grid.header,
        statistics=None if raw else tuple(reading.scales[name] for name in reading.values),
    )


def _standard(name: str, values: FloatArray) -> ColumnScale:
    # Divided by the largest first, so that the squares of large values stay finite.
    unit = float(np.abs(values).max()) or 1.0
    shares = values / unit
    return _scale(name, float(shares.mean()) * unit, float(shares.std()) * unit, constant=bool(np.ptp(shares) == 0))


def _minmax(name: str, values: FloatArray) -> ColumnScale:
    least, most = float(values.min()), float(values.max())
    return _scale(name, least, most - least, constant=least == most)


def _scale(name: str, mean: float, scale: float, *, constant: bool) -> ColumnScale:
    if not np.isfinite(scale):
        raise SequenceError(f"column {name!r}: the values are too large to be normalised")
    return ColumnScale(name, mean, 1.0 if constant or scale == 0 else scale)


@contextmanager
def _named(name: str) -> Iterator[None]:
    try:
        yield
    except SequenceError as error:
        raise (SequenceError(f"{name}: {error}") if name else error) from error.__cause__
