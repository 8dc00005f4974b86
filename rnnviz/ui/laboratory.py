"""What the vanishing laboratory offers and reads from answers: pure functions."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.requests import Measure
from rnnviz.engine.scalable import recurrent_blocks
from rnnviz.engine.spec import Direction, NetworkSpec
from rnnviz.ui.theme import SignalStyle, Theme, series_style, signal_style
from rnnviz.ui.theme.signals import SIGNALS
from rnnviz.ui.view import AnalysisView

ALL, LAYER = "all", "layer"
"""Choices of what the knob scales, besides the names of single matrices."""

WORDS: dict[Measure, str] = {"radius": "spectral radius", "singular": "largest singular value"}

Floats = NDArray[np.float64]


def choices(spec: NetworkSpec, layer: int, direction: Direction) -> tuple[tuple[str, str, str], ...]:
    """Return what the knob can scale: (value, label, help), all matrices first; nothing where there are none."""
    every, own = recurrent_blocks(spec), blocks_of(spec, LAYER, layer, direction) or ()
    if not every:
        return ()
    found = [(ALL, "all", "Every recurrent matrix of the network, each brought to the same value")]
    where = f"layer {layer + 1}" + (f", {direction}" if spec.bidirectional else "")
    if own and len(own) < len(every):
        found.append((LAYER, where, f"The recurrent matrices of {where} alone, the others unscaled"))
    if len(every) > 1:
        names = [block.split(":")[2] for block in own]
        found += [(name, name, f"{name} of {where} alone, the others unscaled") for name in names]
    return tuple(found)


def blocks_of(spec: NetworkSpec, choice: str, layer: int, direction: Direction) -> tuple[str, ...] | None:
    """Return the matrices of a choice as a Scaling names them; None for all."""
    if choice == ALL:
        return None
    prefix = f"{layer}:{direction}:"
    own = tuple(block for block in recurrent_blocks(spec) if block.startswith(prefix))
    return own if choice == LAYER else tuple(block for block in own if block == prefix + choice)


def choice_of(spec: NetworkSpec, blocks: tuple[str, ...] | None, layer: int, direction: Direction) -> str:
    """Return the choice that stands for some matrices; empty where none of this layer does."""
    offered = [value for value, _, _ in choices(spec, layer, direction)]
    return next((value for value in offered if blocks_of(spec, value, layer, direction) == blocks), "")


def matrix_style(name: str, place: int, theme: Theme) -> SignalStyle:
    """Return how a matrix is drawn: as the gate it belongs to, where its name tells."""
    gate = name.rpartition("_")[2]
    return signal_style(gate, theme) if gate in SIGNALS and gate != name else series_style(place, theme)


def matrices(spectra: AnalysisView) -> tuple[str, ...]:
    """Return the names of the recurrent matrices of the layer."""
    names = spectra.facts.get("matrices", ())
    return names if isinstance(names, tuple) else ()


def number(found: AnalysisView, name: str) -> float:
    """Return a fact that is a number; NaN where it is missing."""
    fact = found.facts.get(name, math.nan)
    return float(fact) if isinstance(fact, int | float) else math.nan


def largest(spectra: AnalysisView, measure: Measure) -> float:
    """Return the largest spectral radius, or singular value, of the matrices of the layer; NaN where none has one."""
    prefix = "radius" if measure == "radius" else "largest"
    sizes = [number(spectra, f"{prefix} {name}") for name in matrices(spectra)]
    return max((size for size in sizes if not math.isnan(size)), default=math.nan)


@dataclass(frozen=True)
class Reach:
    """How far the gradient has come from the step that ran first, at the greatest distance that is known.

    Parameters
    ----------
    start, end : int
        Steps counted from 1, as they are shown.
    log10 : float
        Of the largest singular value of ds_end/ds_start.
    highway : float
        log10 of what comes through along the direct path from state to state, in the mean over the units; NaN where
        there is none.
    state : str
        The state whose direct path that is.
    """

    start: int
    end: int
    log10: float
    highway: float = math.nan
    state: str = ""


def reach_of(paths: AnalysisView | None, anchor: int) -> Reach | None:
    """Return how far the gradient has come; None where it is not known, or has not moved."""
    if paths is None or paths.fault or "largest" not in paths.arrays:
        return None
    away, values = distances(paths, anchor), np.asarray(paths.arrays["largest"], np.float64)
    reached = np.flatnonzero((away > 0) & (away <= followed(paths)))
    position = paths.trace.schedule.reached(paths.position, _layer(paths), _direction(paths))
    steps = steps_of(paths)
    reached = reached[(steps[reached] >= position.start) & (steps[reached] < position.stop)]
    if not len(reached):
        return None
    last = reached[away[reached].argmax()]
    along, state = float(highway(paths)[last]), str(paths.facts.get("state", ""))
    return Reach(anchor + 1, int(steps[last]) + 1, float(values[last]), along, state)


def followed(paths: AnalysisView) -> float:
    """Return up to which distance the path was followed: in a very long run not to its end."""
    reach = paths.facts.get("reach", math.inf)
    return float(reach) if isinstance(reach, int | float) else math.inf


def steps_of(paths: AnalysisView) -> NDArray[np.int64]:
    """Return the step of every number of an answer about paths."""
    return np.asarray(paths.arrays.get("steps", np.arange(len(paths.arrays["largest"]))), np.int64)


def distances(paths: AnalysisView, anchor: int) -> NDArray[np.int64]:
    """Return t - k for every number of an answer about paths; of the backward direction k - t."""
    away = steps_of(paths) - anchor
    return -away if _direction(paths) == "backward" else away


def highway(paths: AnalysisView) -> Floats:
    """Return log10 of the direct path from state to state; NaN where there is none."""
    count = len(paths.arrays["largest"])
    found = np.asarray(paths.arrays.get("highway", np.zeros(0)), np.float64)
    return found if found.shape == (count,) else np.full(count, np.nan)


def _layer(found: AnalysisView) -> int:
    return int(getattr(found.request, "layer", 0))


def _direction(found: AnalysisView) -> Direction:
    return "backward" if getattr(found.request, "direction", "forward") == "backward" else "forward"
