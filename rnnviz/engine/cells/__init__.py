"""The cells that rnnviz ships, one file each: its equations are all there is to a cell."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType, ModuleType

from rnnviz.engine.errors import SpecError
from rnnviz.engine.language.heading import heading
from rnnviz.engine.language.model import Cell
from rnnviz.engine.language.parse import parse_cell

_FAMILIES = ("Simple", "LSTM", "LSTM variants", "GRU")
"""In the order of a menu; others that a file names follow."""
OWN = "Your own cell"
"""What a cell that is given by its text alone is called, unless the text names it."""


@cache
def names() -> tuple[str, ...]:
    """Return the names of the shipped cells, sorted; the file ``lstm_peephole.py`` is ``lstm-peephole``."""
    return tuple(sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__)))


@cache
def families() -> Mapping[str, tuple[str, ...]]:
    """Return the names of the shipped cells by family, for a menu; a cell that names none is among the last."""
    found: dict[str, list[str]] = {family: [] for family in _FAMILIES}
    for name in names():
        found.setdefault(getattr(_module(name), "FAMILY", "Others"), []).append(name)
    order = [*_FAMILIES, *sorted(set(found) - set(_FAMILIES))]
    return MappingProxyType({family: tuple(found[family]) for family in order if found[family]})


def title(name: str) -> str:
    """Return the title of a shipped cell, for which its equations need not be read; SpecError when there is none."""
    return str(_module(name).TITLE)


def description(name: str) -> str:
    """Return the sentence about a shipped cell, likewise."""
    return str(_module(name).DESCRIPTION)


@lru_cache(maxsize=256)  # who types a cell leaves many behind
def get(name_or_text: str) -> Cell:
    """Return a shipped cell by its name, or the cell that a text with an ``=`` in it describes.

    Comments above the equations of a text may name it: ``# TITLE: ...`` and ``# DESCRIPTION: ...``.

    Raises
    ------
    SpecError
        When there is no cell of that name.
    CellError
        When the text is not a cell.
    """
    if "=" in name_or_text:
        about = heading(name_or_text)
        return parse_cell(name_or_text, title=about.title or OWN, description=about.description)
    module = _module(name_or_text)
    return parse_cell(module.EQUATIONS, name_or_text, module.TITLE, module.DESCRIPTION)


def layout(name: str) -> Mapping[str, tuple[int, int]]:
    """Return where the file of a shipped cell wants the parts of its diagram; empty where it leaves that open.

    The keys are those of ``rnnviz.ui.diagram``: ``x``, ``c[t-1]``, ``f``, ``c.1`` for the first operator within the
    equation of c, ``out:h``; the places are counted in units of the diagram's grid, to the right and downwards.
    """
    return getattr(_module(name), "LAYOUT", {}) if name in names() else {}


def _module(name: str) -> ModuleType:
    if name not in names():
        raise SpecError(f"There is no cell '{name[:40]}'; there are {', '.join(names())}.")
    return importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
