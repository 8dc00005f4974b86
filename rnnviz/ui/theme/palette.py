"""The colours of the window: light, dark, and print for figures on white."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Theme:
    """One set of colours, each an sRGB hex string ``#rrggbb``.

    Attributes
    ----------
    name : str
        "light", "dark" or "print".
    dark : bool
        Whether light text stands on a dark ground.
    window, surface, raised, field : str
        Grounds: the window, a plot or panel, a button or header, an input field.
    border, grid, hatch : str
        Quiet lines: frames, grid lines of plots, the hatching of steps not reached yet.
    text, muted, faint : str
        Type: what is read, what explains, what is disabled.
    accent, on_accent, selection : str
        What is active, type upon it, the ground of a selection.
    cursor, halo : str
        The cursor over plots and the thin contrasting line around it.
    warning, error, ok : str
        States told in words beside the colour.
    plus_infinity, minus_infinity, blank : str
        Values without a place on a scale; `blank` is a value that is not a number.
    """

    name: str
    dark: bool
    window: str
    surface: str
    raised: str
    field: str
    border: str
    grid: str
    hatch: str
    text: str
    muted: str
    faint: str
    accent: str
    on_accent: str
    selection: str
    cursor: str
    halo: str
    warning: str
    error: str
    ok: str
    plus_infinity: str
    minus_infinity: str
    blank: str


LIGHT = Theme(
    name="light",
    dark=False,
    window="#eef0f3",
    surface="#ffffff",
    raised="#f7f8fa",
    field="#ffffff",
    border="#d3d8df",
    grid="#e6e9ee",
    hatch="#e3e7ec",
    text="#14181f",
    muted="#55606e",
    faint="#7b8694",
    accent="#1f63c9",
    on_accent="#ffffff",
    selection="#e3edfc",
    cursor="#14181f",
    halo="#ffffff",
    warning="#9a5b00",
    error="#b3261e",
    ok="#00724f",
    plus_infinity="#e6009a",
    minus_infinity="#7a00e6",
    blank="#ffffff",
)

DARK = Theme(
    name="dark",
    dark=True,
    window="#12151a",
    surface="#191d24",
    raised="#222832",
    field="#29313d",
    border="#343b47",
    grid="#2a313b",
    hatch="#272d37",
    text="#edf0f5",
    muted="#a3adba",
    faint="#808b98",
    accent="#5aa2f5",
    on_accent="#0b1220",
    selection="#1e3655",
    cursor="#ffffff",
    halo="#0b0d11",
    warning="#f0b04a",
    error="#ff8a80",
    ok="#4cc9a0",
    plus_infinity="#ff4fc3",
    minus_infinity="#b388ff",
    blank="#191d24",
)

PRINT = replace(
    LIGHT,
    name="print",
    window="#ffffff",
    raised="#f3f4f6",
    border="#c9ced6",
    grid="#e3e6eb",
    text="#000000",
    muted="#4a535f",
    cursor="#000000",
)

THEMES: dict[str, Theme] = {theme.name: theme for theme in (LIGHT, DARK, PRINT)}


def luminance(colour: str) -> float:
    """Return the relative luminance of ``#rrggbb``, 0 to 1 (WCAG 2.2)."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted((luminance(first), luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)
