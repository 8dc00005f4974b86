"""No signal bears the name of a function of Qt: each call of that would cost a reference to the object, for ever."""

from __future__ import annotations

import gc
import importlib
import inspect
import pkgutil

from PySide6.QtCore import QObject, Signal

import rnnviz.ui
from rnnviz.ui.enginelink.base import EngineLink
from tests.leaks import flush_deferred_deletes


def taken(kind: type[QObject]) -> list[str]:
    """Return the signals of a class that stand in the place of a function of Qt."""
    inherited = [name for base in kind.__mro__ if base.__module__.startswith("PySide6") for name in vars(base)]
    own = [name for name, value in vars(kind).items() if isinstance(value, Signal) and name in inherited]
    return [name for name in own if not any(isinstance(vars(base).get(name), Signal) for base in kind.__mro__[1:])]


def test_no_signal_stands_in_the_place_of_a_function_of_qt() -> None:
    modules = [module.name for module in pkgutil.walk_packages(rnnviz.ui.__path__, "rnnviz.ui.")]
    kinds = {
        kind
        for module in modules
        for _, kind in inspect.getmembers(importlib.import_module(module), inspect.isclass)
        if issubclass(kind, QObject) and kind.__module__.startswith("rnnviz.")
    }
    assert len(kinds) > 100
    assert {kind.__qualname__: taken(kind) for kind in kinds if taken(kind)} == {}


def test_such_a_signal_would_be_found() -> None:
    class Wrong(QObject):
        event = Signal(object)  # type: ignore[assignment]
        other = Signal()

    assert taken(Wrong) == ["event"]


def test_a_network_that_is_let_go_leaves_no_link_to_it(qapp: object) -> None:
    class Link(EngineLink):
        def send(self, command: object) -> None:
            """Send nothing."""

    owner, before = Link(), _links()
    for number in range(1, 4):
        link = owner.slot(number)
        link.stop()
        link.deleteLater()
        del link
        flush_deferred_deletes()
    assert _links() == before
    owner.deleteLater()


def _links() -> int:
    gc.collect()
    return sum(isinstance(thing, EngineLink) for thing in gc.get_objects() if type(thing).__name__.endswith("Link"))
