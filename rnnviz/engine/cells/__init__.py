"""The cells that rnnviz ships, one file each: its equations are all there is to a cell."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from rnnviz.engine.errors import SpecError
from rnnviz.engine.language.model import Cell
from rnnviz.engine.language.parse import parse_cell


@cache
def names() -> tuple[str, ...]:
    """Return the names of the shipped cells, sorted; the file ``lstm_peephole.py`` is ``lstm-peephole``."""
    return tuple(sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__)))


@cache
def get(name_or_text: str) -> Cell:
    """Return a shipped cell by its name, or the cell that a text with an ``=`` in it describes.

    Raises
    ------
    SpecError
        When there is no cell of that name.
    CellError
        When the text is not a cell.
    """
    if "=" in name_or_text:
        return parse_cell(name_or_text)
    if name_or_text not in names():
        raise SpecError(f"There is no cell '{name_or_text[:40]}'; there are {', '.join(names())}.")
    module = importlib.import_module(f"{__name__}.{name_or_text.replace('-', '_')}")
    return parse_cell(module.EQUATIONS, name_or_text, module.TITLE, module.DESCRIPTION)
