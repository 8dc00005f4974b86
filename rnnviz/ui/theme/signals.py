"""One colour, one symbol and one dash per signal, the same in diagram, formula, plot, legend and figure.

The hues are those of Okabe and Ito (2008), which people with any kind of colour blindness tell apart, made
darker on light grounds and lighter on dark ones until a name in each can be read on every ground (4.5 to 1); and a
violet, for cells that have more signals than those are.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Literal

from rnnviz.engine.language.tex import ACCENTS
from rnnviz.ui.theme.palette import Theme

Dash = Literal["solid", "dash", "dot", "dashdot"]
Symbol = Literal[
    "circle",
    "square",
    "diamond",
    "up",
    "down",
    "left",
    "right",
    "plus",
    "cross",
    "star",
    "pentagon",
    "hexagon",
]

# hue: (on light, on dark)
HUES: dict[str, tuple[str, str]] = {
    "ink": ("#14181f", "#edf0f5"),
    "blue": ("#0067a8", "#58a2f1"),
    "sky": ("#1d70a0", "#7ccbf5"),
    "green": ("#007955", "#1fc79a"),
    "vermillion": ("#b44900", "#ff7a33"),
    "orange": ("#926000", "#f0ac1f"),
    "purple": ("#a7487e", "#e08fbf"),
    "yellow": ("#776b00", "#f2e75c"),
    "violet": ("#7a3fd0", "#ae8cf7"),
}

SIGNALS: dict[str, tuple[str, Symbol]] = {
    "h": ("ink", "circle"),
    "c": ("blue", "square"),
    "i": ("green", "up"),
    "f": ("vermillion", "down"),
    "g": ("orange", "diamond"),
    "o": ("purple", "hexagon"),
    "r": ("vermillion", "left"),
    "z": ("green", "right"),
    "n": ("violet", "pentagon"),
    "x": ("sky", "plus"),
    "y": ("yellow", "star"),
    "s": ("blue", "cross"),
    "q": ("purple", "plus"),
    "a": ("green", "star"),
    "m": ("yellow", "left"),
    "loss": ("vermillion", "cross"),
}

_SERIES: tuple[tuple[str, Symbol], ...] = (
    ("blue", "circle"),
    ("vermillion", "square"),
    ("green", "up"),
    ("purple", "diamond"),
    ("orange", "down"),
    ("sky", "pentagon"),
    ("ink", "plus"),
    ("yellow", "star"),
)
_SYMBOLS: tuple[Symbol, ...] = ("circle", "square", "diamond", "up", "down", "left", "right", "star")


@dataclass(frozen=True)
class SignalStyle:
    """How a signal looks: `colour` as ``#rrggbb``, the `symbol` of its markers and the `dash` of its line."""

    colour: str
    symbol: Symbol
    dash: Dash = "solid"


def hue(name: str, theme: Theme) -> str:
    """Return a hue of `HUES` as it is drawn on the grounds of `theme`."""
    return HUES[name][1 if theme.dark else 0]


def signal_style(name: str, theme: Theme) -> SignalStyle:
    """Return the style of a signal by its name in the cell's equations.

    A pre-activation (``"i.pre"``) has the colour and symbol of its gate and a dashed line, what is an accented letter
    (``"f_prime"``, ``"i_tilde"``) those of the letter and a dotted one. A name that no
    textbook cell uses gets a colour and a symbol that depend on the name alone, with a line of dots and
    dashes.
    """
    base, _, kind = name.partition(".")
    letter, _, accent = base.partition("_")
    if letter in SIGNALS and (letter == base or accent in ACCENTS):
        colour, symbol = SIGNALS[letter]
        return SignalStyle(hue(colour, theme), symbol, "dash" if kind else "dot" if accent else "solid")
    code = zlib.crc32(base.encode())
    hues = [other for other in HUES if other not in ("ink", "violet")]
    colour = hues[code % len(hues)]
    return SignalStyle(hue(colour, theme), _SYMBOLS[code // 7 % len(_SYMBOLS)], "dot" if kind else "dashdot")


def series_style(index: int, theme: Theme) -> SignalStyle:
    """Return the style of series number `index` (from 0) among several of one signal, e.g. picked units."""
    colour, symbol = _SERIES[index % len(_SERIES)]
    dashes: tuple[Dash, ...] = ("solid", "dash", "dot", "dashdot")
    return SignalStyle(hue(colour, theme), symbol, dashes[index // len(_SERIES) % len(dashes)])
