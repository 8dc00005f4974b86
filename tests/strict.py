"""What would let a test pass whatever the program does, made to fail."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from types import ModuleType


def all_of_some(values: Iterable[object]) -> bool:
    """Return whether all values are true, as ``all`` does; that all of no values are says nothing.

    Raises
    ------
    AssertionError
        When there is no value.
    """
    some = False
    for value in values:
        some = True
        if not value:
            return False
    assert some, "there is nothing of which all could be true: this could not fail"
    return True


def make_strict(module: ModuleType) -> None:
    """Let ``all`` in a module of tests refuse nothing at all."""
    if vars(module).get("all", builtins.all) is builtins.all:
        vars(module)["all"] = all_of_some
