"""What is said too simply of vanishing gradients, put right for the network that is shown."""

from __future__ import annotations

import math

import numpy as np

from rnnviz.ui.laboratory import Reach, matrices, number
from rnnviz.ui.plots import magnitude
from rnnviz.ui.view import AnalysisView

_EDGE = 5e-4
"""How near to 1 a singular value counts as 1: matrices are stored in single precision, and two digits are shown."""

_SATURATED = 0.005
"""The share of saturated values from which it is told."""

_MUCH = 1.0
"""Powers of ten from which a gradient counts as grown, or as fallen."""

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def sentences(spectra: AnalysisView, reach: Reach | None, sweep: AnalysisView | None = None) -> tuple[str, ...]:
    """Return what the laboratory says of the network that is shown.

    Parameters
    ----------
    spectra : AnalysisView
        Of the picked layer.
    reach : Reach or None
        How far its gradient has come; None where that is not known.
    sweep : AnalysisView or None
        What happens at other scales.
    """
    if spectra.facts.get("applies"):
        return (*_bounded(spectra, reach), *_radius_alone(spectra))
    if reach is not None and not math.isnan(reach.highway):
        return (*_direct_path(spectra, reach, sweep), _reason(spectra))
    return tuple(filter(None, (_reason(spectra), _outcome(reach, "Here "))))


def _bounded(spectra: AnalysisView, reach: Reach | None) -> tuple[str, ...]:
    name = next(iter(matrices(spectra)), "U")
    gamma, sigma = number(spectra, "gamma"), number(spectra, "singular")
    limit = gamma * sigma
    if math.isnan(limit):
        return (f"{name} holds numbers that are not finite, so there is no bound.",)
    what = f"The largest singular value of {name} is {sigma:.2f}"
    if gamma != 1:
        what += f", and {limit:.2f} times the steepest slope {gamma:g}"
    if limit < 1 - _EDGE:
        bound = f"at least as fast as {limit:.2f}ⁿ (Pascanu's bound)"
        return f"{what} < 1: the gradient of each loss vanishes for certain, {bound}.", _outcome(reach, "Here ")
    if limit <= 1 + _EDGE:
        return f"{what}: the gradient cannot explode, but it can vanish.", _tamed(spectra, reach)
    return f"{what} > 1: the gradient may explode, it need not.", _tamed(spectra, reach)


def _tamed(spectra: AnalysisView, reach: Reach | None) -> str:
    """Say what becomes of the gradient, and what keeps it from growing where something does."""
    if reach is None or not math.isfinite(reach.log10) or reach.log10 >= _MUCH:
        return _outcome(reach, "Here ")
    shares = {name: share for name, share in spectra.facts.items() if name.startswith("saturated ")}
    for name in shares:
        signal, share = name.removeprefix("saturated "), number(spectra, name)
        if share >= _SATURATED:
            return _outcome(reach, f"Here {signal} is saturated in {_percent(share)} of its values, and ")
        return _outcome(reach, f"Here slopes of {signal} below {number(spectra, 'gamma'):g} hold it back: ")
    return _outcome(reach, "Here ")


def _radius_alone(spectra: AnalysisView) -> tuple[str, ...]:
    name = next(iter(matrices(spectra)), "U")
    radius, sigma = number(spectra, f"radius {name}"), number(spectra, f"largest {name}")
    if not (radius < 1 - _EDGE and sigma > 1 + _EDGE):
        return ()
    few = f"The spectral radius {radius:.2f} < 1 speaks of many steps only: {name} is not normal, "
    return (few + "and over a few steps it can still amplify.",)


def _direct_path(spectra: AnalysisView, reach: Reach, sweep: AnalysisView | None) -> tuple[str, ...]:
    names = matrices(spectra)
    free = " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)
    over = f"from step {reach.start} to {reach.end}"
    path = f"The direct path of {reach.state or 'the state'}"
    direct = f"{path} is free of {free}: {over} it lets {magnitude(reach.highway)} through, in the mean of the units."
    if math.isnan(reach.log10):
        return direct, _outcome(reach, "The full Jacobian is not: ")
    if reach.log10 >= _MUCH:
        return direct, _outcome(reach, "The full Jacobian is not, and it explodes all the same: ")
    return direct, _outcome(reach, "The full Jacobian is not: ")[:-1] + f"; {_elsewhere(sweep)}."


def _elsewhere(sweep: AnalysisView | None) -> str:
    """Say whether the full Jacobian explodes somewhere on the knob."""
    if sweep is not None and not sweep.fault:
        values, reach = (np.asarray(sweep.arrays[name], np.float64) for name in ("values", "reach"))
        grown = np.flatnonzero((reach >= _MUCH) & ~np.isnan(reach))
        if len(grown):
            return f"from {values[grown[0]]:.2f} on it explodes"
    return "with larger weights it can still explode"


def _outcome(reach: Reach | None, begin: str) -> str:
    """Say how large the gradient has become; empty where that is not known."""
    if reach is None:
        return ""
    name = f"‖∂s{_small(reach.end)}/∂s{_small(reach.start)}‖"
    if math.isnan(reach.log10):
        return f"{begin}{name} is not a number, because the run itself has exploded."
    if math.isinf(reach.log10):
        return f"{begin}{name} is " + ("infinite." if reach.log10 > 0 else "a true zero.")
    verb = "stays at" if abs(reach.log10) < _MUCH else "grows to" if reach.log10 > 0 else "falls to"
    return f"{begin}{name} {verb} {magnitude(reach.log10)}."


def _reason(spectra: AnalysisView) -> str:
    reason = str(spectra.facts.get("reason", ""))
    return f"No bound is drawn: {reason}" if reason else ""


def _small(step: int) -> str:
    return str(step).translate(_SUBSCRIPTS)


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%" if share >= 0.0095 else f"{100 * share:.1f}%"
