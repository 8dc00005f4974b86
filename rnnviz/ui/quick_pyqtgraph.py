"""Importing pyqtgraph without making every class of Qt.

`pyqtgraph.Qt` copies each name of QtCore, QtGui and QtWidgets into modules of its own. PySide makes a class when it is
first asked for, so that this makes all of them, which is more than half of what importing pyqtgraph takes. Here those
modules ask PySide for a name when they are asked for it. The window imports this before anything else does pyqtgraph.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

_MODULES = ("QtCore", "QtGui", "QtWidgets")


class LazyModule(ModuleType):
    """A module that has every name of another, and takes each from it when it is first asked for."""

    def __init__(self, name: str, source: ModuleType) -> None:
        super().__init__(name)
        self._source = source

    def __getattr__(self, name: str) -> object:
        value = getattr(self._source, name)
        setattr(self, name, value)
        return value

    def __dir__(self) -> list[str]:
        return sorted({*vars(self), *dir(self._source)})


@contextmanager
def _nameless(modules: list[ModuleType]) -> Iterator[None]:
    """Have the modules list no names, so that there is nothing to copy."""
    listings = [vars(module).get("__dir__") for module in modules]
    for module in modules:
        vars(module)["__dir__"] = list
    try:
        yield
    finally:
        for module, listing in zip(modules, listings, strict=True):
            del vars(module)["__dir__"]
            if listing is not None:
                vars(module)["__dir__"] = listing


def import_pyqtgraph() -> ModuleType:
    """Import pyqtgraph, and return it."""
    if "pyqtgraph" not in sys.modules:
        sources = [importlib.import_module(f"PySide6.{name}") for name in _MODULES]
        for name, source in zip(_MODULES, sources, strict=True):
            sys.modules[f"pyqtgraph.Qt.{name}"] = LazyModule(f"pyqtgraph.Qt.{name}", source)
        with _nameless(sources):
            return importlib.import_module("pyqtgraph")
    return sys.modules["pyqtgraph"]


import_pyqtgraph()
