"""Cells and networks that nobody thought of: drawn at random, run, differentiated, and held to the same references."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import rnnviz
from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.language.evaluate import evaluate_step
from rnnviz.engine.messages import LossObjective, Objective, ProbeObjective
from rnnviz.engine.network import Network
from rnnviz.engine.schedule import Schedule
from tests.engine.networks import CELLS, build, inputs, random_target
from tests.engine.reference import compare, derivatives, number_of, signal_difference, unroll

FUNCTIONS = ("tanh", "sigmoid", "identity", "softplus", "log_sigmoid", "relu", "abs", "phi")
ACTIVATIONS = ("tanh", "relu", "sigmoid", "identity")


class Drawing:
    """Draws the text of a cell."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.names = "abcd"[: rng.integers(1, 5)]
        self.vectors = 0

    def cell(self) -> str:
        order = list(self.rng.permutation(list(self.names)))
        lines = []
        for place, name in enumerate(order):
            outer = self.pick("tanh", "", "sigmoid", "identity", "")
            lines.append(f"{name}[t] = {outer}({self.expression(order[:place], int(self.rng.integers(4)))})")
        text = "\n".join(lines)
        return text + f"\n{order[0]}[0] = 0.25" if f"{order[0]}[t-1]" in text else text

    def pick(self, *choices: Any) -> Any:
        return choices[self.rng.integers(len(choices))]

    def leaf(self, now: list[str]) -> str:
        self.vectors += 1
        leaves = [f"{self.pick(*self.names)}[t-1]", f"v{self.vectors}", f"(W{self.rng.integers(3)} @ x[t])"]
        leaves += [f"{self.rng.random():.3f}", f"{self.pick(*now)}[t]" if now else f"{self.pick(*self.names)}[t-1]"]
        return str(self.pick(*leaves))

    def expression(self, now: list[str], depth: int) -> str:
        if depth == 0:
            return self.leaf(now)
        one, two = (self.expression(now, depth - 1) for _ in range(2))
        forms = [f"({one} {operator} {two})" for operator in "+-**"]
        forms += [f"{function}({one})" for function in FUNCTIONS]
        forms += [f"max({one}, {two})", f"min({one}, {two})", f"(-{one})", f"tanh({one}) ** {self.rng.integers(2, 5)}"]
        forms += [f"({one} / (2 + sigmoid({two})))", f"exp(tanh({one}))", f"sqrt(1 + abs({one}))"]
        forms.append(f"(U{self.rng.integers(2)} @ ({self.pick(*self.names)}[t-1] * {one}))")
        return str(self.pick(*forms))


def drawn_objective(rng: np.random.Generator, network: Network, steps: int) -> Objective:
    if rng.random() < 0.4:
        return LossObjective("whole")
    at = network.cell_layers[rng.integers(len(network.cell_layers))]
    signal = at.cell.signals[rng.integers(len(at.cell.signals))].name
    return ProbeObjective(signal, int(rng.integers(at.units)), int(rng.integers(steps)), at.layer, at.direction)


def hold(network: Network, rng: np.random.Generator, steps: int) -> None:
    """Hold a run and one gradient of a network to the same written out."""
    x = inputs(network, steps)
    schedule = Schedule(network.spec, steps)
    target = random_target(network, len(schedule.output_steps), int(rng.integers(1000)))
    target = np.where(target == -1, 0, target) if network.spec.readout == "softmax" else np.nan_to_num(target)
    objective = drawn_objective(rng, network, schedule.steps)
    trace, unrolled = rnnviz.run(network, x, target), unroll(network, x)
    assert signal_difference(trace, unrolled) < 1e-11
    number = number_of(trace, unrolled, target, objective)
    expected = derivatives(network, unrolled, number)
    if expected.largest > 0:
        compare(trace.gradients(objective), expected, 1e-10)


@pytest.mark.parametrize("seed", range(80))
def test_any_cell(seed: int) -> None:
    rng = np.random.default_rng(seed)
    drawing = Drawing(rng)
    network = build(drawing.cell(), hidden_size=3, num_layers=drawing.pick(1, 2), activation=drawing.pick(*ACTIVATIONS))
    hold(network, rng, 4)
    at = network.cell_layers[0]
    parameters = {name: value.tolist() for name, value in network.cell_parameters(at).items()}
    before = {name: value.tolist() for name, value in network.initial_states(at).items()}
    x = inputs(network, 4)
    trace = rnnviz.run(network, x)
    for t in range(4):
        now = evaluate_step(at.cell, x[t].tolist(), before, parameters, network.spec.activation)
        for signal, values in now.items():
            # A cell without states and parameters does not say how many units it has: one stands for all.
            expected = np.broadcast_to(values, (3,))
            np.testing.assert_allclose(trace.signal(signal)[t], expected, atol=1e-11, rtol=1e-12)
        before = {state: now[state] for state in at.cell.states}


def drawn_options(rng: np.random.Generator) -> dict[str, Any]:
    def pick(*choices: Any) -> Any:
        return choices[rng.integers(len(choices))]

    layers, both = int(rng.integers(1, 4)), bool(rng.random() < 0.4)
    readout = pick(None, "linear", "tanh", "relu", "softmax")
    cell = [(pick(*CELLS.values()), pick(*CELLS.values())) for _ in range(layers)]
    size = [(int(rng.integers(1, 6)), int(rng.integers(1, 6))) for _ in range(layers)]
    options = {
        "cell": tuple(cell) if both else tuple(pair[0] for pair in cell),
        "hidden_size": tuple(size) if both else tuple(pair[0] for pair in size),
        "num_layers": layers,
        "bidirectional": both,
        "readout": readout,
        "topology": pick("one-to-one", "one-to-many", "many-to-one", "many-to-many", "many-to-many"),
        "activation": pick(*ACTIVATIONS),
        "initial_state": pick("zero", "learned"),
        "initialisation": pick("torch", "orthogonal", "identity"),
        "biases": pick("one", "two"),
        "embedding_size": pick(None, None, 5),
        "output_size": None if readout is None else 2,
        "seed": int(rng.integers(100)),
    }
    if readout is not None:
        options |= {"readout_sizes": pick((), (3,), (3, 2)), "readout_activation": pick(*ACTIVATIONS)}
    if options["topology"] == "many-to-many":
        options["delay"] = pick(0, 0, 1, 3)
    if options["topology"] == "one-to-many" and not both:
        options["feedback"] = pick("none", "output", "choice")
        options["input_size"] = size[-1][0] if readout is None else 2
    return options


@pytest.mark.parametrize("seed", range(120))
def test_any_network(seed: int) -> None:
    rng = np.random.default_rng(seed)
    while True:
        try:
            network = build(**drawn_options(rng), scale=2.0)
        except RnnvizError:
            continue  # what cannot be is refused; how, is said elsewhere
        break
    hold(network, rng, 1 if network.spec.topology == "one-to-one" else int(rng.integers(2, 9)))
