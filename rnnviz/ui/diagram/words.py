"""Names and numbers of a diagram as they are written."""

from __future__ import annotations

import math

from rnnviz.ui.drawing.ticks import MINUS, number

_NAMES = (
    *(
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "zeta",
        "eta",
        "theta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
    ),
    *("pi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega"),
)
_GREEK = dict(zip(_NAMES, "αβγδεζηθικλμνξπρστφχψω", strict=True))
_ACCENTS = {"hat": "\u0302", "tilde": "\u0303", "bar": "\u0304", "prime": "′"}


def symbol(name: str, step: str) -> tuple[str, str]:
    """Return a name as a letter and what stands below it: ``f_tilde`` is f̃ with t, ``W_i`` is W with i,t."""
    head, *marks = [part for part in name.removesuffix(".pre").split("_") if part]
    accent = _ACCENTS[marks.pop()] if marks and marks[-1] in _ACCENTS else ""
    below = ",".join([*(_GREEK.get(mark, mark) for mark in marks), *([step] if step else [])])
    return _GREEK.get(head, head) + accent, below


def short(value: float) -> str:
    """Return a number in at most five figures and signs, for a place that keeps its width."""
    if not math.isfinite(value):
        return number(value)
    size = abs(value)
    if size >= 9999.5:
        return number(value, 1)
    decimals = 2 if size < 9.995 else 1 if size < 99.95 else 0
    return f"{round(value, decimals) + 0.0:.{decimals}f}".replace("-", MINUS)


def small(value: float, digits: int = 2) -> str:
    """Return a number that may be far smaller than 1 in significant digits, for a place that keeps its width."""
    if value == 0 or not math.isfinite(value) or abs(value) >= 0.0995:
        return short(value)
    return number(value, digits)
