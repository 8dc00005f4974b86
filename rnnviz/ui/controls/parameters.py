"""Declarations of what a user can set: a name, a range, a unit and a sentence of help, each said once.

Forms are generated from these declarations; see `rnnviz.ui.controls.form`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class EntryError(ValueError):
    """What was typed into a field cannot be read; the message is one sentence for the user."""


def _always(_state: Any) -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One value that a form asks for.

    Parameters
    ----------
    name : str
        Its name in the document.
    label : str
        What stands before the field.
    help : str
        What it means, in a sentence; the tooltip.
    section : str
        Under which heading it stands.
    applies : callable
        Given the state of the form, the reason why the value has no effect; empty if it has one.
    """

    name: str
    label: str
    help: str
    section: str = ""
    applies: Callable[[Any], str] = _always


@dataclass(frozen=True, kw_only=True)
class Choice(Parameter):
    """One of a few values: (value, label, help)."""

    options: tuple[tuple[Any, str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Flag(Parameter):
    """Yes or no."""


@dataclass(frozen=True, kw_only=True)
class Whole(Parameter):
    """A whole number from `low` to `high`, both within 32 bits, and its unit."""

    low: int
    high: int
    unit: str = ""


@dataclass(frozen=True, kw_only=True)
class Typed(Parameter):
    """A value that is typed as text.

    Parameters
    ----------
    parse : callable
        From text to value; raises EntryError.
    show : callable
        From value to text.
    placeholder : str
        What an empty field says.
    """

    parse: Callable[[str], Any]
    show: Callable[[Any], str]
    placeholder: str = ""


@dataclass(frozen=True, kw_only=True)
class TypedChoice(Typed):
    """A typed value with a list of frequent ones: (text, label, help)."""

    options: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Seed(Typed):
    """A typed whole number with a dice beside it."""


def whole(text: str, low: int, high: int) -> int:
    """Read a whole number; EntryError names the range."""
    try:
        value = int(text.strip().replace("_", "").replace(" ", ""))
    except ValueError:
        raise EntryError(f"'{text.strip()}' is not a whole number from {low:,} to {high:,}") from None
    if not low <= value <= high:
        raise EntryError(f"{value:,} is not between {low:,} and {high:,}")
    return value


def real(text: str, low: float, high: float) -> float:
    """Read a finite number; EntryError names the range."""
    try:
        value = float(text.strip())
    except ValueError:
        raise EntryError(f"'{text.strip()}' is not a number from {low:g} to {high:g}") from None
    if not (math.isfinite(value) and low <= value <= high):
        raise EntryError(f"{value:g} is not between {low:g} and {high:g}")
    return value


def optional(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """Let an empty field mean None."""
    return lambda text: read(text) if text.strip() else None


def show_optional(value: Any) -> str:
    """Write a number, or nothing for None."""
    return "" if value is None else f"{value:g}"


def per_layer(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """Read one value, or one per layer with commas between; "64/32" is forward and backward.

    Returns
    -------
    callable
        From text to a value, or to a tuple of values and pairs.
    """

    def parse(text: str) -> Any:
        entries = [_entry(entry, read) for entry in text.split(",")]
        return entries[0] if len(entries) == 1 and not isinstance(entries[0], tuple) else tuple(entries)

    return parse


def _entry(text: str, read: Callable[[str], Any]) -> Any:
    parts = [read(part) for part in text.split("/")]
    if len(parts) > 2:
        raise EntryError(f"'{text.strip()}' has {len(parts)} parts, but a layer has two directions at most")
    return parts[0] if len(parts) == 1 else tuple(parts)


def show_per_layer(value: Any) -> str:
    """Write what `per_layer` reads."""
    if not isinstance(value, tuple):
        return str(value)
    return ", ".join("/".join(map(str, entry)) if isinstance(entry, tuple) else str(entry) for entry in value)
