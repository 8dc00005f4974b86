"""What an answer of the engine says about how far a gradient reaches: curves, ranges and words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.requests import JacobianAt, PathsFrom, PathTable
from rnnviz.engine.spec import Direction
from rnnviz.ui.plots import log_range, number
from rnnviz.ui.plots.xy.matrix_blocks import MatrixBlock
from rnnviz.ui.theme import SignalStyle, Theme, signal_style
from rnnviz.ui.theme.signals import hue
from rnnviz.ui.view import AnalysisView, View

Values = NDArray[np.float64]

_DEEPEST = 4.0
"""Powers of ten below the other curves up to which the smallest singular value may stretch the scale."""

NAMES = {
    "largest": "largest σ",
    "frobenius": "Frobenius",
    "smallest": "smallest σ",
    "highway": "mean ∏ factor",
    "highway largest": "largest ∏ factor",
    "bound": "Pascanu's bound",
}
"""What the arrays of an answer are called on the screen."""


@dataclass(frozen=True, eq=False)
class Paths:
    """What is known of ds_t/ds_k for one k.

    Parameters
    ----------
    anchor : int
        k, counted from 0.
    steps : int array, [n]
        k and the later steps, in the order in which the cell ran.
    curves : mapping of str to ndarray, [n]
        log10 values by the names of the answer.
    answer : AnalysisView
    """

    anchor: int
    steps: NDArray[np.intp]
    curves: Mapping[str, Values]
    answer: AnalysisView


def paths_of(view: View, answer: AnalysisView) -> Paths | None:
    """Read an answer as far as the run may be shown; None where it speaks of a step that has not been run."""
    request, trace = answer.request, view.trace
    assert isinstance(request, PathsFrom)
    if trace is None or answer.fault or "largest" not in answer.arrays:
        return None
    rows = trace.reached(view.known, request.layer, request.direction)
    anchor, size = request.anchor, len(answer.arrays["largest"])
    if not rows.start <= anchor < min(rows.stop, size):
        return None
    end = int(float(str(answer.facts.get("reach", size))))
    steps = np.arange(anchor, min(rows.stop, size, anchor + end + 1))
    if request.direction == "backward":
        steps = np.arange(anchor, max(rows.start, anchor - end) - 1, -1)
    curves = {name: np.asarray(answer.arrays[name], np.float64)[steps] for name in NAMES if name in answer.arrays}
    return Paths(anchor, steps, curves, answer)


def shown_names(paths: Paths) -> list[str]:
    """Return the curves that are drawn, the most important first; two that are equal are one."""
    names = [name for name in NAMES if name in paths.curves]
    if "highway" in names and np.allclose(
        paths.curves["highway"], paths.curves["highway largest"], atol=1e-9, equal_nan=True
    ):
        names.remove("highway largest")
    return names


def style_of(name: str, theme: Theme) -> SignalStyle:
    """Return how a curve looks."""
    if name == "largest":
        return SignalStyle(hue("ink", theme), "circle")
    if name == "frobenius":
        return SignalStyle(hue("blue", theme), "square", "dash")
    if name == "smallest":
        return SignalStyle(hue("sky", theme), "up")
    if name == "bound":
        return SignalStyle(hue("purple", theme), "diamond", "dash")
    factor = signal_style("f", theme)
    return SignalStyle(factor.colour, factor.symbol, "dot" if name == "highway largest" else "solid")


def label_of(name: str, answer: AnalysisView, *, short: bool = False) -> str:
    """Return the name of a curve: the product of the factors is told by its state where there is room for it."""
    state = str(answer.facts.get("state", ""))
    if short:
        return {"bound": "bound", "highway": "direct path", "highway largest": "direct path, top"}.get(
            name, NAMES[name]
        )
    return NAMES[name].replace("∏ factor", f"direct path of {state}") if state else NAMES[name]


def height_range(curves: Mapping[str, Values]) -> tuple[float, float]:
    """Return the powers of ten that are drawn: all, but for a smallest singular value or a bound far from the rest."""
    near = [values for name, values in curves.items() if name not in ("smallest", "bound")]
    low, high = log_range(near)
    deepest, highest = low - max(_DEEPEST, 0.5 * (high - low)), high + max(2.0, 0.5 * (high - low))
    for name in ("smallest", "bound"):
        finite = curves[name][np.isfinite(curves[name])] if name in curves else np.zeros(0)
        if len(finite):
            least, most = log_range([np.clip(finite, deepest, highest)])
            low, high = min(low, least), max(high, most)
    return low, high


def words(paths: Paths) -> str:
    """Return what is to be said of the curves: whether the bound applies, what it means, and where numbers end."""
    facts = paths.answer.facts
    said = [str(facts.get("reason", ""))]
    gamma, singular = (float(str(facts.get(name, "nan"))) for name in ("gamma", "singular"))
    if facts.get("applies"):
        limits = f"1/γ = {number(1 / gamma)}"
        if gamma * singular < 1:
            said.append(f"σ = {number(singular)} < {limits}: the gradient of each loss vanishes for certain.")
        elif gamma * singular > 1:
            said.append(f"σ = {number(singular)} > {limits}: the gradient may explode, it need not.")
        else:
            said.append(f"σ = {limits}: the gradient cannot explode.")
    elif state := str(facts.get("state", "")):
        said.append(
            f"The path of {state} alone, the direct path, is free of the recurrent matrices; the full Jacobian is not, "
            "and can still explode."
        )
    first = int(float(str(facts.get("first not a number", -1))))
    if first >= 0 and first in paths.steps:
        said.append(f"From t = {first + 1} on the path is not a number any more.")
    if len(paths.steps) - 1 == facts.get("reach"):
        said.append(f"The path is followed for {len(paths.steps) - 1:,} steps.")
    return " ".join(part for part in said if part)


def blocks_of(answer: AnalysisView, theme: Theme, direction: Direction) -> list[MatrixBlock]:
    """Return the blocks of a Jacobian, named by the states of its rows and of its columns."""
    assert isinstance(answer.request, JacobianAt)
    states = answer.facts["states"]
    assert isinstance(states, tuple)
    units, before = int(float(str(answer.facts["units"]))), "ₜ₋₁" if direction == "forward" else "ₜ₊₁"
    spans = [(place * units, (place + 1) * units) for place in range(len(states))]
    return [
        MatrixBlock(
            f"∂{row}ₜ / ∂{column}{before}",
            f"{row}ₜ",
            f"{column}{before}",
            across,
            down,
            signal_style(row, theme),
            signal_style(column, theme),
        )
        for row, across in zip(states, spans, strict=True)
        for column, down in zip(states, spans, strict=True)
    ]


def table_words(view: View, answer: AnalysisView | None, running: bool) -> tuple[str, str]:
    """Return the subtitle of the table, and what stands in its middle: why it is not there, or not of today."""
    assert view.trace is not None
    table = answer if answer is not None and "log10" in answer.arrays else None
    grid = "" if table is None or table.facts["whole"] else f", a grid of {len(table.arrays['steps'])} steps"
    subtitle = f"largest singular value, row t, column k{grid}"
    if answer is not None and answer.fault:
        return subtitle, answer.fault
    if running:
        done = view.progress if view.progress is not None and view.progress[0] == "analysing" else ("", 0, 0)
        share = f": {100 * done[1] // done[2]} %" if done[2] else ""
        return subtitle, f"The norms are being computed{share}."
    if table is None:
        count = view.trace.steps
        pairs = f"all pairs of {count:,} steps" if count <= PathTable().most else "a grid of 64 steps"
        return subtitle, f"The norms between {pairs} are computed on demand: press compute."
    return subtitle, "" if view.current(table) else "These norms speak of an earlier state of the run."


def numbers(view: View, answer: AnalysisView | None) -> dict[str, NDArray[np.generic]]:
    """Return log10 of what an answer holds, with a row per step: curves [S], or the table [S, columns k]."""
    if view.trace is None or answer is None or answer.fault:
        return {}
    if isinstance(answer.request, PathTable):
        table = np.full((view.trace.steps, len(answer.arrays["steps"])), np.nan)
        table[np.asarray(answer.arrays["steps"])] = answer.arrays["log10"]
        return {"log10 norm by k": table}
    paths = paths_of(view, answer) if isinstance(answer.request, PathsFrom) else None
    if paths is None:
        return {}
    return {
        f"log10 {name} from k = {paths.anchor + 1}": over_time(paths, name, view.trace.steps) for name in paths.curves
    }


def over_time(paths: Paths, name: str, steps: int) -> Values:
    """Return a curve with a place for every step, [S]; NaN where it is not known."""
    values = np.full(steps, np.nan)
    values[paths.steps] = paths.curves[name]
    return values
