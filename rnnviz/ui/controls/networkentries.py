"""How what is typed of a network is read, and shown again."""

from __future__ import annotations

from typing import Any

from rnnviz.engine import cells
from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.spec import MAX_SIZE
from rnnviz.ui.controls.parameters import EntryError, per_layer, show_per_layer, whole


def _cell_entry(text: str) -> str:
    name = text.strip()
    if name not in cells.names():
        raise EntryError(f"there is no cell '{name}': choose among {', '.join(cells.names())}")
    return name


def show_cell(value: Any) -> str:
    """Show the cell of all layers or of each; of typed equations that they are."""
    if isinstance(value, str) and "=" in value:
        return "your own equations"
    return show_per_layer(value)


def read_cell(text: str) -> Any:
    """Read the cell of all layers, or one for each; EntryError where there is none such."""
    try:
        return per_layer(_cell_entry)(text)
    except RnnvizError as error:
        raise EntryError(str(error)) from error


def cell_options() -> tuple[tuple[str, str, str], ...]:
    """Return all cells by family: value, name and description."""
    names = (name for family in cells.families().values() for name in family)
    return tuple((name, name, f"{cells.title(name)}: {cells.description(name)}") for name in names)


def read_size(text: str) -> int:
    """Read how many units a layer has; EntryError where that is no such number."""
    return whole(text, 1, MAX_SIZE)


def read_sizes(text: str) -> tuple[int, ...]:
    """Read sizes that commas part; EntryError where one of them is none."""
    return tuple(read_size(part) for part in text.split(",") if part.strip())
