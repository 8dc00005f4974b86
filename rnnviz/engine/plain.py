"""Numbers of numpy or torch as those of Python, so that what users hand over is the same whatever it was held in."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from reprlib import Repr
from typing import TypeVar

import msgspec

from rnnviz.engine.errors import SpecError

MOST = 1_000_000
"""Entries that a list can have which is handed over as an argument."""

S = TypeVar("S", bound=msgspec.Struct)

_REPR = Repr()
_REPR.maxstring = _REPR.maxother = _REPR.maxlong = 60


def shown(value: object) -> str:
    """Return what was given as it can stand in a sentence: short, whatever it is."""
    return " ".join(_REPR.repr(value).split())


def plain(value: object, depth: int = 4) -> object:
    """Return a number of numpy or torch as one of Python, and any list, range or array as a tuple.

    Raises
    ------
    SpecError
        When a list is longer than any that is of use.
    """
    if not depth:  # as deep as nothing is that is of use; a list may hold itself
        return value
    if isinstance(value, list | tuple | range):
        return tuple(plain(each, depth - 1) for each in bounded(value))
    convert = None if isinstance(value, type) else getattr(value, "tolist", None)
    if not callable(convert):
        return value
    if getattr(value, "ndim", 0):
        bounded(value)  # type: ignore[arg-type]
    try:
        return plain(convert(), depth - 1)
    except (RuntimeError, ValueError):  # a tensor that holds no numbers
        return value


def bounded(values: Iterable[object]) -> tuple[object, ...]:
    """Return the entries of what may have no end.

    Raises
    ------
    SpecError
        When there are more than `MOST`.
    """
    found = tuple(islice(values, MOST + 1))
    if len(found) > MOST:
        raise SpecError(f"a list has more than {MOST:,} entries")
    return found


def retyped(entry: S, what: str) -> S:
    """Return a struct whose fields have the types that it declares; structs check them only where they are read.

    Raises
    ------
    SpecError
        When a field has another type or is out of range; the message names it.
    """
    fields = {name: plain(getattr(entry, name)) for name in entry.__struct_fields__}
    if isinstance(fields.get("units"), int):
        fields["units"] = (fields["units"],)
    try:
        return msgspec.convert({"type": entry.__struct_config__.tag, **fields}, type(entry))
    except msgspec.ValidationError as error:
        raise SpecError(f"{what}: {str(error)[:1].lower()}{str(error)[1:]}") from error
