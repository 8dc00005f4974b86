"""How docks stand, as data: what a session or the settings keep of it, and how it is read from rectangles.

Qt has a form of its own for this, and trusts it: one byte changed in a file can crash or freeze a window. This form
says names and sizes alone, and is checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

import msgspec
from PySide6.QtCore import QRect

MOST_BYTES = 1 << 16
_DEEPEST = 12

Name = Annotated[str, msgspec.Meta(max_length=64)]
Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
Pixel = Annotated[int, msgspec.Meta(ge=-100_000, le=100_000)]
Extent = Annotated[int, msgspec.Meta(ge=1, le=100_000)]
Side = Literal["left", "right", "top", "bottom"]
SIDES: tuple[Side, ...] = ("left", "right", "top", "bottom")


class Pane(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="pane", omit_defaults=True):
    """One panel, or several as tabs; ``top`` is the one that is seen."""

    panels: Annotated[tuple[Name, ...], msgspec.Meta(min_length=1, max_length=64)]
    top: Name = ""
    share: Share = 1.0


class Split(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="split", omit_defaults=True):
    """Panes below one another, or with ``across`` beside one another, each with its share of the room."""

    parts: Annotated[tuple[Pane | Split, ...], msgspec.Meta(min_length=2, max_length=64)]
    across: bool = False
    share: Share = 1.0


class Floating(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A panel in a window of its own."""

    panel: Name
    x: Pixel
    y: Pixel
    width: Extent
    height: Extent


class Area(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands at one side of the window, or of its middle, and how much of its width or height it takes."""

    middle: bool
    side: Side
    tree: Pane | Split
    share: Share


class Arrangement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where all panels stand that are seen, and from which layout they were moved there."""

    layout: Name
    areas: Annotated[tuple[Area, ...], msgspec.Meta(max_length=8)]
    floating: Annotated[tuple[Floating, ...], msgspec.Meta(max_length=64)] = ()


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A layout by its name, as the samples have it."""

    layout: Name


def encode(arrangement: Arrangement) -> bytes:
    """Return an arrangement as JSON."""
    return msgspec.json.encode(arrangement)


def decode(content: bytes) -> Arrangement | Named | None:
    """Return what was encoded; None where it is anything else, as what earlier versions kept."""
    if len(content) > MOST_BYTES:
        return None
    try:
        return msgspec.json.decode(content, type=Named)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        pass  # it is no name; it may be an arrangement
    try:
        found = msgspec.json.decode(content, type=Arrangement)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return found if _sound(found) else None


def _sound(arrangement: Arrangement) -> bool:
    """Whether no panel stands twice, no side twice, and nothing is nested beyond use."""
    panels = [name for area in arrangement.areas for name in panels_of(area.tree)]
    panels += [floating.panel for floating in arrangement.floating]
    sides = [(area.middle, area.side) for area in arrangement.areas]
    deep = max((_depth(area.tree) for area in arrangement.areas), default=0)
    return len(set(panels)) == len(panels) and len(set(sides)) == len(sides) and deep <= _DEEPEST


def _depth(tree: Pane | Split) -> int:
    return 1 if isinstance(tree, Pane) else 1 + max(_depth(part) for part in tree.parts)


def panels_of(tree: Pane | Split) -> Iterator[str]:
    """Yield the names of all panels, from top left to bottom right."""
    if isinstance(tree, Pane):
        yield from tree.panels
    else:
        for part in tree.parts:
            yield from panels_of(part)


def only(tree: Pane | Split, known: set[str]) -> Pane | Split | None:
    """Return a tree without the panels that are not known; None where nothing is left."""
    if isinstance(tree, Pane):
        kept = tuple(name for name in tree.panels if name in known)
        return msgspec.structs.replace(tree, panels=kept, top=tree.top if tree.top in kept else "") if kept else None
    parts = tuple(part for part in (only(part, known) for part in tree.parts) if part is not None)
    if len(parts) < 2:
        return msgspec.structs.replace(parts[0], share=tree.share) if parts else None
    return msgspec.structs.replace(tree, parts=parts)


def read(panes: Sequence[tuple[Pane, QRect]]) -> Pane | Split:
    """Return how panes are split, from where they stand: the area is cut wherever a cut passes through no pane."""
    return _read(list(panes), 1.0)


def _read(panes: list[tuple[Pane, QRect]], share: float) -> Pane | Split:
    if len(panes) == 1:
        return msgspec.structs.replace(panes[0][0], share=share)
    rows, columns = _cut(panes, across=False), _cut(panes, across=True)
    across = len(rows) < 2 <= len(columns)
    groups = columns if across else rows if len(rows) > 1 else [[pane] for pane in panes]
    extents = [_extent(group, across=across) for group in groups]
    whole = max(1, sum(extents))
    parts = tuple(_read(group, extent / whole) for group, extent in zip(groups, extents, strict=True))
    return Split(parts, across, share)


def _cut(panes: list[tuple[Pane, QRect]], *, across: bool) -> list[list[tuple[Pane, QRect]]]:
    """Return groups of panes of which each ends before the next begins, from top to bottom or from left to right."""
    ordered = sorted(panes, key=lambda pane: pane[1].left() if across else pane[1].top())
    groups: list[list[tuple[Pane, QRect]]] = []
    end = -(10**9)
    for pane in ordered:
        begin, last = (pane[1].left(), pane[1].right()) if across else (pane[1].top(), pane[1].bottom())
        if begin > end:
            groups.append([])
        groups[-1].append(pane)
        end = max(end, last)
    return groups


def _extent(group: list[tuple[Pane, QRect]], *, across: bool) -> int:
    rect = QRect()
    for _, each in group:
        rect = rect.united(each)
    return rect.width() if across else rect.height()
