"""Small networks of every kind that the tests of the engine share, and ways to run and compare them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rnnviz.engine import cells
from rnnviz.engine.language.expressions import Binary, Call, MatrixProduct, walk
from rnnviz.engine.network import Network
from rnnviz.engine.run import Running
from rnnviz.engine.schedule import Schedule
from rnnviz.engine.spec import NetworkSpec
from rnnviz.engine.trace import Trace
from tests.engine.language.texts import IND_RNN, LEARNED_START, MIN_GRU, SLSTM

SAME_STEP = """\
a[t] = sigmoid(W_a @ x[t] + U_a @ h[t-1] + b_a)
c[t] = a[t] * c[t-1] + (1 - a[t]) * tanh(W_c @ x[t] + b_c)
q[t] = sigmoid(V @ h[t] + V_c @ c[t])
h[t] = tanh(c[t] + U_h @ (a[t] * c[t-1]))
"""
"""Products with signals of the same step, with one of the step before, and with what is computed in between."""

INSIDE_A_PRODUCT = "h[t] = tanh(U @ h[t-1] + b) * (W @ x[t]) - 0.5 * (V @ x[t])"
"""Products that stand alone, scaled by others."""

TYPED = {
    "sLSTM": SLSTM,
    "minGRU": MIN_GRU,
    "IndRNN": IND_RNN,
    "learned-start": LEARNED_START,
    "same-step": SAME_STEP,
    "inside-a-product": INSIDE_A_PRODUCT,
}
CELLS = {name: name for name in cells.names()} | TYPED
"""Every shipped cell and some that a user may type, by a name for the report."""


def features(text: str) -> frozenset[tuple[str, object]]:
    """What in a cell asks something of the engine that other cells may not ask."""
    cell = cells.get(text)
    found: set[tuple[str, object]] = {("states", len(cell.states)), ("output fed back", cell.uses_output)}
    found |= {("parameter", (info.kind, info.role)) for info in cell.parameters}
    found |= {("before the first step", type(value)) for value in cell.initial.values()}
    found |= {("carried", cell.signal(state).kind) for state in cell.states}
    for node in (node for equation in cell.equations for node in walk(equation.expression)):
        match node:
            case Call(function=function):
                found.add(("function", function))
            case Binary(op=op, left=left, right=right):
                found.add((op, frozenset((type(left), type(right)))))
            case MatrixProduct(operand=operand):
                found.add(("@", type(operand)))
            case _:
                found.add(("node", type(node)))
    return frozenset(found)


@cache
def representatives() -> dict[str, str]:
    """As few of all cells as have between them every feature that any of them has, by the greedy rule."""
    open_features = frozenset[tuple[str, object]]().union(*map(features, CELLS.values()))
    chosen = []
    while open_features:
        best = max(CELLS, key=lambda name: (len(features(CELLS[name]) & open_features), name))
        open_features -= features(CELLS[best])
        chosen.append(best)
    return {name: CELLS[name] for name in CELLS if name in chosen}


def build(cell: str = "lstm", *, scale: float = 1.0, **options: Any) -> Network:
    """A small network in float64 unless the options say otherwise; parameters are made larger by a factor."""
    given: dict[str, Any] = {"cell": cell, "input_size": 3, "hidden_size": 4, "output_size": 2, "dtype": "float64"}
    network = Network(NetworkSpec(**{**given, **options}))
    with torch.no_grad():
        generator = torch.Generator().manual_seed(5)
        for name, parameter in network.named_parameters():
            parameter.mul_(scale)
            if not parameter.any() and "0_l" in name:
                parameter.copy_(0.5 * torch.randn(parameter.shape, generator=generator, dtype=torch.float64))
    return network


def inputs(network: Network, steps: int, seed: int = 1) -> NDArray[np.generic]:
    """A sequence for a network: numbers, or tokens where it has an embedding."""
    rng = np.random.default_rng(seed)
    if network.spec.embedding_size is not None:
        return rng.integers(0, network.spec.input_size, steps)
    return rng.standard_normal((steps, network.spec.input_size))


NETWORKS: list[dict[str, Any]] = [
    {"cell": "rnn", "activation": "relu", "topology": "many-to-one", "readout": "softmax", "readout_sizes": (3,)},
    {"cell": "lstm", "num_layers": 3, "delay": 3, "biases": "two", "readout": None, "output_size": None},
    {"cell": "gru", "num_layers": 2, "bidirectional": True, "readout": "tanh", "initial_state": "learned"},
    {"cell": "gru-cho", "bidirectional": True, "topology": "many-to-one", "embedding_size": 5},
    {"cell": "lstm-peephole", "topology": "one-to-many", "embedding_size": 2, "num_layers": 2},
    {"cell": "jordan", "num_layers": 2, "activation": "sigmoid", "readout": "relu", "delay": 1},
    {"cell": "lstm-goodfellow", "bidirectional": True, "num_layers": 2, "delay": 2, "hidden_size": ((2, 3), (4, 1))},
    {"cell": ("rnn", "gru", "lstm"), "num_layers": 3, "hidden_size": (2, 5, 3), "readout_sizes": (3, 4)},
    {"cell": "gru", "topology": "one-to-many", "feedback": "output", "output_size": 3, "num_layers": 2},
    {"cell": "lstm", "topology": "one-to-many", "feedback": "choice", "output_size": 3, "readout": "softmax"},
    {"cell": "rnn", "topology": "one-to-many", "feedback": "choice", "output_size": 3, "embedding_size": 2},
    {"cell": "feedforward", "activation": "identity", "readout_activation": "relu", "readout_sizes": (3,)},
]
"""Every topology, readout, direction, feedback and kind of input, each with most of the others."""


def name_of(options: dict[str, Any]) -> str:
    return "-".join(str(value) for value in options.values() if isinstance(value, str | int) and value)


def difference(ours: Trace, theirs: Trace) -> str:
    """Where two runs differ, empty where no bit of any signal does."""
    assert ours.steps == theirs.steps
    for entry in theirs.record.signals:
        place = (entry.signal, entry.layer, entry.direction)
        if ours.record.signal(*place).tobytes() != theirs.record.signal(*place).tobytes():
            return str(place)
    return ""


def portions(running: Running, sizes: Iterator[int]) -> Trace:
    """Run on to the end in portions."""
    while running.position < running.schedule.positions:
        goal = min(running.position + next(sizes), running.schedule.positions)
        assert list(running.advance(goal))[-1] == running.position == goal
    return running.trace()


def one_by_one() -> Iterator[int]:
    while True:
        yield 1


def odd() -> Iterator[int]:
    while True:
        yield from (7, 1, 64, 30, 2, 99)


def target_of(network: Network, steps: int) -> np.ndarray:
    """A target for every output step but the last, which is not known yet, as when the next token is to be told."""
    outputs = len(Schedule(network.spec, steps).output_steps)
    rng = np.random.default_rng(2)
    if network.spec.readout == "softmax":
        classes = rng.integers(0, network.spec.outputs, outputs)
        classes[-1] = -1 if outputs > 1 else classes[-1]
        return classes
    values = rng.standard_normal((outputs, network.spec.outputs))
    values[-1] = np.nan if outputs > 1 else 0.5
    return values


def random_target(network: Network, outputs: int, seed: int = 4) -> np.ndarray:
    """A target for every output, some of them masked."""
    rng = np.random.default_rng(seed)
    if network.spec.readout == "softmax":
        return rng.integers(-1, network.spec.outputs, outputs)
    values = rng.standard_normal((outputs, network.spec.outputs))
    values[rng.random(values.shape) < 0.3] = np.nan
    return values
