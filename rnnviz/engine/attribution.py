"""What the input of each step does to the output of one: integrated gradients, leaving out, exchanging.

Derivatives tell what a small change would do. Where a network is saturated, as after training, they are small where
the cause is large; these three change the input itself. Integrated gradients: Sundararajan, Taly and Yan, "Axiomatic
attribution for deep networks" (ICML 2017).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.autogradrun import AutogradRun
from rnnviz.engine.connectivity import class_of, outputs_known, speaks_of_classes
from rnnviz.engine.errors import EngineError, SpecError
from rnnviz.engine.jobs import Job
from rnnviz.engine.readout import activate
from rnnviz.engine.record import NETWORK
from rnnviz.engine.rerun import Reading, Rerun

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

NODES = 16
"""Points at which the gradient is evaluated on every stretch of the way from baseline to input."""
MOST = 4096
"""Points in all, after which what is missed is told."""
COMPLETE = 1e-6
"""How much of the difference of the two scores, or of 1, the sum may miss."""
LONGEST = 2048
"""Steps up to which sequences are read in two directions, anew for every change."""
_EXCHANGES = 20_000
_ROWS = 2048
"""Sequences that are read together."""
_GRAPH = 1 << 26
"""Bytes of a graph that autograd keeps for those that are differentiated."""


@dataclass(frozen=True, eq=False)
class Attribution:
    """What the inputs of a run do to the score of one output.

    Parameters
    ----------
    score, baseline : float
        The score of the sequence, and that of the baseline.
    gradient : ndarray, [S]
        The norm of the derivative of the score with respect to the input of each step.
    integrated : ndarray, [S]
        Integrated gradients; they add up to the difference of the two scores.
    left_out : ndarray, [S]
        By how much the score is higher than without the input: a token is taken out of the text and what follows moves
        up, any other input gives way to the baseline.
    exchanged : ndarray, [S]
        By how much the score is higher than, in the mean, with another token of the vocabulary in its place; of
        inputs that are no tokens, with the inputs of the other steps.
    missed : float
        By how much the integrated gradients miss that difference.
    nodes : int
        At how many points of the way they were evaluated.
    others : int
        How many inputs stood in the place of one.
    tokens : bool
        Whether inputs are tokens.

    Inputs that were not asked about are NaN.
    """

    score: float
    baseline: float
    gradient: NDArray[np.float64]
    integrated: NDArray[np.float64]
    left_out: NDArray[np.float64]
    exchanged: NDArray[np.float64]
    missed: float
    nodes: int
    others: int
    tokens: bool


def attribution(trace: Trace, step: int, reach: int | None = None) -> Job[Attribution]:
    """What the inputs do to the output of a step.

    The score is the logarithm of the probability of the right class, of the likeliest where no target says which is
    right; of outputs that are values, their sum. The baseline is the mean of all inputs of the sequence, zero where
    there is one alone.

    Parameters
    ----------
    trace : Trace
    step : int
    reach : int, optional
        How many steps before it are asked about; None: all. Of two directions, that many to both sides.

    Returns
    -------
    Attribution

    Raises
    ------
    SpecError
        When there is no such step, or it has no output yet.
    EngineError
        When two directions would have to read too long a sequence anew for every change.
    """
    asked = _Asked(trace, step, reach)
    integrated, missed, nodes = yield from _integrated(asked)
    gradient, left_out, exchanged = asked.blank(), asked.blank(), asked.blank()
    rows = [place - asked.first for place in asked.places]
    gradient[asked.places] = _gradients(asked, asked.x)[rows, 0].norm(dim=-1).numpy()
    for done, place in enumerate(asked.places, start=1):
        left_out[place] = asked.score - asked.without(place)
        if len(asked.others):
            exchanged[place] = asked.score - asked.exchanged(place)
        yield len(asked.places) + done, 2 * len(asked.places)
    return Attribution(
        *(asked.score, asked.baseline_score, gradient, integrated, left_out, exchanged),
        *(missed, nodes, len(asked.others), asked.tokens),
    )


def score_and_gradients(trace: Trace, step: int) -> NDArray[np.float64]:
    """Return the score of a step and the norms of its derivatives, [1 + S], as autograd finds them on the recorded run.

    Raises
    ------
    ObjectiveError
        When the run has not come to its end.
    """
    run = AutogradRun(trace)
    name = "logits" if trace.network.spec.readout == "softmax" else "output"
    output = run.signals[NETWORK, "forward", name][step]
    one = class_of(trace, step) if speaks_of_classes(trace) else -1
    score = torch.log_softmax(output, -1)[one] if one >= 0 else output.sum()
    inputs = run.signals[NETWORK, "forward", "x"]
    found = torch.autograd.grad(score, inputs, allow_unused=True, materialize_grads=True)
    free = trace.holds.free_inputs(slice(0, trace.steps), torch.stack(found))
    return np.append(score.item(), free.norm(dim=-1).numpy())


@dataclass
class _Asked:
    """A question: which output, which inputs, and how the network reads them otherwise."""

    trace: Trace
    step: int
    reach: int | None
    rerun: Rerun = field(init=False)
    x: Tensor = field(init=False)
    first: int = field(init=False)

    def __post_init__(self) -> None:
        trace, step = self.trace, self.step
        if not 0 <= step < trace.steps:
            raise SpecError(f"step {step + 1} was asked for, but there are {trace.steps}")
        if not outputs_known(trace)[step]:
            raise SpecError(f"step {step + 1} has no output that the run has come to")
        spec = trace.network.spec
        self.both = spec.bidirectional
        if self.both and trace.steps > LONGEST:
            raise EngineError(f"the causes of two directions are computed of up to {LONGEST:,} steps")
        reach = trace.steps if self.reach is None else self.reach
        fed_output = any(at.cell.uses_output for at in trace.network.cell_layers)  # not recorded where it is not one
        self.first = 0 if self.both or fed_output else max(0, step - reach)
        stop = trace.steps if self.both else step + 1
        self.rerun = Rerun(trace)
        recorded = torch.from_numpy(np.array(trace.record.signal("x", NETWORK), np.float64))
        fed = trace.schedule.has_input.copy()
        if spec.feedback != "none":
            fed[1:] = False
        given = recorded[torch.from_numpy(np.flatnonzero(fed))]
        self.x = recorded[self.first : stop, None]
        near = (k for k in range(self.first, stop) if fed[k] and abs(k - step) <= reach)
        self.places = list(near)
        self.baseline = given.mean(0) if len(given) > 1 else torch.zeros_like(recorded[0])
        self.tokens = self.rerun.embedding is not None or _one_hot(given)
        self.others = self._spread_others(given)
        self.one_class = class_of(trace, step) if speaks_of_classes(trace) else -1
        self.reading = self.rerun.read(self.x, self.first)
        self.score = float(self._score(self.reading))
        self.from_baseline = self.x.clone()
        for place in self.places:
            self.from_baseline[place - self.first] = self.baseline
        self.baseline_score = float(self._score(self.rerun.read(self.from_baseline, self.first)))

    def blank(self) -> NDArray[np.float64]:
        """Return an array [S] of NaN."""
        return np.full(self.trace.steps, np.nan)

    def scores(self, x: Tensor) -> Tensor:
        """Return the scores, [B], of sequences [n, B, I]."""
        return self._score(self.rerun.read(x, self.first))

    def without(self, place: int) -> float:
        """Return the score without an input."""
        if not self.tokens or self.trace.network.spec.feedback != "none":
            return float(self._changed(place, self.baseline[None]))
        at = place - self.first
        shorter = torch.cat([self.x[:at], self.x[at + 1 :]])
        if place > self.step:
            return float(self._score(self.rerun.read(shorter, self.first)))
        if self.step == self.first:
            return float("nan")
        if self.both:
            return float(self._score(self.rerun.read(shorter), self.step - 1))
        if place == self.step:
            return float(self._score(self.reading, self.step - 1))
        later = self.rerun.read(shorter[at:], place, self.reading.before[at])
        return float(self._of(later.logits[-1]))

    def exchanged(self, place: int) -> float:
        """Return the mean score with others in the place of an input."""
        return float(torch.cat([self._changed(place, part) for part in _parts(self.others, _ROWS)]).mean())

    @property
    def differentiated_together(self) -> int:
        """How many sequences may be differentiated together."""
        layers = self.trace.network.cell_layers
        signals = sum(at.units * 2 * len(at.cell.signals) for at in layers) + self.x.shape[-1]
        return max(1, _GRAPH // (8 * signals * len(self.x)))

    def _changed(self, place: int, others: Tensor) -> Tensor:
        """Return the scores, [B], with others [B, I] in the place of an input: what comes before is as it was."""
        at = place - self.first
        start = 0 if self.both else at
        x = self.x[start:].repeat(1, len(others), 1)
        x[at - start] = others
        if self.both:
            return self._score(self.rerun.read(x))
        return self._of(self.rerun.read(x, place, self.reading.before[at]).logits[-1])

    def _score(self, reading: Reading, step: int | None = None) -> Tensor:
        return self._of(reading.logits[(self.step if step is None else step) - self.first])

    def _of(self, logits: Tensor) -> Tensor:
        readout = self.trace.network.spec.readout
        if self.one_class < 0:
            return activate(logits, readout).sum(-1)
        scores = logits if readout == "softmax" else activate(logits, readout)
        return torch.log_softmax(scores, -1)[:, self.one_class]

    def _spread_others(self, given: Tensor) -> Tensor:
        """What may stand in the place of an input, [n, I]: at most as many as can be read in a moment."""
        if not self.tokens:
            others = given if len(given) > 1 else given[:0]
        elif self.rerun.embedding is not None:
            others = self.rerun.embedding
        else:
            others = torch.eye(given.shape[1], dtype=torch.float64)
        most = max(8, _EXCHANGES // max(1, len(self.places)))
        if len(others) <= most:
            return others
        return others[torch.from_numpy(np.round(np.linspace(0, len(others) - 1, most)).astype(np.int64))]


def _integrated(asked: _Asked) -> Job[tuple[NDArray[np.float64], float, int]]:
    """Return the integrated gradients, [S], what their sum misses, and at how many points they were evaluated.

    On every stretch of the way the sum over the inputs must be the difference of the scores at its ends. Where it is
    not, as where the score falls off a cliff, the stretch is halved.
    """
    way = asked.x - asked.from_baseline
    scores = {0.0: asked.baseline_score, 1.0: asked.score}
    wanted = asked.score - asked.baseline_score
    total, nodes, stretches = torch.zeros(len(way), dtype=way.dtype), 0, [(0.0, 1.0)]
    while stretches:
        start, stop = stretches.pop()
        part = _stretch(asked, way, start, stop)
        nodes += NODES
        missed = abs(float(part.sum()) - (scores[stop] - scores[start]))
        allowed = COMPLETE * max(1.0, abs(wanted)) * max(stop - start, 2.0**-8)
        if missed <= allowed or nodes + NODES * (len(stretches) + 2) > MOST or stop - start < 2.0**-40:
            total += part
        else:
            middle = (start + stop) / 2
            scores[middle] = float(asked.scores(asked.from_baseline + middle * way))
            stretches += [(middle, stop), (start, middle)]
        yield round(1000 * (stretches[-1][0] if stretches else 1.0)), 2000
    integrated = asked.blank()
    integrated[asked.places] = total[[place - asked.first for place in asked.places]].numpy()
    return integrated, float(total.sum()) - wanted, nodes


def _stretch(asked: _Asked, way: Tensor, start: float, stop: float) -> Tensor:
    """Return what a stretch of the way adds to each input, [n], by the Gauss-Legendre rule."""
    points, weights = np.polynomial.legendre.leggauss(NODES)
    places = torch.from_numpy(start + (stop - start) * (points + 1) / 2)
    shares = torch.from_numpy((stop - start) * weights / 2)
    total = torch.zeros_like(way[:, 0])
    for some in _parts(torch.arange(NODES), asked.differentiated_together):
        x = asked.from_baseline + places[some, None] * way
        total += (_gradients(asked, x) * shares[some, None]).sum(1)
    return (total * way[:, 0]).sum(-1)


def _gradients(asked: _Asked, x: Tensor) -> Tensor:
    """Return the derivative of the scores with respect to the inputs, [n, B, I]."""
    with torch.enable_grad():
        leaf = x.detach().clone().requires_grad_()
        score = asked.scores(leaf).sum()
        if not score.requires_grad:
            return torch.zeros_like(leaf)
        (found,) = torch.autograd.grad(score, [leaf], allow_unused=True, materialize_grads=True)
    return found


def _parts(rows: Tensor, most: int) -> list[Tensor]:
    """Return rows in portions of at most so many."""
    return [rows[start : start + most] for start in range(0, len(rows), most)]


def _one_hot(given: Tensor) -> bool:
    """Whether every input is 1 in one place and 0 elsewhere."""
    return given.shape[1] > 1 and bool(((given == 0) | (given == 1)).all() and (given.sum(1) == 1).all())
