"""What is drawn of the space of hidden states: colours of steps, names of axes, and what is said of fixed points."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.language.tex import symbol_text
from rnnviz.ui import reading
from rnnviz.ui.drawing.ticks import number
from rnnviz.ui.plots.xy.state_space.items import Colouring, FixedDots
from rnnviz.ui.theme import MAGNITUDES, PROBABILITIES, ColourMap, SignalStyle, Theme, series_style
from rnnviz.ui.theme.colormaps import LEVELS
from rnnviz.ui.view import AnalysisView, View

_CLASSES = 7
"""Tokens that have a colour of their own; the others share one."""

_SHADES = 48
_KINDS = ("stable", "saddle", "unstable", "marginal")

Steps = NDArray[np.int64]


def colouring_of(view: View, steps: Steps, choice: str, theme: Theme) -> Colouring:
    """Return the colours of some steps: by "step", "token" or "loss"."""
    if choice == "token":
        return _by_token(view, steps, theme)
    if choice == "loss":
        losses = reading.losses(view)[steps]
        return _scaled("loss of the step", losses, MAGNITUDES, theme, _ends(losses))
    ends = (str(int(steps[0]) + 1), str(int(steps[-1]) + 1)) if len(steps) else ("", "")
    return _scaled("step t", steps.astype(np.float64), PROBABILITIES, theme, ends)


def _ends(values: NDArray[np.float64]) -> tuple[str, str]:
    finite = values[np.isfinite(values)]
    return (number(float(finite.min())), number(float(finite.max()))) if len(finite) else ("", "")


def _scaled(
    title: str, values: NDArray[np.float64], colours: ColourMap, theme: Theme, ends: tuple[str, str]
) -> Colouring:
    """Shades of a perceptual map, without its end that is like the ground; what has no value is faint."""
    first, last = (0.22, 1.0) if theme.dark else (0.0, 0.86)
    table = colours.table(theme)[np.linspace(first * (LEVELS - 1), last * (LEVELS - 1), _SHADES).round().astype(int)]
    palette = [SignalStyle("#" + bytes(row[:3]).hex(), "circle") for row in table]
    finite = np.isfinite(values)
    low, high = (float(values[finite].min()), float(values[finite].max())) if finite.any() else (0.0, 1.0)
    share = np.zeros(len(values))
    share[finite] = (values[finite] - low) / max(high - low, 1e-300)
    index = np.where(finite, np.minimum((share * _SHADES).astype(np.intp), _SHADES - 1), _SHADES)
    if not finite.all():
        palette.append(SignalStyle(theme.faint, "circle"))
    if not finite.any():
        palette = palette[-1:] * (_SHADES + 1)
        return Colouring(f"no {title}", tuple(palette), index, ends=ends)
    return Colouring(title, tuple(palette), index, ends=ends)


def _by_token(view: View, steps: Steps, theme: Theme) -> Colouring:
    """A colour and a symbol for each of the most frequent tokens, and one for all the others."""
    labels = view.trace.labels if view.trace is not None else ()
    mine = [labels[step] if step < len(labels) else "" for step in steps.tolist()]
    counts = Counter(mine)
    chosen = [name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], mine.index(item[0])))]
    chosen = chosen[: _CLASSES + 1] if len(chosen) == _CLASSES + 1 else chosen[:_CLASSES]
    others = len(counts) - len(chosen)
    palette = [series_style(k, theme) for k in range(len(chosen))]
    names = [repr(name)[1:-1] if name.strip() else "space" if name else "none" for name in chosen]
    if others:
        palette.append(SignalStyle(theme.faint, "circle"))
        names.append(f"{others} others")
    place = {name: k for k, name in enumerate(chosen)}
    index = np.array([place.get(name, len(chosen)) for name in mine], np.intp)
    return Colouring("token", tuple(palette), index, tuple(names))


def axes_of(answer: AnalysisView, state: str, *, plain: bool) -> tuple[str, ...]:
    """Return the names of the axes: units, or components with their share of the variance."""
    count = len(answer.arrays["components"])
    if plain:
        return tuple(f"{symbol_text(state)} of unit {k + 1}" for k in range(count))
    shares = np.asarray(answer.arrays["explained"], np.float64)
    return tuple(f"PC {k + 1} ({_percent(float(shares[k]))})" for k in range(count))


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 or share == 0 else f"{100 * share:.1g} %"


def projected(answer: AnalysisView, states: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return states [n, H] on the axes of a trajectory, [n, k]."""
    centre, components = (np.asarray(answer.arrays[name], np.float64) for name in ("centre", "components"))
    with np.errstate(invalid="ignore"):
        found: NDArray[np.float64] = (np.asarray(states, np.float64) - centre) @ components.T
    return found


def fixed_of(answer: AnalysisView, found: AnalysisView, state: str) -> FixedDots | None:
    """Return fixed points on the axes of a trajectory; None where the state is not one that is carried."""
    states, units = found.facts["states"], int(float(str(found.facts["units"])))
    if not isinstance(states, tuple) or state not in states:
        return None
    first = states.index(state) * units
    return FixedDots(projected(answer, found.arrays["points"][:, first : first + units]), kinds_of(found))  # type: ignore[arg-type]


def kinds_of(found: AnalysisView) -> tuple[str, ...]:
    """Return what each fixed point is."""
    kinds = found.facts["kinds"]
    return kinds if isinstance(kinds, tuple) else ()


def told(found: AnalysisView) -> str:
    """Return how many fixed points of each kind there are, and how many starts of the search came to none, in words."""
    kinds = Counter(kinds_of(found))
    starts, elsewhere = (int(float(str(found.facts[name]))) for name in ("starts", "elsewhere"))
    if not kinds:
        return f"none found from {starts} starts"
    ends = {"saddle": "s"}
    words = [f"{kinds[kind]} {kind}{ends.get(kind, '') if kinds[kind] > 1 else ''}" for kind in _KINDS if kinds[kind]]
    missed = f" ({elsewhere} of {starts} starts came to none)" if elsewhere else ""
    return ", ".join(words) + missed


def described(found: AnalysisView, place: int) -> str:
    """Return what is told of one fixed point."""
    largest = float(np.abs(found.arrays["eigenvalues"][place]).max(initial=0.0))
    return (
        f"fixed point {place + 1}, {kinds_of(found)[place]}: largest |λ| = {number(largest)}, "
        f"q = {number(float(found.arrays['q'][place]))}, {int(found.arrays['counts'][place])} starts came here"
    )
