"""What an answer of the engine says about clipping, in words and numbers for the screen."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rnnviz.engine.record import NETWORK
from rnnviz.engine.requests import ClipKind
from rnnviz.ui.plots import number
from rnnviz.ui.plots.xy.parameter_bars import ParameterRow
from rnnviz.ui.resolve import loss_steps
from rnnviz.ui.view import AnalysisView, View


@dataclass(frozen=True)
class Totals:
    """What clipping does to the gradient of all parameters together.

    Parameters
    ----------
    kind : {"norm", "value"}
    threshold : float
    before, after : float
        Norms over all parameters.
    largest : float
        The largest absolute entry before.
    factor : float
        What clipping by norm multiplies every entry with.
    cut : float
        The share of entries that are changed.
    cosine : float
        Of the angle between before and after; NaN where one of them has no direction.
    """

    kind: ClipKind
    threshold: float
    before: float
    after: float
    largest: float
    factor: float
    cut: float
    cosine: float

    @classmethod
    def of(cls, answer: AnalysisView, kind: ClipKind, threshold: float) -> Totals:
        """Read an answer."""
        names = ("norm before", "norm after", "largest", "factor", "cut", "cosine")
        return cls(kind, threshold, *(float(str(answer.facts[name])) for name in names))

    @property
    def finite(self) -> bool:
        """Whether the gradient is."""
        return math.isfinite(self.before)

    @property
    def clipped(self) -> bool:
        """Whether anything is changed."""
        return self.cut > 0

    def numbers(self) -> tuple[tuple[str, str], ...]:
        """Return (name, number) for the large line."""
        if not self.clipped and self.finite:
            return (("|g|", number(self.before)),)
        shown = [("|g|", f"{number(self.before)} → {number(self.after)}")]
        if self.kind == "norm" and self.finite:
            shown.append(("every entry ×", number(self.factor)))
        if self.kind == "value":
            shown.append(("entries clipped", share(self.cut)))
        if math.isfinite(self.cosine):
            shown.append(("cosine", cosine(self.cosine)))
        return tuple(shown)

    def sentence(self) -> str:
        """Return what happens and why, in a sentence."""
        if not self.finite:
            return self._not_finite()
        if self.before == 0:
            return "The gradient is zero: there is nothing to clip."
        if self.kind == "norm":
            if not self.clipped:
                return f"The norm is not above {number(self.threshold)}, so nothing is changed."
            return (
                f"By norm, every entry is multiplied with {number(self.threshold)} / {number(self.before)}: "
                "the gradient becomes shorter and keeps its direction."
            )
        if not self.clipped:
            return (
                f"No entry is above {number(self.threshold)} (the largest is {number(self.largest)}): nothing changes."
            )
        return (
            f"By value, every entry beyond ±{number(self.threshold)} is clipped to it and the others stay: "
            f"the direction changes, by {number(math.degrees(math.acos(min(1.0, self.cosine))), 2)}°."
        )

    def _not_finite(self) -> str:
        if self.kind == "value":
            return "The gradient is not finite: by value, infinite entries are clipped to the threshold, NaN stays NaN."
        if math.isinf(self.before):
            return "The gradient is not finite: clipping by norm gives NaN where it is infinite, and 0 elsewhere."
        return "The gradient is not finite: clipping by norm gives NaN."


def share(value: float) -> str:
    """Return a share in percent, never rounded to none or all that it is not."""
    percent = 100 * value
    if 0 < percent < 0.1:
        return "< 0.1 %"
    if 99.9 < percent < 100:
        return "> 99.9 %"
    return f"{percent:.1f} %" if 0 < percent < 100 else f"{percent:.0f} %"


def cosine(value: float) -> str:
    """Return a cosine, never rounded to 1 where it is less."""
    return "1" if value > 1 - 1e-12 else f"{math.floor(value * 1e4) / 1e4:.4f}"


def rows_of(answer: AnalysisView) -> tuple[ParameterRow, ...]:
    """Return the parameters with the norms of their gradients."""
    names = answer.facts["names"]
    assert isinstance(names, tuple)
    norms = zip(answer.arrays["norms before"].tolist(), answer.arrays["norms after"].tolist(), strict=True)
    return tuple(ParameterRow(name, *pair) for name, pair in zip(names, norms, strict=True))


def loss_name(view: View) -> str:
    """Return of which loss the gradient is."""
    trace = view.trace
    if trace is None or view.published >= trace.schedule.positions:
        return "gradient of the loss of all steps"
    return "gradient of the loss so far"


def without_loss(view: View) -> str:
    """Return why there is no gradient to clip; empty where there is one."""
    trace = view.trace
    if trace is None:
        return ""
    steps = loss_steps(trace)
    if not steps.any():
        return "This sequence has no target, so there is no loss, and no gradient to clip: choose a target for it."
    if steps[trace.reached(view.published, NETWORK, "forward")].any():
        return ""
    if trace.schedule.spec.bidirectional:
        return "The losses come when both directions have run: step forward, or run all."
    return f"The first loss comes at step {int(steps.argmax()) + 1}: step forward, or run all."
