"""One colour and one symbol per kind of network in every comparison: an LSTM is always the orange-red square."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rnnviz.engine import cells
from rnnviz.ui.theme import SignalStyle, Theme
from rnnviz.ui.theme.signals import Symbol, hue
from rnnviz.ui.view import View

KINDS: Mapping[str, tuple[str, Symbol]] = {
    "Simple": ("blue", "circle"),
    "LSTM": ("vermillion", "square"),
    "GRU": ("green", "up"),
    "own": ("purple", "diamond"),
}
"""The hue and the symbol of the first network of a kind; every cell that is typed is of the kind "own"."""

FURTHER: tuple[tuple[str, Symbol], ...] = (("orange", "down"), ("sky", "pentagon"), ("ink", "plus"))
"""Those of further networks of a kind that is there already; no kind has them."""


def kind_of(cell: str) -> str:
    """Return the kind of a network by the name or the text of its cell, as `KINDS` has it."""
    found = next((family for family, names in cells.families().items() if cell in names), "own")
    return next((kind for kind in KINDS if found.startswith(kind)), "own")


def network_styles(views: Sequence[View], theme: Theme) -> tuple[SignalStyle, ...]:
    """Return how the networks of some views are drawn, by the cell of their first layer."""
    taken: set[str] = set()
    further = iter(FURTHER)
    found = []
    for view in views:
        kind = kind_of(view.document.spec.cell_of(0, "forward")) if view.document is not None else "own"
        name, symbol = next(further) if kind in taken else KINDS[kind]
        taken.add(kind)
        found.append(SignalStyle(hue(name, theme), symbol))
    return tuple(found)
