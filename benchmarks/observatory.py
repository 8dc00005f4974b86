"""The gradient observatory against plain autograd: itemised map, Jacobians and connectivity, on one thread.

Plain autograd is a loop over the steps in Python, one stacked product with x and one with h a step, whose graph is
kept, and one call of ``autograd.grad`` per loss or per output; for Jacobians one vectorised call of
``autograd.functional.jacobian`` per step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

import rnnviz
from benchmarks.timing import Row, Times, milliseconds, side_by_side

HEAD = ("float64, LSTM", "plain autograd (ms)", "rnnviz (ms)", "times faster", "aim")
OUTPUTS = 10
_AIM = {"itemised map": "≥ 25"}


def rows(units: int, steps: int, long: int, repetitions: int) -> Iterator[tuple[str, ...]]:
    """Time what the observatory computes, in turns with plain autograd, and a long map alone.

    Parameters
    ----------
    units : int
        H; as many inputs.
    steps : int
        T where the two are compared.
    long : int
        T of the map that is timed alone.
    repetitions : int
        Of each.

    Yields
    ------
    tuple of str
        Cells under HEAD.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for row in compared(units, steps, repetitions):
            yield (
                row.what,
                milliseconds(min(row.theirs.cpu)),
                milliseconds(min(row.ours.cpu)),
                f"{1 / row.ratio:.0f}",
                row.aim,
            )
        alone, trace = Times(), _trace(units, long)
        for _ in range(2):
            alone.take(lambda: trace.itemised("h"))
        yield f"itemised map, H = {units}, T = {long}", "", milliseconds(min(alone.cpu)), "", "≤ 4000 ms"
    finally:
        torch.set_num_threads(threads)


def compared(units: int, steps: int, repetitions: int) -> Iterator[Row]:
    """Time what both can compute, each in turns with the other."""
    trace = _trace(units, steps)
    plain = PlainLoop(trace)
    pairs: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "itemised map": (lambda: trace.itemised("h"), plain.itemised),
        "Jacobians": (trace.jacobian, plain.jacobians),
        "connectivity": (trace.connectivity, plain.connectivity),
    }
    for what, (ours, theirs) in pairs.items():
        found = side_by_side({"ours": ours, "theirs": theirs}, repetitions)
        yield Row(f"{what}, H = {units}, T = {steps}", found["ours"], found["theirs"], _AIM.get(what, ""))


def _trace(units: int, steps: int) -> rnnviz.Trace:
    spec = rnnviz.NetworkSpec(
        cell="lstm",
        input_size=units,
        hidden_size=units,
        output_size=OUTPUTS,
        readout="softmax",
        dtype="float64",
    )
    x = np.random.default_rng(0).standard_normal((steps, units))
    return rnnviz.run(rnnviz.Network(spec), x, np.arange(steps) % OUTPUTS)


class PlainLoop:
    """An LSTM as a loop in Python, with the parameters of a trace.

    Parameters
    ----------
    trace : Trace
        Of an LSTM with one layer, in float64.
    """

    def __init__(self, trace: rnnviz.Trace) -> None:
        parameters = trace.weights.state
        self.weight = torch.cat([parameters[f"W_{gate}_l0"] for gate in "ifgo"])
        self.recurrent = torch.cat([parameters[f"U_{gate}_l0"] for gate in "ifgo"])
        self.bias = torch.cat([parameters[f"b_{gate}_l0"] for gate in "ifgo"])
        self.readout = parameters["readout.0.weight"], parameters["readout.0.bias"]
        self.x = [row.clone().requires_grad_() for row in trace.x]
        self.units = len(self.bias) // 4

    def step(self, x: Tensor, c: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        """One step: the cell state and the hidden state."""
        parts = self.weight @ x + self.recurrent @ h + self.bias
        i, f, g, o = (parts[place * self.units : (place + 1) * self.units] for place in range(4))
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return c, o.sigmoid() * c.tanh()

    def run(self) -> tuple[list[Tensor], list[Tensor]]:
        """All hidden states and all logits, with their graph."""
        c = h = torch.zeros(self.units, dtype=torch.float64)
        hidden, logits = [], []
        for x in self.x:
            c, h = self.step(x, c, h)
            hidden.append(h)
            logits.append(self.readout[0] @ h + self.readout[1])
        return hidden, logits

    def itemised(self) -> Tensor:
        """|dL_k/dh_t|, [T, T]."""
        hidden, logits = self.run()
        table = torch.zeros(len(hidden), len(hidden), dtype=torch.float64)
        for k, scores in enumerate(logits):
            loss = functional.cross_entropy(scores, torch.tensor(k % OUTPUTS))
            parts = torch.autograd.grad(loss, hidden[: k + 1], retain_graph=True)
            table[k, : k + 1] = torch.stack(parts).norm(dim=1)
        return table

    def connectivity(self) -> Tensor:
        """|d(logit of the right class at t)/dx_k|, [T, T]."""
        _, logits = self.run()
        table = torch.zeros(len(logits), len(logits), dtype=torch.float64)
        for t, scores in enumerate(logits):
            parts = torch.autograd.grad(scores[t % OUTPUTS], self.x[: t + 1], retain_graph=True)
            table[t, : t + 1] = torch.stack(parts).norm(dim=1)
        return table

    def jacobians(self) -> Tensor:
        """d(c_t, h_t)/d(c_{t-1}, h_{t-1}), [T, S, S]."""
        state = torch.zeros(2 * self.units, dtype=torch.float64)
        found = []
        for x in self.x:
            step = self._joint(x.detach())
            found.append(torch.autograd.functional.jacobian(step, state, vectorize=True))  # type: ignore[no-untyped-call]
            state = step(state).detach()
        return torch.stack(found)

    def _joint(self, x: Tensor) -> Callable[[Tensor], Tensor]:
        return lambda state: torch.cat(self.step(x, state[: self.units], state[self.units :]))
