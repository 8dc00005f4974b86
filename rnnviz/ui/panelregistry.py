"""What the window knows of a panel before it is loaded: its name, its title and its place, as its file states them."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from rnnviz.ui.panel import Area, Panel, panels_of

_PACKAGE = "rnnviz.ui.panels"
_STATED = re.compile(r"^    (name|title|area|order|stretch|at_first): ClassVar\[\w+\] = (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class PanelEntry:
    """A panel that there is: what its class states, and the module that has it.

    Parameters
    ----------
    module : str
    name, title, area, order, stretch, at_first
        As for Panel.
    """

    module: str
    name: str
    title: str
    area: Area = Panel.area
    order: int = Panel.order
    stretch: int = Panel.stretch
    at_first: bool = Panel.at_first

    def load(self) -> type[Panel]:
        """Return the class of the panel; its module is loaded with the first request for it."""
        return next(panel for panel in panels_of(self.module) if panel.name == self.name)


def panel_entries() -> tuple[PanelEntry, ...]:
    """All panels that there are, by area and place; none is loaded whose file states plainly what it is."""
    package = importlib.import_module(_PACKAGE)
    modules = [f"{_PACKAGE}.{module.name}" for module in pkgutil.iter_modules(package.__path__)]
    found = [entry for module in modules for entry in (_stated(module) or _loaded(module))]
    return tuple(sorted(found, key=lambda entry: (entry.area, entry.order)))


def _stated(module: str) -> list[PanelEntry]:
    """Read what a file states of its one panel; nothing where there is no source, or it is stated in another way."""
    written = _STATED.findall(_source(module))
    names = [name for name, _ in written]
    if len(names) != len(set(names)) or not {"name", "title"} <= set(names):
        return []
    try:
        stated: dict[str, Any] = {name: ast.literal_eval(value) for name, value in written}
    except (SyntaxError, ValueError):
        return []
    return [PanelEntry(module, **stated)]


def _source(module: str) -> str:
    spec = find_spec(module)
    get_source = getattr(spec.loader, "get_source", None) if spec is not None else None
    return (get_source(module) if get_source is not None else None) or ""


def _loaded(module: str) -> list[PanelEntry]:
    return [
        PanelEntry(module, panel.name, panel.title, panel.area, panel.order, panel.stretch, panel.at_first)
        for panel in panels_of(module)
    ]
