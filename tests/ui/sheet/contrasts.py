"""Which colours of a theme stand upon which, and how well they are told apart (WCAG 2.2, level AA)."""

from __future__ import annotations

from collections.abc import Iterator

from rnnviz.ui.theme import DARK, LIGHT, PRINT, Theme
from rnnviz.ui.theme.palette import contrast
from rnnviz.ui.theme.signals import HUES
from rnnviz.ui.theme.tints import ink_on, tint

TEXT, OBJECT = 4.5, 3.0
"""What type needs, and what large type and drawn objects need."""

GROUNDS = ("window", "surface", "raised", "field", "selection")
INKS = ("text", "muted", "warning", "error", "ok")
OBJECTS = ("accent", "cursor", "faint")
"""Colours of lines, marks and bars: the faint one also of what is disabled, of which nothing is asked."""


def pairs(theme: Theme) -> Iterator[tuple[str, str, str, str, float]]:
    """Yield pairs that are really used: name and colour of what is drawn, of its ground, and what is needed."""
    for ground in GROUNDS:
        colour = getattr(theme, ground)
        for ink in INKS:
            yield ink, getattr(theme, ink), ground, colour, TEXT
        for thing in OBJECTS:
            yield thing, getattr(theme, thing), ground, colour, OBJECT
        for hue, (light, dark) in HUES.items():
            yield hue, dark if theme.dark else light, ground, colour, TEXT
    for ground in ("window", "surface", "raised", "field"):
        yield "accent", theme.accent, ground, getattr(theme, ground), TEXT
    yield "on_accent", theme.on_accent, "accent", theme.accent, TEXT
    yield "halo", theme.halo, "cursor", theme.cursor, OBJECT
    for special in ("plus_infinity", "minus_infinity"):
        yield special, getattr(theme, special), "surface", theme.surface, OBJECT
    for share in range(11):
        found = tint(share / 10, theme)
        yield f"tint {share / 10}", found.ink, "its ground", found.ground, TEXT
    yield "ink", ink_on(theme.plus_infinity, theme), "plus_infinity", theme.plus_infinity, TEXT


def token_faults() -> list[str]:
    """Return the pairs of colours that are too near to each other, in sentences."""
    return [
        f"{theme.name}: {name} ({ink}) on {ground} ({colour}) has {contrast(ink, colour):.2f}, not {needed}"
        for theme in (LIGHT, DARK, PRINT)
        for name, ink, ground, colour, needed in pairs(theme)
        if contrast(ink, colour) < needed
    ]
