"""Notations: a table per book or library that names the signals and parameters of a cell."""

from __future__ import annotations

from functools import lru_cache

from rnnviz.engine.language.model import Cell
from rnnviz.ui.notation import goodfellow, keras, papers, pytorch, written
from rnnviz.ui.notation.base import Notation

__all__ = ["NOTATIONS", "Notation", "names_in"]

NOTATIONS = tuple(module.NOTATION for module in (written, pytorch, keras, goodfellow, papers))


@lru_cache(maxsize=64)
def _names(cell: Cell, value: str) -> dict[str, str]:
    return next((one for one in NOTATIONS if one.value == value), NOTATIONS[0]).names(cell)


def names_in(value: str, cell: Cell) -> dict[str, str]:
    """Return the names of a cell in the notation called `value`; of one that is not known, those of the cell."""
    return dict(_names(cell, value))
