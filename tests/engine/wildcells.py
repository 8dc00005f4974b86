"""Cells that nobody would write, drawn at random: constants, states that nobody reads, roots of zero, overflows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

import rnnviz
from rnnviz.engine import requests as rq
from rnnviz.engine.analyses import Memo, analyse
from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.jobs import finish
from rnnviz.engine.messages import LossObjective, Objective, ProbeObjective
from rnnviz.engine.network import CellLayer, Network
from rnnviz.engine.requests import AnyRequest, Checkable
from rnnviz.engine.trace import Trace
from tests.engine.networks import build, inputs, random_target
from tests.engine.reference import derivatives, number_of, unroll

UNARY = (
    *("tanh", "sigmoid", "identity", "softplus", "log_sigmoid", "relu", "abs", "phi"),
    *("exp", "log", "sqrt"),
)
"""The functions of one argument, among them those whose derivative is infinite or undefined somewhere."""

TAKEN_APART = (rq.Memory, rq.PathsFrom, rq.PathTable)
"""What multiplies along a run what is no gradient: where a factor is undefined, autograd takes other ways."""


class Wild:
    """Draws the text of a cell.

    Parameters
    ----------
    rng : numpy.random.Generator
        The same draws give the same cell.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.names = "abcde"[: rng.integers(1, 6)]
        self.vectors = 0

    def cell(self) -> str:
        """Return the text of a cell; some are refused by the language."""
        order = list(self.rng.permutation(list(self.names)))
        lines = [f"{name}[t] = {self.right_side(order[:place])}" for place, name in enumerate(order)]
        text = "\n".join(lines)
        for name in order:
            if f"{name}[t-1]" in text and self.rng.random() < 0.3:
                text += f"\n{name}[0] = {self.pick('0.25', '-1', '-inf', 'inf', f'{name}0')}"
        return text

    def pick(self, *choices: Any) -> Any:
        """Return one of some choices."""
        return choices[self.rng.integers(len(choices))]

    def right_side(self, now: list[str]) -> str:
        """Return what one signal is set to: now and then a number, a copy, or what depends on no parameter."""
        if self.rng.random() < 0.2:
            return str(self.pick("0", "1", "-2.5", "v0", f"{self.pick(*self.names)}[t-1]"))
        outer = self.pick("tanh", "", "sigmoid", "identity", "", "exp", "sqrt", "log")
        return f"{outer}({self.expression(now, int(self.rng.integers(4)))})"

    def leaf(self, now: list[str]) -> str:
        """Return what an expression ends in."""
        self.vectors += 1
        leaves = [f"{self.pick(*self.names)}[t-1]", f"v{self.vectors}", f"(W{self.rng.integers(3)} @ x[t])"]
        leaves.append(str(self.pick("0", "1", "-1", "0.5", "1000")))
        leaves += [f"{self.pick(*now)}[t]"] if now else []
        return str(self.pick(*leaves))

    def expression(self, now: list[str], depth: int) -> str:
        """Return an expression of at most so many levels, which reads signals of this step that are known ``now``."""
        if depth == 0:
            return self.leaf(now)
        one, two = (self.expression(now, depth - 1) for _ in range(2))
        forms = [f"({one} {operator} {two})" for operator in "+-**/"]
        forms += [f"{function}({one})" for function in UNARY]
        forms += [f"max({one}, {two})", f"min({one}, {two})", f"(-{one})"]
        forms += [f"({one}) ** {exponent}" for exponent in "234"]
        forms.append(f"(U{self.rng.integers(2)} @ ({self.pick(*self.names)}[t-1] * {one}))")
        return str(self.pick(*forms))


def wild_network(seed: int) -> tuple[Network, np.random.Generator] | None:
    """Return the network that a seed stands for, and its draws so far; None where its cell is refused."""
    rng = np.random.default_rng(seed)
    drawing = Wild(rng)
    options = {
        "hidden_size": drawing.pick(1, 2, 3),
        "num_layers": drawing.pick(1, 1, 2),
        "activation": drawing.pick("tanh", "relu", "sigmoid", "identity"),
        "bidirectional": bool(rng.random() < 0.2),
    }
    try:
        return build(drawing.cell(), **options), rng
    except RnnvizError:
        return None


def recorded(network: Network) -> Trace:
    """Return a run of four steps with a loss at each."""
    return rnnviz.run(network, inputs(network, 4), np.nan_to_num(random_target(network, 4, 1)))


def gradient_faults(network: Network, objective: Objective) -> list[str]:
    """Return what of a run and of all gradients of an objective is not as autograd has it, infinities and NaN too."""
    trace, unrolled = recorded(network), unroll(network, inputs(network, 4))
    target = np.nan_to_num(random_target(network, 4, 1))
    ours, theirs = (
        trace.gradients(objective),
        derivatives(network, unrolled, number_of(trace, unrolled, target, objective)),
    )
    pairs: dict[str, tuple[Any, Any]] = {
        **{f"d{key}": (ours.signal(key[2], *key[:2]), value) for key, value in theirs.signals.items()},
        **{f"d{key} before": (ours.initial[key], value) for key, value in theirs.initial.items()},
        **{f"d{name}": (ours.parameters[name], value) for name, value in theirs.parameters.items()},
    }
    every = np.concatenate([np.ravel(value) for _, value in pairs.values()])
    largest = float(np.abs(every[np.isfinite(every)]).max(initial=0.0))
    for key, values in unrolled.signals.items():
        theirs_now = np.stack([value.detach().numpy() for value in values])
        pairs[str(key)] = (trace.record.signal(key[2], *key[:2]), theirs_now)
    return [name for name, (found, wanted) in pairs.items() if not _alike(found, wanted, 1e-9 * largest)]


def _alike(found: Any, wanted: Any, allowed: float) -> bool:
    with np.errstate(invalid="ignore"):
        return bool(np.isclose(found, wanted, rtol=1e-9, atol=allowed, equal_nan=True).all())


def drawn_objective(network: Network, rng: np.random.Generator) -> Objective:
    """Return the loss, or one number of one signal at one step."""
    if rng.random() < 0.4:
        return LossObjective("whole")
    at = network.cell_layers[rng.integers(len(network.cell_layers))]
    signal = at.cell.signals[rng.integers(len(at.cell.signals))].name
    return ProbeObjective(signal, int(rng.integers(at.units)), int(rng.integers(4)), at.layer, at.direction)


def questions(trace: Trace, at: CellLayer, rng: np.random.Generator) -> list[AnyRequest]:
    """Return a request of every kind there is about a layer of a run."""
    place: dict[str, Any] = {"layer": at.layer, "direction": at.direction}
    signals, parameters = (
        [info.name for info in at.cell.signals],
        [name for name, _ in trace.network.named_parameters()],
    )
    signal, parameter = signals[rng.integers(len(signals))], parameters[rng.integers(len(parameters))]
    step, unit, state = int(rng.integers(trace.steps)), int(rng.integers(at.units)), "".join(at.cell.states[:1])
    return [
        *(rq.Itemised(signal, **place), rq.ItemisedParameter(parameter), rq.Arrival(signal, **place, unit=unit)),
        *(rq.Norms(signal, **place), rq.Norms(signal, **place, scope="at", step=step)),
        *(rq.Accumulated((parameter,), step), rq.PathsFrom(step, **place), rq.PathTable(**place)),
        *(rq.JacobianAt(step, **place), rq.Connectivity(), rq.Causes(step), rq.Memory(**place)),
        *(rq.Memory(**place, unit=unit, anchor=step, bands=False), rq.Clipping(0.1), rq.Clipping(0.1, "value")),
        *(rq.Saturation(**place), rq.Slopes(signal, **place), rq.Weights(**place), rq.Starts()),
        *(rq.WeightSpectra(**place), rq.Spectra(**place), rq.Sweep(count=3, **place), rq.Principal(state, **place)),
        *(rq.FixedPoints(**place, step=step), rq.Phase(state, **place), rq.Terms(step, unit, **place)),
    ]


def question_faults(trace: Trace, asked: Iterable[AnyRequest]) -> list[str]:
    """Return the questions that end in an exception that is none of ours, or in other numbers than autograd's."""
    memo, found = Memo(), []
    for request in asked:
        for each in _with_truth(request):
            try:
                facts = finish(analyse(trace, each, memo)).facts
            except RnnvizError:
                continue  # a sentence
            except Exception as error:  # noqa: BLE001  (whatever it is, it is told)
                found.append(f"{each}: {type(error).__name__}: {error}")
                continue
            if isinstance(each, rq.Truth) and not _true(facts):
                found.append(f"{each}: differs by {facts['difference']}")
    return found


def _with_truth(request: AnyRequest) -> list[AnyRequest]:
    if isinstance(request, Checkable) and not isinstance(request, TAKEN_APART):
        return [request, rq.Truth(request)]
    return [request]


def _true(facts: Any) -> bool:
    return bool(facts["relative"] < 1e-6 or facts["difference"] < 1e-12)
