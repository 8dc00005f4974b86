"""Interventions in words and symbols, and what is typed to describe them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rnnviz.engine.interventions import LARGEST, Clamp, Edit, Intervention, in_force, parameter_shapes
from rnnviz.engine.language.tex import symbol_text
from rnnviz.engine.record import NETWORK
from rnnviz.engine.spec import NetworkSpec
from rnnviz.ui.controls.parameters import EntryError
from rnnviz.ui.drawing.ticks import MINUS, fixed, number
from rnnviz.ui.intervening import layer_of, short_name

_SPAN = re.compile(r"(\d{1,9})(?:\s*[-–−]\s*(\d{1,9}))?")
_MOST_UNITS = 100_000


def chip_text(entries: Sequence[Intervention]) -> str:
    """Return what the chip says: "2 interventions", or that all there are have been switched off."""
    count = len(in_force(entries))
    if count:
        return f"{count} intervention{'s' if count > 1 else ''}"
    return f"{len(entries)} intervention{'s' if len(entries) > 1 else ''} off" if entries else ""


def subject(entry: Intervention, spec: NetworkSpec | None = None) -> str:
    """Return what is set: "f", "x", "U_f[3, 7]"."""
    if isinstance(entry, Clamp):
        return symbol_text(entry.signal)
    name = short_name(entry.parameter)
    if entry.row is None and entry.column is None:
        return name
    shape = parameter_shapes(spec).get(entry.parameter, ()) if spec is not None else ()
    if len(shape) == 1:
        return f"{name}[{_index(entry.row)}]"
    return f"{name}[{_index(entry.row)}, {_index(entry.column)}]"


def value_text(value: float) -> str:
    """Return a value as it is read: with two digits after the point, or with what it needs."""
    return fixed(value, 2) if abs(value - round(value, 2)) < 1e-9 and abs(value) < 1000 else number(value, 4)


def place_text(entry: Intervention, spec: NetworkSpec | None) -> str:
    """Return where it is set: "layer 1, units 1–4, steps 5–12", as far as there are several of each."""
    if isinstance(entry, Edit):
        at = layer_of(entry.parameter)
        return "" if at is None else _layer_text(*at, spec)
    parts = ["" if entry.layer == NETWORK else _layer_text(entry.layer, entry.direction, spec)]
    parts.append(units_words(entry.units, unit_word(entry.signal, entry.layer)))
    parts.append(steps_words(entry.first, entry.last))
    return ", ".join(filter(None, parts))


def unit_word(signal: str, layer: int) -> str:
    """Return what a column of a signal is called: "unit", of the input "input", of the logits "output"."""
    return {"x": "input", "logits": "output"}.get(signal, "unit") if layer == NETWORK else "unit"


def units_words(units: Sequence[int] | None, word: str = "unit") -> str:
    """Return units as they are told: "all units", "unit 3", "units 1–4, 7"."""
    if units is None:
        return f"all {word}s"
    return f"{word if len(units) == 1 else word + 's'} {units_text(units)}"


def steps_words(first: int, last: int | None) -> str:
    """Return steps as they are told: "all steps", "step 5", "steps 5–12", "from step 5 on"."""
    if last is None:
        return "all steps" if first == 0 else f"from step {first + 1} on"
    return f"step {first + 1}" if first == last else f"steps {first + 1}–{last + 1}"


def units_text(units: Sequence[int] | None) -> str:
    """Return units as they are typed: "all", "1–4, 7"."""
    if units is None:
        return "all"
    ordered, parts, at = sorted(set(units)), [], 0
    while at < len(ordered):
        end = at
        while end + 1 < len(ordered) and ordered[end + 1] == ordered[end] + 1:
            end += 1
        first, last = ordered[at] + 1, ordered[end] + 1
        parts.append(str(first) if first == last else f"{first}–{last}")
        at = end + 1
    return ", ".join(parts)


def steps_text(first: int, last: int | None) -> str:
    """Return steps as they are typed: "all", "5", "5–12", "5–"."""
    if last is None:
        return "all" if first == 0 else f"{first + 1}–"
    return str(first + 1) if first == last else f"{first + 1}–{last + 1}"


def read_units(text: str, size: int) -> tuple[int, ...] | None:
    """Return the units of a typed list such as "1-4, 7", counted from 0; None for "all".

    Raises
    ------
    EntryError
        When it cannot be read, or there are no such units.
    """
    if text.strip().lower() in ("all", ""):
        return None
    found: list[int] = []
    for part in text.split(","):
        match = _SPAN.fullmatch(part.strip())
        if match is None:
            raise EntryError(f"Units are all, or a list such as 1-4, 7, and not {text.strip()[:40]!r}.")
        first, last = int(match[1]), int(match[2] or match[1])
        if not 1 <= first <= last <= min(size, _MOST_UNITS):
            raise EntryError(f"Units are numbered from 1 to {size}, and {part.strip()[:20]} is not among them.")
        found += range(first - 1, last)
    return tuple(dict.fromkeys(found))


def read_steps(text: str, steps: int) -> tuple[int, int | None]:
    """Return first and last step of what is typed, "5-12", "5-" or "5", counted from 0; None: to the end.

    Raises
    ------
    EntryError
        When it cannot be read, or the sequence has no such steps.
    """
    typed = text.strip().lower()
    if typed in ("all", ""):
        return 0, None
    opened = re.fullmatch(r"(\d{1,9})\s*[-–−]", typed)
    match = _SPAN.fullmatch(typed)
    if opened is None and match is None:
        raise EntryError(f"Steps are all, one such as 5, or a range such as 5-12 or 5-, and not {text.strip()[:40]!r}.")
    first, last = (int(match[1]), int(match[2] or match[1])) if match is not None else (0, None)
    if opened is not None:
        first = int(opened[1])
    if not 1 <= first <= steps or (last is not None and last < first):
        raise EntryError(f"Steps are numbered from 1 to {steps}, the first before the last.")
    return first - 1, None if last is None else last - 1


def read_value(text: str) -> float:
    """Return a typed value.

    Raises
    ------
    EntryError
        When it is no number that can be set.
    """
    try:
        value = float(text.strip().replace(MINUS, "-").replace(",", "."))
    except ValueError:
        value = float("nan")
    if not abs(value) <= LARGEST:
        raise EntryError(f"A value is a number of at most {LARGEST:,.0f}, and not {text.strip()[:40]!r}.")
    return value


def read_index(text: str, size: int, word: str) -> int | None:
    """Return a typed row or column, counted from 0; None for "all".

    Raises
    ------
    EntryError
        When it cannot be read, or there is none such.
    """
    if text.strip().lower() in ("all", "", "·"):
        return None
    if re.fullmatch(r"\s*\d{1,9}\s*", text) is None or not 1 <= int(text) <= size:
        raise EntryError(f"A {word} is all, or a number from 1 to {size}, and not {text.strip()[:40]!r}.")
    return int(text) - 1


def _index(index: int | None) -> str:
    return "·" if index is None else str(index + 1)


def _layer_text(layer: int, direction: str, spec: NetworkSpec | None) -> str:
    layers = f"layer {layer + 1}" if spec is None or spec.num_layers > 1 else ""
    way = direction if spec is not None and spec.bidirectional else ""
    return ", ".join(filter(None, (layers, way)))
